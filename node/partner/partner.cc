#include "node/partner/partner.h"

#include <utility>

#include "node/partner/directory.h"

namespace tidegate::partner {

Directory::Directory(std::unique_ptr<State> state) : state_(std::move(state)) {}
Directory::~Directory() = default;

absl::StatusOr<std::unique_ptr<Directory>> Directory::Open(std::shared_ptr<const Identity> identity,
                                                           store::Store& store, vault::Vault& vault,
                                                           const Options& options) {
  auto state = std::make_unique<State>(std::move(identity), store, vault, options);
  if (absl::Status loaded = state->Load(); !loaded.ok()) return loaded;
  return std::unique_ptr<Directory>(new Directory(std::move(state)));
}

const Identity& Directory::identity() const { return state_->identity(); }

absl::StatusOr<Invitation> Directory::Invite(const InviteRequest& request, const Deed& deed) {
  return state_->Invite(request, deed);
}
absl::StatusOr<Reply> Directory::Accept(std::string_view text, std::string_view spoken_code, std::string_view address,
                                        const Deed& deed) {
  return state_->Accept(text, spoken_code, address, deed);
}
absl::StatusOr<PartnerPtr> Directory::AcceptReply(std::string_view reply, const std::optional<crypto::Hash>& tls_spki,
                                                  const Deed& deed) {
  return state_->AcceptReply(reply, tls_spki, deed);
}
bool Directory::IsReply(std::string_view text) { return HasArmour(kReplyArmour, text); }
absl::Status Directory::CheckFingerprint(std::string_view organisation, std::string_view typed) const {
  return state_->CheckFingerprint(organisation, typed);
}
absl::StatusOr<PartnerPtr> Directory::Confirm(std::string_view organisation, std::string_view fingerprint,
                                              const Facts& facts, const Deed& deed, const AlsoWrite& also) {
  return state_->Confirm(organisation, fingerprint, facts, deed, also);
}
absl::StatusOr<Partner> Directory::Supposed(std::string_view organisation, const Facts& facts) const {
  return state_->Supposed(organisation, facts);
}
absl::Status Directory::Cancel(std::string_view organisation, const Deed& deed) {
  return state_->Cancel(organisation, deed);
}
absl::StatusOr<size_t> Directory::CancelInvitations(const Deed& deed) { return state_->CancelInvitations(deed); }
absl::StatusOr<PartnerPtr> Directory::Hear(std::string_view organisation, const Heard& heard, uint64_t now_ms) {
  return state_->Hear(organisation, heard, now_ms);
}
absl::Status Directory::SetSuspended(std::string_view organisation, bool suspended, const Deed& deed) {
  return state_->SetSuspended(organisation, suspended, deed);
}
absl::Status Directory::Resume(std::string_view organisation, const Deed& deed, const AlsoWrite& also) {
  return state_->Resume(organisation, deed, also);
}
absl::StatusOr<PartnerPtr> Directory::SetAddress(std::string_view organisation, std::string_view address,
                                                 const Deed& deed) {
  return state_->SetAddress(organisation, address, deed);
}
absl::Status Directory::SetLeaving(std::string_view organisation, bool leaving, const Deed& deed) {
  return state_->SetLeaving(organisation, leaving, deed);
}
absl::Status Directory::Remove(std::string_view organisation, const std::string& what, const Deed& deed,
                               const AlsoWrite& also) {
  return state_->Remove(organisation, what, deed, also);
}

PartnerPtr Directory::Find(std::string_view organisation) const {
  const std::shared_ptr<const Book> book = state_->book();
  const auto found = book->partners.find(organisation);
  return found == book->partners.end() ? nullptr : found->second;
}
absl::StatusOr<PartnerPtr> Directory::Named(std::string_view organisation) const {
  const std::shared_ptr<const Book> book = state_->book();
  const auto found = book->partners.find(organisation);
  if (found == book->partners.end()) return UnknownPartner(*book, organisation);
  return found->second;
}
PartnerPtr Directory::FindByTls(const crypto::Hash& tls_spki) const {
  const std::shared_ptr<const Book> book = state_->book();
  const auto found = book->by_tls.find(tls_spki);
  return found == book->by_tls.end() ? nullptr : found->second;
}
PartnerPtr Directory::FindByFeed(const FeedId& incoming) const {
  const std::shared_ptr<const Book> book = state_->book();
  const auto found = book->by_feed.find(incoming);
  return found == book->by_feed.end() ? nullptr : found->second;
}
std::vector<PartnerPtr> Directory::List() const {
  std::vector<PartnerPtr> out;
  const std::shared_ptr<const Book> book = state_->book();
  for (const auto& [organisation, partner] : book->partners) out.push_back(partner);
  return out;
}

std::vector<checkpoint::VerifierKey> Directory::LogKeysOf(std::string_view organisation) const {
  std::vector<checkpoint::VerifierKey> keys;
  const std::shared_ptr<const Book> book = state_->book();
  if (const auto known = book->partners.find(organisation); known != book->partners.end()) {
    keys.push_back(known->second->keys.log_key);
  }
  const auto [first, last] = book->former.equal_range(organisation);
  for (auto former = first; former != last; ++former) keys.push_back(former->second);
  return keys;
}
std::vector<std::pair<std::string, checkpoint::VerifierKey>> Directory::LogKeys() const {
  std::vector<std::pair<std::string, checkpoint::VerifierKey>> keys;
  const std::shared_ptr<const Book> book = state_->book();
  for (const auto& [organisation, partner] : book->partners) keys.emplace_back(organisation, partner->keys.log_key);
  for (const auto& [organisation, key] : book->former) keys.emplace_back(organisation, key);
  return keys;
}

std::vector<OpenInvitation> Directory::OpenInvitations(uint64_t now_ms) const {
  std::vector<OpenInvitation> out;
  const std::shared_ptr<const Book> book = state_->book();
  for (const auto& [id, row] : book->invitations) {
    if (row.expires_ms > now_ms) out.push_back({row.invitee, row.fingerprint, row.created_ms, row.expires_ms});
  }
  return out;
}
std::vector<crypto::Hash> Directory::LetterKeys(uint64_t now_ms) const { return state_->LetterKeys(now_ms); }

std::optional<crypto::Hash> Directory::LetterKeyFor(std::string_view organisation) const {
  return state_->LetterKeyFor(organisation);
}

bool Directory::InvitationOpen(uint64_t now_ms) const { return !OpenInvitations(now_ms).empty(); }
uint64_t Directory::generation() const { return state_->generation(); }
void Directory::Watch(std::function<void()> on_change) { state_->Watch(std::move(on_change)); }

absl::StatusOr<PairPsk> Directory::SendingPsk(std::string_view organisation, uint64_t now_ms) {
  return state_->SendingPsk(organisation, now_ms);
}
absl::StatusOr<PairPsk> Directory::ReceivingPsk(std::string_view organisation, uint32_t epoch) const {
  return state_->ReceivingPsk(organisation, epoch);
}
absl::Status Directory::AdvancePsk(std::string_view organisation, uint32_t epoch) {
  return state_->AdvancePsk(organisation, epoch);
}

absl::StatusOr<Circle> Directory::CreateCircle(std::string_view name, const Deed& deed) {
  return state_->CreateCircle(name, deed);
}
absl::StatusOr<Circle> Directory::AddToCircle(std::string_view circle, std::string_view organisation, const Deed& deed,
                                              const AlsoWrite& also) {
  return state_->AddToCircle(circle, organisation, deed, also);
}
absl::StatusOr<Circle> Directory::DropFromCircle(std::string_view circle, std::string_view organisation,
                                                 const Deed& deed, const AlsoWrite& also) {
  return state_->DropFromCircle(circle, organisation, deed, also);
}
absl::Status Directory::RemoveCircle(std::string_view circle, const Deed& deed) {
  return state_->RemoveCircle(circle, deed);
}
absl::StatusOr<Circle> Directory::RenameCircle(std::string_view circle, std::string_view name, const Deed& deed) {
  return state_->RenameCircle(circle, name, deed);
}
bool Directory::circles_whole() const { return state_->circles_whole(); }
std::vector<Circle> Directory::Circles() const {
  std::vector<Circle> out;
  const std::shared_ptr<const Book> book = state_->book();
  for (const auto& [name, organisations] : book->circles) out.push_back({name, organisations});
  return out;
}

}  // namespace tidegate::partner
