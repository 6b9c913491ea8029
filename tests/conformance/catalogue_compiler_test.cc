// The catalogue's compiler: every rule has a file that breaks it and a complaint that says where.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "node/record/catalogue/check.h"
#include "node/record/catalogue/emit.h"
#include "node/record/catalogue/source.h"

namespace tidegate::catalogue {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct File {
  std::string path;
  std::string text;
};

// A small catalogue that breaks no rule.
const char kCodes[] = R"(
list {
  name: "country" title: "Country" source: "ISO 3166-1"
  code { id: "GB" name: "United Kingdom" alias: "UK" }
}
list {
  name: "currency" title: "Currency" source: "ISO 4217"
  code { id: "GBP" name: "Pound" }
}
list {
  name: "work" title: "Work" source: "ISIC"
  code { id: "farm" name: "Farm" }
  code { id: "farm.eggs" name: "Eggs" parent: "farm" }
}
)";

const char kKind[] = R"(number: 1
name: "note"
help: "A note."
version: 1
title_slot: "title"
slot { number: 0 name: "title" type: TEXT class: NARRATIVE help: "Its title." }
slot { number: 1 name: "work" type: CODE class: ANALYTIC ladder: CODE codes: "work" help: "The trade." }
)";

const char kReserved[] = R"(kind { number: 9 name: "event" })";

std::vector<std::string> Complaints(const std::vector<File>& files) {
  Source source;
  std::vector<Complaint> complaints;
  for (const File& file : files) Parse(file.path, file.text, source, complaints);
  if (complaints.empty()) Check(source, complaints);
  std::vector<std::string> texts;
  for (const Complaint& complaint : complaints) texts.push_back(Describe(complaint));
  return texts;
}

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

// The small catalogue with one change to its kind, or to its codes.
std::vector<std::string> AfterKindChange(const std::string& from, const std::string& to) {
  return Complaints({{"note.textproto", Replaced(kKind, from, to)},
                     {"codes/c.textproto", kCodes},
                     {"reserved.textproto", kReserved}});
}
std::vector<std::string> AfterCodeChange(const std::string& from, const std::string& to) {
  return Complaints({{"note.textproto", kKind},
                     {"codes/c.textproto", Replaced(kCodes, from, to)},
                     {"reserved.textproto", kReserved}});
}

TEST(CatalogueCompiler, AcceptsAGoodCatalogue) { EXPECT_THAT(AfterKindChange("A note.", "One note."), IsEmpty()); }

TEST(CatalogueCompiler, SyntaxErrorsNameFileAndLine) {
  EXPECT_THAT(AfterKindChange("version: 1", "version: one"), ElementsAre(HasSubstr("note.textproto:4: ")));
  EXPECT_THAT(AfterKindChange("class: ANALYTIC", "class: SECRET"), ElementsAre(HasSubstr("note.textproto:7: ")));
  EXPECT_THAT(AfterKindChange("help: \"A note.\"", "halp: \"A note.\""), ElementsAre(HasSubstr("note.textproto:3: ")));
}

TEST(CatalogueCompiler, SlotsAreNumberedInOrder) {
  EXPECT_THAT(AfterKindChange("slot { number: 1", "slot { number: 2"),
              ElementsAre("note.textproto:7: slot `work` must have number 1: slots are numbered in order from 0"));
  EXPECT_THAT(AfterKindChange("name: \"work\" type", "name: \"title\" type"),
              ElementsAre("note.textproto:7: slot name `title` is taken by note.textproto:6"));
}

TEST(CatalogueCompiler, SlotsSayTypeClassAndHelp) {
  EXPECT_THAT(AfterKindChange("type: TEXT ", ""), ElementsAre("note.textproto:6: slot `title` has no type"));
  EXPECT_THAT(AfterKindChange("class: NARRATIVE ", ""), ElementsAre("note.textproto:6: slot `title` has no class"));
  EXPECT_THAT(AfterKindChange("help: \"Its title.\" ", ""),
              ElementsAre("note.textproto:6: slot `title` has no help sentence"));
}

TEST(CatalogueCompiler, LaddersFitTheType) {
  const std::vector<std::string> wrong = {"type: TEXT ladder: PLACE",
                                          "type: PLACE ladder: TIME",
                                          "type: TEXT ladder: NARRATIVE",
                                          "type: TEXT ladder: IDENTIFIER",
                                          "type: NARRATIVE ladder: NONE",
                                          "type: QUANTITY unit: \"persons\" ladder: AGE",
                                          "type: QUANTITY unit: \"years\" ladder: AMOUNT"};
  for (const std::string& change : wrong) {
    EXPECT_THAT(AfterKindChange("type: TEXT", change),
                ElementsAre(HasSubstr("note.textproto:6: slot `title` of type ")))
        << change;
  }
  for (const char* right :
       {"type: PLACE ladder: PLACE", "type: TIME ladder: TIME", "type: NARRATIVE ladder: NARRATIVE",
        "type: QUANTITY unit: \"years\" ladder: AGE", "type: QUANTITY unit: \"money\" ladder: AMOUNT",
        "type: IDENTIFIER codes: \"work\" ladder: IDENTIFIER"}) {
    EXPECT_THAT(AfterKindChange("type: TEXT", right), IsEmpty()) << right;
  }
  EXPECT_THAT(AfterKindChange("codes: \"work\"", "codes: \"country\""),
              ElementsAre("note.textproto:7: slot `work` has the ladder CODE but no code of `country` has a parent"));
}

TEST(CatalogueCompiler, CodeListsExist) {
  EXPECT_THAT(
      AfterKindChange("codes: \"work\"", "codes: \"trade\""),
      ElementsAre("note.textproto:7: slot `work` names the code list `trade`, which no file under codes defines"));
  EXPECT_THAT(AfterKindChange("codes: \"work\" ", ""), ElementsAre("note.textproto:7: slot `work` needs a code list "
                                                                   "(`codes`)"));
  EXPECT_THAT(AfterKindChange("type: TEXT", "type: TEXT codes: \"work\""),
              ElementsAre("note.textproto:6: slot `title` has a code list but its type takes none"));
}

TEST(CatalogueCompiler, QuantitiesHaveUnits) {
  EXPECT_THAT(AfterKindChange("type: TEXT", "type: QUANTITY"),
              ElementsAre("note.textproto:6: slot `title` needs a unit"));
  EXPECT_THAT(AfterKindChange("type: TEXT", "type: TEXT unit: \"years\""),
              ElementsAre("note.textproto:6: slot `title` has a unit but is no QUANTITY"));
}

TEST(CatalogueCompiler, LabelFactsComeFromCodes) {
  EXPECT_THAT(AfterKindChange("type: TEXT", "type: TEXT fact: TAG"),
              ElementsAre("note.textproto:6: slot `title` supplies a label fact but is not of type CODE"));
}

TEST(CatalogueCompiler, ValuesAreBounded) {
  EXPECT_THAT(AfterKindChange("type: TEXT", "type: TEXT max_bytes: 1048577"),
              ElementsAre("note.textproto:6: slot `title` allows more than 1048576 bytes"));
  EXPECT_THAT(AfterKindChange("type: TEXT", "type: TEXT max_bytes: 1048576"), IsEmpty());
}

TEST(CatalogueCompiler, KindsFitAMask) {
  std::string kind = Replaced(kKind, "slot { number: 1", "#");
  for (int i = 1; i < 65; ++i) {
    const std::string n = std::to_string(i);
    kind += "slot { number: " + n + " name: \"s" + n + "\" type: TRISTATE class: ANALYTIC help: \"S.\" }\n";
    const auto complaints = Complaints({{"note.textproto", kind}, {"codes/c.textproto", kCodes}});
    if (i < 64) {
      ASSERT_THAT(complaints, IsEmpty()) << i;
    } else {
      EXPECT_THAT(complaints, ElementsAre("note.textproto:1: kind `note` has 65 slots: it needs 1 to 64"));
    }
  }
}

TEST(CatalogueCompiler, NumbersAndNamesAreTakenOnce) {
  EXPECT_THAT(AfterKindChange("number: 1\n", "number: 9\n"),
              ElementsAre("note.textproto:1: kind number `9` is taken by reserved.textproto:1"));
  EXPECT_THAT(AfterKindChange("number: 1\n", "\n"), ElementsAre(HasSubstr("kind `note` has no number")));
  const std::string again = Replaced(kKind, "\"note\"", "\"memo\"");
  EXPECT_THAT(Complaints({{"note.textproto", kKind}, {"memo.textproto", again}, {"codes/c.textproto", kCodes}}),
              ElementsAre("memo.textproto:1: kind number `1` is taken by note.textproto:1"));
}

TEST(CatalogueCompiler, AFileIsNamedAfterItsKind) {
  EXPECT_THAT(AfterKindChange("name: \"note\"", "name: \"memo\""),
              ElementsAre("note.textproto:2: kind `memo` belongs in a file of that name: rename one of them"));
}

TEST(CatalogueCompiler, VersionsRiseWithNewSlots) {
  EXPECT_THAT(AfterKindChange("version: 1", "version: 2"),
              ElementsAre("note.textproto:4: kind `note` says version 2 but its newest slot is of version 1"));
  EXPECT_THAT(AfterKindChange("type: TEXT", "type: TEXT since: 2"), testing::Contains(HasSubstr("new slots go last")));
  EXPECT_THAT(AfterKindChange("title_slot: \"title\"", "title_slot: \"headline\""),
              ElementsAre("note.textproto:5: title_slot `headline` is not a slot of `note`"));
}

TEST(CatalogueCompiler, ParentsExistAndDoNotTurnInCircles) {
  EXPECT_THAT(
      AfterCodeChange("parent: \"farm\"", "parent: \"barn\""),
      ElementsAre("codes/c.textproto:13: code `farm.eggs` has the parent `barn`, which the list does not have"));
  // A circle of two, and a code that is its own parent: both ends have a parent that has a parent.
  EXPECT_THAT(
      AfterCodeChange("id: \"farm\" name: \"Farm\"", "id: \"farm\" name: \"Farm\" parent: \"farm.eggs\"").size(), 2u);
  EXPECT_THAT(AfterCodeChange("parent: \"farm\"", "parent: \"farm.eggs\""),
              ElementsAre(HasSubstr("lists have two levels and no cycles")));
}

TEST(CatalogueCompiler, NoSpellingMeansTwoCodes) {
  EXPECT_THAT(AfterCodeChange("id: \"farm.eggs\" name: \"Eggs\"", "id: \"farm.eggs\" name: \"Eggs\" alias: \"FARM\""),
              ElementsAre("codes/c.textproto:13: `FARM` of code `farm.eggs` also means code `farm`"));
  EXPECT_THAT(AfterCodeChange("farm.eggs\" name", "farm\" name"),
              testing::Contains("codes/c.textproto:13: code `farm` is twice in `work`"));
  EXPECT_THAT(AfterCodeChange("id: \"GBP\"", "id: \"pound sterling\""),
              ElementsAre(HasSubstr("codes/c.textproto:8: code `pound sterling` of `currency` is not a word")));
}

TEST(CatalogueCompiler, NeedsTheListsThatTheRoomReads) {
  EXPECT_THAT(AfterCodeChange("name: \"country\"", "name: \"land\""),
              ElementsAre("catalogue: the catalogue has no code list `country`"));
  EXPECT_THAT(AfterCodeChange("source: \"ISIC\"", ""), ElementsAre(HasSubstr("needs `title`, `source` and codes")));
}

std::string Compiled(std::vector<File> files) {
  Source source;
  std::vector<Complaint> complaints;
  for (const File& file : files) Parse(file.path, file.text, source, complaints);
  Check(source, complaints);
  EXPECT_THAT(complaints, IsEmpty());
  return Emit(source);
}

TEST(CatalogueCompiler, WritesTheSameWhateverTheOrderOfFiles) {
  const File other = {"memo.textproto",
                      Replaced(Replaced(kKind, "\"note\"", "\"memo\""), "number: 1\n", "number: 2\n")};
  const File note = {"note.textproto", kKind};
  const File codes = {"codes/c.textproto", kCodes};
  EXPECT_EQ(Compiled({note, codes, other}), Compiled({other, note, codes}));
}

TEST(CatalogueCompiler, KeepsEveryVersionOfAKind) {
  std::string second = Replaced(kKind, "version: 1", "version: 2");
  second += "slot { number: 2 name: \"seen\" type: TIME class: TIME ladder: TIME since: 2 help: \"When.\" }\n";
  const std::string code = Compiled({{"note.textproto", second}, {"codes/c.textproto", kCodes}});
  EXPECT_THAT(code, HasSubstr(".first(2)"));
  EXPECT_THAT(code, HasSubstr(".first(3)"));
}

// Names come from people: quotes, backslashes and letters outside ASCII have to come out as they went in.
TEST(CatalogueCompiler, LiteralsAreEscaped) {
  const std::string codes = Replaced(kCodes, "name: \"Eggs\"", R"(name: "\"C\\d\303\264te\"")");
  const std::string code = Compiled({{"note.textproto", kKind}, {"codes/c.textproto", codes}});
  EXPECT_THAT(code, HasSubstr(R"("\"C\\d\303\264te\"")"));
}

TEST(CatalogueCompiler, AMissingFileIsSaid) {
  Source source;
  std::vector<Complaint> complaints;
  Read("/nowhere/note.textproto", source, complaints);
  ASSERT_EQ(complaints.size(), 1u);
  EXPECT_EQ(Describe(complaints[0]), "/nowhere/note.textproto: the file cannot be read");
}

TEST(CatalogueCompiler, TheCatalogueOfThisTreePasses) {
  namespace fs = std::filesystem;
  Source source;
  std::vector<Complaint> complaints;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(TIDEGATE_SOURCE_DIR) / "node/record/catalogue")) {
    if (entry.path().extension() == ".textproto") Read(entry.path().string(), source, complaints);
  }
  Check(source, complaints);
  for (const Complaint& complaint : complaints) ADD_FAILURE() << Describe(complaint);
  EXPECT_GE(source.kinds.size(), 13u);
}

}  // namespace
}  // namespace tidegate::catalogue
