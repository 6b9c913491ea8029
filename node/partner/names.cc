#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "node/partner/identity.h"

namespace tidegate::partner {
namespace {

constexpr size_t kMaxName = 63;
constexpr size_t kMaxAddress = 260;

absl::Status BadAddress() {
  return absl::InvalidArgumentError(
      "partner: an address is HOST:PORT with a DNS name, an IPv4 address or an IPv6 address in brackets");
}

bool IsHostCharacter(char c, bool bracketed) {
  if (absl::ascii_isalnum(c) || c == '.') return true;
  return bracketed ? c == ':' : c == '-';
}

}  // namespace

absl::Status CheckName(std::string_view what, std::string_view name) {
  bool fine = !name.empty() && name.size() <= kMaxName && name.front() != '-' && name.back() != '-';
  char before = 0;
  for (const char c : name) {
    fine = fine && (absl::ascii_islower(c) || absl::ascii_isdigit(c) || (c == '-' && before != '-'));
    before = c;
  }
  if (fine) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("partner: the ", std::string(what),
                                                 " must be 1 to 63 lower-case letters a-z, digits and single hyphens "
                                                 "between them, so that it cannot look like another"));
}

absl::Status CheckAddress(std::string_view address) {
  const size_t colon = address.rfind(':');
  if (address.size() > kMaxAddress || colon == std::string_view::npos) return BadAddress();
  std::string_view host = address.substr(0, colon);
  const std::string_view port = address.substr(colon + 1);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  int number = 0;
  if (host.empty() || port.empty() || port.size() > 5) return BadAddress();
  for (const char c : port) {
    if (!absl::ascii_isdigit(c)) return BadAddress();
  }
  if (!absl::SimpleAtoi(std::string(port), &number) || number < 1 || number > 65535) return BadAddress();
  for (const char c : host) {
    if (!IsHostCharacter(c, bracketed)) return BadAddress();
  }
  return absl::OkStatus();
}

std::string Names::Organisation() const { return absl::StrCat("tidegate.", federation, "/", organisation); }
std::string Names::Node() const { return absl::StrCat(Organisation(), "/", node); }
std::string Names::Log(uint32_t epoch) const { return absl::StrCat(Node(), "/log/", epoch); }
std::string Names::Register(uint32_t epoch) const { return absl::StrCat(Node(), "/register/", epoch); }

}  // namespace tidegate::partner
