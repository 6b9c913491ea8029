#include "node/intake/csv/mapping.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "node/intake/csv/form.h"
#include "node/intake/dates.h"
#include "node/intake/text.h"
#include "node/intake/window.h"
#include "text/text.h"
#include "toml++/toml.h"

namespace tidegate::intake {
namespace {

constexpr std::size_t kMaxMappingBytes = std::size_t{256} << 10;
constexpr std::string_view kHashLabel = crypto::Label("TGMAP01");

using Keys = std::vector<std::string>;

// Reads one mapping file. The first fault is kept and ends the reading.
class MappingParser {
 public:
  MappingParser(const std::string& name, Mapping::Rules* rules) : name_(name), rules_(*rules) {}

  absl::Status Parse(const toml::table& file) {
    CheckKeys(file, {"kind", "source", "separator", "encoding", "header_row", "identity", "each_row", "ignore",
                     "unknown", "columns", "places", "periods", "amounts", "constants", "codes", "skip"});
    ParseHead(file);
    if (fault_.ok()) ParseForm(file);
    if (fault_.ok()) ParseCodes(file);
    if (fault_.ok()) ParseConstants(file);
    if (fault_.ok()) ParseColumns(file);
    if (fault_.ok()) ParsePlaces(file);
    if (fault_.ok()) ParsePairs(file, "periods", PairRule::Form::kPeriod, "from", "to");
    if (fault_.ok()) ParsePairs(file, "amounts", PairRule::Form::kAmount, "value", "unit");
    if (fault_.ok()) ParseSkips(file);
    if (fault_.ok()) CheckWrittenOnce(file);
    return fault_;
  }

 private:
  void Fail(const toml::node& at, std::initializer_list<std::string_view> what) {
    if (!fault_.ok()) return;
    std::string line = std::to_string(at.source().begin.line);
    fault_ = Refused({"intake: mapping `", name_, "` line ", line, ": ", Cat(what)});
  }

  void CheckKeys(const toml::table& table, const Keys& known) {
    for (const auto& entry : table) {
      std::string_view key = entry.first.str();
      if (std::find(known.begin(), known.end(), key) == known.end()) {
        Fail(entry.second, {"unknown key `", key, "`", text::DidYouMean(key, known)});
      }
    }
  }

  std::string Text(const toml::node& node, std::string_view what) {
    if (std::optional<std::string> text = node.value_exact<std::string>()) return *text;
    Fail(node, {"`", what, "` must be a string"});
    return "";
  }

  bool Flag(const toml::table& table, std::string_view key) {
    const toml::node* node = table.get(key);
    if (node == nullptr) return false;
    if (std::optional<bool> flag = node->value_exact<bool>()) return *flag;
    Fail(*node, {"`", key, "` must be true or false"});
    return false;
  }

  Keys Texts(const toml::table& table, std::string_view key) {
    Keys texts;
    const toml::node* node = table.get(key);
    if (node == nullptr) return texts;
    const toml::array* array = node->as_array();
    if (array == nullptr) {
      Fail(*node, {"`", key, "` must be a list of strings"});
      return texts;
    }
    for (const toml::node& item : *array) texts.push_back(Text(item, key));
    return texts;
  }

  const toml::table* Table(const toml::table& parent, std::string_view key) {
    const toml::node* node = parent.get(key);
    if (node == nullptr) return nullptr;
    if (!node->is_table()) Fail(*node, {"`", key, "` must be a table"});
    return node->as_table();
  }

  void ParseHead(const toml::table& file) {
    const toml::node* kind = file.get("kind");
    if (kind == nullptr) return Fail(file, {"no `kind`: say which kind of record the rows are"});
    absl::StatusOr<record::Draft> draft = record::Draft::Create(Text(*kind, "kind"));
    if (!fault_.ok()) return;
    if (!draft.ok()) return Fail(*kind, {MessageOf(draft.status())});
    rules_.constants = *std::move(draft);
    rules_.kind = rules_.constants.kind;
    const toml::node* source = file.get("source");
    if (source == nullptr) {
      return Fail(file, {"no `source`: name the system that the rows are from, the same in every mapping for it"});
    }
    rules_.source = Text(*source, "source");
    if (rules_.source.empty()) return Fail(*source, {"`source` is empty"});
    for (const std::string& column : Texts(file, "identity")) rules_.identity.push_back(Column(column, false));
    rules_.each_row = Flag(file, "each_row");
    if (rules_.each_row && !rules_.identity.empty()) {
      return Fail(*file.get("each_row"), {"use `each_row` or `identity`, not both"});
    }
    rules_.ignored = Texts(file, "ignore");
    for (const std::string& word : Texts(file, "unknown")) rules_.unknown.push_back(Lower(word));
  }

  // How the tables are written, where it is not told from them.
  void ParseForm(const toml::table& file) {
    if (const toml::node* separator = file.get("separator")) {
      std::string text = Text(*separator, "separator");
      if (text == "tab") text = "\t";
      if (text.size() != 1 || std::string_view("\"\r\n").find(text) != std::string_view::npos) {
        return Fail(*separator, {"`separator` must be one ASCII character, or `tab`"});
      }
      rules_.separator = text[0];
    }
    if (const toml::node* encoding = file.get("encoding")) {
      absl::StatusOr<const Encoding*> known = FindEncoding(Text(*encoding, "encoding"));
      if (!known.ok()) return Fail(*encoding, {MessageOf(known.status())});
      rules_.encoding = *known;
    }
    if (const toml::node* row = file.get("header_row")) {
      const std::optional<std::int64_t> number = row->value_exact<std::int64_t>();
      if (!number.has_value() || *number < 0 || static_cast<std::uint64_t>(*number) > kMostHeaderRow) {
        return Fail(*row, {"`header_row` must be the number of a row, or 0 if no row names the columns"});
      }
      rules_.header_row = static_cast<std::uint64_t>(*number);
    }
  }

  void ParseCodes(const toml::table& file) {
    const toml::table* maps = Table(file, "codes");
    if (maps == nullptr) return;
    for (const auto& entry : *maps) {
      const toml::table* codes = entry.second.as_table();
      if (codes == nullptr) return Fail(entry.second, {"`codes.", entry.first.str(), "` must be a table"});
      CodeMap& map = rules_.code_maps[std::string(entry.first.str())];
      for (const auto& code : *codes) {
        map[Lower(Trim(code.first.str()))] = Text(code.second, code.first.str());
      }
    }
  }

  void ParseConstants(const toml::table& file) {
    const toml::table* constants = Table(file, "constants");
    if (constants == nullptr) return;
    for (const auto& entry : *constants) {
      absl::StatusOr<Target> target = ParseTarget(*rules_.kind, entry.first.str());
      if (!target.ok()) return Fail(entry.second, {MessageOf(target.status())});
      std::string text = Text(entry.second, entry.first.str());
      if (!fault_.ok()) return;
      if (!target->part.empty()) {
        rules_.part_constants.emplace_back(*target, text);
        continue;
      }
      absl::Status written = Write(*target, text, &rules_.constants);
      if (!written.ok()) return Fail(entry.second, {MessageOf(written)});
    }
  }

  std::size_t Column(const std::string& name, bool optional) {
    auto found = std::find(rules_.columns.begin(), rules_.columns.end(), name);
    std::size_t index = static_cast<std::size_t>(found - rules_.columns.begin());
    if (found == rules_.columns.end()) {
      rules_.columns.push_back(name);
      rules_.optional.push_back(optional);
    }
    if (!optional) rules_.optional[index] = false;
    return index;
  }

  // The options of a cell; `table` may hold other keys too, which the caller has checked.
  Cell ParseOptions(const std::string& column, const toml::table& table) {
    Cell cell;
    cell.required = Flag(table, "required");
    cell.column = Column(column, Flag(table, "optional"));
    if (const toml::node* codes = table.get("codes")) {
      auto map = rules_.code_maps.find(Text(*codes, "codes"));
      if (map == rules_.code_maps.end()) {
        Fail(*codes, {"there is no table `[codes.", Text(*codes, "codes"), "]`"});
      } else {
        cell.codes = &map->second;
      }
    }
    if (const toml::node* date = table.get("date")) {
      cell.date = Text(*date, "date");
      absl::Status checked = CheckDateFormat(cell.date);
      if (!checked.ok()) Fail(*date, {MessageOf(checked)});
    }
    if (const toml::node* offset = table.get("offset")) cell.offset = Text(*offset, "offset");
    if (const toml::node* scheme = table.get("scheme")) cell.scheme = Text(*scheme, "scheme");
    if (const toml::node* code = table.get("calling_code")) cell.calling_code = Text(*code, "calling_code");
    if (const toml::node* unit = table.get("unit")) cell.unit = Text(*unit, "unit");
    if (const toml::node* prefix = table.get("prefix")) cell.prefix = Text(*prefix, "prefix");
    if (const toml::node* refers = table.get("refers")) cell.refers = Text(*refers, "refers");
    if (const toml::node* split = table.get("split")) {
      std::string text = Text(*split, "split");
      if (text.size() != 1) return Fail(*split, {"`split` must be one ASCII character"}), cell;
      cell.split = text[0];
    }
    return cell;
  }

  // What a column says about the record: one target, or a list of them.
  void ParseColumns(const toml::table& file) {
    const toml::table* columns = Table(file, "columns");
    if (columns == nullptr) return;
    for (const auto& entry : *columns) {
      std::string column(entry.first.str());
      if (const toml::array* list = entry.second.as_array()) {
        for (const toml::node& item : *list) ParseColumn(column, item);
      } else {
        ParseColumn(column, entry.second);
      }
      if (!fault_.ok()) return;
    }
  }

  void ParseColumn(const std::string& column, const toml::node& node) {
    static const toml::table* const kNoOptions = new toml::table();
    const toml::table* options = node.as_table();
    const toml::node* to = options == nullptr ? &node : options->get("to");
    if (to == nullptr) return Fail(node, {"column `", column, "`: no `to`"});
    if (options != nullptr) {
      CheckKeys(*options, {"to", "codes", "date", "offset", "scheme", "calling_code", "unit", "prefix", "refers",
                           "split", "required", "optional"});
    }
    std::string text = Text(*to, column);
    if (!fault_.ok()) return;
    absl::StatusOr<Target> target = ParseTarget(*rules_.kind, text);
    if (!target.ok()) return Fail(*to, {"column `", column, "`: ", MessageOf(target.status())});
    Cell cell = ParseOptions(column, options == nullptr ? *kNoOptions : *options);
    CheckReference(node, *target, cell);
    CheckCodes(node, *target, cell);
    if (!fault_.ok()) return;
    for (TextRule& rule : rules_.texts) {
      if (!(rule.target == *target)) continue;
      if (!target->many) return Fail(node, {"`", text, "` is written by two columns and holds one value"});
      rule.cells.push_back(std::move(cell));
      return;
    }
    rules_.texts.push_back({*std::move(target), {std::move(cell)}});
  }

  void CheckReference(const toml::node& at, const Target& target, const Cell& cell) {
    bool reference = target.slot != nullptr && target.part.empty() && target.slot->type == record::Type::kReference;
    if (reference == !cell.refers.empty()) return;
    if (!reference) return Fail(at, {"`refers` is only for fields that are references"});
    Fail(at, {"`", target.name, "` is a reference: add `refers = \"KIND\"`, the kind that the cell names"});
  }

  // Each code that the map can give must be accepted, so that a slip shows when the mapping is read and not at row 900.
  void CheckCodes(const toml::node& at, const Target& target, const Cell& cell) {
    if (cell.codes == nullptr || !cell.scheme.empty() || !cell.unit.empty() || !cell.prefix.empty()) return;
    if (!target.part.empty() || !cell.refers.empty() || !cell.date.empty()) return;
    for (const auto& [from, code] : *cell.codes) {
      record::Draft scratch = rules_.constants;
      absl::Status written = code.empty() ? absl::OkStatus() : Write(target, code, &scratch);
      if (!written.ok()) return Fail(at, {"the code for `", from, "`: ", MessageOf(written)});
    }
  }

  std::optional<Cell> ParsePart(const toml::table& table, std::string_view key) {
    const toml::node* node = table.get(key);
    if (node == nullptr) return std::nullopt;
    if (const toml::table* options = node->as_table()) {
      CheckKeys(*options, {"column", "codes", "date", "offset", "required", "optional"});
      const toml::node* column = options->get("column");
      if (column == nullptr) return Fail(*node, {"`", key, "`: no `column`"}), std::nullopt;
      return ParseOptions(Text(*column, "column"), *options);
    }
    Cell cell;
    cell.column = Column(Text(*node, key), false);
    return cell;
  }

  // The target of a composed value: a field itself, of the type `type`.
  std::optional<Target> ComposedTarget(const toml::node& at, std::string_view name, record::Type type) {
    absl::StatusOr<Target> target = ParseTarget(*rules_.kind, name);
    if (!target.ok()) return Fail(at, {MessageOf(target.status())}), std::nullopt;
    if (target->slot == nullptr || !target->part.empty() || target->slot->type != type) {
      return Fail(at, {"`", name, "` is not a field of the type ", record::TypeName(type)}), std::nullopt;
    }
    return *std::move(target);
  }

  void ParsePlaces(const toml::table& file) {
    const toml::table* places = Table(file, "places");
    if (places == nullptr) return;
    for (const auto& entry : *places) {
      std::optional<Target> target = ComposedTarget(entry.second, entry.first.str(), record::Type::kPlace);
      if (!target.has_value()) return;
      const toml::table* parts = entry.second.as_table();
      if (parts == nullptr) return Fail(entry.second, {"`", entry.first.str(), "` must be a table of columns"});
      CheckKeys(*parts, {"name", "locality", "region", "country", "latitude", "longitude"});
      PlaceRule rule;
      rule.slot = target->slot;
      rule.name = ParsePart(*parts, "name");
      rule.locality = ParsePart(*parts, "locality");
      rule.region = ParsePart(*parts, "region");
      rule.country = ParsePart(*parts, "country");
      rule.latitude = ParsePart(*parts, "latitude");
      rule.longitude = ParsePart(*parts, "longitude");
      if (rule.latitude.has_value() != rule.longitude.has_value()) {
        return Fail(entry.second, {"`latitude` and `longitude` go together"});
      }
      rules_.places.push_back(std::move(rule));
      composed_.push_back(std::string(entry.first.str()));
    }
  }

  void ParsePairs(const toml::table& file, std::string_view section, PairRule::Form form, std::string_view first,
                  std::string_view second) {
    const toml::table* pairs = Table(file, section);
    if (pairs == nullptr) return;
    record::Type type = form == PairRule::Form::kPeriod ? record::Type::kTime : record::Type::kQuantity;
    for (const auto& entry : *pairs) {
      std::optional<Target> target = ComposedTarget(entry.second, entry.first.str(), type);
      if (!target.has_value()) return;
      const toml::table* parts = entry.second.as_table();
      if (parts == nullptr) return Fail(entry.second, {"`", entry.first.str(), "` must be a table of columns"});
      CheckKeys(*parts, {std::string(first), std::string(second)});
      PairRule rule;
      rule.form = form;
      rule.target = *std::move(target);
      rule.first = ParsePart(*parts, first);
      rule.second = ParsePart(*parts, second);
      if (!rule.first.has_value() || !rule.second.has_value()) {
        return Fail(entry.second, {"`", first, "` and `", second, "` go together"});
      }
      rules_.pairs.push_back(std::move(rule));
      composed_.push_back(std::string(entry.first.str()));
    }
  }

  void ParseSkips(const toml::table& file) {
    const toml::node* node = file.get("skip");
    if (node == nullptr) return;
    const toml::array* skips = node->as_array();
    if (skips == nullptr) return Fail(*node, {"`skip` must be a list of tables: write `[[skip]]`"});
    for (const toml::node& item : *skips) {
      const toml::table* table = item.as_table();
      if (table == nullptr) return Fail(item, {"`skip` must be a list of tables: write `[[skip]]`"});
      CheckKeys(*table, {"column", "equals"});
      const toml::node* column = table->get("column");
      if (column == nullptr || table->get("equals") == nullptr) {
        return Fail(item, {"a skip rule has `column` and `equals`"});
      }
      SkipRule rule;
      rule.column = Column(Text(*column, "column"), false);
      for (const std::string& text : Texts(*table, "equals")) rule.equals.push_back(Lower(Trim(text)));
      rules_.skips.push_back(std::move(rule));
    }
  }

  // A field may come from one place only: a column, or a composed value.
  void CheckWrittenOnce(const toml::table& file) {
    for (const TextRule& rule : rules_.texts) composed_.push_back(FullName(rule.target));
    std::sort(composed_.begin(), composed_.end());
    auto twice = std::adjacent_find(composed_.begin(), composed_.end());
    if (twice != composed_.end()) Fail(file, {"`", *twice, "` is written in two sections"});
    if (composed_.empty()) Fail(file, {"no column is mapped"});
    // Whole fields first: parts and attributes are set on what is there.
    std::stable_partition(rules_.texts.begin(), rules_.texts.end(),
                          [](const TextRule& rule) { return rule.target.part.empty(); });
  }

  std::string FullName(const Target& target) const {
    switch (target.room) {
      case Target::Room::kField:
        return Cat({rules_.kind->name, ".", target.name});
      case Target::Room::kHandling:
        return "handling." + target.name;
      default:
        return "local." + target.name;
    }
  }

  const std::string& name_;
  Mapping::Rules& rules_;
  absl::Status fault_;
  std::vector<std::string> composed_;  // the targets written so far, by full name
};

}  // namespace

Mapping::Mapping(std::unique_ptr<const Rules> rules) : rules_(std::move(rules)) {}
Mapping::Mapping(Mapping&&) noexcept = default;
Mapping& Mapping::operator=(Mapping&&) noexcept = default;
Mapping::~Mapping() = default;

std::string_view Mapping::kind() const { return rules_->kind->name; }

absl::StatusOr<Mapping> Mapping::Parse(std::string_view toml, const std::string& name) {
  if (toml.size() > kMaxMappingBytes) {
    return Refused({"intake: mapping `", name, "` is longer than 256 KiB"});
  }
  if (const std::string beyond = text::TomlBeyondBounds(toml); !beyond.empty()) {
    return Refused({"intake: mapping `", name, "` ", beyond});
  }
  auto rules = std::make_unique<Rules>();
  try {
    toml::table file = toml::parse(toml, name);
    absl::Status parsed = MappingParser(name, rules.get()).Parse(file);
    if (!parsed.ok()) return parsed;
  } catch (const toml::parse_error& error) {
    std::string line = std::to_string(error.source().begin.line);
    return Refused({"intake: mapping `", name, "` line ", line, ": not TOML: ", error.description()});
  }
  rules->digest = crypto::HashOf({kHashLabel, toml});
  return Mapping(std::move(rules));
}

absl::StatusOr<Mapping> Mapping::Load(const std::string& path) {
  absl::StatusOr<std::string> text = ReadWhole({path}, kMaxMappingBytes);
  if (!text.ok()) return text.status();
  return Parse(*text, path);
}

}  // namespace tidegate::intake
