// Canonical bytes: the one writer and the one reader of every binary layout in this project.
//
//   Takes    integers, byte strings; for the reader, untrusted bytes
//   Gives    big-endian layouts; `LPn` is an n-bit length and then the bytes
//   Must     never allocate memory for a length that was read: the reader hands out views into its input
//   Threads  a writer or reader belongs to one thread
//   Spec     crypto/CRYPTO.md, "Notation"
#ifndef TIDEGATE_CRYPTO_BYTES_H_
#define TIDEGATE_CRYPTO_BYTES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"

namespace tidegate::crypto {

// The same bytes in the type that C libraries take.
inline const unsigned char* Octets(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

// Appends to a string that it owns. Callers bound what they write: a length that does not fit its prefix is an error of
// our code, not of outside data, and ends the process.
class ByteWriter {
 public:
  ByteWriter() = default;
  explicit ByteWriter(size_t expected_size) { out_.reserve(expected_size); }

  ByteWriter& U8(uint8_t value) { return BigEndian<1>(value); }
  ByteWriter& U16(uint16_t value) { return BigEndian<2>(value); }
  ByteWriter& U32(uint32_t value) { return BigEndian<4>(value); }
  ByteWriter& U64(uint64_t value) { return BigEndian<8>(value); }
  ByteWriter& Raw(std::string_view bytes) {
    out_.append(bytes);
    return *this;
  }
  template <size_t N>
  ByteWriter& Raw(const std::array<uint8_t, N>& bytes) {
    out_.append(reinterpret_cast<const char*>(bytes.data()), N);
    return *this;
  }
  ByteWriter& Lp8(std::string_view bytes) { return U8(static_cast<uint8_t>(Fit(bytes, 0xff))).Raw(bytes); }
  ByteWriter& Lp16(std::string_view bytes) { return U16(static_cast<uint16_t>(Fit(bytes, 0xffff))).Raw(bytes); }
  ByteWriter& Lp32(std::string_view bytes) { return U32(static_cast<uint32_t>(Fit(bytes, 0xffffffff))).Raw(bytes); }

  size_t size() const { return out_.size(); }
  std::string_view view() const { return out_; }
  std::string Take() { return std::exchange(out_, {}); }

 private:
  template <size_t N>
  ByteWriter& BigEndian(uint64_t value) {
    char bytes[N];
    for (size_t i = 0; i < N; ++i) bytes[i] = static_cast<char>(value >> (8 * (N - 1 - i)));
    out_.append(bytes, N);
    return *this;
  }
  static size_t Fit(std::string_view bytes, size_t limit) {
    if (bytes.size() > limit) DieOfLength(bytes.size(), limit);
    return bytes.size();
  }
  [[noreturn]] static void DieOfLength(size_t length, size_t limit);

  std::string out_;
};

// Reads strictly. After the first read past the end, the reader stays in error, and every further read gives zero or an
// empty view. So a parser can read a whole layout and ask once whether it went well. The views live as long as the
// input.
class ByteReader {
 public:
  explicit ByteReader(std::string_view input) : input_(input) {}

  uint8_t U8() { return static_cast<uint8_t>(BigEndian<1>()); }
  uint16_t U16() { return static_cast<uint16_t>(BigEndian<2>()); }
  uint32_t U32() { return static_cast<uint32_t>(BigEndian<4>()); }
  uint64_t U64() { return BigEndian<8>(); }
  std::string_view Raw(uint64_t length) {
    if (!ok_ || length > remaining()) {
      ok_ = false;
      return {};
    }
    std::string_view bytes = input_.substr(at_, length);
    at_ += length;
    return bytes;
  }
  std::string_view Lp8() { return Raw(U8()); }
  std::string_view Lp16() { return Raw(U16()); }
  std::string_view Lp32() { return Raw(U32()); }
  // A field of fixed size, such as a hash. All zero after an error.
  template <size_t N>
  std::array<uint8_t, N> Array() {
    std::array<uint8_t, N> value{};
    std::string_view bytes = Raw(N);
    if (bytes.size() == N) std::memcpy(value.data(), bytes.data(), N);
    return value;
  }

  bool ok() const { return ok_; }
  size_t remaining() const { return ok_ ? input_.size() - at_ : 0; }
  // How many bytes were read; after an error, the position where it happened.
  size_t position() const { return at_; }
  // For a caller that finds a wrong value: puts the reader in error.
  void Fail() { ok_ = false; }
  // OK if no read failed and no byte is left. `what` names the layout ("keyring", "statement"). The message has
  // positions and never contents.
  absl::Status Finish(std::string_view what) const;

 private:
  template <size_t N>
  uint64_t BigEndian() {
    std::string_view bytes = Raw(N);
    uint64_t value = 0;
    for (char byte : bytes) value = value << 8 | static_cast<uint8_t>(byte);
    return value;
  }

  std::string_view input_;
  size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace tidegate::crypto

#endif  // TIDEGATE_CRYPTO_BYTES_H_
