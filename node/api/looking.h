// What every look at a record needs.
#ifndef TIDEGATE_NODE_API_LOOKING_H_
#define TIDEGATE_NODE_API_LOOKING_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/api/rooms.h"
#include "tidegate/v1/operator.pb.h"

namespace tidegate::api {

// The entry in the register that DPA 2018 s.62 asks for: who consulted which records, when and why. Durable on return,
// so that nothing is shown that was not recorded.
absl::Status RecordAccess(const Rooms& rooms, const policy::Principal& who, const std::string& reason,
                          std::string_view verb, std::vector<record::RecordId> records,
                          std::vector<vault::BlindTermBytes> asked = {});

// InvalidArgument for a reason that is too long. Whether there is one is for policy to ask.
absl::Status CheckReason(const std::string& reason);

// What policy said; for want of a reason it says how to give one.
absl::Status RefusedFor(const policy::Refusal& refusal, const std::string& reason);

// SCHEME:VALUE, as a search takes it.
absl::StatusOr<record::Term> IdentifierTermOf(const std::string& identifier);

// The record with this id as it is held now: its newest revision. NotFound, or InvalidArgument for what is no id.
absl::StatusOr<store::StoredRecord> HeldRecord(const store::Reader& reader, std::string_view id);

}  // namespace tidegate::api

#endif  // TIDEGATE_NODE_API_LOOKING_H_
