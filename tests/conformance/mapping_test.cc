// docs/mapping.md: where each field of HTCDS and of the UK National Referral Mechanism form goes.
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "node/record/values.h"
#include "tests/conformance/shared_tables.h"

namespace tidegate::conformance {
namespace {

using record::Catalogue;

struct MappedField {
  std::string field;
  std::string target;
  std::string note;
};

// The rows of the table under the heading `## title`.
std::vector<MappedField> TableUnder(std::string_view title) {
  std::vector<MappedField> rows;
  bool inside = false;
  const std::string page = ProjectFile("docs/mapping.md");
  for (size_t begin = 0; begin < page.size();) {
    const size_t end = std::min(page.find('\n', begin), page.size());
    const std::string line = page.substr(begin, end - begin);
    begin = end + 1;
    if (line.starts_with("## ")) inside = line.substr(3) == title;
    if (!inside || !line.starts_with("| `")) continue;
    const std::vector<std::string> cells = Split(line, '|');
    const std::string name = cells[0].substr(1, cells[0].size() - 2);
    rows.push_back({name, cells.size() > 1 ? cells[1] : "", cells.size() > 2 ? cells[2] : ""});
  }
  return rows;
}

bool IsSlot(const std::string& kind_and_slot) {
  const size_t dot = kind_and_slot.find('.');
  const record::Kind* kind = Catalogue::FindKind(kind_and_slot.substr(0, dot));
  return dot != std::string::npos && kind != nullptr && kind->FindSlot(kind_and_slot.substr(dot + 1)) != nullptr;
}

bool IsReservedKind(const std::string& name) {
  const auto& reserved = record::kCatalogueData.reserved;
  return std::any_of(reserved.begin(), reserved.end(), [&](const auto& kind) { return kind.name == name; });
}

// Empty if the target is well said, else what is wrong.
std::string FaultOf(const std::string& target) {
  if (target.starts_with("refused: ")) return target.size() > 15 ? "" : "the refusal gives no reason";
  if (target.starts_with("reserved: ")) {
    return IsReservedKind(target.substr(10)) ? "" : "no such kind is reserved";
  }
  static const std::regex kField("`([a-z_]+\\.[a-z_]+)`");
  std::smatch match;
  if (!std::regex_match(target, match, kField)) return "neither `kind.field` nor reserved nor refused";
  return IsSlot(match[1]) ? "" : "the catalogue has no such field";
}

class MappingTable : public testing::TestWithParam<std::pair<const char*, size_t>> {};

TEST_P(MappingTable, HasARowForEachFieldOnce) {
  std::set<std::string> fields;
  const std::vector<MappedField> rows = TableUnder(GetParam().first);
  for (const MappedField& row : rows) EXPECT_TRUE(fields.insert(row.field).second) << row.field << " stands twice";
  EXPECT_EQ(rows.size(), GetParam().second);
}

TEST_P(MappingTable, SendsEachFieldToAPlaceThatExists) {
  for (const MappedField& row : TableUnder(GetParam().first)) {
    EXPECT_EQ(FaultOf(row.target), "") << row.field << " -> " << row.target;
  }
}

// Notes speak of fields too: a name in backticks whose first word is a kind has to exist.
TEST_P(MappingTable, NamesNoFieldThatIsNotThere) {
  static const std::regex kQuoted("`([a-z_]+)\\.([a-z_]+)`");
  for (const MappedField& row : TableUnder(GetParam().first)) {
    const std::string text = row.target + " " + row.note;
    for (auto at = std::sregex_iterator(text.begin(), text.end(), kQuoted); at != std::sregex_iterator(); ++at) {
      if (Catalogue::FindKind((*at)[1].str()) == nullptr) continue;  // a code such as `criminality.fraud`
      EXPECT_TRUE(IsSlot((*at)[1].str() + "." + (*at)[2].str())) << row.field << ": " << at->str();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Standards, MappingTable,
                         testing::Values(std::pair("HTCDS 2.0", size_t{93}),
                                         std::pair("UK National Referral Mechanism form", size_t{146})),
                         [](const auto& table) { return table.param.second == 93 ? "Htcds" : "Nrm"; });

// The key of a row of the HTCDS field list: its prefixed name, or the text of an example question.
std::string HtcdsName(const Row& row) {
  const std::string& name = row.at("field_name");
  if (!name.empty() && name != "N/A") return row.at("prefix") + name;
  std::string label = Words(row.at("label"));
  constexpr std::string_view kExample = "EXAMPLE QUESTION ";
  return label.starts_with(kExample) ? label.substr(kExample.size()) : label;
}

std::set<std::string> Names(const std::vector<MappedField>& rows) {
  std::set<std::string> names;
  for (const MappedField& row : rows) names.insert(row.field);
  return names;
}

TEST(MappingOfShared, EveryHtcdsFieldHasARow) {
  if (!SharedExpected()) GTEST_SKIP() << "no standards beside the project; set TIDEGATE_SHARED to their directory";
  const std::vector<Row> fields = ParseCsv(SharedFile("htcds/htcds_field_standards_2.0.csv"));
  const std::set<std::string> mapped = Names(TableUnder("HTCDS 2.0"));
  EXPECT_EQ(fields.size(), 93u);
  for (const Row& field : fields) EXPECT_EQ(mapped.count(HtcdsName(field)), 1u) << HtcdsName(field);
}

TEST(MappingOfShared, EveryNrmFieldHasARow) {
  if (!SharedExpected()) GTEST_SKIP() << "no standards beside the project; set TIDEGATE_SHARED to their directory";
  const std::vector<Row> fields = ParseCsv(SharedFile("nrm/uk_nrm_referral_fields.csv"));
  const std::set<std::string> mapped = Names(TableUnder("UK National Referral Mechanism form"));
  EXPECT_EQ(fields.size(), 146u);
  for (const Row& field : fields) EXPECT_EQ(mapped.count(field.at("field")), 1u) << field.at("field");
}

}  // namespace
}  // namespace tidegate::conformance
