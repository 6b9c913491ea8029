// HTTP/2 frames and HPACK written by hand, for those who keep no rule: no library would send them.
#ifndef TIDEGATE_TESTS_SUPPORT_H2_FRAMES_H_
#define TIDEGATE_TESTS_SUPPORT_H2_FRAMES_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace tidegate::h2 {

inline constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

enum Type : uint8_t {
  kData = 0,
  kHeaders = 1,
  kReset = 3,
  kSettings = 4,
  kPushPromise = 5,
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

// HPACK, literal and not indexed, without Huffman; both shorter than 127 bytes.
inline std::string Literal(std::string_view name, std::string_view value) {
  std::string out(1, '\0');
  out += static_cast<char>(name.size());
  out.append(name);
  out += static_cast<char>(value.size());
  return out.append(value);
}

inline std::string RequestHeaders(std::string_view path) {
  return Literal(":method", "POST") + Literal(":scheme", "https") + Literal(":path", path) +
         Literal(":authority", "x") + Literal("content-type", "application/grpc") + Literal("te", "trailers");
}
inline std::string AnswerHeaders() { return Literal(":status", "200") + Literal("content-type", "application/grpc"); }
inline std::string Trailer(std::string_view status) { return Literal("grpc-status", status); }

// A field whose value is announced as one gibibyte.
inline std::string GibibyteField() { return std::string("\0\x7f\x81\xff\xff\xff\x03", 7); }
// One entry that fills the table of HPACK; each further byte \xbe stands for all of it.
inline std::string TableFiller() {
  std::string out("\x40\x01x\x7f", 4);
  out += static_cast<char>(0x80 | ((3900 - 127) & 0x7f));
  out += static_cast<char>((3900 - 127) >> 7);
  return out.append(3900, 'v');
}

// One message as gRPC frames it; `announced` where it lies about its length.
inline std::string Framed(std::string_view message, size_t announced) {
  std::string out(1, '\0');
  for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(announced >> shift);
  return out.append(message);
}
inline std::string Framed(std::string_view message) { return Framed(message, message.size()); }

}  // namespace tidegate::h2

#endif  // TIDEGATE_TESTS_SUPPORT_H2_FRAMES_H_
