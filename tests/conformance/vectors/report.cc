#include "tests/conformance/vectors/report.h"

#include "absl/strings/escaping.h"
#include "crypto/checkpoint/checkpoint.h"

namespace tidegate::conformance {

void Report::Check(const std::string& vector, bool right, std::string_view why) {
  if (right) {
    ++passed_;
  } else {
    Fail(vector, why);
  }
}

void Report::Fail(const std::string& vector, std::string_view why) {
  ++failed_;
  out_ << "FAIL " << file_ << ": " << vector << ": " << why << "\n";
}

int Report::not_applicable() const {
  int sum = 0;
  for (const auto& [reason, count] : not_applicable_) sum += count;
  return sum;
}

void Report::PrintSummary() const {
  for (const auto& [decision, count] : notes_) out_ << "note: " << count << " vectors: " << decision << "\n";
  for (const auto& [reason, count] : not_applicable_) out_ << "not applicable: " << count << ": " << reason << "\n";
  out_ << passed_ << " passed, " << failed_ << " failed" << std::endl;
}

std::string Report::Hex(const nlohmann::json& object, const char* name) {
  return HexText(object.at(name).get<std::string>(), name);
}

std::string Report::HexText(const std::string& text, const char* name) {
  if (text.size() % 2 != 0 || text.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) {
    Fail(name, "a value is no hex");
    return "";
  }
  return absl::HexStringToBytes(text);
}

std::string Report::Base64Text(const std::string& text, const char* name) {
  absl::StatusOr<std::string> bytes = checkpoint::Base64Decode(text);
  if (bytes.ok()) return *std::move(bytes);
  Fail(name, "a value is no base64");
  return "";
}

}  // namespace tidegate::conformance
