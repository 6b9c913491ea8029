// The descriptors that the reader of a file gets from the node (apart.cc), and how both sides write to theirs.
#ifndef TIDEGATE_NODE_INTAKE_READER_PIPES_H_
#define TIDEGATE_NODE_INTAKE_READER_PIPES_H_

#include <string_view>

#include "absl/status/status.h"

namespace tidegate::intake {

inline constexpr int kRequestFile = 0;  // an Assignment, with its length
inline constexpr int kFramesFile = 1;
inline constexpr int kSourceFile = 3;

// Unavailable if the other side is gone.
absl::Status WriteAll(int file, std::string_view bytes);

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_READER_PIPES_H_
