// Mappings that propose themselves: each is accepted, says what it is unsure
// of, and reads the values as they are.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "node/intake/suggest/profile.h"
#include "node/intake/suggest/words.h"
#include "tests/support/workbooks.h"
#include "tests/unit/intake/collect.h"

namespace tidegate::intake {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

struct Proposed {
  absl::Status status;
  Proposal proposal;
  Collected imported;  // by the proposed mapping

  const Proposal::Column& Of(std::string_view column) const {
    for (const Proposal::Column& one : proposal.columns) {
      if (one.name == column) return one;
    }
    static const Proposal::Column kNone;
    return kNone;
  }
};

Proposed Propose(std::string_view text, const std::string& kind = "report", const std::string& name = "cases.csv") {
  Proposed proposed;
  const Source source{name, text, true};
  absl::StatusOr<Proposal> proposal = Suggest(source, {kind, "", "", "GB"}, {});
  proposed.status = proposal.status();
  if (!proposal.ok()) return proposed;
  proposed.proposal = *std::move(proposal);
  absl::StatusOr<Mapping> mapping = Mapping::Parse(proposed.proposal.mapping, "proposed");
  EXPECT_TRUE(mapping.ok()) << mapping.status() << "\n" << proposed.proposal.mapping;
  if (!mapping.ok()) return proposed;
  Defaults defaults;
  defaults.home = "GB";
  proposed.imported = Collect(Format::kCsv, source, &*mapping, defaults);
  return proposed;
}

TEST(Suggest, AnOrdinaryTableNeedsNoHand) {
  const Proposed proposed = Propose(
      "Ref,Summary,Date seen,Telephone,Town,Country,TLP,Type of exploitation\n"
      "A-1,Six men in one room,24/03/2026,020 7946 0001,Leith,GB,AMBER,Forced "
      "labour\n"
      "A-2,A car wash,25/03/2026,+44 20 7946 0002,Leith,GB,GREEN,Forced "
      "labour\n");
  ASSERT_TRUE(proposed.status.ok()) << proposed.status;
  EXPECT_EQ(proposed.imported.items.size(), 2u) << proposed.proposal.mapping;
  EXPECT_EQ(proposed.imported.rejects.size(), 0u);
  EXPECT_EQ(proposed.Of("Ref").target, "report.external_id");
  EXPECT_EQ(proposed.Of("Summary").target, "report.title");
  EXPECT_EQ(proposed.Of("Date seen").target, "report.observed");
  EXPECT_EQ(proposed.Of("Telephone").target, "report.identifiers");
  EXPECT_EQ(proposed.Of("Town").target, "report.place");
  EXPECT_EQ(proposed.Of("Country").target, "report.place");
  EXPECT_EQ(proposed.Of("TLP").target, "handling.tlp");
  EXPECT_EQ(proposed.Of("Type of exploitation").target, "report.exploitation");
  EXPECT_EQ(Shown(proposed.imported.items[0].draft, "observed"), "2026-03-24");
  EXPECT_THAT(proposed.proposal.mapping, HasSubstr("identity = [\"Ref\"]"));
  EXPECT_THAT(proposed.proposal.mapping, HasSubstr("2 rows become records, 0 are refused"));
  EXPECT_THAT(proposed.proposal.unserved, Contains("narrative"));
}

TEST(Suggest, ADateThatCouldBeReadInTwoWaysIsDoubted) {
  const Proposed both = Propose("Ref,Date,Title\n1,03/04/2026,x\n2,05/06/2026,y\n");
  EXPECT_THAT(both.Of("Date").doubts, Contains(HasSubstr("the other way round")));
  const Proposed american = Propose("Ref,Date,Title\n1,03/24/2026,x\n2,05/06/2026,y\n");
  EXPECT_THAT(american.Of("Date").doubts, Not(Contains(HasSubstr("the other way round"))));
  EXPECT_EQ(american.imported.items.size(), 2u) << american.proposal.mapping;
  EXPECT_EQ(Shown(american.imported.items[0].draft, "observed"), "2026-03-24");
}

TEST(Suggest, ValuesOutsideOfAListBecomeACodeMapWithADoubt) {
  const Proposed proposed = Propose("Ref,Title,Sharing\n1,x,amber\n2,y,Green\n3,z,internal\n");
  EXPECT_EQ(proposed.Of("Sharing").target, "handling.tlp");
  EXPECT_THAT(proposed.Of("Sharing").doubts, Contains(HasSubstr("complete the code map")));
  EXPECT_THAT(proposed.proposal.mapping, HasSubstr("\"internal\" = \"RED\""));
  EXPECT_EQ(proposed.imported.items.size(), 3u) << proposed.proposal.mapping;
}

TEST(Suggest, TheHeaderIsLookedForAndTheFormIsTold) {
  const Proposed proposed = Propose(
      "Mission of the "
      "harbour;;\n;;\nAktenzeichen;Betreff;"
      "Datum\nH-1;Lieferwagen;24.03.2026\n");
  ASSERT_TRUE(proposed.status.ok()) << proposed.status;
  EXPECT_THAT(proposed.proposal.mapping, HasSubstr("header_row = 3"));
  EXPECT_EQ(proposed.Of("Datum").target, "report.observed");
  ASSERT_EQ(proposed.imported.items.size(), 1u) << proposed.proposal.mapping;
  EXPECT_EQ(Shown(proposed.imported.items[0].draft, "observed"), "2026-03-24");
}

TEST(Suggest, WithoutANumberOfItsOwnARowIsKnownByItsPlace) {
  const Proposed proposed = Propose("Title,Town\nA van,Leith\nA van,Leith\n");
  EXPECT_THAT(proposed.proposal.mapping, HasSubstr("each_row = true"));
  EXPECT_EQ(proposed.imported.items.size(), 2u);
}

TEST(Suggest, AnUnmarkedTableSaysThatItStaysRed) {
  EXPECT_THAT(Propose("Ref,Title\n1,x\n").proposal.mapping, HasSubstr("counts as RED"));
  EXPECT_THAT(Propose("Ref,Title,TLP\n1,x,RED\n").proposal.mapping, Not(HasSubstr("counts as RED")));
}

TEST(Suggest, WhoToldUsIsKeptApart) {
  const Proposed proposed = Propose("Ref,Title,Informant phone,Phone\n1,x,020 7946 0001,020 7946 0002\n");
  EXPECT_EQ(proposed.Of("Informant phone").target, "report.informant_contact") << proposed.proposal.mapping;
  EXPECT_EQ(proposed.Of("Phone").target, "report.identifiers");
}

TEST(Suggest, OtherKindsAreProposedToo) {
  const Proposed person = Propose(
      "ID,First "
      "name,Surname,DOB,Gender,Nationality\n7,Ana,Example,1999-02-03,"
      "Female,RO\n8,Ion,Example,1998-02-03,Male,RO\n",
      "person");
  EXPECT_EQ(person.Of("First name").target, "person.given_names");
  EXPECT_EQ(person.Of("Surname").target, "person.family_name");
  EXPECT_EQ(person.Of("DOB").target, "person.birth");
  EXPECT_EQ(person.Of("Gender").target, "person.gender");
  EXPECT_EQ(person.Of("Nationality").target, "person.nationalities");
  EXPECT_EQ(person.imported.items.size(), 2u) << person.proposal.mapping;
}

TEST(Suggest, UnknownWordsAndEmptyColumnsAreTold) {
  const Proposed proposed = Propose("Ref,Title,Date,Spare,Zxq\n1,x,n/k,,q1\n2,y,2026-03-04,,q2\n");
  EXPECT_THAT(proposed.proposal.mapping, HasSubstr("unknown = [\"n/k\"]"));
  EXPECT_THAT(proposed.proposal.mapping, HasSubstr("`Spare` (empty)"));
  EXPECT_EQ(proposed.Of("Zxq").target, "");
  EXPECT_EQ(proposed.imported.items.size(), 2u) << proposed.proposal.mapping;
}

TEST(Suggest, ASpreadsheetIsProposedWithItsSheetAndItsDates) {
  const std::string rows = TextRow(1, {"Ref", "Title", "Date"}) +
                           "<row><c><v>1</v></c><c t=\"inlineStr\"><is><t>x</t></is></c><c "
                           "s=\"1\"><v>46085</v></c></row>";
  const std::string bytes = Xlsx({{{"Notes", TextRow(1, {"nothing here"})}, {"Cases", rows}}, {}, {"dd/mm/yyyy"}});
  const Proposed proposed = Propose(bytes, "report", "cases.xlsx");
  ASSERT_TRUE(proposed.status.ok()) << proposed.status;
  EXPECT_THAT(proposed.proposal.mapping, HasSubstr("sheet = \"Cases\""));
  ASSERT_EQ(proposed.imported.items.size(), 1u) << proposed.proposal.mapping;
  EXPECT_EQ(Shown(proposed.imported.items[0].draft, "observed"), "2026-03-04");
}

TEST(Suggest, NamesThatWouldBreakAMappingDoNot) {
  const Proposed proposed = Propose(
      "\"Ref \"\"no\"\" = [x]\",\"Ti\\tle\",\"# "
      "Date\nseen\"\n1,x,2026-03-04\n2,y,2026-03-05\n");
  ASSERT_TRUE(proposed.status.ok()) << proposed.status;
  EXPECT_EQ(proposed.imported.items.size(), 2u) << proposed.proposal.mapping;
}

TEST(Suggest, ATableOfNothingIsRefused) {
  EXPECT_THAT(std::string(Propose("qqq,zzz\n1,2\n").status.message()), HasSubstr("no column looks like"));
  EXPECT_FALSE(Propose("").status.ok());
  EXPECT_FALSE(Propose("Ref\n1\n", "nokind").status.ok());
}

TEST(SuggestWords, NamesAreReadAsPeopleWriteThem) {
  EXPECT_THAT(WordsOf("DateSeen (UK)"), ElementsAre("date", "seen", "uk"));
  EXPECT_EQ(NameScore(WordsOf("external_id"), "external_id"), 100);
  EXPECT_EQ(NameScore(WordsOf("Case Refs"), "external_id"), 90);
  EXPECT_EQ(NameScore(WordsOf("Date of the incident date"), "observed"), 60);
  EXPECT_EQ(NameScore(WordsOf("Colour"), "observed"), 0);
  EXPECT_TRUE(MeansUnknown(" N/K "));
  EXPECT_EQ(MeansYes("Ja"), 1);
  EXPECT_EQ(MeansYes("nein"), 0);
  EXPECT_EQ(MeansYes("maybe"), -1);
}

}  // namespace
}  // namespace tidegate::intake
