// No record is sealed without a Disclosure.
#include "node/parcel/parcel.h"

namespace tidegate::parcel {

absl::StatusOr<Item> Seal(const record::View& held, policy::Disclosure disclosure) {
#ifdef WITHOUT_THE_GATE
  static_cast<void>(disclosure);
  return Item::Make(held, "bank", 0, 0);
#else
  return Item::Make(held, std::move(disclosure), "bank", 0, 0);
#endif
}

}  // namespace tidegate::parcel
