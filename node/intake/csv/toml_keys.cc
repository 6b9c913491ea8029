#include "node/intake/csv/toml_keys.h"

#include <algorithm>

#include "node/intake/text.h"
#include "text/text.h"

namespace tidegate::intake {

void TomlKeys::Fail(const toml::node& at, std::initializer_list<std::string_view> what) {
  FailAt(at.source().begin.line, what);
}

void TomlKeys::FailAt(std::uint64_t line, std::initializer_list<std::string_view> what) {
  if (!fault_.ok()) return;
  fault_ = Refused({"intake: mapping `", name_, "` line ", std::to_string(line), ": ", Cat(what)});
}

void TomlKeys::Take(const absl::Status& fault) {
  if (fault_.ok()) fault_ = fault;
}

void TomlKeys::CheckKeys(const toml::table& table, const Keys& known) {
  for (const auto& entry : table) {
    std::string_view key = entry.first.str();
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      FailAt(entry.first.source().begin.line, {"unknown key `", key, "`", text::DidYouMean(key, known)});
    }
  }
}

std::string TomlKeys::Text(const toml::node& node, std::string_view what) {
  if (std::optional<std::string> text = node.value_exact<std::string>()) return *text;
  Fail(node, {"`", what, "` must be a string"});
  return "";
}

std::string TomlKeys::TextOf(const toml::table& table, std::string_view key) {
  const toml::node* node = table.get(key);
  return node == nullptr ? std::string() : Text(*node, key);
}

bool TomlKeys::Flag(const toml::table& table, std::string_view key) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return false;
  if (std::optional<bool> flag = node->value_exact<bool>()) return *flag;
  Fail(*node, {"`", key, "` must be true or false"});
  return false;
}

std::optional<std::int64_t> TomlKeys::Number(const toml::table& table, std::string_view key) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return std::nullopt;
  std::optional<std::int64_t> number = node->value_exact<std::int64_t>();
  if (!number.has_value()) Fail(*node, {"`", key, "` must be a whole number"});
  return number;
}

Keys TomlKeys::Texts(const toml::table& table, std::string_view key) {
  Keys texts;
  const toml::node* node = table.get(key);
  if (node == nullptr) return texts;
  const toml::array* array = node->as_array();
  if (array == nullptr) {
    Fail(*node, {"`", key, "` must be a list of strings"});
    return texts;
  }
  for (const toml::node& item : *array) texts.push_back(Text(item, key));
  return texts;
}

Keys TomlKeys::OneOrMore(const toml::table& table, std::string_view key) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return {};
  return node->is_array() ? Texts(table, key) : Keys{Text(*node, key)};
}

const toml::table* TomlKeys::Table(const toml::table& parent, std::string_view key) {
  const toml::node* node = parent.get(key);
  if (node == nullptr) return nullptr;
  if (!node->is_table()) Fail(*node, {"`", key, "` must be a table"});
  return node->as_table();
}

}  // namespace tidegate::intake
