#include "node/search/saved.h"

#include <algorithm>
#include <utility>

#include "crypto/bytes.h"
#include "node/search/meaning.h"
#include "node/search/say.h"
#include "node/search/syntax.h"
#include "text/text.h"

namespace tidegate::search {
namespace {

constexpr std::string_view kLabel("TDGqry1\0", 8);
constexpr char kScope[] = "saved searches";
constexpr size_t kMostUserBytes = 1024;

const SavedSearch& Alerts() {
  static const SavedSearch& alerts = *new SavedSearch{"alerts", "kind:alert", "", 0};
  return alerts;
}

bool IsName(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  };
  return !name.empty() && name.size() <= kMostNameBytes && name.front() != '-' &&
         std::all_of(name.begin(), name.end(), fits);
}

}  // namespace

std::string EncodeSaved(const SavedSearch& search) {
  crypto::ByteWriter out;
  out.Raw(kLabel).U64(search.saved_ms).Lp16(search.user).Lp16(search.query);
  return out.Take();
}

absl::StatusOr<SavedSearch> DecodeSaved(std::string_view name, std::string_view bytes) {
  crypto::ByteReader in(bytes);
  const bool labelled = in.Raw(kLabel.size()) == kLabel;
  SavedSearch search;
  search.name = std::string(name);
  search.saved_ms = in.U64();
  search.user = std::string(in.Lp16());
  search.query = std::string(in.Lp16());
  if (!labelled || !in.ok() || in.remaining() != 0) {
    return absl::DataLossError("search: a saved search is damaged; run `tidegate verify`");
  }
  return search;
}

absl::StatusOr<std::vector<SavedSearch>> SavedSearches(const store::Reader& reader) {
  std::vector<SavedSearch> searches = {Alerts()};
  store::Damage damage;  // `status` tells of it; the others are listed
  auto read = reader.ForEachNamed(store::Named::kSetting, kScope, damage,
                                  [&](std::string_view name, std::string_view bytes) -> absl::StatusOr<bool> {
                                    auto search = DecodeSaved(name, bytes);
                                    if (!search.ok()) return search.status();
                                    searches.push_back(*std::move(search));
                                    return true;
                                  });
  if (!read.ok()) return read;
  std::sort(searches.begin(), searches.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return searches;
}

absl::Status Save(store::WriteTransaction& transaction, const SavedSearch& search) {
  if (!IsName(search.name)) {
    return Expected(
        {"search: the name of a search has letters, digits and `-_.`, ", std::to_string(kMostNameBytes), " at most"});
  }
  if (search.name == Alerts().name) return Expected({"search: `alerts` comes with the program; take another name"});
  // National numbers and relative dates are read when it is run, so any of them will do here.
  if (auto meaning = MeaningOf(search.query, {search.saved_ms, "GB"}); !meaning.ok()) return meaning.status();
  if (search.user.size() > kMostUserBytes) return Expected({"search: a user's name is shorter"});
  auto searches = SavedSearches(transaction);
  if (!searches.ok()) return searches.status();
  const bool known =
      std::any_of(searches->begin(), searches->end(), [&](const SavedSearch& one) { return one.name == search.name; });
  if (!known && searches->size() > kMostSaved) {
    return Expected({"search: ", std::to_string(kMostSaved), " searches are saved, and no more; remove one"});
  }
  return transaction.PutNamed(store::Named::kSetting, kScope, search.name, EncodeSaved(search));
}

absl::Status RemoveSaved(store::WriteTransaction& transaction, std::string_view name) {
  if (name == Alerts().name) return Expected({"search: `alerts` comes with the program and stays"});
  auto searches = SavedSearches(transaction);
  if (!searches.ok()) return searches.status();
  std::vector<std::string> names;
  for (const SavedSearch& one : *searches) names.push_back(one.name);
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    return absl::NotFoundError(Say({"search: no search is saved as `", name, "`", text::DidYouMean(name, names)}));
  }
  return transaction.DeleteNamed(store::Named::kSetting, kScope, name);
}

}  // namespace tidegate::search
