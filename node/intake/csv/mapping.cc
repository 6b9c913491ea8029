#include "node/intake/csv/mapping.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "node/intake/csv/cell_parser.h"
#include "node/intake/csv/form.h"
#include "node/intake/csv/toml_keys.h"
#include "node/intake/text.h"
#include "node/intake/window.h"
#include "text/text.h"
#include "toml++/toml.h"

namespace tidegate::intake {
namespace {

constexpr std::size_t kMaxMappingBytes = std::size_t{256} << 10;
constexpr std::string_view kHashLabel = crypto::Label("TGMAP01");

// Reads one mapping file.
class MappingParser : private CellParser {
 public:
  MappingParser(const std::string& name, Mapping::Rules* rules) : CellParser(TomlKeys(name), rules) {}

  // The whole file.
  absl::Status Parse(const toml::table& file) {
    CheckKeys(file,
              {"kind",     "source",    "sheet",  "separator", "encoding", "header_row", "identity", "identity_empty",
               "each_row", "zone",      "ignore", "unknown",   "columns",  "joined",     "places",   "periods",
               "amounts",  "constants", "codes",  "skip",      "also",     "link"});
    ParseHead(file);
    if (fault().ok()) ParseForm(file);
    if (fault().ok()) ParseCodes(file);
    if (fault().ok()) ParseRecord(file);
    if (fault().ok()) ParseAlso(file);
    if (fault().ok()) ParseLinks(file);
    return fault();
  }

 private:
  // A further record of each row of `file`, which is a table of the whole mapping.
  MappingParser(const MappingParser& whole, Mapping::Rules* rules) : CellParser(whole, rules, whole.zone_) {
    rules_.source = whole.rules_.source;
    rules_.unknown = whole.rules_.unknown;
  }

  absl::Status ParseAsFurther(const toml::table& record, const toml::table& file) {
    CheckKeys(record, {"name", "kind", "identity", "identity_empty", "each_row", "columns", "joined", "places",
                       "periods", "amounts", "constants"});
    if (fault().ok()) ParseKind(record);
    if (fault().ok()) ParseIdentity(record);
    if (fault().ok()) ParseCodes(file);
    if (fault().ok()) ParseRecord(record);
    return fault();
  }

  // Parses what a row becomes: the sections that a further record has too.
  void ParseRecord(const toml::table& file) {
    ParseConstants(file);
    if (fault().ok()) ParseColumns(file);
    if (fault().ok()) ParsePlaces(file);
    if (fault().ok()) ParsePairs(file, "periods", PairRule::Form::kPeriod, "from", "to");
    if (fault().ok()) ParsePairs(file, "amounts", PairRule::Form::kAmount, "value", "unit");
    if (fault().ok()) ParseSkips(file);
    if (fault().ok()) ParseJoined(file);
    if (fault().ok()) CheckWrittenOnce(file);
    const bool marked = std::any_of(rules_.texts.begin(), rules_.texts.end(),
                                    [](const TextRule& rule) { return rule.target.room == Target::Room::kHandling; });
    rules_.marks = marked || rules_.constants.handling != record::Handling();
  }

  void ParseKind(const toml::table& file) {
    const toml::node* kind = file.get("kind");
    if (kind == nullptr) return Fail(file, {"no `kind`: say which kind of record the rows are"});
    absl::StatusOr<record::Draft> draft = record::Draft::Create(Text(*kind, "kind"));
    if (!fault().ok()) return;
    if (!draft.ok()) return Fail(*kind, {MessageOf(draft.status())});
    rules_.constants = *std::move(draft);
    rules_.kind = rules_.constants.kind;
    rules_.name = file.get("name") == nullptr ? std::string(rules_.kind->name) : TextOf(file, "name");
  }

  void ParseIdentity(const toml::table& file) {
    for (const std::string& column : Texts(file, "identity")) rules_.identity.push_back(Column(column, false));
    rules_.each_row = Flag(file, "each_row");
    if (rules_.each_row && !rules_.identity.empty()) {
      return Fail(*file.get("each_row"), {"use `each_row` or `identity`, not both"});
    }
    ParseEmptyIdentity(file);
  }

  void ParseHead(const toml::table& file) {
    ParseKind(file);
    if (!fault().ok()) return;
    const toml::node* source = file.get("source");
    if (source == nullptr) {
      return Fail(file, {"no `source`: name the system that the rows are from, the same in every mapping for it"});
    }
    rules_.source = Text(*source, "source");
    if (rules_.source.empty()) return Fail(*source, {"`source` is empty"});
    ParseIdentity(file);
    if (const toml::node* zone = file.get("zone")) zone_ = Zone(*zone);
    rules_.ignored = Texts(file, "ignore");
    for (const std::string& word : Texts(file, "unknown")) rules_.unknown.push_back(Lower(word));
  }

  void ParseEmptyIdentity(const toml::table& file) {
    const toml::node* node = file.get("identity_empty");
    if (node == nullptr) return;
    const std::string text = Text(*node, "identity_empty");
    if (text == "hash") {
      rules_.empty_identity = EmptyIdentity::kHash;
    } else if (text == "row") {
      rules_.empty_identity = EmptyIdentity::kRow;
    } else if (text != "refuse") {
      return Fail(*node, {"`identity_empty` must be `refuse`, `hash` or `row`"});
    }
    if (rules_.identity.empty()) Fail(*node, {"`identity_empty` is for a mapping with `identity`"});
  }

  // How the tables are written, where it is not told from them.
  void ParseForm(const toml::table& file) {
    if (const toml::node* sheet = file.get("sheet")) rules_.sheet = Text(*sheet, "sheet");
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

  void ParseConstants(const toml::table& file) {
    const toml::table* constants = Table(file, "constants");
    if (constants == nullptr) return;
    for (const auto& entry : *constants) {
      absl::StatusOr<Target> target = ParseTarget(*rules_.kind, entry.first.str());
      if (!target.ok()) return Fail(entry.second, {MessageOf(target.status())});
      std::string text = Text(entry.second, entry.first.str());
      if (!fault().ok()) return;
      if (!target->part.empty()) {
        rules_.part_constants.emplace_back(*target, text);
        continue;
      }
      absl::Status written = Write(*target, text, &rules_.constants);
      if (!written.ok()) return Fail(entry.second, {MessageOf(written)});
    }
  }

  // Parses what a column says about the record: one target, or a list of them.
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
      if (!fault().ok()) return;
    }
  }

  void ParseColumn(const std::string& column, const toml::node& node) {
    static const toml::table* const kNoOptions = new toml::table();
    const toml::table* options = node.as_table();
    const toml::node* to = options == nullptr ? &node : options->get("to");
    if (to == nullptr) return Fail(node, {"column `", column, "`: no `to`"});
    if (options != nullptr) {
      CheckKeys(*options, WithCellKeys({"to", "scheme", "calling_code", "unit", "prefix", "refers", "split"}));
    }
    std::string text = Text(*to, column);
    if (!fault().ok()) return;
    absl::StatusOr<Target> target = ParseTarget(*rules_.kind, text);
    if (!target.ok()) return Fail(*to, {"column `", column, "`: ", MessageOf(target.status())});
    AddCell(node, *target, ParseOptions(column, options == nullptr ? *kNoOptions : *options));
  }

  // The target takes what the cell says.
  void AddCell(const toml::node& node, const Target& target, Cell cell) {
    CheckCell(node, target, cell);
    if (!fault().ok()) return;
    for (TextRule& rule : rules_.texts) {
      if (!(rule.target == target)) continue;
      if (!target.many) return Fail(node, {"`", FullName(target), "` is written by two columns and holds one value"});
      rule.cells.push_back(std::move(cell));
      return;
    }
    written_.push_back({FullName(target), node.source().begin.line});
    rules_.texts.push_back({target, {std::move(cell)}});
  }

  // One value of several columns.
  void ParseJoined(const toml::table& file) {
    const toml::table* joined = Table(file, "joined");
    if (joined == nullptr) return;
    for (const auto& entry : *joined) {
      const toml::table* parts = entry.second.as_table();
      if (parts == nullptr) return Fail(entry.second, {"`", entry.first.str(), "` must be a table with `columns`"});
      CheckKeys(*parts,
                WithCellKeys({"columns", "with", "scheme", "calling_code", "unit", "prefix", "refers", "split"}));
      const Keys columns = Texts(*parts, "columns");
      if (columns.size() < 2) return Fail(entry.second, {"`columns` must name two columns or more"});
      absl::StatusOr<Target> target = ParseTarget(*rules_.kind, entry.first.str());
      if (!target.ok()) return Fail(entry.second, {MessageOf(target.status())});
      Cell cell = ParseOptions(columns.front(), *parts);
      for (std::size_t i = 1; i < columns.size(); ++i) cell.joined.push_back(Column(columns[i], cell.optional));
      cell.with = parts->get("with") == nullptr ? " " : TextOf(*parts, "with");
      AddCell(entry.second, *target, std::move(cell));
      if (!fault().ok()) return;
    }
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
      written_.push_back({std::string(entry.first.str()), entry.first.source().begin.line});
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
      written_.push_back({std::string(entry.first.str()), entry.first.source().begin.line});
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
      CheckKeys(*table, {"column", "equals", "matches"});
      const toml::node* column = table->get("column");
      const toml::node* pattern = table->get("matches");
      if (table->get("equals") == nullptr && pattern == nullptr) {
        return Fail(item, {"a skip rule has `equals` or `matches`, and the `column` that it looks at"});
      }
      SkipRule rule;
      if (column != nullptr) rule.column = Column(Text(*column, "column"), false);
      for (const std::string& text : Texts(*table, "equals")) rule.equals.push_back(Lower(Trim(text)));
      if (pattern != nullptr) rule.matches = Pattern(*pattern);
      rules_.skips.push_back(std::move(rule));
    }
  }

  const toml::array* Tables(const toml::table& file, std::string_view key) {
    const toml::node* node = file.get(key);
    if (node == nullptr) return nullptr;
    const toml::array* list = node->as_array();
    const bool tables = list != nullptr &&
                        std::all_of(list->begin(), list->end(), [](const toml::node& item) { return item.is_table(); });
    if (!tables) Fail(*node, {"`", key, "` must be a list of tables: write `[[", key, "]]`"});
    return tables ? list : nullptr;
  }

  void ParseAlso(const toml::table& file) {
    const toml::array* list = Tables(file, "also");
    if (list == nullptr) return;
    for (const toml::node& item : *list) {
      auto further = std::make_unique<Mapping::Rules>();
      absl::Status parsed = MappingParser(*this, further.get()).ParseAsFurther(*item.as_table(), file);
      if (!parsed.ok()) return Take(parsed);
      if (FindRecord(further->name) != nullptr) {
        return Fail(item, {"two records of a row are called `", further->name, "`; give one a `name`"});
      }
      rules_.also.push_back(std::move(further));
    }
  }

  const Mapping::Rules* FindRecord(std::string_view name) const {
    if (rules_.name == name) return &rules_;
    for (const std::unique_ptr<Mapping::Rules>& further : rules_.also) {
      if (further->name == name) return further.get();
    }
    return nullptr;
  }

  void ParseLinks(const toml::table& file) {
    const toml::array* list = Tables(file, "link");
    if (list == nullptr) return;
    for (const toml::node& item : *list) {
      const toml::table& table = *item.as_table();
      CheckKeys(table, {"from", "to", "verb", "column", "split"});
      LinkRule rule{TextOf(table, "from"), TextOf(table, "to"), {}, std::nullopt};
      for (const std::string* end : {&rule.from, &rule.to}) {
        if (FindRecord(*end) == nullptr) return Fail(item, {"no record of a row is called `", *end, "`"});
      }
      if (table.get("column") != nullptr) {
        ParseOtherRow(table, &rule);
      } else if (rule.from == rule.to) {
        return Fail(item, {"a link is between two records of a row, not from one to itself; if a column names another "
                           "row, say which `column`"});
      }
      if (!fault().ok()) return;
      absl::StatusOr<record::Draft> draft = record::Draft::Create("link");
      absl::Status written = draft.ok() ? draft->SetField("verb", TextOf(table, "verb")) : draft.status();
      if (!written.ok()) return Fail(item, {MessageOf(written)});
      rule.draft = *std::move(draft);
      rules_.links.push_back(std::move(rule));
    }
  }

  // The link goes to a record of another row, which the column names by its identity.
  void ParseOtherRow(const toml::table& table, LinkRule* rule) {
    const Mapping::Rules& end = *FindRecord(rule->to);
    if (end.identity.size() != 1) {
      return Fail(*table.get("column"),
                  {"a column can name another row only if one column is the `identity` of `", rule->to, "`"});
    }
    LinkRule::OtherRow other{Column(TextOf(table, "column"), true)};
    if (const toml::node* split = table.get("split")) other.split = Split(*split);
    rule->other_row = other;
  }

  // A field may come from one place only: a column, or a composed value.
  void CheckWrittenOnce(const toml::table& file) {
    std::stable_sort(written_.begin(), written_.end());
    const auto twice = std::adjacent_find(written_.begin(), written_.end(),
                                          [](const Written& a, const Written& b) { return a.first == b.first; });
    if (twice != written_.end()) {
      FailAt(std::next(twice)->second, {"`", twice->first, "` is written in two sections"});
    }
    if (written_.empty()) Fail(file, {"no column is mapped"});
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

  using Written = std::pair<std::string, std::uint64_t>;
  std::vector<Written> written_;  // the targets so far, by full name, with their lines
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
  for (const std::unique_ptr<Rules>& further : rules->also) further->digest = rules->digest;
  return Mapping(std::move(rules));
}

absl::StatusOr<Mapping> Mapping::Load(const std::string& path) {
  absl::StatusOr<std::string> text = ReadWhole({path}, kMaxMappingBytes);
  if (!text.ok()) return text.status();
  return Parse(*text, path);
}

}  // namespace tidegate::intake
