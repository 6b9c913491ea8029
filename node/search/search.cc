#include "node/search/search.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "node/search/fields.h"
#include "node/search/superset.h"
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

// The query and what stands beside it, all of which must hold.
absl::StatusOr<Meaning> WholeMeaning(const Question& question) {
  auto whole = MeaningOf(question.query, {question.now_ms, question.home, question.looked});
  if (!whole.ok()) return whole;
  std::vector<Meaning> beside;
  if (!question.kind.empty()) {
    const record::Kind* const kind = record::Catalogue::FindKind(question.kind);
    if (kind == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat("search: there is no kind `", question.kind, "`", text::DidYouMean(question.kind, KindNames())));
    }
    beside.push_back(Meaning::That(OfKind{kind->number}));
  }
  if (!question.state.empty()) {
    auto state = GoneState(question.state);
    if (!state.ok()) return state.status();
    beside.push_back(Meaning::That(*state));
  }
  if (!question.origin.empty()) beside.push_back(Meaning::That(ByOrigin{question.origin}));
  if (!question.identifier.empty()) {
    const auto parts = PartsOf(question.identifier);
    if (!parts.ok()) return parts.status();
    auto identified = IdentifiedBy(parts->first, parts->second, question.home);
    if (!identified.ok()) return identified.status();
    beside.push_back(Meaning::That(*std::move(identified)));
  }
  for (const auto& [field, text] : question.fields) {
    if (question.kind.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("search: `", field.substr(0, 40), "` is a field of a kind: say which, as kind=report"));
    }
    auto in =
        ReadInField(absl::StrCat(question.kind, ".", field), text, {question.now_ms, question.home, question.looked});
    if (!in.ok())
      return absl::InvalidArgumentError(absl::StrCat("search: ", field.substr(0, 40), ": ", in.status().message()));
    beside.push_back(Meaning::That(*std::move(in)));
  }
  if (beside.empty()) return whole;
  beside.push_back(*std::move(whole));
  return Meaning{Meaning::Is::kAll, std::move(beside), {}};
}

}  // namespace

absl::StatusOr<Plan> PlanFor(const Question& question) {
  Plan plan;
  auto meaning = WholeMeaning(question);
  if (!meaning.ok()) return meaning.status();
  plan.meaning = *std::move(meaning);
  auto gone = GoneIn(plan.meaning);
  if (!gone.ok()) return gone.status();
  plan.gone = *gone;
  IdentifiersIn(plan.meaning, plan.asked);
  plan.sight = {question.as_held, question.now_ms};
  plan.query.where = SupersetOf(plan.meaning, plan.sight);
  plan.query.work = kMostWork;
  plan.query.limit = PageOf(question);
  if (!question.cursor.empty() && !absl::SimpleAtoi(question.cursor, &plan.query.before)) {
    return absl::InvalidArgumentError("search: that cursor is not one that `find` printed");
  }
  return plan;
}

std::string OriginIn(const Meaning& meaning) {
  const auto* origin = std::get_if<ByOrigin>(&meaning.condition);
  if (meaning.is == Meaning::Is::kCondition) return origin == nullptr ? "" : origin->name;
  if (meaning.is != Meaning::Is::kAll) return "";
  for (const Meaning& part : meaning.of) {
    if (std::string name = OriginIn(part); !name.empty()) return name;
  }
  return "";
}

size_t PageOf(const Question& question) {
  return std::clamp<size_t>(question.limit == 0 ? kDefaultPage : question.limit, 1, kMostFound);
}

absl::StatusOr<record::Term> IdentifierTerm(std::string_view identifier, std::string_view home) {
  auto parts = PartsOf(identifier);
  if (!parts.ok()) return parts.status();
  return record::IdentifierTerm(parts->first, parts->second, home);
}

std::string PrintCursor(uint64_t next) { return next == 0 ? "" : absl::StrCat(next); }

std::string QueryHelp() {
  constexpr size_t kColumn = 34;
  std::string help =
      "A query joins conditions. Side by side, or with AND, all of them must hold.\n"
      "  word  \"some words\"                text, places\n"
      "  FIELD:VALUE                       the rest; quote a value with blanks or parentheses\n"
      "  A OR B   NOT A   -A   (A OR B) C  OR, AND and NOT in capitals\n"
      "Dates:   2026  2026-03  2026-03-04  today  yesterday;  ranges: A..B  A..  ..B  30d..  2w..  6m..  1y..\n"
      "Numbers: 5  >=5  <5  5..10  >=1000GBP\n\nFields:\n";
  for (const FieldEntry& field : Fields()) {
    std::string head = absl::StrCat("  ", std::string(field.name), ":", std::string(field.takes));
    head.resize(std::max(head.size() + 1, kColumn), ' ');
    absl::StrAppend(&help, head, std::string(field.about), "\n", std::string(kColumn, ' '), std::string(field.example),
                    "\n");
  }
  absl::StrAppend(&help, "  KIND.FIELD:VALUE", std::string(kColumn - 18, ' '),
                  "that field of that kind (`tidegate fields KIND`); `unknown` where the author did not know\n",
                  std::string(kColumn, ' '),
                  "person.roles:suspect  report.victim_count:>=5  alert.amount:>=1000GBP\n\n",
                  "Schemes of identifiers, each a field:\n ");
  size_t column = 1;
  for (const std::string_view scheme : Schemes()) {
    if (column + scheme.size() + 2 > 100) {
      help += "\n ";
      column = 1;
    }
    absl::StrAppend(&help, " ", std::string(scheme), ":");
    column += scheme.size() + 2;
  }
  return help + "\n";
}

}  // namespace tidegate::search
