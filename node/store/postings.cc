#include "node/store/postings.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "crypto/bytes.h"
#include "crypto/hash.h"

namespace tidegate::store {
namespace {

constexpr size_t kKeyBytes = 24;
using Key = std::array<char, kKeyBytes>;

Key KeyOf(const Term& term, uint64_t number) {
  Key key;
  std::copy(term.begin(), term.end(), key.begin());
  for (size_t i = 0; i < 8; ++i) key[16 + i] = static_cast<char>(number >> (8 * (7 - i)));
  return key;
}

std::string_view ViewOf(const Key& key) { return {key.data(), key.size()}; }

bool HasTerm(std::string_view key, const Term& term) {
  return key.size() == kKeyBytes && key.substr(0, term.size()) == crypto::View(term);
}

// Writes `numbers` as one entry, or as several where one would grow too long, by `put`, which takes a key and a value
// and gives LMDB's code.
template <typename PutOne>
absl::Status PutEntries(const Term& term, std::span<const uint64_t> numbers, std::string& scratch, PutOne put) {
  for (size_t i = 0; i < numbers.size();) {
    const Key key = KeyOf(term, numbers[i]);
    scratch.clear();
    for (++i; i < numbers.size(); ++i) {
      const size_t before = scratch.size();
      PutVarint(numbers[i] - numbers[i - 1], scratch);
      if (scratch.size() <= kMostPostingBytes) continue;
      scratch.resize(before);
      break;
    }
    MDB_val key_val = Val(ViewOf(key)), value = Val(scratch);
    if (int code = put(key_val, value)) return FromLmdb(code, "writing a posting");
  }
  return absl::OkStatus();
}

// Positions `cursor` at the term's last entry whose first number is at most `limit`. False if it has none.
absl::StatusOr<bool> SeekEntry(MDB_cursor* cursor, const Term& term, uint64_t limit, MDB_val& key, MDB_val& value) {
  const Key wanted = KeyOf(term, limit);
  key = Val(ViewOf(wanted));
  int code = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
  if (code == MDB_SUCCESS && Bytes(key) == ViewOf(wanted)) return true;
  code = mdb_cursor_get(cursor, &key, &value, code == MDB_SUCCESS ? MDB_PREV : MDB_LAST);
  if (code == MDB_NOTFOUND) return false;
  if (code != MDB_SUCCESS) return FromLmdb(code, "reading postings");
  return HasTerm(Bytes(key), term);
}

}  // namespace

void PutVarint(uint64_t value, std::string& out) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

bool TakeVarint(std::string_view& bytes, uint64_t& value) {
  value = 0;
  for (size_t i = 0; i < bytes.size() && i < 10; ++i) {
    const auto byte = static_cast<uint8_t>(bytes[i]);
    if (i == 9 && byte > 1) return false;
    value |= static_cast<uint64_t>(byte & 0x7f) << (7 * i);
    if (byte & 0x80) continue;
    if (byte == 0 && i > 0) return false;
    bytes.remove_prefix(i + 1);
    return true;
  }
  return false;
}

absl::Status AddPostings(MDB_txn* txn, MDB_dbi dbi, const Term& term, std::span<const uint64_t> numbers) {
  std::string scratch;
  return PutEntries(term, numbers, scratch,
                    [&](MDB_val& key, MDB_val& value) { return mdb_put(txn, dbi, &key, &value, 0); });
}

absl::Status DecodePostings(std::string_view key, std::string_view value, std::vector<uint64_t>& numbers) {
  numbers.clear();
  crypto::ByteReader reader(key);
  reader.Raw(std::tuple_size_v<Term>);
  uint64_t number = reader.U64();
  if (!reader.Finish("posting key").ok() || number == 0) {
    return absl::DataLossError("store: a posting's key is damaged; rebuild the index");
  }
  numbers.push_back(number);
  while (!value.empty()) {
    uint64_t step = 0;
    if (!TakeVarint(value, step) || step == 0 || number + step < number) {
      return absl::DataLossError("store: a posting is damaged; rebuild the index");
    }
    numbers.push_back(number += step);
  }
  return absl::OkStatus();
}

namespace {

// Takes the entry that would hold `number` out of the table; NotFound when the term has none at or below it.
absl::Status TakeEntry(MDB_txn* txn, MDB_dbi dbi, const Term& term, uint64_t number, std::vector<uint64_t>& numbers) {
  MDB_cursor* cursor = nullptr;
  if (int code = mdb_cursor_open(txn, dbi, &cursor)) return FromLmdb(code, "reading postings");
  MDB_val key, value;
  absl::StatusOr<bool> found = SeekEntry(cursor, term, number, key, value);
  absl::Status status = found.status();
  if (status.ok() && !*found) status = absl::NotFoundError("store: the term is nowhere at or below that number");
  if (status.ok()) status = DecodePostings(Bytes(key), Bytes(value), numbers);
  if (status.ok()) status = FromLmdb(mdb_cursor_del(cursor, 0), "taking a posting out");
  mdb_cursor_close(cursor);
  return status;
}

}  // namespace

absl::Status InsertPosting(MDB_txn* txn, MDB_dbi dbi, const Term& term, uint64_t number) {
  std::vector<uint64_t> numbers;
  absl::Status status = TakeEntry(txn, dbi, term, number, numbers);
  if (!status.ok() && !absl::IsNotFound(status)) return status;
  auto place = std::lower_bound(numbers.begin(), numbers.end(), number);
  // Behind the entry's end a new entry is begun: it cannot overlap the next one, which starts above `number`.
  if (place == numbers.end()) {
    if (!numbers.empty()) status = AddPostings(txn, dbi, term, numbers);
    if (!numbers.empty() && !status.ok()) return status;
    return AddPostings(txn, dbi, term, std::span(&number, 1));
  }
  if (*place != number) numbers.insert(place, number);
  return AddPostings(txn, dbi, term, numbers);
}

PostingWriter::~PostingWriter() {
  if (cursor_ != nullptr) mdb_cursor_close(cursor_);
}

absl::Status PostingWriter::Append(const Term& term, std::span<const uint64_t> numbers) {
  return PutEntries(term, numbers, value_,
                    [this](MDB_val& key, MDB_val& value) { return mdb_cursor_put(cursor_, &key, &value, 0); });
}

absl::Status PostingWriter::Extend(const Term& term, std::span<const uint64_t> numbers) {
  if (cursor_ == nullptr) {
    if (int code = mdb_cursor_open(txn_, dbi_, &cursor_)) return FromLmdb(code, "writing postings");
  }
  MDB_val key, value;
  absl::StatusOr<bool> found = SeekEntry(cursor_, term, std::numeric_limits<uint64_t>::max(), key, value);
  if (!found.ok()) return found.status();
  if (!*found) return Append(term, numbers);
  const bool full = value.mv_size >= kMostPostingBytes / 2;
  if (absl::Status status = DecodePostings(Bytes(key), Bytes(value), entry_); !status.ok()) return status;
  if (entry_.back() < numbers.front()) {
    if (full) return Append(term, numbers);
    entry_.insert(entry_.end(), numbers.begin(), numbers.end());
    return Append(term, entry_);  // the first entry keeps its key and replaces the old one
  }
  for (uint64_t number : numbers) {
    if (absl::Status status = InsertPosting(txn_, dbi_, term, number); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status RemovePosting(MDB_txn* txn, MDB_dbi dbi, const Term& term, uint64_t number) {
  std::vector<uint64_t> numbers;
  if (absl::Status status = TakeEntry(txn, dbi, term, number, numbers); !status.ok()) return status;
  auto place = std::lower_bound(numbers.begin(), numbers.end(), number);
  const bool found = place != numbers.end() && *place == number;
  if (found) numbers.erase(place);
  if (!numbers.empty()) {
    if (absl::Status status = AddPostings(txn, dbi, term, numbers); !status.ok()) return status;
  }
  return found ? absl::OkStatus() : absl::NotFoundError("store: the index lacks an arrival; rebuild the index");
}

PostingCursor::~PostingCursor() {
  if (cursor_ != nullptr) mdb_cursor_close(cursor_);
}

PostingCursor::PostingCursor(PostingCursor&& other) noexcept
    : txn_(other.txn_),
      dbi_(other.dbi_),
      term_(other.term_),
      cursor_(std::exchange(other.cursor_, nullptr)),
      entry_(std::move(other.entry_)) {}

absl::StatusOr<bool> PostingCursor::LoadEntryAtOrBelow(uint64_t limit) {
  if (cursor_ == nullptr) {
    if (int code = mdb_cursor_open(txn_, dbi_, &cursor_)) return FromLmdb(code, "reading postings");
  }
  MDB_val key, value;
  absl::StatusOr<bool> found = SeekEntry(cursor_, term_, limit, key, value);
  if (!found.ok() || !*found) return found;
  if (absl::Status status = DecodePostings(Bytes(key), Bytes(value), entry_); !status.ok()) return status;
  return true;
}

absl::StatusOr<uint64_t> PostingCursor::AtOrBelow(uint64_t limit) {
  if (limit == 0) return 0;
  if (entry_.empty() || limit < entry_.front() || limit > entry_.back()) {
    absl::StatusOr<bool> found = LoadEntryAtOrBelow(limit);
    if (!found.ok()) return found.status();
    if (!*found) return 0;
  }
  return *std::prev(std::upper_bound(entry_.begin(), entry_.end(), limit));
}

}  // namespace tidegate::store
