// A proposed mapping as a TOML text for people.
#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "node/intake/suggest/choice.h"
#include "node/intake/suggest/number_forms.h"
#include "node/intake/suggest/words.h"
#include "node/intake/text.h"
#include "text/text.h"

namespace tidegate::intake {
namespace {

constexpr std::size_t kWidth = 118;
constexpr std::size_t kMostUnknownWords = 20;

// A TOML string; JSON's escapes are TOML's.
std::string Quoted(std::string_view text) { return text::Json(text); }

// A name for a table of codes that no other column has.
std::string CodeTableName(std::string_view column, std::size_t index) {
  std::string name;
  for (const std::string& word : WordsOf(column)) {
    for (char c : word) {
      if (absl::ascii_isalnum(static_cast<unsigned char>(c))) name.push_back(c);
    }
    if (!name.empty() && name.back() != '_') name.push_back('_');
  }
  return Cat({name, std::to_string(index + 1)});
}

class MappingWriter {
 public:
  MappingWriter(const Choice& choice, const ProposalHead& head) : choice_(choice), head_(head) {}

  std::string Write() {
    WriteHead();
    WriteRecord(choice_, "");
    WriteConstants();
    for (const RecordUse& record : choice_.also) WriteAlso(record);
    for (const ProposedLink& link : choice_.links) WriteLink(link);
    WriteCodes(choice_);
    for (const RecordUse& record : choice_.also) WriteCodes(record);
    WriteOddRows();
    WriteRest();
    return std::move(out_);
  }

 private:
  void Put(std::initializer_list<std::string_view> line) { out_.append(Cat(line)).push_back('\n'); }

  // A comment of any length, in lines that begin with `begin`.
  void Comment(std::string_view begin, std::string_view text) {
    const std::string shown = text::Line(text);
    std::string line(begin);
    for (std::string_view word : SplitList(shown, ' ')) {
      if (line.size() + word.size() + 1 > kWidth && line.size() > begin.size()) {
        Put({line});
        line = begin;
      }
      line.append(" ").append(word);
    }
    Put({line});
  }
  void Doubt(std::string_view text) { Comment("# ?", text); }

  const ColumnProfile& Column(std::size_t i) const { return choice_.table.columns[i]; }

  void WriteHead() {
    Comment("#", Cat({"A mapping of `", head_.file, "` to records of the kind `", choice_.kind->name,
                      "`, proposed from its header and ", choice_.table.whole ? "its " : "its first ",
                      std::to_string(choice_.table.rows), " rows (", head_.read_as, ")."}));
    Comment("#", "Look at each line that has a comment `# ?` before it.");
    Put({"kind = ", Quoted(choice_.kind->name)});
    Doubt("the system that the rows are from; write the same name in every mapping for it");
    Put({"source = ", Quoted(head_.source)});
    if (!head_.sheet.empty()) Put({"sheet = ", Quoted(head_.sheet)});
    if (choice_.table.header.row == 0) Doubt("the first row looks like data, so the columns are called `#1`, `#2` ...");
    if (choice_.table.header.row != 1) Put({"header_row = ", std::to_string(choice_.table.header.row)});
    if (choice_.identity.has_value()) {
      Put({"identity = [", Quoted(Column(*choice_.identity).name()), "]"});
      if (choice_.without_identity > 0) {
        Doubt(Cat({std::to_string(choice_.without_identity), choice_.without_identity == 1 ? " row has" : " rows have",
                   " no number of their own; such a row is known by its place in the file"}));
        Put({"identity_empty = \"row\""});
      }
    } else {
      Doubt(
          "no column has a number of its own for each row, so a row is known by its place in the file: import the same "
          "file again and no other in its name, or name the columns that tell rows apart: identity = [\"A\", \"B\"]");
      Put({"each_row = true"});
    }
    WriteUnknownWords();
    std::string said;
    for (std::size_t i : choice_.said) said.append(said.empty() ? "" : ", ").append(Quoted(Column(i).name()));
    if (!said.empty()) Put({"ignore = [", said, "]  # the mapping says it itself"});
  }

  // The sections of one record; those of a further one begin with `also.`.
  void WriteRecord(const RecordUse& record, std::string_view begin) {
    WriteColumns(record, begin);
    WriteJoined(record, begin);
    WriteComposed(record, begin);
  }

  void WriteAlso(const RecordUse& record) {
    std::string columns;
    for (std::size_t i = 0; i < record.uses.size(); ++i) {
      if (record.uses[i].has_value()) columns.append(Cat({columns.empty() ? "" : ", ", "`", Column(i).name(), "`"}));
    }
    Put({""});
    Doubt(Cat({"each row is a `", record.kind->name, "` too, of ", columns,
               "; where these are empty there is none. Take the section and its links away if that is wrong"}));
    Put({"[[also]]"});
    Put({"kind = ", Quoted(record.kind->name)});
    Put({"name = ", Quoted(record.name)});
    Put({"each_row = true"});
    WriteRecord(record, "also.");
    if (record.constants.empty()) return;
    Put({"\n[also.constants]"});
    for (const auto& [target, value] : record.constants) {
      Doubt("the columns' names say so");
      Put({Quoted(target), " = ", Quoted(value)});
    }
  }

  void WriteLink(const ProposedLink& link) {
    Put({""});
    if (link.column.has_value()) {
      Doubt(Cat({"`", Column(*link.column).name(), "` names other rows; `tidegate codes link-verb` has more verbs"}));
    } else {
      Doubt("what the two have to do with each other; `tidegate codes link-verb` lists the words");
    }
    Put({"[[link]]"});
    Put({"from = ", Quoted(link.from)});
    Put({"verb = ", Quoted(link.verb)});
    Put({"to = ", Quoted(link.to)});
    if (link.column.has_value()) Put({"column = ", Quoted(Column(*link.column).name())});
    if (!link.split.empty()) Put({"split = ", Quoted(link.split)});
  }

  void WriteUnknownWords() {
    std::vector<std::string> words;
    for (std::size_t i = 0; i < choice_.uses.size(); ++i) {
      if (UseOf(choice_, i) == nullptr && !IsSpokenOf(i)) continue;
      for (const auto& [word, count] : Column(i).unknown_words()) {
        if (std::find(words.begin(), words.end(), Lower(word)) == words.end()) words.push_back(Lower(word));
      }
    }
    if (words.empty()) return;
    words.resize(std::min(words.size(), kMostUnknownWords));
    std::string list;
    for (const std::string& word : words) list.append(list.empty() ? "" : ", ").append(Quoted(word));
    Put({"unknown = [", list, "]"});
  }

  static std::string Options(const std::vector<std::pair<std::string, std::string>>& options) {
    std::string text;
    for (const auto& [name, value] : options) text.append(Cat({", ", name, " = ", value}));
    return text;
  }
  // The options of a use as they stand in a table of TOML.
  std::string OptionsOf(const RecordUse& record, std::size_t i) const {
    const Offer& use = *record.uses[i];
    std::string codes;
    if (!use.codes.empty()) codes = Cat({", codes = ", Quoted(CodeTableName(Column(i).name(), i))});
    return codes + Options(use.options);
  }

  void WriteColumns(const RecordUse& record, std::string_view begin) {
    Put({"\n[", begin, "columns]"});
    for (std::size_t i = 0; i < record.uses.size(); ++i) {
      const std::optional<Offer>& use = record.uses[i];
      if (!use.has_value() || use->part == "joined" || IsComposed(*use)) continue;
      for (const std::string& doubt : use->doubts) Doubt(doubt);
      const std::string options = OptionsOf(record, i);
      const std::string name = Cat({use->asleep ? "# " : "", Quoted(Column(i).name())});
      if (options.empty()) {
        Put({name, " = ", Quoted(use->target)});
      } else {
        Put({name, " = { to = ", Quoted(use->target), options, " }"});
      }
    }
  }

  void WriteJoined(const RecordUse& record, std::string_view begin) {
    for (const JoinedColumns& joined : record.joined) {
      Put({"\n[", begin, "joined.", Quoted(joined.target), "]"});
      for (const std::string& doubt : joined.doubts) Doubt(doubt);
      std::string columns;
      for (std::size_t i : joined.columns) {
        columns.append(Cat({columns.empty() ? "" : ", ", Quoted(Column(i).name())}));
      }
      Put({"columns = [", columns, "]"});
      Put({"with = ", Quoted(joined.with)});
      for (const auto& [name, value] : joined.options) Put({name, " = ", value});
    }
  }

  static bool IsComposed(const Offer& use) {
    return use.part == "first" || use.part == "last" || use.part == "value" || use.part == "currency" ||
           (use.slot != nullptr && use.slot->type == record::Type::kPlace);
  }

  static std::string_view Section(const Offer& use) {
    if (use.slot->type == record::Type::kPlace) return "places";
    return use.slot->type == record::Type::kTime ? "periods" : "amounts";
  }

  static std::string_view PartName(const Offer& use) {
    if (use.part == "first") return "from";
    if (use.part == "last") return "to";
    return use.part == "currency" ? std::string_view("unit") : use.part;
  }

  void WriteComposed(const RecordUse& record, std::string_view begin) {
    std::vector<std::string> written;
    for (const std::optional<Offer>& first : record.uses) {
      if (!first.has_value() || first->part == "joined" || !IsComposed(*first)) continue;
      if (std::find(written.begin(), written.end(), first->target) != written.end()) continue;
      written.push_back(first->target);
      // A coordinate alone is none.
      const bool lonely = HasPart(record, first->target, "latitude") != HasPart(record, first->target, "longitude");
      Put({"\n[", begin, Section(*first), ".", Quoted(first->target), "]"});
      for (std::size_t i = 0; i < record.uses.size(); ++i) {
        const std::optional<Offer>& use = record.uses[i];
        if (!use.has_value() || use->target != first->target || !IsComposed(*use)) continue;
        for (const std::string& doubt : use->doubts) Doubt(doubt);
        const bool coordinate = use->part == "latitude" || use->part == "longitude";
        if (coordinate && lonely) Doubt("no column gives the other coordinate");
        const std::string options = OptionsOf(record, i);
        const std::string column = Quoted(Column(i).name());
        if (use->part == "coordinates") {
          for (const auto& [part, pattern] :
               {std::pair("latitude", kLatitudePattern), std::pair("longitude", kLongitudePattern)}) {
            Put({part, " = { column = ", column, options, ", pattern = ", Quoted(pattern), " }"});
          }
          continue;
        }
        const std::string value = options.empty() ? column : Cat({"{ column = ", column, options, " }"});
        Put({coordinate && lonely ? "# " : "", PartName(*use), " = ", value});
      }
    }
  }

  static bool HasPart(const RecordUse& record, const std::string& target, std::string_view part) {
    return std::any_of(record.uses.begin(), record.uses.end(), [&](const std::optional<Offer>& use) {
      return use.has_value() && use->target == target && use->part == part;
    });
  }

  void WriteConstants() {
    Put({"\n[constants]"});
    const bool marked = std::any_of(choice_.uses.begin(), choice_.uses.end(), [](const std::optional<Offer>& use) {
      return use.has_value() && use->target == "handling.tlp";
    });
    if (!marked) {
      Doubt(
          "no column says how the rows may be shared. A record without a marking counts as RED, which only named "
          "recipients get");
      Put({"# \"handling.tlp\" = \"AMBER\""});
    }
    Doubt("what the records may be used for; `tidegate codes purpose` lists the words");
    Put({"# \"handling.purposes\" = \"prevention\""});
  }

  void WriteCodes(const RecordUse& record) {
    for (std::size_t i = 0; i < record.uses.size(); ++i) {
      const std::optional<Offer>& use = record.uses[i];
      if (!use.has_value() || use->codes.empty()) continue;
      const std::string_view list = use->slot == nullptr ? std::string_view() : use->slot->code_list;
      Put({"\n[codes.", CodeTableName(Column(i).name(), i), "]"});
      for (const auto& [text, code] : use->codes) {
        if (text == "*") {
          Put({"\"*\" = \"keep\"  # all others are read as they are"});
          continue;
        }
        if (code.empty()) {
          Doubt(Cat({"nothing is near; `tidegate codes ", list.empty() ? "country" : list,
                     "` lists the codes. \"\" leaves the value out"}));
        }
        Put({Quoted(text), " = ", Quoted(code)});
      }
    }
  }

  void WriteOddRows() {
    for (const OddRows& rows : choice_.table.odd) {
      Put({""});
      Doubt(Cat({"these rows look like ", rows.why, " and are left out"}));
      std::string texts;
      for (const std::string& text : rows.texts) texts.append(Cat({texts.empty() ? "" : ", ", Quoted(text)}));
      Put({"[[skip]]"});
      Put({"column = ", Quoted(Column(rows.column).name())});
      Put({"equals = [", texts, "]"});
    }
  }

  // Columns that make no field and are not left out either.
  bool IsSpokenOf(std::size_t column) const {
    return std::count(choice_.said.begin(), choice_.said.end(), column) != 0 ||
           std::any_of(choice_.links.begin(), choice_.links.end(),
                       [column](const ProposedLink& link) { return link.column == column; });
  }

  // Writes which fields no column serves, and which columns serve no field.
  void WriteRest() {
    std::string columns;
    for (std::size_t i = 0; i < choice_.uses.size(); ++i) {
      if (UseOf(choice_, i) != nullptr || Column(i).name().empty() || IsSpokenOf(i)) continue;
      columns.append(columns.empty() ? "" : ", ").append(Cat({"`", Column(i).name(), "`"}));
      if (Column(i).filled() == 0) columns.append(" (empty)");
    }
    Put({""});
    if (!columns.empty()) {
      Comment(
          "#",
          Cat({"Columns for which nothing was found: ", columns,
               ". The import leaves them out and says so; list under `ignore` those that are left out on purpose."}));
    }
    std::string fields;
    for (const std::string& field : Unserved(choice_)) fields.append(fields.empty() ? "" : ", ").append(field);
    if (!fields.empty()) {
      Comment("#", Cat({"Fields that no column gives: ", fields, ". `tidegate fields ", choice_.kind->name,
                        "` explains them."}));
    }
  }

  const Choice& choice_;
  const ProposalHead& head_;
  std::string out_;
};

}  // namespace

std::string WriteMapping(const Choice& choice, const ProposalHead& head) { return MappingWriter(choice, head).Write(); }

}  // namespace tidegate::intake
