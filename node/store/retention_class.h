// Retention classes: the class of a value says under which key it is sealed (FORMAT.md, "Retention classes"). Private
// to the room.
#ifndef TIDEGATE_NODE_STORE_RETENTION_CLASS_H_
#define TIDEGATE_NODE_STORE_RETENTION_CLASS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "node/record/record.h"

namespace tidegate::store {

// The class of copies under a legal hold.
inline constexpr std::string_view kCopiesClass = "hold";

// The class of a record: its retention group and the month in which it expires, `mopi-2 2027-03`. A record whose group
// the baseline does not know counts as `none`. The month is left out if the record does not expire, if it had expired
// when it arrived, or if it expires more than twenty years later. For a partner chooses the dates, and each class has a
// key in the keyring.
std::string RetentionClass(const record::Handling& handling, uint64_t arrived_ms);
// The same of a statement. Empty, which is no class, if its handling cannot be read.
std::string RetentionClass(const record::Statement& statement, uint64_t arrived_ms);
// The class without its month.
std::string_view GroupOf(std::string_view retention_class);
// Whether the month of the class ended more than two days ago. By then all records of the class are erased: each is
// erased a day after it expires.
bool HasPassed(std::string_view retention_class, uint64_t now_ms);
// The month of an instant in UTC, counted from January 1970.
int64_t MonthOf(uint64_t ms);

}  // namespace tidegate::store

#endif  // TIDEGATE_NODE_STORE_RETENTION_CLASS_H_
