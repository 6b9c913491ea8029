// Dates and numbers as tables write them.
#include "node/intake/dates.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "node/intake/months.h"
#include "node/intake/numbers.h"
#include "node/intake/text.h"
#include "node/intake/zones.h"

namespace tidegate::intake {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

DateRules Rules(std::vector<std::string> forms) {
  DateRules rules;
  rules.forms = std::move(forms);
  rules.first_year = 1950;
  return rules;
}

// The date, or "refused: " and the reason.
std::string Read(const DateRules& rules, std::string_view text) {
  EXPECT_TRUE(CheckDateRules(rules).ok()) << CheckDateRules(rules);
  absl::StatusOr<std::string> date = ReadDate(rules, text);
  return date.ok() ? *date : Cat({"refused: ", MessageOf(date.status())});
}
std::string Read(std::string_view form, std::string_view text) { return Read(Rules({std::string(form)}), text); }

TEST(Dates, AreReadByTheirForm) {
  EXPECT_EQ(Read("%Y%m%d", "20170218"), "2017-02-18");
  EXPECT_EQ(Read("%d/%m/%Y", "3/11/2025"), "2025-11-03");
  EXPECT_EQ(Read("%d %b %Y", "3 Nov 2025"), "2025-11-03");
  EXPECT_EQ(Read("%B %Y", "november 2025"), "2025-11");
  EXPECT_EQ(Read("%Y", "2025"), "2025");
  EXPECT_EQ(Read("%d.%m.%Y %H:%M:%S", "01.02.2026 07:05:59"), "2026-02-01T07:05:59Z");
  EXPECT_EQ(Read("%Y-%m-%dT%H:%M%z", "2026-02-01T07:05+0130"), "2026-02-01T07:05+01:30");
  EXPECT_EQ(Read("%A %d %B %Y", "Tuesday 4 November 2025"), "2025-11-04");
  for (std::string_view text : {"3/11/25", "3/11/2025 ", "", "32/1/2025", "31/2/2025", "1/13/2025", "3-11-2025"}) {
    EXPECT_THAT(Read("%d/%m/%Y", text), StartsWith("refused: ")) << text;
  }
  EXPECT_THAT(Read("%d/%m/%Y %H:%M", "1/1/2025 24:00"), HasSubstr("no such day or hour"));
}

TEST(Dates, ADayMayBeCountedAndASecondMayHaveAFraction) {
  EXPECT_EQ(Read("%d %B %Y", "17th June 2011"), "2011-06-17");
  EXPECT_EQ(Read("%d %B %Y", "1er mars 2026"), "2026-03-01");
  EXPECT_EQ(Read("%B %d, %Y", "June 2nd, 2011"), "2011-06-02");
  EXPECT_EQ(Read("%dth %B %Y", "17th June 2011"), "2011-06-17") << "as mappings wrote it before";
  EXPECT_THAT(Read("%d %B %Y", "17thJune 2011"), StartsWith("refused: "));
  EXPECT_EQ(Read("%Y-%m-%d %H:%M:%S", "2026-03-04 10:20:30.123"), "2026-03-04T10:20:30Z");
  EXPECT_THAT(Read("%Y-%m-%d %H:%M:%S", "2026-03-04 10:20:30."), StartsWith("refused: "));
}

TEST(Dates, OfFormsThatSayNoDateAreRefused) {
  for (std::string_view form : {"%d/%m", "%Y %d", "%Y-%m-%d %H", "%Y %Y", "%Q", "%", "", "%b %m %Y", "%Y %y",
                                "%q %Y %m", "%Y-%m-%d %I:%M", "%Y-%m-%d %H:%M %p", "excell"}) {
    EXPECT_FALSE(CheckDateRules(Rules({std::string(form)})).ok()) << form;
  }
  DateRules without_first_year = Rules({"%d/%m/%y"});
  without_first_year.first_year.reset();
  EXPECT_THAT(std::string(MessageOf(CheckDateRules(without_first_year))), HasSubstr("first_year"));
}

TEST(Dates, OfSeveralFormsTheOneThatFitsIsTakenAndTwoMeaningsAreRefused) {
  const DateRules rules = Rules({"%d/%m/%Y", "%m/%d/%Y", "%B %Y", "%Y", "excel"});
  EXPECT_EQ(Read(rules, "25/12/2025"), "2025-12-25");
  EXPECT_EQ(Read(rules, "12/25/2025"), "2025-12-25");
  EXPECT_EQ(Read(rules, "4/4/2025"), "2025-04-04");
  EXPECT_THAT(Read(rules, "03/04/2025"),
              HasSubstr("ambiguous: by the form `%d/%m/%Y` another date than by `%m/%d/%Y`"));
  EXPECT_EQ(Read(rules, "March 2025"), "2025-03");
  EXPECT_THAT(Read(rules, "2025"), HasSubstr("ambiguous")) << "a year, or a day of 1905";
  EXPECT_EQ(Read(rules, "45721"), "2025-03-05");
  EXPECT_THAT(Read(rules, "soon"), HasSubstr("not a date of any of the forms `%d/%m/%Y`, "));
}

TEST(Dates, TwoDigitsOfAYearAreOfTheHundredThatBeginAsSaid) {
  EXPECT_EQ(Read("%d.%m.%y", "1.2.50"), "1950-02-01");
  EXPECT_EQ(Read("%d.%m.%y", "1.2.49"), "2049-02-01");
  EXPECT_THAT(Read("%d.%m.%y", "1.2.2049"), StartsWith("refused"));
}

TEST(Dates, HoursOfTwelveAndQuarters) {
  EXPECT_EQ(Read("%m/%d/%Y %I:%M %p", "3/4/2025 12:05 am"), "2025-03-04T00:05Z");
  EXPECT_EQ(Read("%m/%d/%Y %I:%M %p", "3/4/2025 12:05 PM"), "2025-03-04T12:05Z");
  EXPECT_EQ(Read("%m/%d/%Y %I:%M%p", "3/4/2025 7:05p.m."), "2025-03-04T19:05Z");
  EXPECT_THAT(Read("%m/%d/%Y %I:%M %p", "3/4/2025 13:05 pm"), StartsWith("refused"));
  EXPECT_EQ(Read("Q%q %Y", "Q1 2025"), "2025-01..2025-03");
  EXPECT_EQ(Read("%Y-Q%q", "2025-Q4"), "2025-10..2025-12");
  EXPECT_THAT(Read("Q%q %Y", "Q5 2025"), StartsWith("refused"));
}

TEST(Dates, MonthsHaveNamesInManyLanguages) {
  for (const auto& [text, date] : std::vector<std::pair<std::string, std::string>>{{"5 März 2025", "2025-03-05"},
                                                                                   {"5 août 2025", "2025-08-05"},
                                                                                   {"5 de", "refused"},
                                                                                   {"5 marca 2025", "2025-03-05"},
                                                                                   {"5 МАРТА 2025", "2025-03-05"},
                                                                                   {"5 juillet 2025", "2025-07-05"},
                                                                                   {"5 Okt. 2025", "2025-10-05"},
                                                                                   {"5 Ağustos 2025", "2025-08-05"},
                                                                                   {"5 janv. 2025", "2025-01-05"},
                                                                                   {"5 Sept 2025", "2025-09-05"},
                                                                                   {"5 jui 2025", "refused"},
                                                                                   {"5 ma 2025", "refused"},
                                                                                   {"5 Smarch 2025", "refused"}}) {
    EXPECT_THAT(Read("%d %B %Y", text), StartsWith(date)) << text;
  }
}

TEST(Dates, NoNameOfAMonthIsAnothersInAnotherLanguage) {
  for (std::string_view name : {"listopad", "mart", "maj", "mai", "červen", "června", "červenec", "lipiec", "липень"}) {
    std::string_view text = name;
    EXPECT_GT(TakeMonthName(&text), 0) << name;
  }
}

TEST(Dates, CountsOfSpreadsheetsAndClocks) {
  EXPECT_EQ(Read("excel", "45721.5"), "2025-03-05T12:00:00Z");
  EXPECT_EQ(Read("excel", "45721,25"), "2025-03-05T06:00:00Z");
  EXPECT_EQ(Read("excel", "61"), "1900-03-01");
  EXPECT_EQ(Read("excel1904", "44259"), "2025-03-05");
  EXPECT_EQ(Read("epoch", "1741132800"), "2025-03-05T00:00:00Z");
  EXPECT_EQ(Read("epoch_ms", "1741132800999"), "2025-03-05T00:00:00Z");
  for (std::string_view text : {"60", "0", "-1", "3000000", "1e5", "", ".", "1.2.3", "99999999999999999999999999"}) {
    EXPECT_THAT(Read("excel", text), StartsWith("refused")) << text;
  }
  EXPECT_THAT(Read("epoch", "999999999999999999"), StartsWith("refused"));
}

TEST(Dates, AZoneThatIsNamedKnowsItsSummers) {
  DateRules rules = Rules({"%d/%m/%Y %H:%M", "%d/%m/%Y"});
  rules.zone = *FindZone("Europe/London");
  EXPECT_EQ(Read(rules, "1/7/2025 10:00"), "2025-07-01T10:00+01:00");
  EXPECT_EQ(Read(rules, "1/1/2025 10:00"), "2025-01-01T10:00+00:00");
  EXPECT_EQ(Read(rules, "1/7/2025"), "2025-07-01");
  EXPECT_THAT(Read(rules, "30/3/2025 01:30"), HasSubstr("no such hour"));
  EXPECT_THAT(Read(rules, "26/10/2025 01:30"), HasSubstr("came twice"));
  rules.zone = *FindZone("America/St_Johns");
  EXPECT_EQ(Read(rules, "1/1/2025 10:00"), "2025-01-01T10:00-03:30");
  for (const char* name : {"Europe/Londn", "../passwd", "/etc/localtime", "", "BST!"})
    EXPECT_FALSE(FindZone(name).ok());
}

std::string Number(std::string_view text, char decimal) {
  absl::StatusOr<std::string> number = PlainNumber(text, decimal);
  return number.ok() ? *number : "refused";
}

TEST(Numbers, HaveADecimalSignAndGroups) {
  EXPECT_EQ(Number("1.260,50", ','), "1260.5");
  EXPECT_EQ(Number("1,260.50", '.'), "1260.5");
  EXPECT_EQ(Number("-12 345 678,9 kr", ','), "-12345678.9 kr");
  EXPECT_EQ(Number("12\xC2\xA0"
                   "345,00\xE2\x80\xAF\xE2\x82\xAC",
                   ','),
            "12345 \xE2\x82\xAC");
  EXPECT_EQ(Number("1'234'567.8", '.'), "1234567.8");
  EXPECT_EQ(Number("5", ','), "5");
  EXPECT_EQ(Number("+5,50 GBP", ','), "5.5 GBP");
  for (std::string_view text :
       {"", "x", "1.26,5", "1.260.50", "1.2345", "1234.567,1", "1.234 567", "5,", ",5", "1,2,3", "--5"}) {
    EXPECT_EQ(Number(text, ','), "refused") << text;
  }
}

}  // namespace
}  // namespace tidegate::intake
