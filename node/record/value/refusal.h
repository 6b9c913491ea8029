// How the rooms record and value refuse: `record: what, where; what to do`. Messages never quote a field's contents.
// A user knows records and their fields, not our folders: so both rooms say `record`.
#ifndef TIDEGATE_NODE_RECORD_VALUE_REFUSAL_H_
#define TIDEGATE_NODE_RECORD_VALUE_REFUSAL_H_

#include <initializer_list>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "node/record/value/catalogue.h"

namespace tidegate::value {

// The parts one after the other.
inline std::string Joined(std::initializer_list<std::string_view> parts) {
  size_t size = 0;
  for (std::string_view part : parts) size += part.size();
  std::string out;
  out.reserve(size);
  for (std::string_view part : parts) out.append(part);
  return out;
}

// InvalidArgument: `record: ` and the parts.
inline absl::Status Refuse(std::initializer_list<std::string_view> parts) {
  return absl::InvalidArgumentError("record: " + Joined(parts));
}

// InvalidArgument: "record: field `name`: " and the parts.
inline absl::Status RefuseField(const Slot& slot, std::initializer_list<std::string_view> parts) {
  return absl::InvalidArgumentError(Joined({"record: field `", slot.name, "`: "}) + Joined(parts));
}

// The message of a refusal without the room at its beginning, to be used in another refusal.
inline std::string WithoutRoom(const absl::Status& status) {
  std::string_view why(status.message().data(), status.message().size());
  if (const size_t room = why.find(": "); room != std::string_view::npos) why.remove_prefix(room + 2);
  return std::string(why);
}

}  // namespace tidegate::value

#endif  // TIDEGATE_NODE_RECORD_VALUE_REFUSAL_H_
