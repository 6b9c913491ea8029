#include "node/api/display.h"

#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "text/text.h"

namespace tidegate::api {
namespace {

constexpr size_t kMostTitleBytes = 80;

std::string_view OnwardSentence(std::string_view onward) {
  if (onward == record::kOnwardAsk) return "pass on only after asking the author";
  if (onward == record::kOnwardUnnamed) return "may be passed on as its TLP allows, never naming the author";
  if (onward == record::kOnwardYes) return "may be passed on as its TLP allows, naming the author";
  return "do not pass on";
}

std::string Grade(const std::string& source, const std::string& intelligence, const std::string& handling_code) {
  return absl::StrCat(source, intelligence, handling_code);
}

// One line, cut at a code point.
std::string OneLine(std::string text) {
  const size_t end = text.find('\n');
  if (end != std::string::npos) text.resize(end);
  if (text.size() <= kMostTitleBytes) return text;
  size_t cut = kMostTitleBytes;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
  text.resize(cut);
  return text + "...";
}

void FillHandling(const record::Handling& handling, v1::Handling* out) {
  out->set_tlp(std::string(record::TlpName(handling.effective_tlp())));
  out->set_grade(Grade(handling.source_grade, handling.intelligence_grade, handling.handling_code));
  for (const std::string& condition : handling.conditions) out->add_conditions(condition);
  for (const std::string& purpose : handling.purposes) out->add_purposes(purpose);
  out->set_legal_basis(absl::StrJoin(handling.legal_basis, ", "));
  out->set_onward(std::string(handling.effective_onward()));
  out->set_pap(handling.pap);
  out->set_expiry(FormatTime(handling.expiry_ms.value_or(0)));
  out->set_not_before(FormatTime(handling.not_before_ms.value_or(0)));
  out->set_retention(handling.retention);
  out->set_line(HandlingLine(handling));
}

// The names of the codes of a value; empty for a value without codes.
std::vector<std::string> NamesOf(const record::Slot& slot, const record::Value& value) {
  std::vector<std::string> names;
  const record::CodeList* list = record::Catalogue::FindCodeList(slot.code_list);
  if (list == nullptr) return names;
  for (const record::Scalar& item : value.items) {
    const auto* coded = std::get_if<record::CodeValue>(&item);
    if (coded == nullptr) return {};
    const record::Code* code = record::Catalogue::FindCode(*list, coded->code);
    names.emplace_back(code == nullptr ? coded->code : std::string(code->label));
  }
  return names;
}

constexpr size_t kShownOfAnId = 8;

std::string FieldText(const v1::Record& record, std::string_view name) {
  for (const v1::Field& field : record.fields()) {
    if (field.name() == name) return field.names_size() > 0 ? absl::StrJoin(field.names(), ", ") : field.text();
  }
  return "";
}

// The line that stands for a record in a list. For a link it is the link as a sentence. For another record it is its
// title, or else the first field that distinguishes it from its neighbours.
std::string Headline(const record::VerifiedView& view, const v1::Record& record) {
  const std::string_view kind = view.kind().name;
  if (kind == "link") {
    const std::string from = FieldText(record, "from"), to = FieldText(record, "to");
    return absl::StrCat(from.substr(0, kShownOfAnId), " ", FieldText(record, "verb"), " ", to.substr(0, kShownOfAnId));
  }
  if (kind == "sighting") {
    return absl::StrCat(FieldText(record, "reference").substr(0, kShownOfAnId), ": ", FieldText(record, "outcome"));
  }
  const int title = view.Find(view.kind().title_slot);
  if (title >= 0) return OneLine(record::DisplayValue(view.slot(title), view.value(title)));
  for (const char* name : {"narrative", "summary", "name", "description", "exploitation", "place", "identifiers"}) {
    if (const std::string text = FieldText(record, name); !text.empty()) return OneLine(text);
  }
  return "";
}

void FillField(const record::VerifiedView& view, size_t i, v1::Field* out) {
  const record::Slot& slot = view.slot(i);
  out->set_name(std::string(slot.name));
  out->set_text(record::DisplayValue(slot, view.value(i)));
  out->set_value_json(text::JsonTree(record::ToJson(slot, view.value(i))));
  out->set_rung(std::string(view.precision(i)));
  out->set_class_(std::string(record::FieldClassName(slot.field_class)));
  for (const std::string& name : NamesOf(slot, view.value(i))) out->add_names(name);
  const record::FieldAttributes& attributes = view.attributes(i);
  if (attributes.tlp) out->set_marking(absl::StrCat("TLP:", std::string(record::TlpName(*attributes.tlp))));
  out->set_basis(attributes.basis);
  out->set_grade(absl::StrCat(attributes.source_grade, attributes.intelligence_grade));
  out->set_asserted_by(attributes.asserted_by);
}

}  // namespace

std::string HexOf(const crypto::Hash& hash) { return absl::BytesToHexString(std::string(crypto::View(hash))); }

std::string FormatTime(uint64_t unix_ms) {
  if (unix_ms == 0) return "";
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromUnixMillis(static_cast<int64_t>(unix_ms)),
                          absl::UTCTimeZone());
}

std::string HandlingLine(const record::Handling& handling) {
  std::string line = absl::StrCat("TLP:", std::string(record::TlpName(handling.effective_tlp())));
  const std::string grade = Grade(handling.source_grade, handling.intelligence_grade, handling.handling_code);
  absl::StrAppend(&line, " | grade ", grade.empty() ? "not given" : grade);
  absl::StrAppend(&line,
                  " | conditions: ", handling.conditions.empty() ? "none" : absl::StrJoin(handling.conditions, ", "));
  if (!handling.pap.empty()) absl::StrAppend(&line, " | PAP:", handling.pap);
  if (!handling.purposes.empty()) absl::StrAppend(&line, " | for ", absl::StrJoin(handling.purposes, ", "));
  if (handling.not_before_ms) absl::StrAppend(&line, " | not before ", FormatTime(*handling.not_before_ms));
  if (handling.expiry_ms) absl::StrAppend(&line, " | until ", record::DisplayExpiry(*handling.expiry_ms));
  absl::StrAppend(&line, " | ", std::string(OnwardSentence(handling.effective_onward())));
  return line;
}

void DisplayView(const record::VerifiedView& view, v1::Record* out) {
  const record::Statement& statement = view.statement();
  out->set_id(record::FormatRecordId(statement.record_id));
  out->set_leaf(HexOf(view.leaf()));
  out->set_kind(std::string(view.kind().name));
  out->set_revision(statement.revision);
  out->set_author_fingerprint(HexOf(statement.author_fpr));
  out->set_created(FormatTime(statement.created_ms));
  FillHandling(view.handling(), out->mutable_handling());
  for (size_t i = 0; i < view.size(); ++i) FillField(view, i, out->add_fields());
  if (!view.recall()) out->set_withheld(static_cast<uint32_t>(view.kind().slots.size() - view.size()));
  out->set_title(Headline(view, *out));
}

}  // namespace tidegate::api
