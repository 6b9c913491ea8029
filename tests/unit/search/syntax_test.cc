// How queries are read, and how wrong ones are answered.
#include "node/search/syntax.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/search/search.h"

namespace tidegate::search {
namespace {

using testing::HasSubstr;

// `(a b)`, `(a|b)`, `!a`: how it was understood.
std::string Shape(const Syntax& syntax) {
  switch (syntax.is) {
    case Syntax::Is::kCondition:
      return (syntax.written.field.empty() ? "" : syntax.written.field + "=") + syntax.written.value;
    case Syntax::Is::kNot:
      return "!" + Shape(syntax.of.front());
    case Syntax::Is::kAll:
    case Syntax::Is::kAny:
      break;
  }
  std::string shape;
  for (const Syntax& part : syntax.of) {
    shape += (shape.empty() ? "" : syntax.is == Syntax::Is::kAll ? " " : "|") + Shape(part);
  }
  return "(" + shape + ")";
}

std::string ShapeOf(std::string_view query) {
  const auto syntax = ParseSyntax(query);
  return syntax.ok() ? Shape(*syntax) : std::string(syntax.status().message());
}

std::string Refusal(std::string_view query) {
  Question question;
  question.query = std::string(query);
  question.home = "GB";
  const auto plan = PlanFor(question);
  EXPECT_FALSE(plan.ok()) << query;
  return std::string(plan.status().message());
}

TEST(Syntax, ConditionsStandSideBySide) {
  EXPECT_EQ(ShapeOf("car wash"), "(car wash)");
  EXPECT_EQ(ShapeOf("\"car wash\""), "car wash");
  EXPECT_EQ(ShapeOf("kind:alert  country:GB"), "(kind=alert country=GB)");
  EXPECT_EQ(ShapeOf(""), "()");
}

TEST(Syntax, OrBindsLessThanAndAndNotMost) {
  EXPECT_EQ(ShapeOf("a b OR c AND d"), "((a b)|(c d))");
  EXPECT_EQ(ShapeOf("a (b OR c) -d"), "(a (b|c) !d)");
  EXPECT_EQ(ShapeOf("NOT a OR -(b c)"), "(!a|!(b c))");
  EXPECT_EQ(ShapeOf("--a"), "!!a");
}

TEST(Syntax, QuotesHoldWhatWouldMeanSomething) {
  EXPECT_EQ(ShapeOf("\"OR\" near:\"53.8, -1.5\",15km"), "(OR near=53.8, -1.5,15km)");
  EXPECT_EQ(ShapeOf("url:\"https://x.example/(a)\""), "url=https://x.example/(a)");
  EXPECT_EQ(ShapeOf("seen:2026-03-04T10:20Z"), "seen=2026-03-04T10:20Z");
  EXPECT_EQ(ShapeOf("10:20"), "10:20") << "a field begins with a letter";
}

TEST(Syntax, AWrongQueryIsAnsweredWithThePlace) {
  EXPECT_THAT(Refusal("kind:alert (a"), HasSubstr("not closed: write `)`\nkind:alert (a\n           ^"));
  EXPECT_THAT(Refusal("a OR"), HasSubstr("\na OR\n    ^"));
  EXPECT_THAT(Refusal("OR a"), HasSubstr("missing before this"));
  EXPECT_THAT(Refusal("a)"), HasSubstr("nothing was opened"));
  EXPECT_THAT(Refusal("kind: alert"), HasSubstr("has no value"));
  EXPECT_THAT(Refusal("\"open"), HasSubstr("quote is not closed"));
  EXPECT_THAT(Refusal("()"), HasSubstr("missing"));
  EXPECT_THAT(Refusal("!!!"), HasSubstr("no word"));
}

TEST(Syntax, NamesTheNearest) {
  EXPECT_THAT(Refusal("kind:alert phnoe:0770"),
              HasSubstr("did you mean `phone`?\nkind:alert phnoe:0770\n           ^^^^^"));
  EXPECT_THAT(Refusal("kind:alrt"), HasSubstr("did you mean `alert`?\nkind:alrt\n     ^^^^"));
  EXPECT_THAT(Refusal("exploitation:labuor"), HasSubstr("did you mean `labour`?"));
  EXPECT_THAT(Refusal("report.titel:x"), HasSubstr("did you mean `title`?"));
  EXPECT_THAT(Refusal("report.informant:x"), HasSubstr("cannot be searched for"));
  EXPECT_THAT(Refusal("has:informant"), HasSubstr("can be asked for"));
  EXPECT_THAT(Refusal("near:Leeds,15km"), HasSubstr("gazetteer"));
  EXPECT_THAT(Refusal("phone:07"), HasSubstr("\nphone:07\n      ^^"));
  EXPECT_THAT(Refusal("is:recaled"), HasSubstr("did you mean `recalled`?\nis:recaled\n   ^^^^^^^"));
  EXPECT_THAT(Refusal("is:onward"), HasSubstr("nothing that others wrote is passed on yet"));
  EXPECT_THAT(Refusal("is:vouched"), HasSubstr("nothing that others wrote is passed on yet"));
}

TEST(Syntax, IsBounded) {
  EXPECT_THAT(Refusal(std::string(kMostQueryBytes + 1, 'a')), HasSubstr("at most 4096 bytes"));
  EXPECT_THAT(Refusal(std::string(kMostDepth + 1, '(') + "a" + std::string(kMostDepth + 1, ')')), HasSubstr("deep"));
  EXPECT_THAT(Refusal(std::string(kMostDepth + 1, '-') + "a"), HasSubstr("deep"));
  std::string many;
  for (size_t i = 0; i <= kMostConditions; ++i) many += "a ";
  EXPECT_THAT(Refusal(many), HasSubstr("at most 256 conditions"));
  EXPECT_THAT(Refusal("a\x01"), HasSubstr("control characters"));
  EXPECT_THAT(Refusal("\xff"), HasSubstr("UTF-8"));
}

TEST(Syntax, AnErrorInALongQueryShowsItsPlaceAlone) {
  const std::string refusal = Refusal(std::string(1000, 'a') + " fild:x");
  EXPECT_LT(refusal.size(), 400u);
  EXPECT_THAT(refusal, HasSubstr("fild:x\n"));
}

TEST(Help, NamesEachFieldWithAnExampleThatIsRead) {
  const std::string help = QueryHelp();
  for (const char* field : {"near:", "seen:", "phone:", "KIND.FIELD:", "is:", "any-identifier:"}) {
    EXPECT_THAT(help, HasSubstr(field));
  }
}

}  // namespace
}  // namespace tidegate::search
