#include <array>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "crypto/checkpoint/checkpoint.h"

namespace tidegate::checkpoint {
namespace {

// The signature type of a plain Ed25519 note signature.
constexpr char kEd25519 = 0x01;

absl::Status BadKey(const char* why) {
  return absl::InvalidArgumentError(absl::StrCat("checkpoint: verifier key ", why));
}

// The length of the UTF-8 sequence at the start of `text`, or 0 if there is none; `code` gets the character.
size_t DecodeUtf8(std::string_view text, uint32_t& code) {
  const auto lead = static_cast<uint8_t>(text[0]);
  const size_t length = lead < 0x80 ? 1 : lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3 : lead >> 3 == 30 ? 4 : 0;
  if (length == 0 || length > text.size()) return 0;
  code = length == 1 ? lead : lead & (0x7fU >> length);
  for (size_t i = 1; i < length; ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    if (byte >> 6 != 2) return 0;
    code = code << 6 | (byte & 0x3fU);
  }
  constexpr std::array<uint32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  return code < kLeast[length] || code > 0x10ffff || surrogate ? 0 : length;
}

bool IsSpace(uint32_t code) {
  return code == ' ' || code == 0x85 || code == 0xa0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200a) ||
         code == 0x2028 || code == 0x2029 || code == 0x202f || code == 0x205f || code == 0x3000;
}

}  // namespace

absl::Status CheckName(std::string_view name) {
  const auto bad = [](const char* why) {
    return absl::InvalidArgumentError(absl::StrCat("checkpoint: a key name or origin ", why));
  };
  if (name.empty()) return bad("is empty");
  if (name.size() > kMaxOriginSize) return bad("is too long");
  while (!name.empty()) {
    uint32_t code = 0;
    const size_t length = DecodeUtf8(name, code);
    if (length == 0) return bad("is not UTF-8");
    if (code < 0x20 || code == 0x7f) return bad("has a control character");
    if (code == '+' || IsSpace(code)) return bad("has a space or `+`");
    name.remove_prefix(length);
  }
  return absl::OkStatus();
}

uint32_t KeyId(const VerifierKey& key) {
  const crypto::Hash hash =
      crypto::HashOf({key.name, "\n", std::string_view(&kEd25519, 1), crypto::View(key.public_key)});
  return uint32_t{hash[0]} << 24 | uint32_t{hash[1]} << 16 | uint32_t{hash[2]} << 8 | hash[3];
}

std::string PrintVerifierKey(const VerifierKey& key) {
  const std::string typed = kEd25519 + std::string(crypto::View(key.public_key));
  return absl::StrCat(key.name, "+", absl::Hex(KeyId(key), absl::kZeroPad8), "+", Base64Encode(typed));
}

absl::StatusOr<VerifierKey> ParseVerifierKey(std::string_view vkey) {
  if (vkey.size() > kMaxOriginSize + 128) return BadKey("is too long");
  // A name has no plus, and base64 may: so the first two divide.
  const size_t first = vkey.find('+');
  const size_t second = first == vkey.npos ? vkey.npos : vkey.find('+', first + 1);
  if (second == vkey.npos) return BadKey("is not `name+id+key`");
  VerifierKey key;
  key.name = vkey.substr(0, first);
  if (absl::Status status = CheckName(key.name); !status.ok()) return status;
  absl::StatusOr<std::string> typed = Base64Decode(vkey.substr(second + 1));
  if (!typed.ok()) return typed.status();
  if (typed->empty() || typed->front() != kEd25519) return BadKey("is not of the Ed25519 type");
  absl::StatusOr<crypto::PublicKey> public_key = crypto::PublicKeyFrom(std::string_view(*typed).substr(1));
  if (!public_key.ok()) return public_key.status();
  key.public_key = *public_key;
  if (PrintVerifierKey(key) != vkey) return BadKey("has an id that is not its own");
  return key;
}

}  // namespace tidegate::checkpoint
