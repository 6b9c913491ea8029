// Kin: what is held under one record id, by author. A record is (author, id): rows of other authors under the same id
// are other records. For each id with two or more rows, a small table says whose rows they are and which row follows
// which. So to store one more revision opens a bounded number of rows. Private to the room; FORMAT.md, "Kin".
#ifndef TIDEGATE_NODE_STORE_KIN_H_
#define TIDEGATE_NODE_STORE_KIN_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/store/transaction.h"

namespace tidegate::store {

// Bounds on what others may make us keep. Our own records have no such bounds.
inline constexpr size_t kMostForks = 16;          // revisions with one predecessor
inline constexpr uint64_t kMostRevisions = 1024;  // of one record
inline constexpr size_t kMostAuthors = 16;        // under one id
inline constexpr size_t kMostBesideUnread =
    64;  // rows under an id for which a damaged row keeps us from making a table

// One author's rows under the id.
struct Kinsman {
  crypto::Hash author{};
  uint32_t origin = 0;  // interned organisation
  bool own = false;
  uint64_t rows = 0;              // recalls among them
  std::vector<uint64_t> recalls;  // ascending; an old store may hold several
};

class Kin {
 public:
  // Gives the table as it is kept. If nothing is kept yet, or what is kept is damaged, it derives the table from the
  // rows.
  static absl::StatusOr<Kin> Load(const Transaction& transaction, const Term& record);
  // The same for a writer, who also keeps what was derived. It opens each row of the id once in the life of a store.
  // While a row of the id cannot be read, nothing is kept.
  static absl::StatusOr<Kin> Keep(Transaction& transaction, const Term& record);

  const std::vector<Kinsman>& authors() const { return authors_; }
  // -1 if the author has no row here.
  int Find(const crypto::Hash& author) const;
  bool HasOwn() const;
  // Rows under the id that could be read, recalls among them.
  uint64_t size() const;
  // Rows that cannot be read and of which no table says whose they are; ascending. The index still says which of them
  // are our own.
  const std::vector<uint64_t>& unread_own() const { return unread_own_; }
  const std::vector<uint64_t>& unread_others() const { return unread_others_; }
  // OK, or why the first of them cannot be read.
  const absl::Status& damage() const { return damage_; }
  // Every row of one author, ascending.
  absl::StatusOr<std::vector<uint64_t>> Rows(const Transaction& transaction, size_t author) const;
  // Rows of one author that name `parent` as their predecessor, recalls not among them; ascending.
  absl::StatusOr<std::vector<uint64_t>> Children(const Transaction& transaction, size_t author,
                                                 const crypto::Hash& parent) const;
  // Adds a row that has just been appended.
  absl::Status Add(Transaction& transaction, const record::Statement& statement, uint32_t origin, bool own,
                   uint64_t seq);

 private:
  explicit Kin(const Term& record) : record_(record) {}
  // Derives the table from the rows. An id that has one row needs no table. Passes over rows that cannot be read.
  absl::Status Read(const Transaction& transaction, const std::vector<uint64_t>& chain);
  absl::Status Save(Transaction& transaction) const;
  // Derives the table from the rows, because a part of the kept one is damaged. Fails while a row of the id cannot be
  // read.
  absl::StatusOr<Kin> Afresh(const Transaction& transaction) const;
  absl::Status ReadKept(const Transaction& transaction, size_t author, std::vector<uint64_t>& rows) const;

  struct Parentage {
    size_t author = 0;
    crypto::Hash parent{};
    uint64_t seq = 0;
  };
  void Note(const record::Statement& statement, uint32_t origin, bool own, uint64_t seq);

  Term record_;
  bool kept_ = false;
  bool lost_ = false;  // a table is kept, and its row of authors is damaged
  std::vector<Kinsman> authors_;
  std::vector<Parentage> read_;  // where nothing is kept: from the rows
  std::vector<uint64_t> unread_own_, unread_others_;
  absl::Status damage_;
};

// The kin table's keys lie among the ordered ones, under a number that no other room has.
inline constexpr uint8_t kKinTable = 0xf0;

}  // namespace tidegate::store

#endif  // TIDEGATE_NODE_STORE_KIN_H_
