// A column that names other rows of the table: each row then becomes a link to them, too.
#include <algorithm>
#include <array>
#include <utility>

#include "node/intake/suggest/choice.h"
#include "node/intake/suggest/words.h"
#include "node/intake/text.h"

namespace tidegate::intake {
namespace {

constexpr double kMostOfThem = 0.8;  // cells that name a row, if the column's name does not say so
constexpr double kHalf = 0.5;

// How many cells name rows only.
std::uint64_t NamesRows(const ColumnProfile& identity, const ColumnProfile& column, char split) {
  return column.Passing([&](const std::string& value) {
    const std::vector<std::string_view> parts = SplitList(value, split);
    return !parts.empty() && std::all_of(parts.begin(), parts.end(), [&](std::string_view part) {
      return identity.values().count(std::string(part)) != 0;
    });
  });
}

// Small numbers count things as often as they name rows.
bool IsTelling(const ColumnProfile& identity) {
  return std::all_of(identity.values().begin(), identity.values().end(), [](const auto& value) {
    constexpr std::size_t kTelling = 4;
    return HasLetters(value.first) || value.first.size() >= kTelling;
  });
}

}  // namespace

void TakeRelations(Choice* choice) {
  if (!choice->identity.has_value()) return;
  const ColumnProfile& identity = choice->table.columns[*choice->identity];
  for (std::size_t i = 0; i < choice->table.columns.size(); ++i) {
    const ColumnProfile& column = choice->table.columns[i];
    if (i == *choice->identity || column.name().empty() || column.kept() == 0) continue;
    // Another field that fits is the better use. A number of its own, or a text, is not.
    const Offer* use = UseOf(*choice, i);
    const bool weak = use != nullptr && choice->uses[i].has_value() && use->slot != nullptr &&
                      (use->part == "reference" || (use->part.empty() && use->slot->type == record::Type::kText));
    if (use != nullptr && !weak) continue;
    const bool named = NameScore(WordsOf(column.name()), "row.related") >= 60;
    char split = ';';
    std::uint64_t most = 0;
    for (char one : {';', ',', '/', ' '}) {
      const std::uint64_t names = NamesRows(identity, column, one);
      if (names <= most) continue;
      most = names;
      split = one;
    }
    const double share = static_cast<double>(most) / static_cast<double>(column.kept());
    if (share < (named ? kHalf : kMostOfThem) || (!named && !IsTelling(identity))) continue;
    choice->uses[i].reset();
    const std::string kind(choice->kind->name);
    choice->links.push_back({kind, "related-to", kind, i, split == ';' ? "" : std::string(1, split)});
  }
}

}  // namespace tidegate::intake
