#include "node/search/match.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <numbers>
#include <optional>
#include <utility>

#include "node/record/index_terms.h"
#include "node/search/fields.h"
#include "text/words/words.h"

namespace tidegate::search {
namespace {

constexpr double kEarthMetres = 6'371'008.8;  // mean radius
constexpr std::string_view kTagList = "tag";

bool SameWord(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

double MetresBetween(const record::Coordinates& a, const record::Coordinates& b) {
  const auto radians = [](int32_t e6) { return e6 / 1e6 * std::numbers::pi / 180; };
  const double north = std::sin((radians(b.latitude_e6) - radians(a.latitude_e6)) / 2);
  const double east = std::sin((radians(b.longitude_e6) - radians(a.longitude_e6)) / 2);
  const double h = north * north + std::cos(radians(a.latitude_e6)) * std::cos(radians(b.latitude_e6)) * east * east;
  return 2 * kEarthMetres * std::asin(std::min(1.0, std::sqrt(h)));
}

Span SpanOf(const record::TimeRange& range) {
  Span span;
  if (range.from) span.from = record::BeginMs(*range.from);
  if (range.to) span.until = record::EndMs(*range.to);
  return span;
}

constexpr int64_t kEver = std::numeric_limits<int64_t>::max(), kSinceEver = std::numeric_limits<int64_t>::min();

Match Overlap(const Span& said, const Span& asked) {
  const int64_t from = said.from.value_or(kSinceEver), until = said.until.value_or(kEver);
  const int64_t after = asked.from.value_or(kSinceEver), before = asked.until.value_or(kEver);
  if (from >= before || after >= until) return Match::kNo;
  return after <= from && until <= before ? Match::kYes : Match::kMay;
}

// Of the lower ends of two ranges, how the first lies to the second; an end that is missing lies below all.
int CompareLower(const std::optional<record::Decimal>& a, bool a_open, const std::optional<record::Decimal>& b,
                 bool b_open) {
  if (!a || !b) return (a ? 1 : 0) - (b ? 1 : 0);
  const int order = record::Compare(*a, *b);
  return order != 0 ? order : (a_open ? 1 : 0) - (b_open ? 1 : 0);
}
int CompareUpper(const std::optional<record::Decimal>& a, bool a_open, const std::optional<record::Decimal>& b,
                 bool b_open) {
  if (!a || !b) return (b ? 1 : 0) - (a ? 1 : 0);
  const int order = record::Compare(*a, *b);
  return order != 0 ? order : (b_open ? 1 : 0) - (a_open ? 1 : 0);
}
bool Below(const std::optional<record::Decimal>& upper, bool upper_open, const std::optional<record::Decimal>& lower,
           bool lower_open) {
  if (!upper || !lower) return false;
  const int order = record::Compare(*upper, *lower);
  return order < 0 || (order == 0 && (upper_open || lower_open));
}

Match Overlap(const record::Quantity& said, const Numbers& asked) {
  if (!asked.unit.empty() && !SameWord(asked.unit, said.unit)) return Match::kNo;
  if (Below(said.upper, said.upper_open, asked.lower, asked.lower_open) ||
      Below(asked.upper, asked.upper_open, said.lower, said.lower_open)) {
    return Match::kNo;
  }
  const bool within = CompareLower(asked.lower, asked.lower_open, said.lower, said.lower_open) <= 0 &&
                      CompareUpper(said.upper, said.upper_open, asked.upper, asked.upper_open) <= 0;
  return within && !said.approximate ? Match::kYes : Match::kMay;
}

bool HasCode(const record::Slot& slot, const record::Scalar& scalar, const Coded& asked) {
  if (const auto* place = std::get_if<record::Place>(&scalar)) {
    return asked.list == record::kCountryList && place->country == asked.code;
  }
  const auto* said = std::get_if<record::CodeValue>(&scalar);
  if (said == nullptr || slot.code_list != asked.list) return false;
  if (said->code == asked.code) return true;
  const record::CodeList* const list = record::Catalogue::FindCodeList(slot.code_list);
  const record::Code* const code = list == nullptr ? nullptr : record::Catalogue::FindCode(*list, said->code);
  return code != nullptr && code->parent == asked.code;
}

bool IsIdentified(const record::Scalar& scalar, const Identified& asked) {
  const auto* said = std::get_if<record::Identifier>(&scalar);
  if (said == nullptr || said->masked) return false;
  return std::any_of(asked.any.begin(), asked.any.end(),
                     [&](const auto& one) { return one.first == said->scheme && one.second == said->value; });
}

bool RefersTo(const record::Scalar& scalar, std::string_view hex) {
  const auto* said = std::get_if<record::Reference>(&scalar);
  return said != nullptr && record::FormatRecordId(said->id).starts_with(hex);
}

std::string GradeOf(const record::Handling& handling) {
  std::string grade;
  for (const std::string* part : {&handling.source_grade, &handling.intelligence_grade, &handling.handling_code}) {
    grade.push_back(part->size() == 1 ? part->front() : ' ');
  }
  return grade;
}

// One record, whose texts are cut into words once for all conditions.
class Matcher {
 public:
  explicit Matcher(const Subject& subject) : subject_(subject) {}

  Match Of(const Meaning& meaning) {
    switch (meaning.is) {
      case Meaning::Is::kCondition:
        return std::visit([this](const auto& condition) { return Told(Is(condition)); }, meaning.condition);
      case Meaning::Is::kNot: {
        const Match answer = Of(meaning.of.front());
        return answer == Match::kMay ? answer : Told(answer == Match::kNo);
      }
      case Meaning::Is::kAll: {
        Match least = Match::kYes;
        for (const Meaning& part : meaning.of) {
          if (least != Match::kNo) least = std::min(least, Of(part));
        }
        return least;
      }
      case Meaning::Is::kAny: {
        Match most = Match::kNo;
        for (const Meaning& part : meaning.of) {
          if (most != Match::kYes) most = std::max(most, Of(part));
        }
        return most;
      }
    }
    return Match::kNo;
  }

 private:
  static Match Told(bool yes) { return yes ? Match::kYes : Match::kNo; }
  static Match Told(Match answer) { return answer; }

  // Whether `holds` is true of any scalar of a field that may be asked for.
  bool AnySaid(const std::function<bool(const record::Slot&, const record::Scalar&)>& holds) const {
    if (subject_.view == nullptr) return false;
    for (size_t i = 0; i < subject_.view->size(); ++i) {
      const record::Slot& slot = subject_.view->slot(i);
      if (!slot.searchable) continue;
      for (const record::Scalar& scalar : subject_.view->value(i).items) {
        if (holds(slot, scalar)) return true;
      }
    }
    return false;
  }

  const std::vector<std::string>& Words(const std::string& text) {
    auto [at, fresh] = words_.try_emplace(&text);
    if (fresh) at->second = words::WordsOf(text);
    return at->second;
  }
  bool Says(const std::string& text, const Phrase& phrase) {
    return !text.empty() && words::HasPhrase(Words(text), phrase.words);
  }
  bool Says(const record::Place& place, const Phrase& phrase, bool region_alone = false) {
    if (Says(place.region, phrase)) return true;
    return !region_alone && (Says(place.name, phrase) || Says(place.locality, phrase));
  }
  bool Says(const record::Scalar& scalar, const Phrase& phrase) {
    if (const auto* text = std::get_if<record::Text>(&scalar)) return Says(text->text, phrase);
    if (const auto* told = std::get_if<record::Narrative>(&scalar)) {
      return Says(told->heading, phrase) || Says(told->text.empty() ? told->sanitised : told->text, phrase);
    }
    const auto* place = std::get_if<record::Place>(&scalar);
    return place != nullptr && Says(*place, phrase);
  }

  bool Is(const OfKind& asked) { return subject_.statement.kind == asked.kind; }
  bool Is(const ByOrigin& asked) { return subject_.origin == asked.name; }
  bool Is(const FromGiver& asked) {
    return std::find(subject_.givers.begin(), subject_.givers.end(), asked.name) != subject_.givers.end();
  }
  bool Is(const Phrase& asked) {
    return AnySaid([&](const record::Slot&, const record::Scalar& scalar) { return Says(scalar, asked); });
  }
  bool Is(const Coded& asked) {
    return AnySaid(
        [&](const record::Slot& slot, const record::Scalar& scalar) { return HasCode(slot, scalar, asked); });
  }
  bool Is(const InPlace& asked) {
    return AnySaid([&](const record::Slot&, const record::Scalar& scalar) {
      const auto* place = std::get_if<record::Place>(&scalar);
      return place != nullptr && Says(*place, asked.phrase, asked.region);
    });
  }
  bool Is(const Near& asked) {
    return AnySaid([&](const record::Slot&, const record::Scalar& scalar) {
      const auto* place = std::get_if<record::Place>(&scalar);
      return place != nullptr && place->coordinates && MetresBetween(asked.at, *place->coordinates) <= asked.metres;
    });
  }
  bool Is(const Identified& asked) {
    return AnySaid([&](const record::Slot&, const record::Scalar& scalar) { return IsIdentified(scalar, asked); });
  }
  Match Is(const At& asked) {
    switch (asked.clock) {
      case Clock::kSeen:
        break;
      case Clock::kRaised:
        return Raised(asked.span);
      case Clock::kCreated:
        return Overlap(Moment(subject_.statement.created_ms), asked.span);
      case Clock::kArrived:
        return Overlap(Moment(subject_.arrived_ms), asked.span);
    }
    Match best = Match::kNo;
    for (const Span& said : SeenSpans(subject_)) best = std::max(best, Overlap(said, asked.span));
    return best;
  }
  static Span Moment(uint64_t ms) {
    const auto at = static_cast<int64_t>(std::min(ms, static_cast<uint64_t>(kEver - 1)));
    return {at, at + 1};
  }
  Match Raised(const Span& asked) const {
    Match best = Match::kNo;
    AnySaid([&](const record::Slot& slot, const record::Scalar& scalar) {
      const auto* range = std::get_if<record::TimeRange>(&scalar);
      if (range != nullptr && record::SharedClockOf(slot) == record::kRaisedClock)
        best = std::max(best, Overlap(SpanOf(*range), asked));
      return best == Match::kYes;
    });
    return best;
  }
  bool Is(const Refers& asked) {
    return AnySaid([&](const record::Slot&, const record::Scalar& scalar) { return RefersTo(scalar, asked.id); });
  }
  bool Is(const HasField& asked) {
    if (subject_.view == nullptr) return false;
    const int at = subject_.view->Find(asked.name);
    if (at < 0 || !MayAskFor(subject_.view->slot(static_cast<size_t>(at)))) return false;
    const std::vector<record::Scalar>& items = subject_.view->value(static_cast<size_t>(at)).items;
    return !items.empty() && !std::holds_alternative<record::Unknown>(items.front());
  }
  bool Is(State asked) {
    switch (asked) {
      case State::kOwn:
        return subject_.own;
      case State::kReceived:
        return !subject_.own;
      case State::kForked:
        return subject_.state == "forked";
      case State::kExpired:
        return subject_.state == "expired";
      case State::kRecalled:
        return subject_.state == "recalled";
      case State::kWithdrawn:
        return subject_.state == "withdrawn";
    }
    return false;
  }
  bool Is(const Newer& asked) { return subject_.arrival > asked.arrival; }
  bool Is(const Marked& asked) {
    if (asked.what == Marking::kTag) return IsTagged(asked.word);
    if (subject_.view == nullptr) return false;
    const record::Handling& handling = subject_.view->handling();
    if (asked.what == Marking::kPap) return handling.pap == asked.word;
    if (asked.what == Marking::kPurpose) {
      return std::find(handling.purposes.begin(), handling.purposes.end(), asked.word) != handling.purposes.end();
    }
    const std::string grade = GradeOf(handling);
    for (size_t i = 0; i < grade.size(); ++i) {
      if (asked.word[i] != '?' && asked.word[i] != grade[i]) return false;
    }
    return true;
  }
  bool IsTagged(std::string_view tag) const {
    if (std::any_of(subject_.tags.begin(), subject_.tags.end(),
                    [&](const std::string& one) { return SameWord(one, tag); })) {
      return true;
    }
    return AnySaid([&](const record::Slot& slot, const record::Scalar& scalar) {
      const auto* code = std::get_if<record::CodeValue>(&scalar);
      return code != nullptr && slot.code_list == kTagList && SameWord(code->code, tag);
    });
  }
  bool Is(const Tlps& asked) {
    if (subject_.view == nullptr) return false;
    const record::Tlp tlp = subject_.view->handling().effective_tlp();
    return asked.least <= tlp && tlp <= asked.most;
  }
  Match Is(const InField& asked) {
    if (subject_.view == nullptr || subject_.statement.kind != asked.kind) return Match::kNo;
    const int at = subject_.view->Find(asked.slot);
    if (at < 0) return Match::kNo;
    const record::Slot& slot = subject_.view->slot(static_cast<size_t>(at));
    Match best = Match::kNo;
    for (const record::Scalar& scalar : subject_.view->value(static_cast<size_t>(at)).items) {
      best = std::max(best, std::visit([&](const auto& says) { return Told(Holds(slot, scalar, says)); }, asked.says));
    }
    return best;
  }

  static bool Holds(const record::Slot&, const record::Scalar& scalar, const SaysUnknown&) {
    return std::holds_alternative<record::Unknown>(scalar);
  }
  bool Holds(const record::Slot&, const record::Scalar& scalar, const Phrase& asked) { return Says(scalar, asked); }
  static bool Holds(const record::Slot& slot, const record::Scalar& scalar, const Coded& asked) {
    return HasCode(slot, scalar, asked);
  }
  static Match Holds(const record::Slot&, const record::Scalar& scalar, const Numbers& asked) {
    const auto* quantity = std::get_if<record::Quantity>(&scalar);
    return quantity == nullptr ? Match::kNo : Overlap(*quantity, asked);
  }
  static Match Holds(const record::Slot&, const record::Scalar& scalar, const Span& asked) {
    const auto* range = std::get_if<record::TimeRange>(&scalar);
    return range == nullptr ? Match::kNo : Overlap(SpanOf(*range), asked);
  }
  bool Holds(const record::Slot&, const record::Scalar& scalar, const InPlace& asked) {
    const auto* place = std::get_if<record::Place>(&scalar);
    return place != nullptr && Says(*place, asked.phrase, asked.region);
  }
  static bool Holds(const record::Slot&, const record::Scalar& scalar, const Identified& asked) {
    return IsIdentified(scalar, asked);
  }
  static bool Holds(const record::Slot&, const record::Scalar& scalar, const IdBegins& asked) {
    return RefersTo(scalar, asked.hex);
  }
  static bool Holds(const record::Slot&, const record::Scalar& scalar, bool asked) {
    const auto* answer = std::get_if<record::Tristate>(&scalar);
    return answer != nullptr && answer->yes == asked;
  }

  const Subject& subject_;
  std::map<const std::string*, std::vector<std::string>> words_;  // of the record's texts
};

}  // namespace

Match MatchOf(const Meaning& meaning, const Subject& subject) { return Matcher(subject).Of(meaning); }

std::vector<Span> SeenSpans(const Subject& subject) {
  std::vector<Span> spans;
  if (subject.view == nullptr) return spans;
  std::optional<Span> first, last;
  for (size_t i = 0; i < subject.view->size(); ++i) {
    const record::Slot& slot = subject.view->slot(i);
    if (!slot.searchable || record::SharedClockOf(slot) != record::kSeenClock) continue;
    for (const record::Scalar& scalar : subject.view->value(i).items) {
      const auto* range = std::get_if<record::TimeRange>(&scalar);
      if (range == nullptr) continue;
      if (slot.name == record::kFirstSeenField) {
        first = SpanOf(*range);
      } else if (slot.name == record::kLastSeenField) {
        last = SpanOf(*range);
      } else {
        spans.push_back(SpanOf(*range));
      }
    }
  }
  if (first && last) {
    spans.push_back({first->from, last->until});
  } else if (first || last) {
    spans.push_back(first ? *first : *last);
  }
  return spans;
}

}  // namespace tidegate::search
