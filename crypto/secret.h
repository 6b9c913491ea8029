// Memory for secrets, and randomness.
//
//   Takes    bytes that must not reach a disk, a log or another owner
//   Gives    locked, guarded memory that is zeroised when it is freed; only Expose() reads it
//   Must     never be printed, copied silently or compared in variable time
//   Threads  as an ordinary value: any number of threads may read it
#ifndef TIDEGATE_CRYPTO_SECRET_H_
#define TIDEGATE_CRYPTO_SECRET_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tidegate::crypto {

// Prepares the libraries. Call it once at the start: it gives an error on a machine without randomness. The other
// functions of this room also call it before their first use.
absl::Status InitialiseCrypto();

// Overwrites memory. The compiler may not leave this out.
void Zeroise(void* memory, size_t length);

void FillRandom(std::span<uint8_t> out);
// Fills `out` with the first bytes of the ChaCha20 stream under a random seed of 32 bytes (libsodium's deterministic
// generator). They are the same in each call. To everybody who does not have the seed they look random. At most 2^38
// bytes.
void FillFromSeed(std::span<const uint8_t, 32> seed, std::span<uint8_t> out);
std::string Random(size_t length);
template <size_t N>
std::array<uint8_t, N> RandomArray() {
  std::array<uint8_t, N> bytes;
  FillRandom(bytes);
  return bytes;
}

// A secret whose length is known at run time. The memory lies between guard pages, stays out of swap and core dumps,
// and is zeroised on destruction. Secrets of at most 48 bytes (keys) share such pages; if somebody wrote beyond the end
// of one, the process ends when the secret is freed. Longer ones have pages of their own, which cost some microseconds
// each.
class SecretBytes {
 public:
  SecretBytes() = default;
  // Zero-filled.
  explicit SecretBytes(size_t length);
  // Copies the bytes. The caller must still clear its own copy.
  static SecretBytes CopyOf(std::string_view bytes);
  static SecretBytes Random(size_t length);

  SecretBytes(SecretBytes&& other) noexcept
      : memory_(std::exchange(other.memory_, nullptr)), length_(std::exchange(other.length_, 0)) {}
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes();

  size_t size() const { return length_; }
  bool empty() const { return length_ == 0; }
  // The secret itself. The view must not outlive this object. Do not copy the bytes to the heap.
  std::string_view Expose() const { return {reinterpret_cast<const char*>(memory_), length_}; }
  std::span<uint8_t> ExposeForWriting() { return {memory_, length_}; }
  SecretBytes Clone() const { return CopyOf(Expose()); }

  // Takes the same time for all secrets of equal length.
  friend bool operator==(const SecretBytes& a, const SecretBytes& b);
  friend std::ostream& operator<<(std::ostream&, const SecretBytes&) = delete;

 private:
  uint8_t* memory_ = nullptr;
  size_t length_ = 0;
};

// A secret of N bytes. Otherwise it is like SecretBytes. A Secret that was moved from may be assigned or destroyed, and
// nothing else.
template <size_t N>
class Secret {
 public:
  // Zero-filled.
  Secret() : bytes_(N) {}
  static Secret Random() { return Secret(SecretBytes::Random(N)); }
  // Exactly N bytes, else InvalidArgument.
  static absl::StatusOr<Secret> CopyOf(std::string_view bytes) {
    if (bytes.size() != N) return absl::InvalidArgumentError("crypto: a secret has the wrong length");
    return Secret(SecretBytes::CopyOf(bytes));
  }

  static constexpr size_t size() { return N; }
  std::string_view Expose() const { return bytes_.Expose(); }
  std::span<uint8_t> ExposeForWriting() { return bytes_.ExposeForWriting(); }
  Secret Clone() const { return Secret(bytes_.Clone()); }

  friend bool operator==(const Secret& a, const Secret& b) { return a.bytes_ == b.bytes_; }
  friend std::ostream& operator<<(std::ostream&, const Secret&) = delete;

 private:
  explicit Secret(SecretBytes bytes) : bytes_(std::move(bytes)) {}

  SecretBytes bytes_;
};

// A secret that lives for one function. It lies on the stack and is zeroised at the end. Its memory is not locked and
// not guarded.
template <size_t N>
class Ephemeral {
 public:
  Ephemeral() : bytes_{} {}
  Ephemeral(const Ephemeral&) = default;
  Ephemeral& operator=(const Ephemeral&) = default;
  ~Ephemeral() { Zeroise(bytes_.data(), N); }

  static constexpr size_t size() { return N; }
  std::string_view Expose() const { return {reinterpret_cast<const char*>(bytes_.data()), N}; }
  std::span<uint8_t> ExposeForWriting() { return bytes_; }
  friend std::ostream& operator<<(std::ostream&, const Ephemeral&) = delete;

 private:
  std::array<uint8_t, N> bytes_;
};

}  // namespace tidegate::crypto

#endif  // TIDEGATE_CRYPTO_SECRET_H_
