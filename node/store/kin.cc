#include "node/store/kin.h"

#include <algorithm>
#include <limits>
#include <map>

#include "crypto/bytes.h"
#include "node/store/index/index.h"

namespace tidegate::store {
namespace {

using index::PutVarint;
using index::TakeVarint;

constexpr uint8_t kKinVersion = 1;
enum KinPart : uint8_t { kAuthors = 1, kChildren = 2 };

absl::Status DamagedKin() {
  return absl::DataLossError("store: the kin of a record is damaged; run `tidegate verify`");
}

std::string AuthorsKey(const Term& record) {
  return crypto::ByteWriter(18).U8(kKinTable).Raw(record).U8(kAuthors).Take();
}

std::string ChildrenPrefix(const Term& record, size_t author) {
  return crypto::ByteWriter(35).U8(kKinTable).Raw(record).U8(kChildren).U8(static_cast<uint8_t>(author)).Take();
}

std::string ChildrenKey(const Transaction& transaction, const Term& record, size_t author, const crypto::Hash& parent) {
  std::string key = ChildrenPrefix(record, author);
  key.append(crypto::View(transaction.Blind(kParentBlind, crypto::View(parent))));
  return key;
}

std::string EncodeNumbers(const std::vector<uint64_t>& numbers) {
  std::string out(1, static_cast<char>(kKinVersion));
  for (uint64_t number : numbers) PutVarint(number, out);
  return out;
}

absl::StatusOr<std::vector<uint64_t>> DecodeNumbers(std::string_view bytes) {
  if (bytes.empty() || static_cast<uint8_t>(bytes.front()) != kKinVersion) return DamagedKin();
  bytes.remove_prefix(1);
  std::vector<uint64_t> numbers;
  while (!bytes.empty()) {
    uint64_t number = 0;
    if (!TakeVarint(bytes, number)) return DamagedKin();
    if (!numbers.empty() && numbers.back() >= number) return DamagedKin();
    numbers.push_back(number);
  }
  if (numbers.empty()) return DamagedKin();
  return numbers;
}

std::string EncodeAuthors(const std::vector<Kinsman>& authors) {
  std::string out(1, static_cast<char>(kKinVersion));
  for (const Kinsman& author : authors) {
    out.append(crypto::View(author.author));
    PutVarint(author.origin, out);
    out.push_back(author.own ? 1 : 0);
    PutVarint(author.rows, out);
    PutVarint(author.recalls.size(), out);
    for (uint64_t recall : author.recalls) PutVarint(recall, out);
  }
  return out;
}

absl::StatusOr<std::vector<Kinsman>> DecodeAuthors(std::string_view bytes) {
  if (bytes.empty() || static_cast<uint8_t>(bytes.front()) != kKinVersion) return DamagedKin();
  bytes.remove_prefix(1);
  std::vector<Kinsman> authors;
  while (!bytes.empty()) {
    Kinsman& one = authors.emplace_back();
    if (bytes.size() < one.author.size()) return DamagedKin();
    std::copy_n(bytes.begin(), one.author.size(), one.author.begin());
    bytes.remove_prefix(one.author.size());
    uint64_t origin = 0, recalls = 0;
    if (!TakeVarint(bytes, origin) || origin > std::numeric_limits<uint32_t>::max()) return DamagedKin();
    one.origin = static_cast<uint32_t>(origin);
    if (bytes.empty() || static_cast<uint8_t>(bytes.front()) > 1) return DamagedKin();
    one.own = bytes.front() == 1;
    bytes.remove_prefix(1);
    if (!TakeVarint(bytes, one.rows) || !TakeVarint(bytes, recalls) || recalls > bytes.size()) return DamagedKin();
    for (uint64_t i = 0; i < recalls; ++i) {
      uint64_t seq = 0;
      if (!TakeVarint(bytes, seq)) return DamagedKin();
      one.recalls.push_back(seq);
    }
  }
  if (authors.empty()) return DamagedKin();
  return authors;
}

// Its authors may have had other numbers.
absl::Status DropTable(Transaction& transaction, const Term& record) {
  std::vector<std::string> keys;
  absl::Status dropped =
      transaction.ForEach(Dbi::kOrdered, crypto::ByteWriter(17).U8(kKinTable).Raw(record).Take(), "", false,
                          [&keys](std::string_view key, std::string_view) -> absl::StatusOr<bool> {
                            keys.emplace_back(key);
                            return true;
                          });
  for (const std::string& key : keys) {
    if (dropped.ok()) dropped = transaction.DeleteRaw(Dbi::kOrdered, key);
  }
  return dropped;
}

}  // namespace

absl::StatusOr<Kin> Kin::Load(const Transaction& transaction, const Term& record) {
  Kin kin(record);
  const std::string key = AuthorsKey(record);
  absl::StatusOr<std::optional<std::string_view>> kept = transaction.PeekRaw(Dbi::kOrdered, key);
  if (!kept.ok()) return kept.status();
  if (kept->has_value()) {
    std::string plain;
    const absl::Status opened = transaction.OpenValue(Dbi::kOrdered, key, **kept, plain);
    absl::StatusOr<std::vector<Kinsman>> authors = opened.ok() ? DecodeAuthors(plain) : opened;
    if (authors.ok()) {
      kin.authors_ = *std::move(authors);
      kin.kept_ = true;
      return kin;
    }
    if (!Damaged(authors.status())) return authors.status();
    kin.lost_ = true;
  }
  absl::StatusOr<std::vector<uint64_t>> chain = transaction.Chain(record);
  if (!chain.ok()) return chain.status();
  if (absl::Status status = kin.Read(transaction, *chain); !status.ok()) return status;
  return kin;
}

absl::StatusOr<Kin> Kin::Afresh(const Transaction& transaction) const {
  absl::StatusOr<std::vector<uint64_t>> chain = transaction.Chain(record_);
  if (!chain.ok()) return chain.status();
  Kin fresh(record_);
  if (absl::Status status = fresh.Read(transaction, *chain); !status.ok()) return status;
  if (!fresh.damage_.ok()) return fresh.damage_;
  return fresh;
}

absl::StatusOr<Kin> Kin::Keep(Transaction& transaction, const Term& record) {
  absl::StatusOr<Kin> kin = Load(transaction, record);
  // A single row costs no more to read than a table; the second row makes the table.
  if (!kin.ok() || kin->kept_ || kin->read_.size() <= 1 || !kin->damage_.ok()) return kin;
  if (absl::Status status = kin->Save(transaction); !status.ok()) return status;
  kin->kept_ = true;
  return kin;
}

absl::Status Kin::Read(const Transaction& transaction, const std::vector<uint64_t>& chain) {
  std::string buffer;
  for (uint64_t seq : chain) {
    absl::StatusOr<Row> row = transaction.ReadRow(seq, buffer);
    if (absl::IsDataLoss(row.status())) {
      absl::StatusOr<bool> own = transaction.IsOwn(seq);
      if (!own.ok()) return own.status();
      (*own ? unread_own_ : unread_others_).push_back(seq);
      damage_.Update(row.status());
      continue;
    }
    if (!row.ok()) return row.status();
    absl::StatusOr<record::View> view = record::DecodeHeld(row->view);
    if (!view.ok()) return view.status();
    absl::StatusOr<Identity> identity = IdentityOf(*view);
    if (!identity.ok()) return identity.status();
    Note(identity->statement, row->origin, row->own, seq);
  }
  return absl::OkStatus();
}

void Kin::Note(const record::Statement& statement, uint32_t origin, bool own, uint64_t seq) {
  int at = Find(statement.author_fpr);
  if (at < 0) {
    at = static_cast<int>(authors_.size());
    Kinsman& fresh = authors_.emplace_back();
    fresh.author = statement.author_fpr;
    fresh.origin = origin;
    fresh.own = own;
  }
  Kinsman& author = authors_[static_cast<size_t>(at)];
  ++author.rows;
  if (statement.act == record::Act::kRecall) {
    author.recalls.push_back(seq);
  } else {
    read_.push_back({static_cast<size_t>(at), statement.prev_leaf, seq});
  }
}

absl::Status Kin::Save(Transaction& transaction) const {
  // An old store may hold more authors under one id than we take now; each needs its own number.
  if (authors_.size() > 256) return absl::DataLossError("store: more than 256 authors use one record id");
  if (lost_) {
    if (absl::Status dropped = DropTable(transaction, record_); !dropped.ok()) return dropped;
  }
  std::map<std::string, std::vector<uint64_t>> children;
  for (const Parentage& one : read_) {
    children[ChildrenKey(transaction, record_, one.author, one.parent)].push_back(one.seq);
  }
  for (const auto& [key, numbers] : children) {
    absl::Status status = transaction.PutSealed(Dbi::kOrdered, key, EncodeNumbers(numbers));
    if (!status.ok()) return status;
  }
  if (authors_.empty()) return absl::OkStatus();
  return transaction.PutSealed(Dbi::kOrdered, AuthorsKey(record_), EncodeAuthors(authors_));
}

int Kin::Find(const crypto::Hash& author) const {
  for (size_t i = 0; i < authors_.size(); ++i) {
    if (authors_[i].author == author) return static_cast<int>(i);
  }
  return -1;
}

bool Kin::HasOwn() const {
  return !unread_own_.empty() ||
         std::any_of(authors_.begin(), authors_.end(), [](const Kinsman& author) { return author.own; });
}

uint64_t Kin::size() const {
  uint64_t rows = 0;
  for (const Kinsman& author : authors_) rows += author.rows;
  return rows;
}

absl::Status Kin::ReadKept(const Transaction& transaction, size_t author, std::vector<uint64_t>& rows) const {
  return transaction.ForEach(Dbi::kOrdered, ChildrenPrefix(record_, author), "", false,
                             [&](std::string_view key, std::string_view sealed) -> absl::StatusOr<bool> {
                               std::string plain;
                               if (absl::Status opened = transaction.OpenValue(Dbi::kOrdered, key, sealed, plain);
                                   !opened.ok())
                                 return opened;
                               absl::StatusOr<std::vector<uint64_t>> numbers = DecodeNumbers(plain);
                               if (!numbers.ok()) return numbers.status();
                               rows.insert(rows.end(), numbers->begin(), numbers->end());
                               return true;
                             });
}

absl::StatusOr<std::vector<uint64_t>> Kin::Rows(const Transaction& transaction, size_t author) const {
  std::vector<uint64_t> rows = authors_[author].recalls;
  if (!kept_) {
    for (const Parentage& one : read_) {
      if (one.author == author) rows.push_back(one.seq);
    }
  } else if (absl::Status read = ReadKept(transaction, author, rows); !read.ok()) {
    if (!Damaged(read)) return read;
    absl::StatusOr<Kin> fresh = Afresh(transaction);
    if (!fresh.ok()) return fresh.status();
    const int at = fresh->Find(authors_[author].author);
    return at < 0 ? DamagedKin() : fresh->Rows(transaction, static_cast<size_t>(at));
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

absl::StatusOr<std::vector<uint64_t>> Kin::Children(const Transaction& transaction, size_t author,
                                                    const crypto::Hash& parent) const {
  std::vector<uint64_t> children;
  if (!kept_) {
    for (const Parentage& one : read_) {
      if (one.author == author && one.parent == parent) children.push_back(one.seq);
    }
    return children;
  }
  const std::string key = ChildrenKey(transaction, record_, author, parent);
  absl::StatusOr<std::optional<std::string_view>> sealed = transaction.PeekRaw(Dbi::kOrdered, key);
  if (!sealed.ok()) return sealed.status();
  if (!sealed->has_value()) return children;
  std::string plain;
  const absl::Status opened = transaction.OpenValue(Dbi::kOrdered, key, **sealed, plain);
  absl::StatusOr<std::vector<uint64_t>> numbers = opened.ok() ? DecodeNumbers(plain) : opened;
  if (!Damaged(numbers.status())) return numbers;
  absl::StatusOr<Kin> fresh = Afresh(transaction);
  if (!fresh.ok()) return fresh.status();
  const int at = fresh->Find(authors_[author].author);
  if (at < 0) return DamagedKin();
  return fresh->Children(transaction, static_cast<size_t>(at), parent);
}

absl::Status Kin::Add(Transaction& transaction, const record::Statement& statement, uint32_t origin, bool own,
                      uint64_t seq) {
  // The first row of an id needs no table: the second one makes it. A table without the rows that cannot be read would
  // let others speak under an id of ours.
  if (authors_.empty() || !damage_.ok()) return absl::OkStatus();
  std::vector<uint64_t> children;
  if (const int at = Find(statement.author_fpr); at >= 0 && statement.act != record::Act::kRecall) {
    absl::StatusOr<std::vector<uint64_t>> held = Children(transaction, static_cast<size_t>(at), statement.prev_leaf);
    if (!held.ok()) return held.status();
    children = *std::move(held);
  }
  Note(statement, origin, own, seq);
  if (!kept_) return Save(transaction);
  if (statement.act != record::Act::kRecall) {
    children.push_back(seq);
    const auto at = static_cast<size_t>(Find(statement.author_fpr));
    absl::Status status = transaction.PutSealed(
        Dbi::kOrdered, ChildrenKey(transaction, record_, at, statement.prev_leaf), EncodeNumbers(children));
    if (!status.ok()) return status;
  }
  return transaction.PutSealed(Dbi::kOrdered, AuthorsKey(record_), EncodeAuthors(authors_));
}

}  // namespace tidegate::store
