// Partners: whom this node exchanges with, and how two nodes come to trust each other.
//
//   Takes    invitations and replies (untrusted text), spoken codes, what operators confirm
//   Gives    this node's Identity; a live Directory of partners with their pins, feeds, pair secrets and circles
//   May call store's small tables, the vault's named secrets, crypto
//   Must     answer for nobody before both sides have confirmed; never let two partners have one name
//   Threads  all of Directory from any thread; Partner objects are immutable snapshots
//   Spec     node/partner/PARTNER.md
#ifndef TIDEGATE_NODE_PARTNER_PARTNER_H_
#define TIDEGATE_NODE_PARTNER_PARTNER_H_

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/hash.h"
#include "crypto/kdf.h"
#include "crypto/secret.h"
#include "crypto/vault/vault.h"
#include "node/partner/identity.h"

namespace tidegate::store {
class Store;
}

namespace tidegate::partner {

using PairId = std::array<uint8_t, 16>;  // H("TDGpai1\0" || fpr_1 || fpr_2)[:16], governance fingerprints ascending
using FeedId = std::array<uint8_t, 16>;  // H("TDGfee1\0" || sender_fpr || pair)[:16], the sender's log-key fingerprint

PairId PairOf(const crypto::Hash& governance_a, const crypto::Hash& governance_b);
FeedId FeedOf(const crypto::Hash& sender_log_fingerprint, const PairId& pair);
// psk_0 from both governance fingerprints and both sides' 32 random bytes, in the order of the fingerprints.
crypto::Secret<32> FirstPsk(const crypto::Hash& fpr_1, const crypto::Hash& fpr_2, std::string_view r_1,
                            std::string_view r_2);
// HKDF-Expand(psk, "TDG psk next", 32).
crypto::Secret<32> NextPsk(const crypto::Secret<32>& psk);

struct Partner {
  Names names;
  std::string organisation;  // = names.organisation: the one key by which partners are known
  std::string sector;
  std::string country;
  std::string address;  // where to dial; empty if it cannot be dialled
  KeyNotice keys;
  KemNotice kem;
  KemId kem_id{};
  crypto::Hash log_fingerprint{}, delivery_fingerprint{}, kem_fingerprint{}, governance_fingerprint{};
  PairId pair{};
  FeedId outgoing{};  // we send
  FeedId incoming{};  // they send
  // What their operator reads out to ours; covers the whole of what they sent us to pair.
  std::string fingerprint;
  std::string reply;  // our reply (binary), while they have not taken it
  bool confirmed_by_us = false;
  bool confirmed_by_them = false;
  bool suspended = false;
  bool quantum_safe = false;             // a spoken code was used
  std::vector<std::string> circles;      // sorted
  std::vector<std::string> purposes;     // agreed with them; sorted
  std::vector<std::string> legal_bases;  // likewise
  uint64_t since_ms = 0;

  // Only an active partner is answered anything but Introduce.
  bool active() const { return confirmed_by_us && confirmed_by_them && !suspended; }
  // `accepted`, `awaiting their confirmation`, `awaiting our confirmation`, `confirmed` or `suspended`.
  std::string_view state() const;
};
using PartnerPtr = std::shared_ptr<const Partner>;

struct PairPsk {
  uint32_t epoch = 0;
  crypto::Secret<32> key;
};

struct Invitation {
  std::string text;         // armoured, to be pasted or sent as a file
  std::string spoken_code;  // eight words; empty for an invitation without code
  std::string fingerprint;  // read out with the code
  uint64_t expires_ms = 0;
};

struct Reply {
  std::string organisation;  // the inviter
  std::string text;          // armoured; Introduce carries the same
  std::string fingerprint;   // ours, for the inviter's operator to confirm
};

struct OpenInvitation {
  std::string fingerprint;
  uint64_t created_ms = 0;
  uint64_t expires_ms = 0;
};

struct Circle {
  std::string name;
  std::vector<std::string> organisations;  // sorted; a circle without any reaches nobody
};

// How far ahead of what we hold a partner's PSK epoch may be (daily steps), and how many behind we still keep.
inline constexpr uint32_t kMaxPskEpochsAhead = 1024;
inline constexpr uint32_t kPskEpochsKept = 30;
inline constexpr uint64_t kInvitationLifeMs = uint64_t{7} * 24 * 3600 * 1000;
inline constexpr size_t kMaxOpenInvitations = 64;
inline constexpr size_t kMaxPartners = 4096;
inline constexpr size_t kMaxCircles = 1024;

class Directory {
 public:
  struct Options {
    crypto::Argon2Cost code_cost = crypto::kArgon2Moderate;  // what guessing a spoken code costs
  };

  // All three outlive the directory. DataLoss when what is stored does not fit.
  static absl::StatusOr<std::unique_ptr<Directory>> Open(std::shared_ptr<const Identity> identity, store::Store& store,
                                                         vault::Vault& vault, const Options& options);
  ~Directory();
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  const Identity& identity() const;

  // --- Pairing. Times are the caller's clock, unix ms. Every change is durable before the call returns. ---

  // ResourceExhausted when too many are open. `address` is where we can be dialled; it may be empty.
  absl::StatusOr<Invitation> Invite(bool without_code, std::string_view address, uint64_t now_ms);
  // Takes an invitation and makes the inviter a partner, not yet confirmed. PermissionDenied for a wrong or missing
  // spoken code, AlreadyExists for a known organisation, InvalidArgument for damaged text.
  absl::StatusOr<Reply> Accept(std::string_view text, std::string_view spoken_code, std::string_view address,
                               uint64_t now_ms);
  // Takes a reply to one of our invitations, armoured or binary. `tls_spki` is the certificate it came over; none for
  // a file. The invitation is then used up. Taking the same reply again changes nothing and is OK.
  absl::StatusOr<PartnerPtr> AcceptReply(std::string_view reply, const std::optional<crypto::Hash>& tls_spki,
                                         uint64_t now_ms);
  // True if `text` is an armoured reply rather than an invitation.
  static bool IsReply(std::string_view text);
  // Our operator compared the fingerprint. PermissionDenied if it is not theirs; spaces and case do not count.
  // What is given of purposes and legal bases replaces what was agreed before; nothing given leaves it. An empty list
  // of legal bases says that none is agreed any more.
  absl::StatusOr<PartnerPtr> Confirm(std::string_view organisation, std::string_view fingerprint,
                                     std::vector<std::string> purposes = {},
                                     std::optional<std::vector<std::string>> legal_bases = std::nullopt);
  // What Introduce brought from a pinned partner: their address, newer notices, and whether they have confirmed us.
  struct Heard {
    std::string address = {};
    std::string key_notice = {}, kem_notice = {};  // encoded; empty for nothing
    bool confirmed = false;
    bool reply_taken = false;
  };
  absl::StatusOr<PartnerPtr> Hear(std::string_view organisation, const Heard& heard);
  absl::Status SetSuspended(std::string_view organisation, bool suspended);

  // --- Look-ups, from a snapshot: never wait for a change being written. ---

  PartnerPtr Find(std::string_view organisation) const;      // null if unknown
  PartnerPtr FindByTls(const crypto::Hash& tls_spki) const;  // the live pins; null if unknown
  PartnerPtr FindByFeed(const FeedId& incoming) const;
  std::vector<PartnerPtr> List() const;  // by organisation
  std::vector<OpenInvitation> OpenInvitations(uint64_t now_ms) const;
  bool InvitationOpen(uint64_t now_ms) const;  // whether an unknown certificate may introduce itself
  uint64_t generation() const;                 // grows with every change
  // Called after each change, on the thread that made it and without locks held. Register before other threads run.
  void Watch(std::function<void()> on_change);

  // --- Pair secrets. ---

  // The key to seal with today: follows the clock, but never goes back and never behind what they have used.
  absl::StatusOr<PairPsk> SendingPsk(std::string_view organisation, uint64_t now_ms);
  // The key a parcel names. OutOfRange if it is too far ahead or already erased.
  absl::StatusOr<PairPsk> ReceivingPsk(std::string_view organisation, uint32_t epoch) const;
  // After a parcel under `epoch` has verified: moves the ratchet, and erases what is too old.
  absl::Status AdvancePsk(std::string_view organisation, uint32_t epoch);

  // --- Circles. ---

  absl::StatusOr<Circle> CreateCircle(std::string_view name);  // AlreadyExists
  absl::StatusOr<Circle> AddToCircle(std::string_view circle, std::string_view organisation);
  std::vector<Circle> Circles() const;

 private:
  class State;
  explicit Directory(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace tidegate::partner

#endif  // TIDEGATE_NODE_PARTNER_PARTNER_H_
