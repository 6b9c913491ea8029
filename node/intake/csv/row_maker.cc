#include "node/intake/csv/row_maker.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "node/intake/dates.h"
#include "node/intake/text.h"
#include "text/text.h"

namespace tidegate::intake {
namespace {

constexpr std::string_view kRowLabel = crypto::Label("TGCSV01");
constexpr std::size_t kMostHandlings = 1024;  // remembered
constexpr std::size_t kMostIdentity = Limits().identity_bytes;

}  // namespace

bool RowMaker::Skips(const TableRow& row) const {
  for (const SkipRule& rule : rules_.skips) {
    std::string text = Lower(CellText(row, rule.column));
    if (std::find(rule.equals.begin(), rule.equals.end(), text) != rule.equals.end()) return true;
  }
  return false;
}

bool RowMaker::Make(const TableRow& row, Item* item, RowFault* fault) {
  row_ = &row;
  item_ = item;
  fault_ = fault;
  item->draft = rules_.constants;
  item->draft.home = binding_.home;
  item->position = row.number;
  item->original = row.raw;
  item->well_formed = true;
  for (const PlaceRule& rule : rules_.places) {
    if (!MakePlace(rule)) return false;
  }
  for (const PairRule& rule : rules_.pairs) {
    if (!MakePair(rule)) return false;
  }
  handling_texts_.clear();
  for (const TextRule& rule : rules_.texts) {
    if (!MakeText(rule)) return false;
  }
  if (!MakeHandling() || !MakePartConstants()) return false;
  // What the constants say is true of every row; a row must say something itself.
  if (item->references.empty() && item->draft.fields == rules_.constants.fields) {
    return Fail("", Refused({"nothing in it is mapped to a field"}));
  }
  return Identify();
}

std::string_view RowMaker::CellText(const TableRow& row, std::size_t column) const {
  std::size_t index = binding_.index[column];
  return index == kAbsent ? std::string_view() : Trim(row.fields[index]);
}

bool RowMaker::Fail(const std::string& column, const absl::Status& status) {
  fault_->column = column;
  fault_->reason = MessageOf(status);
  return false;
}

bool RowMaker::Fail(const Cell& cell, const absl::Status& status) { return Fail(rules_.columns[cell.column], status); }

bool RowMaker::IsUnknownWord(std::string_view text) const {
  return !rules_.unknown.empty() &&
         std::find(rules_.unknown.begin(), rules_.unknown.end(), Lower(text)) != rules_.unknown.end();
}

// The trimmed text of a cell; fails if it is empty and may not be.
bool RowMaker::Take(const Cell& cell, std::string_view* text) {
  *text = CellText(*row_, cell.column);
  if (!text->empty() || !cell.required) return true;
  return Fail(cell, Refused({"empty, but the mapping requires it"}));
}

// One item of a cell in the words that its target reads.
absl::StatusOr<std::string> RowMaker::Translate(const Cell& cell, std::string_view text) const {
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

std::string RowMaker::NearCode(const CodeMap& codes, std::string_view text) {
  std::vector<std::string> known;
  for (const auto& entry : codes) known.push_back(entry.first);
  return text::DidYouMean(text, known);
}

bool RowMaker::MakeText(const TextRule& rule) {
  std::string joined;
  for (const Cell& cell : rule.cells) {
    std::string_view text;
    if (!Take(cell, &text)) return false;
    if (text.empty()) continue;
    if (!cell.refers.empty()) {
      item_->references.push_back({rule.target.slot->number, ExternalKey(System(), cell.refers, text)});
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
  if (rule.target.room == Target::Room::kHandling) {
    handling_texts_.emplace_back(&rule, std::move(joined));
    return true;
  }
  absl::Status written = Write(rule.target, joined, &item_->draft);
  return written.ok() || Fail(rule.cells.front(), written);
}

bool RowMaker::MakeHandling() {
  record::Handling& handling = item_->draft.handling;
  // What is remembered was made from the constants alone.
  const bool plain = handling == rules_.constants.handling;
  std::string key;
  for (const auto& [rule, text] : handling_texts_) {
    key.append(Cat({rule->target.name, " ", std::to_string(text.size()), " ", text}));
  }
  if (const auto known = handlings_.find(key); plain && known != handlings_.end()) {
    handling = known->second;
    return true;
  }
  for (const auto& [rule, text] : handling_texts_) {
    absl::Status written = Write(rule->target, text, &item_->draft);
    if (!written.ok()) return Fail(rule->cells.front(), written);
  }
  if (plain && handlings_.size() < kMostHandlings) handlings_.emplace(std::move(key), handling);
  return true;
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
  if (text.empty() || IsUnknownWord(text)) return true;
  absl::StatusOr<std::string> translated = Translate(*cell, text);
  if (!translated.ok()) return Fail(*cell, translated.status());
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
  return Cat({"row:", binding_.file, ":", row});
}

bool RowMaker::TakeIdentity(std::string* identity) {
  for (std::size_t column : rules_.identity) {
    const std::string& name = rules_.columns[column];
    std::string_view text = CellText(*row_, column);
    if (text.empty()) return Fail(name, Refused({"empty, but it identifies the row"}));
    if (!record::IsCleanText(text)) return Fail(name, Refused({"has control characters and cannot identify the row"}));
    if (!identity->empty()) identity->push_back('\x1F');
    identity->append(text);
    if (identity->size() > kMostIdentity) {
      return Fail(name, Refused({"longer than ", std::to_string(kMostIdentity), " bytes and cannot identify the row"}));
    }
    item_->identity = Cat({item_->identity, item_->identity.empty() ? "`" : ", `", name, "`"});
  }
  return true;
}

// The item's key. Without identity columns it is a hash over the cells that the mapping reads, so that neither the
// order of the columns nor those that nobody mapped make a row look changed.
bool RowMaker::Identify() {
  std::string identity;
  if (!TakeIdentity(&identity)) return false;
  if (rules_.each_row) {
    identity = Place();
    item_->identity = "file and row";
  } else if (identity.empty()) {
    cells_.clear();
    for (std::size_t column = 0; column < rules_.columns.size(); ++column) {
      std::string_view text = CellText(*row_, column);
      for (int shift = 0; shift < 32; shift += 8) cells_.push_back(static_cast<char>((text.size() >> shift) & 0xFF));
      cells_.append(text);
    }
    identity = "sha256:" + HexOf(crypto::HashOf({kRowLabel, crypto::View(rules_.digest), cells_}));
  }
  item_->source_key = ExternalKey(System(), rules_.kind->name, identity);
  if (System() != rules_.source) item_->former_key = ExternalKey(rules_.source, rules_.kind->name, identity);
  return true;
}

}  // namespace tidegate::intake
