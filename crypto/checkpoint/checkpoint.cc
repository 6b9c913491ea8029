#include "crypto/checkpoint/checkpoint.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"

namespace tidegate::checkpoint {
namespace {

constexpr std::string_view kDash = "\xe2\x80\x94 ";  // an em dash and a space begin each signature line
constexpr size_t kKeyIdSize = 4;

absl::Status Bad(const char* why) { return absl::InvalidArgumentError(absl::StrCat("checkpoint: the note ", why)); }

// Everything of a note, cut but not verified. Views point into the note.
struct Note {
  std::string_view text;  // what is signed, with its final newline
  Checkpoint head;
  struct Line {
    std::string_view name;
    std::string blob;  // key id and signature
  };
  std::vector<Line> signatures;
};

// A line without its newline, which must be there.
std::optional<std::string_view> TakeLine(std::string_view& rest) {
  const size_t end = rest.find('\n');
  if (end == rest.npos) return std::nullopt;
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return line;
}

// Decimal digits without sign or leading zeros.
std::optional<uint64_t> ParseSize(std::string_view digits) {
  if (digits.empty() || (digits.size() > 1 && digits.front() == '0')) return std::nullopt;
  uint64_t size = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return size;
}

absl::StatusOr<Checkpoint> ParseHead(std::string_view text) {
  const std::optional<std::string_view> origin = TakeLine(text);
  const std::optional<std::string_view> size = TakeLine(text);
  const std::optional<std::string_view> root = TakeLine(text);
  if (!origin || !size || !root) return Bad("has fewer than three lines");
  if (!text.empty()) return Bad("has extension lines");
  if (absl::Status name = CheckName(*origin); !name.ok()) return name;
  const std::optional<uint64_t> leaves = ParseSize(*size);
  if (!leaves) return Bad("has a size that is not a plain decimal number below 2^64");
  absl::StatusOr<std::string> bytes = Base64Decode(*root);
  if (!bytes.ok()) return bytes.status();
  absl::StatusOr<crypto::Hash> hash = crypto::HashFrom(*bytes);
  if (!hash.ok()) return Bad("has a root that is not a hash");
  return Checkpoint{std::string(*origin), *leaves, *hash};
}

absl::StatusOr<Note::Line> ParseSignatureLine(std::string_view line) {
  if (line.substr(0, kDash.size()) != kDash) return Bad("has a signature line without its dash");
  line.remove_prefix(kDash.size());
  const size_t space = line.find(' ');
  if (space == line.npos) return Bad("has a signature line without a signature");
  Note::Line parsed;
  parsed.name = line.substr(0, space);
  if (absl::Status name = CheckName(parsed.name); !name.ok()) return name;
  absl::StatusOr<std::string> blob = Base64Decode(line.substr(space + 1));
  if (!blob.ok()) return blob.status();
  if (blob->size() <= kKeyIdSize) return Bad("has a signature too short for its key id");
  parsed.blob = *std::move(blob);
  return parsed;
}

absl::StatusOr<Note> ParseNote(std::string_view note) {
  if (note.size() > kMaxNoteSize) return Bad("is too long");
  // The last empty line divides text from signatures; a checkpoint's text has no empty line, so it is the only one.
  const size_t divide = note.find("\n\n");
  if (divide == note.npos) return Bad("has no empty line before its signatures");
  Note parsed;
  parsed.text = note.substr(0, divide + 1);
  absl::StatusOr<Checkpoint> head = ParseHead(parsed.text);
  if (!head.ok()) return head.status();
  parsed.head = *std::move(head);
  for (std::string_view rest = note.substr(divide + 2); !rest.empty();) {
    const std::optional<std::string_view> line = TakeLine(rest);
    if (!line) return Bad("does not end with a newline");
    if (parsed.signatures.size() == kMaxSignatures) return Bad("has too many signatures");
    absl::StatusOr<Note::Line> signature = ParseSignatureLine(*line);
    if (!signature.ok()) return signature.status();
    parsed.signatures.push_back(*std::move(signature));
  }
  if (parsed.signatures.empty()) return Bad("has no signature");
  return parsed;
}

std::string KeyIdBytes(const VerifierKey& key) {
  const uint32_t id = KeyId(key);
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(id >> shift));
  return bytes;
}

}  // namespace

absl::StatusOr<std::string> SignCheckpoint(const Checkpoint& checkpoint, const crypto::SigningKey& key) {
  if (absl::Status name = CheckName(checkpoint.origin); !name.ok()) return name;
  std::string note =
      absl::StrCat(checkpoint.origin, "\n", checkpoint.size, "\n", Base64Encode(crypto::View(checkpoint.root)), "\n");
  const crypto::Signature signature = key.Sign(note);
  const std::string blob = KeyIdBytes({checkpoint.origin, key.public_key()}) + std::string(crypto::View(signature));
  absl::StrAppend(&note, "\n", std::string(kDash), checkpoint.origin, " ", Base64Encode(blob), "\n");
  return note;
}

absl::StatusOr<Checkpoint> VerifyCheckpoint(std::string_view note, const VerifierKey& key) {
  absl::StatusOr<Note> parsed = ParseNote(note);
  if (!parsed.ok()) return parsed.status();
  if (parsed->head.origin != key.name) return Bad("belongs to another log than the key");
  const std::string id = KeyIdBytes(key);
  const auto is_ours = [&](const Note::Line& line) {
    return line.name == key.name && std::string_view(line.blob).substr(0, kKeyIdSize) == id;
  };
  const auto count = std::count_if(parsed->signatures.begin(), parsed->signatures.end(), is_ours);
  if (count == 0) return absl::NotFoundError("checkpoint: the note has no signature of the log's key");
  if (count > 1) return Bad("is signed twice by one key");
  const auto ours = std::find_if(parsed->signatures.begin(), parsed->signatures.end(), is_ours);
  if (!crypto::Verify(key.public_key, parsed->text, std::string_view(ours->blob).substr(kKeyIdSize)).ok()) {
    return absl::UnauthenticatedError("checkpoint: the log's signature on the note is wrong");
  }
  return std::move(parsed->head);
}

absl::StatusOr<Checkpoint> ReadUnverified(std::string_view note) {
  absl::StatusOr<Note> parsed = ParseNote(note);
  if (!parsed.ok()) return parsed.status();
  return std::move(parsed->head);
}

}  // namespace tidegate::checkpoint
