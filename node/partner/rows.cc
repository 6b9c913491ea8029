#include "node/partner/rows.h"

#include <utility>

#include "crypto/bytes.h"

namespace tidegate::partner {
namespace {

constexpr std::string_view kPartnerLabel = crypto::Label("TDGptn1");
// With the agreed legal bases after the purposes; a partner without any is written in the older form.
constexpr std::string_view kPartnerWithBasesLabel = crypto::Label("TDGptn2");
constexpr std::string_view kOpenInvitationLabel = crypto::Label("TDGopn1");
constexpr std::string_view kListLabel = crypto::Label("TDGlst1");
enum Flag : uint8_t { kByUs = 1, kByThem = 2, kSuspended = 4, kQuantumSafe = 8 };

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

}  // namespace

std::string EncodePartnerRow(const PartnerRow& row) {
  crypto::ByteWriter out(2048);
  out.Raw(row.legal_bases.empty() ? kPartnerLabel : kPartnerWithBasesLabel);
  out.Lp16(row.key_notice.Encode()).Lp16(row.kem_notice.Encode());
  out.Lp16(row.address).Lp16(row.fingerprint).Lp16(row.reply);
  out.U8(static_cast<uint8_t>((row.confirmed_by_us ? kByUs : 0) | (row.confirmed_by_them ? kByThem : 0) |
                              (row.suspended ? kSuspended : 0) | (row.quantum_safe ? kQuantumSafe : 0)));
  out.U64(row.since_ms);
  WriteList(out, row.purposes);
  if (!row.legal_bases.empty()) WriteList(out, row.legal_bases);
  return out.Take();
}

absl::StatusOr<PartnerRow> DecodePartnerRow(std::string_view bytes) {
  crypto::ByteReader in(bytes);
  const std::string_view label = in.Raw(kPartnerLabel.size());
  if (label != kPartnerLabel && label != kPartnerWithBasesLabel) in.Fail();
  PartnerRow row;
  const std::string_view key_notice = in.Lp16();
  const std::string_view kem_notice = in.Lp16();
  row.address = std::string(in.Lp16());
  row.fingerprint = std::string(in.Lp16());
  row.reply = std::string(in.Lp16());
  const uint8_t flags = in.U8();
  row.since_ms = in.U64();
  row.purposes = ReadList(in);
  if (label == kPartnerWithBasesLabel) {
    row.legal_bases = ReadList(in);
    if (row.legal_bases.empty()) in.Fail();
  }
  if (absl::Status read = in.Finish("partner"); !read.ok()) return read;
  absl::StatusOr<SignedNotice> keys = SignedNotice::Decode(key_notice);
  if (!keys.ok()) return keys.status();
  absl::StatusOr<SignedNotice> kem = SignedNotice::Decode(kem_notice);
  if (!kem.ok()) return kem.status();
  row.key_notice = *std::move(keys);
  row.kem_notice = *std::move(kem);
  row.confirmed_by_us = (flags & kByUs) != 0;
  row.confirmed_by_them = (flags & kByThem) != 0;
  row.suspended = (flags & kSuspended) != 0;
  row.quantum_safe = (flags & kQuantumSafe) != 0;
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
  partner.sector = partner.keys.sector;
  partner.country = partner.keys.country;
  partner.address = row.address;
  partner.kem_id = KemIdOf(partner.kem.key);
  partner.log_fingerprint = partner.keys.LogFingerprint();
  partner.delivery_fingerprint = partner.keys.DeliveryFingerprint();
  partner.governance_fingerprint = partner.keys.GovernanceFingerprint();
  partner.kem_fingerprint = partner.kem.Fingerprint();
  partner.pair = PairOf(identity.governance_fingerprint(), partner.governance_fingerprint);
  partner.outgoing = FeedOf(identity.log_fingerprint(), partner.pair);
  partner.incoming = FeedOf(partner.log_fingerprint, partner.pair);
  partner.fingerprint = row.fingerprint;
  partner.reply = row.reply;
  partner.confirmed_by_us = row.confirmed_by_us;
  partner.confirmed_by_them = row.confirmed_by_them;
  partner.suspended = row.suspended;
  partner.quantum_safe = row.quantum_safe;
  partner.purposes = row.purposes;
  partner.legal_bases = row.legal_bases;
  partner.since_ms = row.since_ms;
  return partner;
}

std::string EncodeInvitationRow(const InvitationRow& row) {
  crypto::ByteWriter out(160);
  out.Raw(kOpenInvitationLabel).Raw(row.id).Raw(row.hash).U64(row.created_ms).U64(row.expires_ms);
  return out.U8(row.with_code ? 1 : 0).Lp16(row.fingerprint).Take();
}

absl::StatusOr<InvitationRow> DecodeInvitationRow(std::string_view bytes) {
  crypto::ByteReader in(bytes);
  if (in.Raw(kOpenInvitationLabel.size()) != kOpenInvitationLabel) in.Fail();
  InvitationRow row;
  row.id = in.Array<16>();
  row.hash = in.Array<32>();
  row.created_ms = in.U64();
  row.expires_ms = in.U64();
  row.with_code = in.U8() == 1;
  row.fingerprint = std::string(in.Lp16());
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
