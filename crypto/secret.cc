#include "crypto/secret.h"

#include <sodium.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

#include "crypto/hash.h"
#include "threads/threads.h"

namespace tidegate::crypto {
namespace {

bool SodiumReady() {
  static const bool ready = sodium_init() >= 0;
  return ready;
}

// Going on without randomness or locked memory would be worse than not going on.
void RequireSodium() {
  if (SodiumReady()) return;
  std::fputs("crypto: libsodium cannot start, probably because the machine has no source of randomness\n", stderr);
  std::abort();
}

// Zero-filled memory between guard pages.
uint8_t* AllocateGuarded(size_t length) {
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

// Keys come and go with every parcel, and a guarded page for each costs ten system calls. Those that are no longer than
// a key share guarded pages instead. Between two of them lie zeros, which are looked at when one goes, as
// sodium_free looks at its canary. A page stays when its keys have gone. Thread-safe.
class Lockers {
 public:
  static constexpr size_t kLongest = 48;

  // Never destroyed: a secret may outlive every other static.
  static Lockers& Get() {
    static auto* const lockers = new Lockers();
    return *lockers;
  }

  uint8_t* Take() {
    threads::MutexLock lock(mutex_);
    if (free_.empty()) {
      uint8_t* const page = AllocateGuarded(kPage);
      for (size_t at = kPage; at > 0; at -= kLocker) free_.push_back(page + at - kLocker);
    }
    uint8_t* const locker = free_.back();
    free_.pop_back();
    return locker;
  }

  void GiveBack(uint8_t* locker, size_t length) {
    if (sodium_is_zero(locker + length, kLocker - length) == 0) {
      std::fputs("crypto: something wrote beyond the end of a secret\n", stderr);
      std::abort();
    }
    sodium_memzero(locker, length);
    threads::MutexLock lock(mutex_);
    free_.push_back(locker);
  }

 private:
  static constexpr size_t kPage = 4096;
  static constexpr size_t kLocker = 64;

  threads::Mutex mutex_;
  std::vector<uint8_t*> free_ ABSL_GUARDED_BY(mutex_);  // zero-filled
};

uint8_t* Allocate(size_t length) {
  if (length == 0) return nullptr;
  return length <= Lockers::kLongest ? Lockers::Get().Take() : AllocateGuarded(length);
}

void Free(uint8_t* memory, size_t length) {
  if (memory == nullptr) return;
  if (length > Lockers::kLongest) return sodium_free(memory);  // which zeroises
  Lockers::Get().GiveBack(memory, length);
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
    Free(memory_, length_);
    memory_ = std::exchange(other.memory_, nullptr);
    length_ = std::exchange(other.length_, 0);
  }
  return *this;
}

SecretBytes::~SecretBytes() { Free(memory_, length_); }

bool operator==(const SecretBytes& a, const SecretBytes& b) { return ConstantTimeEqual(a.Expose(), b.Expose()); }

}  // namespace tidegate::crypto
