#include "node/intake/json_scan.h"

#include <algorithm>

namespace tidegate::intake {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

}  // namespace

std::size_t SkipBlank(std::string_view bytes, std::size_t from) {
  while (from < bytes.size() && IsBlank(bytes[from])) ++from;
  return from;
}

// False if `c` no longer belongs to the value.
bool ValueScanner::TakeByte(char c) {
  if (in_string_) {
    if (escaped_) {
      escaped_ = false;
    } else if (c == '\\') {
      escaped_ = true;
    } else if (c == '"') {
      in_string_ = false;
      done_ = depth_ == 0;
    }
    return true;
  }
  switch (c) {
    case '"':
      if (plain_) return done_ = true, false;
      in_string_ = true;
      break;
    case '{':
    case '[':
      if (plain_) return done_ = true, false;
      deepest_ = std::max(deepest_, ++depth_);
      break;
    case '}':
    case ']':
      if (depth_ == 0) return done_ = true, false;
      done_ = --depth_ == 0;
      break;
    case ',':
    case ':':
    case ' ':
    case '\n':
    case '\r':
    case '\t':
      if (depth_ == 0) return done_ = true, false;
      break;
    default:
      if (depth_ == 0) plain_ = true;
  }
  return true;
}

std::size_t ValueScanner::Feed(std::string_view bytes) {
  std::size_t at = 0;
  while (at < bytes.size() && !done_) {
    if (in_string_ && !escaped_) {  // most bytes are inside strings: go straight to the next that can end one
      at = std::min(bytes.find_first_of("\"\\", at), bytes.size());
      if (at == bytes.size()) break;
    }
    if (!TakeByte(bytes[at])) break;
    ++at;
  }
  return at;
}

std::vector<JsonMember> MembersOf(std::string_view json) {
  std::vector<JsonMember> members;
  std::size_t at = json.find('{') + 1;
  while ((at = SkipBlank(json, at)) < json.size() && json[at] == '"') {
    JsonMember member;
    member.begin = at;
    ValueScanner name;
    at += name.Feed(json.substr(at));
    member.name = json.substr(member.begin + 1, at - member.begin - 2);
    ValueScanner value;
    at = SkipBlank(json, SkipBlank(json, at) + 1);
    at += value.Feed(json.substr(at));
    member.end = at;
    members.push_back(member);
    at = SkipBlank(json, at);
    if (at < json.size() && json[at] == ',') ++at;
  }
  return members;
}

void ObjectCutter::EndMember() {
  if (long_) {
    cut_.push_back(name_.substr(1, name_.size() - 2));
    only_texts_ &= text_;
  } else if (copy_.size() + member_.size() + 2 > most_) {
    place_ = Place::kBroken;
    return;
  } else {
    copy_ += copy_.empty() ? '{' : ',';
    copy_ += member_;
  }
  member_.clear();
  long_ = false;
  place_ = Place::kBetween;
}

void ObjectCutter::Feed(std::string_view bytes) {
  constexpr std::size_t kLongestName = 1024;
  constexpr std::size_t kMostCut = 1000;
  for (std::size_t at = 0; at < bytes.size();) {
    const char c = bytes[at];
    const bool inside = place_ == Place::kName || place_ == Place::kValue;
    if (!inside && IsBlank(c)) {
      ++at;
      continue;
    }
    switch (place_) {
      case Place::kOpen:
        place_ = c == '{' ? Place::kBetween : Place::kBroken;
        ++at;
        break;
      case Place::kBetween:
        scanner_ = {};
        name_.clear();
        place_ = c == '"' ? Place::kName : c == '}' ? Place::kEnd : c == ',' ? Place::kBetween : Place::kBroken;
        if (c != '"') ++at;
        break;
      case Place::kName: {
        const std::size_t taken = scanner_.Feed(bytes.substr(at));
        name_.append(bytes.substr(at, taken));
        at += taken;
        if (scanner_.Done()) place_ = Place::kColon;
        if (name_.size() > kLongestName || cut_.size() > kMostCut) place_ = Place::kBroken;
        break;
      }
      case Place::kColon:
        place_ = c == ':' ? Place::kBeforeValue : Place::kBroken;
        ++at;
        break;
      case Place::kBeforeValue:
        scanner_ = {};
        member_ = name_ + ":";
        text_ = c == '"';
        place_ = Place::kValue;
        break;
      case Place::kValue: {
        const std::size_t taken = scanner_.Feed(bytes.substr(at));
        long_ |= member_.size() + taken > longest_;
        if (!long_) member_.append(bytes.substr(at, taken));
        at += taken;
        if (scanner_.Done()) EndMember();
        break;
      }
      case Place::kEnd:
      case Place::kBroken:
        place_ = Place::kBroken;
        return;
    }
  }
}

std::string ObjectCutter::Take() {
  if (place_ != Place::kEnd || cut_.empty() || copy_.empty()) return "";
  return copy_ + "}";
}

}  // namespace tidegate::intake
