#include "policy/gates.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "text/text.h"

namespace tidegate::policy {

std::string Rule::Where() const {
  const std::string place = absl::StrCat(file, ":", line);
  return text::Line(id == place ? id : absl::StrCat(id, " (", place, ")"));
}

std::string Refusal::ToString() const {
  std::string text = sentence;
  for (const Rule& rule : rules) absl::StrAppend(&text, "\n  ", rule.Where());
  return text;
}

std::vector<std::string> Disclosure::RuleIds() const {
  std::vector<std::string> ids;
  for (const uint16_t rule : rule_indices_) ids.push_back((*rules_)[rule].id);
  std::sort(ids.begin(), ids.end());
  return ids;
}

bool Disclosure::Allows(const Leaf& leaf, std::string_view partner, int64_t now_ms) const {
  if (!unused_ || leaf_ != leaf || partner_ != partner) return false;
  if (not_before_ms_.has_value() && now_ms < *not_before_ms_) return false;
  return !expiry_ms_.has_value() || now_ms < *expiry_ms_;
}

}  // namespace tidegate::policy
