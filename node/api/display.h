// Records as operators see them: the messages of operator.proto. Every display begins with its handling.
#ifndef TIDEGATE_NODE_API_DISPLAY_H_
#define TIDEGATE_NODE_API_DISPLAY_H_

#include <cstdint>
#include <string>

#include "node/record/record.h"
#include "tidegate/v1/operator.pb.h"

namespace tidegate::api {

// RFC 3339 in UTC, to the second; empty for 0.
std::string FormatTime(uint64_t unix_ms);

// Kind, ids, revision, handling, opened fields, the count of slots that are not open, and a title.
void DisplayView(const record::VerifiedView& view, v1::Record* out);

// The sentence that says how a record must be handled: TLP, grade, conditions, PAP and what may be done onward.
std::string HandlingLine(const record::Handling& handling);

// Lower-case hex of a hash, as displays and the command line show it.
std::string HexOf(const crypto::Hash& hash);

}  // namespace tidegate::api

#endif  // TIDEGATE_NODE_API_DISPLAY_H_
