// Posting lists: which arrivals a blind term occurs in. Private to the room; FORMAT.md, "Postings".
//
// One entry for each term and commit: key `term[16] || u64 first`, value the differences to the numbers after the
// first, each as a varint. A unique term thus costs its key alone. Entries of one term do not overlap, so the one that
// holds a number is the last that begins at or below it.
#ifndef TIDEGATE_NODE_STORE_POSTINGS_H_
#define TIDEGATE_NODE_STORE_POSTINGS_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/vault/vault.h"
#include "node/store/environment.h"

namespace tidegate::store {

using Term = vault::BlindTermBytes;

// The longest value of one entry: three entries fill a page.
inline constexpr size_t kMostPostingBytes = 1024;

// Unsigned LEB128, shortest form only.
void PutVarint(uint64_t value, std::string& out);
// False when the bytes end early or are not in shortest form.
bool TakeVarint(std::string_view& bytes, uint64_t& value);

// `numbers` ascend strictly, are not empty, and lie above or between the entries that there are. Adds one entry, or
// several where one would grow too long.
absl::Status AddPostings(MDB_txn* txn, MDB_dbi dbi, const Term& term, std::span<const uint64_t> numbers);
// The same wherever the numbers lie, for many terms one after the other, best in the order of their bytes: one cursor
// goes through the table and finds most terms on the page where it is.
class PostingWriter {
 public:
  PostingWriter(MDB_txn* txn, MDB_dbi dbi) : txn_(txn), dbi_(dbi) {}
  ~PostingWriter();
  PostingWriter(const PostingWriter&) = delete;
  PostingWriter& operator=(const PostingWriter&) = delete;

  // `numbers` ascend strictly and are not empty. Where they lie above all that the term has, its last entry is filled
  // up first; else each is inserted in its place.
  absl::Status Extend(const Term& term, std::span<const uint64_t> numbers);

 private:
  absl::Status Append(const Term& term, std::span<const uint64_t> numbers);

  MDB_txn* txn_;
  MDB_dbi dbi_;
  MDB_cursor* cursor_ = nullptr;
  std::string value_;            // scratch
  std::vector<uint64_t> entry_;  // scratch
};
// Adds one number wherever it belongs; nothing happens when it is there.
absl::Status InsertPosting(MDB_txn* txn, MDB_dbi dbi, const Term& term, uint64_t number);
// Takes one number out. NotFound when it is not there.
absl::Status RemovePosting(MDB_txn* txn, MDB_dbi dbi, const Term& term, uint64_t number);
// The numbers of one entry; DataLoss on bytes that AddPostings does not write.
absl::Status DecodePostings(std::string_view key, std::string_view value, std::vector<uint64_t>& numbers);

// Walks one term's numbers downwards.
class PostingCursor {
 public:
  PostingCursor(MDB_txn* txn, MDB_dbi dbi, const Term& term) : txn_(txn), dbi_(dbi), term_(term) {}
  ~PostingCursor();
  PostingCursor(PostingCursor&& other) noexcept;
  PostingCursor(const PostingCursor&) = delete;
  PostingCursor& operator=(const PostingCursor&) = delete;

  // The largest number at or below `limit`, or 0 when there is none.
  absl::StatusOr<uint64_t> AtOrBelow(uint64_t limit);

 private:
  // False when there is none.
  absl::StatusOr<bool> LoadEntryAtOrBelow(uint64_t limit);

  MDB_txn* txn_;
  MDB_dbi dbi_;
  Term term_;
  MDB_cursor* cursor_ = nullptr;
  std::vector<uint64_t> entry_;  // the numbers of the entry last read, ascending
};

}  // namespace tidegate::store

#endif  // TIDEGATE_NODE_STORE_POSTINGS_H_
