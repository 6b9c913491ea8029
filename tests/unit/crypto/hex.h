// Known answers are published in hex.
#ifndef TIDEGATE_TESTS_UNIT_CRYPTO_HEX_H_
#define TIDEGATE_TESTS_UNIT_CRYPTO_HEX_H_

#include <string>
#include <string_view>

#include "absl/strings/escaping.h"

namespace tidegate::crypto {

inline std::string FromHex(const char* hex) { return absl::HexStringToBytes(hex); }
inline std::string ToHex(std::string_view bytes) { return absl::BytesToHexString(std::string(bytes)); }

}  // namespace tidegate::crypto

#endif  // TIDEGATE_TESTS_UNIT_CRYPTO_HEX_H_
