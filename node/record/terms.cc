#include "node/record/terms.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "node/record/value/calendar.h"
#include "node/record/value/refusal.h"

namespace tidegate::record {
namespace {

constexpr size_t kMaxTermBytes = 128;
constexpr size_t kMaxWords = 64;
constexpr size_t kShortestWord = 2;
constexpr int64_t kMostMonths = 36;
constexpr int64_t kMostYears = 100;
constexpr int64_t kMostDays = 31;
constexpr int64_t kDayMs = 86'400'000;
constexpr size_t kGeohashLengths[] = {3, 5, 7};  // about 150 km, 5 km, 150 m

// Appends: ASCII letters in lower case, runs of blanks as one space, cut at a length that no character straddles.
void AppendNormalised(std::string_view text, std::string& out) {
  const size_t begin = out.size();
  const auto empty = [&] { return out.size() == begin; };
  for (char c : text) {
    const bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (blank && (empty() || out.back() == ' ')) continue;
    out.push_back(blank ? ' ' : (c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c));
    if (out.size() - begin >= kMaxTermBytes) break;
  }
  while (!empty() && ((static_cast<uint8_t>(out.back()) & 0xc0) == 0x80)) out.pop_back();
  if (!empty() && static_cast<uint8_t>(out.back()) >= 0xc0) out.pop_back();
  while (!empty() && out.back() == ' ') out.pop_back();
}

std::string Normalised(std::string_view text) {
  std::string out;
  AppendNormalised(text, out);
  return out;
}

bool InWord(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (static_cast<uint8_t>(c) & 0x80);
}

// Niemeyer's geohash: longitude and latitude halved in turn, five bits a character.
std::string Geohash(const Coordinates& at, size_t length) {
  static constexpr char kAlphabet[] = "0123456789bcdefghjkmnpqrstuvwxyz";
  double low[2] = {-180.0, -90.0};
  double high[2] = {180.0, 90.0};
  const double point[2] = {at.longitude_e6 / 1e6, at.latitude_e6 / 1e6};
  std::string hash;
  for (size_t bit = 0, digit = 0; hash.size() < length; ++bit) {
    const size_t axis = bit % 2;
    const double middle = (low[axis] + high[axis]) / 2;
    const bool upper = point[axis] >= middle;
    (upper ? low : high)[axis] = middle;
    digit = digit << 1 | (upper ? 1 : 0);
    if (bit % 5 == 4) {
      hash.push_back(kAlphabet[digit]);
      digit = 0;
    }
  }
  return hash;
}

// Collects the terms of one view. A record has dozens, so they are made one after the other in one buffer. Everything
// that `sink` refers to must outlive the collector.
class Collector {
 public:
  Collector(const Kind& kind, TermSink sink)
      : buffer_(std::to_string(kind.number) + "/"), prefix_(buffer_.size()), sink_(sink) {}

  void Add(uint16_t slot, std::string_view text) { sink_(slot, text); }
  void AddOfKind(const Slot& slot, std::string_view text) {
    buffer_.resize(prefix_);
    buffer_.append(text);
    GiveBuffer(slot);
  }
  void AddNormalised(const Slot& slot, std::string_view text) {
    buffer_.resize(prefix_);
    AppendNormalised(text, buffer_);
    GiveBuffer(slot);
  }

  void AddText(const Slot& slot, std::string_view text) {
    AddNormalised(slot, text);
    size_t words = 0;
    for (size_t begin = 0; begin < text.size() && words < kMaxWords;) {
      while (begin < text.size() && !InWord(text[begin])) ++begin;
      size_t end = begin;
      while (end < text.size() && InWord(text[end])) ++end;
      if (end - begin >= kShortestWord) {
        AddNormalised(slot, text.substr(begin, end - begin));
        ++words;
      }
      begin = end;
    }
  }

  void AddTime(const Slot& slot, const TimeRange& range) {
    const Instant& first = range.from ? *range.from : *range.to;
    const Instant& last = range.to ? *range.to : *range.from;
    const bool open = !range.from || !range.to;
    for (int64_t year = first.year; year <= last.year && year < first.year + kMostYears; ++year) {
      Instant instant;
      instant.year = static_cast<uint16_t>(year);
      AddOfKind(slot, FormatInstant(instant));
    }
    const auto finest = std::max(first.precision, last.precision);
    if (!open && finest <= TimePrecision::kMonth) AddMonths(slot, first, last);
    if (!open && finest <= TimePrecision::kDay) AddDays(slot, first, last);
  }

  void AddPlace(const Slot& slot, const Place& place) {
    for (const std::string* part : {&place.name, &place.locality, &place.region}) AddNormalised(slot, *part);
    if (!place.country.empty()) Add(kCountryTerm, place.country);
    if (!place.coordinates) return;
    for (size_t length : kGeohashLengths) AddOfKind(slot, "geohash:" + Geohash(*place.coordinates, length));
  }

 private:
  void GiveBuffer(const Slot& slot) {
    if (buffer_.size() > prefix_) sink_(slot.number, buffer_);
  }

  void AddMonths(const Slot& slot, const Instant& first, const Instant& last) {
    const int64_t begin = first.year * 12 + first.month - 1;
    const int64_t end = last.year * 12 + last.month - 1;
    for (int64_t month = begin; month <= end && month < begin + kMostMonths; ++month) {
      Instant instant;
      instant.precision = TimePrecision::kMonth;
      instant.year = static_cast<uint16_t>(month / 12);
      instant.month = static_cast<uint8_t>(month % 12 + 1);
      AddOfKind(slot, FormatInstant(instant));
    }
  }

  void AddDays(const Slot& slot, const Instant& first, const Instant& last) {
    const int64_t end = EndMs(last);
    int64_t at = BeginMs(first);
    for (int64_t day = 0; day < kMostDays && at < end; ++day, at += kDayMs) {
      std::optional<Instant> instant = MinuteOf(at);
      if (!instant) return;
      instant->precision = TimePrecision::kDay;
      AddOfKind(slot, FormatInstant(*instant));
    }
  }

  std::string buffer_;  // begins with the kind
  const size_t prefix_;
  const TermSink sink_;
};

// Ascending and distinct.
class Gathered {
 public:
  void Add(uint16_t slot, std::string_view text) { terms_.push_back({slot, std::string(text)}); }
  std::vector<Term> Take() {
    std::sort(terms_.begin(), terms_.end());
    terms_.erase(std::unique(terms_.begin(), terms_.end()), terms_.end());
    return std::move(terms_);
  }

 private:
  std::vector<Term> terms_;
};

std::string HexOf(std::string_view bytes) {
  return absl::BytesToHexString(absl::string_view(bytes.data(), bytes.size()));
}

void AddCode(Collector& out, const Slot& slot, const CodeValue& value) {
  out.AddOfKind(slot, value.code);
  if (slot.code_list == kCountryList) out.Add(kCountryTerm, value.code);
  const CodeList* list = Catalogue::FindCodeList(slot.code_list);
  const Code* code = list != nullptr ? Catalogue::FindCode(*list, value.code) : nullptr;
  if (code != nullptr && !code->parent.empty()) out.AddOfKind(slot, code->parent);
}

void AddScalar(Collector& out, const Slot& slot, const Scalar& scalar) {
  if (const auto* text = std::get_if<Text>(&scalar)) return out.AddText(slot, text->text);
  if (const auto* code = std::get_if<CodeValue>(&scalar)) return AddCode(out, slot, *code);
  if (const auto* range = std::get_if<TimeRange>(&scalar)) return out.AddTime(slot, *range);
  if (const auto* place = std::get_if<Place>(&scalar)) return out.AddPlace(slot, *place);
  if (const auto* reference = std::get_if<Reference>(&scalar))
    return out.Add(kReferenceTerm, FormatRecordId(reference->id));
  if (const auto* file = std::get_if<Attachment>(&scalar))
    return out.AddOfKind(slot, HexOf(crypto::View(file->sha256)));
  if (const auto* answer = std::get_if<Tristate>(&scalar)) return out.AddOfKind(slot, answer->yes ? "yes" : "no");
  if (const auto* narrative = std::get_if<Narrative>(&scalar)) {
    out.AddText(slot, narrative->heading);
    out.AddText(slot, narrative->text.empty() ? narrative->sanitised : narrative->text);
    return;
  }
  if (const auto* identifier = std::get_if<Identifier>(&scalar); identifier != nullptr && !identifier->masked) {
    out.Add(kIdentifierTerm, Joined({identifier->scheme, ":", identifier->value}));
  }
}

}  // namespace

void VisitTerms(const VerifiedView& view, TermSink sink) {
  Collector out(view.kind(), sink);
  out.Add(kKindTerm, view.kind().name);
  out.Add(kRecordTerm, FormatRecordId(view.statement().record_id));
  for (size_t i = 0; i < view.size(); ++i) {
    const Slot& slot = view.slot(i);
    if (!slot.searchable) continue;
    for (const Scalar& scalar : view.value(i).items) AddScalar(out, slot, scalar);
  }
}

std::vector<Term> TermsOf(const VerifiedView& view) {
  Gathered gathered;
  VisitTerms(view, [&gathered](uint16_t slot, std::string_view text) { gathered.Add(slot, text); });
  std::vector<Term> terms = gathered.Take();
  // The terms that belong to no slot have the highest numbers: cutting from the front of the long tail keeps them.
  if (terms.size() > kMaxTerms) terms.erase(terms.begin(), terms.end() - static_cast<std::ptrdiff_t>(kMaxTerms));
  return terms;
}

absl::StatusOr<Term> TermFor(const Kind& kind, std::string_view field, std::string_view text, std::string_view home) {
  if (field.empty()) {
    const size_t colon = text.find(':');
    if (colon == std::string_view::npos) return Refuse({"write an identifier as `scheme:value`"});
    return IdentifierTerm(text.substr(0, colon), text.substr(colon + 1), home);
  }
  const Slot* slot = kind.FindSlot(field);
  if (slot == nullptr) return Refuse({"kind `", kind.name, "` has no field `", field.substr(0, 40), "`"});
  const bool ranged = slot->type == Type::kQuantity;
  if (!slot->searchable || ranged) return RefuseField(*slot, {"cannot be searched for"});
  const std::string prefix = std::to_string(kind.number) + "/";
  if (slot->type == Type::kText || slot->type == Type::kNarrative) return Term{slot->number, prefix + Normalised(text)};
  if (slot->type == Type::kTime) {
    const std::optional<Instant> instant = ParseInstant(text);
    if (!instant || instant->precision == TimePrecision::kMinute) {
      return RefuseField(*slot, {"is searched by a day, a month or a year: `2026-03`"});
    }
    return Term{slot->number, prefix + FormatInstant(*instant)};
  }
  if (slot->type == Type::kPlace) {
    const absl::StatusOr<Value> value = ParseValue(*slot, text);
    const Place* place = value.ok() ? std::get_if<Place>(&value->items.front()) : nullptr;
    if (place != nullptr && !place->country.empty() && place->name.empty()) return CountryTerm(place->country);
    return Term{slot->number, prefix + Normalised(text)};
  }
  absl::StatusOr<Value> value = ParseValue(*slot, text, home);
  if (!value.ok()) return value.status();
  const Scalar& scalar = value->items.front();
  if (const auto* code = std::get_if<CodeValue>(&scalar)) return Term{slot->number, prefix + code->code};
  Gathered gathered;
  const auto gather = [&gathered](uint16_t number, std::string_view term) { gathered.Add(number, term); };
  Collector out(kind, gather);
  AddScalar(out, *slot, scalar);
  std::vector<Term> terms = gathered.Take();
  if (terms.size() != 1) return RefuseField(*slot, {"cannot be searched for that"});
  return std::move(terms.front());
}

absl::StatusOr<Term> IdentifierTerm(std::string_view scheme, std::string_view value, std::string_view home) {
  absl::StatusOr<std::string> meant = ParseScheme(scheme);
  if (!meant.ok()) return meant.status();
  absl::StatusOr<std::string> canonical = CanonicalIdentifier(*meant, value, home);
  if (!canonical.ok()) return canonical.status();
  return Term{kIdentifierTerm, Joined({*meant, ":", *canonical})};
}

std::optional<Term> OldTelephoneTerm(std::string_view scheme, std::string_view value) {
  const absl::StatusOr<std::string> meant = ParseScheme(scheme);
  if (!meant.ok() || *meant != "phone" || value.find('+') != std::string_view::npos) return std::nullopt;
  std::string digits;
  for (const char c : value) {
    if (c >= '0' && c <= '9') digits.push_back(c);
  }
  if (digits.empty() || digits.compare(0, 2, "00") == 0) return std::nullopt;
  return Term{kIdentifierTerm, Joined({"phone:", digits})};
}

Term CountryTerm(std::string_view country) { return {kCountryTerm, std::string(country)}; }
Term KindTerm(const Kind& kind) { return {kKindTerm, std::string(kind.name)}; }
Term ReferenceTerm(const RecordId& id) { return {kReferenceTerm, FormatRecordId(id)}; }
Term SourceTerm(std::string_view source_reference) { return {kSourceTerm, std::string(source_reference)}; }

Term RecordTerm(const RecordId& id) { return {kRecordTerm, FormatRecordId(id)}; }

}  // namespace tidegate::record
