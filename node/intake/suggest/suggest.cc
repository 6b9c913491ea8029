#include <algorithm>
#include <utility>

#include "node/intake/csv/form.h"
#include "node/intake/csv/text_rows.h"
#include "node/intake/sheet/table.h"
#include "node/intake/sheet/workbook.h"
#include "node/intake/suggest/choice.h"
#include "node/intake/suggest/words.h"
#include "node/intake/text.h"
#include "text/text.h"

namespace tidegate::intake {
namespace {

constexpr std::size_t kMostSheetsTried = 16;
constexpr std::size_t kMostFieldsTold = 8;

// A table, and what a mapping would say of its form.
struct Surveyed {
  Choice choice;
  std::string read_as;
  std::string sheet;
};

absl::StatusOr<Choice> Survey(RowSource& rows, const record::Kind& kind, const std::string& home,
                              const std::string& file) {
  absl::StatusOr<std::uint64_t> row = GuessHeaderRow(rows);
  if (!row.ok()) return row.status();
  Wanted wanted;
  wanted.header_row = *row;
  absl::StatusOr<Header> header = FindHeader(rows, wanted, file);
  if (!header.ok()) return header.status();
  absl::StatusOr<TableProfile> profile = ProfileTable(rows, *std::move(header));
  if (!profile.ok()) return profile.status();
  return ChooseUses(kind, *std::move(profile), home);
}

absl::StatusOr<Surveyed> SurveyText(const Source& source, const record::Kind& kind, const SuggestRequest& request,
                                    const Limits& limits) {
  absl::StatusOr<TextForm> form = FindTextForm(source, {}, limits);
  if (!form.ok()) return form.status();
  absl::StatusOr<std::unique_ptr<TextRows>> rows = TextRows::Open(source, *form, limits);
  if (!rows.ok()) return rows.status();
  absl::StatusOr<Choice> choice = Survey(**rows, kind, request.home, source.name);
  if (!choice.ok()) return choice.status();
  const std::string read_as = Cat({Describe(*form), ", ", Describe(choice->table.header)});
  return Surveyed{*std::move(choice), read_as, ""};
}

std::size_t Uses(const Choice& choice) {
  std::size_t uses = 0;
  for (std::size_t i = 0; i < choice.uses.size(); ++i) {
    const Offer* use = UseOf(choice, i);
    uses += use != nullptr && !use->asleep ? 1 : 0;
  }
  return uses;
}

// The sheet of which a mapping can use most columns.
absl::StatusOr<Surveyed> SurveyWorkbook(const Source& source, const record::Kind& kind, const SuggestRequest& request,
                                        const Limits& limits) {
  const std::string& sheet = request.sheet;
  absl::StatusOr<std::unique_ptr<Workbook>> workbook = Workbook::Open(source, limits);
  if (!workbook.ok()) return workbook.status();
  std::vector<std::string> names;
  for (const SheetInfo& info : (*workbook)->sheets()) {
    if (sheet.empty() && !info.hidden && names.size() < kMostSheetsTried) names.push_back(info.name);
  }
  if (names.empty()) names.push_back(sheet.empty() ? (*workbook)->sheets().front().name : sheet);
  const bool several = (*workbook)->sheets().size() > 1;
  std::optional<Surveyed> best;
  absl::Status fault;
  for (const std::string& name : names) {
    absl::StatusOr<std::unique_ptr<SheetTable>> table = SheetTable::Open(source, name, {}, {}, limits);
    if (!table.ok()) return table.status();
    absl::StatusOr<Choice> choice = Survey(**table, kind, request.home, source.name);
    if (!choice.ok()) {
      fault = choice.status();
      continue;
    }
    if (best.has_value() && Uses(*choice) <= Uses(best->choice)) continue;
    const std::string read_as = Cat({(*table)->Form(), ", ", Describe(choice->table.header)});
    best = Surveyed{*std::move(choice), read_as, several ? name : std::string()};
  }
  if (!best.has_value()) return fault;
  return *std::move(best);
}

// The file's name without folder and ending, as a name of a source.
std::string SourceNameOf(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash != std::string_view::npos) path.remove_prefix(slash + 1);
  path = path.substr(0, path.find('.'));
  constexpr std::size_t kLongestName = 64;
  std::string name;
  for (const std::string& word : WordsOf(path)) name.append(name.empty() ? "" : "-").append(word);
  std::erase_if(name, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  name.resize(std::min(name.size(), kLongestName));
  return name.empty() ? "source" : name;
}

std::string FileNameOf(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

// What became of the whole table by the mapping.
struct Tried {
  Summary summary;
  std::map<std::string, std::uint64_t> faults;  // rows, by the column at fault; "": the row itself
};

absl::StatusOr<Tried> TryMapping(const Source& source, const std::string& toml, const std::string& home,
                                 const Limits& limits) {
  absl::StatusOr<Mapping> mapping = Mapping::Parse(toml, "the proposed one");
  if (!mapping.ok()) return mapping.status();
  Defaults defaults;
  defaults.home = home;
  Tried tried;
  const auto items = [](std::vector<Item>&) { return absl::OkStatus(); };
  const auto rejects = [&tried](const Reject& reject) {
    tried.faults[reject.field] += reject.items;
    for (const Fault& fault : reject.further) tried.faults[fault.field] += reject.items;
    return absl::OkStatus();
  };
  absl::StatusOr<Summary> summary = Read(Format::kCsv, source, &*mapping, defaults, limits, items, rejects);
  if (!summary.ok()) return summary.status();
  tried.summary = *std::move(summary);
  return tried;
}

// A comment that says what would become of the table.
std::string Tell(const Tried& tried, bool one_a_row) {
  std::string told = Cat({"# Tried on the whole file: ", std::to_string(tried.summary.items),
                          one_a_row ? " rows become records, " : " records and links are made, ",
                          std::to_string(tried.summary.rejected), one_a_row ? " are refused" : " rows are refused"});
  std::vector<std::pair<std::uint64_t, std::string>> most;
  for (const auto& [field, count] : tried.faults) most.emplace_back(count, field);
  std::sort(most.rbegin(), most.rend());
  most.resize(std::min(most.size(), kMostFieldsTold));
  for (std::size_t i = 0; i < most.size(); ++i) {
    const std::string name = most[i].second.empty() ? "the row itself" : Cat({"`", text::Line(most[i].second), "`"});
    told.append(Cat({i == 0 ? ": " : ", ", std::to_string(most[i].first), " for ", name}));
  }
  told.append(".\n");
  for (const std::string& warning : tried.summary.warnings) {
    // Which columns are left out stands at the end.
    if (!EndsWith(warning, "is not in the mapping and was left out"))
      told.append(Cat({"# ? ", text::Line(warning), "\n"}));
  }
  return told;
}

}  // namespace

absl::StatusOr<Proposal> Suggest(const Source& source, const SuggestRequest& request, const Limits& limits) {
  const record::Kind* kind = record::Catalogue::FindKind(request.kind);
  if (kind == nullptr) return Refused({"intake: there is no kind `", request.kind, "`"});
  absl::StatusOr<bool> workbook = IsWorkbook(source);
  if (!workbook.ok()) return workbook.status();
  absl::StatusOr<Surveyed> surveyed =
      *workbook ? SurveyWorkbook(source, *kind, request, limits) : SurveyText(source, *kind, request, limits);
  if (!surveyed.ok()) return surveyed.status();
  Choice& choice = surveyed->choice;
  if (Uses(choice) == 0) {
    return Refused({"intake: `", source.name, "`: no column looks like a field of `", kind->name,
                    "`; is it a table of another kind (`tidegate kinds`)?"});
  }
  const ProposalHead head = {FileNameOf(source.name),
                             request.source.empty() ? SourceNameOf(source.name) : request.source, surveyed->read_as,
                             surveyed->sheet};
  Proposal proposal;
  proposal.read_as = surveyed->read_as;
  std::string toml = WriteMapping(choice, head);
  absl::StatusOr<Tried> tried = TryMapping(source, toml, request.home, limits);
  if (tried.ok() && tried->summary.rejected > 0 && MakeOptional(tried->faults, &choice)) {
    toml = WriteMapping(choice, head);
    tried = TryMapping(source, toml, request.home, limits);
  }
  if (!tried.ok()) return tried.status();
  proposal.mapping = Tell(*tried, choice.also.empty() && choice.links.empty()) + toml;
  for (std::size_t i = 0; i < choice.uses.size(); ++i) {
    Proposal::Column& column = proposal.columns.emplace_back();
    column.name = choice.table.columns[i].name();
    const Offer* use = UseOf(choice, i);
    if (use == nullptr) continue;
    column.target = use->target;
    column.doubts = use->doubts;
  }
  proposal.unserved = Unserved(choice);
  return proposal;
}

}  // namespace tidegate::intake
