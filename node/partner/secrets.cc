#include "node/partner/secrets.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "crypto/bytes.h"

namespace tidegate::partner {
namespace {

constexpr std::string_view kPairs = "pair/";

std::string PairName(std::string_view organisation) {
  return absl::StrCat(std::string(kPairs), std::string(organisation));
}
std::string LetterName(std::string_view organisation) { return absl::StrCat("letter/", std::string(organisation)); }
std::string InvitationName(const InvitationId& id) {
  return absl::StrCat("invitation/", absl::BytesToHexString(std::string(crypto::View(id))));
}

}  // namespace

absl::StatusOr<PairSecrets::Chain> PairSecrets::Load(std::string_view organisation) const {
  absl::StatusOr<crypto::SecretBytes> bytes = vault_.GetSecret(PairName(organisation));
  if (!bytes.ok()) return bytes.status();
  crypto::ByteReader in(bytes->Expose());
  Chain chain;
  chain.oldest = in.U32();
  chain.newest = in.U32();
  const std::string_view psk = in.Raw(32);
  if (absl::Status read = in.Finish("pair secret"); !read.ok()) return read;
  std::memcpy(chain.psk.ExposeForWriting().data(), psk.data(), psk.size());
  return chain;
}

absl::Status PairSecrets::Store(std::string_view organisation, const Chain& chain) {
  crypto::SecretBytes bytes(40);
  const std::string head = crypto::ByteWriter(8).U32(chain.oldest).U32(chain.newest).Take();
  std::memcpy(bytes.ExposeForWriting().data(), head.data(), head.size());
  std::memcpy(bytes.ExposeForWriting().data() + 8, chain.psk.Expose().data(), 32);
  return vault_.SetSecret(PairName(organisation), bytes);
}

absl::Status PairSecrets::Begin(std::string_view organisation, const crypto::Secret<32>& first_psk) {
  Chain chain;
  chain.psk = first_psk.Clone();
  return Store(organisation, chain);
}

absl::Status PairSecrets::Forget(std::string_view organisation) {
  if (absl::Status letter = ForgetLetter(organisation); !letter.ok()) return letter;
  const absl::Status forgotten = vault_.RemoveSecret(PairName(organisation));
  return absl::IsNotFound(forgotten) ? absl::OkStatus() : forgotten;
}

std::vector<std::string> PairSecrets::Organisations() const {
  std::vector<std::string> organisations;
  for (const std::string& name : vault_.SecretNames(kPairs)) organisations.push_back(name.substr(kPairs.size()));
  return organisations;
}

absl::StatusOr<PairPsk> PairSecrets::At(std::string_view organisation, uint32_t epoch) const {
  absl::StatusOr<Chain> chain = Load(organisation);
  if (!chain.ok()) return chain.status();
  if (epoch < chain->oldest) {
    return absl::OutOfRangeError(absl::StrCat("partner: the pair secret of day ", epoch, " with `",
                                              std::string(organisation), "` has been erased; send again"));
  }
  if (epoch - chain->oldest > kMaxPskEpochsAhead + kPskEpochsKept) {
    return absl::OutOfRangeError(absl::StrCat("partner: the pair secret of day ", epoch, " with `",
                                              std::string(organisation), "` is too far ahead; check both clocks"));
  }
  PairPsk out;
  out.epoch = epoch;
  out.key = std::move(chain->psk);
  for (uint32_t at = chain->oldest; at < epoch; ++at) out.key = NextPsk(out.key);
  return out;
}

absl::StatusOr<uint32_t> PairSecrets::Newest(std::string_view organisation) const {
  absl::StatusOr<Chain> chain = Load(organisation);
  if (!chain.ok()) return chain.status();
  return chain->newest;
}

absl::Status PairSecrets::Advance(std::string_view organisation, uint32_t epoch) {
  absl::StatusOr<Chain> chain = Load(organisation);
  if (!chain.ok()) return chain.status();
  if (epoch <= chain->newest) return absl::OkStatus();
  const uint32_t oldest = std::max(chain->oldest, epoch > kPskEpochsKept ? epoch - kPskEpochsKept : 0);
  absl::StatusOr<PairPsk> psk = At(organisation, oldest);
  if (!psk.ok()) return psk.status();
  return Store(organisation, {.oldest = oldest, .newest = epoch, .psk = std::move(psk->key)});
}

absl::Status PairSecrets::KeepInvitation(const InvitationId& id, const crypto::Secret<32>& secret) {
  return vault_.SetSecret(InvitationName(id), crypto::SecretBytes::CopyOf(secret.Expose()));
}

absl::StatusOr<crypto::Secret<32>> PairSecrets::InvitationSecret(const InvitationId& id) const {
  absl::StatusOr<crypto::SecretBytes> bytes = vault_.GetSecret(InvitationName(id));
  if (!bytes.ok()) return bytes.status();
  return crypto::Secret<32>::CopyOf(bytes->Expose());
}

absl::Status PairSecrets::KeepLetter(std::string_view organisation, const crypto::Hash& key) {
  return vault_.SetSecret(LetterName(organisation), crypto::SecretBytes::CopyOf(crypto::View(key)));
}

std::optional<crypto::Hash> PairSecrets::Letter(std::string_view organisation) const {
  const absl::StatusOr<crypto::SecretBytes> bytes = vault_.GetSecret(LetterName(organisation));
  if (!bytes.ok()) return std::nullopt;
  const absl::StatusOr<crypto::Hash> key = crypto::HashFrom(bytes->Expose());
  return key.ok() ? std::optional(*key) : std::nullopt;
}

absl::Status PairSecrets::ForgetLetter(std::string_view organisation) {
  return Letter(organisation).has_value() ? vault_.RemoveSecret(LetterName(organisation)) : absl::OkStatus();
}

absl::Status PairSecrets::ForgetInvitation(const InvitationId& id) { return vault_.RemoveSecret(InvitationName(id)); }

}  // namespace tidegate::partner
