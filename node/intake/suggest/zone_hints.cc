// The time zone of a table's times: the name of their column, or another column, may say it.
#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "node/intake/suggest/choice.h"
#include "node/intake/suggest/words.h"
#include "node/intake/text.h"
#include "node/intake/zones.h"
#include "re2/re2.h"
#include "text/text.h"

namespace tidegate::intake {
namespace {

// A zone or an offset in the words of a mapping.
struct Hint {
  std::string option, value;
  bool operator==(const Hint& other) const { return option == other.option && value == other.value; }
};

// Abbreviations by which people mean the clock on their wall, summer time included. What means several is left out.
constexpr std::pair<std::string_view, std::string_view> kClocks[] = {
    {"CET", "Europe/Berlin"},       {"CEST", "Europe/Berlin"},   {"MEZ", "Europe/Berlin"},
    {"MESZ", "Europe/Berlin"},      {"BST", "Europe/London"},    {"EET", "Europe/Bucharest"},
    {"EEST", "Europe/Bucharest"},   {"WET", "Europe/Lisbon"},    {"MSK", "Europe/Moscow"},
    {"EST", "America/New_York"},    {"EDT", "America/New_York"}, {"PST", "America/Los_Angeles"},
    {"PDT", "America/Los_Angeles"}, {"HKT", "Asia/Hong_Kong"},   {"SGT", "Asia/Singapore"},
    {"JST", "Asia/Tokyo"}};

std::optional<Hint> ZoneNamed(const std::string& name) {
  if (!FindZone(name).ok()) return std::nullopt;
  return Hint{"zone", name};
}

// A text that is nothing but a zone: `Europe/Rome`, `CET`, `UTC+2`, `+01:00`.
std::optional<Hint> HintOf(std::string_view text) {
  static const RE2* const kOffset = new RE2(R"((?:UTC|GMT)?\s*([+-])(\d{1,2})(?::?(\d{2}))?)");
  const std::string word(Trim(text));
  if (word == "UTC" || word == "GMT" || word == "Z") return Hint{"offset", "Z"};
  std::string sign, hours, minutes;
  if (RE2::FullMatch(word, *kOffset, &sign, &hours, &minutes)) {
    return Hint{"offset", Cat({sign, hours.size() == 1 ? "0" : "", hours, ":", minutes.empty() ? "00" : minutes})};
  }
  for (const auto& [clock, zone] : kClocks) {
    if (word == clock) return ZoneNamed(std::string(zone));
  }
  return word.find('/') == std::string::npos ? std::nullopt : ZoneNamed(word);
}

// The first zone that the database lists for a country, and whether it is the only one.
std::optional<std::pair<Hint, bool>> ZoneOf(const std::string& country) {
  std::optional<std::pair<Hint, bool>> found;
  for (const ListedZone& zone : ListedZones()) {
    if (zone.country != country) continue;
    if (found.has_value()) return std::pair(found->first, false);
    if (std::optional<Hint> hint = ZoneNamed(zone.name); hint.has_value()) found.emplace(*hint, true);
  }
  return found;
}

// `Rome time`, `heure de Paris`.
std::optional<Hint> ZoneOfCity(const std::vector<std::string>& words) {
  for (const ListedZone& zone : ListedZones()) {
    const std::string city = Lower(zone.name.substr(zone.name.rfind('/') + 1));
    if (std::find(words.begin(), words.end(), city) != words.end()) return ZoneNamed(zone.name);
  }
  return std::nullopt;
}

// The zone that a column's name has in it: behind a bracket, or as its last word.
std::optional<Hint> HintInName(const std::string& name, const std::string& home) {
  std::string spaced = name;
  bool bracket = false;
  for (char& c : spaced) {
    bracket |= c == '(' || c == '[';
    if (std::string_view("()[],;").find(c) != std::string_view::npos) c = ' ';
  }
  const std::vector<std::string_view> texts = SplitList(spaced, ' ');
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const bool apart = bracket || i + 1 == texts.size() || texts[i].find('/') != std::string_view::npos;
    // A lone `+1` is no zone.
    const bool bare = texts[i].find_first_of("+-") == 0 && texts[i].find(':') == std::string_view::npos;
    if (!apart || bare || texts[i].size() < 2) continue;
    if (std::optional<Hint> hint = HintOf(texts[i]); hint.has_value()) return hint;
  }
  const std::vector<std::string> words = WordsOf(name);
  if (NameScore(words, "clock") < 60 && NameScore(words, "zone.local") < 60) return std::nullopt;
  if (std::optional<Hint> hint = ZoneOfCity(words); hint.has_value()) return hint;
  const auto local = NameScore(words, "zone.local") >= 60 ? ZoneOf(home) : std::nullopt;
  return local.has_value() && local->second ? std::optional<Hint>(local->first) : std::nullopt;
}

// A column of zones, and what its rows say if they all say the same.
struct ZoneColumn {
  std::size_t column = 0;
  std::optional<Hint> all;
};

std::optional<ZoneColumn> FindZoneColumn(const Choice& choice) {
  for (std::size_t i = 0; i < choice.table.columns.size(); ++i) {
    const ColumnProfile& column = choice.table.columns[i];
    if (UseOf(choice, i) != nullptr || column.kept() == 0) continue;
    const bool named = NameScore(WordsOf(column.name()), "clock.zone") >= 60;
    const std::uint64_t zones = column.Passing([named](const std::string& text) {
      // `+1` and `-1` are many things.
      const bool telling = named || HasLetters(text) || text.find(':') != std::string::npos;
      return telling && HintOf(text).has_value();
    });
    if (zones < column.kept()) continue;
    ZoneColumn found{i, HintOf(column.values().begin()->first)};
    for (const auto& [text, count] : column.values()) {
      if (HintOf(text) != found.all) found.all.reset();
    }
    // An empty cell says nothing of its row's zone.
    if (column.filled() < choice.table.rows) found.all.reset();
    return found;
  }
  return std::nullopt;
}

using OptionList = std::vector<std::pair<std::string, std::string>>;

class ZoneSayer {
 public:
  ZoneSayer(const std::string& home, Choice* choice)
      : home_(home), choice_(*choice), column_(FindZoneColumn(*choice)) {}

  void Say() {
    SayOf(&choice_);
    for (RecordUse& record : choice_.also) SayOf(&record);
    if (told_ && column_.has_value()) choice_.said.push_back(column_->column);
  }

 private:
  const std::string& NameOf(std::size_t column) const { return choice_.table.columns[column].name(); }

  void SayOf(RecordUse* record) {
    for (JoinedColumns& joined : record->joined) {
      if (!joined.zoneless) continue;
      std::string names;
      for (std::size_t column : joined.columns) names.append(NameOf(column)).append(" ");
      if (!Tell(names, &joined.options, &joined.doubts)) DropClock(joined, record);
    }
    std::erase_if(record->joined, [](const JoinedColumns& joined) { return joined.columns.size() < 2; });
    for (std::size_t i = 0; i < record->uses.size(); ++i) {
      std::optional<Offer>& use = record->uses[i];
      if (use.has_value() && use->zoneless && use->part != "joined") {
        use->asleep |= !Tell(NameOf(i), &use->options, &use->doubts);
      }
    }
  }

  // False if the rows are of several zones: then no mapping reads their times rightly.
  bool Tell(const std::string& names, OptionList* options, std::vector<std::string>* doubts) {
    if (const std::optional<Hint> hint = HintInName(names, home_); hint.has_value()) {
      Take(*hint, "as the column's name says", options, doubts);
      return true;
    }
    if (!column_.has_value()) {
      const auto home = ZoneOf(home_);
      doubts->push_back(Cat({"its times say no time zone and are read as UTC; for local time add zone = \"",
                             home.has_value() ? home->first.value : "Europe/London", "\" or another"}));
      return true;
    }
    if (column_->all.has_value()) {
      told_ = true;
      Take(*column_->all, Cat({"as all rows of `", NameOf(column_->column), "` say"}), options, doubts);
      return true;
    }
    doubts->push_back(
        Cat({"the rows of `", NameOf(column_->column),
             "` name several time zones or none, and a mapping has one: make a table of each zone, or write "
             "the offset (`+01:00`) behind each time"}));
    return false;
  }

  static void Take(const Hint& hint, const std::string& why, OptionList* options, std::vector<std::string>* doubts) {
    options->emplace_back(hint.option, text::Json(hint.value));
    doubts->push_back(Cat({"its times are read as those of ", hint.value == "Z" ? "UTC" : hint.value, ", ", why}));
  }

  // The date alone is right in any zone, as its source wrote it.
  static void DropClock(JoinedColumns& joined, RecordUse* record) {
    record->uses[joined.columns.back()].reset();
    Offer& date = *record->uses[joined.columns.front()];
    date.part.clear();
    date.doubts = joined.doubts;
    date.doubts.emplace_back("only the date is read");
    joined.columns.resize(1);
  }

  const std::string& home_;
  Choice& choice_;
  const std::optional<ZoneColumn> column_;
  bool told_ = false;
};

}  // namespace

void SayZones(const std::string& home, Choice* choice) { ZoneSayer(home, choice).Say(); }

}  // namespace tidegate::intake
