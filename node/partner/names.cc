#include <algorithm>
#include <array>
#include <utility>

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

// Letters that people mistake for others, in print or in handwriting: first single ones, then pairs, until nothing
// changes any more. So `i` is an `l` before `rl` is an `n`. No two digits become the same letter, so names that differ
// by a number do not look alike.
constexpr std::array<std::pair<char, char>, 8> kSingleLetters = {
    {{'0', 'o'}, {'1', 'l'}, {'i', 'l'}, {'2', 'z'}, {'5', 's'}, {'8', 'b'}, {'9', 'g'}, {'q', 'g'}}};
constexpr std::array<std::pair<std::string_view, char>, 6> kPairsOfLetters = {
    {{"rn", 'm'}, {"rl", 'n'}, {"nn", 'm'}, {"vv", 'w'}, {"uu", 'w'}, {"cl", 'd'}}};

char LooksLike(char letter) {
  for (const auto& [single, like] : kSingleLetters) {
    if (letter == single) return like;
  }
  return letter;
}

std::string WithoutPairs(std::string_view letters) {
  std::string joined;
  for (size_t at = 0; at < letters.size(); ++at) {
    const auto* pair = std::find_if(kPairsOfLetters.begin(), kPairsOfLetters.end(),
                                    [&](const auto& one) { return letters.substr(at, one.first.size()) == one.first; });
    joined += pair == kPairsOfLetters.end() ? letters[at] : pair->second;
    at += pair == kPairsOfLetters.end() ? 0 : pair->first.size() - 1;
  }
  return joined;
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

std::string Skeleton(std::string_view name) {
  std::string skeleton;
  for (const char c : name) {
    if (c != '-') skeleton += LooksLike(c);
  }
  for (size_t before = 0; before != skeleton.size();) {
    before = skeleton.size();
    skeleton = WithoutPairs(skeleton);
  }
  return skeleton;
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
