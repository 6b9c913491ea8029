// The register's entries in bytes (LEDGER.md, "Entries").
#include <algorithm>
#include <map>
#include <utility>

#include "crypto/bytes.h"
#include "crypto/hash.h"
#include "node/ledger/ledger.h"

namespace tidegate::ledger {
namespace {

using crypto::ByteReader;
using crypto::ByteWriter;
using crypto::Label;

constexpr std::string_view kIntentLabel = Label("TDGlin1");
constexpr std::string_view kManifestLabel = Label("TDGlma1");
constexpr std::string_view kWholeReceiptLabel = Label("TDGlre1");
constexpr std::string_view kReceiptLabel = Label("TDGlre2");
constexpr std::string_view kHoldReceiptLabel = Label("TDGlre3");  // with what is kept under legal hold
// Version 1 of an entry says less; what it says is written in it still, so that what is read re-encodes identically.
constexpr std::string_view kAccessLabel = Label("TDGlac1");
constexpr std::string_view kSearchLabel = Label("TDGlac2");  // with what was searched for
constexpr std::string_view kChangeLabel = Label("TDGlch1");
constexpr std::string_view kImportedLabel = Label("TDGlch2");  // with the number of the import
constexpr std::string_view kPolicyLabel = Label("TDGlpo1");
constexpr std::string_view kPolicyWhyLabel = Label("TDGlpo2");  // with a reason
constexpr std::string_view kProposalLabel = Label("TDGlpp1");
constexpr std::string_view kProposalWhyLabel = Label("TDGlpp2");  // with a reason
constexpr std::string_view kWithdrawalLabel = Label("TDGlpw1");
constexpr std::string_view kPartnerLabel = Label("TDGlpa1");
constexpr std::string_view kPartnerWhyLabel = Label("TDGlpa2");  // with a reason
constexpr std::string_view kUserLabel = Label("TDGlus1");
constexpr std::string_view kRefusalLabel = Label("TDGlrf1");
constexpr std::string_view kRefusedRecordsLabel = Label("TDGlrf2");
constexpr std::string_view kKeepingLabel = Label("TDGlkp1");

constexpr size_t kOpeningBytes = 3;
constexpr size_t kRecordBytes = 8 + 32 + 1 + 2;
constexpr size_t kRecordIdBytes = std::tuple_size_v<record::RecordId>;
constexpr size_t kTermBytes = std::tuple_size_v<vault::BlindTermBytes>;

// Cuts what a person or partner wrote to what its length prefix can say.
std::string_view Text(std::string_view text) { return text.substr(0, 0xffff); }

std::string PrintOpenings(const record::Openings& openings) {
  ByteWriter out(openings.size() * kOpeningBytes);
  for (const record::SlotRung& opening : openings) out.U16(opening.slot).U8(opening.rung);
  return out.Take();
}

// Ascending by slot, each once.
bool ReadOpenings(std::string_view bytes, record::Openings& openings) {
  ByteReader in(bytes);
  while (in.ok() && in.remaining() > 0) {
    record::SlotRung opening;
    opening.slot = in.U16();
    opening.rung = in.U8();
    if (!openings.empty() && openings.back().slot >= opening.slot) return false;
    openings.push_back(opening);
  }
  return in.ok();
}

void PrintIds(const std::vector<record::RecordId>& ids, ByteWriter& out) {
  out.U32(static_cast<uint32_t>(ids.size()));
  for (const record::RecordId& id : ids) out.Raw(id);
}

std::vector<record::RecordId> ReadIds(ByteReader& in) {
  const uint32_t count = in.U32();
  if (count > in.remaining() / kRecordIdBytes) in.Fail();
  std::vector<record::RecordId> ids;
  for (uint32_t i = 0; in.ok() && i < count; ++i) ids.push_back(in.Array<kRecordIdBytes>());
  return ids;
}

// Records of one parcel mostly open the same fields, so each set of openings is written once, in order of appearance.
void Print(const Intent& intent, ByteWriter& out) {
  out.Raw(kIntentLabel).U64(intent.at_ms).Lp16(Text(intent.partner)).U64(intent.parcel_seq);
  out.Raw(intent.policy_version).Lp16(Text(intent.purpose));
  std::map<std::string, uint16_t> numbers;
  std::vector<const std::string*> patterns;
  std::vector<uint16_t> used;
  for (const IntendedRecord& record : intent.records) {
    auto [place, fresh] = numbers.try_emplace(PrintOpenings(record.openings), static_cast<uint16_t>(patterns.size()));
    if (fresh) patterns.push_back(&place->first);
    used.push_back(place->second);
  }
  out.U16(static_cast<uint16_t>(patterns.size()));
  for (const std::string* pattern : patterns) out.Lp16(*pattern);
  out.U32(static_cast<uint32_t>(intent.records.size()));
  for (size_t i = 0; i < intent.records.size(); ++i) {
    const IntendedRecord& record = intent.records[i];
    out.U64(record.seq).Raw(record.leaf).U8(record.notice ? 1 : 0).U16(used[i]);
  }
}

Intent ReadIntent(ByteReader& in) {
  Intent intent;
  intent.at_ms = in.U64();
  intent.partner = in.Lp16();
  intent.parcel_seq = in.U64();
  intent.policy_version = in.Array<32>();
  intent.purpose = in.Lp16();
  std::vector<record::Openings> patterns;
  const uint16_t count = in.U16();
  for (uint16_t i = 0; in.ok() && i < count; ++i) {
    if (!ReadOpenings(in.Lp16(), patterns.emplace_back())) in.Fail();
    if (std::find(patterns.begin(), patterns.end() - 1, patterns.back()) != patterns.end() - 1) in.Fail();
  }
  const uint32_t records = in.U32();
  if (records > in.remaining() / kRecordBytes) in.Fail();
  size_t seen = 0;  // patterns that appeared
  for (uint32_t i = 0; in.ok() && i < records; ++i) {
    IntendedRecord& record = intent.records.emplace_back();
    record.seq = in.U64();
    record.leaf = in.Array<32>();
    const uint8_t notice = in.U8();
    const uint16_t pattern = in.U16();
    if (notice > 1 || pattern > seen || pattern >= patterns.size()) {
      in.Fail();
      break;
    }
    seen += pattern == seen ? 1 : 0;
    record.notice = notice == 1;
    record.openings = patterns[pattern];
  }
  if (seen != patterns.size()) in.Fail();
  return intent;
}

void Print(const ManifestSent& entry, ByteWriter& out) {
  out.Raw(kManifestLabel).U64(entry.at_ms).Lp16(Text(entry.partner)).U64(entry.parcel_seq);
  out.Raw(entry.manifest).Raw(entry.contents);
}

ManifestSent ReadManifest(ByteReader& in) {
  ManifestSent entry;
  entry.at_ms = in.U64();
  entry.partner = in.Lp16();
  entry.parcel_seq = in.U64();
  entry.manifest = in.Array<32>();
  entry.contents = in.Array<32>();
  return entry;
}

// Places in an intent, ascending.
void PrintPlaces(const std::vector<uint16_t>& places, ByteWriter& out) {
  out.U32(static_cast<uint32_t>(places.size()));
  for (const uint16_t place : places) out.U16(place);
}

std::vector<uint16_t> ReadPlaces(ByteReader& in) {
  const uint32_t count = in.U32();
  if (count > in.remaining() / sizeof(uint16_t)) in.Fail();
  std::vector<uint16_t> places;
  for (uint32_t i = 0; in.ok() && i < count; ++i) {
    const uint16_t place = in.U16();
    if (!places.empty() && places.back() >= place) in.Fail();
    places.push_back(place);
  }
  return places;
}

void Print(const Receipt& entry, ByteWriter& out) {
  out.Raw(entry.whole              ? kWholeReceiptLabel
          : entry.withheld.empty() ? kReceiptLabel
                                   : kHoldReceiptLabel)
      .U64(entry.at_ms)
      .Lp16(Text(entry.partner))
      .U64(entry.parcel_seq);
  out.U8(static_cast<uint8_t>(entry.answer)).Lp32(entry.body).Lp16(entry.signature);
  out.U64(entry.onward_held).U64(entry.onward_erased).U64(entry.onward_unanswered);
  if (entry.whole) return;
  PrintPlaces(entry.erased, out);
  PrintPlaces(entry.refused, out);
  if (!entry.withheld.empty()) PrintPlaces(entry.withheld, out);
}

Receipt ReadReceipt(ByteReader& in, bool whole, bool withheld) {
  Receipt entry;
  entry.whole = whole;
  entry.at_ms = in.U64();
  entry.partner = in.Lp16();
  entry.parcel_seq = in.U64();
  const uint8_t answer = in.U8();
  if (answer < 1 || answer > 3) in.Fail();
  entry.answer = static_cast<Answer>(answer);
  entry.body = in.Lp32();
  entry.signature = in.Lp16();
  entry.onward_held = in.U64();
  entry.onward_erased = in.U64();
  entry.onward_unanswered = in.U64();
  if (whole) return entry;
  entry.erased = ReadPlaces(in);
  entry.refused = ReadPlaces(in);
  if (!withheld) return entry;
  entry.withheld = ReadPlaces(in);
  if (entry.withheld.empty()) in.Fail();
  return entry;
}

// Only where there is one: an entry without is of version 1.
void PrintReason(const std::string& reason, ByteWriter& out) {
  if (!reason.empty()) out.Lp16(Text(reason));
}

std::string ReadReason(ByteReader& in) {
  const std::string_view reason = in.Lp16();
  if (reason.empty()) in.Fail();
  return std::string(reason);
}

void Print(const Consultation& entry, ByteWriter& out) {
  out.Raw(entry.asked.empty() ? kAccessLabel : kSearchLabel).U64(entry.at_ms);
  out.Lp16(Text(entry.user)).Lp16(Text(entry.reason)).Lp16(Text(entry.verb));
  if (!entry.asked.empty()) {
    out.U16(static_cast<uint16_t>(entry.asked.size()));
    for (const vault::BlindTermBytes& term : entry.asked) out.Raw(term);
  }
  PrintIds(entry.records, out);
}

Consultation ReadConsultation(ByteReader& in, bool search) {
  Consultation entry;
  entry.at_ms = in.U64();
  entry.user = in.Lp16();
  entry.reason = in.Lp16();
  entry.verb = in.Lp16();
  if (search) {
    const uint16_t count = in.U16();
    if (count == 0 || count > in.remaining() / kTermBytes) in.Fail();
    for (uint16_t i = 0; in.ok() && i < count; ++i) entry.asked.push_back(in.Array<kTermBytes>());
  }
  entry.records = ReadIds(in);
  return entry;
}

void Print(const Change& entry, ByteWriter& out) {
  out.Raw(entry.import == 0 ? kChangeLabel : kImportedLabel).U64(entry.at_ms);
  if (entry.import != 0) out.U64(entry.import);
  out.U8(static_cast<uint8_t>(entry.deed));
  out.Lp16(Text(entry.user)).Lp16(Text(entry.source)).Lp16(Text(entry.reason));
  out.U64(entry.first_seq).U64(entry.last_seq).U64(entry.count);
  PrintIds(entry.records, out);
}

Change ReadChange(ByteReader& in, bool imported) {
  Change entry;
  entry.at_ms = in.U64();
  if (imported) entry.import = in.U64();
  if (imported && entry.import == 0) in.Fail();
  const uint8_t deed = in.U8();
  if (deed < 1 || deed > 5) in.Fail();
  entry.deed = static_cast<Deed>(deed);
  entry.user = in.Lp16();
  entry.source = in.Lp16();
  entry.reason = in.Lp16();
  entry.first_seq = in.U64();
  entry.last_seq = in.U64();
  entry.count = in.U64();
  entry.records = ReadIds(in);
  return entry;
}

// PolicyApplied and PolicyProposed have one layout, each under labels of its own.
template <typename Entry>
void PrintPolicy(const Entry& entry, std::string_view label, std::string_view label_with_reason, ByteWriter& out) {
  out.Raw(entry.reason.empty() ? label : label_with_reason).U64(entry.at_ms).Lp16(Text(entry.user));
  PrintReason(entry.reason, out);
  out.Raw(entry.version).Raw(entry.plan);
}

template <typename Entry>
Entry ReadPolicy(ByteReader& in, bool reasoned) {
  Entry entry;
  entry.at_ms = in.U64();
  entry.user = in.Lp16();
  if (reasoned) entry.reason = ReadReason(in);
  entry.version = in.Array<32>();
  entry.plan = in.Array<32>();
  return entry;
}

void Print(const PolicyApplied& entry, ByteWriter& out) { PrintPolicy(entry, kPolicyLabel, kPolicyWhyLabel, out); }
void Print(const PolicyProposed& entry, ByteWriter& out) { PrintPolicy(entry, kProposalLabel, kProposalWhyLabel, out); }

void Print(const PolicyWithdrawn& entry, ByteWriter& out) {
  out.Raw(kWithdrawalLabel).U64(entry.at_ms).Lp16(Text(entry.user)).Lp16(Text(entry.reason)).Raw(entry.plan);
}

PolicyWithdrawn ReadWithdrawal(ByteReader& in) {
  PolicyWithdrawn entry;
  entry.at_ms = in.U64();
  entry.user = in.Lp16();
  entry.reason = in.Lp16();
  entry.plan = in.Array<32>();
  return entry;
}

void Print(const PartnerChange& entry, ByteWriter& out) {
  out.Raw(entry.reason.empty() ? kPartnerLabel : kPartnerWhyLabel).U64(entry.at_ms).Lp16(Text(entry.user));
  PrintReason(entry.reason, out);
  out.Lp16(Text(entry.partner)).Lp16(Text(entry.change));
}

PartnerChange ReadPartner(ByteReader& in, bool reasoned) {
  PartnerChange entry;
  entry.at_ms = in.U64();
  entry.user = in.Lp16();
  if (reasoned) entry.reason = ReadReason(in);
  entry.partner = in.Lp16();
  entry.change = in.Lp16();
  return entry;
}

void Print(const UserChange& entry, ByteWriter& out) {
  out.Raw(kUserLabel).U64(entry.at_ms).Lp16(Text(entry.user)).Lp16(Text(entry.reason));
  out.Lp16(Text(entry.account)).Lp16(Text(entry.change));
}

UserChange ReadUser(ByteReader& in) {
  UserChange entry;
  entry.at_ms = in.U64();
  entry.user = in.Lp16();
  entry.reason = in.Lp16();
  entry.account = in.Lp16();
  entry.change = in.Lp16();
  return entry;
}

void Print(const Refusal& entry, ByteWriter& out) {
  out.Raw(entry.leaves.empty() ? kRefusalLabel : kRefusedRecordsLabel).U64(entry.at_ms);
  out.Lp16(Text(entry.partner)).Lp16(Text(entry.layer)).Raw(entry.subject).Lp16(Text(entry.rule));
  if (entry.leaves.empty()) return;
  out.U32(static_cast<uint32_t>(entry.leaves.size()));
  for (const Hash& leaf : entry.leaves) out.Raw(leaf);
}

void Print(const KeepingDecided& entry, ByteWriter& out) {
  out.Raw(kKeepingLabel).U64(entry.at_ms).U8(static_cast<uint8_t>(entry.keeping));
  out.Lp16(Text(entry.user)).Lp16(Text(entry.reason)).Raw(entry.record).U64(entry.until_ms);
}

KeepingDecided ReadKeeping(ByteReader& in) {
  KeepingDecided entry;
  entry.at_ms = in.U64();
  const uint8_t keeping = in.U8();
  if (keeping < 1 || keeping > kKeepings) in.Fail();
  entry.keeping = static_cast<Keeping>(keeping);
  entry.user = in.Lp16();
  entry.reason = ReadReason(in);
  entry.record = in.Array<kRecordIdBytes>();
  entry.until_ms = in.U64();
  return entry;
}

void Print(const Excerpted& entry, ByteWriter& out) { out.Raw(excerpt::EncodeSeal(entry)); }

Refusal ReadRefusal(ByteReader& in, bool of_records) {
  Refusal entry;
  entry.at_ms = in.U64();
  entry.partner = in.Lp16();
  entry.layer = in.Lp16();
  entry.subject = in.Array<32>();
  entry.rule = in.Lp16();
  if (!of_records) return entry;
  const uint32_t count = in.U32();
  if (count == 0 || count > in.remaining() / sizeof(Hash)) in.Fail();
  for (uint32_t i = 0; in.ok() && i < count; ++i) entry.leaves.push_back(in.Array<32>());
  return entry;
}

}  // namespace

std::string_view KeepingName(Keeping keeping) {
  switch (keeping) {
    case Keeping::kRetain:
      return "retain";
    case Keeping::kDispose:
      return "dispose";
    case Keeping::kAmend:
      return "amend";
    case Keeping::kHold:
      return "hold";
    case Keeping::kRelease:
      return "release";
  }
  return "";
}

// kEntryNames lists the alternatives of Entry in their order. In the place of Change it has a name for each Deed.
std::string_view EntryName(const Entry& entry) {
  constexpr size_t kChange = 4, kDeeds = static_cast<size_t>(Deed::kCombination);
  static_assert(std::is_same_v<std::variant_alternative_t<kChange, Entry>, Change>);
  static_assert(std::size(kEntryNames) == std::variant_size_v<Entry> + kDeeds - 1);
  const auto* change = std::get_if<Change>(&entry);
  if (change != nullptr) return kEntryNames[kChange + static_cast<size_t>(change->deed) - 1];
  return kEntryNames[entry.index() < kChange ? entry.index() : entry.index() + kDeeds - 1];
}

uint64_t EntryTime(const Entry& entry) {
  return std::visit([](const auto& e) { return e.at_ms; }, entry);
}

std::string_view EntryPartner(const Entry& entry) {
  struct Partner {
    std::string_view operator()(const Intent& e) const { return e.partner; }
    std::string_view operator()(const ManifestSent& e) const { return e.partner; }
    std::string_view operator()(const Receipt& e) const { return e.partner; }
    std::string_view operator()(const Consultation&) const { return {}; }
    std::string_view operator()(const Change& e) const { return e.user.empty() ? e.source : std::string_view(); }
    std::string_view operator()(const PolicyApplied&) const { return {}; }
    std::string_view operator()(const PolicyProposed&) const { return {}; }
    std::string_view operator()(const PolicyWithdrawn&) const { return {}; }
    std::string_view operator()(const PartnerChange& e) const { return e.partner; }
    std::string_view operator()(const Refusal& e) const { return e.partner; }
    std::string_view operator()(const KeepingDecided&) const { return {}; }
    std::string_view operator()(const Excerpted&) const { return {}; }
    std::string_view operator()(const UserChange&) const { return {}; }
  };
  return std::visit(Partner{}, entry);
}

std::string EncodeEntry(const Entry& entry) {
  ByteWriter out;
  std::visit([&out](const auto& e) { Print(e, out); }, entry);
  return out.Take();
}

absl::StatusOr<Entry> DecodeEntry(std::string_view bytes) {
  ByteReader in(bytes);
  const std::string_view label = in.Raw(8);
  Entry entry;
  if (label == kIntentLabel) {
    entry = ReadIntent(in);
  } else if (label == kManifestLabel) {
    entry = ReadManifest(in);
  } else if (label == kReceiptLabel || label == kWholeReceiptLabel || label == kHoldReceiptLabel) {
    entry = ReadReceipt(in, label == kWholeReceiptLabel, label == kHoldReceiptLabel);
  } else if (label == kAccessLabel || label == kSearchLabel) {
    entry = ReadConsultation(in, label == kSearchLabel);
  } else if (label == kChangeLabel || label == kImportedLabel) {
    entry = ReadChange(in, label == kImportedLabel);
  } else if (label == kPolicyLabel || label == kPolicyWhyLabel) {
    entry = ReadPolicy<PolicyApplied>(in, label == kPolicyWhyLabel);
  } else if (label == kProposalLabel || label == kProposalWhyLabel) {
    entry = ReadPolicy<PolicyProposed>(in, label == kProposalWhyLabel);
  } else if (label == kWithdrawalLabel) {
    entry = ReadWithdrawal(in);
  } else if (label == kPartnerLabel || label == kPartnerWhyLabel) {
    entry = ReadPartner(in, label == kPartnerWhyLabel);
  } else if (label == kUserLabel) {
    entry = ReadUser(in);
  } else if (label == kRefusalLabel || label == kRefusedRecordsLabel) {
    entry = ReadRefusal(in, label == kRefusedRecordsLabel);
  } else if (label == kKeepingLabel) {
    entry = ReadKeeping(in);
  } else if (absl::StatusOr<Excerpted> excerpted = excerpt::DecodeSeal(bytes); excerpted.ok()) {
    return Entry(*std::move(excerpted));
  } else {
    return absl::InvalidArgumentError("ledger: a register entry has no label that this program knows");
  }
  if (absl::Status status = in.Finish("register entry"); !status.ok()) return status;
  return entry;
}

}  // namespace tidegate::ledger
