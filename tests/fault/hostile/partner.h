// A partner that lies: keys, pairing and log of its own, and nothing of a node's manners. It answers the node when it
// dials (what the node follows is what Send sends), and dials the node itself (Caller).
#ifndef TIDEGATE_TESTS_FAULT_HOSTILE_PARTNER_H_
#define TIDEGATE_TESTS_FAULT_HOSTILE_PARTNER_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "node/parcel/parcel.h"
#include "node/partner/partner.h"
#include "node/store/store.h"
#include "tests/fault/hostile/caller.h"
#include "tests/fault/hostile/forger.h"

namespace tidegate::hostile {

class Partner {
 public:
  static absl::StatusOr<std::unique_ptr<Partner>> Make(const std::string& folder, const std::string& organisation,
                                                       const std::string& sector);
  ~Partner();
  Partner(const Partner&) = delete;
  Partner& operator=(const Partner&) = delete;

  // --- Pairing, as its operator would. ---

  // Takes a node's invitation and tells it so. Gives the fingerprint that the node's operator is to confirm.
  absl::StatusOr<std::string> Accept(const std::string& invitation, const std::string& fingerprint,
                                     const std::string& node_address);
  // Only the first half: replies to the node's invitation. Returns the node's answer.
  absl::StatusOr<grpc::Status> Reply(const std::string& invitation, const std::string& code);
  absl::Status IntroduceHonestly();
  // Waits until the node follows.
  absl::Status AwaitStream();
  // Stops answering, so that somebody else can answer in its place. Returns the port.
  int StopServing();

  // --- What the node gets when it follows. ---

  // A parcel of these records, forged as `lie` says, sent in the node's stream. Gives the node's receipt, or
  // DeadlineExceeded where none came: then the node's log says what it thought of it. A receipt that stores moves this
  // partner's log and cursor, so that the next honest parcel fits.
  absl::StatusOr<parcel::Receipt> Send(Contents contents, const Lie& lie = {});
  // The receipts that came for parcels so far.
  size_t receipts() const;

  // --- Its tools. ---

  const std::string& organisation() const;
  const partner::Identity& identity() const;
  partner::PartnerPtr victim() const;  // the node, as this partner knows it
  partner::Directory& directory();
  Forger& forger();
  // A line to the node with this partner's own certificate.
  Caller Dial() const;
  v1::Introduction HonestIntroduction() const;
  // The next key notice. Its own governance key signs anything.
  std::string NextKeyNotice(const std::function<void(partner::KeyNotice&)>& change) const;

 private:
  class Service;
  struct Parts;
  explicit Partner(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

// "refused by seal", as Outcome says it, from a receipt that refuses.
std::string RefusedBy(const parcel::Receipt& receipt);

}  // namespace tidegate::hostile

#endif  // TIDEGATE_TESTS_FAULT_HOSTILE_PARTNER_H_
