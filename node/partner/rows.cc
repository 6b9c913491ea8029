#include "node/partner/rows.h"

#include <algorithm>
#include <utility>

#include "crypto/bytes.h"

namespace tidegate::partner {
namespace {

constexpr std::string_view kPartnerLabel = crypto::Label("TDGptn3");
// Labels of version 0.1, without and with agreed legal bases. Such rows are read, and written again as TDGptn3.
constexpr std::string_view kOldPartnerLabel = crypto::Label("TDGptn1");
constexpr std::string_view kOldPartnerWithBasesLabel = crypto::Label("TDGptn2");
constexpr std::string_view kFormerLabel = crypto::Label("TDGfmr1");
constexpr std::string_view kOpenInvitationLabel = crypto::Label("TDGopn1");
// With the name of the invitee after the rest; an invitation to anybody is written in the older form.
constexpr std::string_view kNamedInvitationLabel = crypto::Label("TDGopn2");
constexpr std::string_view kListLabel = crypto::Label("TDGlst1");
enum Flag : uint8_t {
  kByUs = 1,
  kByThem = 2,
  kSuspended = 4,
  kQuantumSafe = 8,
  kToReview = 16,
  kLeaving = 32,
  kMismatched = 64
};
constexpr uint8_t kOldFlags = kByUs | kByThem | kSuspended | kQuantumSafe;
constexpr uint8_t kFlags = kOldFlags | kToReview | kLeaving | kMismatched;

uint8_t FlagsOf(const PartnerRow& row) {
  const std::pair<bool, Flag> all[] = {{row.confirmed_by_us, kByUs}, {row.confirmed_by_them, kByThem},
                                       {row.suspended, kSuspended},  {row.quantum_safe, kQuantumSafe},
                                       {row.to_review, kToReview},   {row.leaving, kLeaving},
                                       {row.mismatched, kMismatched}};
  uint8_t flags = 0;
  for (const auto& [set, flag] : all) flags = static_cast<uint8_t>(flags | (set ? flag : 0));
  return flags;
}

void SetFlags(uint8_t flags, PartnerRow& row) {
  row.confirmed_by_us = (flags & kByUs) != 0;
  row.confirmed_by_them = (flags & kByThem) != 0;
  row.suspended = (flags & kSuspended) != 0;
  row.quantum_safe = (flags & kQuantumSafe) != 0;
  row.to_review = (flags & kToReview) != 0;
  row.leaving = (flags & kLeaving) != 0;
  row.mismatched = (flags & kMismatched) != 0;
}

void WriteList(crypto::ByteWriter& out, const std::vector<std::string>& names) {
  out.U16(static_cast<uint16_t>(names.size()));
  for (const std::string& name : names) out.Lp8(name);
}

std::vector<std::string> ReadList(crypto::ByteReader& in) {
  std::vector<std::string> names;
  const uint16_t count = in.U16();
  if (count > in.remaining()) in.Fail();
  for (uint16_t i = 0; in.ok() && i < count; ++i) names.emplace_back(in.Lp8());
  return names;
}

void WriteProof(crypto::ByteWriter& out, const std::optional<PairProof>& proof) {
  out.Lp8(proof.has_value() ? crypto::View(*proof) : std::string_view());
}

std::optional<PairProof> ReadProof(crypto::ByteReader& in) {
  const std::string_view bytes = in.Lp8();
  if (bytes.empty()) return std::nullopt;
  PairProof proof{};
  if (bytes.size() != proof.size()) {
    in.Fail();
    return std::nullopt;
  }
  std::copy(bytes.begin(), bytes.end(), proof.begin());
  return proof;
}

// Reads the part of a row of version 0.1 after the notices. In that version policies read the partner's own words.
void ReadOldFacts(crypto::ByteReader& in, bool with_bases, PartnerRow& row) {
  row.address = std::string(in.Lp16());
  row.claimed_address = row.address;
  row.letter_fingerprint = std::string(in.Lp16());
  row.reply = std::string(in.Lp16());
  const uint8_t flags = in.U8();
  if ((flags & ~kOldFlags) != 0) in.Fail();
  SetFlags(flags, row);
  row.to_review = row.confirmed_by_us;
  row.since_ms = in.U64();
  row.purposes = ReadList(in);
  if (with_bases) {
    row.legal_bases = ReadList(in);
    if (row.legal_bases.empty()) in.Fail();
  }
}

void ReadFacts(crypto::ByteReader& in, PartnerRow& row) {
  row.address = std::string(in.Lp16());
  row.claimed_address = std::string(in.Lp16());
  row.letter_fingerprint = std::string(in.Lp16());
  row.reply = std::string(in.Lp16());
  const uint8_t flags = in.U8();
  if ((flags & ~kFlags) != 0) in.Fail();
  SetFlags(flags, row);
  row.since_ms = in.U64();
  row.sector = std::string(in.Lp8());
  row.country = std::string(in.Lp8());
  row.purposes = ReadList(in);
  row.legal_bases = ReadList(in);
  row.own_proof = ReadProof(in);
  row.their_proof = ReadProof(in);
  if (row.own_proof.has_value() != row.their_proof.has_value()) in.Fail();
}

}  // namespace

std::string EncodePartnerRow(const PartnerRow& row) {
  crypto::ByteWriter out(2048);
  out.Raw(kPartnerLabel).Lp16(row.key_notice.Encode()).Lp16(row.kem_notice.Encode());
  out.Lp16(row.address).Lp16(row.claimed_address).Lp16(row.letter_fingerprint).Lp16(row.reply);
  out.U8(FlagsOf(row)).U64(row.since_ms).Lp8(row.sector).Lp8(row.country);
  WriteList(out, row.purposes);
  WriteList(out, row.legal_bases);
  WriteProof(out, row.own_proof);
  WriteProof(out, row.their_proof);
  return out.Take();
}

absl::StatusOr<PartnerRow> DecodePartnerRow(std::string_view bytes) {
  crypto::ByteReader in(bytes);
  const std::string_view label = in.Raw(kPartnerLabel.size());
  PartnerRow row;
  const std::string_view key_notice = in.Lp16();
  const std::string_view kem_notice = in.Lp16();
  if (label == kPartnerLabel) {
    ReadFacts(in, row);
  } else if (label == kOldPartnerLabel || label == kOldPartnerWithBasesLabel) {
    ReadOldFacts(in, label == kOldPartnerWithBasesLabel, row);
  } else {
    in.Fail();
  }
  if (absl::Status read = in.Finish("partner"); !read.ok()) return read;
  absl::StatusOr<SignedNotice> keys = SignedNotice::Decode(key_notice);
  if (!keys.ok()) return keys.status();
  absl::StatusOr<SignedNotice> kem = SignedNotice::Decode(kem_notice);
  if (!kem.ok()) return kem.status();
  row.key_notice = *std::move(keys);
  row.kem_notice = *std::move(kem);
  return row;
}

std::string EncodeFormerRow(const FormerRow& row) {
  return crypto::ByteWriter(1024).Raw(kFormerLabel).Lp16(row.key_notice.Encode()).U64(row.removed_ms).Take();
}

absl::StatusOr<FormerRow> DecodeFormerRow(std::string_view bytes) {
  crypto::ByteReader in(bytes);
  if (in.Raw(kFormerLabel.size()) != kFormerLabel) in.Fail();
  const std::string_view key_notice = in.Lp16();
  FormerRow row;
  row.removed_ms = in.U64();
  if (absl::Status read = in.Finish("removed partner"); !read.ok()) return read;
  absl::StatusOr<SignedNotice> keys = SignedNotice::Decode(key_notice);
  if (!keys.ok()) return keys.status();
  row.key_notice = *std::move(keys);
  return row;
}

absl::StatusOr<Partner> PartnerFrom(const PartnerRow& row, const Identity& identity) {
  absl::StatusOr<KeyNotice> keys = ReadKeyNotice(row.key_notice);
  if (!keys.ok()) return keys.status();
  absl::StatusOr<KemNotice> kem = ReadKemNotice(row.kem_notice, *keys);
  if (!kem.ok()) return kem.status();
  Partner partner;
  partner.keys = *std::move(keys);
  partner.kem = *std::move(kem);
  partner.names = partner.keys.names;
  partner.organisation = partner.names.organisation;
  partner.sector = row.sector;
  partner.country = row.country;
  partner.address = row.address;
  partner.claimed_address = row.claimed_address;
  partner.kem_id = KemIdOf(partner.kem.key);
  partner.log_fingerprint = partner.keys.LogFingerprint();
  partner.delivery_fingerprint = partner.keys.DeliveryFingerprint();
  partner.governance_fingerprint = partner.keys.GovernanceFingerprint();
  partner.kem_fingerprint = partner.kem.Fingerprint();
  partner.pair = PairOf(identity.governance_fingerprint(), partner.governance_fingerprint);
  partner.outgoing = FeedOf(identity.log_fingerprint(), partner.pair);
  partner.incoming = FeedOf(partner.log_fingerprint, partner.pair);
  partner.fingerprint = partner.keys.Fingerprint();
  partner.reply = row.reply;
  partner.proof = row.own_proof;
  partner.confirmed_by_us = row.confirmed_by_us;
  partner.confirmed_by_them = row.confirmed_by_them;
  partner.suspended = row.suspended;
  partner.leaving = row.leaving;
  partner.mismatched = row.mismatched;
  partner.to_review = row.to_review;
  partner.quantum_safe = row.quantum_safe;
  partner.purposes = row.purposes;
  partner.legal_bases = row.legal_bases;
  partner.since_ms = row.since_ms;
  return partner;
}

std::string EncodeInvitationRow(const InvitationRow& row) {
  crypto::ByteWriter out(160);
  out.Raw(row.invitee.empty() ? kOpenInvitationLabel : kNamedInvitationLabel);
  out.Raw(row.id).Raw(row.hash).U64(row.created_ms).U64(row.expires_ms);
  out.U8(row.with_code ? 1 : 0).Lp16(row.fingerprint);
  if (!row.invitee.empty()) out.Lp8(row.invitee);
  return out.Take();
}

absl::StatusOr<InvitationRow> DecodeInvitationRow(std::string_view bytes) {
  crypto::ByteReader in(bytes);
  const std::string_view label = in.Raw(kOpenInvitationLabel.size());
  if (label != kOpenInvitationLabel && label != kNamedInvitationLabel) in.Fail();
  InvitationRow row;
  row.id = in.Array<16>();
  row.hash = in.Array<32>();
  row.created_ms = in.U64();
  row.expires_ms = in.U64();
  const uint8_t with_code = in.U8();
  if (with_code > 1) in.Fail();
  row.with_code = with_code == 1;
  row.fingerprint = std::string(in.Lp16());
  if (label == kNamedInvitationLabel) {
    row.invitee = std::string(in.Lp8());
    if (row.invitee.empty()) in.Fail();
  }
  if (absl::Status read = in.Finish("open invitation"); !read.ok()) return read;
  return row;
}

std::string EncodeNameList(const std::vector<std::string>& names) {
  crypto::ByteWriter out(16 + names.size() * 32);
  out.Raw(kListLabel);
  WriteList(out, names);
  return out.Take();
}

absl::StatusOr<std::vector<std::string>> DecodeNameList(std::string_view bytes) {
  crypto::ByteReader in(bytes);
  if (in.Raw(kListLabel.size()) != kListLabel) in.Fail();
  std::vector<std::string> names = ReadList(in);
  if (absl::Status read = in.Finish("list of names"); !read.ok()) return read;
  return names;
}

}  // namespace tidegate::partner
