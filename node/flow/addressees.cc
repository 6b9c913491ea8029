#include "node/flow/addressees.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "text/text.h"

namespace tidegate::flow {
namespace {

constexpr std::string_view kOrganisation = "organisation:", kCircle = "circle:";

}  // namespace

Addressees::Addressees(const partner::Directory& directory, uint64_t now_ms)
    : organisations_(partner::KnownOrganisations(directory, now_ms)) {
  for (const partner::Circle& circle : directory.Circles()) circles_.push_back(circle.name);
  std::sort(circles_.begin(), circles_.end());
}

void Addressees::Look(const std::vector<std::string>& known, const std::string& name, std::string says,
                      std::vector<std::string>& warnings) const {
  if (std::binary_search(known.begin(), known.end(), name)) return;
  absl::StrAppend(&says, &known == &circles_ ? ": there is no such circle"
                                             : ": no partner and nobody who was invited has this name");
  const std::string_view meant = text::NearestOf(name, known);
  if (!meant.empty()) absl::StrAppend(&says, " (did you mean `", std::string(meant), "`?)");
  warnings.push_back(std::move(says));
}

std::vector<std::string> Addressees::Unknown(const record::Draft& draft) const {
  std::vector<std::string> warnings;
  for (const std::string& name : draft.local.named_recipients) {
    Look(organisations_, name, absl::StrCat("the recipient `", name, "` reaches nobody"), warnings);
  }
  for (const auto* conditions : {&draft.handling.conditions, &draft.local.conditions}) {
    for (const std::string& condition : *conditions) {
      const std::string says = absl::StrCat("the condition `", condition, "` holds for nobody");
      if (absl::StartsWith(condition, "organisation:")) {
        Look(organisations_, condition.substr(kOrganisation.size()), says, warnings);
      } else if (absl::StartsWith(condition, "circle:")) {
        Look(circles_, condition.substr(kCircle.size()), says, warnings);
      }
    }
  }
  return warnings;
}

void DraftWarnings::Add(const std::vector<std::string>& unknown, const std::string& position) {
  for (const std::string& warning : unknown) {
    const auto seen = seen_.find(warning);
    if (seen != seen_.end()) {
      ++seen->second.times;
    } else if (seen_.size() < kMost) {
      seen_.emplace(warning, Seen{position, 1});
    } else {
      ++beyond_;
    }
  }
}

std::vector<std::string> DraftWarnings::Told() const {
  std::vector<std::string> told;
  for (const auto& [warning, seen] : seen_) {
    told.push_back(absl::StrCat(seen.first, ": ", warning,
                                seen.times == 1 ? "" : absl::StrCat("; ", seen.times - 1, " more items say so too")));
  }
  if (beyond_ > 0) told.push_back(absl::StrCat(beyond_, " more items have other warnings"));
  return told;
}

}  // namespace tidegate::flow
