#include "node/passphrase.h"

#include <bitset>

#include "absl/strings/str_cat.h"
#include "crypto/vault/vault.h"

namespace tidegate::node {
namespace {

constexpr size_t kMostPassphraseBytes = 4096;
constexpr size_t kLeastCharacters = 15;  // NIST SP 800-63B-4, 3.1.1.2: a password that is the only factor
constexpr size_t kLeastDifferent = 8;

// How long the piece is that the text repeats: its own length where it repeats none.
size_t PieceLength(std::string_view text) {
  for (size_t length = 1; length < text.size(); ++length) {
    if (text.substr(length) == text.substr(0, text.size() - length)) return length;
  }
  return text.size();
}

}  // namespace

absl::StatusOr<crypto::SecretBytes> ReadPassphrase(const std::string& path) {
  const absl::StatusOr<crypto::SecretBytes> file =
      vault::ReadPrivateFile(path, kMostPassphraseBytes, "passphrase file");
  if (!file.ok()) return file.status();
  std::string_view passphrase = file->Expose();
  while (!passphrase.empty() && (passphrase.back() == '\n' || passphrase.back() == '\r')) passphrase.remove_suffix(1);
  return crypto::SecretBytes::CopyOf(passphrase);
}

absl::Status CheckNewPassphrase(std::string_view passphrase) {
  const std::string_view piece = passphrase.substr(0, PieceLength(passphrase));
  std::bitset<256> different;
  size_t characters = 0;
  for (const char c : piece) {
    const auto byte = static_cast<unsigned char>(c);
    different.set(byte);
    characters += (byte & 0xC0) != 0x80 ? 1 : 0;  // of UTF-8, the first byte of each
  }
  if (characters >= kLeastCharacters && different.count() >= kLeastDifferent) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "node: the passphrase is easy to guess; take at least ", kLeastCharacters, " characters, at least ",
      kLeastDifferent,
      " of them different, and not one piece again and again: for example six words drawn at random, or the output of "
      "`openssl rand -base64 24`"));
}

}  // namespace tidegate::node
