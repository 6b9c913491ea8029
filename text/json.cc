// Trees of JSON as text. nlohmann's own writer escapes strings by another rule; here all of them pass Json.
#include <nlohmann/json.hpp>
#include <utility>

#include "text/text.h"

namespace tidegate::text {
namespace {

template <typename Tree>
class Writer {
 public:
  explicit Writer(int indent) : indent_(indent) {}

  std::string Write(const Tree& tree) {
    Add(tree, 0);
    return std::move(out_);
  }

 private:
  void Add(const Tree& tree, int depth) {
    if (tree.is_object()) return AddMembers(tree, depth);
    if (tree.is_array()) return AddItems(tree, depth);
    out_ += tree.is_string() ? Json(tree.template get_ref<const std::string&>()) : tree.dump();
  }

  void AddMembers(const Tree& object, int depth) {
    out_ += '{';
    const char* separator = "";
    for (const auto& [name, value] : object.items()) {
      out_ += std::exchange(separator, ",");
      Break(depth + 1);
      out_ += Json(name);
      out_ += indent_ < 0 ? ":" : ": ";
      Add(value, depth + 1);
    }
    if (!object.empty()) Break(depth);
    out_ += '}';
  }

  void AddItems(const Tree& array, int depth) {
    out_ += '[';
    const char* separator = "";
    for (const Tree& value : array) {
      out_ += std::exchange(separator, ",");
      Break(depth + 1);
      Add(value, depth + 1);
    }
    if (!array.empty()) Break(depth);
    out_ += ']';
  }

  void Break(int depth) {
    if (indent_ < 0) return;
    out_ += '\n';
    out_.append(static_cast<size_t>(indent_) * static_cast<size_t>(depth), ' ');
  }

  const int indent_;
  std::string out_;
};

}  // namespace

std::string JsonTree(const nlohmann::json& tree, int indent) { return Writer<nlohmann::json>(indent).Write(tree); }
std::string JsonTree(const nlohmann::ordered_json& tree, int indent) {
  return Writer<nlohmann::ordered_json>(indent).Write(tree);
}

}  // namespace tidegate::text
