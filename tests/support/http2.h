// HTTP/2 by hand (RFC 9113, RFC 7541), for tests that say what no library would send.
#ifndef TIDEGATE_TESTS_SUPPORT_HTTP2_H_
#define TIDEGATE_TESTS_SUPPORT_HTTP2_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace tidegate::http2 {

inline constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

enum Type : uint8_t {
  kData = 0,
  kHeaders = 1,
  kReset = 3,
  kSettings = 4,
  kPing = 6,
  kGoAway = 7,
  kWindow = 8,
  kContinuation = 9,
};
inline constexpr uint8_t kEndStream = 1, kAck = 1, kEndHeaders = 4;

inline std::string FrameOf(Type type, uint8_t flags, uint32_t stream, std::string_view payload) {
  std::string out;
  for (const int shift : {16, 8, 0}) out += static_cast<char>(payload.size() >> shift);
  out += static_cast<char>(type);
  out += static_cast<char>(flags);
  for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(stream >> shift);
  return out.append(payload);
}

// One header in HPACK: literal, not indexed, without Huffman. Name and value have 126 bytes at most.
inline std::string Literal(std::string_view name, std::string_view value) {
  std::string out(1, '\0');
  out += static_cast<char>(name.size());
  out.append(name);
  out += static_cast<char>(value.size());
  return out.append(value);
}

// The headers of a call of gRPC.
inline std::string RequestHeaders(std::string_view path) {
  return Literal(":method", "POST") + Literal(":scheme", "https") + Literal(":path", path) +
         Literal(":authority", "x") + Literal("content-type", "application/grpc") + Literal("te", "trailers");
}

// One message as gRPC frames it, not compressed.
inline std::string Framed(std::string_view message) {
  std::string out(1, '\0');
  for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(message.size() >> shift);
  return out.append(message);
}

}  // namespace tidegate::http2

#endif  // TIDEGATE_TESTS_SUPPORT_HTTP2_H_
