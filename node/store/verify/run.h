// One verification: what its passes share. Private to the room.
#ifndef TIDEGATE_NODE_STORE_VERIFY_RUN_H_
#define TIDEGATE_NODE_STORE_VERIFY_RUN_H_

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/hash.h"
#include "node/record/record.h"
#include "node/store/verify/disk.h"
#include "node/store/verify/index.h"
#include "node/store/verify/verify.h"

namespace tidegate::verify {

// FORMAT.md, "Blind keys".
inline constexpr uint16_t kLeafBlind = 0xff01;
inline constexpr uint16_t kRecordBlind = 0xff02;
inline constexpr uint16_t kOriginBlind = 0xff03;
inline constexpr uint16_t kOwnBlind = 0xff04;
inline constexpr uint16_t kParentBlind = 0xff05;
inline constexpr uint16_t kLabelBlind = 0xff06;
inline constexpr uint16_t kInternBlind = 0xff10;
inline constexpr uint16_t kNamedBlind = 0xfe00;
inline constexpr uint16_t kOrderedBlind = 0xfd00;
// FORMAT.md, "Tables".
inline constexpr uint8_t kLabels = 1, kParties = 2, kMarkings = 3;
// FORMAT.md, "Tables", and LEDGER.md.
inline constexpr uint8_t kLogTile = 1, kRegisterTile = 2, kRegisterEntry = 3, kDisclosure = 4, kParcel = 5;
inline constexpr uint8_t kKin = 0xf0;
inline constexpr uint8_t kLedgerTable = 10;

using Digest = std::array<uint8_t, 16>;

// A multiset of (term, number) pairs as the sum of keyed digests: equal sums mean equal multisets.
class PairSum {
 public:
  void Add(const Digest& digest);
  uint64_t count() const { return count_; }
  friend bool operator==(const PairSum&, const PairSum&) = default;

 private:
  uint64_t low_ = 0, high_ = 0, count_ = 0;
};

// A row of `arrivals`, decoded from FORMAT.md.
struct ClaimRow {
  uint32_t giver = 0;
  record::Openings openings;  // empty: all that the view opens
};
struct ArrivalRow {
  uint8_t event = 0;
  uint64_t at_ms = 0;
  bool own = false, erased = false, superseded = false, forked = false, final = false;
  uint32_t label = 0, origin = 0;
  uint64_t log_index = 0, proof = 0, subject = 0;
  std::vector<ClaimRow> claims;
  std::string_view local, view;

  bool is_record() const { return event <= 2; }
  bool recall() const { return event == 2; }
  bool shown() const { return is_record() && !recall() && !erased && !superseded; }
};
bool DecodeArrival(std::string_view plain, ArrivalRow& row);

// A row of `proofs`.
struct ProofRow {
  std::string_view author, giver, note;
  uint64_t log_size = 0;
  std::vector<uint64_t> positions;
  std::vector<crypto::Hash> leaves, proof;
};
bool DecodeProof(std::string_view plain, ProofRow& row);

// The hashes of a log, read from its tiles. The passes mostly ask for them in ascending order.
class LogTiles {
 public:
  LogTiles(Disk& disk, uint8_t table, std::string name) : disk_(disk), table_(table), name_(std::move(name)) {}
  // Reads every tile, and checks that the levels agree and that nothing is missing or too much. Gives the number of
  // leaves.
  void Check();
  uint64_t size() const { return size_; }
  std::optional<crypto::Hash> Leaf(uint64_t index);
  crypto::Hash Root(uint64_t size);  // size is at most size()
  const std::string& name() const { return name_; }

 private:
  std::optional<std::vector<crypto::Hash>> Tile(unsigned level, uint64_t index);

  Disk& disk_;
  const uint8_t table_;
  const std::string name_;
  uint64_t size_ = 0;
  uint64_t cached_ = UINT64_MAX;
  std::vector<crypto::Hash> tile_;
};

struct Run {
  Run(Disk& disk_in, const Options& options_in);

  Disk& disk;
  const Options& options;
  Index index;
  LogTiles author_log, register_log;
  const std::string pair_key;  // fresh for each run

  bool terms_are_known = false;  // the index has this program's terms; else only its layout is checked
  std::vector<bool> log_seen;    // by position in the author's log
  PairSum expected_pairs;
  std::map<std::string, uint64_t> expected_counts;

  // A string under a number, or nullopt with a fault.
  std::optional<std::string> Interned(uint8_t what, uint32_t id, const std::string& where);
  // The number of a string, 0 if it has none.
  uint32_t NumberOf(uint8_t what, std::string_view bytes);
  Digest DigestOf(const vault::BlindTermBytes& term, uint64_t number) const;
  // A blind term in the form in which the index has it.
  vault::BlindTermBytes IndexTerm(uint16_t slot, std::string_view text) const;
  // The names by which a record is found: its leaf and its id.
  std::array<vault::BlindTermBytes, 2> NamesOf(const crypto::Hash& leaf, const record::RecordId& id) const;
  // The terms that a shown record is found by.
  std::vector<vault::BlindTermBytes> TermsOf(const ArrivalRow& row, const record::VerifiedView& view,
                                             std::string_view origin, const record::LocalFacts& local);

 private:
  std::map<std::pair<uint8_t, uint32_t>, std::string> interned_;
};

// The passes, in this order.
void CheckMeta(Run& run);      // tables.cc: format, totals
void CheckLogs(Run& run);      // logs.cc: tiles, stored heads
void CheckArrivals(Run& run);  // arrivals.cc: rows, revisions, proofs' use
void CheckKin(Run& run);       // kin.cc: whose rows an id has
void CheckPostings(Run& run);  // indices.cc
void CheckCounts(Run& run);    // indices.cc
void CheckStrings(Run& run);   // tables.cc: labels, parties, markings
void CheckProofs(Run& run);    // logs.cc
void CheckNamed(Run& run);     // tables.cc
void CheckRegister(Run& run);  // register.cc: entries, parcels, disclosures

}  // namespace tidegate::verify

#endif  // TIDEGATE_NODE_STORE_VERIFY_RUN_H_
