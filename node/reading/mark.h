// Up to which arrival somebody has looked at what is new. Private to the room. Format: QUERY.md, "What is new".
#ifndef TIDEGATE_NODE_READING_MARK_H_
#define TIDEGATE_NODE_READING_MARK_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/store/store.h"
#include "policy/policy.h"

namespace tidegate::reading {

// 0: they have not looked yet, or the row is damaged, so everything is new.
absl::StatusOr<uint64_t> MarkOf(const store::Reader& reader, const policy::Principal& who);
// The mark never goes back. InvalidArgument for an arrival that has not come.
absl::Status PutMark(store::WriteTransaction& transaction, const policy::Principal& who, uint64_t arrival);

// The row, as that page has it.
std::string EncodeMark(uint64_t arrival);
absl::StatusOr<uint64_t> DecodeMark(std::string_view bytes);

}  // namespace tidegate::reading

#endif  // TIDEGATE_NODE_READING_MARK_H_
