// Handling and field attributes: their codes, their strict TLVs, their words.
#include <algorithm>
#include <array>

#include "crypto/bytes.h"
#include "node/record/draft.h"
#include "node/record/value/ascii.h"
#include "node/record/value/calendar.h"
#include "node/record/value/refusal.h"
#include "policy/label/label.h"

namespace tidegate::record {
namespace {

using crypto::ByteReader;
using crypto::ByteWriter;

// CRYPTO.md "Record": the tags of `handling` and of `attributes`.
enum HandlingTag : uint8_t {
  kTlp = 1,
  kHandlingCode = 2,
  kSourceGrade = 3,
  kIntelligenceGrade = 4,
  kPurposes = 5,
  kLegalBasis = 6,
  kOnward = 7,
  kExpiry = 8,
  kRetention = 9,
  kConditions = 10,
  kPap = 11,
  kNotBefore = 12,
};
enum AttributeTag : uint8_t { kFieldTlp = 1, kBasis = 2, kFieldSource = 3, kFieldIntelligence = 4, kAssertedBy = 5 };

constexpr size_t kMaxListItems = 32;
constexpr size_t kMaxToken = 64;
constexpr size_t kMaxCondition = 255;
constexpr size_t kMaxOrganisation = 200;
// The year 9999: later instants are mistakes.
constexpr uint64_t kLatestMs = 253'402'300'799'999;

absl::Status Wrong(std::initializer_list<std::string_view> parts) {
  return absl::InvalidArgumentError("record: handling: " + Joined(parts));
}

bool IsToken(std::string_view text) {
  return !text.empty() && text.size() <= kMaxToken && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.' || c == '+' || c == ':' || c == '/';
  });
}

bool IsLine(std::string_view text, size_t most) {
  return !text.empty() && text.size() <= most && IsCleanText(text) &&
         text.find_first_of("\n\r\t") == std::string_view::npos;
}

// Of at most kMaxListItems.
bool AllDistinct(const std::vector<std::string>& items) {
  for (auto item = items.begin(); item != items.end(); ++item) {
    if (std::find(items.begin(), item, *item) != item) return false;
  }
  return true;
}

// --- TLV
// --------------------------------------------------------------------------------------------------------------

void PutText(ByteWriter& out, uint8_t tag, std::string_view text) {
  if (!text.empty()) out.U8(tag).Lp16(text);
}

void PutTime(ByteWriter& out, uint8_t tag, const std::optional<uint64_t>& ms) {
  if (ms) out.U8(tag).U16(8).U64(*ms);
}

void PutList(ByteWriter& out, uint8_t tag, const std::vector<std::string>& items) {
  if (items.empty()) return;
  ByteWriter list;
  for (const std::string& item : items) list.Lp8(item);
  out.U8(tag).Lp16(list.view());
}

std::optional<uint64_t> ReadTime(std::string_view value) {
  ByteReader in(value);
  const uint64_t ms = in.U64();
  if (!in.ok() || in.remaining() != 0) return std::nullopt;
  return ms;
}

bool ReadList(std::string_view value, std::vector<std::string>& items) {
  ByteReader in(value);
  while (in.ok() && in.remaining() > 0) {
    items.emplace_back(in.Lp8());
    if (items.size() > kMaxListItems || items.back().empty()) return false;
  }
  return in.ok() && !items.empty();
}

bool ReadTlp(std::string_view value, std::optional<Tlp>& tlp) {
  const auto* const at = std::find(std::begin(label::kTlps), std::end(label::kTlps), value);
  if (at == std::end(label::kTlps)) return false;
  tlp = static_cast<Tlp>(at - std::begin(label::kTlps));
  return true;
}

bool ReadText(std::string_view value, std::string& text) {
  text = value;
  return !text.empty();
}

// Calls `read(tag, value)` for each entry. Tags ascend strictly, nothing is left over, and `read` knows every tag.
template <typename Read>
absl::Status ReadTlv(std::string_view bytes, std::string_view what, Read read) {
  ByteReader in(bytes);
  int last = 0;
  while (in.ok() && in.remaining() > 0) {
    const uint8_t tag = in.U8();
    const std::string_view value = in.Lp16();
    if (!in.ok()) break;
    if (tag <= last) return Wrong({what, " has tag ", std::to_string(tag), " repeated or out of order"});
    last = tag;
    if (!read(tag, value)) return Wrong({what, " has an unknown tag or code at tag ", std::to_string(tag)});
  }
  if (!in.ok()) return Wrong({what, " is cut short"});
  return absl::OkStatus();
}

bool ReadHandlingEntry(Handling& h, uint8_t tag, std::string_view value) {
  switch (tag) {
    case kTlp:
      return ReadTlp(value, h.tlp);
    case kHandlingCode:
      return ReadText(value, h.handling_code);
    case kSourceGrade:
      return ReadText(value, h.source_grade);
    case kIntelligenceGrade:
      return ReadText(value, h.intelligence_grade);
    case kPurposes:
      return ReadList(value, h.purposes);
    case kLegalBasis:
      return ReadList(value, h.legal_basis);
    case kOnward:
      return ReadText(value, h.onward);
    case kExpiry:
      return (h.expiry_ms = ReadTime(value)).has_value();
    case kRetention:
      return ReadText(value, h.retention);
    case kConditions:
      return ReadList(value, h.conditions);
    case kPap:
      return ReadText(value, h.pap);
    case kNotBefore:
      return (h.not_before_ms = ReadTime(value)).has_value();
    default:
      return false;
  }
}

// --- checks
// -----------------------------------------------------------------------------------------------------------

bool IsSourceGrade(std::string_view g) { return OneOf(g, {"1", "2", "3"}); }
bool IsIntelligenceGrade(std::string_view g) { return OneOf(g, {"A", "B", "C", "D", "E"}); }

absl::Status CheckTokens(std::string_view what, const std::vector<std::string>& items) {
  if (items.size() > kMaxListItems || !AllDistinct(items))
    return Wrong({"there are too many ", what, " (32 at most), or one is repeated"});
  if (!std::all_of(items.begin(), items.end(), IsToken)) {
    return Wrong({what, " are words of at most 64 letters, digits and `-_.+:/`"});
  }
  return absl::OkStatus();
}

absl::Status CheckConditions(const Handling& h) {
  const auto is_condition = [](std::string_view text) { return IsLine(text, kMaxCondition); };
  if (h.conditions.size() > kMaxListItems || !AllDistinct(h.conditions) ||
      !std::all_of(h.conditions.begin(), h.conditions.end(), is_condition)) {
    return Wrong({"there are at most 32 conditions, each a line of at most 255 bytes, and none is repeated"});
  }
  const bool stated = std::any_of(h.conditions.begin(), h.conditions.end(),
                                  [](std::string_view condition) { return condition != kSarCondition; });
  if (h.handling_code == "C" && !stated) return Wrong({"handling code C needs its conditions stated"});
  return absl::OkStatus();
}

absl::Status CheckInstants(const Handling& h) {
  for (const auto& ms : {h.expiry_ms, h.not_before_ms}) {
    if (ms && *ms > kLatestMs) return Wrong({"a time is after the year 9999"});
  }
  if (h.expiry_ms && h.not_before_ms && *h.expiry_ms <= *h.not_before_ms)
    return Wrong({"expiry comes before not-before"});
  return absl::OkStatus();
}

absl::Status CheckAttributes(const FieldAttributes& a) {
  if (!a.basis.empty() && !OneOf(a.basis, {"fact", "assessment"})) return Wrong({"basis is `fact` or `assessment`"});
  if (!a.source_grade.empty() && !IsSourceGrade(a.source_grade)) return Wrong({"source grade is 1, 2 or 3"});
  if (!a.intelligence_grade.empty() && !IsIntelligenceGrade(a.intelligence_grade)) {
    return Wrong({"intelligence grade is A to E"});
  }
  if (!a.asserted_by.empty() && !IsLine(a.asserted_by, kMaxOrganisation)) {
    return Wrong({"the asserting organisation is a line of at most 200 bytes"});
  }
  return absl::OkStatus();
}

// --- a person's words
// -------------------------------------------------------------------------------------------------

// The code that a person means in an open list; an organisation's own word stays as it is.
std::string Meant(std::string_view list_name, std::string_view text) {
  const CodeList* list = Catalogue::FindCodeList(list_name);
  const Code* code = list != nullptr ? Catalogue::ResolveCode(*list, text) : nullptr;
  return std::string(code != nullptr ? code->code : text);
}

// Calls `take` with each of several words parted by `;`.
template <typename Take>
absl::Status ForEachItem(std::string_view text, Take take) {
  while (!text.empty()) {
    const size_t end = std::min(text.find(';'), text.size());
    if (const std::string_view item = Trimmed(text.substr(0, end)); !item.empty()) {
      if (absl::Status taken = take(item); !taken.ok()) return taken;
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return absl::OkStatus();
}

void AddOnce(std::string word, std::vector<std::string>& items) {
  if (std::find(items.begin(), items.end(), word) == items.end()) items.push_back(std::move(word));
}

std::vector<std::string> Items(std::string_view list_name, std::string_view text) {
  std::vector<std::string> items;
  ForEachItem(text, [&](std::string_view item) {
    AddOnce(Meant(list_name, item), items);
    return absl::OkStatus();
  }).IgnoreError();
  return items;
}

// Words of a closed list.
absl::Status SetListed(std::string_view list_name, std::string_view text, std::vector<std::string>& items) {
  items.clear();
  return ForEachItem(text, [&](std::string_view item) {
    absl::StatusOr<std::string> word = ListedWord(list_name, item);
    if (!word.ok()) return word.status();
    AddOnce(*std::move(word), items);
    return absl::OkStatus();
  });
}

// Reads an instant in words. A time that cannot be kept exactly is rounded so that the record is open for less time,
// never for more.
absl::Status SetInstant(std::string_view name, std::string_view text, bool end, std::optional<uint64_t>& ms) {
  const std::optional<Moment> moment = ParseMoment(text);
  const int64_t at = moment ? (end ? moment->until_ms : moment->from_ms) : -1;
  if (at < 0) return Wrong({name, " is a date or time since 1970 in UTC: `2027-03-31` or `2027-03-31T12:00:30Z`"});
  ms = static_cast<uint64_t>(at);
  return absl::OkStatus();
}

absl::Status SetGrade(std::string_view text, Handling& h) {
  const std::string grade = Uppered(text);
  if (grade.size() != 3 || !IsSourceGrade(grade.substr(0, 1)) || !IsIntelligenceGrade(grade.substr(1, 1)) ||
      !OneOf(grade.substr(2), {"P", "C"})) {
    return Wrong({"grade is 3x5x2: source 1-3, intelligence A-E, handling P or C, such as `1BP`"});
  }
  h.source_grade = grade.substr(0, 1);
  h.intelligence_grade = grade.substr(1, 1);
  h.handling_code = grade.substr(2);
  return absl::OkStatus();
}

absl::Status SetTlp(std::string_view text, std::optional<Tlp>& tlp) {
  tlp = ParseTlp(Uppered(text));
  if (!tlp) return Wrong({"TLP is CLEAR, GREEN, AMBER, AMBER+STRICT or RED"});
  return absl::OkStatus();
}

absl::Status SetEntry(Handling& h, std::string_view name, std::string_view text) {
  if (name == "tlp") return SetTlp(text, h.tlp);
  if (name == "grade") return SetGrade(text, h);
  if (name == "expiry") return SetInstant(name, text, true, h.expiry_ms);
  if (name == "not_before") return SetInstant(name, text, false, h.not_before_ms);
  if (name == "handling_code") {
    h.handling_code = Uppered(text);
  } else if (name == "source_grade") {
    h.source_grade = text;
  } else if (name == "intelligence_grade") {
    h.intelligence_grade = Uppered(text);
  } else if (name == "purposes") {
    return SetListed("purpose", text, h.purposes);
  } else if (name == "legal_basis") {
    return SetListed("legal-basis", text, h.legal_basis);
  } else if (name == "onward") {
    h.onward = Meant("onward", text);
  } else if (name == "retention") {
    absl::StatusOr<std::string> word = ListedWord("retention", text);
    if (!word.ok()) return word.status();
    h.retention = *std::move(word);
  } else if (name == "conditions") {
    h.conditions = Items("handling-condition", text);
  } else if (name == "pap") {
    const std::string pap = Uppered(text);
    h.pap = pap.compare(0, 4, "PAP:") == 0 ? pap.substr(4) : pap;
  } else {
    std::string known;
    for (const HandlingWord& word : kHandlingWords) known += Joined({known.empty() ? "" : ", ", word.name});
    return Wrong({"unknown marking `", name.substr(0, 40), "`; there are ", known});
  }
  return absl::OkStatus();
}

std::string_view OnwardInWords(std::string_view onward) {
  if (onward == kOnwardAsk) return "only after asking the author";
  if (onward == kOnwardUnnamed) return "as its TLP allows, never naming the author";
  if (onward == kOnwardYes) return "as its TLP allows, naming the author";
  return "not at all";
}

std::string List(const std::vector<std::string>& items) {
  std::string out;
  for (const std::string& item : items) out += (out.empty() ? "" : ", ") + item;
  return out;
}

}  // namespace

absl::StatusOr<std::string> ListedWord(std::string_view list_name, std::string_view text) {
  const CodeList* list = Catalogue::FindCodeList(list_name);
  if (list == nullptr) return Wrong({"there is no list of codes `", list_name, "`"});
  if (const Code* code = Catalogue::ResolveCode(*list, text)) return std::string(code->code);
  const std::string_view nearest = Catalogue::NearestCode(*list, text);
  if (!nearest.empty()) return Wrong({"this is no word of the list `", list_name, "`; did you mean `", nearest, "`?"});
  std::string known;
  for (const Code& code : list->codes) known += Joined({known.empty() ? "" : ", ", code.code});
  return Wrong({"this is no word of the list `", list_name, "`; there are ", known});
}

std::span<const std::string_view> TlpNames() { return label::kTlps; }
std::span<const std::string_view> PapNames() { return label::kPaps; }

std::string_view TlpName(Tlp tlp) {
  return label::kTlps[std::min<size_t>(static_cast<size_t>(tlp), std::size(label::kTlps) - 1)];
}

std::optional<Tlp> ParseTlp(std::string_view name) {
  if (name.substr(0, 4) == "TLP:") name.remove_prefix(4);
  std::optional<Tlp> tlp;
  ReadTlp(name, tlp);
  return tlp;
}

const HandlingWord* FindHandlingWord(std::string_view name) {
  const auto* word = std::find_if(std::begin(kHandlingWords), std::end(kHandlingWords),
                                  [name](const HandlingWord& one) { return one.name == name; });
  return word == std::end(kHandlingWords) ? nullptr : word;
}

const HandlingWord* HandlingWordSaid(std::string_view name) {
  std::string said(name);
  std::replace(said.begin(), said.end(), '-', '_');
  const auto* word =
      std::find_if(std::begin(kHandlingWords), std::end(kHandlingWords),
                   [&said](const HandlingWord& known) { return known.name == said || known.one == said; });
  return word == std::end(kHandlingWords) ? nullptr : word;
}

std::vector<std::string_view> HandlingWordNames() {
  std::vector<std::string_view> names;
  for (const HandlingWord& word : kHandlingWords) names.push_back(word.name);
  return names;
}

std::string_view Handling::effective_onward() const { return onward.empty() ? kOnwardNo : std::string_view(onward); }

absl::Status Handling::Set(std::string_view name, std::string_view text) {
  const std::string_view words = Trimmed(text);
  if (words.empty()) return Wrong({"`", name.substr(0, 40), "` is empty; leave it out"});
  Handling next = *this;
  if (absl::Status set = SetEntry(next, name, words); !set.ok()) return set;
  // Code C is complete only after its conditions are set too, before or after the code: Commit checks that.
  const bool incomplete = next.handling_code == "C" && next.conditions.empty();
  if (incomplete) next.handling_code.clear();
  if (absl::Status valid = ValidateHandling(next); !valid.ok()) return valid;
  if (incomplete) next.handling_code = "C";
  *this = std::move(next);
  return absl::OkStatus();
}

absl::Status ValidateHandling(const Handling& h) {
  if (h.tlp && *h.tlp > Tlp::kRed) return Wrong({"TLP is CLEAR, GREEN, AMBER, AMBER+STRICT or RED"});
  if (!h.handling_code.empty() && !OneOf(h.handling_code, {"P", "C"})) return Wrong({"handling code is P or C"});
  if (!h.source_grade.empty() && !IsSourceGrade(h.source_grade)) return Wrong({"source grade is 1, 2 or 3"});
  if (!h.intelligence_grade.empty() && !IsIntelligenceGrade(h.intelligence_grade)) {
    return Wrong({"intelligence grade is A to E"});
  }
  if (!h.pap.empty() && std::find(std::begin(label::kPaps), std::end(label::kPaps), h.pap) == std::end(label::kPaps)) {
    return Wrong({"PAP is CLEAR, GREEN, AMBER or RED"});
  }
  if (!h.onward.empty() && !OneOf(h.onward, {kOnwardNo, kOnwardAsk, kOnwardUnnamed, kOnwardYes})) {
    return Wrong({"onward is no, ask, unnamed or yes"});
  }
  if (!h.retention.empty() && !IsToken(h.retention)) return Wrong({"retention is one word"});
  if (absl::Status purposes = CheckTokens("purposes", h.purposes); !purposes.ok()) return purposes;
  if (absl::Status bases = CheckTokens("legal bases", h.legal_basis); !bases.ok()) return bases;
  if (absl::Status conditions = CheckConditions(h); !conditions.ok()) return conditions;
  return CheckInstants(h);
}

absl::StatusOr<std::string> EncodeHandling(const Handling& h) {
  if (absl::Status valid = ValidateHandling(h); !valid.ok()) return valid;
  ByteWriter out(64);
  if (h.tlp) PutText(out, kTlp, TlpName(*h.tlp));
  PutText(out, kHandlingCode, h.handling_code);
  PutText(out, kSourceGrade, h.source_grade);
  PutText(out, kIntelligenceGrade, h.intelligence_grade);
  PutList(out, kPurposes, h.purposes);
  PutList(out, kLegalBasis, h.legal_basis);
  PutText(out, kOnward, h.onward);
  PutTime(out, kExpiry, h.expiry_ms);
  PutText(out, kRetention, h.retention);
  PutList(out, kConditions, h.conditions);
  PutText(out, kPap, h.pap);
  PutTime(out, kNotBefore, h.not_before_ms);
  if (out.size() > kMaxHandlingBytes) return Wrong({"more is said than ", std::to_string(kMaxHandlingBytes), " bytes"});
  return out.Take();
}

absl::StatusOr<Handling> DecodeHandling(std::string_view bytes) {
  if (bytes.size() > kMaxHandlingBytes) return Wrong({"longer than ", std::to_string(kMaxHandlingBytes), " bytes"});
  Handling handling;
  absl::Status read = ReadTlv(bytes, "the marking", [&handling](uint8_t tag, std::string_view value) {
    return ReadHandlingEntry(handling, tag, value);
  });
  if (read.ok()) read = ValidateHandling(handling);
  if (!read.ok()) return read;
  return handling;
}

std::string DisplayHandling(const Handling& h) {
  std::string out = Joined({"TLP:", TlpName(h.effective_tlp())});
  const std::string grade = h.source_grade + h.intelligence_grade + h.handling_code;
  if (!grade.empty()) out += " " + grade;
  if (!h.pap.empty()) out += " PAP:" + h.pap;
  if (!h.conditions.empty()) out += "; conditions: " + List(h.conditions);
  if (!h.purposes.empty()) out += "; for: " + List(h.purposes);
  if (!h.legal_basis.empty()) out += "; legal basis: " + List(h.legal_basis);
  out += Joined({"; onward: ", OnwardInWords(h.effective_onward())});
  if (h.not_before_ms) out += "; not before " + FormatSecond(static_cast<int64_t>(*h.not_before_ms));
  if (h.expiry_ms) out += "; expires " + DisplayExpiry(*h.expiry_ms);
  if (!h.retention.empty()) out += "; retention: " + h.retention;
  return out;
}

std::string DisplayExpiry(uint64_t expiry_ms) {
  constexpr uint64_t kWholeDayMs = 86'400'000;
  const auto ms = static_cast<int64_t>(expiry_ms);
  return expiry_ms % kWholeDayMs == 0 ? FormatSecond(ms - 1).substr(0, 10) : FormatSecond(ms);
}

absl::StatusOr<std::string> EncodeAttributes(const FieldAttributes& a) {
  const bool as_record =
      !a.tlp && a.basis.empty() && a.source_grade.empty() && a.intelligence_grade.empty() && a.asserted_by.empty();
  if (as_record) return std::string();
  if (absl::Status valid = CheckAttributes(a); !valid.ok()) return valid;
  ByteWriter out;
  if (a.tlp) PutText(out, kFieldTlp, TlpName(*a.tlp));
  PutText(out, kBasis, a.basis);
  PutText(out, kFieldSource, a.source_grade);
  PutText(out, kFieldIntelligence, a.intelligence_grade);
  PutText(out, kAssertedBy, a.asserted_by);
  return out.Take();
}

absl::StatusOr<FieldAttributes> DecodeAttributes(std::string_view bytes) {
  FieldAttributes a;
  if (bytes.empty()) return a;
  if (bytes.size() > kMaxAttributeBytes) return Wrong({"a field's attributes are over-long"});
  absl::Status read = ReadTlv(bytes, "a field's attributes", [&a](uint8_t tag, std::string_view value) {
    switch (tag) {
      case kFieldTlp:
        return ReadTlp(value, a.tlp);
      case kBasis:
        return ReadText(value, a.basis);
      case kFieldSource:
        return ReadText(value, a.source_grade);
      case kFieldIntelligence:
        return ReadText(value, a.intelligence_grade);
      case kAssertedBy:
        return ReadText(value, a.asserted_by);
      default:
        return false;
    }
  });
  if (read.ok()) read = CheckAttributes(a);
  if (!read.ok()) return read;
  return a;
}

absl::Status FieldAttributes::Set(std::string_view name, std::string_view text) {
  FieldAttributes next = *this;
  const std::string_view words = Trimmed(text);
  if (name == "tlp") {
    if (absl::Status set = SetTlp(words, next.tlp); !set.ok()) return set;
  } else if (name == "basis") {
    next.basis = words;
  } else if (name == "source_grade") {
    next.source_grade = words;
  } else if (name == "intelligence_grade") {
    next.intelligence_grade = Uppered(words);
  } else if (name == "asserted_by") {
    next.asserted_by = words;
  } else {
    return Wrong({"a field has no attribute `", name.substr(0, 40), "`"});
  }
  if (absl::Status valid = CheckAttributes(next); !valid.ok()) return valid;
  *this = std::move(next);
  return absl::OkStatus();
}

}  // namespace tidegate::record
