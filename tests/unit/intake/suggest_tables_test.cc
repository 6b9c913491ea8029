// Tables as people keep them, in several languages: the proposed mapping takes every row, reads each value rightly or
// leaves it out, and says of what it is unsure.
#include <optional>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "node/intake/suggest/date_forms.h"
#include "node/intake/suggest/number_forms.h"
#include "tests/unit/intake/collect.h"

namespace tidegate::intake {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

// A field that an item of the table has by the proposed mapping.
struct Expected {
  std::size_t item;
  std::string field, shown;
};

struct Table {
  std::string name;
  std::string kind, country;
  std::string text;
  std::size_t records;
  std::vector<Expected> values;
  std::vector<std::string> doubts;  // each stands in the mapping
};

// Comments as they were before they were broken into lines.
std::string Unwrapped(std::string mapping) {
  constexpr std::string_view kBreak = "\n# ?";
  for (std::size_t at = mapping.find(kBreak); at != std::string::npos; at = mapping.find(kBreak)) {
    mapping.erase(at, kBreak.size());
  }
  return mapping;
}

struct TriedTable {
  Proposal proposal;
  Collected imported;
};

std::optional<TriedTable> TryTable(std::string_view text, const std::string& kind, const std::string& country,
                                   const std::string& file = "table.csv") {
  const Source source{file, text, true};
  absl::StatusOr<Proposal> proposal = Suggest(source, {kind, "", "", country}, {});
  EXPECT_TRUE(proposal.ok()) << proposal.status();
  if (!proposal.ok()) return std::nullopt;
  absl::StatusOr<Mapping> mapping = Mapping::Parse(proposal->mapping, "proposed");
  EXPECT_TRUE(mapping.ok()) << mapping.status() << "\n" << proposal->mapping;
  if (!mapping.ok()) return std::nullopt;
  Defaults defaults;
  defaults.home = country;
  Collected imported = Collect(Format::kCsv, source, &*mapping, defaults);
  return TriedTable{*std::move(proposal), std::move(imported)};
}

std::vector<Table> Tables() {
  return {
      {"German, decimal comma, dotted dates",
       "report",
       "DE",
       "Aktenzeichen;Betreff;Tatzeit;Ort;Land;Betrag (EUR);Telefon\n"
       "K-1;Lieferwagen am Kai;24.03.2026;Hamburg;Deutschland;1.234,50;040 22899-0\n"
       "K-2;Zwei Frauen;3.4.2026;Kiel;DE;60,00;+49 431 9010\n",
       2,
       {{0, "observed", "2026-03-24"},
        {1, "observed", "2026-04-03"},
        {0, "amounts", "1234.5 EUR"},
        {1, "amounts", "60 EUR"}},
       {}},
      {"German, mixed forms in one column",
       "report",
       "DE",
       "Vorgang;Titel;Datum\n1;a;24.03.2026\n2;b;März 2026\n3;c;2026-03-05\n4;d;46085\n5;e;3. April "
       "2026\n6;f;24.03.26\n",
       6,
       {{0, "observed", "2026-03-24"},
        {1, "observed", "2026-03"},
        {2, "observed", "2026-03-05"},
        {3, "observed", "2026-03-04"},
        {4, "observed", "2026-04-03"},
        {5, "observed", "2026-03-24"}},
       {"a spreadsheet's days", "years of two digits"}},
      {"French, blanks between thousands, accents",
       "report",
       "FR",
       "N° dossier;Objet;Date des faits;Commune;Montant (EUR);Nationalité\n"
       "D-1;Atelier;24/03/2026;Lille;1 234,50;Roumanie\nD-2;Chantier;5/3/2026;Metz;2 000;vietnamienne\n",
       2,
       {{0, "observed", "2026-03-24"},
        {1, "observed", "2026-03-05"},
        {0, "amounts", "1234.5 EUR"},
        {1, "amounts", "2000 EUR"},
        {0, "nationalities", "RO"}},
       {}},
      {"Polish, banner and totals",
       "report",
       "PL",
       "Fundacja Przystań - zgłoszenia;;;\n;;;\nNr sprawy;Tytuł;Data zdarzenia;Liczba ofiar\n"
       "P-1;Hotel robotniczy;24.03.2026;4\nP-2;Ferma;1 kwietnia 2026;2\nRazem;;;6\n",
       2,
       {{0, "observed", "2026-03-24"}, {1, "observed", "2026-04-01"}, {0, "victim_count", "4 persons"}},
       {"totals"}},
      {"Two columns of phones, one with words",
       "report",
       "GB",
       "Ref,Summary,Phone 1,Phone 2\nA-1,x,020 7946 0001,020 7946 0003 (mother)\nA-2,y,+44 20 7946 0002,\n",
       2,
       {{0, "identifiers", "phone:+442079460001\nphone:+442079460003"}},
       {"words stand beside"}},
      {"Numbers without country beside foreign ones",
       "report",
       "GB",
       "Ref,Summary,Telephone\nA-1,x,+49 40 228990\nA-2,y,040 2289900\n",
       2,
       {{1, "identifiers", "phone:+49402289900"}},
       {"+49"}},
      {"Day and month decided by one cell",
       "report",
       "GB",
       "Ref,Title,Date seen\n1,x,03/04/2026\n2,y,25/04/2026\n",
       2,
       {{0, "observed", "2026-04-03"}},
       {}},
      {"American dates decided by one cell",
       "report",
       "GB",
       "Ref,Title,Date seen\n1,x,03/04/2026\n2,y,04/25/2026\n",
       2,
       {{0, "observed", "2026-03-04"}},
       {}},
      {"Dates of two countries: what could be both is left out",
       "report",
       "GB",
       "Ref,Title,Date seen\n1,x,03/04/2026\n2,y,25/04/2026\n3,z,04/26/2026\n",
       3,
       {{0, "observed", ""}, {1, "observed", "2026-04-25"}, {2, "observed", "2026-04-26"}},
       {"some only"}},
      {"English dates that people write",
       "report",
       "GB",
       "Ref,Title,Date seen\n1,x,17th June 2011\n2,y,Tuesday 3 March 2026\n3,z,2026-03-04 10:20:30.123\n4,w,Q1 2026\n",
       4,
       {{0, "observed", "2011-06-17"},
        {1, "observed", "2026-03-03"},
        {2, "observed", "2026-03-04T10:20Z"},
        {3, "observed", "2026-01..2026-03"}},
       {"no time zone"}},
      {"Date and time of day in two columns",
       "report",
       "GB",
       "Ref,Title,Date,Time\n1,x,24/03/2026,14:30\n2,y,25/03/2026,\n",
       2,
       {{0, "observed", "2026-03-24T14:30Z"}, {1, "observed", "2026-03-25"}},
       {"no time zone"}},
      {"A zone in the name of the times",
       "report",
       "GB",
       "Ref,Title,Seen (Europe/Bucharest)\n1,x,24/03/2026 14:30\n2,y,25/07/2026 09:05\n",
       2,
       {{0, "observed", "2026-03-24T12:30Z"}, {1, "observed", "2026-07-25T06:05Z"}},
       {"as the column's name says"}},
      {"A clock in the name of the time of day",
       "report",
       "FR",
       "Dossier;Objet;Date;Heure (CET)\n1;x;24/03/2026;14:30\n2;y;25/07/2026;09:05\n",
       2,
       {{0, "observed", "2026-03-24T13:30Z"}, {1, "observed", "2026-07-25T07:05Z"}},
       {"Europe/Berlin"}},
      {"An offset in the name of the times",
       "report",
       "GB",
       "Ref,Title,Seen (UTC+2)\n1,x,2026-03-24 14:30\n2,y,2026-03-25 09:05\n",
       2,
       {{0, "observed", "2026-03-24T12:30Z"}},
       {}},
      {"Words in capitals are no clocks",
       "report",
       "FR",
       "DOSSIER;OBJET;DATE ET HEURE\n1;x;24/03/2026 14:30\n2;y;25/03/2026 09:05\n",
       2,
       {{0, "observed", "2026-03-24T14:30Z"}},
       {"no time zone", "Europe/Paris"}},
      {"A column of one zone",
       "report",
       "GB",
       "Ref,Title,Seen,Time zone\n1,x,24/03/2026 14:30,Europe/Rome\n2,y,25/03/2026 09:05,Europe/Rome\n",
       2,
       {{0, "observed", "2026-03-24T13:30Z"}},
       {"as all rows of `Time zone` say", "ignore = [\"Time zone\"]"}},
      {"A column of several zones: no time is guessed",
       "report",
       "GB",
       "Ref,Title,Date,Time,Time zone\n1,x,24/03/2026,14:30,Europe/Rome\n2,y,25/03/2026,09:05,Asia/Tokyo\n",
       2,
       {{0, "observed", "2026-03-24"}, {1, "observed", "2026-03-25"}},
       {"several time zones", "only the date is read"}},
      {"Times of several zones in one column are left out",
       "report",
       "GB",
       "Ref,Title,Seen,Time zone\n1,x,24/03/2026 14:30,Europe/Rome\n2,y,25/03/2026 09:05,\n",
       2,
       {{0, "observed", ""}},
       {"several time zones or none"}},
      {"Every row says the same",
       "report",
       "GB",
       "Ref,Title,Country\n1,x,Poland\n2,y,Poland\n3,z,Poland\n",
       3,
       {{2, "place", "PL"}},
       {"default = \"PL\"", "every row says the same"}},
      {"Few rows say it: nothing is put in for the others",
       "report",
       "GB",
       "Ref,Title,Country\n1,x,Poland\n2,y,\n3,z,Poland\n4,w,Poland\n5,v,\n6,u,\n",
       6,
       {{0, "place", "PL"}, {1, "place", ""}},
       {"3 of 6 rows say nothing here, and the others all say the same", "add default = \"PL\""}},
      {"Rows without a marking",
       "report",
       "GB",
       "Ref,Title,TLP\n1,x,AMBER\n2,y,\n3,z,GREEN\n",
       3,
       {},
       {"default = \"RED\"", "1 of 3 rows says nothing here, and counts as RED"}},
      {"A date that no field is named after",
       "report",
       "GB",
       "Ref,Title,DOB,Visa valid until\n1,x,03/02/1999,25/12/2027\n2,y,24/03/1971,01/02/2028\n",
       2,
       {{0, "observed", ""}, {0, "reported", ""}},
       {"nothing says which date this is"}},
      {"A number that another row has is not the row's own",
       "report",
       "GB",
       "Case ref,Title,Related case\nA-1,x,A-99\nA-2,y,\n",
       2,
       {{0, "external_id", "case:A-1"}},
       {}},
      {"AM and PM",
       "report",
       "GB",
       "Ref,Title,Seen\n1,x,24/03/2026 02:30 PM\n2,y,25/03/2026 12:05 AM\n",
       2,
       {{0, "observed", "2026-03-24T14:30Z"}, {1, "observed", "2026-03-25T00:05Z"}},
       {}},
      {"Epochs",
       "report",
       "GB",
       "Ref,Title,Created\n1,x,1774310400\n2,y,1774396800\n",
       2,
       {{0, "reported", "2026-03-24T00:00Z"}},
       {"since 1970"}},
      {"Coordinates in one cell",
       "report",
       "GB",
       "Ref,Title,Coordinates\n1,x,\"51.5074, -0.1278\"\n2,y,\"53.8, -1.55\"\n",
       2,
       {{0, "place", "(51.507400, -0.127800)"}},
       {}},
      {"Ages and counts with words",
       "report",
       "DE",
       "Fall;Titel;Alter;Anzahl Opfer\n1;x;34 Jahre;3 Frauen\n2;y;19;1\n",
       2,
       {{0, "ages", "34 years"}, {0, "victim_count", "3 persons"}, {1, "ages", "19 years"}},
       {}},
      {"Amounts with signs",
       "report",
       "GB",
       "Ref,Title,Amount\n1,x,\"£1,200.50\"\n2,y,£60\n",
       2,
       {{0, "amounts", "1200.5 GBP"}},
       {}},
      {"Amounts with a sign behind",
       "report",
       "PL",
       "Nr sprawy;Tytuł;Kwota\n1;x;1 200,50 zł\n2;y;60 zł\n",
       2,
       {{0, "amounts", "1200.5 PLN"}, {1, "amounts", "60 PLN"}},
       {}},
      {"Amounts of an unknown currency are not guessed",
       "report",
       "GB",
       "Ref,Title,Amount\n1,x,1200.50\n2,y,60\n",
       2,
       {{0, "amounts", ""}},
       {"nothing says the currency"}},
      {"A point that could part thousands is not guessed",
       "report",
       "GB",
       "Ref,Title,Amount (GBP)\n1,x,1.260\n2,y,60\n",
       2,
       {{0, "amounts", ""}, {1, "amounts", "60 GBP"}},
       {"`1.260`"}},
      {"Nationalities as people say them",
       "report",
       "GB",
       "Ref,Title,Nationality\n1,x,Vietnamese\n2,y,Romanian; Bulgarian\n3,z,Atlantean\n",
       3,
       {{0, "nationalities", "VN"}, {1, "nationalities", "RO\nBG"}, {2, "nationalities", ""}},
       {"complete the code map"}},
      {"Rows without a number of their own",
       "report",
       "GB",
       "Ref,Title\nA-1,x\n,y\nA-3,z\n,y\n",
       4,
       {{1, "title", "y"}, {3, "title", "y"}},
       {"such a row is known by its place"}},
      {"Notes and a repeated header within",
       "report",
       "GB",
       "Ref,Title,Town,Date\nA-1,x,Leith,2026-03-04\nRef,Title,Town,Date\nA-2,y,Leith,2026-03-05\n"
       "Exported from the case system,,,\n",
       2,
       {{1, "title", "y"}},
       {"the header again", "notes in a row"}},
      {"First name and surname",
       "report",
       "GB",
       "Ref,Title,Victim first name,Victim surname\n1,x,Ana,Example\n2,y,Ion,Example\n",
       2,
       {{0, "persons_named", "Ana Example"}},
       {"two columns"}},
      {"Italian persons",
       "person",
       "IT",
       "ID;Nome;Cognome;Data di "
       "nascita;Sesso;Nazionalità\n1;Ana;Esempio;03/02/1999;F;Rumena\n2;Ion;Esempio;13/02/1971;M;RO\n",
       2,
       {{0, "birth", "1999-02-03"}, {0, "family_name", "Esempio"}, {0, "nationalities", "RO"}},
       {}},
      {"Births of two digits",
       "person",
       "GB",
       "ID,Surname,DOB\n1,Example,24/03/49\n2,Example,01/02/04\n",
       2,
       {{0, "birth", "1949-03-24"}, {1, "birth", "2004-02-01"}},
       {"1930 to 2029"}},
      {"Two columns of prose",
       "report",
       "GB",
       "Ref,Title,Description,Comments\n1,x,A van stood there.,Seen twice.\n2,y,Six men.,\n",
       2,
       {},
       {"several columns"}},
  };
}

TEST(SuggestTables, EveryRowIsTakenAndNoValueIsWrong) {
  for (const Table& table : Tables()) {
    SCOPED_TRACE(table.name);
    const std::optional<TriedTable> tried = TryTable(table.text, table.kind, table.country);
    if (!tried.has_value()) continue;
    const std::string& mapping = tried->proposal.mapping;
    EXPECT_EQ(tried->imported.items.size(), table.records) << mapping;
    EXPECT_EQ(tried->imported.rejects.size(), 0u) << mapping;
    for (const Expected& one : table.values) {
      if (one.item >= tried->imported.items.size()) continue;
      EXPECT_EQ(Shown(tried->imported.items[one.item].draft, one.field), one.shown)
          << "item " << one.item << " " << one.field << "\n"
          << mapping;
    }
    for (const std::string& doubt : table.doubts) EXPECT_THAT(Unwrapped(mapping), HasSubstr(doubt));
  }
}

// A field of all records of a kind, in their order.
std::vector<std::string> AllOf(const Collected& imported, const std::string& kind, const std::string& field) {
  std::vector<std::string> shown;
  for (const Item& item : imported.items) {
    if (item.draft.kind->name == kind) shown.push_back(Shown(item.draft, field));
  }
  return shown;
}

// The keys of the two ends of each link.
std::vector<std::string> LinksOf(const Collected& imported) {
  std::vector<std::string> links;
  for (const Item& item : imported.items) {
    if (item.draft.kind->name != "link") continue;
    links.push_back(item.references.at(0).source_key + " > " + item.references.at(1).source_key);
  }
  return links;
}

TEST(SuggestTables, TwoTelephonesInARowAreTwoRecords) {
  const auto tried =
      TryTable("Ref,Telephone 1,Telephone 2\nA-1,020 7946 0001,+49 40 228990\nA-2,020 7946 0002,\n", "phone", "GB");
  ASSERT_TRUE(tried.has_value());
  const std::string& mapping = tried->proposal.mapping;
  EXPECT_THAT(AllOf(tried->imported, "phone", "number"),
              UnorderedElementsAre("phone:+442079460001", "phone:+4940228990", "phone:+442079460002"))
      << mapping;
  EXPECT_THAT(LinksOf(tried->imported), ElementsAre("csv:table:phone:A-1 > csv:table:phone:A-1#phone-2"));
  EXPECT_EQ(tried->imported.rejects.size(), 0u) << mapping;
  EXPECT_THAT(Unwrapped(mapping), HasSubstr("where these are empty there is none"));
}

TEST(SuggestTables, ASecondTelephoneIsAnotherOneAndASecondNameIsNot) {
  const auto phones =
      TryTable("Id,Number,Second number\nP1,07700 900123,07700 900124\nP2,+44 7700 900125,\n", "phone", "GB");
  ASSERT_TRUE(phones.has_value());
  EXPECT_EQ(AllOf(phones->imported, "phone", "number").size(), 3u) << phones->proposal.mapping;
  const auto people = TryTable("Id,Name,Second name\nP1,Ana,Luz\nP2,Eva,\n", "person", "ES");
  ASSERT_TRUE(people.has_value());
  EXPECT_EQ(AllOf(people->imported, "person", "name").size(), 2u) << people->proposal.mapping;
}

TEST(SuggestTables, ANumberAloneGoesWithThePersonOfThatNumber) {
  const auto tried = TryTable(
      "Expediente;Asunto;V\u00edctima 1;Edad 1;V\u00edctima 2;Edad 2\nE1;Piso;Luz;19;Sol;22\nE2;Taller;Ana;34;;\n",
      "report", "ES");
  ASSERT_TRUE(tried.has_value());
  EXPECT_THAT(AllOf(tried->imported, "person", "name"), UnorderedElementsAre("Luz", "Sol", "Ana"));
  EXPECT_THAT(AllOf(tried->imported, "report", "ages"), ElementsAre("", "")) << tried->proposal.mapping;
}

TEST(SuggestTables, TwoPeopleInARowAreTwoRecords) {
  const auto tried = TryTable(
      "ID;Vorname 1;Nachname 1;Geburtsdatum 1;Vorname 2;Nachname 2;Geburtsdatum 2\n"
      "F-1;Ana;Muster;03.02.1999;Ion;Muster;13.02.1971\nF-2;Eva;Probe;;;;\n",
      "person", "DE");
  ASSERT_TRUE(tried.has_value());
  const std::string& mapping = tried->proposal.mapping;
  EXPECT_THAT(AllOf(tried->imported, "person", "given_names"), UnorderedElementsAre("Ana", "Ion", "Eva")) << mapping;
  EXPECT_THAT(AllOf(tried->imported, "person", "birth"), UnorderedElementsAre("1999-02-03", "1971-02-13", ""));
  EXPECT_EQ(tried->imported.rejects.size(), 0u) << mapping;
}

TEST(SuggestTables, AVictimAndASuspectAreTwoPeopleOfAReport) {
  const auto tried = TryTable(
      "Ref,Summary,Victim name,Victim DOB,Suspect name,Suspect phone,Number of victims\n"
      "R-1,Six men in one room,Ana Example,03/02/1999,Bo Sample,020 7946 0003,6\n"
      "R-2,A car wash,,,Cy Sample,,2\n",
      "report", "GB");
  ASSERT_TRUE(tried.has_value());
  const std::string& mapping = tried->proposal.mapping;
  EXPECT_THAT(AllOf(tried->imported, "report", "victim_count"), ElementsAre("6 persons", "2 persons")) << mapping;
  EXPECT_THAT(AllOf(tried->imported, "person", "name"), UnorderedElementsAre("Ana Example", "Bo Sample", "Cy Sample"));
  EXPECT_EQ(LinksOf(tried->imported).size(), 3u);
  EXPECT_THAT(mapping, HasSubstr("verb = \"mentions\""));
  for (const Item& item : tried->imported.items) {
    if (Shown(item.draft, "name") != "Ana Example") continue;
    EXPECT_THAT(Shown(item.draft, "subject_categories"), HasSubstr("victim"));
    EXPECT_EQ(Shown(item.draft, "birth"), "1999-02-03");
  }
  EXPECT_EQ(tried->imported.rejects.size(), 0u) << mapping;
}

TEST(SuggestTables, TwoSurnamesAndTwoLinesOfAnAddressAreOnePerson) {
  for (const char* text : {"ID;Nombre;Apellido 1;Apellido 2\nP-1;Ana;Ejemplo;Prueba\nP-2;Luz;Ejemplo;Sol\n",
                           "ID,Name,Address 1,Address 2\nP-1,Ana,1 Quay St,Leith\nP-2,Bo,2 Quay St,Leith\n",
                           "Ref,Title,Victims,Suspects\nP-1,x,3,1\nP-2,y,2,4\n"}) {
    const bool report = std::string_view(text).starts_with("Ref");
    const auto tried = TryTable(text, report ? "report" : "person", report ? "GB" : "ES");
    ASSERT_TRUE(tried.has_value());
    EXPECT_THAT(tried->proposal.mapping, Not(HasSubstr("[[also]]")));
    EXPECT_EQ(tried->imported.items.size(), 2u) << tried->proposal.mapping;
  }
}

TEST(SuggestTables, AColumnThatNamesOtherRowsIsALink) {
  const auto tried = TryTable(
      "Case ref,Title,Linked cases,Town\nA-1,x,A-3,Leith\nA-2,y,,Leith\nA-3,z,\"A-1, A-2\",Leith\nA-4,w,n/k,Leith\n",
      "report", "GB");
  ASSERT_TRUE(tried.has_value());
  const std::string& mapping = tried->proposal.mapping;
  EXPECT_THAT(LinksOf(tried->imported),
              ElementsAre("csv:table:report:A-1 > csv:table:report:A-3", "csv:table:report:A-3 > csv:table:report:A-1",
                          "csv:table:report:A-3 > csv:table:report:A-2"))
      << mapping;
  EXPECT_EQ(AllOf(tried->imported, "report", "title").size(), 4u);
  EXPECT_THAT(AllOf(tried->imported, "report", "external_id"), Contains("case:A-3"));
  EXPECT_EQ(tried->imported.rejects.size(), 0u) << mapping;
  EXPECT_THAT(Unwrapped(mapping), HasSubstr("`Linked cases` names other rows"));
}

TEST(SuggestTables, ACellThatDoesNotFitIsLeftOutAndTold) {
  const auto tried = TryTable("Ref,Title,Date seen\n1,x,24/03/2026\n2,y,25/03/2026\n3,z,last week\n", "report", "GB");
  ASSERT_TRUE(tried.has_value());
  EXPECT_EQ(tried->imported.items.size(), 3u) << tried->proposal.mapping;
  EXPECT_THAT(tried->proposal.mapping, HasSubstr("optional = true"));
  EXPECT_THAT(tried->imported.summary.warnings, Contains(HasSubstr("1 value did not fit and was left out (row 4)")));
}

TEST(SuggestTables, AMarkingThatDoesNotFitIsNeverLeftOut) {
  const auto tried = TryTable("Ref,Title,TLP\n1,x,AMBER\n2,y,GREEN\n3,z,for us\n", "report", "GB");
  ASSERT_TRUE(tried.has_value());
  EXPECT_THAT(tried->proposal.mapping, Not(HasSubstr("optional = true")));
  EXPECT_THAT(tried->proposal.mapping, HasSubstr("\"for us\" = \"RED\""));
}

ColumnProfile ProfileOf(const std::vector<std::string>& values) {
  ColumnProfile column("Date");
  for (const std::string& value : values) column.Take(value, false);
  return column;
}

TEST(DateForms, AYearIsNoDayOfASpreadsheet) {
  const record::Slot& slot = *record::Catalogue::FindKind("report")->FindSlot("observed");
  const DateGuess guess = GuessDates(slot, ProfileOf({"46085", "46086"}), {true, false, false});
  EXPECT_THAT(guess.forms, ElementsAre("excel", "%Y"));
  EXPECT_EQ(guess.fits, 2u);
}

TEST(DateForms, ADayBehindItsMonthAndYearIsNotExchanged) {
  const record::Slot& slot = *record::Catalogue::FindKind("report")->FindSlot("observed");
  const DateGuess guess = GuessDates(slot, ProfileOf({"2026-04-05", "03/04/2026", "01.02.2026"}), {true, true, false});
  EXPECT_THAT(guess.forms, testing::UnorderedElementsAre("%Y-%m-%d", "%m/%d/%Y", "%d.%m.%Y"));
}

TEST(DateForms, ANumberIsNoDateUnlessTheNameSaysSo) {
  const record::Slot& slot = *record::Catalogue::FindKind("report")->FindSlot("observed");
  EXPECT_THAT(GuessDates(slot, ProfileOf({"46085", "46086"}), {}).forms, IsEmpty());
}

TEST(NumberForms, TheDecimalSignIsToldByCellsThatHaveOneMeaning) {
  EXPECT_EQ(GuessDecimal(ProfileOf({"1.234,5", "7"})), ',');
  EXPECT_EQ(GuessDecimal(ProfileOf({"12,5"})), ',');
  EXPECT_EQ(GuessDecimal(ProfileOf({"1 234"})), ',');
  EXPECT_EQ(GuessDecimal(ProfileOf({"12.5", "1,234.5"})), '\0');
  EXPECT_EQ(GuessDecimal(ProfileOf({"1.260", "1,260"})), '\0');
}

}  // namespace
}  // namespace tidegate::intake
