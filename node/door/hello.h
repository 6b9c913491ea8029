// Reads along what a caller says in clear at the beginning of TLS. A hello may announce 131,396 bytes, and OpenSSL
// takes memory for them at once: callers without a key must not make the door take so much. Private to this room.
#ifndef TIDEGATE_NODE_DOOR_HELLO_H_
#define TIDEGATE_NODE_DOOR_HELLO_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tidegate::door {

inline constexpr size_t kMostHello = 8192;  // a hello has some 600 bytes, 2,000 with keys of post-quantum groups

// Records of RFC 8446 §5.1 and messages of §4, as far as they are in clear.
class HelloWatch {
 public:
  // The next bytes of the connection. False once a message announces more than kMostHello.
  bool Take(std::string_view bytes);

 private:
  bool TakeRecord(std::string_view payload);

  uint8_t head_[5] = {};
  size_t head_bytes_ = 0;
  uint8_t type_ = 0;
  size_t record_left_ = 0;
  uint8_t message_[4] = {};
  size_t message_bytes_ = 0;
  size_t message_left_ = 0;
  bool done_ = false;  // what comes is encrypted, or no TLS
};

}  // namespace tidegate::door

#endif  // TIDEGATE_NODE_DOOR_HELLO_H_
