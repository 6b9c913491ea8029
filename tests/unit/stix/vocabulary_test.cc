// The tables agree with the catalogue, with the standard and with themselves.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "node/stix/stix.h"

namespace tidegate::stix {
namespace {

TEST(Vocabulary, EachRuleWritesAFieldOfItsKind) {
  for (const TypeRule& rule : Types()) {
    const record::Kind* kind = record::Catalogue::FindKind(rule.kind);
    ASSERT_NE(kind, nullptr) << rule.type;
    for (const PropertyRule& property : rule.properties) {
      const bool field = property.as != As::kIgnored && property.as != As::kMentions && property.as != As::kWords;
      EXPECT_EQ(field, kind->FindSlot(property.field) != nullptr) << rule.type << "." << property.property;
      const std::string_view second = property.as == As::kCodes ? property.detail : property.further;
      EXPECT_TRUE(second.empty() || kind->FindSlot(second)->repeated) << rule.type << "." << property.property;
    }
  }
}

// Otherwise a writer could not say which property a value goes to, nor a reader which of two values holds.
TEST(Vocabulary, EachPropertyOfATypeHasOneRule) {
  for (const TypeRule& rule : Types()) {
    std::set<std::string_view> seen;
    for (const PropertyRule& property : rule.properties) {
      EXPECT_TRUE(seen.insert(property.property).second) << rule.type << "." << property.property;
    }
  }
}

// The catalogue says as which object a kind is written; a record that is written so must be read as the same kind.
TEST(Vocabulary, TheTypeThatTheCatalogueNamesIsReadAsThatKind) {
  for (const record::Kind& kind : record::Catalogue::Kinds()) {
    if (kind.stix_type.empty()) continue;
    const TypeRule* rule = FindType(kind.stix_type, kind.name == "organisation" ? "organization" : "individual");
    EXPECT_EQ(rule != nullptr ? rule->kind : KindOfOwnType(kind.stix_type), kind.name) << kind.stix_type;
  }
}

TEST(Vocabulary, AnIdentityOfUnknownClassIsAPerson) {
  for (std::string_view word : {"", "individual", "unknown"}) EXPECT_EQ(FindType("identity", word)->kind, "person");
  for (std::string_view word : {"organization", "group", "class", "system"}) {
    EXPECT_EQ(FindType("identity", word)->kind, "organisation") << word;
  }
}

TEST(Vocabulary, ATypeWithoutAKindHasNoRule) {
  EXPECT_EQ(FindType("malware", ""), nullptr);
  EXPECT_EQ(FindType("", ""), nullptr);
  EXPECT_EQ(KindOfOwnType("x-tidegate-vehicle"), "vehicle");
  EXPECT_EQ(KindOfOwnType("x-tidegate-"), "");
  EXPECT_EQ(KindOfOwnType("x-tidegate-spaceship"), "");
  EXPECT_EQ(KindOfOwnType("x-acme-vehicle"), "");
}

// Otherwise what is kept as text would have no place.
TEST(Vocabulary, AKindWithOpenWordsHasANarrativeOrANote) {
  for (const TypeRule& rule : Types()) {
    const record::Kind* kind = record::Catalogue::FindKind(rule.kind);
    EXPECT_TRUE(kind->FindSlot("narrative") != nullptr || kind->FindSlot("note") != nullptr) << rule.type;
  }
}

TEST(Vocabulary, AWordOfAnOpenVocabularyIsACodeOfItsList) {
  const std::pair<std::string_view, std::string_view> kSectors[] = {{"financial-services", "bank"},
                                                                    {"non-profit", "ngo"},
                                                                    {"healthcare", "health"},
                                                                    {"education", "education"},
                                                                    {"government-local", "local-government"},
                                                                    {"aerospace", ""}};
  for (const auto& [word, code] : kSectors) EXPECT_EQ(CodeOfWord("sector", word), code) << word;
  // industry-sector-ov, STIX 2.1 section 10.8; one of another list is none.
  for (std::string_view word : {"agriculture",
                                "aerospace",
                                "automotive",
                                "chemical",
                                "communications",
                                "construction",
                                "defense",
                                "education",
                                "energy",
                                "entertainment",
                                "financial-services",
                                "government",
                                "government-local",
                                "healthcare",
                                "hospitality-leisure",
                                "insurance",
                                "manufacturing",
                                "mining",
                                "pharmaceuticals",
                                "retail",
                                "telecommunications",
                                "transportation",
                                "water"}) {
    const record::CodeList& list = *record::Catalogue::FindCodeList("industry");
    EXPECT_NE(record::Catalogue::FindCode(list, CodeOfWord("industry", word)), nullptr) << word;
  }
  EXPECT_EQ(CodeOfWord("industry", "windows-domain"), "");
  EXPECT_EQ(CodeOfWord("platform", "facebook"), "facebook");
  EXPECT_EQ(CodeOfWord("no list", "facebook"), "");
}

TEST(Vocabulary, ANumberFrom0To100IsABandOfTheCodeList) {
  const record::CodeList* list = record::Catalogue::FindCodeList("confidence");
  ASSERT_NE(list, nullptr);
  for (std::int64_t number = 0; number <= 100; ++number) {
    EXPECT_NE(record::Catalogue::FindCode(*list, ConfidenceCode(number)), nullptr) << number;
  }
  EXPECT_EQ(ConfidenceCode(0), "almost-no-chance");
  EXPECT_EQ(ConfidenceCode(45), "unlikely");
  EXPECT_EQ(ConfidenceCode(46), "even-chance");
  EXPECT_EQ(ConfidenceCode(100), "almost-certain");
}

TEST(Vocabulary, EachTlpHasOneIdOfTlp2) {
  std::map<record::Tlp, int> ids;
  std::set<std::string_view> all;
  for (const TlpMarking& marking : TlpMarkings()) {
    EXPECT_TRUE(IsId(marking.id, "marking-definition")) << marking.id;
    EXPECT_TRUE(all.insert(marking.id).second) << marking.id;
    if (marking.tlp2) ++ids[marking.tlp];
  }
  for (record::Tlp tlp :
       {record::Tlp::kClear, record::Tlp::kGreen, record::Tlp::kAmber, record::Tlp::kAmberStrict, record::Tlp::kRed}) {
    EXPECT_EQ(ids[tlp], 1) << record::TlpName(tlp);
  }
}

TEST(Vocabulary, WordsForATlpAreReadInAnyOfTheirSpellings) {
  EXPECT_EQ(TlpOfWord(" tlp:amber "), record::Tlp::kAmber);
  EXPECT_EQ(TlpOfWord("White"), record::Tlp::kClear);
  EXPECT_EQ(TlpOfWord("TLP:WHITE"), record::Tlp::kClear);
  for (std::string_view word : {"amber+strict", "TLP:AMBER-STRICT", "TLP-AMBER_STRICT", "tlp_amber strict"}) {
    EXPECT_EQ(TlpOfWord(word), record::Tlp::kAmberStrict) << word;
  }
  EXPECT_EQ(TlpOfWord("orange"), std::nullopt);
  EXPECT_EQ(TlpOfWord(""), std::nullopt);
}

TEST(Vocabulary, ReadsIdsStrictly) {
  EXPECT_TRUE(IsId("report--84e4d88f-44ea-4bcd-bbf3-b2c1c320bcb3", "report"));
  EXPECT_TRUE(IsId("report--84e4d88f-44ea-4bcd-bbf3-b2c1c320bcb3", ""));
  EXPECT_FALSE(IsId("report--84e4d88f-44ea-4bcd-bbf3-b2c1c320bcb3", "note"));
  for (std::string_view id :
       {"report", "report--", "report--84e4d88f-44ea-4bcd-bbf3-b2c1c320bcb", "Report--84e4d88f-44ea",
        "report--84e4d88f-44ea-4bcd-bbf3-b2c1c320bcbg", "--84e4d88f-44ea-4bcd-bbf3-b2c1c320bcb3"}) {
    EXPECT_FALSE(IsId(id, "")) << id;
  }
}

}  // namespace
}  // namespace tidegate::stix
