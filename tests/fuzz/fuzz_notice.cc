// Key and KEM notices of a node that made them up itself: the signatures are always good.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "node/partner/notice.h"

namespace crypto = tidegate::crypto;
namespace partner = tidegate::partner;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const crypto::SigningKey key = *crypto::SigningKey::FromSeed(std::string(32, 'k'));
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (const auto decoded = partner::SignedNotice::Decode(input); decoded.ok() && decoded->Encode() != input) {
    std::abort();
  }
  partner::SignedNotice notice;
  notice.bytes = std::string(input);
  // The notice names its own signer: wherever the input says `K` 32 times, that is our key.
  const std::string placeholder(32, 'K');
  if (const size_t at = notice.bytes.find(placeholder); at != std::string::npos) {
    std::copy(key.public_key().begin(), key.public_key().end(), notice.bytes.begin() + static_cast<ptrdiff_t>(at));
  }
  notice.signature = key.Sign(notice.bytes);
  if (const auto keys = partner::ReadKeyNotice(notice); keys.ok()) {
    if (!(partner::SignKeyNotice(*keys, key).bytes == notice.bytes)) std::abort();
  }
  partner::KeyNotice sender;
  sender.names = {"example", "harbour", "node1"};
  sender.delivery_key = key.public_key();
  if (const auto kem = partner::ReadKemNotice(notice, sender); kem.ok()) {
    if (partner::SignKemNotice(*kem, key).bytes != notice.bytes) std::abort();
  }
  return 0;
}
