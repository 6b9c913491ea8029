// The findings of `policy check`: the place and the reason of each mistake, and of what is only suspicious.
#include "policy/review/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/policy/agencies.h"

namespace tidegate::review {
namespace {

using namespace policy;  // what is reviewed

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<Diagnostic> CheckText(std::string_view text, const Vocabulary& vocabulary = CharityVocabulary()) {
  return Check({{"local.cedar", std::string(text)}}, Catalogue(), vocabulary);
}

MATCHER_P3(Finding, severity, line, part, "") {
  return arg.severity == severity && arg.line == static_cast<uint32_t>(line) &&
         arg.message.find(part) != std::string::npos;
}

constexpr char kGood[] = R"(permit (principal in Circle::"lantern", action == Action::"disclose", resource)
when { resource.record.tlp in Tlp::"GREEN" };
)";

TEST(Check, SaysNothingOfAGoodSet) {
  EXPECT_THAT(CheckText(kGood), IsEmpty());
  EXPECT_THAT(CheckText(kSample), IsEmpty()) << "the sample of the architecture, as written";
}

TEST(Check, NamesThePlaceThatDoesNotParse) {
  const auto found = CheckText("permit (principal, action, resource)\nwhen { resource.record.tlp inn Tlp::\"RED\" };");
  ASSERT_EQ(found.size(), 1u) << "the error alone: whether anything is permitted is seen when it parses";
  const Diagnostic& error = found[0];
  EXPECT_EQ(error.severity, Severity::kError);
  EXPECT_EQ(error.file, "local.cedar");
  EXPECT_EQ(error.line, 2u);
  EXPECT_GT(error.column, 1u);
  EXPECT_THAT(error.excerpt, HasSubstr("^"));
  EXPECT_THAT(error.ToString(), HasSubstr("local.cedar:2:"));
}

TEST(Check, KnowsTheSchema) {
  EXPECT_THAT(CheckText(std::string(kGood) + "forbid (principal, action == Action::\"disclose\", resource)\n"
                                             "when { resource.record.colour == \"RED\" };"),
              ElementsAre(Finding(Severity::kError, 4, "colour")));
  EXPECT_THAT(CheckText(std::string(kGood) + "forbid (principal in Circel::\"x\", action, resource);"),
              testing::Contains(Finding(Severity::kError, 3, "Circel")));
  EXPECT_THAT(CheckText(std::string(kGood) + "forbid (principal, action == Action::\"publish\", resource);"),
              testing::Contains(Finding(Severity::kError, 3, "publish")));
}

TEST(Check, ErrorsWithinMixedListsAreStillFound) {
  EXPECT_THAT(CheckText(R"(permit (principal in Circle::"lantern", action == Action::"disclose", resource)
when { resource.record.tlp in Tlp::"GREEN" && resource in [Precision::"time.month", Planet::"mars"] };)"),
              testing::Contains(testing::Field(&Diagnostic::severity, Severity::kError)));
}

// A name that is one letter off, in each place where one may stand: file, line, column, caret, and which one was meant.
TEST(Check, NamesOneLetterOffAreSuggestedWhereTheyStand) {
  struct Slip {
    std::string policy;  // the caret stands under the first `~`, which is not part of it
    std::string meant;
    Severity severity = Severity::kError;
  };
  const std::vector<Slip> slips = {
      {R"(forbid (principal in ~Circel::"lantern", action == Action::"disclose", resource);)", "Circle"},
      {R"(forbid (principal is ~Organsation, action == Action::"disclose", resource);)", "Organisation"},
      {R"(forbid (principal, action == ~Action::"discolse", resource);)", "disclose"},
      {R"(forbid (principal, action in [Action::"admit", ~Action::"raed"], resource);)", "read"},
      {R"(forbid (principal in ~Circle::"lantren", action == Action::"disclose", resource);)", "lantern",
       Severity::kWarning},
      {R"(forbid (principal, action == Action::"disclose", resource in ~Kind::"reprt");)", "report"},
      {R"(forbid (principal, action == Action::"disclose", resource in ~Slot::"report.titel");)", "report.title"},
      {R"(forbid (principal, action == Action::"disclose", resource in ~FieldClass::"analitic");)", "analytic"},
      {R"(forbid (principal, action == Action::"disclose", resource) when { resource.~recrd.tlp == Tlp::"RED" };)",
       "record"},
      {R"(forbid (principal, action == Action::"disclose", resource) when { resource.record.~tlpp == Tlp::"RED" };)",
       "tlp"},
      {R"(forbid (principal, action == Action::"disclose", resource) when { principal.~sectr in Sector::"bank" };)",
       "sector"},
      {R"(forbid (principal, action == Action::"disclose", resource) when { resource.record.tlp == ~Tlp::"REDD" };)",
       "RED"},
      {R"(forbid (principal, action == Action::"disclose", resource) when { resource is ~Feild };)", "Field"},
      {R"(forbid (principal, action == Action::"disclose", resource)
when { resource in [FieldClass::"source", ~Precision::"place.exat"] };)",
       "place.exact"},
      {R"(forbid (principal, action == Action::"disclose", resource)
when { resource in [FieldClass::"source", ~Precison::"place.exact"] };)",
       "Precision"},
      {R"(forbid (principal, action == Action::"disclose", resource)
when { resource in [FieldClass::"source", Precision::"place.exact"] && resource.record.~onwrd == "no" };)",
       "onward"},
      {R"(forbid (principal, action == Action::"disclose", resource) when { principal.purposes.~contians(1) };)",
       "contains"},
      {R"(forbid (principal, action == Action::"disclose", resource) when { ~resorce.record.own };)", "resource"},
      {R"(~forbidd (principal, action, resource);)", "forbid"},
      {R"(forbid (principal, action, resource) ~wen { true };)", "when"},
  };
  for (const Slip& slip : slips) {
    const size_t at = slip.policy.find('~');
    ASSERT_NE(at, std::string::npos);
    const std::string text = slip.policy.substr(0, at) + slip.policy.substr(at + 1);
    const size_t begin = slip.policy.rfind('\n', at) + 1;  // 0 on the first line
    const auto line = static_cast<uint32_t>(std::count(text.begin(), text.begin() + static_cast<long>(at), '\n') + 3);
    const auto found = CheckText(kGood + text);
    const auto named = std::find_if(found.begin(), found.end(), [&](const Diagnostic& one) {
      return one.message.find("did you mean `" + slip.meant + "`?") != std::string::npos;
    });
    ASSERT_NE(named, found.end()) << text << testing::PrintToString(found);
    EXPECT_EQ(named->severity, slip.severity) << text;
    EXPECT_EQ(named->file, "local.cedar");
    EXPECT_EQ(named->line, line) << text;
    EXPECT_EQ(named->column, at - begin + 1) << text;
    const std::string shown = text.substr(begin, text.find('\n', begin) - begin);
    EXPECT_EQ(named->excerpt, std::to_string(line) + " | " + shown + "\n  | " + std::string(at - begin, ' ') + "^");
  }
}

TEST(Check, NamesThatResembleNoneAreToldWhatIsExpected) {
  EXPECT_THAT(CheckText(std::string(kGood) + "forbid (principal, action == Action::\"publish\", resource);"),
              testing::Contains(Finding(Severity::kError, 3, "expected one of `admit`, `amend`, `apply`, `approve`,")));
  EXPECT_THAT(CheckText(std::string(kGood) + "forbid (principal in Circle::\"far-away\", action, resource);"),
              testing::Contains(
                  Finding(Severity::kWarning, 3, "expected one of `empty` or `lantern`; `circle create` makes one")));
}

TEST(Check, AWrongNameInTheScopeDoesNotHideWhatIsWrongBelow) {
  const auto found =
      CheckText(std::string(kGood) + R"(forbid (principal in Circel::"x", action == Action::"disclose", resource)
when { resource.record.tlpp in Tlp::"GREEN" };)");
  EXPECT_THAT(found, testing::IsSupersetOf({Finding(Severity::kError, 3, "did you mean `Circle`?"),
                                            Finding(Severity::kError, 4, "did you mean `tlp`?")}));
}

TEST(Check, EveryFindingAboutAPolicyHasAPlaceAndACaret) {
  const auto found = CheckText(R"(permit (principal, action == Action::"disclose", resource in FieldClass::"analytic");
@id("baseline.x") forbid (principal == ?principal, action, resource);
@id("a") forbid (principal, action == Action::"disclose", resource) when { resource.record has tlp };
@id("a") forbid (principal, action == Action::"disclose", resource in Slot::"report.title");
permit (principal in Circle::"lantern", action == Action::"disclose", resource in FieldClass::"source");)");
  EXPECT_GE(found.size(), 4u);
  for (const Diagnostic& one : found) {
    EXPECT_GT(one.line, 0u) << one.ToString();
    EXPECT_GT(one.column, 0u) << one.ToString();
    EXPECT_THAT(one.excerpt, testing::EndsWith("^")) << one.ToString();
  }
  EXPECT_THAT(found, testing::Contains(testing::AllOf(Finding(Severity::kError, 3, "hides that a fact"),
                                                      testing::Field(&Diagnostic::column, 92u))));
}

TEST(Check, RefusesToAskWhetherALabelFactIsThere) {
  for (const char* condition :
       {"resource.record has tlp", "resource.record has origin && true", "!(resource.record has tags)",
        "resource has record.onward", "(if principal.confirmed then resource else resource).record has tlp"}) {
    EXPECT_THAT(CheckText(std::string(kGood) + "forbid (principal, action == Action::\"disclose\", resource) when { " +
                          condition + " };"),
                testing::Contains(Finding(Severity::kError, 3, "hides that a fact is missing")))
        << condition;
  }
  EXPECT_THAT(CheckText(std::string(kGood) + "forbid (principal, action == Action::\"disclose\", resource) when "
                                             "{ resource.marking has tlp && resource.marking.tlp in Tlp::\"AMBER\" };"),
              IsEmpty())
      << "a field may well bear no marking of its own";
}

TEST(Check, KeepsTheIdsOfTheBaseline) {
  EXPECT_THAT(
      CheckText(std::string(kGood) +
                "@id(\"baseline.tlp-red\")\nforbid (principal, action == Action::\"disclose\", resource in "
                "FieldClass::\"source\") when { resource.record.own };"),
      testing::IsSupersetOf({Finding(Severity::kError, 3, "kept for"), Finding(Severity::kError, 3, "taken by")}));
}

TEST(Check, RefusesTemplates) {
  EXPECT_THAT(CheckText(std::string(kGood) + "permit (principal == ?principal, action, resource);"),
              testing::Contains(Finding(Severity::kError, 3, "template")));
}

// A policy's reads are followed to the end of a chain of any length: here only the last link reads anything.
TEST(Check, AConditionOfAnyLengthIsFollowed) {
  std::string chain = "true";
  for (int i = 0; i < 20000; ++i) chain += " && true";
  const std::string forbid = "forbid (principal, action == Action::\"disclose\", resource) when { " + chain +
                             " && resource.record.tags.contains(\"child\") };";
  EXPECT_THAT(CheckText(std::string(kGood) + forbid), IsEmpty());
  const auto engine = EngineWith(std::string(kGood) + forbid);
  Label label = OpenLabel();
  EXPECT_TRUE(Disclose(*engine, Bank(), label).allowed());
  label.tags = {{"child"}};
  EXPECT_FALSE(Disclose(*engine, Bank(), label).allowed()) << "two labels that differ in the last fact are two";
}

// Every name that people choose or a list has, in a forbid as in a permit: a forbid that names nobody forbids nothing.
TEST(Check, NamesThatNothingBearsAreToldInPermitsAndForbids) {
  struct Slip {
    std::string condition;
    std::string told;
  };
  const std::vector<Slip> slips = {
      {R"(principal == Organisation::"first-bnak")", "did you mean `first-bank`?"},
      {R"(principal.country == Country::"UK")", "did you mean `GB`?"},
      {R"(principal.sector in Sector::"polcie")", "did you mean `police`?"},
      {R"(principal.purposes.contains(Purpose::"preventon"))", "did you mean `prevention`?"},
      {R"(resource.record.purposes.containsAny([Purpose::"research", Purpose::"prosecutoin"]))",
       "did you mean `prosecution`?"},
      {R"(resource.record.purposes.contains(Purpose::"todo"))", "expected one of `prevention`, `prosecution`"},
      {R"(resource.record.tags.contains("exercize"))", "no `tags` is called `exercize` (did you mean `exercise`?)"},
      {R"(resource.record.tags.containsAny(["child", "informnat"]))", "did you mean `informant`?"},
      {R"(["mopi3"].contains(resource.record.retention))", "did you mean `mopi-3`?"},
      {R"(resource.record.legal_basis.contains("todo"))", "no `legal_basis` is called `todo`; expected one of"},
      {R"(principal.legal_bases.contains("dpa-2018-part-4"))", "did you mean `dpa-2018-part3`?"},
      {R"(resource.record.countries.contains(Country::"Great Britain"))", "there is no Country::\"Great Britain\""},
  };
  for (const Slip& slip : slips) {
    for (const char* effect : {"permit", "forbid"}) {
      const auto found = CheckText(std::string(kGood) + effect +
                                   " (principal in Circle::\"lantern\", action == Action::\"disclose\", "
                                   "resource)\nwhen { resource.record.tlp in Tlp::\"GREEN\" && " +
                                   slip.condition + " };");
      ASSERT_THAT(found, testing::Contains(Finding(Severity::kWarning, 4, slip.told)))
          << effect << " " << slip.condition;
      for (const Diagnostic& one : found) EXPECT_EQ(one.severity, Severity::kWarning) << one.ToString();
    }
  }
}

TEST(Check, NamesThatSomethingBearsAreNotTold) {
  EXPECT_THAT(CheckText(std::string(kGood) + R"(forbid (principal, action == Action::"disclose", resource)
when { principal == Organisation::"first-bank" || principal.country == Country::"GB" ||
       resource.record.origin == Organisation::"harbour" || resource.record.tags.containsAny(["child", "sar"]) ||
       resource.record.retention == "unstated" || resource.record.conditions.contains("anything people write") };)"),
              IsEmpty());
}

TEST(Check, APartnerIsInCirclesOnly) {
  for (const char* scope : {"principal in Sector::\"bank\"", "principal == Sector::\"bank\""}) {
    EXPECT_THAT(CheckText("permit (" + std::string(scope) + ", action == Action::\"disclose\", resource);"),
                testing::AllOf(
                    testing::Contains(Finding(Severity::kWarning, 1, "when { principal.sector in Sector::\"bank\" }")),
                    testing::Contains(Finding(Severity::kError, 1,
                                              "of its scope; write `principal` and add `when { principal.sector in "
                                              "Sector::\"bank\" }`"))))
        << "the error says what to write, too";
  }
  EXPECT_THAT(CheckText(std::string(kGood) + "forbid (principal in Country::\"GB\", action, resource);"),
              testing::Contains(Finding(Severity::kWarning, 3, "when { principal.country in Country::\"GB\" }")));
}

TEST(Check, NamesThatNothingBears) {
  EXPECT_THAT(CheckText(R"(permit (principal in Circle::"lantren", action == Action::"disclose", resource)
when { resource.record.tlp in Tlp::"GREEN" };)"),
              ElementsAre(Finding(Severity::kWarning, 1, "did you mean `lantern`?")));
  EXPECT_THAT(CheckText(std::string(kGood) + R"(forbid (principal, action == Action::"disclose", resource)
unless { resource in Precision::"place.regoin" };)"),
              ElementsAre(Finding(Severity::kError, 4, "did you mean `place.region`?")));
  EXPECT_THAT(CheckText(R"(permit (principal in Circle::"lantern", action == Action::"disclose", resource)
when { resource.record.tlp in Tlp::"Green" };)"),
              ElementsAre(Finding(Severity::kError, 2, "Tlp::\"Green\"")));
}

TEST(Check, PermitsThatAskNothing) {
  EXPECT_THAT(CheckText("permit (principal, action == Action::\"disclose\", resource in FieldClass::\"analytic\");"),
              ElementsAre(Finding(Severity::kWarning, 1, "records of any marking to any partner")));
  EXPECT_THAT(CheckText("permit (principal in Circle::\"lantern\", action == Action::\"disclose\", resource);"),
              IsEmpty());
}

TEST(Check, PoliciesThatChangeNothing) {
  EXPECT_THAT(CheckText(std::string(kGood) + "\n// Said twice.\n" + kGood),
              ElementsAre(Finding(Severity::kWarning, 5, "changes nothing beside local.cedar:1")));
  EXPECT_THAT(
      CheckText(
          std::string(kGood) +
          R"(permit (principal in Circle::"lantern", action == Action::"disclose", resource in FieldClass::"source")
when { resource.record.tlp in Tlp::"AMBER" };)"),
      ElementsAre(Finding(Severity::kWarning, 3, "never applies because of baseline.source")));
  EXPECT_THAT(CheckText(R"(permit (principal in Circle::"lantern", action == Action::"disclose", resource);
permit (principal in Circle::"lantern", action == Action::"disclose", resource in Slot::"report.title")
when { resource.record.tlp in Tlp::"GREEN" };)"),
              ElementsAre(Finding(Severity::kWarning, 2, "changes nothing beside local.cedar:1")));
}

TEST(Check, PoliciesThatCanNeverApply) {
  EXPECT_THAT(
      CheckText(std::string(kGood) + R"(permit (principal in Circle::"lantern", action == Action::"disclose", resource)
when { resource.record.tlp in Tlp::"GREEN" && resource in Sector::"police" };)"),
      testing::Contains(testing::Field(&Diagnostic::line, 3u)));
}

TEST(Check, ASetThatPermitsNothing) {
  EXPECT_THAT(CheckText(""), ElementsAre(Finding(Severity::kWarning, 0, "nothing will leave this node")));
}

TEST(Check, AgreesWithCreate) {
  for (const char* text :
       {kGood, kSample, "permit (principal", "permit (principal, action, resource in Nothing::\"x\");",
        "@id(\"a\") permit (principal, action, resource); @id(\"a\") forbid (principal, action, resource);"}) {
    const auto found = CheckText(text);
    const bool errs =
        std::any_of(found.begin(), found.end(), [](const Diagnostic& one) { return one.severity == Severity::kError; });
    EXPECT_EQ(Engine::Create({{"local.cedar", text}}, Catalogue(), CharityVocabulary(), &Sha256).ok(), !errs) << text;
  }
}

TEST(Rules, CarryFileLineIdAndComment) {
  const auto engine = EngineWith(kSample);
  const Rule& first = engine->rules()[engine->rules().size() - 2];
  EXPECT_EQ(first.id, "local.cedar:3");
  EXPECT_EQ(first.file, "local.cedar");
  EXPECT_EQ(first.line, 3u);
  EXPECT_EQ(first.effect, Effect::kPermit);
  EXPECT_THAT(first.comment, testing::StartsWith("The circle"));
  for (const Rule& rule : engine->rules()) {
    if (rule.file != "local.cedar") {
      EXPECT_THAT(rule.id, testing::StartsWith("baseline."));
      EXPECT_FALSE(rule.comment.empty()) << rule.id << " does not say which sentence it enforces";
    }
  }
}

}  // namespace
}  // namespace tidegate::review
