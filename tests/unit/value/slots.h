// Fields of the catalogue by their names, for tests of values and of records.
#ifndef TIDEGATE_TESTS_UNIT_VALUE_SLOTS_H_
#define TIDEGATE_TESTS_UNIT_VALUE_SLOTS_H_

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "node/record/value/value.h"

namespace tidegate::value {

inline const Slot& SlotOf(std::string_view kind, std::string_view name) {
  const Kind* found = Catalogue::FindKind(kind);
  EXPECT_NE(found, nullptr) << kind;
  const Slot* slot = found->FindSlot(name);
  EXPECT_NE(slot, nullptr) << name;
  return *slot;
}

inline std::string Message(const absl::Status& status) { return std::string(status.message()); }

}  // namespace tidegate::value

#endif  // TIDEGATE_TESTS_UNIT_VALUE_SLOTS_H_
