#include "node/search/search.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "text/text.h"

namespace tidegate::search {
namespace {

std::vector<std::string_view> KindNames() {
  std::vector<std::string_view> names;
  for (const record::Kind& kind : record::Catalogue::Kinds()) names.push_back(kind.name);
  return names;
}

using SchemeAndValue = std::pair<std::string_view, std::string_view>;

absl::StatusOr<SchemeAndValue> PartsOf(std::string_view identifier) {
  const size_t colon = identifier.find(':');
  if (colon == std::string_view::npos) {
    return absl::InvalidArgumentError("search: an identifier is SCHEME:VALUE, for example phone:+447700900011");
  }
  return SchemeAndValue(identifier.substr(0, colon), identifier.substr(colon + 1));
}

// The term that is meant, and behind it the one under which release 0.1 stored a telephone number without its country.
absl::StatusOr<std::vector<record::Term>> IdentifierTerms(const Question& question) {
  auto meant = IdentifierTerm(question.identifier, question.home);
  if (!meant.ok()) return meant.status();
  std::vector<record::Term> terms = {*std::move(meant)};
  const auto parts = PartsOf(question.identifier);
  if (auto old = record::OldTelephoneTerm(parts->first, parts->second)) terms.push_back(*std::move(old));
  return terms;
}

}  // namespace

absl::StatusOr<Plan> PlanFor(const Question& question) {
  Plan plan;
  if (!question.kind.empty() && record::Catalogue::FindKind(question.kind) == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("search: there is no kind `", question.kind, "`", text::DidYouMean(question.kind, KindNames())));
  }
  std::vector<store::Where> all;
  if (!question.identifier.empty()) {
    auto terms = IdentifierTerms(question);
    if (!terms.ok()) return terms.status();
    std::vector<store::Where> any;
    for (const record::Term& term : *terms) any.push_back(store::Where::Has(term));
    all.push_back(any.size() == 1 ? std::move(any.front()) : store::Where::Any(std::move(any)));
    plan.asked.push_back(std::move(terms->front()));
  }
  for (const auto& [field, text] : question.fields) {
    const record::Kind* kind = record::Catalogue::FindKind(question.kind);
    if (kind == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat("search: `", field, "` is a field of a kind: say which, as kind=report"));
    }
    if (kind->FindSlot(field) == nullptr) {
      std::vector<std::string_view> known;
      for (const record::Slot& slot : kind->slots) known.push_back(slot.name);
      return absl::InvalidArgumentError(absl::StrCat("search: kind `", question.kind, "` has no field `",
                                                     field.substr(0, 40), "`", text::DidYouMean(field, known)));
    }
    auto term = record::TermFor(*kind, field, text);
    if (!term.ok()) return term.status();
    all.push_back(store::Where::Has(*std::move(term)));
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

absl::StatusOr<record::Term> IdentifierTerm(std::string_view identifier, std::string_view home) {
  auto parts = PartsOf(identifier);
  if (!parts.ok()) return parts.status();
  return record::IdentifierTerm(parts->first, parts->second, home);
}

std::string PrintCursor(uint64_t next) { return next == 0 ? "" : absl::StrCat(next); }

}  // namespace tidegate::search
