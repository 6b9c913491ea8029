#include "crypto/secret.h"

#include <sodium.h>

#include <cstdio>
#include <cstdlib>

#include "crypto/hash.h"

namespace tidegate::crypto {
namespace {

bool SodiumReady() {
  static const bool ready = sodium_init() >= 0;
  return ready;
}

// Going on without randomness or locked memory would be worse than not going on.
void RequireSodium() {
  if (SodiumReady()) return;
  std::fputs("crypto: libsodium cannot start, probably for want of a source of randomness\n", stderr);
  std::abort();
}

uint8_t* Allocate(size_t length) {
  if (length == 0) return nullptr;
  RequireSodium();
  // sodium_malloc also asks for locked memory, and goes on when RLIMIT_MEMLOCK forbids it.
  auto* memory = static_cast<uint8_t*>(sodium_malloc(length));
  if (memory == nullptr) {
    std::fprintf(stderr, "crypto: no memory for a secret of %zu bytes\n", length);
    std::abort();
  }
  sodium_memzero(memory, length);
  return memory;
}

}  // namespace

absl::Status InitialiseCrypto() {
  if (SodiumReady()) return absl::OkStatus();
  return absl::InternalError("crypto: libsodium cannot start; check that the machine has a source of randomness");
}

void Zeroise(void* memory, size_t length) { sodium_memzero(memory, length); }

void FillRandom(std::span<uint8_t> out) {
  RequireSodium();
  randombytes_buf(out.data(), out.size());
}

void FillFromSeed(std::span<const uint8_t, 32> seed, std::span<uint8_t> out) {
  static_assert(randombytes_SEEDBYTES == 32);
  RequireSodium();
  randombytes_buf_deterministic(out.data(), out.size(), seed.data());
}

std::string Random(size_t length) {
  std::string bytes(length, '\0');
  FillRandom({reinterpret_cast<uint8_t*>(bytes.data()), bytes.size()});
  return bytes;
}

SecretBytes::SecretBytes(size_t length) : memory_(Allocate(length)), length_(length) {}

SecretBytes SecretBytes::CopyOf(std::string_view bytes) {
  SecretBytes secret(bytes.size());
  if (!bytes.empty()) std::memcpy(secret.memory_, bytes.data(), bytes.size());
  return secret;
}

SecretBytes SecretBytes::Random(size_t length) {
  SecretBytes secret(length);
  FillRandom(secret.ExposeForWriting());
  return secret;
}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this != &other) {
    sodium_free(memory_);
    memory_ = std::exchange(other.memory_, nullptr);
    length_ = std::exchange(other.length_, 0);
  }
  return *this;
}

SecretBytes::~SecretBytes() { sodium_free(memory_); }  // which zeroises, and does nothing for a null pointer

bool operator==(const SecretBytes& a, const SecretBytes& b) { return ConstantTimeEqual(a.Expose(), b.Expose()); }

}  // namespace tidegate::crypto
