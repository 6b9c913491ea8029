#include "node/exchange/introduction.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "crypto/checkpoint/checkpoint.h"
#include "node/exchange/refusal.h"

namespace tidegate::exchange {
namespace {

constexpr int kMaxCheckpoints = 8;
constexpr uint32_t kOldestVersion = 1;

}  // namespace

v1::Introduction WriteIntroduction(const partner::Directory& directory, const partner::Partner& partner,
                                   std::string_view own_address, const Greeting& greeting) {
  v1::Introduction message;
  message.set_version(kProtocolVersion);
  message.set_minimum_version(kOldestVersion);
  message.add_parcel_suites(static_cast<uint32_t>(parcel::Suite::kAes256Gcm));
  message.add_parcel_suites(static_cast<uint32_t>(parcel::Suite::kChaCha20Poly1305));
  const parcel::Limits limits;
  message.mutable_limits()->set_parcel_bytes(static_cast<uint32_t>(limits.plaintext_bytes));
  message.mutable_limits()->set_parcel_records(limits.records);
  message.mutable_limits()->set_longest_delay_days(static_cast<uint32_t>(partner::kLongestDelayDays));
  message.set_address(std::string(own_address));
  message.set_key_notice(directory.identity().key_notice().Encode());
  message.set_kem_notice(directory.identity().kem_notice().Encode());
  message.set_reply(partner.reply);
  message.set_confirmed(partner.confirmed_by_us && !partner.mismatched);
  if (partner.proof.has_value()) message.set_pair_proof(std::string(crypto::View(*partner.proof)));
  message.set_now_ms(greeting.now_ms != 0 ? greeting.now_ms : NowMs());
  if (partner.active()) {
    for (const std::string& note : greeting.checkpoints) message.add_checkpoints(note);
  }
  return message;
}

absl::Status CheckIntroduction(const v1::Introduction& message) {
  if (message.minimum_version() > kProtocolVersion || message.version() < kOldestVersion) {
    return parcel::Refuse(parcel::Layer::kVersion,
                          absl::StrCat("they speak versions ", message.minimum_version(), " to ", message.version(),
                                       ", we ", kOldestVersion, " to ", kProtocolVersion));
  }
  const auto& suites = message.parcel_suites();
  if (std::find(suites.begin(), suites.end(), static_cast<uint32_t>(parcel::Suite::kAes256Gcm)) == suites.end()) {
    return parcel::Refuse(parcel::Layer::kVersion, "they cannot open parcels of suite 1");
  }
  if (message.ByteSizeLong() > kMaxIntroductionBytes || message.checkpoints_size() > kMaxCheckpoints) {
    return parcel::Refuse(parcel::Layer::kLimit, "the introduction is too long");
  }
  for (const std::string& note : message.checkpoints()) {
    if (note.size() > checkpoint::kMaxNoteSize)
      return parcel::Refuse(parcel::Layer::kLimit, "a checkpoint is too long");
  }
  return absl::OkStatus();
}

absl::StatusOr<partner::PartnerPtr> TakeIntroduction(partner::Directory& directory, const partner::Partner& partner,
                                                     const v1::Introduction& message) {
  partner::Directory::Heard heard;
  heard.address = message.address();
  heard.key_notice = message.key_notice();
  heard.kem_notice = message.kem_notice();
  heard.proof = message.pair_proof();
  heard.confirmed = message.confirmed();
  heard.reply_taken = true;  // whoever answers us as a partner has taken our reply
  absl::StatusOr<partner::PartnerPtr> now = directory.Hear(partner.organisation, heard, NowMs());
  if (!now.ok()) return parcel::AtLayer(parcel::Layer::kIdentity, now.status());
  return now;
}

Greeting GreetingOf(const v1::Introduction& message) {
  return {.now_ms = message.now_ms(), .checkpoints = {message.checkpoints().begin(), message.checkpoints().end()}};
}

}  // namespace tidegate::exchange
