// The checkpoints of authors' logs that this node has accepted. A forked log is found by them.
#ifndef TIDEGATE_NODE_FLOW_KNOWN_CHECKPOINTS_H_
#define TIDEGATE_NODE_FLOW_KNOWN_CHECKPOINTS_H_

#include <map>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/parcel/parcel.h"
#include "node/partner/partner.h"
#include "node/store/store.h"

namespace tidegate::flow {

// Those of one path, loaded for one parcel.
class KnownCheckpoints final : public parcel::CheckpointMemory {
 public:
  static absl::StatusOr<KnownCheckpoints> Load(const store::Reader& reader, const partner::Partner& sender);
  // Remembers a section's checkpoint if it is the largest of its author on this path.
  static absl::Status Save(store::WriteTransaction& transaction, const partner::Partner& sender,
                           const parcel::OpenedSection& section);

  // The same in memory, for a parcel that follows one that is not stored yet.
  void Take(const parcel::OpenedSection& section);

  std::optional<parcel::KnownCheckpoint> LastOnPath(const crypto::Hash& author_fpr) const override;
  std::optional<crypto::Hash> RootAt(const crypto::Hash& author_fpr, uint64_t size) const override;

 private:
  std::map<crypto::Hash, parcel::KnownCheckpoint> last_;
};

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_KNOWN_CHECKPOINTS_H_
