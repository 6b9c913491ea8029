#include "node/search/superset.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "node/record/index_terms.h"

namespace tidegate::search {
namespace {

using Bound = std::optional<store::Where>;  // nothing: any record

constexpr size_t kDigitsOfAWholeId = 32;
constexpr size_t kMostAsked = 256;
// Of a phrase so many words are asked of the index, the longest of them: they are the rarest.
constexpr size_t kMostWordsAsked = 8;

store::Where Has(record::Term term) { return store::Where::Has(std::move(term)); }

store::Where Any(std::vector<store::Where> any) {
  return any.size() == 1 ? std::move(any.front()) : store::Where::Any(std::move(any));
}
store::Where All(std::vector<store::Where> all) {
  return all.size() == 1 ? std::move(all.front()) : store::Where::All(std::move(all));
}

store::Where AnyOf(std::vector<record::Term> terms) {
  std::vector<store::Where> any;
  any.reserve(terms.size());
  for (record::Term& term : terms) any.push_back(Has(std::move(term)));
  return Any(std::move(any));
}

record::Term IdentifierTermOf(const std::pair<std::string, std::string>& one) {
  return {record::kIdentifierTerm, one.first + ":" + one.second};
}

// What the index says of every record of which a condition may hold.
class Bounds {
 public:
  explicit Bounds(const Sight& sight) : sight_(sight) {}

  Bound Of(const Meaning& meaning, bool holds) const {
    if (meaning.is == Meaning::Is::kCondition) {
      return holds ? std::visit([this](const auto& asked) { return If(asked); }, meaning.condition)
                   : Not(meaning.condition);
    }
    if (meaning.is == Meaning::Is::kNot) return Of(meaning.of.front(), !holds);
    const bool all = (meaning.is == Meaning::Is::kAll) == holds;
    std::vector<store::Where> bounds;
    for (const Meaning& part : meaning.of) {
      Bound bound = Of(part, holds);
      if (bound) {
        bounds.push_back(*std::move(bound));
      } else if (!all) {
        return std::nullopt;
      }
    }
    if (bounds.empty() && all) return std::nullopt;
    return all ? All(std::move(bounds)) : Any(std::move(bounds));
  }

  // The index's own word for each condition, joined as the query joins them.
  Bound Exactly(const Meaning& meaning) const {
    if (meaning.is == Meaning::Is::kCondition) {
      return std::visit([this](const auto& asked) { return If(asked); }, meaning.condition);
    }
    std::vector<store::Where> parts;
    for (const Meaning& part : meaning.of) {
      Bound bound = Exactly(part);
      if (!bound) return std::nullopt;
      parts.push_back(*std::move(bound));
    }
    if (meaning.is == Meaning::Is::kNot) return store::Where::Not(std::move(parts.front()));
    return meaning.is == Meaning::Is::kAll ? store::Where::All(std::move(parts)) : store::Where::Any(std::move(parts));
  }

 private:
  // What the index says of every record of which the condition may fail. Kind, author, arrival and whether it is ours
  // stand in every record, so that the index knows where they differ. A value may be there and withheld.
  Bound Not(const Condition& condition) const {
    const auto* state = std::get_if<State>(&condition);
    const bool ours = state != nullptr && (*state == State::kOwn || *state == State::kReceived);
    if (!ours && !std::holds_alternative<OfKind>(condition) && !std::holds_alternative<ByOrigin>(condition) &&
        !std::holds_alternative<Newer>(condition)) {
      return std::nullopt;
    }
    // A record that is shown as a partner would see it is nobody's own.
    if (ours && !sight_.as_held) return std::nullopt;
    Bound bound = std::visit([this](const auto& asked) { return If(asked); }, condition);
    if (!bound) return std::nullopt;
    return store::Where::Not(*std::move(bound));
  }

  Bound If(const OfKind& asked) const { return KindBound(asked.kind); }
  Bound If(const ByOrigin& asked) const { return store::Where::By(asked.name); }
  Bound If(const FromGiver& asked) const { return Has(record::GiverTerm(asked.name)); }
  Bound If(const Phrase& asked) const {
    std::vector<std::string> words = asked.words;
    std::sort(words.begin(), words.end());
    words.erase(std::unique(words.begin(), words.end()), words.end());
    std::stable_sort(words.begin(), words.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
    std::vector<store::Where> all;
    for (const std::string& word : words) {
      if (all.size() < kMostWordsAsked) all.push_back(Has(record::WordTerm(word)));
    }
    return All(std::move(all));
  }
  Bound If(const Coded& asked) const { return Has(record::CodeTerm(asked.list, asked.code)); }
  Bound If(const InPlace& asked) const { return If(asked.phrase); }
  Bound If(const Near& asked) const { return AnyOf(record::NearTerms(asked.at, asked.metres)); }
  Bound If(const Identified& asked) const {
    std::vector<record::Term> any;
    for (const auto& one : asked.any) any.push_back(IdentifierTermOf(one));
    return AnyOf(std::move(any));
  }
  Bound If(const At& asked) const {
    switch (asked.clock) {
      case Clock::kSeen:
        return During(record::kSeenClock, asked.span, Sent());
      case Clock::kRaised:
        return During(record::kRaisedClock, asked.span, Sent());
      case Clock::kCreated:
        return During(record::kMadeClock, asked.span, record::TimePrecision::kDay);
      case Clock::kArrived:
        return During(record::kArrivedClock, asked.span, record::TimePrecision::kDay);
    }
    return std::nullopt;
  }
  Bound If(const Refers& asked) const { return ReferenceBound(asked.id); }
  Bound If(const HasField& asked) const { return Has(record::FieldTerm(asked.name)); }
  Bound If(State asked) const {
    switch (asked) {
      case State::kOwn:
        return Has(record::OwnTerm());
      case State::kReceived:
        // What is shown as a partner would see it is not told as ours.
        return sight_.as_held ? Bound(store::Where::Not(Has(record::OwnTerm()))) : std::nullopt;
      case State::kForked:
        return Has(record::ForkedTerm());
      case State::kExpired:
        return During(record::kExpiryClock, {std::nullopt, static_cast<int64_t>(sight_.now_ms) + 1},
                      record::TimePrecision::kDay);
      case State::kRecalled:
      case State::kWithdrawn:
        return store::Where::Any({});  // the index has what is held
    }
    return std::nullopt;
  }
  Bound If(const Newer& asked) const { return store::Where::After(asked.arrival); }
  Bound If(const Marked& asked) const {
    switch (asked.what) {
      case Marking::kPap:
        return Has(record::PapTerm(asked.word));
      case Marking::kPurpose:
        return Has(record::PurposeTerm(asked.word));
      case Marking::kTag:
        return Has(record::TagTerm(asked.word));
      case Marking::kGrade:
        break;
    }
    std::vector<store::Where> all;
    for (size_t part = 0; part < asked.word.size(); ++part) {
      if (asked.word[part] != '?') all.push_back(Has(record::GradeTerm(part, asked.word[part])));
    }
    return All(std::move(all));
  }
  Bound If(const Tlps& asked) const {
    std::vector<record::Term> any;
    for (auto tlp = static_cast<int>(asked.least); tlp <= static_cast<int>(asked.most); ++tlp) {
      any.push_back(record::TlpTerm(static_cast<record::Tlp>(tlp)));
    }
    return AnyOf(std::move(any));
  }
  Bound If(const InField& asked) const {
    const record::Kind* const kind = record::Catalogue::FindKind(asked.kind);
    if (kind == nullptr || asked.slot >= kind->slots.size()) return std::nullopt;
    const record::Slot& slot = kind->slots[asked.slot];
    Bound said = std::visit([&](const auto& says) { return Says(slot, says); }, asked.says);
    Bound of_kind = KindBound(asked.kind);
    if (!said) return of_kind;
    return All({*std::move(of_kind), *std::move(said)});
  }

  Bound Says(const record::Slot& slot, const SaysUnknown&) const {
    // Nothing may be left of a place where only its country goes.
    return sight_.as_held ? Bound(Has(record::UnknownTerm(slot.name))) : std::nullopt;
  }
  Bound Says(const record::Slot& slot, const Span& asked) const { return During(record::ClockOf(slot), asked, Sent()); }
  Bound Says(const record::Slot&, const Phrase& asked) const { return If(asked); }
  Bound Says(const record::Slot&, const Coded& asked) const { return If(asked); }
  Bound Says(const record::Slot&, const InPlace& asked) const { return If(asked); }
  Bound Says(const record::Slot&, const Identified& asked) const { return If(asked); }
  Bound Says(const record::Slot&, const IdBegins& asked) const { return ReferenceBound(asked.hex); }
  Bound Says(const record::Slot& slot, const Numbers&) const { return Has(record::FieldTerm(slot.name)); }
  Bound Says(const record::Slot& slot, bool) const { return Has(record::FieldTerm(slot.name)); }

  // How precisely a time is seen at least.
  record::TimePrecision Sent() const {
    return sight_.as_held ? record::TimePrecision::kDay : record::TimePrecision::kYear;
  }
  static Bound During(std::string_view clock, const Span& span, record::TimePrecision precision) {
    return AnyOf(record::TimeTerms(clock, span.from, span.until, precision));
  }
  static Bound KindBound(uint32_t number) {
    const record::Kind* const kind = record::Catalogue::FindKind(number);
    if (kind == nullptr) return std::nullopt;
    return store::Where::OfKind(std::string(kind->name));
  }
  static Bound ReferenceBound(const std::string& hex) {
    if (hex.size() == kDigitsOfAWholeId) {
      if (const auto id = record::ParseRecordId(hex); id.ok()) return Has(record::ReferenceTerm(*id));
    }
    auto begins = record::ReferenceBeginsTerm(hex);
    if (!begins) return std::nullopt;
    return Has(*std::move(begins));
  }

  const Sight& sight_;
};

// How far the index's word for a condition is the condition itself.
enum class Exactness : uint8_t { kCoarser, kOfWhole, kOfAny };

struct ExactnessOf {
  // What the node decides by, or tells of every record that somebody may see.
  Exactness operator()(const OfKind&) const { return Exactness::kOfAny; }
  Exactness operator()(const ByOrigin&) const { return Exactness::kOfAny; }
  Exactness operator()(const FromGiver&) const { return Exactness::kOfAny; }
  Exactness operator()(const Tlps&) const { return Exactness::kOfAny; }
  // A field may say a tag, too.
  Exactness operator()(const Marked& asked) const {
    return asked.what == Marking::kTag ? Exactness::kOfWhole : Exactness::kOfAny;
  }
  Exactness operator()(State asked) const {
    return asked == State::kForked || asked == State::kExpired ? Exactness::kCoarser : Exactness::kOfAny;
  }
  Exactness operator()(const Newer&) const { return Exactness::kOfAny; }
  // What fields say. The index does not know where in a text a word stands.
  Exactness operator()(const Phrase& asked) const {
    return asked.words.size() == 1 ? Exactness::kOfWhole : Exactness::kCoarser;
  }
  Exactness operator()(const Coded&) const { return Exactness::kOfWhole; }
  Exactness operator()(const Identified&) const { return Exactness::kOfWhole; }
  Exactness operator()(const HasField&) const { return Exactness::kOfWhole; }
  Exactness operator()(const InPlace&) const { return Exactness::kCoarser; }
  Exactness operator()(const Near&) const { return Exactness::kCoarser; }
  Exactness operator()(const At&) const { return Exactness::kCoarser; }
  Exactness operator()(const Refers&) const { return Exactness::kCoarser; }
  Exactness operator()(const InField&) const { return Exactness::kCoarser; }
};

Exactness ExactnessIn(const Meaning& meaning) {
  if (meaning.is == Meaning::Is::kCondition) return std::visit(ExactnessOf(), meaning.condition);
  Exactness least = Exactness::kOfAny;
  for (const Meaning& part : meaning.of) least = std::min(least, ExactnessIn(part));
  return least;
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

store::Where SupersetOf(const Meaning& meaning, const Sight& sight) {
  Bound bound = Bounds(sight).Of(meaning, true);
  if (!bound) return {};
  // Of some records the index does not say all.
  return Any({*std::move(bound), Has({record::kMoreTerm, ""})});
}

std::optional<Exact> ExactOf(const Meaning& meaning, const Sight& sight) {
  const Exactness exactness = ExactnessIn(meaning);
  if (!sight.as_held || exactness == Exactness::kCoarser) return std::nullopt;
  std::optional<store::Where> where = Bounds(sight).Exactly(meaning);
  if (!where) return std::nullopt;
  return Exact{*std::move(where), exactness == Exactness::kOfWhole};
}

store::Where Uncertain(const Sight& sight) {
  Bound expired = Bounds(sight).Exactly(Meaning::That(State::kExpired));
  return Any({*std::move(expired), Has({record::kMoreTerm, ""})});
}

void IdentifiersIn(const Meaning& meaning, std::vector<record::Term>& terms) { IdentifiersIn(meaning, true, terms); }

}  // namespace tidegate::search
