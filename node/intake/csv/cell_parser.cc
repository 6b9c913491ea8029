#include "node/intake/csv/cell_parser.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "node/intake/dates.h"
#include "node/intake/text.h"
#include "node/intake/zones.h"

namespace tidegate::intake {

Keys CellParser::WithCellKeys(Keys keys) {
  const Keys of_cells = {"codes",   "date",    "offset",  "zone",     "first_year",
                         "decimal", "pattern", "default", "required", "optional"};
  keys.insert(keys.end(), of_cells.begin(), of_cells.end());
  return keys;
}

void CellParser::ParseCodes(const toml::table& file) {
  const toml::table* maps = Table(file, "codes");
  if (maps == nullptr) return;
  for (const auto& entry : *maps) {
    const toml::table* codes = entry.second.as_table();
    if (codes == nullptr) return Fail(entry.second, {"`codes.", entry.first.str(), "` must be a table"});
    CodeMap& map = rules_.code_maps[std::string(entry.first.str())];
    for (const auto& code : *codes) {
      const std::string from = Lower(Trim(code.first.str()));
      map[from] = Text(code.second, code.first.str());
      lines_[&map][from] = code.first.source().begin.line;
    }
  }
}

std::size_t CellParser::Column(const std::string& name, bool optional) {
  auto found = std::find(rules_.columns.begin(), rules_.columns.end(), name);
  std::size_t index = static_cast<std::size_t>(found - rules_.columns.begin());
  if (found == rules_.columns.end()) {
    rules_.columns.push_back(name);
    rules_.optional.push_back(optional);
  }
  if (!optional) rules_.optional[index] = false;
  return index;
}

std::optional<absl::TimeZone> CellParser::Zone(const toml::node& node) {
  absl::StatusOr<absl::TimeZone> zone = FindZone(Text(node, "zone"));
  if (zone.ok()) return *zone;
  Fail(node, {MessageOf(zone.status())});
  return std::nullopt;
}

Cell CellParser::ParseOptions(const std::string& column, const toml::table& table) {
  Cell cell;
  cell.required = Flag(table, "required");
  cell.optional = Flag(table, "optional");
  cell.column = Column(column, cell.optional);
  if (const toml::node* codes = table.get("codes")) {
    auto map = rules_.code_maps.find(Text(*codes, "codes"));
    if (map == rules_.code_maps.end()) {
      Fail(*codes, {"there is no table `[codes.", Text(*codes, "codes"), "]`"});
    } else {
      cell.codes = &map->second;
    }
  }
  ParseDates(table, &cell);
  ParseText(table, &cell);
  cell.scheme = TextOf(table, "scheme");
  cell.calling_code = TextOf(table, "calling_code");
  cell.unit = TextOf(table, "unit");
  cell.prefix = TextOf(table, "prefix");
  cell.refers = OneOrMore(table, "refers");
  if (const toml::node* split = table.get("split")) cell.split = Split(*split);
  return cell;
}

char CellParser::Split(const toml::node& node) {
  const std::string text = Text(node, "split");
  if (text.size() == 1) return text[0];
  Fail(node, {"`split` must be one ASCII character"});
  return ';';
}

void CellParser::ParseDates(const toml::table& table, Cell* cell) {
  cell->date.forms = OneOrMore(table, "date");
  if (const toml::node* offset = table.get("offset")) {
    cell->date.offset = Text(*offset, "offset");
  } else {
    cell->date.zone = zone_;
  }
  if (const toml::node* zone = table.get("zone")) cell->date.zone = Zone(*zone);
  if (std::optional<std::int64_t> year = Number(table, "first_year")) {
    if (*year < 1 || *year > 9900) return Fail(*table.get("first_year"), {"`first_year` must be a year"});
    cell->date.first_year = static_cast<int>(*year);
  }
  absl::Status checked = CheckDateRules(cell->date);
  if (!checked.ok()) Fail(*table.get("date"), {MessageOf(checked)});
}

void CellParser::ParseText(const toml::table& table, Cell* cell) {
  if (const toml::node* decimal = table.get("decimal")) {
    const std::string text = Text(*decimal, "decimal");
    if (text != "," && text != ".") return Fail(*decimal, {"`decimal` must be `,` or `.`"});
    cell->decimal = text[0];
  }
  if (const toml::node* pattern = table.get("pattern")) cell->pattern = Pattern(*pattern);
  if (const toml::node* otherwise = table.get("default")) cell->otherwise = Text(*otherwise, "default");
  if (cell->required && cell->otherwise.has_value()) Fail(table, {"use `required` or `default`, not both"});
}

// RE2's time grows with the length of the text only, for every pattern.
std::shared_ptr<const RE2> CellParser::Pattern(const toml::node& node) {
  RE2::Options options(RE2::Quiet);
  options.set_max_mem(std::int64_t{1} << 20);
  auto pattern = std::make_shared<RE2>(Text(node, "pattern"), options);
  if (!pattern->ok()) Fail(node, {"the pattern is not one of RE2: ", pattern->error()});
  if (pattern->ok() && pattern->NumberOfCapturingGroups() > 1) {
    Fail(node, {"a pattern has one group at most: what the group matches is taken, without one all that matches"});
  }
  return pattern;
}

void CellParser::CheckReference(const toml::node& at, const Target& target, const Cell& cell) {
  bool reference = target.slot != nullptr && target.part.empty() && target.slot->type == record::Type::kReference;
  if (reference == !cell.refers.empty()) return;
  if (!reference) return Fail(at, {"`refers` is only for fields that are references"});
  Fail(at, {"`", target.name, "` is a reference: add `refers = \"KIND\"`, the kind that the cell names"});
}

// A marking that does not fit refuses its row: without it the record would be looser than its source.
void CellParser::CheckOptional(const toml::node& at, const Target& target, Cell& cell) {
  const bool field = target.room == Target::Room::kField &&
                     (target.part.empty() || target.slot->type == record::Type::kNarrative) && cell.refers.empty();
  cell.leaves_out = cell.optional && field && !IsAttribute(target);
  if (!cell.otherwise.has_value() || !cell.refers.empty() || !target.part.empty()) return;
  record::Draft scratch = rules_.constants;
  absl::Status written = cell.otherwise->empty() ? absl::OkStatus() : Write(target, *cell.otherwise, &scratch);
  if (!written.ok()) Fail(at, {"`default`: ", MessageOf(written)});
}

bool CellParser::IsAttribute(const Target& target) {
  return std::find(std::begin(record::kAttributeWords), std::end(record::kAttributeWords), target.part) !=
         std::end(record::kAttributeWords);
}

void CellParser::CheckCell(const toml::node& at, const Target& target, Cell& cell) {
  CheckReference(at, target, cell);
  CheckCodes(at, target, cell);
  CheckOptional(at, target, cell);
}

// Each code that the map can give must be accepted, so that a slip shows when the mapping is read and not at row 900.
void CellParser::CheckCodes(const toml::node& at, const Target& target, const Cell& cell) {
  if (cell.codes == nullptr || cell.decimal != '\0' || !cell.scheme.empty() || !cell.unit.empty() ||
      !cell.prefix.empty())
    return;
  if (!target.part.empty() || !cell.refers.empty() || !cell.date.forms.empty()) return;
  for (const auto& [from, code] : *cell.codes) {
    record::Draft scratch = rules_.constants;
    if (code.empty() || (from == kAllOthers && code == kKeep)) continue;
    absl::Status written = Write(target, code, &scratch);
    if (written.ok()) continue;
    const auto map = lines_.find(cell.codes);
    const std::uint64_t line = map == lines_.end() ? at.source().begin.line : map->second[from];
    return FailAt(line, {"the code for `", from, "`: ", MessageOf(written)});
  }
}

std::optional<Cell> CellParser::ParsePart(const toml::table& table, std::string_view key) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return std::nullopt;
  if (const toml::table* options = node->as_table()) {
    CheckKeys(*options, WithCellKeys({"column"}));
    const toml::node* column = options->get("column");
    if (column == nullptr) return Fail(*node, {"`", key, "`: no `column`"}), std::nullopt;
    Cell cell = ParseOptions(Text(*column, "column"), *options);
    cell.leaves_out = cell.optional;
    return cell;
  }
  Cell cell;
  cell.date.zone = zone_;
  cell.column = Column(Text(*node, key), false);
  return cell;
}

}  // namespace tidegate::intake
