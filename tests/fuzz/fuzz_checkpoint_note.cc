// Notes, verifier keys and base64 from outside. Each has one form: printing what was read gives the same bytes.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "crypto/checkpoint/checkpoint.h"

namespace checkpoint = tidegate::checkpoint;
namespace crypto = tidegate::crypto;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  static const crypto::SigningKey key = *crypto::SigningKey::FromSeed(std::string(32, 'k'));

  if (const auto bytes = checkpoint::Base64Decode(input); bytes.ok() && checkpoint::Base64Encode(*bytes) != input) {
    std::abort();
  }
  if (const auto vkey = checkpoint::ParseVerifierKey(input); vkey.ok() && PrintVerifierKey(*vkey) != input)
    std::abort();

  const absl::StatusOr<checkpoint::Checkpoint> head = checkpoint::ReadUnverified(input);
  if (!head.ok()) return 0;
  const checkpoint::VerifierKey verifier{head->origin, key.public_key()};
  const absl::StatusOr<std::string> note = checkpoint::SignCheckpoint(*head, key);
  if (!note.ok()) std::abort();
  // The text that was read is the text that we would have signed, and ours verifies.
  const size_t end = note->find("\n\n");
  if (input.substr(0, end + 2) != note->substr(0, end + 2)) std::abort();
  const absl::StatusOr<checkpoint::Checkpoint> again = checkpoint::VerifyCheckpoint(*note, verifier);
  if (!again.ok() || !(*again == *head)) std::abort();
  const absl::StatusOr<checkpoint::Checkpoint> verified = checkpoint::VerifyCheckpoint(input, verifier);
  if (verified.ok() && !(*verified == *head)) std::abort();
  return 0;
}
