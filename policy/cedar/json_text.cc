#include "policy/cedar/json_text.h"

#include <cstdio>
#include <set>
#include <utility>
#include <vector>

namespace tidegate::cedar {
namespace {

// Builds the document while holding its bounds. Told of every event by nlohmann's reader, which does not recurse.
class StrictReader : public nlohmann::json_sax<Json> {
 public:
  StrictReader(Json& root, uint32_t max_depth) : builder_(root, false), max_depth_(max_depth) {}

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
      error_ = Cat("an object has the name `", name, "` twice");
      return false;
    }
    return builder_.key(name);
  }
  bool parse_error(size_t, const std::string&, const nlohmann::detail::exception& e) override {
    error_ = e.what();
    const size_t colon = error_.find("] ");  // drop the library's own number
    if (colon != std::string::npos) error_ = error_.substr(colon + 2);
    return false;
  }
  const std::string& error() const { return error_; }

 private:
  bool Deeper() {
    if (++depth_ <= max_depth_) return true;
    error_ = Cat("nested deeper than ", max_depth_, " levels");
    return false;
  }

  nlohmann::detail::json_sax_dom_parser<Json> builder_;
  uint32_t max_depth_;
  uint32_t depth_ = 0;
  std::vector<std::set<std::string>> names_;
  std::string error_;
};

}  // namespace

absl::StatusOr<Json> ParseJsonText(std::string_view text, uint32_t max_depth) {
  if (text.size() > kMaxTextBytes) return Invalid(Cat("the JSON is longer than ", kMaxTextBytes, " bytes"));
  Json root;
  StrictReader reader(root, max_depth);
  if (!Json::sax_parse(text.begin(), text.end(), &reader)) return Invalid(Cat("not acceptable JSON: ", reader.error()));
  return root;
}

std::string JsonQuoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<uint8_t>(c) < 0x20 || c == 0x7F) {
          char buffer[8];
          std::snprintf(buffer, sizeof buffer, "\\u%04x", static_cast<unsigned>(c));
          out += buffer;
        } else {
          out.push_back(c);
        }
    }
  }
  out.push_back('"');
  return out;
}

const Json* Member(const Json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

}  // namespace tidegate::cedar
