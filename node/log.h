// How the node's log looks.
#ifndef TIDEGATE_NODE_LOG_H_
#define TIDEGATE_NODE_LOG_H_

#include <spdlog/formatter.h>

#include <memory>

namespace tidegate::node {

// One line an entry: time with its zone, level, and the message as text::Line gives it, so that nothing a partner or a
// file said draws the terminal or begins a line of its own.
std::unique_ptr<spdlog::formatter> LogFormatter();

}  // namespace tidegate::node

#endif  // TIDEGATE_NODE_LOG_H_
