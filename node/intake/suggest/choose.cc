// Which column gives which field.
#include <algorithm>
#include <set>
#include <utility>

#include "node/intake/suggest/choice.h"
#include "node/intake/suggest/words.h"
#include "node/intake/text.h"

namespace tidegate::intake {
namespace {

struct Bid {
  std::size_t column = 0;
  Offer offer;
};

bool IsHalfOfPair(const std::string& part) { return part == "first" || part == "last"; }

// The fields that a column serves already.
class Claims {
 public:
  bool Take(const Offer& offer) {
    std::set<std::string>& parts = parts_[offer.target];
    const bool place = offer.slot != nullptr && offer.slot->type == record::Type::kPlace;
    const bool pair = IsHalfOfPair(offer.part);
    if (place || pair) {
      // A whole value and its parts do not go together.
      if (parts.count("") != 0) return false;
      return parts.insert(offer.part).second;
    }
    if (offer.part == "currency") return parts.count("value") != 0 && parts.insert("currency").second;
    if (!parts.empty() && !offer.many) return false;
    if (offer.part == "value" && !parts.empty()) return false;
    if (parts.count("value") != 0) return false;
    parts.insert(offer.part == "value" ? "value" : "");
    return true;
  }

 private:
  std::map<std::string, std::set<std::string>> parts_;
};

// One end alone is the whole: a column `from` without a column `to` is a date like another.
void MendHalfPairs(std::vector<std::optional<Offer>>& uses) {
  for (std::optional<Offer>& use : uses) {
    if (!use.has_value() || !IsHalfOfPair(use->part)) continue;
    const bool both = std::any_of(uses.begin(), uses.end(), [&use](const std::optional<Offer>& other) {
      return other.has_value() && other->target == use->target && IsHalfOfPair(other->part) && other->part != use->part;
    });
    if (both) continue;
    use->doubts.push_back("it is one end of a period, and no column gives the other");
    use->part.clear();
  }
}

// An amount needs its currency: from another column, from the name of its own, or from a person.
void MendAmounts(std::vector<std::optional<Offer>>& uses) {
  for (std::optional<Offer>& use : uses) {
    if (!use.has_value() || use->part != "value") continue;
    const bool paired = std::any_of(uses.begin(), uses.end(), [&use](const std::optional<Offer>& other) {
      return other.has_value() && other->target == use->target && other->part == "currency";
    });
    if (paired) {
      use->options.clear();
    } else {
      use->part.clear();
      if (use->options.empty()) {
        use->options.emplace_back("unit", "\"EUR\"");
        use->doubts.push_back("nothing says the currency: write the right one");
      }
    }
  }
}

std::optional<std::size_t> IdentityOf(const Choice& choice) {
  for (std::size_t i = 0; i < choice.uses.size(); ++i) {
    const ColumnProfile& column = choice.table.columns[i];
    if (!choice.uses[i].has_value() || choice.uses[i]->part != "reference") continue;
    if (column.distinct() && column.filled() == choice.table.rows) return i;
  }
  return std::nullopt;
}

}  // namespace

Choice ChooseUses(const record::Kind& kind, TableProfile table) {
  Choice choice;
  choice.kind = &kind;
  std::vector<Bid> bids;
  std::set<std::string> names;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const ColumnProfile& column = table.columns[i];
    // If two columns have the same name, a mapping can name neither.
    const auto same = [&column](const ColumnProfile& other) { return other.name() == column.name(); };
    if (column.name().empty() || std::count_if(table.columns.begin(), table.columns.end(), same) > 1) continue;
    for (Offer& offer : OffersFor(kind, column)) bids.push_back({i, std::move(offer)});
  }
  const auto order = [](const Bid& bid) { return std::pair(bid.offer.part == "currency" ? 1 : 0, -bid.offer.score()); };
  std::stable_sort(bids.begin(), bids.end(), [&](const Bid& a, const Bid& b) { return order(a) < order(b); });
  choice.uses.resize(table.columns.size());
  Claims claims;
  for (Bid& bid : bids) {
    if (choice.uses[bid.column].has_value() || !claims.Take(bid.offer)) continue;
    choice.uses[bid.column] = std::move(bid.offer);
  }
  choice.table = std::move(table);
  MendHalfPairs(choice.uses);
  MendAmounts(choice.uses);
  choice.identity = IdentityOf(choice);
  return choice;
}

std::vector<std::string> Unserved(const Choice& choice) {
  std::vector<std::string> unserved;
  for (const record::Slot& slot : choice.kind->slots) {
    const std::string target = Cat({choice.kind->name, ".", slot.name});
    const bool served = std::any_of(choice.uses.begin(), choice.uses.end(), [&target](const std::optional<Offer>& use) {
      return use.has_value() && use->target == target;
    });
    if (!served) unserved.emplace_back(slot.name);
  }
  return unserved;
}

}  // namespace tidegate::intake
