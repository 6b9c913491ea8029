// Who asks, and the gate through which what they may read passes.
#ifndef TIDEGATE_NODE_API_ASKER_H_
#define TIDEGATE_NODE_API_ASKER_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/api/api.h"

namespace tidegate::api {

inline constexpr size_t kMostUserBytes = 200;
inline constexpr size_t kMostReasonBytes = 2000;

// A request's asker with bounds checked. Where nobody is named it is the owner of the socket.
struct Asker {
  std::string user;
  std::string reason;
  bool named = false;  // somebody said who they are

  static absl::StatusOr<Asker> From(const v1::Asker& message);
};

// The entry in the register that DPA 2018 s.62 asks for: who consulted which records, when and why. Durable on return,
// so that nothing is shown that was not recorded.
absl::Status RecordAccess(const Rooms& rooms, const Asker& asker, std::string_view verb,
                          std::vector<record::RecordId> records);

// The record with this id as it is held now: its newest revision. NotFound, or InvalidArgument for what is no id.
absl::StatusOr<store::StoredRecord> HeldRecord(const store::Reader& reader, std::string_view id);

}  // namespace tidegate::api

#endif  // TIDEGATE_NODE_API_ASKER_H_
