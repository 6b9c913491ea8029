// The directory's inside: what is held in memory, and how one change becomes durable and then visible. Private to this
// room.
#ifndef TIDEGATE_NODE_PARTNER_DIRECTORY_H_
#define TIDEGATE_NODE_PARTNER_DIRECTORY_H_

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/partner/partner.h"
#include "node/partner/rows.h"
#include "node/partner/secrets.h"
#include "node/store/store.h"
#include "threads/threads.h"

namespace tidegate::partner {

// Everything that look-ups read. It never changes once it is published.
struct Book {
  std::map<std::string, PartnerPtr, std::less<>> partners;
  std::map<std::string, PartnerRow, std::less<>> rows;
  std::map<crypto::Hash, PartnerPtr> by_tls;
  std::map<FeedId, PartnerPtr> by_feed;
  std::map<std::string, std::vector<std::string>, std::less<>> circles;
  std::map<InvitationId, InvitationRow> invitations;
  std::multimap<std::string, checkpoint::VerifierKey, std::less<>> former;  // log keys of those who were removed
};

// Where the rows lie in the store.
inline constexpr char kPartnerScope[] = "partners";
inline constexpr char kFormerScope[] = "former";
inline constexpr char kInvitationScope[] = "invitations";
inline constexpr char kCircleScope[] = "circles";

absl::Status UnknownPartner(std::string_view organisation);
// The same for a name that our own people typed, with the nearest that there is. Nobody else may read whom we know.
absl::Status UnknownPartner(const Book& book, std::string_view organisation);
// Sorted, each once.
void SortUnique(std::vector<std::string>& names);

class Directory::State {
 public:
  State(std::shared_ptr<const Identity> identity, store::Store& store, vault::Vault& vault, const Options& options)
      : identity_(std::move(identity)), store_(store), secrets_(vault), options_(options) {}

  absl::Status Load();
  bool circles_whole() const { return circles_whole_; }
  std::shared_ptr<const Book> book() const {
    threads::MutexLock lock(book_mutex_);
    return book_;
  }
  const Identity& identity() const { return *identity_; }
  uint64_t generation() const { return generation_.load(std::memory_order_acquire); }
  void Watch(std::function<void()> on_change);

  // pairing.cc
  absl::StatusOr<Invitation> Invite(const InviteRequest& request, const Deed& deed);
  absl::StatusOr<Reply> Accept(std::string_view text, std::string_view spoken_code, std::string_view address,
                               const Deed& deed);
  absl::StatusOr<PartnerPtr> AcceptReply(std::string_view reply, const std::optional<crypto::Hash>& tls_spki,
                                         const Deed& deed);
  absl::Status Cancel(std::string_view organisation, const Deed& deed);
  absl::StatusOr<size_t> CancelInvitations(const Deed& deed);

  std::vector<crypto::Hash> LetterKeys(uint64_t now_ms) const;
  std::optional<crypto::Hash> LetterKeyFor(std::string_view organisation) const {
    return secrets_.Letter(organisation);
  }

  // hearing.cc
  absl::StatusOr<PartnerPtr> Hear(std::string_view organisation, const Heard& heard, uint64_t now_ms);

  // standing.cc
  absl::Status CheckFingerprint(std::string_view organisation, std::string_view typed) const;
  absl::StatusOr<PartnerPtr> Confirm(std::string_view organisation, std::string_view fingerprint, const Facts& facts,
                                     const Deed& deed, const AlsoWrite& also = {});
  absl::StatusOr<Partner> Supposed(std::string_view organisation, const Facts& facts) const;
  absl::Status SetSuspended(std::string_view organisation, bool suspended, const Deed& deed);
  absl::Status Resume(std::string_view organisation, const Deed& deed, const AlsoWrite& also);
  absl::StatusOr<PartnerPtr> SetAddress(std::string_view organisation, std::string_view address, const Deed& deed);
  absl::Status SetLeaving(std::string_view organisation, bool leaving, const Deed& deed);
  absl::Status Remove(std::string_view organisation, const std::string& what, const Deed& deed, const AlsoWrite& also);
  absl::StatusOr<PairPsk> SendingPsk(std::string_view organisation, uint64_t now_ms);
  absl::StatusOr<PairPsk> ReceivingPsk(std::string_view organisation, uint32_t epoch) const {
    return secrets_.At(organisation, epoch);
  }
  absl::Status AdvancePsk(std::string_view organisation, uint32_t epoch);

  // circles.cc
  absl::StatusOr<Circle> CreateCircle(std::string_view name, const Deed& deed);
  absl::StatusOr<Circle> AddToCircle(std::string_view circle, std::string_view organisation, const Deed& deed,
                                     const AlsoWrite& also = {});
  absl::StatusOr<Circle> DropFromCircle(std::string_view circle, std::string_view organisation, const Deed& deed,
                                        const AlsoWrite& also = {});
  absl::Status RemoveCircle(std::string_view circle, const Deed& deed);
  absl::StatusOr<Circle> RenameCircle(std::string_view circle, std::string_view name, const Deed& deed);

 private:
  using Body = std::function<absl::Status(store::WriteTransaction&)>;
  // Writes what `body` writes and the entry for `change` (none if it says nothing) in one transaction, then
  // publishes `next`. The caller holds write_mutex_.
  absl::Status Commit(std::shared_ptr<Book> next, const Change& change, const Body& body);
  // Makes the row durable and then visible; the caller holds write_mutex_.
  absl::StatusOr<PartnerPtr> Put(PartnerRow row, const Deed& deed, std::string what, bool protects = false,
                                 const AlsoWrite& also = {});
  // Calls `change` on a copy of the row and does the same with the result, then tells the watchers. Writes nothing if
  // `change` gives an empty text. If `change` gives an error, returns that.
  absl::StatusOr<PartnerPtr> Alter(std::string_view organisation, const Deed& deed,
                                   const std::function<absl::StatusOr<std::string>(PartnerRow&)>& change,
                                   bool protects = false, const AlsoWrite& also = {});
  // Takes the organisation out of every circle and the partner out of `next`; gives the circles that changed.
  static std::vector<std::string> Strike(Book& next, std::string_view organisation);
  // Deletes its row and memberships, writes `former` and what else the caller writes, then deletes its secrets.
  absl::Status Erase(std::string_view organisation, const Change& change, const std::optional<FormerRow>& former,
                     const Body& also);

  // Refuses a name or key that another partner has, a name that looks like another's, and our own name or keys.
  absl::Status CheckNew(const Book& book, const KeyNotice& keys) const;
  absl::Status CheckNewName(const Book& book, const std::string& organisation) const;
  static absl::Status CheckAmongInvited(const Book& book, const std::string& invitee);
  absl::Status DropInvitations(const std::vector<InvitationId>& ids, const Change& change);
  absl::Status Tidy(uint64_t now_ms);
  absl::StatusOr<PartnerPtr> TakeReply(std::string_view bytes, const ReplyHead& head, const InvitationRow& invitation,
                                       const Deed& deed);
  absl::StatusOr<PartnerPtr> PutPairing(PartnerRow row, const crypto::Secret<32>& own, const crypto::Secret<32>& theirs,
                                        const crypto::Hash& transcript, const Deed& deed, std::string what);

  // Says in words which notices it took; empty if none.
  absl::StatusOr<std::string> TakeNotices(const Heard& heard, const Partner& known, PartnerRow& row) const;
  absl::Status CheckProof(const Heard& heard, const PartnerRow& row, uint64_t now_ms);
  // ResourceExhausted if the partner has made too many changes within the hour.
  absl::Status Paced(std::string_view organisation, uint64_t now_ms) ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);

  // Changes the members of a circle. `alter` gives the change for the register; none if there is nothing to do.
  using AlterMembers = std::function<absl::StatusOr<std::optional<Change>>(const Book& now, Circle& circle)>;
  absl::StatusOr<Circle> AlterCircle(std::string_view name, const AlterMembers& alter, const AlsoWrite& also);
  absl::Status PutCircle(const std::string& name, const std::vector<std::string>* organisations,
                         const std::vector<std::string>& touched, const Change& change, const AlsoWrite& also = {});
  void Publish(std::shared_ptr<const Book> book);
  void Tell();

  const std::shared_ptr<const Identity> identity_;
  store::Store& store_;
  PairSecrets secrets_;
  const Options options_;

  threads::Mutex write_mutex_;  // one change at a time
  mutable threads::Mutex book_mutex_;
  std::shared_ptr<const Book> book_ ABSL_GUARDED_BY(book_mutex_) = std::make_shared<Book>();
  std::vector<std::function<void()>> watchers_ ABSL_GUARDED_BY(book_mutex_);
  std::atomic<uint64_t> generation_ = 0;
  bool circles_whole_ = true;  // set by Load

  struct Pace {
    uint64_t since_ms = 0;
    int changes = 0;
  };
  std::map<std::string, Pace, std::less<>> paces_ ABSL_GUARDED_BY(write_mutex_);
};

// Computes one partner from its row and the circles, and replaces it in the look-ups by name, pin and feed.
absl::Status Index(Book& book, std::string_view organisation, const Identity& identity);
void Unindex(Book& book, const Partner& partner);
// Whether both sides have ever confirmed. Before that nothing was exchanged.
inline bool EverActive(const PartnerRow& row) { return row.confirmed_by_us && row.confirmed_by_them; }
std::string Hex(const InvitationId& id);

}  // namespace tidegate::partner

#endif  // TIDEGATE_NODE_PARTNER_DIRECTORY_H_
