// A stream's chunks from outside. Random chunks never open; a true stream with the input laid over it opens only if the
// input changed nothing.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/envelope/envelope.h"

namespace envelope = tidegate::envelope;

namespace {

constexpr envelope::StreamShape kShape{64, 16};

struct Parcel {
  envelope::Encapsulated enc{};
  envelope::StreamClaims claims;
  std::vector<std::string> chunks;
};

const tidegate::crypto::AgreementKey& Key() {
  static const auto key = tidegate::crypto::AgreementKey::Generate();
  return key;
}

Parcel MakeParcel() {
  auto sender = envelope::SetupSender(envelope::AeadId::kAes256Gcm, Key().public_key(), "info");
  Parcel parcel;
  parcel.enc = sender->enc;
  const auto sink = [&](std::string chunk) {
    parcel.chunks.push_back(std::move(chunk));
    return absl::OkStatus();
  };
  auto sealer = envelope::StreamSealer::Create(std::move(sender->context), kShape);
  if (!sealer->Write(std::string(150, 'p'), sink).ok()) std::abort();
  parcel.claims = *sealer->Finish(sink);
  return parcel;
}

bool Opens(const Parcel& parcel) {
  auto context = envelope::SetupRecipient(envelope::AeadId::kAes256Gcm, Key(), parcel.enc, "info");
  if (!context.ok()) return false;
  auto opener = envelope::StreamOpener::Create(*std::move(context), parcel.claims, kShape);
  if (!opener.ok()) return false;
  std::string plaintext;
  for (const std::string& chunk : parcel.chunks) {
    const auto part = opener->Open(chunk);
    if (!part.ok()) return false;
    plaintext += *part;
  }
  if (!opener->Finish().ok()) return false;
  if (plaintext != std::string(150, 'p')) std::abort();
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Parcel good = MakeParcel();
  std::string_view input(reinterpret_cast<const char*>(data), size);
  Parcel parcel = good;
  if (input.empty()) return Opens(parcel) ? 0 : (std::abort(), 0);
  const uint8_t way = static_cast<uint8_t>(input[0]);
  input.remove_prefix(1);
  if (way % 2 == 0) {
    parcel.chunks.clear();
    while (!input.empty()) {
      const size_t length = std::min<size_t>(static_cast<uint8_t>(input[0]), input.size() - 1);
      parcel.chunks.emplace_back(input.substr(1, length));
      input.remove_prefix(1 + length);
    }
    parcel.claims.chunks = std::max<uint32_t>(1, way / 2);
    if (Opens(parcel)) std::abort();
    return 0;
  }
  size_t at = way / 2;
  bool changed = false;
  for (const char byte : input) {
    std::string& chunk = parcel.chunks[at % parcel.chunks.size()];
    chunk[at / 3 % chunk.size()] = static_cast<char>(chunk[at / 3 % chunk.size()] ^ byte);
    ++at;
  }
  for (size_t i = 0; i < parcel.chunks.size(); ++i) changed = changed || parcel.chunks[i] != good.chunks[i];
  if (Opens(parcel) == changed) std::abort();
  return 0;
}
