// The words that people use for countries and for schemes of identifiers.
#include <algorithm>
#include <string>
#include <vector>

#include "node/record/value/ascii.h"
#include "node/record/value/refusal.h"
#include "node/record/value/value.h"
#include "text/text.h"

namespace tidegate::value {
namespace {

constexpr size_t kMostShown = 40;  // bytes of a person's word

// The lists of schemes that fields of identifiers have, each once.
const std::vector<const CodeList*>& SchemeLists() {
  static const auto& lists = *[] {
    auto* const found = new std::vector<const CodeList*>();
    for (const Kind& kind : Catalogue::Kinds()) {
      for (const Slot& slot : kind.slots) {
        const CodeList* const list = slot.type == Type::kIdentifier ? Catalogue::FindCodeList(slot.code_list) : nullptr;
        if (list != nullptr && std::find(found->begin(), found->end(), list) == found->end()) found->push_back(list);
      }
    }
    return found;
  }();
  return lists;
}

}  // namespace

absl::StatusOr<std::string> ParseScheme(std::string_view text) {
  const std::string_view word = Trimmed(text);
  std::vector<std::string_view> meant;
  text::Nearest nearest(word);
  for (const CodeList* list : SchemeLists()) {
    if (const Code* code = Catalogue::FindCode(*list, word)) return std::string(code->code);
    const Code* const code = Catalogue::ResolveCode(*list, word);
    const bool new_one = code != nullptr && std::find(meant.begin(), meant.end(), code->code) == meant.end();
    if (new_one) meant.push_back(code->code);
    for (const Code& one : list->codes) {
      nearest.Offer(one.code, one.code);
      for (const std::string_view alias : one.aliases) nearest.Offer(alias, one.code);
    }
  }
  if (meant.size() == 1) return std::string(meant.front());
  const std::string_view shown = word.substr(0, kMostShown);
  if (meant.size() > 1) {
    std::string schemes;
    for (const std::string_view scheme : meant) schemes += Joined({schemes.empty() ? "`" : " or `", scheme, ":`"});
    return Refuse({"`", shown, ":` can mean ", schemes, "; write the one you mean"});
  }
  if (!nearest.best().empty()) {
    return Refuse({"no identifiers have the scheme `", shown, ":`; did you mean `", nearest.best(), ":`?"});
  }
  return Refuse({"no identifiers have the scheme `", shown,
                 ":`; there are phone, email, iban, plate, case and more (`tidegate codes identifier-scheme`)"});
}

absl::StatusOr<std::string> ParseCountry(std::string_view text) {
  const CodeList* const countries = Catalogue::FindCodeList(kCountryList);
  if (countries == nullptr) return Refuse({"the catalogue has no countries"});
  const std::string_view word = Trimmed(text);
  if (const Code* const country = Catalogue::ResolveCode(*countries, word)) return std::string(country->code);
  const std::string_view nearest = Catalogue::NearestCode(*countries, word);
  if (!nearest.empty()) return Refuse({"not a country; did you mean `", nearest, "`?"});
  return Refuse({"not a country; write its ISO 3166 code, such as `GB`, or its English name"});
}

}  // namespace tidegate::value
