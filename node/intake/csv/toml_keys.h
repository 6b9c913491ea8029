// Reads the keys of a mapping's TOML by their types. The first fault is kept, with its line, and ends the reading.
#ifndef TIDEGATE_NODE_INTAKE_CSV_TOML_KEYS_H_
#define TIDEGATE_NODE_INTAKE_CSV_TOML_KEYS_H_

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "toml++/toml.h"

namespace tidegate::intake {

using Keys = std::vector<std::string>;

class TomlKeys {
 public:
  // Only faults use `name`, which must outlive this.
  explicit TomlKeys(const std::string& name) : name_(name) {}

  const absl::Status& fault() const { return fault_; }
  void Fail(const toml::node& at, std::initializer_list<std::string_view> what);
  void FailAt(std::uint64_t line, std::initializer_list<std::string_view> what);
  void CheckKeys(const toml::table& table, const Keys& known);
  // The fault of a part that another reader read.
  void Take(const absl::Status& fault);

  // The value of a key, or of the node itself; empty or false if it is not there or of another type, which is a fault.
  std::string Text(const toml::node& node, std::string_view what);
  std::string TextOf(const toml::table& table, std::string_view key);
  bool Flag(const toml::table& table, std::string_view key);
  std::optional<std::int64_t> Number(const toml::table& table, std::string_view key);
  Keys Texts(const toml::table& table, std::string_view key);
  // A string is a list of one.
  Keys OneOrMore(const toml::table& table, std::string_view key);
  const toml::table* Table(const toml::table& parent, std::string_view key);

 private:
  const std::string& name_;
  absl::Status fault_;
};

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_CSV_TOML_KEYS_H_
