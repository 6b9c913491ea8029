#include "node/log.h"

#include <spdlog/pattern_formatter.h>

#include <string>

#include "text/text.h"

namespace tidegate::node {
namespace {

class MessageFlag : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& entry, const std::tm&, spdlog::memory_buf_t& out) override {
    const std::string line = text::Line({entry.payload.data(), entry.payload.size()});
    out.append(line.data(), line.data() + line.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<MessageFlag>(); }
};

}  // namespace

std::unique_ptr<spdlog::formatter> LogFormatter() {
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<MessageFlag>('*').set_pattern("[%Y-%m-%d %H:%M:%S.%e %z] [%n] [%l] %*");
  return formatter;
}

}  // namespace tidegate::node
