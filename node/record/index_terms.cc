#include "node/record/index_terms.h"

#include <algorithm>
#include <array>
#include <limits>
#include <set>
#include <unordered_set>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "node/record/covers.h"
#include "node/record/value/calendar.h"
#include "node/record/value/refusal.h"
#include "text/words/words.h"

namespace tidegate::record {
namespace {

constexpr size_t kMostPeriodsSaid = 12, kMostPeriodsAsked = 48;
constexpr std::array<std::string_view, 7> kSeenFields = {"observed", kFirstSeenField, kLastSeenField, "time",
                                                         "active",   "posted",        "exploited"};
constexpr std::string_view kTagList = "tag";

struct Span {
  std::optional<int64_t> from, until;
};
Span SpanOf(const TimeRange& range) {
  Span span;
  if (range.from) span.from = BeginMs(*range.from);
  if (range.to) span.until = EndMs(*range.to);
  return span;
}
Span Moment(uint64_t ms) {
  const auto at = static_cast<int64_t>(std::min(ms, static_cast<uint64_t>(std::numeric_limits<int64_t>::max() - 1)));
  return {at, at + 1};
}

// The smallest span that holds both.
Span Around(const Span& a, const Span& b) {
  Span span;
  if (a.from && b.from) span.from = std::min(*a.from, *b.from);
  if (a.until && b.until) span.until = std::max(*a.until, *b.until);
  return span;
}

bool IsEndOfSpan(const Slot& slot) { return slot.name == kFirstSeenField || slot.name == kLastSeenField; }

// As covers.h cuts time.
int64_t DayOf(int64_t ms) {
  constexpr int64_t kMsOfADay = 86'400'000;
  return ms / kMsOfADay - (ms % kMsOfADay < 0 ? 1 : 0);
}

std::string PeriodText(const Period& period, bool whole) { return Joined({period.Name(), whole ? "+" : ""}); }
std::string TimeText(std::string_view clock, const Period& period, bool whole) {
  return Joined({clock, "/", PeriodText(period, whole)});
}

// The periods under which a span stands in the index. A period that is covered whole is found by what lies within it
// too.
std::vector<std::string> PeriodsOf(const Span& span) {
  std::vector<std::string> texts;
  std::vector<Period> around;  // of the period before
  for (const Period& period : Cover(span.from, span.until, kMostPeriodsSaid)) {
    texts.push_back(PeriodText(period, false));
    if (period.size > Period::Size::kDay) texts.push_back(PeriodText(period, true));
    std::vector<Period> these = period.Around();
    if (these == around) continue;  // as of most days that follow each other
    for (const Period& one : these) texts.push_back(PeriodText(one, false));
    around = std::move(these);
  }
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  return texts;
}

// The same, remembered: a record says five times or so, and the days of one year are few. The answer is valid until
// this thread asks again.
const std::vector<std::string>& PeriodsSaid(const Span& span) {
  constexpr size_t kMostRemembered = 2048;
  // Spans of the same days have the same periods.
  constexpr int64_t kOpen = std::numeric_limits<int64_t>::min();
  thread_local absl::flat_hash_map<std::pair<int64_t, int64_t>, std::vector<std::string>> known;
  const std::pair<int64_t, int64_t> days(span.from ? DayOf(*span.from) : kOpen,
                                         span.until ? DayOf(*span.until - 1) : kOpen);
  if (const auto found = known.find(days); found != known.end()) return found->second;
  if (known.size() >= kMostRemembered) known.clear();
  return known.emplace(days, PeriodsOf(span)).first->second;
}

std::string Lower(std::string_view text) {
  std::string lower;
  for (const char c : text) lower.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  return lower;
}

// Collects the terms of one view. Everything that `sink` refers to must outlive the collector.
class Collector {
 public:
  explicit Collector(IndexSink sink) : sink_(sink) {}

  void Add(uint16_t slot, std::string_view text) {
    if (left_ == 0) {
      more_ = true;
      return;
    }
    --left_;
    sink_(slot, text);
  }
  void Add(const Term& term) { Add(term.slot, term.text); }

  void AddText(std::string_view text) {
    if (text.size() > text_left_) more_ = true;
    const std::string_view part = text.substr(0, text_left_);
    text_left_ -= part.size();
    for (std::string& word : words::WordsOf(part)) words_.insert(std::move(word));
  }

  void AddTime(std::string_view clock, const Span& span) {
    std::string text(clock);
    text += '/';
    const size_t at = text.size();
    for (const std::string& period : PeriodsSaid(span)) {
      text.resize(at);
      text += period;
      Add(kTimeTerm, text);
    }
  }

  void AddPlace(const Place& place) {
    for (const std::string* part : {&place.name, &place.locality, &place.region}) AddText(*part);
    if (!place.country.empty()) Add(kCountryTerm, place.country);
    if (!place.coordinates) return;
    for (const std::string& cell : CellsOf(*place.coordinates)) Add(kCellTerm, cell);
  }

  void AddCode(const Slot& slot, const CodeValue& value) {
    Add(CodeTerm(slot.code_list, value.code));
    if (slot.code_list == kTagList) Add(TagTerm(value.code));
    const CodeList* list = Catalogue::FindCodeList(slot.code_list);
    const Code* code = list != nullptr ? Catalogue::FindCode(*list, value.code) : nullptr;
    if (code != nullptr && !code->parent.empty()) Add(CodeTerm(slot.code_list, code->parent));
  }

  void AddReference(const RecordId& id) {
    const std::string hex = FormatRecordId(id);
    Add(kReferenceTerm, hex);
    Add(kReferenceTerm, std::string_view(hex).substr(0, kReferenceDigits));
  }

  // What changes while the record stays as it is must not push out others.
  void AddAlways(const Term& term) { sink_(term.slot, term.text); }

  void Finish() {
    if (words_.size() <= left_) {
      for (const std::string& word : words_) Add(kWordTerm, word);
    } else {
      // The same words are left out each time.
      for (const std::string& word : std::set<std::string>(words_.begin(), words_.end())) Add(kWordTerm, word);
    }
    if (more_) sink_(kMoreTerm, "");
  }

 private:
  const IndexSink sink_;
  size_t left_ = kMostIndexTerms;
  size_t text_left_ = kMostWordBytes;
  bool more_ = false;
  std::unordered_set<std::string> words_;
};

void AddScalar(Collector& out, const Slot& slot, const Scalar& scalar) {
  if (const auto* text = std::get_if<Text>(&scalar)) return out.AddText(text->text);
  if (const auto* code = std::get_if<CodeValue>(&scalar)) return out.AddCode(slot, *code);
  if (const auto* range = std::get_if<TimeRange>(&scalar)) {
    return out.AddTime(ClockOf(slot), SpanOf(*range));
  }
  if (const auto* place = std::get_if<Place>(&scalar)) return out.AddPlace(*place);
  if (const auto* reference = std::get_if<Reference>(&scalar)) return out.AddReference(reference->id);
  if (const auto* narrative = std::get_if<Narrative>(&scalar)) {
    // A partner may be sent the sanitised text in place of the full one.
    for (const std::string* part : {&narrative->heading, &narrative->text, &narrative->sanitised}) out.AddText(*part);
    return;
  }
  if (const auto* identifier = std::get_if<Identifier>(&scalar); identifier != nullptr && !identifier->masked) {
    out.Add(kIdentifierTerm, Joined({identifier->scheme, ":", identifier->value}));
  }
}

void AddHandling(Collector& out, const Handling& handling, const LocalFacts& local) {
  out.Add(TlpTerm(handling.effective_tlp()));
  if (!handling.pap.empty()) out.Add(PapTerm(handling.pap));
  size_t part = 0;
  for (const std::string* grade : {&handling.source_grade, &handling.intelligence_grade, &handling.handling_code}) {
    if (grade->size() == 1) out.Add(GradeTerm(part, grade->front()));
    ++part;
  }
  for (const std::string& purpose : handling.purposes) out.Add(PurposeTerm(purpose));
  for (const std::string& tag : local.tags) out.Add(TagTerm(tag));
  if (handling.expiry_ms) out.AddTime(kExpiryClock, Moment(*handling.expiry_ms));
}

// One span that holds both the first and the last time, so that a record with one of them withheld is found too.
void AddFirstToLast(Collector& out, const VerifiedView& view) {
  std::optional<Span> whole;
  for (size_t i = 0; i < view.size(); ++i) {
    const Slot& slot = view.slot(i);
    if (!slot.searchable || !IsEndOfSpan(slot)) continue;
    for (const Scalar& scalar : view.value(i).items) {
      const auto* range = std::get_if<TimeRange>(&scalar);
      if (range == nullptr) continue;
      const Span span = SpanOf(*range);
      whole = whole ? Around(*whole, span) : span;
    }
  }
  if (whole) out.AddTime(kSeenClock, *whole);
}

void AddField(Collector& out, const Slot& slot, const Value& value) {
  // Of a quantity it is known that it is there, and no more.
  if (!slot.searchable && slot.type != Type::kQuantity) return;
  const bool unknown = value.items.empty() || std::holds_alternative<Unknown>(value.items.front());
  out.Add(unknown ? UnknownTerm(slot.name) : FieldTerm(slot.name));
  if (!slot.searchable) return;
  for (const Scalar& scalar : value.items) AddScalar(out, slot, scalar);
}

}  // namespace

void VisitIndexTerms(const Indexed& record, IndexSink sink) {
  const VerifiedView& view = record.view;
  Collector out(sink);
  out.AddAlways(KindTerm(view.kind()));
  if (record.own) out.AddAlways(OwnTerm());
  if (record.forked) out.AddAlways(ForkedTerm());
  for (const std::string& giver : record.givers) out.AddAlways(GiverTerm(giver));
  if (!record.local.source_reference.empty()) out.Add(SourceTerm(record.local.source_reference));
  AddHandling(out, view.handling(), record.local);
  out.AddTime(kMadeClock, Moment(view.statement().created_ms));
  out.AddTime(kArrivedClock, Moment(record.arrived_ms));
  AddFirstToLast(out, view);
  for (size_t i = 0; i < view.size(); ++i) AddField(out, view.slot(i), view.value(i));
  out.Finish();
}

std::vector<Term> IndexTermsOf(const Indexed& record) {
  std::vector<Term> terms;
  VisitIndexTerms(record, [&terms](uint16_t slot, std::string_view text) {
    terms.push_back({slot, std::string(text)});
  });
  std::sort(terms.begin(), terms.end());
  terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
  return terms;
}

std::string IndexEdition() { return "terms 4 " + words::Edition(); }

std::optional<Term> ReferenceBeginsTerm(std::string_view hex) {
  if (hex.size() < kReferenceDigits) return std::nullopt;
  return Term{kReferenceTerm, std::string(hex.substr(0, kReferenceDigits))};
}
Term WordTerm(std::string_view word) { return {kWordTerm, std::string(word)}; }
Term CodeTerm(std::string_view list, std::string_view code) {
  if (list == kCountryList) return {kCountryTerm, std::string(code)};
  return {kCodeTerm, Joined({list, "/", code})};
}
Term GiverTerm(std::string_view organisation) { return {kGiverTerm, std::string(organisation)}; }
Term OwnTerm() { return {kStateTerm, "own"}; }
Term ForkedTerm() { return {kStateTerm, "forked"}; }
Term FieldTerm(std::string_view name) { return {kFieldTerm, std::string(name)}; }
Term UnknownTerm(std::string_view name) { return {kFieldTerm, Joined({name, "?"})}; }
Term TlpTerm(Tlp tlp) { return {kHandlingTerm, Joined({"tlp/", TlpName(tlp)})}; }
Term PapTerm(std::string_view pap) { return {kHandlingTerm, Joined({"pap/", pap})}; }
Term GradeTerm(size_t part, char grade) {
  return {kHandlingTerm, Joined({"grade/", std::to_string(part), std::string_view(&grade, 1)})};
}
Term PurposeTerm(std::string_view purpose) { return {kHandlingTerm, Joined({"purpose/", purpose})}; }
Term TagTerm(std::string_view tag) { return {kHandlingTerm, Joined({"tag/", Lower(tag)})}; }

std::string ClockOf(const Slot& slot) {
  const std::string_view shared = SharedClockOf(slot);
  return shared.empty() || IsEndOfSpan(slot) ? Joined({"field ", slot.name}) : std::string(shared);
}

std::string_view SharedClockOf(const Slot& slot) {
  if (std::find(kSeenFields.begin(), kSeenFields.end(), slot.name) != kSeenFields.end()) return kSeenClock;
  return slot.name == kRaisedClock ? kRaisedClock : std::string_view();
}

std::vector<Term> TimeTerms(std::string_view clock, std::optional<int64_t> from, std::optional<int64_t> until,
                            TimePrecision precision) {
  // A span that is told by the month alone is told as a whole month: it lies in the years in which the finer one lies.
  const auto smallest = precision == TimePrecision::kMinute || precision == TimePrecision::kDay
                            ? Period::Size::kDay
                            : (precision == TimePrecision::kMonth ? Period::Size::kMonth : Period::Size::kYear);
  std::vector<Term> terms;
  for (const Period& period : Cover(from, until, kMostPeriodsAsked, smallest)) {
    terms.push_back({kTimeTerm, TimeText(clock, period, false)});
    for (const Period& around : period.Around()) terms.push_back({kTimeTerm, TimeText(clock, around, true)});
  }
  std::sort(terms.begin(), terms.end());
  terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
  return terms;
}

std::vector<Term> NearTerms(const Coordinates& at, double metres) {
  std::vector<Term> terms;
  for (const std::string& cell : CellsAround(at, metres)) terms.push_back({kCellTerm, cell});
  return terms;
}

}  // namespace tidegate::record
