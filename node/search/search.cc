#include "node/search/search.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace tidegate::search {

absl::StatusOr<Plan> PlanFor(const Question& question) {
  Plan plan;
  if (!question.kind.empty() && record::Catalogue::FindKind(question.kind) == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("search: there is no kind `", question.kind, "`"));
  }
  std::vector<store::Where> all;
  if (!question.identifier.empty()) {
    auto term = IdentifierTerm(question.identifier);
    if (!term.ok()) return term.status();
    all.push_back(store::Where::Has(*term));
    plan.asked.push_back(*std::move(term));
  }
  if (!question.kind.empty()) all.push_back(store::Where::OfKind(question.kind));
  if (!question.origin.empty()) all.push_back(store::Where::By(question.origin));
  plan.query.where = store::Where::All(std::move(all));
  plan.query.work = kMostWork;
  plan.query.limit = std::clamp<size_t>(question.limit == 0 ? kDefaultPage : question.limit, 1, kMostFound);
  if (!question.cursor.empty() && !absl::SimpleAtoi(question.cursor, &plan.query.before)) {
    return absl::InvalidArgumentError("search: that cursor is not one that `find` printed");
  }
  return plan;
}

absl::StatusOr<record::Term> IdentifierTerm(const std::string& identifier) {
  const size_t colon = identifier.find(':');
  if (colon == std::string::npos) {
    return absl::InvalidArgumentError("search: an identifier is SCHEME:VALUE, for example phone:+447700900011");
  }
  return record::IdentifierTerm(identifier.substr(0, colon), identifier.substr(colon + 1));
}

std::string PrintCursor(uint64_t next) { return next == 0 ? "" : absl::StrCat(next); }

}  // namespace tidegate::search
