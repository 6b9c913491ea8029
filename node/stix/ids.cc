// The forms of names and ids.
#include <algorithm>

#include "node/stix/stix.h"

namespace tidegate::stix {
namespace {

constexpr std::size_t kMaxIdBytes = 256;

bool IsHex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

}  // namespace

bool IsTypeName(std::string_view type) {
  return type.size() >= 3 && type.size() <= 250 && std::all_of(type.begin(), type.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

bool IsId(std::string_view id, std::string_view type) {
  const std::size_t dashes = id.find("--");
  if (dashes == std::string_view::npos || id.size() > kMaxIdBytes) return false;
  if (type.empty() ? !IsTypeName(id.substr(0, dashes)) : id.substr(0, dashes) != type) return false;
  const std::string_view uuid = id.substr(dashes + 2);
  if (uuid.size() != 36) return false;
  for (std::size_t i = 0; i < uuid.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? uuid[i] != '-' : !IsHex(uuid[i])) return false;
  }
  return true;
}

}  // namespace tidegate::stix
