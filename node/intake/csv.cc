// CSV rows to items, by a mapping.
#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "node/intake/batch.h"
#include "node/intake/csv_reader.h"
#include "node/intake/dates.h"
#include "node/intake/mapping.h"
#include "node/intake/nearest.h"
#include "node/intake/rejects.h"
#include "node/intake/text.h"
#include "node/intake/window.h"

namespace tidegate::intake {
namespace {

constexpr std::size_t kAbsent = static_cast<std::size_t>(-1);
constexpr std::string_view kItemLabel = crypto::Label("TGCSV01");

// Why a row is refused, and by which of its columns.
struct RowFault {
  std::string column;
  std::string reason;
};

std::string LittleEndian(std::size_t number) {
  std::string out;
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<char>((number >> shift) & 0xFF));
  return out;
}

// Which column of the file each column of the mapping is.
struct Binding {
  std::vector<std::size_t> index;  // beside Rules::columns; kAbsent if the file has no such column
  std::size_t least_fields = 0;    // without the columns that RejectsFile adds
  std::size_t most_fields = 0;
  std::size_t broken = kAbsent;  // the column in which RejectsFile keeps a row whose quotes were broken
  RowFault missing;              // a column that the file lacks and the mapping needs: every row is refused for it
};

class RowMaker {
 public:
  RowMaker(const Mapping::Rules& rules, const Binding& binding) : rules_(rules), binding_(binding) {}

  // True if the mapping says to leave this row out.
  bool Skips(const CsvRow& row) const {
    for (const SkipRule& rule : rules_.skips) {
      std::string text = Lower(CellText(row, rule.column));
      if (std::find(rule.equals.begin(), rule.equals.end(), text) != rule.equals.end()) return true;
    }
    return false;
  }

  // Fills `item`; false, with the fault, if the row cannot become a record.
  bool Make(const CsvRow& row, Item* item, RowFault* fault) {
    row_ = &row;
    item_ = item;
    fault_ = fault;
    item->draft = rules_.constants;
    item->position = row.number;
    item->original = row.raw;
    for (const PlaceRule& rule : rules_.places) {
      if (!MakePlace(rule)) return false;
    }
    for (const PairRule& rule : rules_.pairs) {
      if (!MakePair(rule)) return false;
    }
    for (const TextRule& rule : rules_.texts) {
      if (!MakeText(rule)) return false;
    }
    if (!MakePartConstants()) return false;
    // What the constants say is true of every row; a row must say something itself.
    if (item->references.empty() && item->draft.fields == rules_.constants.fields) {
      return Fail("", Refused({"nothing in it is mapped to a field"}));
    }
    return Identify();
  }

 private:
  std::string_view CellText(const CsvRow& row, std::size_t column) const {
    std::size_t index = binding_.index[column];
    return index == kAbsent ? std::string_view() : Trim(row.fields[index]);
  }

  bool Fail(const std::string& column, const absl::Status& status) {
    fault_->column = column;
    fault_->reason = MessageOf(status);
    return false;
  }
  bool Fail(const Cell& cell, const absl::Status& status) { return Fail(rules_.columns[cell.column], status); }

  bool IsUnknownWord(std::string_view text) const {
    return !rules_.unknown.empty() &&
           std::find(rules_.unknown.begin(), rules_.unknown.end(), Lower(text)) != rules_.unknown.end();
  }

  // The trimmed text of a cell; fails if it is empty and may not be.
  bool Take(const Cell& cell, std::string_view* text) {
    *text = CellText(*row_, cell.column);
    if (!text->empty() || !cell.required) return true;
    return Fail(cell, Refused({"empty, but the mapping requires it"}));
  }

  // One item of a cell in the words that its target reads.
  absl::StatusOr<std::string> Translate(const Cell& cell, std::string_view text) const {
    if (IsUnknownWord(text)) return std::string("unknown");
    std::string out(text);
    if (cell.codes != nullptr) {
      auto code = cell.codes->find(Lower(text));
      if (code == cell.codes->end()) code = cell.codes->find("*");
      if (code == cell.codes->end()) return Refused({"not in the mapping's code map", NearCode(*cell.codes, text)});
      out = code->second;
    }
    if (!cell.date.empty()) {
      absl::StatusOr<std::string> date = DateByFormat(cell.date, out, cell.offset);
      if (!date.ok()) return date.status();
      out = *std::move(date);
    }
    bool national = out.size() > 1 && out[0] == '0' && out[1] != '0';
    if (!cell.calling_code.empty() && national) out.replace(0, 1, cell.calling_code);
    if (!cell.scheme.empty()) out = Cat({cell.scheme, ":", out});
    if (!cell.unit.empty()) out = Cat({out, " ", cell.unit});
    return cell.prefix + out;
  }

  static std::string NearCode(const CodeMap& codes, std::string_view text) {
    std::vector<std::string> known;
    for (const auto& entry : codes) known.push_back(entry.first);
    return DidYouMean(text, known);
  }

  bool MakeText(const TextRule& rule) {
    std::string joined;
    for (const Cell& cell : rule.cells) {
      std::string_view text;
      if (!Take(cell, &text)) return false;
      if (text.empty()) continue;
      if (!cell.refers.empty()) {
        item_->references.push_back({rule.target.slot->number, ExternalKey(cell.refers, text)});
        continue;
      }
      std::vector<std::string_view> parts = {text};
      if (rule.target.many) parts = SplitList(text, cell.split);
      for (std::string_view part : parts) {
        absl::StatusOr<std::string> translated = Translate(cell, part);
        if (!translated.ok()) return Fail(cell, translated.status());
        if (translated->empty()) continue;  // the code map says: nothing
        if (!joined.empty()) joined.push_back(';');
        joined.append(rule.target.many ? EscapeListItem(*translated) : *translated);
      }
    }
    if (joined.empty()) return true;
    // An attribute says something about a field; where there is no field there is nothing to say it about.
    bool attribute = !rule.target.part.empty() && rule.target.slot->type != record::Type::kNarrative;
    if (attribute && item_->draft.fields.count(rule.target.slot->number) == 0) return true;
    absl::Status written = Write(rule.target, joined, &item_->draft);
    return written.ok() || Fail(rule.cells.front(), written);
  }

  bool MakePartConstants() {
    for (const auto& [target, text] : rules_.part_constants) {
      if (item_->draft.fields.count(target.slot->number) == 0) continue;
      absl::Status written = Write(target, text, &item_->draft);
      if (!written.ok()) return Fail("", written);
    }
    return true;
  }

  // The text of one part of a composed value; empty if it has none or it is not known.
  bool TakePart(const std::optional<Cell>& cell, std::string* out) {
    out->clear();
    std::string_view text;
    if (!cell.has_value()) return true;
    if (!Take(*cell, &text)) return false;
    if (text.empty() || IsUnknownWord(text)) return true;
    absl::StatusOr<std::string> translated = Translate(*cell, text);
    if (!translated.ok()) return Fail(*cell, translated.status());
    *out = *std::move(translated);
    return true;
  }

  bool TakeDegrees(const Cell& cell, const std::string& text, double most, std::int32_t* degrees_e6) {
    char* end = nullptr;
    double degrees = std::strtod(text.c_str(), &end);
    bool plain = text.find_first_not_of("+-.0123456789") == std::string::npos && end == text.c_str() + text.size();
    if (!plain || !(degrees >= -most && degrees <= most)) {
      return Fail(cell, Refused({"not decimal degrees between -", std::to_string(static_cast<int>(most)), " and ",
                                 std::to_string(static_cast<int>(most))}));
    }
    *degrees_e6 = static_cast<std::int32_t>(degrees * 1e6 + (degrees < 0 ? -0.5 : 0.5));
    return true;
  }

  bool MakePlace(const PlaceRule& rule) {
    record::Place place;
    std::string latitude;
    std::string longitude;
    if (!TakePart(rule.name, &place.name) || !TakePart(rule.locality, &place.locality) ||
        !TakePart(rule.region, &place.region) || !TakePart(rule.country, &place.country) ||
        !TakePart(rule.latitude, &latitude) || !TakePart(rule.longitude, &longitude)) {
      return false;
    }
    if (latitude.empty() != longitude.empty()) {
      return Fail(latitude.empty() ? *rule.latitude : *rule.longitude,
                  Refused({"empty, but its other coordinate is given"}));
    }
    if (!latitude.empty()) {
      record::Coordinates at;
      if (!TakeDegrees(*rule.latitude, latitude, 90, &at.latitude_e6)) return false;
      if (!TakeDegrees(*rule.longitude, longitude, 180, &at.longitude_e6)) return false;
      place.coordinates = at;
    }
    if (place == record::Place()) return true;
    absl::Status written = item_->draft.SetValue(rule.slot->name, record::Value{{std::move(place)}});
    return written.ok() || Fail(FirstCell(rule), written);
  }

  static const Cell& FirstCell(const PlaceRule& rule) {
    for (const std::optional<Cell>* cell : {&rule.country, &rule.locality, &rule.name, &rule.region, &rule.latitude}) {
      if (cell->has_value()) return **cell;
    }
    return *rule.longitude;
  }

  bool MakePair(const PairRule& rule) {
    std::string first;
    std::string second;
    if (!TakePart(rule.first, &first) || !TakePart(rule.second, &second)) return false;
    bool period = rule.form == PairRule::Form::kPeriod;
    if (first.empty() && (second.empty() || !period)) return true;
    std::string text = period ? (first == second ? first : Cat({first, "..", second})) : Cat({first, " ", second});
    absl::Status written = Write(rule.target, Trim(text), &item_->draft);
    return written.ok() || Fail(*rule.first, written);
  }

  std::string ExternalKey(std::string_view kind, std::string_view identity) const {
    return Cat({"csv:", rules_.source, ":", kind, ":", identity});
  }

  // The item's key and hash. The hash is over the mapping and the cells that it reads, so that neither the order of the
  // columns nor those that nobody mapped make a row look changed.
  bool Identify() {
    crypto::Sha256 hash;
    hash.Update(kItemLabel).Update(crypto::View(rules_.digest));
    for (std::size_t column = 0; column < rules_.columns.size(); ++column) {
      std::string_view text = CellText(*row_, column);
      hash.Update(LittleEndian(text.size())).Update(text);
    }
    item_->source_hash = hash.Finish();
    std::string identity;
    for (std::size_t column : rules_.identity) {
      std::string_view text = CellText(*row_, column);
      if (text.empty()) return Fail(rules_.columns[column], Refused({"empty, but it identifies the row"}));
      if (!identity.empty()) identity.push_back('\x1F');
      identity.append(text);
    }
    if (rules_.identity.empty()) identity = "sha256:" + HexOf(item_->source_hash);
    item_->source_key = ExternalKey(rules_.kind->name, identity);
    return true;
  }

  const Mapping::Rules& rules_;
  const Binding& binding_;
  const CsvRow* row_ = nullptr;
  Item* item_ = nullptr;
  RowFault* fault_ = nullptr;
};

class CsvImport {
 public:
  CsvImport(const Mapping::Rules& rules, Batch* batch) : rules_(rules), batch_(*batch) {}

  absl::Status Run(Window window) {
    CsvReader reader(window.Ahead(), batch_.limits().row_bytes, batch_.limits().columns);
    CsvRow row;
    absl::Status bound = BindHeader(reader.Next(&row), row);
    if (!bound.ok()) return bound;
    window.Advance(reader.consumed());
    RowMaker maker(rules_, binding_);
    while (true) {
      if (window.MustSlide()) {
        absl::Status flushed = batch_.Flush();  // items show bytes that are about to move
        if (!flushed.ok()) return flushed;
        absl::Status slid = window.Slide();
        if (!slid.ok()) return slid;
      }
      reader.Continue(window.Ahead());
      bool more = reader.Next(&row);
      window.Advance(reader.consumed());
      if (!more && window.ReachesEnd()) return batch_.Flush();
      if (!more) continue;  // nothing but empty lines so far
      absl::Status taken = batch_.CheckCount();
      if (taken.ok()) taken = TakeRow(row, &maker);
      if (!taken.ok()) return taken;
    }
  }

 private:
  absl::Status BindHeader(bool any, const CsvRow& row) {
    const std::string& file = batch_.file();
    if (!any) return Refused({"intake: `", file, "` is empty: the first row must name the columns"});
    if (!row.fault.empty()) return Refused({"intake: `", file, "` row 1: ", row.fault});
    if (!IsUtf8(row.raw)) {
      return Refused({"intake: `", file, "` is not UTF-8; save it as UTF-8 and import it again"});
    }
    if (row.fields.size() == 1 && row.raw.find_first_of(";\t") != std::string_view::npos) {
      return Refused(
          {"intake: `", file, "` row 1: the columns are not separated by commas; save it as CSV with commas"});
    }
    std::vector<std::string> header;
    for (std::string_view name : row.fields) header.emplace_back(Trim(name));
    binding_.most_fields = header.size();
    while (!header.empty() && IsRejectColumn(header.back())) {
      if (header.back() == kRejectOriginal) binding_.broken = header.size() - 1;
      header.pop_back();
    }
    binding_.least_fields = header.size();
    for (const std::string& column : rules_.columns) {
      if (std::count(header.begin(), header.end(), column) > 1) {
        return Refused({"intake: `", file, "` row 1: column `", column, "` is there twice; rename one"});
      }
      auto found = std::find(header.begin(), header.end(), column);
      binding_.index.push_back(found == header.end() ? kAbsent : static_cast<std::size_t>(found - header.begin()));
      if (found == header.end()) NoteMissing(column, header);
    }
    WarnOfUnmapped(header);
    return absl::OkStatus();
  }

  void NoteMissing(const std::string& column, const std::vector<std::string>& header) {
    std::string reason = Cat({"the file has no column `", column, "`", DidYouMean(column, header)});
    batch_.Warn(reason);
    if (!rules_.optional[binding_.index.size() - 1] && binding_.missing.column.empty()) {
      binding_.missing = {column, reason};
    }
  }

  void WarnOfUnmapped(const std::vector<std::string>& header) {
    for (const std::string& name : header) {
      bool known = std::count(rules_.columns.begin(), rules_.columns.end(), name) != 0 ||
                   std::count(rules_.ignored.begin(), rules_.ignored.end(), name) != 0;
      if (!known) batch_.Warn(Cat({"column `", name, "` is not in the mapping and was left out"}));
    }
  }

  // What is wrong with the row as a row; empty if nothing is.
  std::string RowShapeFault(const CsvRow& row) const {
    if (!row.fault.empty()) return row.fault;
    if (row.fields.size() < binding_.least_fields || row.fields.size() > binding_.most_fields) {
      return Cat({"has ", std::to_string(row.fields.size()), " fields where the header has ",
                  std::to_string(binding_.least_fields)});
    }
    if (!IsUtf8(row.raw)) return "not UTF-8; save the file as UTF-8 and import it again";
    if (binding_.broken < row.fields.size() && !row.fields[binding_.broken].empty()) {
      return Cat({"its quotes were broken; write its cells into their columns and empty `", kRejectOriginal, "`"});
    }
    return "";
  }

  absl::Status TakeRow(const CsvRow& row, RowMaker* maker) {
    RowFault fault;
    fault.reason = RowShapeFault(row);
    if (fault.reason.empty() && !binding_.missing.column.empty()) fault = binding_.missing;
    if (fault.reason.empty() && maker->Skips(row)) {
      batch_.Skip();
      return absl::OkStatus();
    }
    Item item;
    if (fault.reason.empty() && maker->Make(row, &item, &fault)) return batch_.Add(std::move(item));
    return batch_.AddReject(row.number, "", fault.column, fault.reason, row.raw);
  }

  const Mapping::Rules& rules_;
  Batch& batch_;
  Binding binding_;
};

}  // namespace

absl::Status ReadCsv(const Source& source, const Mapping& mapping, Batch* batch) {
  CsvImport import(mapping.rules(), batch);
  if (source.in_memory) return import.Run(Window::OverBytes(source.bytes));
  // Two bytes more than the longest row, for its line end.
  absl::StatusOr<Window> window = Window::OverFile(source.name, batch->limits().row_bytes + 2);
  if (!window.ok()) return window.status();
  return import.Run(*std::move(window));
}

}  // namespace tidegate::intake
