// The bytes of the facts that only this node knows about a record: RECORD.md, "Local facts".
#include <algorithm>
#include <optional>

#include "absl/strings/escaping.h"
#include "crypto/bytes.h"
#include "node/record/draft.h"
#include "node/record/value/refusal.h"

namespace tidegate::record {
namespace {

using crypto::ByteReader;
using crypto::ByteWriter;

constexpr uint8_t kUncheckedVersion = 1;  // of release 0.1.0, which wrote names in any order and of any length
constexpr uint8_t kLocalVersion = 2;
constexpr size_t kMaxLocalItems = 256;
constexpr size_t kMaxLocalName = 200;
enum LocalFlag : uint8_t { kSaid = 1, kAsImported = 2, kConditionsKept = 4, kAbout = 8, kAllLocalFlags = 15 };

bool IsLocalName(std::string_view text) {
  return !text.empty() && text.size() <= kMaxLocalName && IsCleanText(text) &&
         text.find_first_of("\n\r\t") == std::string_view::npos;
}

std::vector<std::string> Canonical(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

void ReadNames(ByteReader& in, std::vector<std::string>& names) {
  const size_t count = in.U16();
  for (size_t i = 0; i < count && in.ok(); ++i) names.emplace_back(in.Lp16());
}

bool IsCanonical(const std::vector<std::string>& names) {
  return std::adjacent_find(names.begin(), names.end(), std::greater_equal<>()) == names.end();
}

// False for bytes that the writer does not write.
bool ReadSource(ByteReader& in, uint8_t flags, SourceWord& source) {
  source.as_imported = (flags & kAsImported) != 0;
  if ((flags & kSaid) != 0) {
    source.said = in.Array<32>();
    source.version_us = in.U64();
    source.producer = in.Lp16();
  }
  return in.ok() && (flags & ~kAllLocalFlags) == 0 && ((flags & kSaid) != 0) == source.known();
}

// A list that is there only if its flag says so, and then not empty.
bool ReadKept(ByteReader& in, bool there, std::vector<std::string>& names) {
  if (!there) return true;
  ReadNames(in, names);
  return in.ok() && !names.empty() && IsCanonical(names);
}

bool NamesSomebody(std::string_view condition) {
  return condition.starts_with("circle:") || condition.starts_with("organisation:");
}

bool IsAboutItem(std::string_view text) {
  constexpr size_t kAuthorDigits = 64, kIdDigits = 32;
  if (text.size() != kAuthorDigits + 1 + kIdDigits || text[kAuthorDigits] != ':') return false;
  const std::string digits = std::string(text.substr(0, kAuthorDigits)) + std::string(text.substr(kAuthorDigits + 1));
  return digits.find_first_not_of("0123456789abcdef") == std::string::npos;
}

bool IsCondition(std::string_view text) {
  constexpr size_t kMaxConditionKept = 255;
  return !text.empty() && text.size() <= kMaxConditionKept && IsCleanText(text);
}

}  // namespace

absl::Status ValidateLocalFacts(const LocalFacts& facts) {
  for (const auto* items : {&facts.named_recipients, &facts.tags, &facts.about}) {
    if (items->size() > kMaxLocalItems) return Refuse({"more than 256 named recipients or tags"});
    if (!std::all_of(items->begin(), items->end(), IsLocalName)) {
      return Refuse({"named recipients and tags are lines of 200 bytes at most"});
    }
  }
  if (facts.conditions.size() > kMaxLocalItems ||
      !std::all_of(facts.conditions.begin(), facts.conditions.end(), IsCondition)) {
    return Refuse({"conditions are at most 256 texts of 255 bytes"});
  }
  if (!std::all_of(facts.about.begin(), facts.about.end(), IsAboutItem)) {
    return Refuse({"what a record is about is named by 64 hex digits of its author, a colon, and 32 of its id"});
  }
  if (facts.source_reference.size() > kMaxSourceReference) return Refuse({"the source reference is over-long"});
  const SourceWord& source = facts.source;
  if (!source.producer.empty() && !IsLocalName(source.producer)) {
    return Refuse({"the producer of an imported record is a line of 200 bytes at most"});
  }
  if (!source.known() && (source.version_us != 0 || !source.producer.empty())) {
    return Refuse({"a source that said nothing has neither version nor producer"});
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> EncodeLocalFacts(const LocalFacts& facts) {
  if (absl::Status valid = ValidateLocalFacts(facts); !valid.ok()) return valid;
  ByteWriter out(64 + facts.source_reference.size());
  out.U8(kLocalVersion);
  for (const auto* items : {&facts.named_recipients, &facts.tags}) {
    const std::vector<std::string> names = Canonical(*items);
    out.U16(static_cast<uint16_t>(names.size()));
    for (const std::string& name : names) out.Lp16(name);
  }
  const SourceWord& source = facts.source;
  out.Lp16(facts.source_reference);
  out.U8(static_cast<uint8_t>((source.known() ? kSaid : 0) | (source.as_imported ? kAsImported : 0) |
                              (facts.conditions.empty() ? 0 : kConditionsKept) | (facts.about.empty() ? 0 : kAbout)));
  if (source.known()) out.Raw(source.said).U64(source.version_us).Lp16(source.producer);
  for (const auto* items : {&facts.conditions, &facts.about}) {
    if (items->empty()) continue;
    const std::vector<std::string> names = Canonical(*items);
    out.U16(static_cast<uint16_t>(names.size()));
    for (const std::string& name : names) out.Lp16(name);
  }
  return out.Take();
}

absl::StatusOr<LocalFacts> DecodeLocalFacts(std::string_view bytes) {
  ByteReader in(bytes);
  LocalFacts facts;
  const uint8_t version = in.U8();
  if (version != kUncheckedVersion && version != kLocalVersion) {
    return Refuse({"local facts are of a version that this node does not know"});
  }
  ReadNames(in, facts.named_recipients);
  ReadNames(in, facts.tags);
  facts.source_reference = in.Lp16();
  if (version == kUncheckedVersion) {
    if (absl::Status whole = in.Finish("local facts"); !whole.ok()) return whole;
    facts.named_recipients = Canonical(std::move(facts.named_recipients));
    facts.tags = Canonical(std::move(facts.tags));
    return facts;
  }
  const uint8_t flags = in.U8();
  if (!ReadSource(in, flags, facts.source)) in.Fail();
  if (!ReadKept(in, (flags & kConditionsKept) != 0, facts.conditions)) in.Fail();
  if (!ReadKept(in, (flags & kAbout) != 0, facts.about)) in.Fail();
  if (absl::Status whole = in.Finish("local facts"); !whole.ok()) return whole;
  if (absl::Status valid = ValidateLocalFacts(facts); !valid.ok()) return valid;
  if (!IsCanonical(facts.named_recipients) || !IsCanonical(facts.tags)) {
    return Refuse({"named recipients and tags are not in ascending order"});
  }
  return facts;
}

bool NamesOthers(const Handling& handling) {
  return std::any_of(handling.conditions.begin(), handling.conditions.end(), NamesSomebody);
}

std::vector<std::string> ConditionsSaid(const Handling& handling, const LocalFacts& local) {
  if (local.conditions.empty()) return handling.conditions;
  std::vector<std::string> said = local.conditions;
  for (const std::string& condition : handling.conditions) {
    if (condition != kLocalCondition) said.push_back(condition);
  }
  return Canonical(std::move(said));
}

void KeepNamesHome(Draft& draft) {
  if (!NamesOthers(draft.handling)) return;
  std::vector<std::string> stay, travel;
  for (std::string& condition : draft.handling.conditions) {
    (NamesSomebody(condition) ? stay : travel).push_back(std::move(condition));
  }
  travel.emplace_back(kLocalCondition);
  draft.handling.conditions = Canonical(std::move(travel));
  draft.local.conditions = Canonical(std::move(stay));
}

void RestoreNames(Draft& draft) {
  if (draft.local.conditions.empty()) return;
  draft.handling.conditions = ConditionsSaid(draft.handling, draft.local);
  draft.local.conditions.clear();
}

std::string AboutItem(const RecordId& id, const crypto::Hash& author) {
  return absl::BytesToHexString(std::string(crypto::View(author))) + ":" +
         absl::BytesToHexString(std::string(crypto::View(id)));
}

std::optional<crypto::Hash> AuthorOf(const LocalFacts& local, const RecordId& id) {
  const std::string suffix = ":" + absl::BytesToHexString(std::string(crypto::View(id)));
  for (const std::string& item : local.about) {
    crypto::Hash author{};
    if (item.size() != 2 * author.size() + suffix.size() || !item.ends_with(suffix)) continue;
    const std::string bytes = absl::HexStringToBytes(item.substr(0, 2 * author.size()));
    std::copy(bytes.begin(), bytes.end(), author.begin());
    return author;
  }
  return std::nullopt;
}

}  // namespace tidegate::record
