// Verification of one section against its author's log. Private to this room.
#ifndef TIDEGATE_NODE_PARCEL_VERIFY_H_
#define TIDEGATE_NODE_PARCEL_VERIFY_H_

#include <map>

#include "absl/status/statusor.h"
#include "node/parcel/parcel.h"
#include "node/parcel/plaintext.h"

namespace tidegate::parcel {

// Verifies the sections of one parcel in order: a later section of an author must fit what an earlier one said.
class SectionVerifier {
 public:
  explicit SectionVerifier(const OpenContext& context) : context_(context) {}
  absl::StatusOr<OpenedSection> Verify(RawSection raw);

 private:
  absl::Status ReadAuthor(const RawSection& raw, OpenedSection& out) const;
  absl::Status CheckCheckpoint(OpenedSection& out);
  absl::Status CheckAgainstKnown(OpenedSection& out, const KnownCheckpoint& known) const;
  absl::Status Equivocated(const OpenedSection& section, const Hash& known_root) const;
  absl::Status ReadRecords(const RawSection& raw, OpenedSection& out) const;

  const OpenContext& context_;
  std::map<Hash, KnownCheckpoint> latest_;  // of this parcel
};

}  // namespace tidegate::parcel

#endif  // TIDEGATE_NODE_PARCEL_VERIFY_H_
