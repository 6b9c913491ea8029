#include "node/partner/invitation.h"

#include <cstring>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "crypto/aead.h"
#include "crypto/bytes.h"

namespace tidegate::partner {
namespace {

constexpr std::string_view kInvitationLabel = crypto::Label("TDGinv1");
constexpr std::string_view kReplyLabel = crypto::Label("TDGrpl1");
constexpr size_t kNonce = 24;
constexpr size_t kSealedSecret = 32 + crypto::kAeadTagSize;
constexpr auto kAead = crypto::AeadAlgorithm::kXChaCha20Poly1305;

absl::Status Damaged(std::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("partner: the ", std::string(what), " is damaged; ask for it again and paste all of it"));
}

void WriteIntroduced(crypto::ByteWriter& out, const Identity& identity, std::string_view address) {
  out.Lp16(address).Lp16(identity.key_notice().Encode()).Lp16(identity.kem_notice().Encode());
}

// An empty address says that the node cannot be dialled. Writer and reader ask the same.
absl::Status CheckLetterAddress(std::string_view address) {
  return address.empty() ? absl::OkStatus() : CheckAddress(address);
}

absl::StatusOr<Introduced> ReadIntroduced(crypto::ByteReader& in) {
  Introduced out;
  out.address = std::string(in.Lp16());
  absl::StatusOr<SignedNotice> key_notice = SignedNotice::Decode(in.Lp16());
  if (!key_notice.ok()) return key_notice.status();
  absl::StatusOr<SignedNotice> kem_notice = SignedNotice::Decode(in.Lp16());
  if (!kem_notice.ok()) return kem_notice.status();
  absl::StatusOr<KeyNotice> keys = ReadKeyNotice(*key_notice);
  if (!keys.ok()) return keys.status();
  absl::StatusOr<KemNotice> kem = ReadKemNotice(*kem_notice, *keys);
  if (!kem.ok()) return kem.status();
  if (absl::Status fine = CheckLetterAddress(out.address); !fine.ok()) return fine;
  out.key_notice = *std::move(key_notice);
  out.kem_notice = *std::move(kem_notice);
  out.keys = *std::move(keys);
  out.kem = *std::move(kem);
  return out;
}

// The key for the acceptor's secret. Only who has both the invitation's secret and the inviter's KEM key can derive it.
absl::StatusOr<crypto::SecretBytes> ReplyKey(const crypto::Hash& invitation_hash, const crypto::Secret<32>& own_secret,
                                             const crypto::Secret<32>& shared) {
  crypto::SecretBytes both(64);
  std::memcpy(both.ExposeForWriting().data(), own_secret.Expose().data(), 32);
  std::memcpy(both.ExposeForWriting().data() + 32, shared.Expose().data(), 32);
  return crypto::Hkdf(crypto::View(invitation_hash), both.Expose(), "TDG reply key", 32);
}

absl::StatusOr<crypto::Secret<32>> OpenSecret(std::string_view key, std::string_view nonce, std::string_view aad,
                                              std::string_view sealed) {
  absl::StatusOr<std::string> plain = crypto::AeadOpen(kAead, key, nonce, aad, sealed);
  if (!plain.ok()) return plain.status();
  absl::StatusOr<crypto::Secret<32>> secret = crypto::Secret<32>::CopyOf(*plain);
  crypto::Zeroise(plain->data(), plain->size());
  return secret;
}

}  // namespace

std::string Armour(std::string_view title, std::string_view bytes) {
  const std::string name(title);
  const std::string base64 = checkpoint::Base64Encode(bytes);
  std::string out = absl::StrCat("-----BEGIN ", name, "-----\n");
  for (size_t at = 0; at < base64.size(); at += 64) absl::StrAppend(&out, base64.substr(at, 64), "\n");
  absl::StrAppend(&out, "-----END ", name, "-----\n");
  return out;
}

bool HasArmour(std::string_view title, std::string_view text) {
  return text.find(absl::StrCat("-----BEGIN ", std::string(title), "-----")) != std::string_view::npos;
}

absl::StatusOr<std::string> Unarmour(std::string_view title, std::string_view text) {
  const std::string name(title);
  const std::string begin = absl::StrCat("-----BEGIN ", name, "-----");
  const std::string end = absl::StrCat("-----END ", name, "-----");
  const size_t from = text.find(begin);
  const size_t to = from == std::string_view::npos ? from : text.find(end, from);
  if (to == std::string_view::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat("partner: there is no whole block from `", begin, "` to `", end, "`; paste all of it"));
  }
  const std::string_view body = text.substr(from + begin.size(), to - from - begin.size());
  if (body.size() > 2 * kMaxInvitationBytes) return Damaged("text");
  std::string base64;
  for (const char c : body) {
    if (!absl::ascii_isspace(c)) base64 += c;
  }
  absl::StatusOr<std::string> bytes = checkpoint::Base64Decode(base64);
  if (!bytes.ok() || bytes->size() > kMaxInvitationBytes) return Damaged("text");
  return bytes;
}

std::string InvitationFingerprint(std::string_view bytes) {
  return FingerprintText(crypto::HashOf({crypto::Label("TDGivf1"), bytes}));
}
std::string ReplyFingerprint(std::string_view bytes) {
  return FingerprintText(crypto::HashOf({crypto::Label("TDGrpf1"), bytes}));
}

bool SameFingerprint(std::string_view typed, std::string_view fingerprint) {
  std::string a, b;
  for (const char c : typed) {
    if (absl::ascii_isspace(c) || c == '-' || c == ':') continue;
    if (a.size() == 64) return false;
    a += absl::ascii_tolower(c);
  }
  for (const char c : fingerprint) {
    if (c != ' ') b += c;
  }
  return b.size() == 32 && crypto::ConstantTimeEqual(a, b);
}

absl::StatusOr<std::string> WriteInvitation(const InvitationDraft& draft, const Identity& inviter,
                                            const crypto::Secret<32>& secret) {
  if (absl::Status fine = CheckLetterAddress(draft.address); !fine.ok()) return fine;
  crypto::ByteWriter out(2048);
  out.Raw(kInvitationLabel).U8(draft.code.empty() ? 0 : 1).Raw(draft.id).U64(draft.created_ms).U64(draft.expires_ms);
  WriteIntroduced(out, inviter, draft.address);
  if (draft.code.empty()) return out.Raw(secret.Expose()).Take();
  const std::string salt = crypto::Random(16);
  const std::string nonce = crypto::Random(kNonce);
  out.U32(draft.cost.operations).U64(draft.cost.memory).Raw(salt);
  absl::StatusOr<crypto::Secret<32>> key = crypto::Argon2id(draft.code, salt, draft.cost);
  if (!key.ok()) return key.status();
  absl::StatusOr<std::string> sealed = crypto::AeadSeal(kAead, key->Expose(), nonce, out.view(), secret.Expose());
  if (!sealed.ok()) return sealed.status();
  return out.Raw(nonce).Raw(*sealed).Take();
}

absl::StatusOr<ReadInvitation> OpenInvitationBytes(std::string_view bytes, std::string_view code) {
  crypto::ByteReader in(bytes);
  if (bytes.size() > kMaxInvitationBytes || in.Raw(kInvitationLabel.size()) != kInvitationLabel) {
    return Damaged("invitation");
  }
  ReadInvitation out;
  const uint8_t flags = in.U8();
  out.id = in.Array<16>();
  in.U64();  // when it was made: covered by the fingerprint, used by nobody
  out.expires_ms = in.U64();
  absl::StatusOr<Introduced> inviter = ReadIntroduced(in);
  if (!inviter.ok()) return inviter.status();
  out.inviter = *std::move(inviter);
  out.with_code = flags == 1;
  if (flags > 1) return Damaged("invitation");
  if (!out.with_code) {
    const std::string_view clear = in.Raw(32);
    if (!in.Finish("invitation").ok()) return Damaged("invitation");
    std::memcpy(out.secret.ExposeForWriting().data(), clear.data(), 32);
    return out;
  }
  crypto::Argon2Cost cost{in.U32(), 0};
  cost.memory = in.U64();
  const std::string_view salt = in.Raw(16);
  const std::string_view aad = bytes.substr(0, in.position());
  const std::string_view nonce = in.Raw(kNonce);
  const std::string_view sealed = in.Raw(kSealedSecret);
  if (!in.Finish("invitation").ok()) return Damaged("invitation");
  if (code.empty()) {
    return absl::PermissionDeniedError(
        "partner: this invitation needs the spoken code; ask the inviter for the eight words by telephone");
  }
  absl::StatusOr<crypto::Secret<32>> key = crypto::Argon2id(code, salt, cost);
  if (!key.ok()) return key.status();
  absl::StatusOr<crypto::Secret<32>> secret = OpenSecret(key->Expose(), nonce, aad, sealed);
  if (!secret.ok()) {
    return absl::PermissionDeniedError(
        "partner: the spoken code does not open this invitation; ask for the eight words again");
  }
  out.secret = *std::move(secret);
  return out;
}

absl::StatusOr<std::string> WriteReply(std::string_view invitation, const ReadInvitation& read,
                                       const Identity& acceptor, std::string_view address,
                                       const crypto::Secret<32>& secret) {
  if (absl::Status fine = CheckLetterAddress(address); !fine.ok()) return fine;
  const crypto::Hash hash = crypto::HashOf({invitation});
  const crypto::AgreementKey ephemeral = crypto::AgreementKey::Generate();
  absl::StatusOr<crypto::Secret<32>> shared = ephemeral.Agree(read.inviter.kem.key);
  if (!shared.ok()) return shared.status();
  absl::StatusOr<crypto::SecretBytes> key = ReplyKey(hash, read.secret, *shared);
  if (!key.ok()) return key.status();
  crypto::ByteWriter out(2048);
  out.Raw(kReplyLabel).Raw(read.id).Raw(hash);
  WriteIntroduced(out, acceptor, address);
  out.Raw(KemIdOf(read.inviter.kem.key)).Raw(ephemeral.public_key());
  const std::string nonce = crypto::Random(kNonce);
  absl::StatusOr<std::string> sealed = crypto::AeadSeal(kAead, key->Expose(), nonce, out.view(), secret.Expose());
  if (!sealed.ok()) return sealed.status();
  return out.Raw(nonce).Raw(*sealed).Take();
}

namespace {

absl::StatusOr<ReplyHead> ReadHead(crypto::ByteReader& in, std::string_view bytes) {
  if (bytes.size() > kMaxInvitationBytes || in.Raw(kReplyLabel.size()) != kReplyLabel) return Damaged("reply");
  ReplyHead out;
  out.invitation = in.Array<16>();
  out.invitation_hash = in.Array<32>();
  absl::StatusOr<Introduced> acceptor = ReadIntroduced(in);
  if (!acceptor.ok()) return acceptor.status();
  out.acceptor = *std::move(acceptor);
  return out;
}

}  // namespace

crypto::Hash LetterKey(const crypto::Secret<32>& inviters_secret) {
  const crypto::Ephemeral<32> key = crypto::HmacSha256(inviters_secret.Expose(), {"TDG letter at the door"});
  crypto::Hash out{};
  std::memcpy(out.data(), key.Expose().data(), out.size());
  return out;
}

absl::StatusOr<ReplyHead> ReadReplyHead(std::string_view bytes) {
  crypto::ByteReader in(bytes);
  absl::StatusOr<ReplyHead> head = ReadHead(in, bytes);
  if (!head.ok()) return head.status();
  in.Raw(8 + 32 + kNonce + kSealedSecret);
  if (!in.Finish("reply").ok()) return Damaged("reply");
  return head;
}

absl::StatusOr<crypto::Secret<32>> OpenReplySecret(std::string_view bytes, const crypto::Hash& invitation_hash,
                                                   const crypto::Secret<32>& own_secret, const Identity& inviter) {
  crypto::ByteReader in(bytes);
  absl::StatusOr<ReplyHead> head = ReadHead(in, bytes);
  if (!head.ok()) return head.status();
  const KemId kem_id = in.Array<8>();
  const crypto::PublicKey ephemeral = in.Array<32>();
  const std::string_view aad = bytes.substr(0, in.position());
  const std::string_view nonce = in.Raw(kNonce);
  const std::string_view sealed = in.Raw(kSealedSecret);
  if (!in.Finish("reply").ok()) return Damaged("reply");
  const crypto::AgreementKey* kem = inviter.KemKey(kem_id);
  const absl::Status unfit =
      absl::PermissionDeniedError("partner: the reply was not made from our invitation; invite again");
  if (kem == nullptr || head->invitation_hash != invitation_hash) return unfit;
  absl::StatusOr<crypto::Secret<32>> shared = kem->Agree(ephemeral);
  if (!shared.ok()) return unfit;
  absl::StatusOr<crypto::SecretBytes> key = ReplyKey(invitation_hash, own_secret, *shared);
  if (!key.ok()) return key.status();
  absl::StatusOr<crypto::Secret<32>> secret = OpenSecret(key->Expose(), nonce, aad, sealed);
  if (!secret.ok()) return unfit;
  return secret;
}

}  // namespace tidegate::partner
