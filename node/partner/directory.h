// The directory's inside: what is held in memory, and how one change becomes durable and then visible. Private to this
// room.
#ifndef TIDEGATE_NODE_PARTNER_DIRECTORY_H_
#define TIDEGATE_NODE_PARTNER_DIRECTORY_H_

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/partner/partner.h"
#include "node/partner/rows.h"
#include "node/partner/secrets.h"
#include "node/store/store.h"

namespace tidegate::partner {

// Everything that look-ups read; never changed once it is published.
struct Book {
  std::map<std::string, PartnerPtr, std::less<>> partners;
  std::map<std::string, PartnerRow, std::less<>> rows;
  std::map<crypto::Hash, PartnerPtr> by_tls;
  std::map<FeedId, PartnerPtr> by_feed;
  std::map<std::string, std::vector<std::string>, std::less<>> circles;
  std::map<InvitationId, InvitationRow> invitations;
};

class Directory::State {
 public:
  State(std::shared_ptr<const Identity> identity, store::Store& store, vault::Vault& vault, const Options& options)
      : identity_(std::move(identity)), store_(store), secrets_(vault), options_(options) {}

  absl::Status Load();
  std::shared_ptr<const Book> book() const {
    std::lock_guard lock(book_mutex_);
    return book_;
  }
  const Identity& identity() const { return *identity_; }
  uint64_t generation() const { return generation_.load(std::memory_order_acquire); }
  void Watch(std::function<void()> on_change);

  absl::StatusOr<Invitation> Invite(bool without_code, std::string_view address, uint64_t now_ms);
  absl::StatusOr<Reply> Accept(std::string_view text, std::string_view spoken_code, std::string_view address,
                               uint64_t now_ms);
  absl::StatusOr<PartnerPtr> AcceptReply(std::string_view reply, const std::optional<crypto::Hash>& tls_spki,
                                         uint64_t now_ms);
  absl::StatusOr<PartnerPtr> Confirm(std::string_view organisation, std::string_view fingerprint,
                                     std::vector<std::string> purposes,
                                     std::optional<std::vector<std::string>> legal_bases);
  absl::StatusOr<PartnerPtr> Hear(std::string_view organisation, const Heard& heard);
  absl::Status SetSuspended(std::string_view organisation, bool suspended);

  absl::StatusOr<PairPsk> SendingPsk(std::string_view organisation, uint64_t now_ms);
  absl::StatusOr<PairPsk> ReceivingPsk(std::string_view organisation, uint32_t epoch) const {
    return secrets_.At(organisation, epoch);
  }
  absl::Status AdvancePsk(std::string_view organisation, uint32_t epoch);

  absl::StatusOr<Circle> CreateCircle(std::string_view name);
  absl::StatusOr<Circle> AddToCircle(std::string_view circle, std::string_view organisation);

 private:
  // Makes the row durable and then visible; the caller holds write_mutex_.
  absl::StatusOr<PartnerPtr> Put(PartnerRow row);
  absl::Status PutCircle(const std::string& name, const std::vector<std::string>& organisations);
  absl::Status DropInvitation(const InvitationId& id);
  absl::Status DropExpired(uint64_t now_ms);
  // A name or key that somebody else has already, or that is our own, makes no new partner.
  absl::Status CheckNew(const Book& book, const KeyNotice& keys) const;
  absl::StatusOr<bool> TakeNotices(const Heard& heard, const Partner& known, PartnerRow& row) const;
  absl::StatusOr<PartnerPtr> TakeReply(std::string_view bytes, const ReplyHead& head, const InvitationRow& invitation);
  void Publish(std::shared_ptr<const Book> book);
  void Tell();

  const std::shared_ptr<const Identity> identity_;
  store::Store& store_;
  PairSecrets secrets_;
  const Options options_;

  std::mutex write_mutex_;  // one change at a time
  mutable std::mutex book_mutex_;
  std::shared_ptr<const Book> book_ = std::make_shared<Book>();
  std::vector<std::function<void()>> watchers_;  // guarded by book_mutex_
  std::atomic<uint64_t> generation_ = 0;
};

// Computes one partner from its row and the circles, and replaces it in the look-ups by name, pin and feed.
absl::Status Index(Book& book, std::string_view organisation, const Identity& identity);

}  // namespace tidegate::partner

#endif  // TIDEGATE_NODE_PARTNER_DIRECTORY_H_
