// The canonical encoding of values, for callers that encode many. They can encode into their own buffer, or in one pass
// with the checks. RECORD.md, "Encodings".
#ifndef TIDEGATE_NODE_RECORD_VALUE_ENCODING_H_
#define TIDEGATE_NODE_RECORD_VALUE_ENCODING_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "crypto/bytes.h"
#include "node/record/value/value.h"

namespace tidegate::value {

// EncodeValue(slot, value).size().
size_t EncodedSize(const Slot& slot, const Value& value);
// Writes what EncodeValue gives.
void AppendValue(const Slot& slot, const Value& value, crypto::ByteWriter& out);
// ValidateValue, then EncodeValue.
absl::StatusOr<std::string> EncodeValidValue(const Slot& slot, const Value& value);

}  // namespace tidegate::value

#endif  // TIDEGATE_NODE_RECORD_VALUE_ENCODING_H_
