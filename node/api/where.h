// --where FIELD=VALUE: which of our own records are meant.
#ifndef TIDEGATE_NODE_API_WHERE_H_
#define TIDEGATE_NODE_API_WHERE_H_

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "node/reading/reading.h"
#include "node/record/record.h"
#include "tidegate/v1/operator.pb.h"

namespace tidegate::api {

// The part of the conditions that the index answers, and the part that each found record is asked. A record must meet
// all conditions that are given.
struct Where {
  search::Question question;
  std::optional<record::Tlp> tlp;  // as it counts: a record without one is RED
  std::vector<std::string> tags;   // the node's own, or codes of the field `tags`
  uint64_t since_ms = 0;           // when we last wrote the record
  uint64_t until_ms = std::numeric_limits<uint64_t>::max();

  bool Holds(const reading::Seen& seen) const;
};

// InvalidArgument names what nothing can say.
absl::StatusOr<Where> WhereOf(const google::protobuf::RepeatedPtrField<v1::Assignment>& where);

}  // namespace tidegate::api

#endif  // TIDEGATE_NODE_API_WHERE_H_
