// Makes parcels with the keys that a partner really has. Each part of one can be lied about.
#ifndef TIDEGATE_TESTS_FAULT_HOSTILE_FORGER_H_
#define TIDEGATE_TESTS_FAULT_HOSTILE_FORGER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "crypto/sign.h"
#include "node/parcel/parcel.h"
#include "node/partner/partner.h"
#include "node/record/record.h"

namespace tidegate::hostile {

// The contents of a parcel.
struct Contents {
  std::vector<record::VerifiedView> records;
  std::vector<record::VerifiedView> recalls;  // by record::CommitRecall
  std::vector<parcel::Withdrawal> withdrawals;
};

// Hooks that make a parcel differ from an honest one. Each is called at its moment; an honest parcel has none.
struct Lie {
  std::function<void(parcel::SealRequest&)> request = {};
  std::function<void(parcel::Section&)> section = {};
  std::function<void(std::string& plaintext)> plaintext = {};
  std::function<void(parcel::Manifest&)> manifest = {};  // before it is signed
  std::function<void(parcel::Sealed&)> sealed = {};      // the finished parcel
  std::optional<crypto::PublicKey> kem = std::nullopt;   // seal to this key instead of the node's
};

class Forger {
 public:
  explicit Forger(const partner::Identity& identity) : identity_(identity) {}

  // A report of this partner's, with this id and these other fields (name, text).
  using Fields = std::vector<std::pair<std::string, std::string>>;
  record::VerifiedView Report(const std::string& title, const Fields& handling = {},
                              std::optional<record::RecordId> id = std::nullopt) const;
  // The same with another author's fingerprint in it.
  record::VerifiedView ReportBy(const crypto::Hash& author, const std::string& title) const;
  // Appends a leaf to this partner's log.
  uint64_t Append(const crypto::Hash& leaf);
  // Makes the log as long as it was; for lies that were not taken.
  void Forget(size_t size) { leaves_.resize(size); }
  size_t log_size() const { return leaves_.size(); }
  // A checkpoint of the first `size` leaves, signed; under another root or by another key where these are given.
  std::string Note(uint64_t size, std::optional<crypto::Hash> root = std::nullopt,
                   const crypto::SigningKey* key = nullptr) const;
  // From `old_size` to the log as it is; empty if there is nothing to prove.
  std::vector<crypto::Hash> Consistency(uint64_t old_size) const;

  // A parcel for `node` that continues `cursor`; the log of this partner that the node knows has `linked` leaves.
  struct Place {
    partner::PartnerPtr node;
    std::string_view psk;
    uint32_t psk_epoch = 0;
    std::string cursor, next_cursor;
    uint64_t seq = 0;
    uint64_t linked = 0;
  };
  parcel::Sealed Make(const Place& place, Contents contents, const Lie& lie);

 private:
  parcel::Section MakeSection(const Place& place, Contents& contents);

  const partner::Identity& identity_;
  std::vector<crypto::Hash> leaves_;
};

}  // namespace tidegate::hostile

#endif  // TIDEGATE_TESTS_FAULT_HOSTILE_FORGER_H_
