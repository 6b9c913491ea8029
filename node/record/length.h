// How a view in bytes writes lengths.
#ifndef TIDEGATE_NODE_RECORD_LENGTH_H_
#define TIDEGATE_NODE_RECORD_LENGTH_H_

#include <cstddef>
#include <cstdint>

#include "crypto/bytes.h"

namespace tidegate::record {

// Unsigned LEB128. Most values and all attributes are shorter than 128 bytes, and a record has many of them.
inline void PutLength(crypto::ByteWriter& out, size_t length) {
  for (; length >= 0x80; length >>= 7) out.U8(static_cast<uint8_t>(length | 0x80));
  out.U8(static_cast<uint8_t>(length));
}

// Takes the shortest form only, of at most four bytes; otherwise the reader fails.
inline size_t ReadLength(crypto::ByteReader& in) {
  size_t length = 0;
  for (int shift = 0; shift < 28; shift += 7) {
    const uint8_t byte = in.U8();
    length |= static_cast<size_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) != 0) continue;
    if (byte == 0 && shift > 0) break;
    return length;
  }
  in.Fail();
  return 0;
}

}  // namespace tidegate::record

#endif  // TIDEGATE_NODE_RECORD_LENGTH_H_
