// Telephone numbers in the one form of ITU-T E.164, so that one number written in two ways is found once.
#ifndef TIDEGATE_NODE_RECORD_VALUE_TELEPHONE_H_
#define TIDEGATE_NODE_RECORD_VALUE_TELEPHONE_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace tidegate::value {

// Gives `+` and the digits. `home` is the country whose national numbers are meant (a code of the list "country"). A
// number without its country is refused if `home` is empty, or if it is not a number of that country: it would match
// nothing.
absl::StatusOr<std::string> CanonicalTelephone(std::string_view text, std::string_view home);

// Whether a number, as CanonicalTelephone gives it, has the length of a complete number of its country. Plans grow, so
// a new number can be unknown here.
bool IsOfKnownLength(std::string_view telephone);

}  // namespace tidegate::value

#endif  // TIDEGATE_NODE_RECORD_VALUE_TELEPHONE_H_
