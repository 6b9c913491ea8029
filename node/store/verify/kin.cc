// The kin of records: who has rows under one id, and which follow which.
#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "node/store/verify/run.h"

namespace tidegate::verify {
namespace {

constexpr uint64_t kKinVersion = 1;
constexpr size_t kTermSize = 16;

struct Author {
  crypto::Hash fingerprint{};
  uint64_t rows = 0;
  std::set<uint64_t> listed;  // recalls first, then what the children say
};

// One id's entries, which lie together: authors first.
class Family {
 public:
  explicit Family(Run& run) : run_(run) {}

  void Entry(std::string_view key, std::string_view plain, const std::string& where);
  // Everything of an id was read: is every row in it, once?
  void Close();

 private:
  void Authors(std::string_view plain);
  void Children(std::string_view key, std::string_view plain);
  void Row(uint64_t seq, size_t author, bool recall, std::string_view parent);
  void Found(std::string what) { run_.disk.Found("ordered", where_, std::move(what)); }

  Run& run_;
  std::string term_;
  std::string where_;
  std::vector<Author> authors_;
};

void Family::Entry(std::string_view key, std::string_view plain, const std::string& where) {
  const std::string_view term = key.substr(1, kTermSize);
  if (term != term_) {
    Close();
    term_ = term;
  }
  where_ = where;
  Fields in(plain);
  if (key.size() < kTermSize + 2 || in.Fixed(1) != kKinVersion) return Found("is not laid out as FORMAT.md says");
  switch (key[kTermSize + 1]) {
    case 1:
      return Authors(in.Rest());
    case 2:
      return Children(key, in.Rest());
    default:
      return Found("is an entry that nobody wrote");
  }
}

void Family::Authors(std::string_view plain) {
  Fields in(plain);
  while (in.ok() && in.remaining() > 0) {
    Author& author = authors_.emplace_back();
    const std::string_view fingerprint = in.Take(author.fingerprint.size());
    std::copy(fingerprint.begin(), fingerprint.end(), author.fingerprint.begin());
    run_.Interned(kParties, static_cast<uint32_t>(in.Number()), where_);
    in.Fixed(1);
    author.rows = in.Number();
    const uint64_t recalls = in.Number();
    for (uint64_t i = 0; in.ok() && i < recalls; ++i) Row(in.Number(), authors_.size() - 1, true, {});
  }
  if (!in.done() || authors_.empty()) Found("is not laid out as FORMAT.md says");
}

void Family::Children(std::string_view key, std::string_view plain) {
  if (key.size() != 2 * kTermSize + 3) return Found("is not laid out as FORMAT.md says");
  const auto author = static_cast<size_t>(static_cast<uint8_t>(key[kTermSize + 2]));
  if (author >= authors_.size()) return Found("is of an author who is not listed");
  Fields in(plain);
  while (in.ok() && in.remaining() > 0) Row(in.Number(), author, false, key.substr(kTermSize + 3));
  if (!in.done()) Found("is not laid out as FORMAT.md says");
}

void Family::Row(uint64_t seq, size_t author, bool recall, std::string_view parent) {
  const std::string key = BigEndian(seq);
  const std::optional<std::string_view> sealed = run_.disk.Raw("arrivals", key);
  absl::StatusOr<std::string> plain = sealed.has_value() ? run_.disk.Open("arrivals", key, *sealed)
                                                         : absl::StatusOr<std::string>(absl::NotFoundError(""));
  ArrivalRow row;
  if (!plain.ok() || !DecodeArrival(*plain, row) || !row.is_record()) {
    return Found(absl::StrCat("names arrival ", seq, ", which is no record"));
  }
  absl::StatusOr<record::View> view = record::DecodeHeld(row.view);
  if (!view.ok()) return;  // a fault of the row, found with it
  absl::StatusOr<record::Statement> statement = record::ParseStatement(view->statement);
  if (!statement.ok()) return;
  const bool right = crypto::View(run_.IndexTerm(kRecordBlind, crypto::View(statement->record_id))) == term_ &&
                     statement->author_fpr == authors_[author].fingerprint && row.recall() == recall;
  const bool follows =
      recall || crypto::View(run_.disk.vault().BlindTerm(kParentBlind, crypto::View(statement->prev_leaf))) == parent;
  if (!right || !follows) Found(absl::StrCat("names arrival ", seq, ", which is not of that record, author or parent"));
  if (!authors_[author].listed.insert(seq).second) Found(absl::StrCat("names arrival ", seq, " twice"));
}

void Family::Close() {
  if (term_.empty()) return;
  std::set<uint64_t> listed;
  for (const Author& author : authors_) {
    if (author.listed.size() != author.rows) Found("lists other rows than it counts");
    listed.insert(author.listed.begin(), author.listed.end());
  }
  vault::BlindTermBytes term{};
  std::copy(term_.begin(), term_.end(), term.begin());
  const std::vector<uint64_t> held = run_.index.Arrivals(term);
  if (!std::equal(listed.begin(), listed.end(), held.begin(), held.end())) Found("lists other rows than the id has");
  authors_.clear();
  term_.clear();
}

}  // namespace

void CheckKin(Run& run) {
  Family family(run);
  run.disk.ForEach("ordered", BigEndian(kKin, 1), [&](std::string_view key, std::string_view sealed) {
    const std::string where = absl::StrCat("kin ", Hex(key.substr(1)));
    std::optional<std::string> plain = run.disk.Unseal("ordered", key, sealed, where);
    if (plain.has_value()) family.Entry(key, *plain, where);
    return true;
  });
  family.Close();
}

}  // namespace tidegate::verify
