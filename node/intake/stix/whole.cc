// Objects that are kept whole: those of a type without a kind, and those that their kind cannot hold.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "node/intake/dates.h"
#include "node/intake/json_scan.h"
#include "node/intake/stix/maker.h"
#include "node/intake/text.h"

namespace tidegate::intake {
namespace {

namespace dom = simdjson::dom;

constexpr std::string_view kNeverCut[] = {"type",           "spec_version", "id",
                                          "created",        "modified",     "object_marking_refs",
                                          "created_by_ref", "revoked",      "granular_markings"};
constexpr std::size_t kLengthBytes = 8;  // more than the encoding of a text adds to it

// The object without its longest members, as long as it must have less to fit. Their names are added to `cut`. All
// other members stay as they were written. Empty if no member is left to be cut.
std::string CutToFit(std::string_view json, std::size_t most, std::vector<std::string>* cut) {
  std::vector<JsonMember> members = MembersOf(json);
  std::size_t size = json.size();
  while (size > most) {
    auto longest = members.end();
    for (auto one = members.begin(); one != members.end(); ++one) {
      if (IsNeverCut(one->name)) continue;
      if (longest == members.end() || one->end - one->begin > longest->end - longest->begin) longest = one;
    }
    if (longest == members.end()) return {};
    size -= longest->end - longest->begin;
    cut->emplace_back(longest->name.substr(0, 64));
    members.erase(longest);
  }
  std::string text = "{";
  for (const JsonMember& member : members) {
    text += Cat({text.size() > 1 ? "," : "", json.substr(member.begin, member.end - member.begin)});
  }
  return text + "}";
}

// Control characters as JSON writes them. JSON allows DEL and C1 as they are, but a text that is shown may not have
// them.
std::string Escaped(std::string_view json) {
  constexpr std::string_view kHex = "0123456789abcdef";
  constexpr unsigned kDelete = 0x7f, kC1Lead = 0xc2, kFirstAfterC1 = 0xa0;
  const auto byte = [json](std::size_t at) { return at < json.size() ? static_cast<unsigned char>(json[at]) : 0U; };
  std::string out;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const bool c1 = byte(i) == kC1Lead && byte(i + 1) < kFirstAfterC1;
    if (c1) ++i;
    if (c1 || byte(i) == kDelete) {
      out += "\\u00";
      out += {kHex[byte(i) >> 4], kHex[byte(i) & 15]};
    } else {
      out.push_back(json[i]);
    }
  }
  return out;
}

}  // namespace

bool IsNeverCut(std::string_view name) {
  return std::find(std::begin(kNeverCut), std::end(kNeverCut), name) != std::end(kNeverCut);
}

bool StixMaker::HasOwnExtension() const {
  return std::any_of(object_->properties.begin(), object_->properties.end(), [](const StixProperty& property) {
    return property.name == "extensions" && property.value[stix::kExtension].error() == simdjson::SUCCESS;
  });
}

// Byte for byte, as far as a record can hold it.
bool StixMaker::SetWhole(std::string_view json) {
  record::Draft& draft = item_->draft;
  const std::size_t most = draft.kind->FindSlot("object")->max_bytes - kLengthBytes;
  std::string text(json);
  if (!record::IsCleanText(text)) {
    text = Escaped(text);
    Warn("", "has control characters; they are kept as JSON escapes");
  }
  std::vector<std::string> cut;
  for (const std::string& name : object_->cut) cut.push_back(name.substr(0, 64));
  if (text.size() > most) text = CutToFit(text, most, &cut);
  if (text.empty()) {
    return Fail("", Cat({"its markings are longer than the ", std::to_string(most), " bytes of a record"}));
  }
  for (const std::string& name : cut) {
    Warn(name,
         Cat({"longer than the ", std::to_string(most), " bytes that a record can hold; left out, the rest is kept"}));
  }
  if (!cut.empty()) {
    std::string note = "Left out, because a record cannot hold it: ";
    for (const std::string& name : cut) note += Cat({&name == cut.data() ? "" : ", ", name});
    if (!Check("", draft.SetField("note", note))) return false;
  }
  return Check("", draft.SetValue("object", {{record::Text{std::move(text)}}}));
}

bool StixMaker::MakeForeign(std::string_view json) {
  record::Draft& draft = item_->draft;
  if (!SetWhole(json)) return false;
  if (!Check("type", draft.SetValue("object_type", {{record::Text{std::string(object_->type)}}}))) return false;
  if (!Check("id", draft.SetValue("object_id", {{record::Text{std::string(object_->id)}}}))) return false;
  slot_of_.emplace_back("", draft.kind->FindSlot("object")->number);
  std::string_view text;
  const dom::element* name = object_->Take("name");
  if (name != nullptr && name->get_string().get(text) == simdjson::SUCCESS) {
    draft.SetValue("heading", {{record::Text{std::string(text)}}}).IgnoreError();  // it stands in the object anyway
  }
  for (std::string_view time : {std::string_view("created"), std::string_view("modified")}) {
    const dom::element* value = object_->Take(time);
    if (value == nullptr || value->get_string().get(text) != simdjson::SUCCESS) continue;
    draft.SetField(time, DropSeconds(text)).IgnoreError();
  }
  return true;
}

}  // namespace tidegate::intake
