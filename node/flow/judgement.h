// Decides what an import does with one item of its source. It compares what the source says now with what the source
// said last, and never with our own changes since.
#ifndef TIDEGATE_NODE_FLOW_JUDGEMENT_H_
#define TIDEGATE_NODE_FLOW_JUDGEMENT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "node/record/record.h"

namespace tidegate::flow {

enum class Verdict : uint8_t {
  kAuthor,         // nothing of it is held
  kUnchanged,      // the source says what it said last, whatever was done here meanwhile
  kOlder,          // an earlier version than the one that is held, or one that does not say which it is
  kSameVersion,    // other contents under the same version: the source broke its own rule
  kAmend,          // changed there, and not here
  kConflict,       // changed there and here
  kCompare,        // it is not known what the source said last: the contents decide
  kOtherProducer,  // another organisation's thing under the same name
  kWithdraw,       // its author takes it back
};
// `held` is what the current revision keeps of its source.
Verdict Judge(const record::SourceWord& now, bool revoked, const record::SourceWord& held);

// One field or marking that differs, in a person's words.
struct Difference {
  std::string field;
  std::string source;
  std::string ours;
  bool operator==(const Difference&) const = default;
};
// At most kMostDifferences, each value cut to kMostValue bytes; empty if and only if both say the same.
inline constexpr size_t kMostDifferences = 20;
inline constexpr size_t kMostValue = 200;
std::vector<Difference> Differences(const record::Draft& source, const record::Draft& ours);

// The draft as it would be signed: never without TLP, with the condition that its tags put on it.
record::Draft AsSigned(record::Draft draft);

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_JUDGEMENT_H_
