// The plaintext of a parcel: PARCEL.md, "Plaintext". Private to this room.
#ifndef TIDEGATE_NODE_PARCEL_PLAINTEXT_H_
#define TIDEGATE_NODE_PARCEL_PLAINTEXT_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/bytes.h"
#include "node/parcel/parcel.h"

namespace tidegate::parcel {

// Takes the plaintext piece by piece.
using PlaintextSink = absl::FunctionRef<absl::Status(std::string_view piece)>;

// Writes the whole plaintext of a request that Seal has checked; fails beyond `limits.plaintext_bytes`.
class SectionWriter {
 public:
  SectionWriter(const Limits& limits, PlaintextSink sink) : limits_(limits), sink_(sink) {}
  absl::Status Write(const SealRequest& request, const Id16& parcel_salt);

 private:
  absl::Status WriteSection(const Section& section);
  void WriteNotices(const SealRequest& request);
  absl::Status GiveIfFull();
  absl::Status Give();

  const Limits& limits_;
  PlaintextSink sink_;
  crypto::ByteWriter piece_;
  uint64_t given_ = 0;
};

// One item as it was read: views into the plaintext. Only its structure and order are checked.
struct RawItem {
  uint64_t log_index = 0;
  std::string_view purpose;
  std::string_view view;
};
struct RawRecall {
  uint64_t log_index = 0;
  std::string_view statement;
};
struct RawSection {
  std::string_view vkey;
  std::string_view note;
  uint64_t linked_size = 0;
  std::vector<Hash> consistency;
  std::vector<Hash> log_proof;
  std::vector<RawItem> items;
  std::vector<RawRecall> recalls;
};
struct RawPlaintext {
  Id16 parcel_salt{};
  std::vector<RawSection> sections;
  std::vector<Withdrawal> withdrawals;
  std::vector<Instant> instants;
  std::vector<WholeRecall> whole_recalls;
  std::string_view next_cursor;
};
absl::StatusOr<RawPlaintext> ReadPlaintext(std::string_view plaintext, const Limits& limits);

}  // namespace tidegate::parcel

#endif  // TIDEGATE_NODE_PARCEL_PLAINTEXT_H_
