// Columns that stand in pairs: `Phone 1` and `Phone 2` are two telephones, `Victim name` and `Suspect name` two people.
#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "node/intake/suggest/choice.h"
#include "node/intake/suggest/words.h"
#include "node/intake/text.h"

namespace tidegate::intake {
namespace {

// A column's name without what tells it from its twin.
struct Marked {
  std::string stem;  // `name` of `Victim 2 name`
  std::string mark;  // `victim 2`; empty: there is none
  std::string role;  // a code of the list `subject-category`; empty: the name says none
};

struct Role {
  std::string_view code, words;
};
constexpr Role kRoles[] = {
    {"victim", "victim|victims|opfer|geschadigte|victime|victima|vittima|slachtoffer|ofiara|poszkodowany|obet"},
    {"suspect",
     "suspect|suspects|perpetrator|tater|tatverdachtiger|tatverdachtige|beschuldigter|auteur|sospechoso|sospettato|"
     "indagato|verdachte|podejrzany|sprawca|suspectul|podezrely"},
    {"witness", "witness|zeuge|zeugin|temoin|testigo|testimone|getuige|swiadek|martor|svedek"}};

std::string RoleOf(const std::string& word) {
  for (const Role& role : kRoles) {
    for (std::string_view one : SplitList(role.words, '|')) {
      if (one == word) return std::string(role.code);
    }
  }
  return "";
}

bool IsNumber(std::string_view word) {
  return !word.empty() && word.size() <= 2 && std::all_of(word.begin(), word.end(), [](char c) {
    return absl::ascii_isdigit(static_cast<unsigned char>(c));
  });
}

// `phone2` is `phone` and `2`.
std::vector<std::string> Parted(const std::vector<std::string>& words) {
  std::vector<std::string> parted;
  for (const std::string& word : words) {
    const std::size_t letters = word.find_last_not_of("0123456789") + 1;
    const bool both = letters > 1 && letters < word.size() && word.size() - letters <= 2;
    parted.push_back(both ? word.substr(0, letters) : word);
    if (both) parted.push_back(word.substr(letters));
  }
  return parted;
}

// A second telephone is another one. A second name is the same person's, so words count for things alone.
bool MeansSecond(const std::string& word) {
  constexpr std::string_view kWords =
      "second|2nd|secondary|alternative|alternate|alt|other|additional|zweite|zweiter|weitere|deuxieme|autre|segundo|"
      "segunda|otro|otra|secondo|seconda|altro|altra|tweede|andere|drugi|druga|drugie";
  const std::vector<std::string_view> words = SplitList(kWords, '|');
  return std::find(words.begin(), words.end(), word) != words.end();
}

Marked MarkedOf(std::string_view name, bool things) {
  Marked marked;
  for (std::string word : Parted(WordsOf(name))) {
    if (things && MeansSecond(word)) word = "2";
    const std::string role = RoleOf(word);
    if (role.empty() && !IsNumber(word)) {
      marked.stem.append(marked.stem.empty() ? "" : " ").append(word);
      continue;
    }
    if (!role.empty()) marked.role = role;
    marked.mark.append(marked.mark.empty() ? "" : " ").append(role.empty() ? word : role);
  }
  // `Victim 1` is somebody's name. `Victims` is a number of them, or a text.
  if (marked.stem.empty() && marked.mark != marked.role) marked.stem = "name";
  return marked;
}

// By which fields a record of a kind is another thing than the next one.
struct KeyFields {
  std::string_view kind, fields;
};
constexpr KeyFields kKeys[] = {{"person", "name|given_names"}, {"organisation", "name"},    {"phone", "number"},
                               {"account", "number"},          {"vehicle", "registration"}, {"online", "address"}};

std::string_view KeysOf(std::string_view kind) {
  for (const KeyFields& key : kKeys) {
    if (key.kind == kind) return key.fields;
  }
  return {};
}

bool HasKey(const RecordUse& record, const TableProfile& table) {
  const std::vector<std::string_view> fields = SplitList(KeysOf(record.kind->name), '|');
  for (std::size_t i = 0; i < record.uses.size(); ++i) {
    const std::optional<Offer>& use = record.uses[i];
    if (!use.has_value() || use->slot == nullptr) continue;
    if (std::find(fields.begin(), fields.end(), use->slot->name) == fields.end()) continue;
    const ColumnProfile& column = table.columns[i];
    const bool name = column.Passing(HasLetters) == column.kept() && !column.IsProse();
    if (use->slot->type != record::Type::kText || name) return true;
  }
  return false;
}

// Numbers before roles, in their order; what has no mark comes first.
struct MarkOrder {
  bool operator()(const std::string& a, const std::string& b) const {
    return std::pair(a.size(), a) < std::pair(b.size(), b);
  }
};

struct Group {
  std::vector<CalledColumn> columns;
  std::string role;
};
using Groups = std::map<std::string, Group, MarkOrder>;

// `Age 1` beside `Victim 1` is that victim's.
void MergeNumbers(Groups* groups) {
  for (auto number = groups->begin(); number != groups->end();) {
    std::vector<Group*> same;
    for (auto& [mark, group] : *groups) {
      if (IsNumber(number->first) && EndsWith(mark, Cat({" ", number->first}))) same.push_back(&group);
    }
    if (same.size() != 1) {
      ++number;
      continue;
    }
    std::vector<CalledColumn>& to = same.front()->columns;
    to.insert(to.end(), number->second.columns.begin(), number->second.columns.end());
    number = groups->erase(number);
  }
}

// The groups of columns that have a twin, by their marks. None if nothing stands in pairs.
Groups GroupsOf(const TableProfile& table, bool things) {
  std::map<std::string, std::set<std::string>> marks_of;  // by stem
  std::vector<Marked> marked;
  for (const ColumnProfile& column : table.columns) {
    const Marked& one = marked.emplace_back(MarkedOf(column.name(), things));
    if (!one.stem.empty() && column.filled() > 0) marks_of[one.stem].insert(one.mark);
  }
  std::set<std::string> paired;
  for (const auto& [stem, marks] : marks_of) {
    if (marks.size() > 1) paired.insert(marks.begin(), marks.end());
  }
  Groups groups;
  for (std::size_t i = 0; i < marked.size(); ++i) {
    const Marked& one = marked[i];
    // A column without any mark is of a pair only if it is the first of one: `Phone`, `Phone 2`.
    const bool of_pair = one.mark.empty() ? marks_of[one.stem].size() > 1 : paired.count(one.mark) != 0;
    if (one.stem.empty() || !of_pair || SpeaksOfInformant(WordsOf(table.columns[i].name()))) continue;
    Group& group = groups[one.mark];
    group.columns.push_back({i, one.stem});
    if (!one.role.empty()) group.role = one.role;
  }
  MergeNumbers(&groups);
  return groups;
}

// What a further record does not use may be the row's own, unless both are of one kind.
void LeaveOutOf(const Group& group, const RecordUse& record, bool same, std::vector<CalledColumn>* rest) {
  std::erase_if(*rest, [&](const CalledColumn& one) {
    const bool of_group = std::any_of(group.columns.begin(), group.columns.end(),
                                      [&one](const CalledColumn& column) { return column.column == one.column; });
    return of_group && (same || record.uses[one.column].has_value());
  });
}

}  // namespace

std::vector<CalledColumn> TakeTwins(const std::string& home, Choice* choice) {
  const TableProfile& table = choice->table;
  std::vector<CalledColumn> rest;
  for (std::size_t i = 0; i < table.columns.size(); ++i) rest.push_back({i, table.columns[i].name()});
  const bool same = !KeysOf(choice->kind->name).empty();
  const bool named = choice->kind->name == "person" || choice->kind->name == "organisation";
  const Groups groups = GroupsOf(table, same && !named);
  const record::Kind* kind = same ? choice->kind : record::Catalogue::FindKind("person");
  std::vector<RecordUse> records;
  std::vector<const Group*> of;
  for (const auto& [mark, group] : groups) {
    RecordUse record = UsesOf(*kind, table, group.columns, home);
    if (!HasKey(record, table)) continue;
    records.push_back(std::move(record));
    of.push_back(&group);
  }
  constexpr std::size_t kMostTwins = 9;
  if (records.size() < 2 || records.size() > kMostTwins) return rest;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (same && i == 0) {
      // The first is the row's own record, and goes by its name without the mark.
      for (const CalledColumn& column : of[i]->columns) rest[column.column].name = column.name;
      continue;  // nothing was left out of `rest` yet
    }
    RecordUse& record = records[i];
    record.name = Cat({kind->name, "-", std::to_string(i + 1)});
    if (!of[i]->role.empty() && kind->name == "person") {
      record.constants.emplace_back("person.subject_categories", of[i]->role);
    }
    LeaveOutOf(*of[i], record, same, &rest);
    choice->links.push_back({std::string(choice->kind->name), same ? "related-to" : "mentions", record.name, {}, {}});
    choice->also.push_back(std::move(record));
  }
  return rest;
}

}  // namespace tidegate::intake
