#include "node/search/fields.h"

#include <algorithm>
#include <array>
#include <utility>

#include "node/search/say.h"
#include "node/search/values.h"
#include "text/text.h"
#include "text/words/words.h"

namespace tidegate::search {
namespace {

constexpr size_t kLeastIdDigits = 4, kIdDigits = 32;
constexpr size_t kMostPhraseWords = 64;

char LowerAscii(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
char UpperAscii(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

// A refusal of the record room as the rest of a sentence.
absl::Status Rest(const absl::Status& status) {
  const std::string whole = MessageOf(status);
  const size_t room = whole.find(": ");
  return Expected({room == std::string::npos ? std::string_view(whole) : std::string_view(whole).substr(room + 2)});
}

absl::StatusOr<Phrase> ReadPhrase(std::string_view value) {
  Phrase phrase{words::WordsOf(value)};
  if (phrase.words.empty()) return Expected({"there is no word in it"});
  if (phrase.words.size() > kMostPhraseWords) {
    return Expected({"a phrase has at most ", std::to_string(kMostPhraseWords), " words"});
  }
  return phrase;
}

absl::StatusOr<std::string> ReadCode(std::string_view list_name, std::string_view value) {
  const record::CodeList* const list = record::Catalogue::FindCodeList(list_name);
  if (list == nullptr) return Expected({"the catalogue has no such list"});
  if (const record::Code* code = record::Catalogue::ResolveCode(*list, value)) return std::string(code->code);
  return Expected({"that is no code of `", list_name, "`; `tidegate codes ", list_name, "` lists them",
                   text::DidYouMean(record::Catalogue::NearestCode(*list, value))});
}

template <const char* kList>
absl::StatusOr<Condition> ReadCoded(std::string_view value, const Asked&) {
  auto code = ReadCode(kList, value);
  if (!code.ok()) return code.status();
  return Coded{kList, *std::move(code)};
}

constexpr char kExploitationList[] = "exploitation", kIndustryList[] = "industry", kControlList[] = "control-method",
               kSubjectList[] = "subject-category", kAccountList[] = "account-scheme";

absl::StatusOr<Condition> ReadText(std::string_view value, const Asked&) {
  auto phrase = ReadPhrase(value);
  if (!phrase.ok()) return phrase.status();
  return *std::move(phrase);
}

absl::StatusOr<Condition> ReadKind(std::string_view value, const Asked&) {
  if (const record::Kind* kind = record::Catalogue::FindKind(value)) return OfKind{kind->number};
  std::vector<std::string_view> names;
  for (const record::Kind& kind : record::Catalogue::Kinds()) names.push_back(kind.name);
  return Expected({"there is no kind `", value, "`", text::DidYouMean(value, names)});
}

absl::StatusOr<Condition> ReadOrigin(std::string_view value, const Asked&) { return ByOrigin{std::string(value)}; }
absl::StatusOr<Condition> ReadFrom(std::string_view value, const Asked&) { return FromGiver{std::string(value)}; }

absl::StatusOr<Condition> ReadCountry(std::string_view value, const Asked&) {
  auto country = record::ParseCountry(value);
  if (!country.ok()) return Rest(country.status());
  return Coded{std::string(record::kCountryList), *std::move(country)};
}

template <bool kRegion>
absl::StatusOr<Condition> ReadPlace(std::string_view value, const Asked&) {
  auto phrase = ReadPhrase(value);
  if (!phrase.ok()) return phrase.status();
  return InPlace{kRegion, *std::move(phrase)};
}

absl::StatusOr<Condition> ReadNearTo(std::string_view value, const Asked&) {
  auto near = ReadNear(value);
  if (!near.ok()) return near.status();
  return *near;
}

template <Clock kClock>
absl::StatusOr<Condition> ReadTime(std::string_view value, const Asked& asked) {
  auto span = ReadSpan(value, asked.now_ms);
  if (!span.ok()) return span.status();
  return At{kClock, *span};
}

absl::StatusOr<Condition> ReadTlp(std::string_view value, const Asked&) {
  auto tlps = ReadTlps(value);
  if (!tlps.ok()) return tlps.status();
  return *tlps;
}

// Source, intelligence and handling in this order; what is not said, or said as `?`, may be anything.
absl::StatusOr<Condition> ReadGrade(std::string_view value, const Asked&) {
  constexpr std::array<std::string_view, 3> kParts = {"123", "ABCDE", "PC"};
  std::string pattern = "???";
  size_t part = 0;
  bool said = false;
  for (const char c : value) {
    const char upper = UpperAscii(c);
    while (c != '?' && part < kParts.size() && kParts[part].find(upper) == std::string_view::npos) ++part;
    if (part == kParts.size()) return Expected({"a grade was expected: 1BP, or a part of it such as 1, B or ??C"});
    said = said || c != '?';
    pattern[part++] = upper;
  }
  if (!said) return Expected({"a grade was expected: 1BP, or a part of it such as 1, B or ??C"});
  return Marked{Marking::kGrade, pattern};
}

absl::StatusOr<Condition> ReadPap(std::string_view value, const Asked&) {
  std::string pap;
  for (const char c : value) pap.push_back(UpperAscii(c));
  for (const std::string_view known : record::PapNames()) {
    if (pap == known) return Marked{Marking::kPap, pap};
  }
  return Expected({"a PAP was expected: CLEAR, GREEN, AMBER or RED"});
}

absl::StatusOr<Condition> ReadPurpose(std::string_view value, const Asked&) {
  auto purpose = record::ListedWord("purpose", value);
  if (!purpose.ok()) return Rest(purpose.status());
  return Marked{Marking::kPurpose, *std::move(purpose)};
}

absl::StatusOr<Condition> ReadTag(std::string_view value, const Asked&) {
  return Marked{Marking::kTag, std::string(value)};
}

absl::StatusOr<std::string> ReadIdBegin(std::string_view value) {
  std::string hex;
  for (const char c : value) {
    if (c != '-') hex.push_back(LowerAscii(c));
  }
  const bool digits = hex.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (digits && hex.size() >= kLeastIdDigits && hex.size() <= kIdDigits) return hex;
  return Expected({"a record's id was expected: 32 hex digits, or its first four or more"});
}

absl::StatusOr<Condition> ReadRelated(std::string_view value, const Asked&) {
  auto hex = ReadIdBegin(value);
  if (!hex.ok()) return hex.status();
  return Refers{*std::move(hex)};
}

absl::StatusOr<Condition> ReadHas(std::string_view value, const Asked&) {
  text::Nearest nearest(value);
  for (const record::Kind& kind : record::Catalogue::Kinds()) {
    for (const record::Slot& slot : kind.slots) {
      if (!MayAskFor(slot)) continue;
      if (slot.name == value) return HasField{std::string(value)};
      nearest.Offer(slot.name, slot.name);
    }
  }
  return Expected({"no kind has a field `", value, "` that can be asked for", text::DidYouMean(nearest.best())});
}

absl::StatusOr<Condition> ReadIs(std::string_view value, const Asked& asked) {
  if (value == "new") return Newer{asked.looked};
  constexpr std::pair<std::string_view, State> kStates[] = {
      {"own", State::kOwn},         {"received", State::kReceived}, {"forked", State::kForked},
      {"expired", State::kExpired}, {"recalled", State::kRecalled}, {"withdrawn", State::kWithdrawn}};
  for (const auto& [name, state] : kStates) {
    if (value == name) return state;
  }
  if (value == "onward" || value == "vouched") {
    return Expected({"nothing that others wrote is passed on yet, so no record is ", value});
  }
  return Expected({"own, received, new, forked, expired, recalled or withdrawn was expected",
                   text::DidYouMean(value, StatesOfIs())});
}

// Of those schemes the ones of which `value` can be an identifier.
absl::StatusOr<Identified> OneOfSchemes(std::span<const std::string_view> schemes, std::string_view value,
                                        const Asked& asked) {
  Identified identified;
  for (const std::string_view scheme : schemes) {
    auto one = IdentifiedBy(scheme, value, asked.home);
    if (!one.ok()) continue;
    identified.any.insert(identified.any.end(), one->any.begin(), one->any.end());
  }
  if (identified.any.empty()) return Expected({"an identifier of a known scheme was expected"});
  return identified;
}

absl::StatusOr<Condition> ReadAccount(std::string_view value, const Asked& asked) {
  std::vector<std::string_view> schemes;
  if (const record::CodeList* list = record::Catalogue::FindCodeList(kAccountList)) {
    for (const record::Code& code : list->codes) schemes.push_back(code.code);
  }
  auto identified = OneOfSchemes(schemes, value, asked);
  if (!identified.ok()) return identified.status();
  return *std::move(identified);
}

absl::StatusOr<Condition> ReadIdentifier(std::string_view value, const Asked& asked) {
  const size_t colon = value.find(':');
  if (colon == std::string_view::npos) {
    return Expected(
        {"SCHEME:VALUE was expected, for example identifier:phone:+447700900011; any-identifier: takes a "
         "value alone"});
  }
  auto identified = IdentifiedBy(value.substr(0, colon), value.substr(colon + 1), asked.home);
  if (!identified.ok()) return Rest(identified.status());
  return *std::move(identified);
}

absl::StatusOr<Condition> ReadAnyIdentifier(std::string_view value, const Asked& asked) {
  auto identified = OneOfSchemes(Schemes(), value, asked);
  if (!identified.ok()) return identified.status();
  return *std::move(identified);
}

constexpr char kTimes[] = "DATE or RANGE";
constexpr FieldEntry kFields[] = {
    {"text", "WORDS", "words one after the other, in any text or place; a word or a \"phrase\" alone means the same",
     "text:\"car wash\"", ReadText},
    {"kind", "KIND", "report, alert, person and so on", "kind:alert", ReadKind},
    {"exploitation", "CODE", "what people are exploited for; a code means those below it too", "exploitation:labour",
     ReadCoded<kExploitationList>},
    {"industry", "CODE", "the trade it happens in", "industry:agriculture", ReadCoded<kIndustryList>},
    {"control", "CODE", "how people are held", "control:debt-bondage", ReadCoded<kControlList>},
    {"subject", "CODE", "whom it is about", "subject:victim", ReadCoded<kSubjectList>},
    {"country", "COUNTRY", "a country that a field or a place names", "country:GB", ReadCountry},
    {"region", "WORDS", "of a place's region", "region:\"West Yorkshire\"", ReadPlace<true>},
    {"place", "WORDS", "of a place's name, locality or region", "place:Leeds", ReadPlace<false>},
    {"near", "LAT,LON,RADIUS", "a place with coordinates within the radius", "near:53.80,-1.55,15km", ReadNearTo},
    {"seen", kTimes, "when it was seen or happened; what is less exact than the question is told as `may`",
     "seen:2026-01..2026-03", ReadTime<Clock::kSeen>},
    {"raised", kTimes, "when an alert was raised", "raised:7d..", ReadTime<Clock::kRaised>},
    {"created", kTimes, "when its author signed it", "created:2026-03-04", ReadTime<Clock::kCreated>},
    {"arrived", kTimes, "when it was stored here", "arrived:today", ReadTime<Clock::kArrived>},
    {"tlp", "TLP", "its TLP, or a range", "tlp:>=AMBER", ReadTlp},
    {"pap", "PAP", "its PAP", "pap:GREEN", ReadPap},
    {"grade", "GRADE", "its grade, or a part of it", "grade:1B", ReadGrade},
    {"purpose", "CODE", "a purpose that its handling names", "purpose:prevention", ReadPurpose},
    {"tag", "TAG", "a tag", "tag:sar", ReadTag},
    {"origin", "ORGANISATION", "who wrote it", "origin:lantern", ReadOrigin},
    {"from", "ORGANISATION", "who gave it to us", "from:harbour", ReadFrom},
    {"account", "ACCOUNT", "an account of any scheme", "account:GB33BUKB20201555555555", ReadAccount},
    {"identifier", "SCHEME:VALUE", "an identifier; each scheme is a field too (phone, email, iban, plate, url, ...)",
     "identifier:phone:+447700900011", ReadIdentifier},
    {"any-identifier", "VALUE", "an identifier of whatever scheme", "any-identifier:AB12CDE", ReadAnyIdentifier},
    {"related", "ID", "names that record", "related:0123456789abcdef0123456789abcdef", ReadRelated},
    {"has", "FIELD", "says something in a field of that name", "has:identifiers", ReadHas},
    {"is", "STATE",
     "own, received, forked, expired; new: it came or was amended since your last `inbox`; recalled or withdrawn: what "
     "is "
     "left of it",
     "is:new", ReadIs},
};

}  // namespace

std::span<const FieldEntry> Fields() { return kFields; }

std::vector<std::string_view> StatesOfIs() {
  return {"own", "received", "new", "forked", "expired", "recalled", "withdrawn"};
}

bool MayAskFor(const record::Slot& slot) {
  return slot.searchable || (slot.type == record::Type::kQuantity && slot.field_class != record::FieldClass::kSource);
}

std::vector<std::string_view> Schemes() {
  std::vector<std::string_view> schemes;
  for (const record::Kind& kind : record::Catalogue::Kinds()) {
    for (const record::Slot& slot : kind.slots) {
      const record::CodeList* list =
          slot.type == record::Type::kIdentifier ? record::Catalogue::FindCodeList(slot.code_list) : nullptr;
      if (list == nullptr) continue;
      for (const record::Code& code : list->codes) schemes.push_back(code.code);
    }
  }
  std::sort(schemes.begin(), schemes.end());
  schemes.erase(std::unique(schemes.begin(), schemes.end()), schemes.end());
  return schemes;
}

absl::StatusOr<Identified> IdentifiedBy(std::string_view scheme, std::string_view value, std::string_view home) {
  auto meant = record::ParseScheme(scheme);
  if (!meant.ok()) return meant.status();
  auto canonical = record::CanonicalIdentifier(*meant, value, home);
  if (!canonical.ok()) return canonical.status();
  Identified identified;
  if (const auto old = record::OldTelephoneTerm(scheme, value)) {
    const size_t colon = old->text.find(':');
    identified.any.emplace_back(old->text.substr(0, colon), old->text.substr(colon + 1));
  }
  identified.any.emplace(identified.any.begin(), *std::move(meant), *std::move(canonical));
  return identified;
}

namespace {

// What a slot is asked for.
absl::StatusOr<decltype(InField::says)> ReadSays(const record::Slot& slot, std::string_view value, const Asked& asked) {
  using Says = decltype(InField::says);
  const auto said = [](auto read) -> absl::StatusOr<Says> {
    if (!read.ok()) return read.status();
    return Says(*std::move(read));
  };
  switch (slot.type) {
    case record::Type::kText:
    case record::Type::kNarrative:
      return said(ReadPhrase(value));
    case record::Type::kCode: {
      auto code = ReadCode(slot.code_list, value);
      if (!code.ok()) return code.status();
      return Says(Coded{std::string(slot.code_list), *std::move(code)});
    }
    case record::Type::kQuantity:
      return said(ReadNumbers(value));
    case record::Type::kTime:
      return said(ReadSpan(value, asked.now_ms));
    case record::Type::kPlace: {
      constexpr size_t kCountryCode = 2;
      const record::CodeList* countries = record::Catalogue::FindCodeList(record::kCountryList);
      const record::Code* country = value.size() == kCountryCode && countries != nullptr
                                        ? record::Catalogue::ResolveCode(*countries, value)
                                        : nullptr;
      if (country != nullptr) return Says(Coded{std::string(record::kCountryList), std::string(country->code)});
      auto phrase = ReadPhrase(value);
      if (!phrase.ok()) return phrase.status();
      return Says(InPlace{false, *std::move(phrase)});
    }
    case record::Type::kIdentifier: {
      const size_t colon = value.find(':');
      if (colon != std::string_view::npos && record::ParseScheme(value.substr(0, colon)).ok()) {
        auto one = IdentifiedBy(value.substr(0, colon), value.substr(colon + 1), asked.home);
        return one.ok() ? absl::StatusOr<Says>(*std::move(one)) : absl::StatusOr<Says>(Rest(one.status()));
      }
      return said(OneOfSchemes(Schemes(), value, asked));
    }
    case record::Type::kReference: {
      auto hex = ReadIdBegin(value);
      if (!hex.ok()) return hex.status();
      return Says(IdBegins{*std::move(hex)});
    }
    case record::Type::kTristate:
      if (value == "yes" || value == "no") return Says(value == "yes");
      return Expected({"yes, no or unknown was expected"});
    case record::Type::kAttachment:
      break;
  }
  return Expected({"a field of this type cannot be asked for"});
}

}  // namespace

absl::StatusOr<Condition> ReadInField(std::string_view name, std::string_view value, const Asked& asked) {
  const size_t dot = name.find('.');
  const record::Kind* const kind = record::Catalogue::FindKind(name.substr(0, dot));
  if (kind == nullptr) return ReadKind(name.substr(0, dot), asked);
  const record::Kind& of = *kind;
  const std::string_view field = name.substr(dot + 1);
  const record::Slot* const slot = of.FindSlot(field);
  if (slot == nullptr) {
    return Expected({"kind `", of.name, "` has no field `", field, "`; `tidegate fields ", of.name, "` lists them",
                     text::DidYouMean(record::Catalogue::NearestSlot(of, field))});
  }
  if (!MayAskFor(*slot)) return Expected({"the field `", field, "` of `", of.name, "` cannot be searched for"});
  InField in{of.number, slot->number, {}};
  if (value == "unknown" && slot->type != record::Type::kText && slot->type != record::Type::kNarrative) return in;
  auto says = ReadSays(*slot, value, asked);
  if (!says.ok()) return says.status();
  in.says = *std::move(says);
  return in;
}

}  // namespace tidegate::search
