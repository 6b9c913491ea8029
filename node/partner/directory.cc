#include "node/partner/directory.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "text/text.h"
#include "threads/threads.h"

namespace tidegate::partner {
namespace {

// Reads a scope whole. A row that cannot be read is passed over, and counted.
template <typename Take>
absl::StatusOr<size_t> ReadScope(const store::Reader& reader, store::Named table, std::string_view scope, Take take) {
  store::Damage damage;
  absl::Status read = reader.ForEachNamed(table, scope, damage,
                                          [&](std::string_view item, std::string_view value) -> absl::StatusOr<bool> {
                                            if (absl::Status taken = take(item, value); !taken.ok()) return taken;
                                            return true;
                                          });
  if (!read.ok()) return read;
  return damage.rows;
}

// Every organisation that the book names.
std::vector<std::string> NamesIn(const Book& book) {
  std::vector<std::string> names;
  for (const auto& [name, row] : book.rows) names.push_back(name);
  for (const auto& [name, key] : book.former) names.push_back(name);
  for (const auto& [circle, members] : book.circles) names.insert(names.end(), members.begin(), members.end());
  SortUnique(names);
  return names;
}

}  // namespace

absl::Status UnknownPartner(std::string_view organisation) {
  return absl::NotFoundError(absl::StrCat("partner: there is no partner `", std::string(organisation), "`"));
}

absl::Status UnknownPartner(const Book& book, std::string_view organisation) {
  std::vector<std::string> names;
  for (const auto& [name, partner] : book.partners) names.push_back(name);
  return absl::NotFoundError(absl::StrCat("partner: there is no partner `", std::string(organisation), "`",
                                          text::DidYouMean(organisation, names)));
}

void SortUnique(std::vector<std::string>& names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
}

std::string Hex(const InvitationId& id) { return absl::BytesToHexString(std::string(crypto::View(id))); }

void Unindex(Book& book, const Partner& partner) {
  book.by_tls.erase(partner.keys.tls_spki);
  book.by_feed.erase(partner.incoming);
}

absl::Status Index(Book& book, std::string_view organisation, const Identity& identity) {
  const auto row = book.rows.find(organisation);
  absl::StatusOr<Partner> read = PartnerFrom(row->second, identity);
  if (!read.ok()) return read.status();
  for (const auto& [circle, members] : book.circles) {
    if (std::binary_search(members.begin(), members.end(), organisation)) read->circles.push_back(circle);
  }
  const PartnerPtr partner = std::make_shared<const Partner>(*std::move(read));
  PartnerPtr& place = book.partners[row->first];
  if (place != nullptr) Unindex(book, *place);
  place = partner;
  book.by_tls[partner->keys.tls_spki] = partner;
  book.by_feed[partner->incoming] = partner;
  return absl::OkStatus();
}

absl::Status Directory::State::Load() {
  absl::StatusOr<std::unique_ptr<store::Snapshot>> snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto book = std::make_shared<Book>();
  // Who cannot be read is no partner: nothing goes to it, and nothing is taken from it.
  auto read = ReadScope(**snapshot, store::Named::kPartner, kPartnerScope, [&](auto item, auto value) {
    absl::StatusOr<PartnerRow> row = DecodePartnerRow(value);
    if (!row.ok()) return row.status();
    book->rows[std::string(item)] = *std::move(row);
    return absl::OkStatus();
  });
  if (!read.ok()) return read.status();
  read = ReadScope(**snapshot, store::Named::kPartner, kInvitationScope, [&](auto, auto value) {
    absl::StatusOr<InvitationRow> row = DecodeInvitationRow(value);
    if (!row.ok()) return row.status();
    const InvitationId id = row->id;
    book->invitations[id] = *std::move(row);
    return absl::OkStatus();
  });
  if (!read.ok()) return read.status();
  read = ReadScope(**snapshot, store::Named::kCircle, kCircleScope, [&](auto item, auto value) {
    absl::StatusOr<std::vector<std::string>> members = DecodeNameList(value);
    if (!members.ok()) return members.status();
    book->circles[std::string(item)] = *std::move(members);
    return absl::OkStatus();
  });
  if (!read.ok()) return read.status();
  circles_whole_ = *read == 0;
  read = ReadScope(**snapshot, store::Named::kPartner, kFormerScope, [&](auto, auto value) {
    absl::StatusOr<FormerRow> row = DecodeFormerRow(value);
    if (!row.ok()) return row.status();
    absl::StatusOr<KeyNotice> keys = ReadKeyNotice(row->key_notice);
    if (keys.ok()) book->former.emplace(keys->names.organisation, keys->log_key);
    return keys.status();
  });
  if (!read.ok()) return read.status();
  snapshot->reset();
  for (auto row = book->rows.begin(); row != book->rows.end();) {
    absl::Status indexed = Index(*book, row->first, *identity_);
    if (!indexed.ok() && !store::Damaged(indexed)) return indexed;
    row = indexed.ok() ? std::next(row) : book->rows.erase(row);
  }
  std::vector<std::string> names = NamesIn(*book);
  names.push_back(identity_->names().organisation);
  // A full disk must not keep the node from its start.
  absl::Status mended = store_.MendNames(names);
  if (!mended.ok() && !absl::IsResourceExhausted(mended) && !absl::IsFailedPrecondition(mended)) return mended;
  Publish(std::move(book));
  return absl::OkStatus();
}

void Directory::State::Watch(std::function<void()> on_change) {
  threads::MutexLock lock(book_mutex_);
  watchers_.push_back(std::move(on_change));
}

void Directory::State::Publish(std::shared_ptr<const Book> book) {
  threads::MutexLock lock(book_mutex_);
  book_ = std::move(book);
  generation_.fetch_add(1, std::memory_order_release);
}

void Directory::State::Tell() {
  std::vector<std::function<void()>> watchers;
  {
    threads::MutexLock lock(book_mutex_);
    watchers = watchers_;
  }
  for (const auto& watcher : watchers) watcher();
}

absl::Status Directory::State::Commit(std::shared_ptr<Book> next, const Change& change, const Body& body) {
  const store::Purpose purpose = change.protects ? store::Purpose::kProtection : store::Purpose::kOrdinary;
  absl::Status written = store_.Write(purpose, [&](store::WriteTransaction& transaction) -> absl::Status {
    if (absl::Status done = body(transaction); !done.ok()) return done;
    if (change.what.empty() || !options_.record) return absl::OkStatus();
    return options_.record(transaction, change);
  });
  if (written.ok()) Publish(std::move(next));
  return written;
}

absl::StatusOr<PartnerPtr> Directory::State::Put(PartnerRow row, const Deed& deed, std::string what, bool protects,
                                                 const AlsoWrite& also) {
  auto next = std::make_shared<Book>(*book());
  absl::StatusOr<KeyNotice> keys = ReadKeyNotice(row.key_notice);
  if (!keys.ok()) return keys.status();
  const std::string organisation = keys->names.organisation;
  const std::string value = EncodePartnerRow(row);
  next->rows[organisation] = std::move(row);
  if (absl::Status indexed = Index(*next, organisation, *identity_); !indexed.ok()) return indexed;
  const PartnerPtr partner = next->partners[organisation];
  absl::Status written = Commit(
      std::move(next), {deed, organisation, std::move(what), protects}, [&](store::WriteTransaction& transaction) {
        absl::Status put = transaction.PutNamed(store::Named::kPartner, kPartnerScope, organisation, value);
        return put.ok() && also ? also(transaction) : put;
      });
  if (!written.ok()) return written;
  return partner;
}

absl::StatusOr<PartnerPtr> Directory::State::Alter(
    std::string_view organisation, const Deed& deed,
    const std::function<absl::StatusOr<std::string>(PartnerRow&)>& change, bool protects, const AlsoWrite& also) {
  absl::StatusOr<PartnerPtr> partner;
  {
    threads::MutexLock lock(write_mutex_);
    const std::shared_ptr<const Book> now = book();
    const auto known = now->rows.find(organisation);
    if (known == now->rows.end()) return UnknownPartner(*now, organisation);
    PartnerRow row = known->second;
    absl::StatusOr<std::string> what = change(row);
    if (!what.ok()) return what.status();
    if (what->empty()) return now->partners.find(organisation)->second;
    partner = Put(std::move(row), deed, *std::move(what), protects, also);
  }
  if (partner.ok()) Tell();
  return partner;
}

std::vector<std::string> Directory::State::Strike(Book& next, std::string_view organisation) {
  std::vector<std::string> changed;
  for (auto& [circle, members] : next.circles) {
    if (std::erase(members, organisation) > 0) changed.push_back(circle);
  }
  if (const auto known = next.partners.find(organisation); known != next.partners.end()) {
    Unindex(next, *known->second);
    next.partners.erase(known);
  }
  if (const auto row = next.rows.find(organisation); row != next.rows.end()) next.rows.erase(row);
  return changed;
}

absl::Status Directory::State::Erase(std::string_view organisation, const Change& change,
                                     const std::optional<FormerRow>& former, const Body& also) {
  auto next = std::make_shared<Book>(*book());
  std::string item;
  if (former.has_value()) {
    const Partner& partner = *next->partners.find(organisation)->second;
    item = absl::StrCat(partner.organisation, "/",
                        absl::BytesToHexString(std::string(crypto::View(partner.log_fingerprint))));
    next->former.emplace(partner.organisation, partner.keys.log_key);
  }
  const std::vector<std::string> circles = Strike(*next, organisation);
  const std::shared_ptr<const Book> after = next;
  absl::Status written = Commit(std::move(next), change, [&](store::WriteTransaction& transaction) -> absl::Status {
    absl::Status done = transaction.DeleteNamed(store::Named::kPartner, kPartnerScope, organisation);
    for (const std::string& circle : circles) {
      if (!done.ok()) return done;
      done = transaction.PutNamed(store::Named::kCircle, kCircleScope, circle,
                                  EncodeNameList(after->circles.find(circle)->second));
    }
    if (done.ok() && former.has_value()) {
      done = transaction.PutNamed(store::Named::kPartner, kFormerScope, item, EncodeFormerRow(*former));
    }
    return done.ok() && also ? also(transaction) : done;
  });
  if (!written.ok()) return written;
  return secrets_.Forget(organisation);
}

}  // namespace tidegate::partner
