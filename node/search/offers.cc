#include "node/search/offers.h"

#include <algorithm>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "node/record/record.h"
#include "node/search/fields.h"

namespace tidegate::search {
namespace {

std::vector<std::string> CodesOf(std::string_view list_name) {
  std::vector<std::string> codes;
  const record::CodeList* const list = record::Catalogue::FindCodeList(list_name);
  if (list == nullptr) return codes;
  for (const record::Code& code : list->codes) codes.emplace_back(code.code);
  return codes;
}

std::vector<std::string> NamesOfFields() {
  std::vector<std::string> names;
  for (const record::Kind& kind : record::Catalogue::Kinds()) {
    for (const record::Slot& slot : kind.slots) {
      if (MayAskFor(slot)) names.emplace_back(slot.name);
    }
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::vector<std::string> NamesOfKinds() {
  std::vector<std::string> names;
  for (const record::Kind& kind : record::Catalogue::Kinds()) names.emplace_back(kind.name);
  return names;
}

std::vector<std::string> ValuesOf(std::string_view field) {
  if (field == "kind") return NamesOfKinds();
  if (field == "exploitation" || field == "industry" || field == "purpose" || field == "tag") return CodesOf(field);
  if (field == "control") return CodesOf("control-method");
  if (field == "subject") return CodesOf("subject-category");
  if (field == "country") return CodesOf(record::kCountryList);
  if (field == "has") return NamesOfFields();
  if (field == "is") {
    const std::vector<std::string_view> states = StatesOfIs();
    return {states.begin(), states.end()};
  }
  if (field == "tlp") return {record::TlpNames().begin(), record::TlpNames().end()};
  if (field == "pap") return {record::PapNames().begin(), record::PapNames().end()};
  if (field == "seen" || field == "raised" || field == "created" || field == "arrived") {
    return {"today", "yesterday", "7d..", "30d..", "6m.."};
  }
  return {};
}

}  // namespace

std::vector<Offer> Offers() {
  std::vector<Offer> offers;
  for (const FieldEntry& field : Fields()) offers.push_back({std::string(field.name), ValuesOf(field.name)});
  for (const std::string_view scheme : Schemes()) {
    const bool known = std::any_of(offers.begin(), offers.end(), [&](const Offer& one) { return one.field == scheme; });
    if (!known) offers.push_back({std::string(scheme), {}});
  }
  return offers;
}

std::vector<std::string> OffersInKinds() {
  std::vector<std::string> names;
  for (const record::Kind& kind : record::Catalogue::Kinds()) {
    for (const record::Slot& slot : kind.slots) {
      if (MayAskFor(slot)) names.push_back(absl::StrCat(std::string(kind.name), ".", std::string(slot.name)));
    }
  }
  return names;
}

}  // namespace tidegate::search
