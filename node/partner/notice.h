// Making notices, and the checks that identities and notices share. Private to this room.
#ifndef TIDEGATE_NODE_PARTNER_NOTICE_H_
#define TIDEGATE_NODE_PARTNER_NOTICE_H_

#include <string_view>

#include "absl/status/status.h"
#include "node/partner/identity.h"

namespace tidegate::partner {

absl::Status CheckNames(const Names& names);
absl::Status CheckPlace(std::string_view sector, std::string_view country);

// The keys must be those that the notice names.
SignedNotice SignKeyNotice(const KeyNotice& notice, const crypto::SigningKey& governance);
SignedNotice SignKemNotice(const KemNotice& notice, const crypto::SigningKey& delivery);

}  // namespace tidegate::partner

#endif  // TIDEGATE_NODE_PARTNER_NOTICE_H_
