// The compiled catalogue: facts that must stay true, and the code lists against the standards they are taken from.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "node/record/values.h"
#include "tests/conformance/shared_tables.h"

namespace tidegate::conformance {
namespace {

using record::Catalogue;
using record::Code;
using record::CodeList;
using record::Kind;
using record::Slot;

std::set<std::string> CodesOf(std::string_view list_name) {
  std::set<std::string> codes;
  const CodeList* list = Catalogue::FindCodeList(list_name);
  if (list == nullptr) return codes;
  for (const Code& code : list->codes) codes.emplace(code.code);
  return codes;
}

std::string Resolved(std::string_view list_name, std::string_view text) {
  const CodeList* list = Catalogue::FindCodeList(list_name);
  const Code* code = list == nullptr ? nullptr : Catalogue::ResolveCode(*list, text);
  return code == nullptr ? "" : std::string(code->code);
}

// One line for what authors sign about a slot. Lines of catalogue_numbers.txt stay true for ever.
std::string Signed(const Kind& kind, const Slot& slot) {
  std::ostringstream line;
  line << kind.number << ' ' << kind.name << ' ' << slot.number << ' ' << slot.name << ' '
       << record::TypeName(slot.type) << (slot.repeated ? "*" : "") << ' ' << slot.rungs.front();
  return line.str();
}

TEST(CatalogueFacts, WhatWasEverSignedKeepsItsNumber) {
  std::set<std::string> now;
  for (const Kind& kind : Catalogue::Kinds()) {
    for (const Slot& slot : kind.slots) now.insert(Signed(kind, slot));
  }
  const std::vector<std::string> pinned = Split(ProjectFile("tests/conformance/catalogue_numbers.txt"), '\n');
  EXPECT_GT(pinned.size(), 300u);
  for (const std::string& line : pinned) {
    EXPECT_EQ(now.count(line), 1u) << "`" << line << "` was signed once: never renumber or retype a slot";
  }
  for (const std::string& line : now) {
    EXPECT_NE(std::find(pinned.begin(), pinned.end(), line), pinned.end())
        << "a new slot: append `" << line << "` to tests/conformance/catalogue_numbers.txt";
  }
}

TEST(CatalogueFacts, TheFirstKindsAreThere) {
  const char* const kFirst[] = {"report", "alert", "person",   "organisation", "account",  "phone",  "vehicle",
                                "online", "place", "movement", "link",         "sighting", "foreign"};
  for (const char* name : kFirst) {
    const Kind* kind = Catalogue::FindKind(name);
    ASSERT_NE(kind, nullptr) << name;
    EXPECT_NE(kind->FindSlot("external_id"), nullptr) << name << ": imports find what they already hold by it";
    EXPECT_TRUE(kind->FindSlot("external_id")->searchable) << name;
    EXPECT_LT(kind->title_slot, kind->slots.size()) << name;
  }
  const std::set<std::string> later = {"event",   "document", "measure",     "case",      "referral", "consent",
                                       "request", "product",  "transaction", "rule_pack", "campaign"};
  std::set<std::string> reserved;
  for (const auto& kind : record::kCatalogueData.reserved) reserved.emplace(kind.name);
  EXPECT_EQ(reserved, later);
}

TEST(CatalogueFacts, RungsAreThoseOfTheLadder) {
  for (const Kind& kind : Catalogue::Kinds()) {
    for (const Slot& slot : kind.slots) {
      const auto rungs = record::RungNames(slot.ladder);
      EXPECT_TRUE(std::equal(slot.rungs.begin(), slot.rungs.end(), rungs.begin(), rungs.end()))
          << kind.name << "." << slot.name;
    }
  }
}

// The person who told it must never be in a class that some policy could open.
TEST(CatalogueFacts, InformantsAreOfClassSource) {
  int informants = 0;
  for (const Kind& kind : Catalogue::Kinds()) {
    for (const Slot& slot : kind.slots) {
      if (!slot.name.starts_with("informant")) continue;
      ++informants;
      EXPECT_EQ(slot.field_class, record::FieldClass::kSource) << kind.name << "." << slot.name;
      EXPECT_FALSE(slot.searchable) << kind.name << "." << slot.name;
    }
  }
  EXPECT_GE(informants, 10);
}

TEST(CatalogueFacts, ClosedListsHoldTheirStandardAndNothingElse) {
  EXPECT_EQ(CodesOf("tlp"), (std::set<std::string>{"CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"}));
  EXPECT_EQ(CodesOf("source-grade"), (std::set<std::string>{"1", "2", "3"}));
  EXPECT_EQ(CodesOf("intelligence-grade"), (std::set<std::string>{"A", "B", "C", "D", "E"}));
  EXPECT_EQ(CodesOf("handling-code"), (std::set<std::string>{"P", "C"}));
  EXPECT_EQ(CodesOf("movement-phase"), (std::set<std::string>{"recruitment", "transit", "exploitation", "return"}));
  EXPECT_EQ(CodesOf("age-band").size(), 9u);
}

TEST(CatalogueFacts, CountriesAreIso3166WithAreas) {
  int countries = 0;
  for (const std::string& code : CodesOf("country")) {
    EXPECT_EQ(code.size(), 2u) << code;
    countries += code.front() == 'X' ? 0 : 1;
  }
  EXPECT_EQ(countries, 249);
  EXPECT_EQ(Resolved("country", "Vietnam"), "VN");
  EXPECT_EQ(Resolved("country", "gbr"), "GB");
  EXPECT_EQ(Resolved("country", "High seas"), "XZ");
  EXPECT_EQ(Resolved("currency", "sterling"), "GBP");
  EXPECT_EQ(Resolved("language", "ro"), "ron");
  EXPECT_EQ(Resolved("country", "Atlantis"), "");
}

TEST(CatalogueFacts, OwnCodesMapToTheStandardsOther) {
  const CodeList* list = Catalogue::FindCodeList("exploitation");
  ASSERT_NE(list, nullptr);
  for (const char* own : {"criminality", "criminality.online-scam"}) {
    const Code* code = Catalogue::FindCode(*list, own);
    ASSERT_NE(code, nullptr) << own;
    EXPECT_EQ(std::count(code->maps.begin(), code->maps.end(), "htcds:Other"), 1) << own;
  }
}

// Picklists of HTCDS and the code lists that take their values.
const std::map<std::string, std::string>& HtcdsLists() {
  static const auto* const kLists =
      new std::map<std::string, std::string>{{"org_Type", "sector"},
                                             {"prs_Gender", "gender"},
                                             {"prs_MaritalStatus", "marital-status"},
                                             {"prs_HighestLevelOfEducation", "education-level"},
                                             {"vic_TraffickingStatus", "victim-status"},
                                             {"vic_TraffickingStatusDecisionMakingOrg", "status-decider"},
                                             {"vic_RelationshipToTrafficker", "recruiter-relation"},
                                             {"vic_RecruitmentWebsitesAndApps", "platform"},
                                             {"vic_MethodOfRecruitment", "recruitment-method"},
                                             {"vic_MethodsOfControl", "control-method"},
                                             {"vic_TypeOfExploitation", "exploitation"},
                                             {"vic_ForcedLabourIndustry", "industry"},
                                             {"vic_TypeOfSexExploitation", "exploitation"},
                                             {"vic_ExploitationWebsitesAndApps", "platform"},
                                             {"vic_Vulnerabilities", "vulnerability"},
                                             {"per_RoleInProcess", "person-role"},
                                             {"hte_Type", "movement-phase"}};
  return *kLists;
}

TEST(CatalogueOfShared, EveryHtcdsPicklistValueIsUnderstood) {
  if (!SharedExpected()) GTEST_SKIP() << "no standards beside the project; set TIDEGATE_SHARED to their directory";
  std::set<std::string> met;
  for (const Row& row : ParseCsv(SharedFile("htcds/htcds_field_standards_2.0.csv"))) {
    const auto list = HtcdsLists().find(row.at("full_name"));
    if (list == HtcdsLists().end()) continue;
    met.insert(list->first);
    for (const std::string& value : Split(row.at("value_names"), ';')) {
      if (value == "NonSpecifiedUnknown") continue;  // unknown is a value of its own, not a code
      const std::string code = Resolved(list->second, value);
      ASSERT_NE(code, "") << list->first << ": `" << value << "` is no code of " << list->second;
      // And back: an export of that code writes the standard's own name.
      const auto maps = Catalogue::FindCode(*Catalogue::FindCodeList(list->second), code)->maps;
      const bool back = std::any_of(maps.begin(), maps.end(), [&](auto map) { return map == "htcds:" + value; });
      EXPECT_TRUE(back || list->first == "vic_TypeOfSexExploitation") << list->first << ": " << value << " -> " << code;
    }
  }
  EXPECT_EQ(met.size(), HtcdsLists().size());
}

TEST(CatalogueOfShared, BothNamesOfTheMethodsOfControlAreUnderstood) {
  if (!SharedExpected()) GTEST_SKIP() << "no standards beside the project; set TIDEGATE_SHARED to their directory";
  int methods = 0;
  for (const Row& row : ParseCsv(SharedFile("htcds/htcds_field_definitions_2.0.csv"))) {
    if (row.at("section") != "Methods Of Control") continue;
    ++methods;
    EXPECT_NE(Resolved("control-method", row.at("name")), "") << row.at("name");
  }
  EXPECT_EQ(methods, 17);
}

TEST(CatalogueOfShared, NrmOptionsAreUnderstood) {
  if (!SharedExpected()) GTEST_SKIP() << "no standards beside the project; set TIDEGATE_SHARED to their directory";
  int types = 0;
  int bands = 0;
  for (const Row& row : ParseCsv(SharedFile("nrm/uk_nrm_referral_fields.csv"))) {
    if (row.at("field").starts_with("types-of-exploitation-")) {
      ++types;
      EXPECT_NE(Resolved("exploitation", row.at("field")), "") << row.at("field");
    }
    if (row.at("field") != "when-last-contact") continue;
    for (const std::string& option : Split(row.at("options"), ';')) {
      const std::string value = option.substr(0, option.find('='));
      if (value == "not-sure") continue;  // unknown is a value of its own
      ++bands;
      EXPECT_NE(Resolved("last-contact", value), "") << value;
    }
  }
  EXPECT_EQ(types, 10);
  EXPECT_EQ(bands, 6);
}

TEST(CatalogueOfShared, EveryRedFlagHasItsCode) {
  if (!SharedExpected()) GTEST_SKIP() << "no standards beside the project; set TIDEGATE_SHARED to their directory";
  const std::set<std::string> codes = CodesOf("red-flag");
  const std::vector<Row> flags = ParseCsv(SharedFile("redflags/ht_red_flags.csv"));
  EXPECT_EQ(flags.size(), 79u);
  for (const Row& flag : flags) EXPECT_EQ(codes.count(flag.at("id")), 1u) << flag.at("id");
}

TEST(CatalogueOfShared, TlpIdsAreThoseOfStix) {
  if (!SharedExpected()) GTEST_SKIP() << "no standards beside the project; set TIDEGATE_SHARED to their directory";
  const auto markings = nlohmann::json::parse(SharedFile("stix/tlp_markings.json"))["tlp2"];
  ASSERT_EQ(markings.size(), 5u);
  for (const auto& marking : markings) {
    const std::string code = Resolved("tlp", marking["name"].get<std::string>());
    ASSERT_NE(code, "") << marking["name"];
    const std::string id = marking["id"].get<std::string>().substr(std::string("marking-definition--").size());
    const auto maps = Catalogue::FindCode(*Catalogue::FindCodeList("tlp"), code)->maps;
    EXPECT_EQ(std::count(maps.begin(), maps.end(), "stix:" + id), 1) << code;
  }
}

// Verbs that say they map to MISP use a name that MISP has.
TEST(CatalogueOfShared, MispRelationshipsExist) {
  if (!SharedExpected()) GTEST_SKIP() << "no standards beside the project; set TIDEGATE_SHARED to their directory";
  std::set<std::string> known;
  const auto definition = nlohmann::json::parse(SharedFile("misp/relationships/definition.json"));
  for (const auto& value : definition["values"]) known.insert(value["name"].get<std::string>());
  int checked = 0;
  for (const Code& code : Catalogue::FindCodeList("link-verb")->codes) {
    for (std::string_view map : code.maps) {
      if (!map.starts_with("misp:")) continue;
      ++checked;
      EXPECT_EQ(known.count(std::string(map.substr(5))), 1u) << map;
    }
  }
  EXPECT_GT(checked, 30);
}

}  // namespace
}  // namespace tidegate::conformance
