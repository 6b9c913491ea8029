#include "node/api/searches.h"

#include "absl/strings/str_cat.h"
#include "node/api/display.h"
#include "node/search/search.h"

namespace tidegate::api {
namespace {

v1::SavedSearch ToldSearch(const search::SavedSearch& search) {
  v1::SavedSearch out;
  out.set_name(search.name);
  out.set_query(search.query);
  out.set_user(search.user);
  if (search.saved_ms != 0) out.set_saved(FormatTime(search.saved_ms));
  return out;
}

// Who keeps a search or takes one away decides what others find under its name.
ledger::Consultation EntryOf(const policy::Principal& who, uint64_t now_ms, const v1::Asker& asker,
                             std::string_view verb, const std::string& name) {
  ledger::Consultation entry;
  entry.at_ms = now_ms;
  entry.user = who.user();
  entry.reason = asker.reason();
  entry.verb = absl::StrCat(std::string(verb), " ", name);
  return entry;
}

}  // namespace

absl::StatusOr<v1::SavedSearch> SaveSearch(store::Store& store, ledger::Register& disclosures,
                                           const policy::Principal& who, uint64_t now_ms,
                                           const v1::SaveSearchRequest& request) {
  const search::SavedSearch search{request.name(), request.query(), who.user(), now_ms};
  auto saved = store.Write([&](store::WriteTransaction& transaction) -> absl::Status {
    if (auto status = search::Save(transaction, search); !status.ok()) return status;
    const auto entry = EntryOf(who, now_ms, request.asker(), "search save", request.name());
    return disclosures.Append(transaction, entry).status();
  });
  if (!saved.ok()) return saved;
  return ToldSearch(search);
}

absl::StatusOr<v1::ListSearchesReply> ListSearches(const store::Store& store) {
  auto snapshot = store.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto searches = search::SavedSearches(**snapshot);
  if (!searches.ok()) return searches.status();
  v1::ListSearchesReply reply;
  for (const search::SavedSearch& one : *searches) *reply.add_searches() = ToldSearch(one);
  return reply;
}

absl::StatusOr<v1::SavedSearch> RemoveSearch(store::Store& store, ledger::Register& disclosures,
                                             const policy::Principal& who, uint64_t now_ms,
                                             const v1::RemoveSearchRequest& request) {
  auto removed = store.Write([&](store::WriteTransaction& transaction) -> absl::Status {
    if (auto status = search::RemoveSaved(transaction, request.name()); !status.ok()) return status;
    const auto entry = EntryOf(who, now_ms, request.asker(), "search remove", request.name());
    return disclosures.Append(transaction, entry).status();
  });
  if (!removed.ok()) return removed;
  v1::SavedSearch out;
  out.set_name(request.name());
  return out;
}

}  // namespace tidegate::api
