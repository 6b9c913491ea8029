// The letters by which two nodes pair: PARTNER.md, "Invitation" and "Reply". Private to this room.
#ifndef TIDEGATE_NODE_PARTNER_INVITATION_H_
#define TIDEGATE_NODE_PARTNER_INVITATION_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "crypto/agree.h"
#include "crypto/hash.h"
#include "crypto/kdf.h"
#include "crypto/secret.h"
#include "node/partner/identity.h"

namespace tidegate::partner {

inline constexpr size_t kMaxInvitationBytes = 8192;
inline constexpr std::string_view kInvitationArmour = "TIDEGATE INVITATION";
inline constexpr std::string_view kReplyArmour = "TIDEGATE REPLY";
using InvitationId = std::array<uint8_t, 16>;

// `-----BEGIN <title>-----`, base64 in lines of 64, `-----END <title>-----`.
std::string Armour(std::string_view title, std::string_view bytes);
// Ignores the text around the block. InvalidArgument when there is no block or it is damaged.
absl::StatusOr<std::string> Unarmour(std::string_view title, std::string_view text);
bool HasArmour(std::string_view title, std::string_view text);

// Names a letter: 128 bits of H(label || bytes), as FingerprintText. Before version 0.2 people compared it.
std::string InvitationFingerprint(std::string_view bytes);
std::string ReplyFingerprint(std::string_view bytes);
// Whether the person typed that fingerprint. All 32 digits must be there; spaces, hyphens and case do not count.
bool SameFingerprint(std::string_view typed, std::string_view fingerprint);

// Who the other side says it is.
struct Introduced {
  std::string address;
  SignedNotice key_notice, kem_notice;
  KeyNotice keys;
  KemNotice kem;
};

struct InvitationDraft {
  InvitationId id{};
  uint64_t created_ms = 0;
  uint64_t expires_ms = 0;
  std::string address;
  std::string code;  // as ReadCode gives it; if empty, the secret is not encrypted
  crypto::Argon2Cost cost{0, 0};
};
// InvalidArgument for an address that its reader would refuse.
absl::StatusOr<std::string> WriteInvitation(const InvitationDraft& draft, const Identity& inviter,
                                            const crypto::Secret<32>& secret);

struct ReadInvitation {
  InvitationId id{};
  uint64_t expires_ms = 0;
  Introduced inviter;
  bool with_code = false;
  crypto::Secret<32> secret;
};
// PermissionDenied when a code is needed and missing or wrong.
absl::StatusOr<ReadInvitation> OpenInvitationBytes(std::string_view bytes, std::string_view code);

// The reply carries the acceptor's own secret, sealed under the inviter's secret and KEM key together.
// InvalidArgument for an address that its reader would refuse.
absl::StatusOr<std::string> WriteReply(std::string_view invitation, const ReadInvitation& read,
                                       const Identity& acceptor, std::string_view address,
                                       const crypto::Secret<32>& secret);

// PARTNER.md, "Invitation".
crypto::Hash LetterKey(const crypto::Secret<32>& inviters_secret);

struct ReplyHead {
  InvitationId invitation{};
  crypto::Hash invitation_hash{};
  Introduced acceptor;
};
absl::StatusOr<ReplyHead> ReadReplyHead(std::string_view bytes);
// PermissionDenied when it was not made with that invitation's secret.
absl::StatusOr<crypto::Secret<32>> OpenReplySecret(std::string_view bytes, const crypto::Hash& invitation_hash,
                                                   const crypto::Secret<32>& own_secret, const Identity& inviter);

}  // namespace tidegate::partner

#endif  // TIDEGATE_NODE_PARTNER_INVITATION_H_
