// Partners: whom this node exchanges with, and how two nodes come to trust each other.
//
//   Takes    invitations and replies (untrusted text), spoken codes, what administrators decide about partners
//   Gives    this node's Identity; a live Directory of partners with their pins, feeds, pair secrets and circles
//   May call store's small tables, the vault's named secrets, crypto, text
//   Must     answer for nobody before both sides have confirmed; never let two names look alike; take no fact that
//            decides from the partner it is about
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
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/hash.h"
#include "crypto/kdf.h"
#include "crypto/secret.h"
#include "crypto/vault/vault.h"
#include "node/partner/identity.h"
#include "policy/label/label.h"

namespace tidegate::store {
class Store;
class WriteTransaction;
}  // namespace tidegate::store

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

// One side of a pairing shows this to the other, to prove that both derived the same psk_0 from the same two letters:
// HKDF-Expand(psk_0, "TDG pair proof" || prover's governance fingerprint || verifier's || transcript, 32).
using PairProof = std::array<uint8_t, 32>;
PairProof ProofOf(const crypto::Secret<32>& first_psk, const crypto::Hash& prover, const crypto::Hash& verifier,
                  const crypto::Hash& transcript);
// H("TDGptr1\0" || H(invitation) || H(reply)).
crypto::Hash TranscriptOf(const crypto::Hash& invitation, const crypto::Hash& reply);

struct Partner {
  Names names;
  std::string organisation;  // = names.organisation: the one key by which partners are known
  // What our administrator says the partner is. Policies read this and nothing else about it. Empty if nobody has said
  // it. The partner's own words are in `keys`, and are claims.
  std::string sector;
  std::string country;
  std::string address;          // where we dial; empty if it cannot be dialled
  std::string claimed_address;  // the address at which they last said that they can be dialled
  KeyNotice keys;
  KemNotice kem;
  KemId kem_id{};
  crypto::Hash log_fingerprint{}, delivery_fingerprint{}, kem_fingerprint{}, governance_fingerprint{};
  PairId pair{};
  FeedId outgoing{};  // we send
  FeedId incoming{};  // they send
  // The fingerprint that their operator reads out to ours: KeyNotice::Fingerprint.
  std::string fingerprint;
  std::string reply;               // our reply (binary), while they have not taken it
  std::optional<PairProof> proof;  // what we show them; none for a pairing of version 0.1
  bool confirmed_by_us = false;
  bool confirmed_by_them = false;
  bool suspended = false;
  bool leaving = false;               // to be removed: they get only notices that take back what they hold
  bool mismatched = false;            // they came to another pair secret than we: this pairing can never carry a parcel
  bool to_review = false;             // confirmed under version 0.1: nobody has said here what they are
  bool quantum_safe = false;          // a spoken code was used
  std::vector<std::string> circles;   // sorted
  std::vector<std::string> purposes;  // agreed with them; sorted
  std::vector<std::string> legal_bases;  // likewise
  uint64_t since_ms = 0;

  // Only an active partner is answered anything but Introduce.
  bool active() const { return confirmed_by_us && confirmed_by_them && !suspended && !mismatched; }
  // Whether we dial them. Their address is their own word, so we dial only after we have confirmed who they are.
  bool dialled() const { return confirmed_by_us && !suspended && !leaving && !mismatched && !address.empty(); }
  // `accepted`, `awaiting their confirmation`, `awaiting our confirmation`, `confirmed`, `suspended`, `leaving` or
  // `pairing failed`.
  std::string_view state() const;
};
using PartnerPtr = std::shared_ptr<const Partner>;

struct PairPsk {
  uint32_t epoch = 0;
  crypto::Secret<32> key;
};

struct Invitation {
  std::string text;                // armoured, to be pasted or sent as a file
  std::string spoken_code;         // eight words; empty for an invitation without code
  std::string fingerprint;         // ours, for the invitee's administrator to confirm
  std::string letter_fingerprint;  // of this invitation: what a node of version 0.1 confirms instead
  uint64_t expires_ms = 0;
};

struct Reply {
  std::string organisation;        // the inviter
  std::string text;                // armoured; Introduce carries the same
  std::string fingerprint;         // ours, for the inviter's administrator to confirm
  std::string letter_fingerprint;  // of this reply: what a node of version 0.1 confirms instead
};

struct OpenInvitation {
  std::string invitee;  // whom it is for; empty for anybody
  std::string fingerprint;
  uint64_t created_ms = 0;
  uint64_t expires_ms = 0;
};

// Who changes what we know of a partner, when and why. `user` is empty if the partner itself caused the change.
struct Deed {
  std::string user = {};
  std::string reason = {};
  uint64_t at_ms = 0;
};
// One change, as it stands in the register. `organisation` is empty if the change is not about one partner.
struct Change {
  Deed deed;
  std::string organisation;
  std::string what;
  bool protects = false;  // it takes something from a partner: it is made although the disk is full
};
// Runs in the transaction that makes the change durable. If that transaction runs again, this does too.
using Recorder = std::function<absl::Status(store::WriteTransaction&, const Change&)>;
// Writes more in the same transaction.
using AlsoWrite = std::function<absl::Status(store::WriteTransaction&)>;

// What our administrator says about a partner. A fact that is not given stays as it is.
struct Facts {
  std::optional<std::string> sector = {};   // an empty text takes back what was said
  std::optional<std::string> country = {};  // likewise
  std::optional<std::vector<std::string>> purposes = {};
  std::optional<std::vector<std::string>> legal_bases = {};
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
// How many changes a partner can make in an hour (its address, its notices). Each is an entry in the register.
inline constexpr int kMaxChangesHeardAnHour = 16;

class Directory {
 public:
  struct Options {
    crypto::Argon2Cost code_cost = crypto::kArgon2Moderate;  // what guessing a spoken code costs
    Recorder record = {};                                    // the register; none only in tests
  };

  // All three outlive the directory. DataLoss if the stored parts contradict each other.
  static absl::StatusOr<std::unique_ptr<Directory>> Open(std::shared_ptr<const Identity> identity, store::Store& store,
                                                         vault::Vault& vault, const Options& options);
  ~Directory();
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  const Identity& identity() const;

  // --- Pairing. Every change is durable, with its entry in the register, before the call returns. ---

  struct InviteRequest {
    std::string invitee = {};  // the organisation that may reply; needed without a code
    bool without_code = false;
    std::string address = {};  // where we can be dialled; may be empty
  };
  // AlreadyExists for a partner, InvalidArgument for a name that looks like one; ResourceExhausted when too many are
  // open.
  absl::StatusOr<Invitation> Invite(const InviteRequest& request, const Deed& deed);
  // Takes an invitation and makes the inviter a partner, not yet confirmed. It replaces a pairing with the inviter that
  // never became active. PermissionDenied for a wrong or missing spoken code, AlreadyExists for an active partner,
  // InvalidArgument for damaged text or a name that looks like another.
  absl::StatusOr<Reply> Accept(std::string_view text, std::string_view spoken_code, std::string_view address,
                               const Deed& deed);
  // Takes a reply to one of our invitations, armoured or binary, and uses the invitation up. `tls_spki` is the
  // certificate of the connection that brought it; none for a file. Taking the same reply again changes nothing and is
  // OK. PermissionDenied if somebody else than the invitee replied; the invitation then stays open.
  absl::StatusOr<PartnerPtr> AcceptReply(std::string_view reply, const std::optional<crypto::Hash>& tls_spki,
                                         const Deed& deed);
  // True if `text` is an armoured reply rather than an invitation.
  static bool IsReply(std::string_view text);
  // OK if `typed` is the fingerprint of that partner's node, or of the letter it sent, which people with version 0.1
  // read out. Spaces, hyphens and case do not count. NotFound, PermissionDenied.
  absl::Status CheckFingerprint(std::string_view organisation, std::string_view typed) const;
  // Our administrator compared the fingerprint and says what the partner is. FailedPrecondition if the pairing has
  // failed. Here and below, `also` is written with the change, and not at all where nothing changes.
  absl::StatusOr<PartnerPtr> Confirm(std::string_view organisation, std::string_view fingerprint, const Facts& facts,
                                     const Deed& deed, const AlsoWrite& also = {});
  // Gives the partner as Confirm would make it, and changes nothing. For plans.
  absl::StatusOr<Partner> Supposed(std::string_view organisation, const Facts& facts) const;
  // Gives up a pairing that never became active, and the open invitations to that organisation. NotFound if there is
  // neither. FailedPrecondition for a partner that has been active: suspend or remove it instead.
  absl::Status Cancel(std::string_view organisation, const Deed& deed);
  // Gives up every open invitation, and says how many there were.
  absl::StatusOr<size_t> CancelInvitations(const Deed& deed);

  // What a pinned partner told us in Introduce: its address, newer notices, and whether it has confirmed us.
  struct Heard {
    std::string address = {};
    std::string key_notice = {}, kem_notice = {};  // encoded; empty for nothing
    std::string proof = {};                        // PairProof; empty from version 0.1
    bool confirmed = false;
    bool reply_taken = false;
  };
  // PermissionDenied for a notice that changes something that a notice may never change (PARTNER.md, "Notices"), and
  // for a proof of another pairing: the partner is then mismatched. ResourceExhausted for too many changes.
  absl::StatusOr<PartnerPtr> Hear(std::string_view organisation, const Heard& heard, uint64_t now_ms);

  // --- What our administrator decides about a partner. NotFound for nobody. ---

  absl::Status SetSuspended(std::string_view organisation, bool suspended, const Deed& deed);
  // Ends a suspension and the first half of a removal, in one change.
  absl::Status Resume(std::string_view organisation, const Deed& deed, const AlsoWrite& also = {});
  // Sets the address that we dial from now on, until they say that they moved. An empty one stops dialling.
  absl::StatusOr<PartnerPtr> SetAddress(std::string_view organisation, std::string_view address, const Deed& deed);
  // The first half of a removal: policy permits them nothing more, and their feed takes back what they hold. `false`
  // ends that, as long as they are not removed.
  absl::Status SetLeaving(std::string_view organisation, bool leaving, const Deed& deed);
  // Forgets pins, secrets, facts and circles. Keeps the keys that verify what they wrote. A removed partner can pair
  // anew. `what` is the text of the register's entry.
  absl::Status Remove(std::string_view organisation, const std::string& what, const Deed& deed, const AlsoWrite& also);

  // --- Look-ups read a snapshot and never wait for a change that is being written. ---

  PartnerPtr Find(std::string_view organisation) const;  // null if unknown
  // The same for a name that somebody typed. NotFound, with the nearest name that there is.
  absl::StatusOr<PartnerPtr> Named(std::string_view organisation) const;
  PartnerPtr FindByTls(const crypto::Hash& tls_spki) const;  // the live pins; null if unknown
  PartnerPtr FindByFeed(const FeedId& incoming) const;
  std::vector<PartnerPtr> List() const;  // by organisation
  // Every key that may have signed an organisation's records: of the partner, and of removed partners of that name.
  std::vector<checkpoint::VerifierKey> LogKeysOf(std::string_view organisation) const;
  // The same for all organisations.
  std::vector<std::pair<std::string, checkpoint::VerifierKey>> LogKeys() const;
  std::vector<OpenInvitation> OpenInvitations(uint64_t now_ms) const;
  bool InvitationOpen(uint64_t now_ms) const;  // whether somebody with an unknown certificate may introduce themselves
  // The keys with which the door checks that a stranger has the letter of an open invitation of ours. Each is derived
  // from the invitation's secret, which stays here.
  std::vector<crypto::Hash> LetterKeys(uint64_t now_ms) const;
  // The same key for the letter that we accepted, until they have taken our reply.
  std::optional<crypto::Hash> LetterKeyFor(std::string_view organisation) const;
  uint64_t generation() const;  // grows with every change
  // Called after each change, on the thread that made it and without locks held. Register before other threads run.
  void Watch(std::function<void()> on_change);

  // --- Pair secrets. ---

  // The key to seal with today. It follows the clock, never goes back, and is never older than a key that they have
  // used.
  absl::StatusOr<PairPsk> SendingPsk(std::string_view organisation, uint64_t now_ms);
  // The key that a parcel names. OutOfRange if it is too far ahead or already erased.
  absl::StatusOr<PairPsk> ReceivingPsk(std::string_view organisation, uint32_t epoch) const;
  // Call after a parcel under `epoch` has verified: moves the ratchet, and erases keys that are too old.
  absl::Status AdvancePsk(std::string_view organisation, uint32_t epoch);

  // --- Circles. ---

  absl::StatusOr<Circle> CreateCircle(std::string_view name, const Deed& deed);  // AlreadyExists
  absl::StatusOr<Circle> AddToCircle(std::string_view circle, std::string_view organisation, const Deed& deed,
                                     const AlsoWrite& also = {});
  absl::StatusOr<Circle> DropFromCircle(std::string_view circle, std::string_view organisation, const Deed& deed,
                                        const AlsoWrite& also = {});
  absl::Status RemoveCircle(std::string_view circle, const Deed& deed);
  // Its members stay in it. For flow/govern alone, which sees that nobody gets more or less by it. AlreadyExists.
  absl::StatusOr<Circle> RenameCircle(std::string_view circle, std::string_view name, const Deed& deed);
  std::vector<Circle> Circles() const;
  // Whether every circle could be read when the directory was opened. Otherwise nobody knows who is in the others, and
  // a policy may forbid by one: nothing more may be disclosed to anybody.
  bool circles_whole() const;

 private:
  class State;
  explicit Directory(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

// The facts of a partner that policies read.
label::Party PartyOf(const Partner& partner);
// The same for every partner, by organisation. Plans are made for these.
std::vector<label::Party> Parties(const Directory& directory);
// The names that mean somebody here: our own, partners', and those whom we invited. Sorted, unique.
std::vector<std::string> KnownOrganisations(const Directory& directory, uint64_t now_ms);

}  // namespace tidegate::partner

#endif  // TIDEGATE_NODE_PARTNER_PARTNER_H_
