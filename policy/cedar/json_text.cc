#include "policy/cedar/json_text.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <set>
#include <utility>
#include <vector>

namespace tidegate::cedar {
namespace {

// Builds the document while holding its bounds. Told of every event by nlohmann's reader, which does not recurse.
class StrictReader : public nlohmann::json_sax<Json> {
 public:
  // `read`: how many bytes of the text were read.
  StrictReader(const size_t& read, Json& root, uint32_t max_depth)
      : read_(read), builder_(root, false), max_depth_(max_depth) {}

  bool null() override { return builder_.null(); }
  bool boolean(bool v) override { return builder_.boolean(v); }
  bool number_integer(number_integer_t v) override { return builder_.number_integer(v); }
  bool number_unsigned(number_unsigned_t v) override { return builder_.number_unsigned(v); }
  bool number_float(number_float_t v, const string_t& s) override { return builder_.number_float(v, s); }
  bool string(string_t& v) override { return builder_.string(v); }
  bool binary(binary_t&) override { return false; }
  bool start_object(size_t size) override {
    names_.emplace_back();
    return Deeper() && builder_.start_object(size);
  }
  bool end_object() override {
    names_.pop_back();
    --depth_;
    return builder_.end_object();
  }
  bool start_array(size_t size) override { return Deeper() && builder_.start_array(size); }
  bool end_array() override {
    --depth_;
    return builder_.end_array();
  }
  bool key(string_t& name) override {
    if (!names_.back().insert(name).second) {
      return Refuse(Cat("an object has the name `", name, "` twice"), 2 + name.size());
    }
    return builder_.key(name);
  }
  bool parse_error(size_t, const std::string&, const nlohmann::detail::exception& e) override {
    // The library's own number and place come before what it says.
    std::string_view said = e.what();
    for (std::string_view before : {"] ", ": "}) {
      if (const size_t at = said.find(before); at != std::string_view::npos) said.remove_prefix(at + before.size());
    }
    return Refuse(said, 1);
  }
  const std::string& error() const { return error_; }
  uint32_t error_at() const { return error_at_; }

 private:
  bool Deeper() { return ++depth_ <= max_depth_ || Refuse(Cat("nested deeper than ", max_depth_, " levels"), 1); }

  // `back`: how many bytes before the next one to be read the error lies.
  bool Refuse(std::string_view error, size_t back) {
    error_ = error;
    error_at_ = static_cast<uint32_t>(read_ - std::min(read_, back));
    return false;
  }

  const size_t& read_;
  nlohmann::detail::json_sax_dom_parser<Json> builder_;
  uint32_t max_depth_;
  uint32_t depth_ = 0;
  std::vector<std::set<std::string>> names_;
  std::string error_;
  uint32_t error_at_ = 0;
};

// Bytes of a text, counted as they are read: nlohmann's reader does not say where it is.
class CountedBytes {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountedBytes(const char* at, size_t* read) : at_(at), read_(read) {}
  reference operator*() const { return *at_; }
  CountedBytes& operator++() {
    ++at_;
    ++*read_;
    return *this;
  }
  CountedBytes operator++(int) {
    CountedBytes before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const CountedBytes& a, const CountedBytes& b) { return a.at_ == b.at_; }

 private:
  const char* at_;
  size_t* read_;
};

// One container on the way to a value, and its member that leads there.
struct Step {
  const Json* container;
  Json::const_iterator member;
};

// The way from the root to a value of the document. Does not recurse, because documents may nest deeply.
std::vector<Step> WayTo(const Json& root, const Json& wanted) {
  std::vector<Step> way;
  if (&root == &wanted) return way;
  way.push_back({&root, root.begin()});
  while (!way.empty()) {
    Step& here = way.back();
    if (here.member == here.container->end()) {
      way.pop_back();
      if (!way.empty()) ++way.back().member;
    } else if (&*here.member == &wanted) {
      return way;
    } else if (here.member->is_structured()) {
      way.push_back({&*here.member, here.member->begin()});
    } else {
      ++here.member;
    }
  }
  return way;
}

// Walks over a text that is known to be JSON.
class TextWalker {
 public:
  explicit TextWalker(std::string_view text) : text_(text) {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";  // nlohmann's reader takes one, too
    if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) at_ = kByteOrderMark.size();
    SkipSpace();
  }
  size_t at() const { return at_; }

  // From a container's bracket to a member of it: to its value, or to its name.
  void Enter(const Step& step, bool to_name) {
    if (step.container->is_array()) return EnterElement(static_cast<size_t>(step.member - step.container->begin()));
    for (Next(); at_ < text_.size(); Next()) {
      const size_t name = at_;
      SkipString();
      const bool found = SameName(text_.substr(name, at_ - name), step.member.key());
      if (found && to_name) at_ = name;
      if (found && to_name) return;
      SkipSpace();
      Next();
      if (found) return;
      SkipValue();
    }
  }

 private:
  void EnterElement(size_t index) {
    for (Next(); index > 0; --index, Next()) SkipValue();
  }
  // Over a bracket, a colon or a comma, to what follows.
  void Next() {
    ++at_;
    SkipSpace();
  }
  void SkipSpace() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }
  void SkipString() {
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) at_ += text_[at_] == '\\';
    ++at_;
  }
  // To the comma or bracket behind the value.
  void SkipValue() {
    for (size_t depth = 0; at_ < text_.size();) {
      const char c = text_[at_];
      const bool closes = c == ']' || c == '}';
      if (depth == 0 && (closes || c == ',')) return;
      depth += c == '[' || c == '{';
      depth -= closes;
      if (c == '"') {
        SkipString();
      } else {
        ++at_;
      }
    }
  }
  static bool SameName(std::string_view quoted, const std::string& name) {
    if (quoted.find('\\') == std::string_view::npos) return quoted.substr(1, quoted.size() - 2) == name;
    return Json::parse(quoted, nullptr, false) == name;
  }

  std::string_view text_;
  size_t at_ = 0;
};

uint32_t OffsetOf(std::string_view text, const Json& root, const Json& value, bool by_name) {
  const std::vector<Step> way = WayTo(root, value);
  TextWalker walker(text);
  for (size_t i = 0; i < way.size(); ++i) walker.Enter(way[i], by_name && i + 1 == way.size());
  return static_cast<uint32_t>(walker.at());
}

}  // namespace

absl::StatusOr<JsonDocument> JsonDocument::Parse(std::string_view text, std::string_view filename, uint32_t max_depth) {
  if (text.size() > kMaxTextBytes) return Invalid(Cat("the JSON is longer than ", kMaxTextBytes, " bytes"));
  JsonDocument document(text, filename);
  size_t read = 0;
  StrictReader reader(read, document.root_, max_depth);
  const CountedBytes begin(text.data(), &read), end(text.data() + text.size(), &read);
  if (Json::sax_parse(begin, end, &reader)) return document;
  return Source(text, filename).Error(reader.error_at(), Cat("not acceptable JSON: ", reader.error()));
}

absl::Status JsonDocument::Fault(const Json& value, std::string_view message) {
  if (culprit_ == nullptr) culprit_ = &value;
  return Invalid(message);
}

absl::Status JsonDocument::FaultOfName(const Json& value, std::string_view message) {
  if (culprit_ == nullptr) by_name_ = true;
  return Fault(value, message);
}

absl::Status JsonDocument::Placed(const absl::Status& error) const {
  if (culprit_ == nullptr || error.ok()) return error;
  return Source(text_, filename_).Error(OffsetOf(text_, root_, *culprit_, by_name_), MessageOf(error));
}

const Json* Member(const Json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

}  // namespace tidegate::cedar
