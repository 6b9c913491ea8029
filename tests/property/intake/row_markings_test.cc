// For any marking of a table or a report: the stored record is no less strict, or the item is refused.
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "node/intake/intake.h"
#include "tests/property/crypto/dice.h"
#include "tests/property/intake/strictness.h"

namespace tidegate::intake {
namespace {

using property::Dice;
using record::Tlp;

// A written marking, and the least strict TLP that it may be read as. An unknown word refuses its item.
struct Word {
  std::string_view text;
  Tlp least;
  bool known;
};
constexpr Word kWords[] = {{"CLEAR", Tlp::kClear, true},    {"green", Tlp::kGreen, true},
                           {"AMBER", Tlp::kAmber, true},    {"amber+strict", Tlp::kAmberStrict, true},
                           {"RED", Tlp::kRed, true},        {"", Tlp::kRed, true},
                           {"MAUVE", Tlp::kRed, false},     {"TLP:WHITISH", Tlp::kRed, false},
                           {"AMBER RED", Tlp::kRed, false}, {"reed", Tlp::kRed, false}};
constexpr std::string_view kConditions[] = {"", "not to the press", "ask first;not abroad"};

struct Said {
  Word whole = kWords[0], place = kWords[0], narrative = kWords[0];
  std::string_view conditions;
  bool known() const { return whole.known && place.known && narrative.known; }
};

Said RandomSaid(Dice& dice) {
  const auto word = [&dice] { return kWords[dice.Below(std::size(kWords))]; };
  return {word(), word(), word(), kConditions[dice.Below(std::size(kConditions))]};
}

struct Taken {
  std::vector<record::Draft> drafts;
  std::vector<std::string> rejects;
};

Taken TakeIn(Format format, const std::string& text, const Mapping* mapping) {
  Taken taken;
  const auto summary = Read(
      format, {"source", text, true}, mapping, {}, {},
      [&](std::vector<Item>& items) {
        for (Item& item : items) taken.drafts.push_back(std::move(item.draft));
        return absl::OkStatus();
      },
      [&](const Reject& reject) {
        taken.rejects.push_back(reject.reason);
        return absl::OkStatus();
      });
  EXPECT_TRUE(summary.ok()) << summary.status();
  return taken;
}

void ExpectNoLooser(const Said& said, const Taken& taken, const std::string& text) {
  ASSERT_EQ(taken.drafts.size() + taken.rejects.size(), 1u) << text;
  if (!said.known()) {
    EXPECT_TRUE(taken.drafts.empty()) << text;
    return;
  }
  ASSERT_EQ(taken.drafts.size(), 1u) << text << taken.rejects.front();
  const record::Draft& draft = taken.drafts[0];
  EXPECT_GE(draft.handling.effective_tlp(), said.whole.least) << text;
  // An empty cell says nothing of its field, which is then as strict as the whole.
  if (!said.place.text.empty()) {
    EXPECT_GE(TlpOfField(draft, "place"), said.place.least) << text;
  }
  if (!said.narrative.text.empty()) {
    EXPECT_GE(TlpOfField(draft, "narrative"), said.narrative.least) << text;
  }
  for (std::string_view rest = said.conditions; !rest.empty();) {
    const std::string one(rest.substr(0, rest.find(';')));
    const auto& kept = draft.handling.conditions;
    EXPECT_NE(std::find(kept.begin(), kept.end(), one), kept.end()) << text;
    rest = rest.find(';') == std::string_view::npos ? std::string_view() : rest.substr(rest.find(';') + 1);
  }
}

TEST(RowMarkings, ATableIsNoLessStrictThanItSays) {
  Dice dice("RowMarkings.Table");
  const auto mapping = Mapping::Parse(
      "kind = \"report\"\nsource = \"s\"\nidentity = [\"no\"]\n[columns]\nno = \"report.title\"\n"
      "where = \"report.place\"\nwhat = \"report.narrative\"\ntlp = \"handling.tlp\"\n"
      "where_tlp = \"report.place.tlp\"\nwhat_tlp = \"report.narrative.tlp\"\nif = \"handling.conditions\"\n",
      "m");
  ASSERT_TRUE(mapping.ok()) << mapping.status();
  for (int round = 0; round < Dice::Rounds(1000); ++round) {
    const Said said = RandomSaid(dice);
    std::string text = "no,where,what,tlp,where_tlp,what_tlp,if\n1,|Leeds||GB,some words,";
    for (const std::string_view word : {said.whole.text, said.place.text, said.narrative.text, said.conditions}) {
      text += "\"" + std::string(word) + "\",";
    }
    text.back() = '\n';
    ExpectNoLooser(said, TakeIn(Format::kCsv, text, &*mapping), text);
    if (HasFailure()) return;
  }
}

TEST(RowMarkings, AReportIsNoLessStrictThanItSays) {
  Dice dice("RowMarkings.Report");
  for (int round = 0; round < Dice::Rounds(1000); ++round) {
    const Said said = RandomSaid(dice);
    std::string text = "---\ntitle: t\nplace: \"|Leeds||GB\"\n";
    const std::pair<std::string_view, std::string_view> lines[] = {{"tlp", said.whole.text},
                                                                   {"place.tlp", said.place.text},
                                                                   {"narrative.tlp", said.narrative.text},
                                                                   {"conditions", said.conditions}};
    for (const auto& [key, value] : lines) {
      if (value.empty()) continue;  // a key that says nothing refuses the report
      text += std::string(key) + ": \"" + std::string(value) + "\"\n";
    }
    text += "---\nsome words\n";
    ExpectNoLooser(said, TakeIn(Format::kReport, text, nullptr), text);
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace tidegate::intake
