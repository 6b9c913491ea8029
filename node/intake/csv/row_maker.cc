#include "node/intake/csv/row_maker.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "node/intake/dates.h"
#include "node/intake/numbers.h"
#include "node/intake/sheet/cell.h"
#include "node/intake/text.h"
#include "node/record/record.h"
#include "re2/re2.h"
#include "text/text.h"

namespace tidegate::intake {
namespace {

constexpr std::string_view kRowLabel = crypto::Label("TGCSV01");
constexpr std::size_t kMostHandlings = 1024;  // remembered
constexpr std::size_t kMostIdentity = Limits().identity_bytes;

}  // namespace

bool RowMaker::SkipsBy(const SkipRule& rule, std::string_view text) const {
  if (std::find(rule.equals.begin(), rule.equals.end(), Lower(text)) != rule.equals.end()) return true;
  return rule.matches != nullptr && RE2::PartialMatch({text.data(), text.size()}, *rule.matches);
}

bool RowMaker::Skips(const TableRow& row) const {
  return std::any_of(rules_.skips.begin(), rules_.skips.end(), [&](const SkipRule& rule) {
    if (rule.column.has_value()) return SkipsBy(rule, CellText(row, *rule.column));
    return std::any_of(row.fields.begin(), row.fields.end(),
                       [&](std::string_view field) { return SkipsBy(rule, TrimBlank(field)); });
  });
}

bool RowMaker::Make(const TableRow& row, Item* item, std::vector<Fault>* faults) {
  row_ = &row;
  item_ = item;
  faults_ = faults;
  item->draft = rules_.constants;
  item->draft.home = binding_.home;
  item->position = row.number;
  item->original = row.raw;
  item->well_formed = true;
  // A fault ends nothing: people want to hear of all of them at once.
  bool good = true;
  for (const PlaceRule& rule : rules_.places) good = MakePlace(rule) && good;
  for (const PairRule& rule : rules_.pairs) good = MakePair(rule) && good;
  handling_texts_.clear();
  for (const TextRule& rule : rules_.texts) good = MakeText(rule) && good;
  good = MakeHandling() && good;
  good = good && MakePartConstants();
  // The constants are the same for every row. A row must also say something itself.
  said_nothing_ = good && item->references.empty() && item->draft.fields == rules_.constants.fields;
  if (said_nothing_) {
    good = Fail("", Refused({"nothing in it is mapped to a field"}));
  }
  return Identify() && good;
}

std::string_view RowMaker::CellText(const TableRow& row, std::size_t column) const {
  std::size_t index = binding_.index[column];
  return index == kAbsent ? std::string_view() : Trim(row.fields[index]);
}

const CellNote* RowMaker::NoteOf(std::size_t column) const {
  return binding_.index[column] == kAbsent ? nullptr : row_->NoteOf(binding_.index[column]);
}

bool RowMaker::Fail(const std::string& column, const absl::Status& status, std::string_view value) {
  constexpr std::size_t kMostFaults = 32;
  constexpr std::size_t kMostShown = 200;  // bytes of a value
  // One fault a column is enough to find it.
  const bool told = std::any_of(faults_->begin(), faults_->end(),
                                [&](const Fault& fault) { return !column.empty() && fault.field == column; });
  if (told || faults_->size() >= kMostFaults) return false;
  faults_->push_back({column, std::string(MessageOf(status)), std::string(value.substr(0, kMostShown))});
  return false;
}

bool RowMaker::Fail(const Cell& cell, const absl::Status& status) {
  return Fail(rules_.columns[cell.column], status, CellText(*row_, cell.column));
}

bool RowMaker::Misfit(const Cell& cell, const absl::Status& status) {
  if (!cell.leaves_out) return Fail(cell, status);
  LeftOutCells& cells = left_out_[rules_.columns[cell.column]];
  ++cells.count;
  if (cells.rows.size() < kMostLeftOutRows && (cells.rows.empty() || cells.rows.back() != row_->number)) {
    cells.rows.push_back(row_->number);
  }
  return true;
}

bool RowMaker::IsUnknownWord(std::string_view text) const {
  return !rules_.unknown.empty() &&
         std::find(rules_.unknown.begin(), rules_.unknown.end(), Lower(text)) != rules_.unknown.end();
}

// The trimmed text of a cell, of all its columns, or the part that its pattern takes. Fails if it is empty and must not
// be.
bool RowMaker::Take(const Cell& cell, std::string_view* text) {
  *text = CellText(*row_, cell.column);
  const CellNote* note = NoteOf(cell.column);
  if (note != nullptr && !note->fault.empty()) return Fail(cell, Refused({note->fault}));
  if (!cell.joined.empty()) {
    joined_ = *text;
    for (std::size_t column : cell.joined) {
      const std::string_view next = CellText(*row_, column);
      if (!next.empty()) joined_.append(Cat({joined_.empty() ? "" : cell.with, next}));
    }
    *text = joined_;
  }
  const bool maybe_blank = !text->empty() && (text->front() & 0x80) != 0;  // a no-break space is not ASCII
  if (maybe_blank && TrimBlank(*text).empty()) *text = {};
  if (text->empty() && cell.required) return Fail(cell, Refused({"empty, but the mapping requires it"}));
  if (text->empty() || cell.pattern == nullptr || IsUnknownWord(*text)) return true;
  re2::StringPiece whole(text->data(), text->size());
  re2::StringPiece found[2];
  const int groups = 1 + cell.pattern->NumberOfCapturingGroups();
  const bool matches = cell.pattern->Match(whole, 0, whole.size(), RE2::UNANCHORED, found, groups);
  if (!matches) {
    *text = {};
    return Misfit(cell, Refused({"does not match the pattern of the mapping"}));
  }
  const re2::StringPiece& part = found[groups - 1];
  *text = Trim({part.data() == nullptr ? text->data() : part.data(), part.size()});
  return true;
}

// One item of a cell in the words that its target reads.
absl::StatusOr<std::string> RowMaker::Translate(const Cell& cell, std::string_view text) const {
  if (IsUnknownWord(text)) return std::string("unknown");
  std::string out(text);
  if (cell.codes != nullptr) {
    auto code = cell.codes->find(Lower(text));
    if (code == cell.codes->end()) code = cell.codes->find(Lower(TrimBlank(text)));
    if (code == cell.codes->end()) code = cell.codes->find(kAllOthers);
    if (code == cell.codes->end()) return Refused({"not in the mapping's code map", NearCode(*cell.codes, text)});
    if (code->first != kAllOthers || code->second != kKeep) out = code->second;
  }
  if (!cell.date.forms.empty() || NoteOf(cell.column) != nullptr) {
    absl::StatusOr<std::string> date = TranslateDate(cell, out);
    if (!date.ok()) return date.status();
    out = *std::move(date);
  }
  if (cell.decimal != '\0') {
    absl::StatusOr<std::string> number = PlainNumber(out, cell.decimal);
    if (!number.ok()) return number.status();
    out = *std::move(number);
  }
  if (!cell.calling_code.empty()) {
    absl::StatusOr<std::string> number =
        record::CanonicalIdentifier("phone", out, record::CountryOfCallingCode(cell.calling_code));
    if (!number.ok()) return number.status();
    out = *std::move(number);
  }
  if (!cell.scheme.empty()) out = Cat({cell.scheme, ":", out});
  if (!cell.unit.empty()) out = Cat({out, " ", cell.unit});
  if (!cell.prefix.empty()) out.insert(0, cell.prefix);
  return out;
}

// A date cell of a spreadsheet is read as a date, whatever form the mapping gives for texts. That is so in the rejects
// of its import too.
absl::StatusOr<std::string> RowMaker::TranslateDate(const Cell& cell, const std::string& text) const {
  const CellNote* note = NoteOf(cell.column);
  const std::string_view form = SheetDateForm(text);
  const bool rejected = binding_.row != kAbsent;
  DateRules plain;
  if (note != nullptr || rejected) plain = cell.date;
  plain.forms = {std::string(form)};
  if (note != nullptr && !form.empty()) return ReadDate(plain, text);
  if (cell.date.forms.empty()) return text;
  absl::StatusOr<std::string> date = ReadDate(cell.date, TrimBlank(text));
  return date.ok() || !rejected || form.empty() ? date : ReadDate(plain, text);
}

std::string RowMaker::NearCode(const CodeMap& codes, std::string_view text) {
  std::vector<std::string> known;
  for (const auto& entry : codes) known.push_back(entry.first);
  return text::DidYouMean(text, known);
}

void RowMaker::Refer(const TextRule& rule, const Cell& cell, std::string_view text) {
  Reference reference{rule.target.slot->number, ExternalKey(System(), cell.refers.front(), text), {}};
  for (std::size_t i = 1; i < cell.refers.size(); ++i) {
    reference.others.push_back(ExternalKey(System(), cell.refers[i], text));
  }
  item_->references.push_back(std::move(reference));
}

bool RowMaker::TakeParts(const TextRule& rule, const Cell& cell) {
  std::string_view text;
  if (!Take(cell, &text)) return false;
  if (text.empty()) {
    if (cell.otherwise.has_value() && !cell.otherwise->empty()) parts_.push_back({&cell, *cell.otherwise});
    return true;
  }
  if (!cell.refers.empty()) {
    Refer(rule, cell, text);
    return true;
  }
  const auto take = [&](std::string_view item) {
    absl::StatusOr<std::string> translated = Translate(cell, item);
    if (!translated.ok()) return Misfit(cell, translated.status());
    if (translated->empty()) return true;  // the code map says: nothing
    parts_.push_back({&cell, rule.target.many ? EscapeListItem(*translated) : *std::move(translated)});
    return true;
  };
  if (!rule.target.many) return take(text);
  bool good = true;
  for (std::string_view item : SplitList(text, cell.split)) good = take(item) && good;
  return good;
}

const std::string& RowMaker::JoinedParts() {
  if (parts_.size() == 1) return parts_.front().text;
  written_.clear();
  for (const Part& part : parts_) written_.append(Cat({written_.empty() ? "" : ";", part.text}));
  return written_;
}

bool RowMaker::WriteParts(const TextRule& rule) {
  absl::Status written = Write(rule.target, JoinedParts(), &item_->draft);
  if (written.ok()) return true;
  const bool some = std::any_of(parts_.begin(), parts_.end(), [](const Part& part) { return part.cell->leaves_out; });
  if (!some) return Fail(*parts_.front().cell, written);
  std::vector<Part> fitting;
  for (Part& part : parts_) {
    record::Draft scratch = item_->draft;
    absl::Status fits = Write(rule.target, part.text, &scratch);
    if (fits.ok() || !part.cell->leaves_out) {
      fitting.push_back(std::move(part));
    } else if (!Misfit(*part.cell, fits)) {
      return false;
    }
  }
  parts_ = std::move(fitting);
  if (parts_.empty()) return true;
  written = Write(rule.target, JoinedParts(), &item_->draft);
  return written.ok() || Fail(*parts_.front().cell, written);
}

// Warns of texts under this rule that were taken as they are.
void RowMaker::Doubt(const TextRule& rule) {
  const record::Slot* const slot = rule.target.slot;
  const bool field = slot != nullptr && (slot->type == record::Type::kTime || slot->type == record::Type::kPlace);
  if (!rule.target.part.empty() || !(field || rule.target.room == Target::Room::kHandling)) return;
  const std::string_view name = field ? slot->name : rule.target.name;
  for (const Part& part : parts_) {
    std::string doubt = record::DoubtAbout(*item_->draft.kind, name, part.text);
    if (!doubt.empty()) ++doubts_[{rules_.columns[part.cell->column], std::move(doubt)}];
  }
}

bool RowMaker::MakeText(const TextRule& rule) {
  parts_.clear();
  bool good = true;
  for (const Cell& cell : rule.cells) good = TakeParts(rule, cell) && good;
  if (!good || parts_.empty()) return good;
  // An attribute says something about a field; where there is no field there is nothing to say it about.
  bool attribute = !rule.target.part.empty() && rule.target.slot->type != record::Type::kNarrative;
  if (attribute && item_->draft.fields.count(rule.target.slot->number) == 0) return true;
  const bool handling = rule.target.room == Target::Room::kHandling;
  if (!handling && !WriteParts(rule)) return false;
  Doubt(rule);
  if (handling) handling_texts_.emplace_back(&rule, JoinedParts());
  return true;
}

bool RowMaker::MakeHandling() {
  record::Handling& handling = item_->draft.handling;
  // Remembered values were made from the constants alone.
  const bool plain = handling == rules_.constants.handling;
  std::string key;
  for (const auto& [rule, text] : handling_texts_) {
    key.append(Cat({rule->target.name, " ", std::to_string(text.size()), " ", text}));
  }
  if (const auto known = handlings_.find(key); plain && known != handlings_.end()) {
    handling = known->second;
    return true;
  }
  bool good = true;
  for (const auto& [rule, text] : handling_texts_) {
    absl::Status written = Write(rule->target, text, &item_->draft);
    if (!written.ok()) good = Fail(rule->cells.front(), written);
  }
  if (good && plain && handlings_.size() < kMostHandlings) handlings_.emplace(std::move(key), handling);
  return good;
}

bool RowMaker::MakePartConstants() {
  for (const auto& [target, text] : rules_.part_constants) {
    if (item_->draft.fields.count(target.slot->number) == 0) continue;
    absl::Status written = Write(target, text, &item_->draft);
    if (!written.ok()) return Fail("", written);
  }
  return true;
}

// The text of one part of a composed value; empty if it has none or it is not known.
bool RowMaker::TakePart(const std::optional<Cell>& cell, std::string* out) {
  out->clear();
  std::string_view text;
  if (!cell.has_value()) return true;
  if (!Take(*cell, &text)) return false;
  if (text.empty()) *out = cell->otherwise.value_or("");
  if (text.empty() || IsUnknownWord(text)) return true;
  absl::StatusOr<std::string> translated = Translate(*cell, text);
  if (!translated.ok()) return Misfit(*cell, translated.status());
  *out = *std::move(translated);
  return true;
}

bool RowMaker::TakeDegrees(const Cell& cell, const std::string& text, double most, std::int32_t* degrees_e6) {
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

bool RowMaker::MakePlace(const PlaceRule& rule) {
  record::Place place;
  std::string country;
  std::string latitude;
  std::string longitude;
  if (!TakePart(rule.name, &place.name) || !TakePart(rule.locality, &place.locality) ||
      !TakePart(rule.region, &place.region) || !TakePart(rule.country, &country) ||
      !TakePart(rule.latitude, &latitude) || !TakePart(rule.longitude, &longitude)) {
    return false;
  }
  if (!country.empty()) {
    absl::StatusOr<std::string> code = record::ParseCountry(country);
    if (!code.ok()) return Fail(*rule.country, code.status());
    place.country = *std::move(code);
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

const Cell& RowMaker::FirstCell(const PlaceRule& rule) {
  for (const std::optional<Cell>* cell : {&rule.country, &rule.locality, &rule.name, &rule.region, &rule.latitude}) {
    if (cell->has_value()) return **cell;
  }
  return *rule.longitude;
}

bool RowMaker::MakePair(const PairRule& rule) {
  std::string first;
  std::string second;
  if (!TakePart(rule.first, &first) || !TakePart(rule.second, &second)) return false;
  bool period = rule.form == PairRule::Form::kPeriod;
  if (first.empty() && (second.empty() || !period)) return true;
  std::string text = period ? (first == second ? first : Cat({first, "..", second})) : Cat({first, " ", second});
  absl::Status written = Write(rule.target, Trim(text), &item_->draft);
  return written.ok() || Fail(*rule.first, written);
}

std::string RowMaker::ExternalKey(std::string_view system, std::string_view kind, std::string_view identity) const {
  return Cat({"csv:", system, ":", kind, ":", identity});
}

// File and row: the file's own, also where the row comes from the rejects of an import.
std::string RowMaker::Place() const {
  std::string row = std::to_string(row_->number);
  if (binding_.row < row_->fields.size()) row = Trim(row_->fields[binding_.row]);
  return Cat({"row:", binding_.file, binding_.sheet.empty() ? "" : "#", binding_.sheet, ":", row});
}

bool RowMaker::TakeIdentityCell(std::size_t column, std::string* identity) {
  const std::string& name = rules_.columns[column];
  std::string_view text = CellText(*row_, column);
  const CellNote* note = NoteOf(column);
  if (note != nullptr && !note->fault.empty()) return Fail(name, Refused({note->fault}));
  if (text.empty()) return Fail(name, Refused({"empty, but it identifies the row"}));
  if (!record::IsCleanText(text)) return Fail(name, Refused({"has control characters and cannot identify the row"}));
  if (!identity->empty()) identity->push_back('\x1F');
  identity->append(text);
  if (identity->size() > kMostIdentity) {
    return Fail(name, Refused({"longer than ", std::to_string(kMostIdentity), " bytes and cannot identify the row"}));
  }
  item_->identity = Cat({item_->identity, item_->identity.empty() ? "`" : ", `", name, "`"});
  return true;
}

bool RowMaker::TakeIdentity(std::string* identity) {
  bool good = true;
  for (std::size_t column : rules_.identity) good = TakeIdentityCell(column, identity) && good;
  return good;
}

bool RowMaker::LacksIdentity() const {
  return std::all_of(rules_.identity.begin(), rules_.identity.end(),
                     [this](std::size_t column) { return CellText(*row_, column).empty(); });
}

// Over the cells that the mapping reads, so that neither the order of the columns nor those that nobody mapped make a
// row look changed.
std::string RowMaker::HashOfCells() {
  cells_.clear();
  for (std::size_t column = 0; column < rules_.columns.size(); ++column) {
    std::string_view text = CellText(*row_, column);
    for (int shift = 0; shift < 32; shift += 8) cells_.push_back(static_cast<char>((text.size() >> shift) & 0xFF));
    cells_.append(text);
  }
  return "sha256:" + HexOf(crypto::HashOf({kRowLabel, crypto::View(rules_.digest), cells_}));
}

// The item's key.
bool RowMaker::Identify() {
  std::string identity;
  const bool lacks = !rules_.identity.empty() && rules_.empty_identity != EmptyIdentity::kRefuse && LacksIdentity();
  if (rules_.each_row || (lacks && rules_.empty_identity == EmptyIdentity::kRow)) {
    identity = Place();
    item_->identity = "file and row";
  } else if (lacks || rules_.identity.empty()) {
    identity = HashOfCells();
  } else if (!TakeIdentity(&identity)) {
    return false;
  }
  item_->source_key = ExternalKey(System(), rules_.kind->name, identity);
  if (System() != rules_.source) item_->former_key = ExternalKey(rules_.source, rules_.kind->name, identity);
  return true;
}

}  // namespace tidegate::intake
