// The pair secrets, each a named secret of the vault: `u32 oldest || u32 newest || psk of oldest`. Private to this
// room.
#ifndef TIDEGATE_NODE_PARTNER_SECRETS_H_
#define TIDEGATE_NODE_PARTNER_SECRETS_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "crypto/vault/vault.h"
#include "node/partner/invitation.h"
#include "node/partner/partner.h"

namespace tidegate::partner {

// Not synchronised: a caller that changes a pair's secret holds the directory's write lock.
class PairSecrets {
 public:
  explicit PairSecrets(vault::Vault& vault) : vault_(vault) {}

  absl::Status Begin(std::string_view organisation, const crypto::Secret<32>& first_psk);
  // Erases the chain. OK if there is none.
  absl::Status Forget(std::string_view organisation);
  // The organisations that have a chain.
  std::vector<std::string> Organisations() const;
  absl::StatusOr<PairPsk> At(std::string_view organisation, uint32_t epoch) const;
  absl::StatusOr<uint32_t> Newest(std::string_view organisation) const;
  // Remembers that `epoch` is in use, and erases the keys that are more than kPskEpochsKept older.
  absl::Status Advance(std::string_view organisation, uint32_t epoch);

  absl::Status KeepInvitation(const InvitationId& id, const crypto::Secret<32>& secret);
  absl::StatusOr<crypto::Secret<32>> InvitationSecret(const InvitationId& id) const;
  absl::Status ForgetInvitation(const InvitationId& id);

  // The key of the letter that we accepted (LetterKey). It is kept until they have taken our reply.
  absl::Status KeepLetter(std::string_view organisation, const crypto::Hash& key);
  std::optional<crypto::Hash> Letter(std::string_view organisation) const;
  absl::Status ForgetLetter(std::string_view organisation);

 private:
  struct Chain {
    uint32_t oldest = 0;
    uint32_t newest = 0;
    crypto::Secret<32> psk;  // of `oldest`
  };
  absl::StatusOr<Chain> Load(std::string_view organisation) const;
  absl::Status Store(std::string_view organisation, const Chain& chain);

  vault::Vault& vault_;
};

}  // namespace tidegate::partner

#endif  // TIDEGATE_NODE_PARTNER_SECRETS_H_
