// Words of STIX's open vocabularies and the codes that say the same: STIX.md, "Open vocabularies".
#include <algorithm>
#include <array>

#include "node/stix/stix.h"

namespace tidegate::stix {
namespace {

struct Word {
  std::string_view list;
  std::string_view word;
  std::string_view code;
};

// A word whose spelling a list knows (`education`, `facebook`) needs no row.
constexpr std::array<Word, 35> kWords = {{
    // industry-sector-ov: what sort of body it is
    {"sector", "commercial", "business"},
    {"sector", "emergency-services", "government"},
    {"sector", "financial-services", "bank"},
    {"sector", "government-emergency-services", "government"},
    {"sector", "government-local", "local-government"},
    {"sector", "government-national", "government"},
    {"sector", "government-public-services", "government"},
    {"sector", "government-regional", "local-government"},
    {"sector", "healthcare", "health"},
    {"sector", "non-profit", "ngo"},
    // industry-sector-ov: the trade
    {"industry", "aerospace", "manufacturing.transport-equipment"},
    {"industry", "automotive", "manufacturing.motor-vehicles"},
    {"industry", "chemical", "manufacturing.chemicals"},
    {"industry", "communications", "information"},
    {"industry", "dams", "energy"},
    {"industry", "defence", "public-administration"},
    {"industry", "defense", "public-administration"},
    {"industry", "emergency-services", "public-administration"},
    {"industry", "entertainment", "arts"},
    {"industry", "financial-services", "finance"},
    {"industry", "government", "public-administration"},
    {"industry", "government-emergency-services", "public-administration"},
    {"industry", "government-local", "public-administration"},
    {"industry", "government-national", "public-administration"},
    {"industry", "government-public-services", "public-administration"},
    {"industry", "government-regional", "public-administration"},
    {"industry", "healthcare", "health"},
    {"industry", "hospitality-leisure", "hospitality"},
    {"industry", "insurance", "finance"},
    {"industry", "nuclear", "energy"},
    {"industry", "pharmaceuticals", "manufacturing.pharmaceuticals"},
    {"industry", "retail", "trade"},
    {"industry", "telecommunications", "information"},
    {"industry", "transportation", "transport"},
    {"industry", "water", "waste"},
}};

}  // namespace

std::string_view CodeOfWord(std::string_view list, std::string_view word) {
  const auto known =
      std::find_if(kWords.begin(), kWords.end(), [&](const Word& one) { return one.list == list && one.word == word; });
  if (known != kWords.end()) return known->code;
  const record::CodeList* codes = record::Catalogue::FindCodeList(list);
  const record::Code* code = codes == nullptr ? nullptr : record::Catalogue::ResolveCode(*codes, word);
  return code == nullptr ? std::string_view() : code->code;
}

}  // namespace tidegate::stix
