// Which column gives which field.
#include <algorithm>
#include <set>
#include <utility>

#include "node/intake/suggest/choice.h"
#include "node/intake/suggest/date_forms.h"
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
      if (offer.part == "coordinates") {
        return parts.count("latitude") + parts.count("longitude") == 0 && parts.insert("latitude").second &&
               parts.insert("longitude").second;
      }
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

void DropOption(std::string_view name, Offer* use) {
  std::erase_if(use->options, [name](const auto& option) { return option.first == name; });
}

// An amount needs its currency: from another column, from the cell or the name of its own, or from a person.
void MendAmounts(std::vector<std::optional<Offer>>& uses) {
  for (std::optional<Offer>& use : uses) {
    if (!use.has_value() || use->part != "value") continue;
    const bool paired = std::any_of(uses.begin(), uses.end(), [&use](const std::optional<Offer>& other) {
      return other.has_value() && other->target == use->target && other->part == "currency";
    });
    if (paired) {
      DropOption("unit", &*use);
      continue;
    }
    use->part.clear();
    const bool said = std::any_of(use->options.begin(), use->options.end(),
                                  [](const auto& option) { return option.first == "unit"; });
    if (said) continue;
    use->options.emplace_back("unit", "\"EUR\"");
    use->asleep = true;
    use->doubts.emplace_back("nothing says the currency: write the right one as `unit`, and take the `#` away");
  }
}

// The column of a number of its own for each row; of a few rows that lack one it is said.
void ChooseIdentity(Choice* choice) {
  for (std::size_t i = 0; i < choice->uses.size(); ++i) {
    const ColumnProfile& column = choice->table.columns[i];
    if (!choice->uses[i].has_value() || choice->uses[i]->part != "reference") continue;
    if (!column.distinct() || column.filled() * 2 < choice->table.rows) continue;
    choice->identity = i;
    choice->without_identity = choice->table.rows - std::min(choice->table.rows, column.kept());
    return;
  }
}

// --- values of several columns

class Joiner {
 public:
  Joiner(const TableProfile& table, const std::vector<CalledColumn>& columns, RecordUse* record)
      : table_(table), choice_(*record), names_(table.columns.size()) {
    for (const CalledColumn& column : columns) names_[column.column] = column.name;
  }

  void Join() {
    JoinClocks();
    JoinNames();
    JoinProse();
  }

 private:
  // A column without a name is another record's.
  bool IsFree(std::size_t i) const { return !choice_.uses[i].has_value() && !names_[i].empty(); }
  const ColumnProfile& Column(std::size_t i) const { return table_.columns[i]; }
  int Score(std::size_t i, std::string_view thing) const { return NameScore(WordsOf(names_[i]), thing); }
  bool Speaks(std::size_t i) const { return SpeaksOfInformant(WordsOf(names_[i])); }

  void Take(JoinedColumns joined) {
    for (std::size_t i : joined.columns) {
      Offer use = choice_.uses[i].value_or(Offer());
      use.target = joined.target;
      use.slot = choice_.kind->FindSlot(joined.target.substr(choice_.kind->name.size() + 1));
      use.part = "joined";
      use.doubts = joined.doubts;
      choice_.uses[i] = std::move(use);
    }
    choice_.joined.push_back(std::move(joined));
  }

  // A date in one column and its time of day in another.
  void JoinClocks() {
    for (std::size_t clock = 0; clock < choice_.uses.size(); ++clock) {
      if (!IsFree(clock) || Score(clock, "clock") < 60) continue;
      const std::vector<std::string> clocks = GuessClocks(Column(clock));
      const std::optional<std::size_t> date = clocks.empty() ? std::nullopt : DateBeside(clock);
      if (!date.has_value()) continue;
      const Offer& use = *choice_.uses[*date];
      JoinedColumns joined{use.target, {*date, clock}, " ", use.options, use.doubts, true};
      std::erase_if(joined.options, [](const auto& option) { return option.first == "date"; });
      joined.options.emplace(joined.options.begin(), "date", FormsText(WithClocks(use.dates, clocks)));
      Take(std::move(joined));
    }
  }

  std::optional<std::size_t> DateBeside(std::size_t clock) const {
    const auto apart = [clock](std::size_t i) { return i > clock ? i - clock : clock - i; };
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < choice_.uses.size(); ++i) {
      const std::optional<Offer>& use = choice_.uses[i];
      const bool date = use.has_value() && use->slot != nullptr && use->slot->type == record::Type::kTime &&
                        use->part.empty() && Speaks(i) == Speaks(clock);
      const bool has_clock =
          Column(i).Passing([](const std::string& text) { return text.find(':') != std::string::npos; }) > 0;
      if (date && !has_clock && (!best.has_value() || apart(i) < apart(*best))) best = i;
    }
    return best;
  }

  // First name and surname, where the kind has one field for names.
  void JoinNames() {
    const record::Slot* slot = choice_.kind->FindSlot("persons_named");
    if (slot == nullptr || choice_.kind->FindSlot("given_names") != nullptr) return;
    const std::string target = Cat({choice_.kind->name, ".", slot->name});
    const auto usable = [&](std::size_t i, std::string_view part) {
      const std::optional<Offer>& use = choice_.uses[i];
      return (IsFree(i) || (use.has_value() && use->target == target)) && Score(i, part) >= 60 && !Speaks(i);
    };
    for (std::size_t first = 0; first < choice_.uses.size(); ++first) {
      if (!usable(first, "given_names")) continue;
      for (std::size_t last = 0; last < choice_.uses.size(); ++last) {
        if (last == first || !usable(last, "family_name")) continue;
        return Take({target, {first, last}, " ", {}, {"a name of two columns"}, false});
      }
    }
  }

  // Several columns of prose are one account.
  void JoinProse() {
    std::optional<std::size_t> main;
    std::vector<std::size_t> others;
    const std::string target = Cat({choice_.kind->name, ".narrative"});
    for (std::size_t i = 0; i < choice_.uses.size(); ++i) {
      if (choice_.uses[i].has_value() && choice_.uses[i]->target == target && choice_.uses[i]->part.empty()) main = i;
      if (IsFree(i) && Score(i, "narrative") >= 90 && Column(i).filled() > 0 && !Speaks(i)) others.push_back(i);
    }
    if (!main.has_value() || others.empty()) return;
    JoinedColumns joined{target, {*main}, "\n\n", {}, {"an account of several columns"}, false};
    joined.columns.insert(joined.columns.end(), others.begin(), others.end());
    Take(std::move(joined));
  }

  const TableProfile& table_;
  RecordUse& choice_;
  std::vector<std::string> names_;  // by column
};

// Whether a record may lack the value: not if policies see it, or if it marks or names the record.
bool MayLack(const Offer& use) {
  const bool country = use.part == "country" || (use.slot != nullptr && use.slot->code_list == record::kCountryList);
  return use.slot != nullptr && use.part != "reference" && !country && use.slot->label_fact == record::LabelFact::kNone;
}

void AddOptional(std::uint64_t rows, std::vector<std::pair<std::string, std::string>>* options,
                 std::vector<std::string>* doubts) {
  options->emplace_back("optional", "true");
  doubts->push_back(Cat({"of ", std::to_string(rows), rows == 1 ? " row" : " rows",
                         " the value does not fit; it is left out, and counted"}));
}

}  // namespace

RecordUse UsesOf(const record::Kind& kind, const TableProfile& table, const std::vector<CalledColumn>& columns,
                 const std::string& home) {
  RecordUse record;
  record.kind = &kind;
  record.name = kind.name;
  std::vector<Bid> bids;
  for (const CalledColumn& called : columns) {
    const ColumnProfile& column = table.columns[called.column];
    // If two columns have the same name, a mapping can name neither.
    const auto same = [&column](const ColumnProfile& other) { return other.name() == column.name(); };
    if (column.name().empty() || std::count_if(table.columns.begin(), table.columns.end(), same) > 1) continue;
    const bool renamed = called.name != column.name();
    for (Offer& offer : OffersFor(kind, renamed ? column.Called(called.name) : column, home)) {
      bids.push_back({called.column, std::move(offer)});
    }
  }
  const auto order = [](const Bid& bid) { return std::pair(bid.offer.part == "currency" ? 1 : 0, -bid.offer.score()); };
  std::stable_sort(bids.begin(), bids.end(), [&](const Bid& a, const Bid& b) { return order(a) < order(b); });
  record.uses.resize(table.columns.size());
  Claims claims;
  for (Bid& bid : bids) {
    if (record.uses[bid.column].has_value() || !claims.Take(bid.offer)) continue;
    record.uses[bid.column] = std::move(bid.offer);
  }
  MendHalfPairs(record.uses);
  MendAmounts(record.uses);
  Joiner(table, columns, &record).Join();
  return record;
}

Choice ChooseUses(const record::Kind& kind, TableProfile table, const std::string& home) {
  Choice choice;
  choice.kind = &kind;
  choice.table = std::move(table);
  const std::vector<CalledColumn> own = TakeTwins(home, &choice);
  static_cast<RecordUse&>(choice) = UsesOf(kind, choice.table, own, home);
  ChooseIdentity(&choice);
  TakeRelations(&choice);
  SayZones(home, &choice);
  SayDefaults(&choice);
  return choice;
}

const Offer* UseOf(const Choice& choice, std::size_t column) {
  if (choice.uses[column].has_value()) return &*choice.uses[column];
  for (const RecordUse& record : choice.also) {
    if (record.uses[column].has_value()) return &*record.uses[column];
  }
  return nullptr;
}

namespace {

bool MakeOptionalOf(const TableProfile& table, const std::map<std::string, std::uint64_t>& rejected,
                    RecordUse* record) {
  bool changed = false;
  for (std::size_t i = 0; i < record->uses.size(); ++i) {
    std::optional<Offer>& use = record->uses[i];
    const auto found = rejected.find(table.columns[i].name());
    if (!use.has_value() || found == rejected.end() || !MayLack(*use)) continue;
    if (use->part == "joined") {
      for (JoinedColumns& joined : record->joined) {
        if (joined.columns.front() == i) AddOptional(found->second, &joined.options, &joined.doubts);
      }
    } else {
      AddOptional(found->second, &use->options, &use->doubts);
    }
    changed = true;
  }
  return changed;
}

}  // namespace

bool MakeOptional(const std::map<std::string, std::uint64_t>& rejected, Choice* choice) {
  bool changed = MakeOptionalOf(choice->table, rejected, choice);
  for (RecordUse& record : choice->also) changed |= MakeOptionalOf(choice->table, rejected, &record);
  return changed;
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
