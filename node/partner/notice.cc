// The two signed notices: PARTNER.md, "Notices".
#include "node/partner/notice.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "crypto/bytes.h"
#include "crypto/fingerprint.h"
#include "node/partner/identity.h"

namespace tidegate::partner {
namespace {

constexpr std::string_view kKeyLabel = crypto::Label("TDGknt1");
constexpr std::string_view kKemLabel = crypto::Label("TDGkmn1");
constexpr size_t kMaxNotice = 2048;

absl::Status Bad(std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("partner: a key notice ", std::string(what)));
}

// `tidegate.<federation>/<organisation>/<node>`, nothing else.
absl::StatusOr<Names> ParseNode(std::string_view node) {
  constexpr std::string_view kPrefix = "tidegate.";
  const size_t first = node.find('/');
  const size_t second = first == std::string_view::npos ? first : node.find('/', first + 1);
  if (!node.starts_with(kPrefix) || second == std::string_view::npos) return Bad("names no node");
  Names names;
  names.federation = std::string(node.substr(kPrefix.size(), first - kPrefix.size()));
  names.organisation = std::string(node.substr(first + 1, second - first - 1));
  names.node = std::string(node.substr(second + 1));
  if (absl::Status fine = CheckNames(names); !fine.ok()) return fine;
  return names;
}

}  // namespace

absl::Status CheckNames(const Names& names) {
  if (absl::Status fine = CheckName("federation's name", names.federation); !fine.ok()) return fine;
  if (absl::Status fine = CheckName("organisation's name", names.organisation); !fine.ok()) return fine;
  return CheckName("node's name", names.node);
}

absl::Status CheckPlace(std::string_view sector, std::string_view country) {
  if (absl::Status fine = CheckName("sector", sector); !fine.ok()) return fine;
  if (country.size() != 2 || !absl::ascii_isupper(country[0]) || !absl::ascii_isupper(country[1])) {
    return absl::InvalidArgumentError("partner: the country must be an ISO 3166 alpha-2 code such as `GB`");
  }
  return absl::OkStatus();
}

std::string FingerprintText(const crypto::Hash& hash) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (size_t i = 0; i < 16; ++i) {
    if (i > 0 && i % 2 == 0) out += ' ';
    out += kDigits[hash[i] >> 4];
    out += kDigits[hash[i] & 15];
  }
  return out;
}

KemId KemIdOf(const crypto::PublicKey& kem_key) {
  const crypto::Hash hash = crypto::HashOf({crypto::Label("TDGkem1"), crypto::View(kem_key)});
  KemId id;
  std::copy_n(hash.begin(), id.size(), id.begin());
  return id;
}

std::string SignedNotice::Encode() const {
  return crypto::ByteWriter(2 + bytes.size() + 64).Lp16(bytes).Raw(signature).Take();
}

absl::StatusOr<SignedNotice> SignedNotice::Decode(std::string_view encoded) {
  if (encoded.size() > kMaxNotice) return Bad("is too long");
  crypto::ByteReader in(encoded);
  SignedNotice notice;
  notice.bytes = std::string(in.Lp16());
  notice.signature = in.Array<64>();
  if (absl::Status read = in.Finish("signed notice"); !read.ok()) return read;
  return notice;
}

crypto::Hash KeyNotice::LogFingerprint() const {
  return crypto::Fingerprint(crypto::KeyType::kLog, log_key.name, crypto::View(log_key.public_key));
}
crypto::Hash KeyNotice::DeliveryFingerprint() const {
  return crypto::Fingerprint(crypto::KeyType::kDelivery, names.Node(), crypto::View(delivery_key));
}
crypto::Hash KeyNotice::GovernanceFingerprint() const {
  return crypto::Fingerprint(crypto::KeyType::kGovernance, names.Organisation(), crypto::View(governance_key));
}
std::string KeyNotice::Fingerprint() const { return FingerprintText(GovernanceFingerprint()); }
crypto::Hash KemNotice::Fingerprint() const {
  return crypto::Fingerprint(crypto::KeyType::kKem, node, crypto::View(key));
}

SignedNotice SignKeyNotice(const KeyNotice& notice, const crypto::SigningKey& governance) {
  crypto::ByteWriter out(512);
  out.Raw(kKeyLabel).U32(notice.version).Raw(notice.previous).Lp16(notice.names.Node());
  out.Lp8(notice.sector).Lp8(notice.country).Raw(notice.governance_key);
  out.Lp16(checkpoint::PrintVerifierKey(notice.log_key)).Raw(notice.delivery_key).Raw(notice.tls_spki);
  out.U64(notice.created_ms);
  SignedNotice result;
  result.bytes = out.Take();
  result.signature = governance.Sign(result.bytes);
  return result;
}

SignedNotice SignKemNotice(const KemNotice& notice, const crypto::SigningKey& delivery) {
  crypto::ByteWriter out(256);
  out.Raw(kKemLabel).Lp16(notice.node).Raw(notice.key).U64(notice.created_ms).U64(notice.expires_ms);
  SignedNotice result;
  result.bytes = out.Take();
  result.signature = delivery.Sign(result.bytes);
  return result;
}

absl::StatusOr<KeyNotice> ReadKeyNotice(const SignedNotice& notice) {
  crypto::ByteReader in(notice.bytes);
  if (in.Raw(kKeyLabel.size()) != kKeyLabel) return Bad("is of an unknown version");
  KeyNotice out;
  out.version = in.U32();
  out.previous = in.Array<32>();
  const std::string_view node = in.Lp16();
  out.sector = std::string(in.Lp8());
  out.country = std::string(in.Lp8());
  out.governance_key = in.Array<32>();
  const std::string_view vkey = in.Lp16();
  out.delivery_key = in.Array<32>();
  out.tls_spki = in.Array<32>();
  out.created_ms = in.U64();
  if (absl::Status read = in.Finish("key notice"); !read.ok()) return read;
  if (absl::Status valid = crypto::Verify(out.governance_key, notice.bytes, notice.signature_view()); !valid.ok()) {
    return Bad("is not signed by the governance key it names");
  }
  absl::StatusOr<Names> names = ParseNode(node);
  if (!names.ok()) return names.status();
  out.names = *std::move(names);
  if (absl::Status fine = CheckPlace(out.sector, out.country); !fine.ok()) return fine;
  absl::StatusOr<checkpoint::VerifierKey> log_key = checkpoint::ParseVerifierKey(vkey);
  if (!log_key.ok()) return log_key.status();
  out.log_key = *std::move(log_key);
  if (!out.log_key.name.starts_with(absl::StrCat(out.names.Node(), "/log/"))) return Bad("names another node's log");
  if ((out.version == 1) != (out.previous == crypto::Hash{}) || out.version == 0) return Bad("has no proper version");
  return out;
}

absl::StatusOr<KemNotice> ReadKemNotice(const SignedNotice& notice, const KeyNotice& keys) {
  crypto::ByteReader in(notice.bytes);
  if (in.Raw(kKemLabel.size()) != kKemLabel) return Bad("for a KEM key is of an unknown version");
  KemNotice out;
  out.node = std::string(in.Lp16());
  out.key = in.Array<32>();
  out.created_ms = in.U64();
  out.expires_ms = in.U64();
  if (absl::Status read = in.Finish("KEM notice"); !read.ok()) return read;
  if (absl::Status valid = crypto::Verify(keys.delivery_key, notice.bytes, notice.signature_view()); !valid.ok()) {
    return Bad("for a KEM key is not signed by its delivery key");
  }
  if (out.node != keys.names.Node()) return Bad("for a KEM key names another node");
  if (out.expires_ms <= out.created_ms) return Bad("for a KEM key expires before it begins");
  return out;
}

}  // namespace tidegate::partner
