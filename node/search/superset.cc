#include "node/search/superset.h"

#include <optional>
#include <utility>

namespace tidegate::search {
namespace {

using Bound = std::optional<store::Where>;  // nothing: any record

constexpr size_t kDigitsOfAWholeId = 32;
constexpr size_t kMostAsked = 256;

record::Term IdentifierTermOf(const std::pair<std::string, std::string>& one) {
  return {record::kIdentifierTerm, one.first + ":" + one.second};
}

store::Where AnyIdentifier(const Identified& asked) {
  std::vector<store::Where> any;
  for (const auto& one : asked.any) any.push_back(store::Where::Has(IdentifierTermOf(one)));
  return any.size() == 1 ? std::move(any.front()) : store::Where::Any(std::move(any));
}

Bound KindBound(uint32_t number) {
  const record::Kind* const kind = record::Catalogue::FindKind(number);
  if (kind == nullptr) return std::nullopt;
  return store::Where::OfKind(std::string(kind->name));
}

// What the index says of every record of which the condition may hold.
Bound BoundOf(const Condition& condition) {
  if (const auto* kind = std::get_if<OfKind>(&condition)) return KindBound(kind->kind);
  if (const auto* origin = std::get_if<ByOrigin>(&condition)) return store::Where::By(origin->name);
  if (const auto* identified = std::get_if<Identified>(&condition)) return AnyIdentifier(*identified);
  if (const auto* coded = std::get_if<Coded>(&condition); coded != nullptr && coded->list == record::kCountryList) {
    return store::Where::Has(record::CountryTerm(coded->code));
  }
  if (const auto* refers = std::get_if<Refers>(&condition);
      refers != nullptr && refers->id.size() == kDigitsOfAWholeId) {
    const auto id = record::ParseRecordId(refers->id);
    if (id.ok()) return store::Where::Has(record::ReferenceTerm(*id));
  }
  if (const auto* in = std::get_if<InField>(&condition)) {
    const auto* identified = std::get_if<Identified>(&in->says);
    return identified != nullptr ? AnyIdentifier(*identified) : KindBound(in->kind);
  }
  return std::nullopt;
}

// What the index says of every record of which the condition may fail. Kind and author stand in every record, so that
// the index knows where they differ; a value may be there and withheld.
Bound BoundOfNot(const Condition& condition) {
  const bool exact = std::holds_alternative<OfKind>(condition) || std::holds_alternative<ByOrigin>(condition);
  const Bound bound = exact ? BoundOf(condition) : std::nullopt;
  if (!bound) return std::nullopt;
  return store::Where::Not(*bound);
}

Bound BoundOf(const Meaning& meaning, bool holds) {
  if (meaning.is == Meaning::Is::kCondition) {
    return holds ? BoundOf(meaning.condition) : BoundOfNot(meaning.condition);
  }
  if (meaning.is == Meaning::Is::kNot) return BoundOf(meaning.of.front(), !holds);
  const bool all = (meaning.is == Meaning::Is::kAll) == holds;
  std::vector<store::Where> bounds;
  for (const Meaning& part : meaning.of) {
    Bound bound = BoundOf(part, holds);
    if (bound) {
      bounds.push_back(*std::move(bound));
    } else if (!all) {
      return std::nullopt;
    }
  }
  if (bounds.empty() && all) return std::nullopt;
  if (bounds.size() == 1) return std::move(bounds.front());
  return all ? store::Where::All(std::move(bounds)) : store::Where::Any(std::move(bounds));
}

void IdentifiersIn(const Meaning& meaning, bool holds, std::vector<record::Term>& terms) {
  if (meaning.is == Meaning::Is::kCondition) {
    const Identified* asked = std::get_if<Identified>(&meaning.condition);
    if (const auto* in = std::get_if<InField>(&meaning.condition)) asked = std::get_if<Identified>(&in->says);
    if (asked == nullptr || !holds) return;
    for (const auto& one : asked->any) {
      if (terms.size() < kMostAsked) terms.push_back(IdentifierTermOf(one));
    }
    return;
  }
  const bool below = meaning.is == Meaning::Is::kNot ? !holds : holds;
  for (const Meaning& part : meaning.of) IdentifiersIn(part, below, terms);
}

}  // namespace

store::Where SupersetOf(const Meaning& meaning) { return BoundOf(meaning, true).value_or(store::Where()); }

void IdentifiersIn(const Meaning& meaning, std::vector<record::Term>& terms) { IdentifiersIn(meaning, true, terms); }

}  // namespace tidegate::search
