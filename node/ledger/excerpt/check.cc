// Checks an excerpt, line by line (LEDGER.md, "Excerpts").
#include <optional>
#include <streambuf>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "crypto/checkpoint/checkpoint.h"
#include "crypto/fingerprint.h"
#include "crypto/merkle/merkle.h"
#include "node/ledger/excerpt/lines.h"

namespace tidegate::excerpt {
namespace {

constexpr size_t kMostNamedDamaged = 20;

// Reads one line without its end. False at the end of the file. DataLoss for a line that does not end, or is too long.
absl::StatusOr<bool> ReadLine(std::istream& file, uint64_t number, std::string& line) {
  line.clear();
  std::streambuf& bytes = *file.rdbuf();
  for (int c = bytes.sbumpc(); c != std::char_traits<char>::eof(); c = bytes.sbumpc()) {
    if (c == '\n') return true;
    if (line.size() == kMostLineBytes) {
      return absl::DataLossError(absl::StrCat("excerpt: line ", number, " is longer than any line of an excerpt"));
    }
    line.push_back(static_cast<char>(c));
  }
  if (line.empty()) return false;
  return absl::DataLossError(absl::StrCat("excerpt: the file was cut: line ", number, " does not end"));
}

absl::Status At(const absl::Status& status, const std::string& where) {
  std::string_view why(status.message().data(), status.message().size());
  const size_t room = why.find(": ");
  if (room != std::string_view::npos) why.remove_prefix(room + 2);
  return {status.code(), absl::StrCat("excerpt: ", where, ": ", std::string(why))};
}

absl::Status Altered(const std::string& what) { return absl::UnauthenticatedError("excerpt: " + what); }

// The checker's state between lines.
class Checker {
 public:
  absl::Status Begin(std::string_view line) {
    absl::StatusOr<Head> head = ParseHead(line);
    if (!head.ok()) return At(head.status(), "line 1");
    absl::StatusOr<checkpoint::VerifierKey> key = checkpoint::ParseVerifierKey(head->key);
    if (!key.ok()) return At(key.status(), "line 1, the register's key");
    absl::StatusOr<checkpoint::Checkpoint> signed_head = checkpoint::VerifyCheckpoint(head->note, *key);
    if (!signed_head.ok()) return At(signed_head.status(), "line 1, the register's checkpoint");
    absl::StatusOr<Seal> seal = DecodeSeal(head->seal);
    if (!seal.ok()) return At(seal.status(), "line 1, the entry that seals the excerpt");
    checked_.key = head->key;
    checked_.origin = signed_head->origin;
    checked_.fingerprint =
        crypto::Fingerprint(crypto::KeyType::kLog, signed_head->origin, crypto::View(key->public_key));
    checked_.size = signed_head->size;
    checked_.root = signed_head->root;
    checked_.note = head->note;
    checked_.scope = head->scope;
    checked_.seal_index = head->seal_index;
    checked_.seal = *std::move(seal);
    head_ = *std::move(head);
    if (absl::Status status = CheckSeal(); !status.ok()) return status;
    if (absl::Status status = CheckEarlier(); !status.ok()) return status;
    checked_.earlier = head_.earlier;
    digest_.emplace(checked_.origin, head_.scope);
    return absl::OkStatus();
  }

  absl::Status Take(const std::string& bytes, absl::FunctionRef<void(const Line&)> visit) {
    const uint64_t number = digest_->count() + 2;
    if (digest_->count() == checked_.seal.count) {
      return Altered(absl::StrCat("line ", number, ": something was added: the excerpt has ", checked_.seal.count,
                                  " entries and ends before it"));
    }
    absl::StatusOr<Line> line = ParseLine(bytes);
    if (!line.ok()) return At(line.status(), absl::StrCat("line ", number));
    if (absl::Status order = CheckOrder(*line, number); !order.ok()) return order;
    const std::string where = absl::StrCat("line ", number, " (entry ", line->index, ")");
    if (!line->entry.empty() && merkle::LeafHash(line->entry) != line->leaf) {
      return Altered(absl::StrCat(where, ": was altered: its bytes are not those of that entry"));
    }
    if (absl::Status proof =
            merkle::VerifyInclusion(line->index, checked_.size, line->leaf, line->proof, checked_.root);
        !proof.ok()) {
      return Altered(absl::StrCat(where, ": was altered: the register that was signed has another entry there"));
    }
    digest_->Add(line->index, line->leaf, line->shown);
    if (absl::Status mark = CheckMark(where); !mark.ok()) return mark;
    last_ = line->index;
    if (line->entry.empty()) {
      ++checked_.damaged;
      if (checked_.damaged_first.size() < kMostNamedDamaged) checked_.damaged_first.push_back(line->index);
    }
    visit(*line);
    return absl::OkStatus();
  }

  absl::StatusOr<Checked> End() && {
    if (digest_->count() != checked_.seal.count) {
      return absl::DataLossError(absl::StrCat("excerpt: the file was cut: it ends after ", digest_->count(), " of ",
                                              checked_.seal.count, " entries",
                                              digest_->count() == 0 ? "" : absl::StrCat(", behind entry ", last_)));
    }
    return std::move(checked_);
  }

 private:
  // The register has an entry that vouches for this excerpt: for its scope, its count and every line.
  absl::Status CheckSeal() const {
    const Scope& scope = head_.scope;
    const bool fits = scope.first < scope.end && scope.end <= head_.seal_index && checked_.seal.count > 0 &&
                      checked_.seal.count <= scope.end - scope.first && checked_.seal.count <= kMostEntries;
    if (!fits || (scope.record.empty() && checked_.seal.count != scope.end - scope.first)) {
      return Altered("line 1: its numbers of entries do not fit each other");
    }
    const uint64_t marks = checked_.seal.count / head_.stride;
    if (head_.marks.size() != marks ||
        Digest::Of(checked_.seal.count, head_.stride, head_.marks, head_.state) != checked_.seal.digest) {
      return Altered("line 1 was altered: it is not what the register sealed");
    }
    if (!merkle::VerifyInclusion(head_.seal_index, checked_.size, merkle::LeafHash(head_.seal), head_.seal_proof,
                                 checked_.root)
             .ok()) {
      return Altered(absl::StrCat("line 1: the entry that seals the excerpt is not entry ", head_.seal_index,
                                  " of the register that was signed"));
    }
    return absl::OkStatus();
  }

  absl::Status CheckEarlier() const {
    uint64_t before = 0;
    for (const Earlier& one : head_.earlier) {
      if (one.size <= before || one.size > checked_.size ||
          !merkle::VerifyConsistency(one.size, checked_.size, one.root, checked_.root, one.proof).ok()) {
        return Altered(absl::StrCat("line 1: the proof about the register's first ", one.size, " entries is wrong"));
      }
      before = one.size;
    }
    return absl::OkStatus();
  }

  absl::Status CheckOrder(const Line& line, uint64_t number) const {
    const Scope& scope = head_.scope;
    const bool first = digest_->count() == 0;
    if (scope.record.empty()) {
      const uint64_t expected = scope.first + digest_->count();
      if (line.index == expected) return absl::OkStatus();
      return Altered(absl::StrCat("line ", number, ": entry ", expected, " was taken out or moved: entry ", line.index,
                                  " stands in its place"));
    }
    if (line.index < scope.first || line.index >= scope.end || (!first && line.index <= last_)) {
      return Altered(absl::StrCat("line ", number, ": entry ", line.index,
                                  " does not belong here: the order was "
                                  "changed, or an entry was added"));
    }
    return absl::OkStatus();
  }

  // The lines up to here are those that were sealed.
  absl::Status CheckMark(const std::string& where) const {
    const uint64_t count = digest_->count();
    const bool at_mark = count % head_.stride == 0;
    if (at_mark && digest_->state() == head_.marks[count / head_.stride - 1]) return absl::OkStatus();
    if (!at_mark && (count != checked_.seal.count || digest_->state() == head_.state)) return absl::OkStatus();
    return Altered(
        absl::StrCat(where, head_.stride == 1 ? "" : absl::StrCat(", or one of the ", head_.stride - 1, " before it"),
                     ": was altered, or an entry before it was taken out"));
  }

  Checked checked_;
  Head head_;
  std::optional<Digest> digest_;
  uint64_t last_ = 0;
};

}  // namespace

absl::StatusOr<Checked> Check(std::istream& file, absl::FunctionRef<void(const Line&)> visit) {
  Checker checker;
  std::string line;
  uint64_t number = 1;
  absl::StatusOr<bool> more = ReadLine(file, number, line);
  if (!more.ok()) return more.status();
  if (!*more) return absl::InvalidArgumentError("excerpt: the file is empty");
  if (absl::Status begun = checker.Begin(line); !begun.ok()) return begun;
  for (;;) {
    more = ReadLine(file, ++number, line);
    if (!more.ok()) return more.status();
    if (!*more) return std::move(checker).End();
    if (absl::Status taken = checker.Take(line, visit); !taken.ok()) return taken;
  }
}

absl::Status CheckTrust(const Checked& checked, std::string_view trusted) {
  if (trusted == checked.key) return absl::OkStatus();
  std::string digits;
  for (const char c : trusted) {
    if (c != ' ' && c != ':') digits.push_back(absl::ascii_tolower(static_cast<unsigned char>(c)));
  }
  const std::string fingerprint = absl::BytesToHexString(std::string(crypto::View(checked.fingerprint)));
  if (digits == fingerprint) return absl::OkStatus();
  return Altered(absl::StrCat(
      "it is signed by another register than the one that you trust: its key has the fingerprint ", fingerprint));
}

absl::Status CheckContinues(const Checked& newer, std::string_view earlier_note) {
  auto key = checkpoint::ParseVerifierKey(newer.key);
  if (!key.ok()) return key.status();
  auto older = checkpoint::VerifyCheckpoint(earlier_note, *key);
  if (!older.ok()) return Altered("the earlier file is not of the same register: it is signed by another key");
  const std::string rewritten = absl::StrCat("THE REGISTER WAS REWRITTEN: one of its first ", older->size,
                                             " entries is not what it was when the earlier file was made");
  if (older->size == newer.size) return older->root == newer.root ? absl::OkStatus() : Altered(rewritten);
  if (older->size > newer.size) {
    return absl::FailedPreconditionError(absl::StrCat("excerpt: what you call earlier has ", older->size,
                                                      " entries and this file ", newer.size,
                                                      ": name them the other way round"));
  }
  for (const Earlier& one : newer.earlier) {
    if (one.size != older->size) continue;
    if (one.root == older->root) return absl::OkStatus();
    return Altered(rewritten);
  }
  return absl::FailedPreconditionError(
      absl::StrCat("excerpt: it has no proof about the register's first ", older->size,
                   " entries; let the node make it again with `tidegate audit export --against` and the earlier file"));
}

}  // namespace tidegate::excerpt
