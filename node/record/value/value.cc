#include "node/record/value/value.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <unordered_set>
#include <utility>

#include "absl/status/status.h"
#include "crypto/bytes.h"
#include "node/record/value/calendar.h"
#include "node/record/value/encoding.h"
#include "node/record/value/refusal.h"

namespace tidegate::value {
namespace {

using crypto::ByteReader;
using crypto::ByteWriter;

constexpr int64_t kMaxMantissa = 1'000'000'000'000'000'000;
constexpr uint8_t kMaxScale = 8;
constexpr uint32_t kMaxAgeYears = 150;
constexpr size_t kMaxPlacePart = 1000;
constexpr size_t kMaxIdentifier = 2000;
constexpr size_t kMaxMediaType = 127;

enum Form : uint8_t { kFormUnknown = 0, kFormKnown = 1 };
enum QuantityFlag : uint8_t { kHasLower = 1, kHasUpper = 2, kLowerOpen = 4, kUpperOpen = 8, kApproximate = 16 };
enum TimeFlag : uint8_t { kHasFrom = 1, kHasTo = 2 };

bool InList(std::string_view list, std::string_view code) {
  const CodeList* codes = Catalogue::FindCodeList(list);
  return codes != nullptr && Catalogue::FindCode(*codes, code) != nullptr;
}

// --- checks; each returns what is wrong, or an empty view
// -------------------------------------------------------------

std::string_view CheckDecimal(const Decimal& d) {
  if (d.mantissa > kMaxMantissa || d.mantissa < -kMaxMantissa || d.scale > kMaxScale) return "number out of range";
  if (d.scale > 0 && d.mantissa % 10 == 0) return "number not in its shortest form";
  return {};
}

std::string_view Check(const Slot&, const Unknown&) { return {}; }

std::string_view Check(const Slot&, const Text& v) {
  if (v.text.empty()) return "empty text; leave the field out or say `unknown`";
  return IsCleanText(v.text) ? std::string_view() : "text is not valid UTF-8 or has control characters";
}

std::string_view Check(const Slot& slot, const CodeValue& v) {
  return InList(slot.code_list, v.code) ? std::string_view() : "not a code of its list";
}

std::string_view Check(const Slot& slot, const Quantity& v) {
  for (const auto* bound : {&v.lower, &v.upper}) {
    if (!bound->has_value()) continue;
    if (std::string_view wrong = CheckDecimal(**bound); !wrong.empty()) return wrong;
    if (slot.ladder == Ladder::kAge &&
        (Compare(**bound, Decimal{0, 0}) < 0 || Compare(**bound, Decimal{kMaxAgeYears, 0}) > 0)) {
      return "an age has 0 to 150 years";
    }
  }
  if ((v.lower_open && !v.lower) || (v.upper_open && !v.upper)) return "an open bound that is not there";
  if (v.lower && v.upper) {
    const int order = Compare(*v.lower, *v.upper);
    if (order > 0 || (order == 0 && (v.lower_open || v.upper_open))) return "lower bound above upper bound";
  }
  if (!v.lower && !v.upper && (v.approximate || v.unit.empty())) return "a quantity says nothing";
  if (slot.unit == "money") return InList(kCurrencyList, v.unit) ? std::string_view() : "not an ISO 4217 currency code";
  return v.unit == slot.unit ? std::string_view() : "another unit than the field's";
}

std::string_view CheckInstant(const Instant& t) {
  const bool has_month = t.precision <= TimePrecision::kMonth;
  const bool has_day = t.precision <= TimePrecision::kDay;
  const bool has_minute = t.precision == TimePrecision::kMinute;
  if (t.precision > TimePrecision::kYear) return "unknown precision of time";
  if (t.year < 1 || t.year > 9999) return "year out of range";
  if (has_month ? t.month < 1 || t.month > 12 : t.month != 0) return "month out of range";
  if (has_day ? t.day < 1 || t.day > DaysInMonth(t.year, t.month) : t.day != 0) return "day out of range";
  if (has_minute ? t.minute >= 24 * 60 : t.minute != 0) return "time of day out of range";
  return {};
}

std::string_view Check(const Slot&, const TimeRange& v) {
  for (const auto* end : {&v.from, &v.to}) {
    if (!end->has_value()) continue;
    if (std::string_view wrong = CheckInstant(**end); !wrong.empty()) return wrong;
  }
  if (!v.from && !v.to) return "a time without both ends";
  if (v.from && v.to && BeginMs(*v.from) >= EndMs(*v.to)) return "time ends before it begins";
  return {};
}

std::string_view Check(const Slot&, const Place& v) {
  for (const std::string* part : {&v.name, &v.locality, &v.region}) {
    if (part->size() > kMaxPlacePart) return "a part of the place is over-long";
    if (!IsCleanText(*part)) return "place is not valid UTF-8 or has control characters";
  }
  if (!v.country.empty() && !InList(kCountryList, v.country)) return "not a country code (ISO 3166, two letters)";
  if (v.coordinates) {
    const auto [latitude, longitude] = *v.coordinates;
    if (latitude < -90'000'000 || latitude > 90'000'000) return "latitude out of range";
    if (longitude < -180'000'000 || longitude > 180'000'000) return "longitude out of range";
  } else if (v.name.empty() && v.locality.empty() && v.region.empty() && v.country.empty()) {
    return "a place without any part";
  }
  return {};
}

std::string_view Check(const Slot& slot, const Identifier& v) {
  if (!InList(slot.code_list, v.scheme)) return "not one of the field's identifier schemes";
  if (v.value.empty() || v.value.size() > kMaxIdentifier) return "identifier empty or over-long";
  return IsCleanText(v.value) ? std::string_view() : "identifier is not valid UTF-8 or has control characters";
}

std::string_view Check(const Slot&, const Reference&) { return {}; }
std::string_view Check(const Slot&, const Tristate&) { return {}; }

std::string_view Check(const Slot&, const Attachment& v) {
  const bool printable =
      std::all_of(v.media_type.begin(), v.media_type.end(), [](char c) { return c > ' ' && c < 127; });
  if (!printable || v.media_type.size() > kMaxMediaType || v.media_type.find('/') == std::string::npos) {
    return "not a media type";
  }
  return v.size <= uint64_t{1} << 53 ? std::string_view() : "attachment too large";
}

std::string_view Check(const Slot&, const Narrative& v) {
  if (v.text.empty() && v.sanitised.empty() && v.heading.empty()) return "a narrative without any part";
  const bool clean = IsCleanText(v.text) && IsCleanText(v.sanitised) && IsCleanText(v.heading);
  return clean ? std::string_view() : "text is not valid UTF-8 or has control characters";
}

// Scalar alternatives stand in the order of Type, after Unknown.
bool HasType(const Slot& slot, const Scalar& scalar) {
  return scalar.index() == 0 || scalar.index() == static_cast<size_t>(slot.type);
}

std::string_view CheckScalar(const Slot& slot, const Scalar& scalar) {
  if (!HasType(slot, scalar)) return "a value of another type than the field's";
  return std::visit([&slot](const auto& v) { return Check(slot, v); }, scalar);
}

// --- encoding
// ---------------------------------------------------------------------------------------------------------

// Counts what a ByteWriter would write, so that a length can be checked without writing.
class ByteCounter {
 public:
  ByteCounter& U8(uint8_t) { return Add(1); }
  ByteCounter& U16(uint16_t) { return Add(2); }
  ByteCounter& U32(uint32_t) { return Add(4); }
  ByteCounter& U64(uint64_t) { return Add(8); }
  ByteCounter& Raw(std::string_view bytes) { return Add(bytes.size()); }
  template <size_t N>
  ByteCounter& Raw(const std::array<uint8_t, N>&) {
    return Add(N);
  }
  ByteCounter& Lp8(std::string_view bytes) { return Add(1 + bytes.size()); }
  ByteCounter& Lp16(std::string_view bytes) { return Add(2 + bytes.size()); }
  ByteCounter& Lp32(std::string_view bytes) { return Add(4 + bytes.size()); }
  size_t size() const { return size_; }

 private:
  ByteCounter& Add(size_t size) {
    size_ += size;
    return *this;
  }
  size_t size_ = 0;
};

template <typename Out>
void Put(Out&, const Unknown&) {}
template <typename Out>
void Put(Out& out, const Text& v) {
  out.Raw(v.text);
}
template <typename Out>
void Put(Out& out, const CodeValue& v) {
  out.Raw(v.code);
}

template <typename Out>
void Put(Out& out, const Quantity& v) {
  out.U8(static_cast<uint8_t>((v.lower ? kHasLower : 0) | (v.upper ? kHasUpper : 0) | (v.lower_open ? kLowerOpen : 0) |
                              (v.upper_open ? kUpperOpen : 0) | (v.approximate ? kApproximate : 0)));
  for (const auto* bound : {&v.lower, &v.upper}) {
    if (bound->has_value()) out.U64(static_cast<uint64_t>((*bound)->mantissa)).U8((*bound)->scale);
  }
  out.Raw(v.unit);
}

template <typename Out>
void Put(Out& out, const TimeRange& v) {
  out.U8(static_cast<uint8_t>((v.from ? kHasFrom : 0) | (v.to ? kHasTo : 0)));
  for (const auto* end : {&v.from, &v.to}) {
    if (!end->has_value()) continue;
    const Instant& t = **end;
    out.U8(static_cast<uint8_t>(t.precision)).U16(t.year).U8(t.month).U8(t.day).U16(t.minute);
  }
}

template <typename Out>
void Put(Out& out, const Place& v) {
  out.Lp16(v.name).Lp16(v.locality).Lp16(v.region).Lp8(v.country).U8(v.coordinates ? 1 : 0);
  if (v.coordinates) {
    out.U32(static_cast<uint32_t>(v.coordinates->latitude_e6)).U32(static_cast<uint32_t>(v.coordinates->longitude_e6));
  }
}

template <typename Out>
void Put(Out& out, const Identifier& v) {
  out.U8(v.masked ? 1 : 0).Lp8(v.scheme).Raw(v.value);
}
template <typename Out>
void Put(Out& out, const Reference& v) {
  out.Raw(v.id);
}
template <typename Out>
void Put(Out& out, const Attachment& v) {
  out.Raw(v.sha256).U64(v.size).Raw(v.media_type);
}
template <typename Out>
void Put(Out& out, const Tristate& v) {
  out.U8(v.yes ? 1 : 0);
}
template <typename Out>
void Put(Out& out, const Narrative& v) {
  out.Lp32(v.text).Lp32(v.sanitised).Lp32(v.heading);
}

template <typename Out>
void PutScalar(Out& out, const Scalar& scalar) {
  out.U8(scalar.index() == 0 ? kFormUnknown : kFormKnown);
  std::visit([&out](const auto& v) { Put(out, v); }, scalar);
}

// --- decoding; a reader that failed is found by the caller
// ------------------------------------------------------------

std::string Rest(ByteReader& in) { return std::string(in.Raw(in.remaining())); }

bool Bit(ByteReader& in) {
  const uint8_t bit = in.U8();
  if (bit > 1) in.Fail();
  return bit == 1;
}

Quantity ReadQuantity(ByteReader& in) {
  Quantity v;
  const uint8_t flags = in.U8();
  if (flags >= 2 * kApproximate) in.Fail();
  for (const auto& [flag, bound] : {std::pair{kHasLower, &v.lower}, std::pair{kHasUpper, &v.upper}}) {
    if ((flags & flag) == 0) continue;
    const auto mantissa = static_cast<int64_t>(in.U64());
    *bound = Decimal{mantissa, in.U8()};
  }
  v.lower_open = (flags & kLowerOpen) != 0;
  v.upper_open = (flags & kUpperOpen) != 0;
  v.approximate = (flags & kApproximate) != 0;
  v.unit = Rest(in);
  return v;
}

TimeRange ReadTime(ByteReader& in) {
  TimeRange v;
  const uint8_t flags = in.U8();
  if (flags > (kHasFrom | kHasTo)) in.Fail();
  for (const auto& [flag, end] : {std::pair{kHasFrom, &v.from}, std::pair{kHasTo, &v.to}}) {
    if ((flags & flag) == 0) continue;
    Instant t;
    t.precision = static_cast<TimePrecision>(in.U8());
    t.year = in.U16();
    t.month = in.U8();
    t.day = in.U8();
    t.minute = in.U16();
    *end = t;
  }
  return v;
}

Place ReadPlace(ByteReader& in) {
  Place v;
  v.name = in.Lp16();
  v.locality = in.Lp16();
  v.region = in.Lp16();
  v.country = in.Lp8();
  if (Bit(in)) {
    const auto latitude = static_cast<int32_t>(in.U32());
    v.coordinates = Coordinates{latitude, static_cast<int32_t>(in.U32())};
  }
  return v;
}

Identifier ReadIdentifier(ByteReader& in) {
  Identifier v;
  v.masked = Bit(in);
  v.scheme = in.Lp8();
  v.value = Rest(in);
  return v;
}

Attachment ReadAttachment(ByteReader& in) {
  Attachment v;
  v.sha256 = in.Array<32>();
  v.size = in.U64();
  v.media_type = Rest(in);
  return v;
}

Narrative ReadNarrative(ByteReader& in) {
  Narrative v;
  v.text = in.Lp32();
  v.sanitised = in.Lp32();
  v.heading = in.Lp32();
  return v;
}

Scalar ReadBody(Type type, ByteReader& in) {
  switch (type) {
    case Type::kText:
      return Text{Rest(in)};
    case Type::kCode:
      return CodeValue{Rest(in)};
    case Type::kQuantity:
      return ReadQuantity(in);
    case Type::kTime:
      return ReadTime(in);
    case Type::kPlace:
      return ReadPlace(in);
    case Type::kIdentifier:
      return ReadIdentifier(in);
    case Type::kReference:
      return Reference{in.Array<16>()};
    case Type::kAttachment:
      return ReadAttachment(in);
    case Type::kTristate:
      return Tristate{Bit(in)};
    case Type::kNarrative:
      return ReadNarrative(in);
  }
  in.Fail();
  return Unknown{};
}

absl::StatusOr<Scalar> ReadScalar(const Slot& slot, std::string_view bytes) {
  ByteReader in(bytes);
  const uint8_t form = in.U8();
  if (form > kFormKnown) in.Fail();
  Scalar scalar = form == kFormKnown ? ReadBody(slot.type, in) : Scalar(Unknown{});
  if (!in.ok() || in.remaining() != 0) return RefuseField(slot, {"not a canonical encoding"});
  if (std::string_view wrong = CheckScalar(slot, scalar); !wrong.empty()) return RefuseField(slot, {wrong});
  return scalar;
}

absl::StatusOr<Value> ReadList(const Slot& slot, std::string_view bytes) {
  ByteReader in(bytes);
  const size_t count = in.U16();
  if (count < 1 || count > kMaxItems) return RefuseField(slot, {"a list of none or too many"});
  Value value;
  value.items.reserve(count);
  std::unordered_set<std::string_view> seen;
  for (size_t i = 0; i < count; ++i) {
    const std::string_view item = in.Lp32();
    if (!in.ok()) return RefuseField(slot, {"not a canonical encoding"});
    if (count > 1 && !seen.insert(item).second) return RefuseField(slot, {"an item twice"});
    absl::StatusOr<Scalar> scalar = ReadScalar(slot, item);
    if (!scalar.ok()) return scalar.status();
    if (count > 1 && scalar->index() == 0) return RefuseField(slot, {"`unknown` among other items"});
    value.items.push_back(*std::move(scalar));
  }
  if (in.remaining() != 0) return RefuseField(slot, {"not a canonical encoding"});
  return value;
}

// Checks that the items of a list are distinct and that none is unknown. `bytes` is their encoding.
absl::Status CheckList(const Slot& slot, std::string_view bytes) {
  ByteReader in(bytes);
  std::unordered_set<std::string_view> seen;
  for (size_t left = in.U16(); left > 0; --left) {
    const std::string_view item = in.Lp32();
    if (!seen.insert(item).second) return RefuseField(slot, {"an item twice"});
    if (item.front() == kFormUnknown) return RefuseField(slot, {"`unknown` among other items"});
  }
  return absl::OkStatus();
}

uint32_t LongestEncoding(const Slot& slot) {
  return slot.max_bytes == 0 ? kMaxValueBytes : std::min(slot.max_bytes, kMaxValueBytes);
}

absl::Status OverLong(const Slot& slot, size_t size) {
  return RefuseField(slot, {"value of ", std::to_string(size), " bytes is longer than the ",
                            std::to_string(LongestEncoding(slot)), " allowed"});
}

}  // namespace

int Compare(const Decimal& a, const Decimal& b) {
  // Whole part first, then the fraction at the finest scale: both truncate towards zero, so the pairs order as the
  // numbers do.
  const auto split = [](const Decimal& d) {
    int64_t unit = 1;
    for (uint8_t i = 0; i < std::min(d.scale, kMaxScale); ++i) unit *= 10;
    int64_t fraction = d.mantissa % unit;
    for (uint8_t i = d.scale; i < kMaxScale; ++i) fraction *= 10;
    return std::pair{d.mantissa / unit, d.scale == 0 ? 0 : fraction};
  };
  const auto left = split(a);
  const auto right = split(b);
  return left < right ? -1 : (right < left ? 1 : 0);
}

uint8_t TypeNumber(const Slot& slot) {
  return static_cast<uint8_t>(static_cast<uint8_t>(slot.type) | (slot.repeated ? kListBit : 0));
}

size_t EncodedSize(const Slot& slot, const Value& value) {
  ByteCounter out;
  if (slot.repeated) out.U16(0);
  for (const Scalar& scalar : value.items) {
    if (slot.repeated) out.U32(0);
    PutScalar(out, scalar);
  }
  return out.size();
}

void AppendValue(const Slot& slot, const Value& value, ByteWriter& out) {
  if (!slot.repeated) {
    if (!value.items.empty()) PutScalar(out, value.items.front());
    return;
  }
  out.U16(static_cast<uint16_t>(value.items.size()));
  for (const Scalar& scalar : value.items) {
    ByteCounter item;
    PutScalar(item, scalar);
    PutScalar(out.U32(static_cast<uint32_t>(item.size())), scalar);
  }
}

std::string EncodeValue(const Slot& slot, const Value& value) {
  ByteWriter out(EncodedSize(slot, value));
  AppendValue(slot, value, out);
  return out.Take();
}

absl::StatusOr<Value> DecodeValue(const Slot& slot, std::string_view bytes) {
  if (bytes.size() > LongestEncoding(slot)) return OverLong(slot, bytes.size());
  if (slot.repeated) return ReadList(slot, bytes);
  absl::StatusOr<Scalar> scalar = ReadScalar(slot, bytes);
  if (!scalar.ok()) return scalar.status();
  Value value;
  value.items.push_back(*std::move(scalar));
  return value;
}

namespace {

// ValidateValue without what only the encoding shows. Gives the encoding's size.
absl::StatusOr<size_t> CheckedSize(const Slot& slot, const Value& value) {
  if (value.items.empty()) return RefuseField(slot, {"no value; leave the field out or say `unknown`"});
  if (!slot.repeated && value.items.size() != 1) return RefuseField(slot, {"takes one value, not several"});
  if (value.items.size() > kMaxItems) return RefuseField(slot, {"more than ", std::to_string(kMaxItems), " items"});
  for (const Scalar& scalar : value.items) {
    if (std::string_view wrong = CheckScalar(slot, scalar); !wrong.empty()) return RefuseField(slot, {wrong});
  }
  const size_t size = EncodedSize(slot, value);
  if (size > LongestEncoding(slot)) return OverLong(slot, size);
  return size;
}

}  // namespace

absl::Status ValidateValue(const Slot& slot, const Value& value) {
  if (value.items.size() > 1) return EncodeValidValue(slot, value).status();
  return CheckedSize(slot, value).status();
}

absl::StatusOr<std::string> EncodeValidValue(const Slot& slot, const Value& value) {
  const absl::StatusOr<size_t> size = CheckedSize(slot, value);
  if (!size.ok()) return size.status();
  ByteWriter out(*size);
  AppendValue(slot, value, out);
  if (value.items.size() > 1) {
    if (absl::Status valid = CheckList(slot, out.view()); !valid.ok()) return valid;
  }
  return out.Take();
}

namespace {

// Eight bytes at a time: true if each is printable ASCII, which most text is.
bool PrintableAscii(const char* bytes) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  constexpr uint64_t kHigh = 0x80 * kOnes;
  uint64_t word;
  std::memcpy(&word, bytes, sizeof(word));
  const uint64_t deleted = word ^ (0x7f * kOnes);  // a byte of it is zero where 0x7f was
  return ((word | ((word - 0x20 * kOnes) & ~word) | ((deleted - kOnes) & ~deleted)) & kHigh) == 0;
}

}  // namespace

bool IsCleanText(std::string_view text) {
  size_t i = 0;
  while (i < text.size()) {
    if (i + 8 <= text.size() && PrintableAscii(text.data() + i)) {
      i += 8;
      continue;
    }
    const auto lead = static_cast<uint8_t>(text[i]);
    if (lead < 0x80) {
      if (lead == 0x7f || (lead < 0x20 && lead != '\t' && lead != '\n' && lead != '\r')) return false;
      ++i;
      continue;
    }
    const size_t length = lead >= 0xf0 ? 4 : (lead >= 0xe0 ? 3 : 2);
    if (lead < 0xc2 || lead > 0xf4 || i + length > text.size()) return false;
    uint32_t point = lead & (0xffu >> (length + 1));
    for (size_t k = 1; k < length; ++k) {
      const auto next = static_cast<uint8_t>(text[i + k]);
      if ((next & 0xc0) != 0x80) return false;
      point = point << 6 | (next & 0x3fu);
    }
    // Overlong forms, surrogates, beyond Unicode, and C1 controls (a terminal obeys U+009B).
    const uint32_t least = length == 2 ? 0x80 : (length == 3 ? 0x800 : 0x10000);
    if (point < least || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff) || point < 0xa0) return false;
    i += length;
  }
  return true;
}

}  // namespace tidegate::value
