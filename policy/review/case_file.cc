#include "policy/review/case_file.h"

#include <toml++/toml.h>

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "policy/cedar/cedar.h"
#include "text/text.h"

namespace tidegate::review {
namespace {

CaseNode NodeOf(const toml::node& from, size_t depth, bool& too_deep) {
  CaseNode node;
  node.line = from.source().begin.line;
  node.column = from.source().begin.column;
  if (depth > kDeepestCase) {
    too_deep = true;
  } else if (const auto* text = from.as_string()) {
    node.type = CaseNode::Type::kText;
    node.text = text->get();
  } else if (const auto* flag = from.as_boolean()) {
    node.type = CaseNode::Type::kFlag;
    node.flag = flag->get();
  } else if (const toml::array* list = from.as_array()) {
    node.type = CaseNode::Type::kList;
    for (const toml::node& item : *list) node.items.push_back(NodeOf(item, depth + 1, too_deep));
  } else if (const toml::table* table = from.as_table()) {
    node.type = CaseNode::Type::kTable;
    for (const auto& [key, value] : *table) {
      const toml::source_position at = key.source().begin;
      node.members.push_back({std::string(key.str()), at.line, at.column, NodeOf(value, depth + 1, too_deep)});
    }
  }
  return node;
}

}  // namespace

const CaseNode* CaseNode::Find(std::string_view key) const {
  for (const CaseMember& member : members) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

absl::StatusOr<CaseNode> ParseCases(std::string_view text, const std::string& file) {
  if (text.size() > kMostCasesBytes) {
    return absl::InvalidArgumentError(absl::StrCat(file, ": the file is larger than ", kMostCasesBytes, " bytes"));
  }
  const cedar::Source source(text, file);
  if (const std::string beyond = tidegate::text::TomlBeyondBounds(text); !beyond.empty())
    return source.Error(0, beyond);
  toml::table root;
  try {
    root = toml::parse(text, file);
  } catch (const toml::parse_error& error) {
    const toml::source_position at = error.source().begin;
    return source.Error(source.OffsetOf(at.line, at.column), error.description());
  }
  bool too_deep = false;
  CaseNode node = NodeOf(root, 0, too_deep);
  if (too_deep) return source.Error(0, absl::StrCat("the file is nested deeper than ", kDeepestCase));
  return node;
}

}  // namespace tidegate::review
