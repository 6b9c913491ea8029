// Damage to bytes on a disk or a line: a byte changed, an end cut off, a byte more.
#ifndef TIDEGATE_TESTS_PROPERTY_CRYPTO_MUTATIONS_H_
#define TIDEGATE_TESTS_PROPERTY_CRYPTO_MUTATIONS_H_

#include <functional>
#include <string>

#include "tests/property/crypto/dice.h"

namespace tidegate::property {

// Calls `read` with every byte of a short value changed in several ways, and with every cut of it; of a value of more
// than 300 bytes with some of them, others each time. And with one byte more.
inline void Mutate(Dice& dice, const std::string& bytes, const std::function<void(const std::string&)>& read) {
  const size_t step = bytes.size() / 300 + 1;
  for (size_t at = dice.Below(step); at < bytes.size(); at += step) {
    for (const int change : {1, 0x80, 0xff, static_cast<int>(1 + dice.Below(255))}) {
      std::string changed = bytes;
      changed[at] = static_cast<char>(changed[at] ^ change);
      read(changed);
    }
    read(bytes.substr(0, at));
  }
  read(bytes + dice.Bytes(1));
}

}  // namespace tidegate::property

#endif  // TIDEGATE_TESTS_PROPERTY_CRYPTO_MUTATIONS_H_
