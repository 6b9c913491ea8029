#include "node/intake/stix/bundle_reader.h"

#include <utility>

#include "node/intake/text.h"

namespace tidegate::intake {
namespace {

// The `type` of the JSON object at the front of `bytes`, in quotes. Empty if these bytes do not hold the whole member.
std::string_view TypeAtFront(std::string_view bytes) {
  for (std::size_t at = 1; at < bytes.size(); ++at) {
    at = SkipBlank(bytes, at);
    if (at >= bytes.size() || bytes[at] != '"') return {};
    ValueScanner name;
    const std::size_t end = at + name.Feed(bytes.substr(at));
    const std::size_t colon = SkipBlank(bytes, end);
    const std::size_t value = colon >= bytes.size() || bytes[colon] != ':' ? bytes.size() : SkipBlank(bytes, colon + 1);
    if (value >= bytes.size()) return {};
    ValueScanner scanner;
    const std::size_t size = scanner.Feed(bytes.substr(value));
    if (!scanner.Done()) return {};
    if (bytes.substr(at, end - at) == "\"type\"") return bytes.substr(value, size);
    at = SkipBlank(bytes, value + size);
    if (at >= bytes.size() || bytes[at] != ',') return {};
  }
  return {};
}

// A member that a record could not hold anyway is cut, so that what is left can be parsed.
ObjectCutter CutterOf(const Limits& limits) { return ObjectCutter(limits.object_bytes / 4, limits.object_bytes); }

}  // namespace

BundleReader::BundleReader(Window* window, std::string file, const Limits& limits)
    : window_(*window), file_(std::move(file)), limits_(limits), cutter_(CutterOf(limits)) {}

absl::Status BundleReader::Broken(std::string_view what) const {
  return Refused({"intake: `", file_, "` byte ", std::to_string(window_.Offset()), ": ", what});
}

absl::StatusOr<BundleReader::Step> BundleReader::Next() {
  if (place_ == Place::kPassing) return PassOver(window_.Ahead());
  std::string_view ahead = window_.Ahead();
  std::size_t blank = SkipBlank(ahead, 0);
  window_.Advance(blank);
  if (blank > 0) return Step::kAgain;  // after much blank space the window may have to slide
  if (ahead.empty()) return Finish();
  switch (place_) {
    case Place::kBefore:
      return Begin(ahead.front());
    case Place::kMember:
      return TakeMember(ahead);
    case Place::kObjects:
      return TakeElement(ahead);
    case Place::kAlone:
      return TakeObject(ahead);
    default:
      if (is_list_ || !is_bundle_ || ahead.front() != '{') return Broken("text after the bundle");
      return Begin('{');
  }
}

absl::StatusOr<BundleReader::Step> BundleReader::Begin(char c) {
  if (StartsWith(window_.Ahead(), "\xEF\xBB\xBF") && window_.Offset() == 0) {
    window_.Advance(3);
    return Step::kAgain;
  }
  if (c != '{' && c != '[') return Broken("not JSON: a STIX bundle begins with `{`, a list of objects with `[`");
  const std::string_view type = c == '{' ? TypeAtFront(window_.Ahead()) : std::string_view();
  is_list_ = c == '[';
  is_bundle_ = has_objects_ = is_list_;
  place_ = is_list_ ? Place::kObjects : Place::kMember;
  then_ = Place::kObjects;
  separated_ = true;
  any_ = false;
  if (!type.empty() && type != "\"bundle\"") {
    is_bundle_ = true;
    place_ = Place::kAlone;
    then_ = Place::kAfter;
    return Step::kAgain;
  }
  window_.Advance(1);
  return Step::kAgain;
}

// The value at the front of `ahead`, which must be there whole; moves the cursor behind it.
absl::StatusOr<std::string_view> BundleReader::Whole(std::string_view ahead, std::string_view what) {
  ValueScanner scanner;
  std::size_t size = scanner.Feed(ahead.substr(0, limits_.object_bytes + 1));
  if (!scanner.Done() || size == 0) {
    return Broken(Cat({what, window_.ReachesEnd() ? " that does not end" : " that is too long"}));
  }
  window_.Advance(size);
  return ahead.substr(0, size);
}

// The comma between two members, or between two elements.
absl::StatusOr<BundleReader::Step> BundleReader::TakeComma() {
  if (separated_) return Broken("a comma too many");
  separated_ = true;
  window_.Advance(1);
  return Step::kAgain;
}

// One member of the bundle, name and value, or what stands between two.
absl::StatusOr<BundleReader::Step> BundleReader::TakeMember(std::string_view ahead) {
  if (ahead.front() == '}') {
    if (separated_ && any_) return Broken("a comma before `}`");
    window_.Advance(1);
    place_ = Place::kAfter;
    return Step::kAgain;
  }
  if (ahead.front() == ',') return TakeComma();
  if (!separated_ || ahead.front() != '"') return Broken("expected a property name in quotes");
  std::size_t end = ahead.find('"', 1);
  std::size_t colon = end == std::string_view::npos ? end : SkipBlank(ahead, end + 1);
  std::size_t value = colon >= ahead.size() ? colon : SkipBlank(ahead, colon + 1);
  if (value >= ahead.size() || ahead[colon] != ':') return Broken("a property without a value");
  std::string_view name = ahead.substr(1, end - 1);
  window_.Advance(value);
  separated_ = false;
  any_ = true;
  if (name == "objects" && ahead[value] == '[') {
    if (has_objects_) return Broken("the bundle has `objects` twice");
    has_objects_ = true;
    window_.Advance(1);
    place_ = Place::kObjects;
    separated_ = true;
    any_ = false;
    return Step::kAgain;
  }
  absl::StatusOr<std::string_view> text = Whole(ahead.substr(value), "a property");
  if (!text.ok()) return text.status();
  if (name == "type") is_bundle_ = *text == "\"bundle\"";
  if (name == "spec_version") is_2_0_ = *text == "\"2.0\"";
  return Step::kAgain;
}

// One element of `objects`, or what stands between two.
absl::StatusOr<BundleReader::Step> BundleReader::TakeElement(std::string_view ahead) {
  if (ahead.front() == ']') {
    if (separated_ && any_) return Broken("a comma before `]`");
    window_.Advance(1);
    place_ = is_list_ ? Place::kAfter : Place::kMember;
    separated_ = false;
    any_ = true;
    return Step::kAgain;
  }
  if (ahead.front() == ',') return TakeComma();
  if (!separated_) return Broken("expected a comma or `]`");
  separated_ = false;
  any_ = true;
  return TakeObject(ahead);
}

// The value at the front, of any kind: its parser says whether it is an object.
absl::StatusOr<BundleReader::Step> BundleReader::TakeObject(std::string_view ahead) {
  ++index_;
  ValueScanner scanner;
  std::size_t size = scanner.Feed(ahead.substr(0, limits_.object_bytes + 1));
  if (size > limits_.object_bytes) {
    passing_ = scanner;
    cutter_ = CutterOf(limits_);
    cutter_.Feed(ahead.substr(0, size));
    window_.Advance(size);
    place_ = Place::kPassing;
    return scanner.Done() ? PassOver({}) : Step::kAgain;
  }
  if (!scanner.Done() || size == 0) return Broken("the file ends in the middle of an object");
  object_ = ahead.substr(0, size);
  depth_ = scanner.Depth();
  window_.Advance(size);
  place_ = then_;
  return Step::kObject;
}

absl::StatusOr<BundleReader::Step> BundleReader::PassOver(std::string_view ahead) {
  const std::size_t size = passing_.Feed(ahead);
  cutter_.Feed(ahead.substr(0, size));
  window_.Advance(size);
  if (passing_.Done()) {
    place_ = then_;
    depth_ = passing_.Depth();
    short_ = cutter_.Take();
    object_ = short_;
    return Step::kOversized;
  }
  if (window_.ReachesEnd()) return Broken("the file ends in the middle of an object");
  return Step::kAgain;
}

absl::StatusOr<BundleReader::Step> BundleReader::Finish() {
  if (!window_.ReachesEnd()) return Step::kAgain;
  if (place_ == Place::kBefore) return Broken("the file is empty");
  if (place_ != Place::kAfter) return Broken("the file ends before the bundle does");
  if (!is_bundle_) return Broken("no STIX bundle: it has no `type` that says so");
  return Step::kEnd;
}

}  // namespace tidegate::intake
