// The values that both nodes of a pair compute: CRYPTO.md "Invitation and pairing".
#include <algorithm>

#include "crypto/hash.h"
#include "crypto/kdf.h"
#include "node/partner/partner.h"

namespace tidegate::partner {
namespace {

template <size_t N>
std::array<uint8_t, N> Front(const crypto::Hash& hash) {
  std::array<uint8_t, N> front;
  std::copy_n(hash.begin(), N, front.begin());
  return front;
}

}  // namespace

PairId PairOf(const crypto::Hash& governance_a, const crypto::Hash& governance_b) {
  const auto& [first, second] = std::minmax(governance_a, governance_b);
  return Front<16>(crypto::HashOf({crypto::Label("TDGpai1"), crypto::View(first), crypto::View(second)}));
}

FeedId FeedOf(const crypto::Hash& sender_log_fingerprint, const PairId& pair) {
  return Front<16>(
      crypto::HashOf({crypto::Label("TDGfee1"), crypto::View(sender_log_fingerprint), crypto::View(pair)}));
}

crypto::Secret<32> FirstPsk(const crypto::Hash& fpr_1, const crypto::Hash& fpr_2, std::string_view r_1,
                            std::string_view r_2) {
  const bool ordered = fpr_1 <= fpr_2;
  const std::string_view low = crypto::View(ordered ? fpr_1 : fpr_2), high = crypto::View(ordered ? fpr_2 : fpr_1);
  std::array<char, 64> salt;
  std::copy(low.begin(), low.end(), salt.begin());
  std::copy(high.begin(), high.end(), salt.begin() + 32);
  const crypto::Ephemeral<32> prk =
      crypto::HkdfExtract(std::string_view(salt.data(), salt.size()), {ordered ? r_1 : r_2, ordered ? r_2 : r_1});
  crypto::Secret<32> psk;
  crypto::HkdfExpand(prk.Expose(), {"TDG pair psk"}, psk.ExposeForWriting()).IgnoreError();  // 32 bytes always fit
  return psk;
}

crypto::Secret<32> NextPsk(const crypto::Secret<32>& psk) {
  crypto::Secret<32> next;
  crypto::HkdfExpand(psk.Expose(), {"TDG psk next"}, next.ExposeForWriting()).IgnoreError();  // 32 bytes always fit
  return next;
}

PairProof ProofOf(const crypto::Secret<32>& first_psk, const crypto::Hash& prover, const crypto::Hash& verifier,
                  const crypto::Hash& transcript) {
  PairProof proof{};
  crypto::HkdfExpand(first_psk.Expose(),
                     {"TDG pair proof", crypto::View(prover), crypto::View(verifier), crypto::View(transcript)}, proof)
      .IgnoreError();  // 32 bytes always fit
  return proof;
}

crypto::Hash TranscriptOf(const crypto::Hash& invitation, const crypto::Hash& reply) {
  return crypto::HashOf({crypto::Label("TDGptr1"), crypto::View(invitation), crypto::View(reply)});
}

std::string_view Partner::state() const {
  if (mismatched) return "pairing failed";
  if (leaving) return "leaving";
  if (suspended) return "suspended";
  if (confirmed_by_us && confirmed_by_them) return "confirmed";
  if (confirmed_by_us) return "awaiting their confirmation";
  if (confirmed_by_them) return "awaiting our confirmation";
  return "accepted";
}

}  // namespace tidegate::partner
