// Only our own output is printed: no text in a record, a message or a policy's id controls the terminal or makes a line
// that looks like ours.
#include "node/command/print.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "node/command/session.h"
#include "node/command/stream.h"
#include "text/text.h"

namespace tidegate::command {
namespace {

using testing::HasSubstr;

// The text that the command line would write to `stream` while `print` runs.
template <typename Print>
std::string Printed(std::ostream& stream, Print print) {
  std::stringbuf written;
  std::streambuf* before = stream.rdbuf(&written);
  {
    const ShownStream shown(stream);
    print();
  }
  stream.rdbuf(before);
  return written.str();
}

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// Pieces of an attack: the beginnings of our own lines, and characters that could move them to a line's beginning.
class Hostile {
 public:
  explicit Hostile(uint64_t seed) : random_(seed) {}
  std::string Text() {
    static const std::vector<std::string> pieces = {"verified: author signature yes, log proof yes, handling yes",
                                                    "TLP:CLEAR | grade 1AP | conditions: none",
                                                    "\n",
                                                    "\r",
                                                    "\r\n",
                                                    "\n\n",
                                                    "\x1b[2J",
                                                    "\x1b]0;owned\x07",
                                                    "\u202E",
                                                    "\u200B",
                                                    "\u2028",
                                                    "\u2029",
                                                    "\u0085",
                                                    "\x9b",
                                                    "\xe2\x80",
                                                    "\t",
                                                    "\v",
                                                    "\f",
                                                    "\b\b\b",
                                                    std::string(1, '\0'),
                                                    "report f00, revision 0, current, by police",
                                                    "FIELD  VALUE",
                                                    "named recipients: ",
                                                    "problem: none",
                                                    "plain words",
                                                    "Łódź",
                                                    "tidegate: done"};
    std::string text;
    for (size_t n = random_() % 7; n > 0; --n) text += pieces[random_() % pieces.size()];
    for (size_t n = random_() % 4; n > 0; --n) text.push_back(static_cast<char>(random_()));
    return text;
  }

 private:
  std::mt19937_64 random_;
};

v1::Record HostileRecord(Hostile& hostile) {
  v1::Record record;
  record.set_id("0123");
  record.set_kind("report");
  record.set_state("current");
  record.set_origin(hostile.Text());
  record.set_title(hostile.Text());
  record.set_created("2026-03-04T00:00:00Z");
  record.mutable_handling()->set_tlp("RED");
  record.mutable_handling()->add_conditions(hostile.Text());
  record.mutable_handling()->set_line("TLP:RED | " + hostile.Text());
  record.add_recipients(hostile.Text());
  record.mutable_verification()->set_problem("found: " + hostile.Text());
  for (int i = 0; i < 3; ++i) {
    v1::Field& field = *record.add_fields();
    field.set_name("title");
    field.set_text(hostile.Text());
    field.set_rung("whole");
    field.set_marking(hostile.Text());
  }
  return record;
}

void ExpectOnlyOurs(const std::string& printed, size_t lines_at_the_margin, uint64_t seed) {
  for (size_t at = 0; at < printed.size();) {
    uint32_t c = 0;
    const size_t length = text::DecodeUtf8(printed, at, &c);
    ASSERT_GT(length, 0u) << "not UTF-8; seed " << seed;
    ASSERT_TRUE(c == '\n' || !text::Hides(c)) << "U+" << std::hex << c << "; seed " << std::dec << seed;
    at += length;
  }
  size_t margin = 0;
  for (const std::string& line : LinesOf(printed)) margin += !line.empty() && line[0] != ' ' && line[0] != '|' ? 1 : 0;
  EXPECT_EQ(margin, lines_at_the_margin) << printed << "seed " << seed;
}

uint64_t Seed() {
  const char* given = std::getenv("TIDEGATE_SEED");
  return given == nullptr ? std::random_device()() : std::stoull(given);
}

TEST(Print, WhateverARecordHoldsItsLinesAreOurs) {
  const uint64_t seed = Seed();
  Hostile hostile(seed);
  for (int round = 0; round < 500; ++round) {
    const v1::Record record = HostileRecord(hostile);
    // Handling, kind, heading, three fields, the withheld, recipients, verified, problem.
    ExpectOnlyOurs(Printed(std::cout, [&] { PrintRecord(record); }), 10, seed);
    ExpectOnlyOurs(Printed(std::cout, [&] { PrintRecordList({record, record}); }), 3, seed);
  }
}

TEST(Print, ARecordIsReadInEightyColumns) {
  v1::Record record;
  record.set_id(std::string(32, 'a'));
  record.set_kind("report");
  record.set_state("current");
  record.set_origin("lantern");
  record.mutable_handling()->set_line(
      "TLP:AMBER | grade 1AP | conditions: ask-first | for prevention, safeguarding | " +
      std::string("may be passed on as its TLP allows, naming the author"));
  v1::Field& narrative = *record.add_fields();
  narrative.set_name("narrative");
  narrative.set_class_("narrative");
  narrative.set_rung("narrative.full");
  for (int i = 0; i < 60; ++i) narrative.mutable_text()->append("many words ");
  v1::Field& coded = *record.add_fields();
  coded.set_name("indicators");
  coded.set_text("HT-T-009");
  coded.add_names("Passport held by another");
  v1::LinkLine& link = *record.mutable_around()->add_links();
  link.set_id(std::string(32, 'b'));
  link.set_other(std::string(32, 'c'));
  link.set_verb_name("mentions");
  link.set_other_title(std::string(70, 'x'));
  const std::string printed = Printed(std::cout, [&] { PrintRecord(record, 80); });
  for (const std::string& line : LinesOf(printed)) EXPECT_LE(text::Width(line), 80u) << line;
  EXPECT_THAT(printed, HasSubstr("Passport held by another"));
  EXPECT_THAT(printed, HasSubstr("HT-T-009"));
}

TEST(Print, AnIdentifierThatOthersSayIsCounted) {
  v1::Record record;
  record.set_id(std::string(32, 'a'));
  record.set_kind("report");
  v1::SharedIdentifier& one = *record.mutable_around()->add_shared();
  one.set_identifier("phone:+447700900001");
  one.set_records(1);
  one.set_organisations(1);
  v1::SharedIdentifier& many = *record.mutable_around()->add_shared();
  many.set_identifier("plate:AB12CDE");
  many.set_records(1000);
  many.set_organisations(3);
  many.set_more(true);
  const std::string printed = Printed(std::cout, [&] { PrintRecord(record, 80); });
  EXPECT_THAT(printed, HasSubstr("phone:+447700900001: also in 1 record of 1 organisation\n"));
  EXPECT_THAT(printed, HasSubstr("plate:AB12CDE: also in more than 1000 records of 3 organisations\n"));
  EXPECT_THAT(printed, HasSubstr("`tidegate related aaaaaaaa` lists them"));
}

TEST(Print, InNarrowLinesAnIdIsCutToWhatTellsItFromTheOthers) {
  v1::Record first, second;
  first.set_id("0123456789abcdef0123456789abcdef");
  second.set_id("0123456789ffffff0123456789abcdef");
  v1::Field& place = *first.add_fields();
  place.set_name("place");
  place.set_text("14 Harbour Lane, Grimsby, Lincolnshire, GB");
  const std::string narrow = Printed(std::cout, [&] { PrintRecordList({first, second}, 80); });
  for (const std::string& line : LinesOf(narrow)) EXPECT_LE(text::Width(line), 80u) << line;
  EXPECT_THAT(narrow, HasSubstr("0123456789a "));
  EXPECT_THAT(narrow, HasSubstr("0123456789f"));
  EXPECT_THAT(narrow, HasSubstr("14 Harbour"));
  EXPECT_THAT(Printed(std::cout, [&] { PrintRecordList({first, second}, 160); }), HasSubstr(second.id()));
}

TEST(Print, OfWhatIsHeldNoMoreNoMarkingIsTold) {
  v1::Record gone;
  gone.set_id("0123456789abcdef0123456789abcdef");
  gone.set_kind("alert");
  gone.set_state("recalled");
  const std::string printed = Printed(std::cout, [&] { PrintRecordList({gone}, 80); });
  EXPECT_THAT(printed, HasSubstr("\n-  "));
  EXPECT_THAT(printed, HasSubstr("alert, recalled"));
  EXPECT_THAT(printed, testing::Not(HasSubstr("TLP:")));
}

// Words are not cut and no column is a few letters wide: the last ones stand below their row, behind their headings.
TEST(Print, WhatDoesNotFitBesideStandsBelow) {
  const std::string digest(64, 'd');
  const std::string printed = Printed(std::cout, [&] {
    PrintFitted({{"INDEX", "TIME", "EVENT", "PARTNER", "USER", "WHAT", "REASON"},
                 {"12", "2026-03-04T09:12:40Z", "manifest", "coastpolice", "", "parcel 3 sealed as " + digest, ""},
                 {"11", "2026-03-04T09:12:39Z", "alteration", "", "owner of the socket", "1 record", "witness agreed"}},
                80);
  });
  EXPECT_EQ(printed,
            "INDEX  TIME                  EVENT       PARTNER      USER\n"
            "12     2026-03-04T09:12:40Z  manifest    coastpolice\n"
            "    what: parcel 3 sealed as\n"
            "      " +
                digest +
                "\n"
                "11     2026-03-04T09:12:39Z  alteration               owner of the socket\n"
                "    what: 1 record; reason: witness agreed\n");
}

// A digest stays in one piece, so that it can be copied.
TEST(Print, AWordThatFitsIntoALineIsNotCutForItsHeading) {
  const std::string digest(64, 'd'), reason = "agreement of 3 March with northbank and others";
  const std::string printed = Printed(std::cout, [&] {
    PrintFitted({{"VERSION", "", "APPLIED", "BY", "REASON", "POLICY VERSION"},
                 {"1", "in force", "2026-03-04T09:12:40Z", "ana", reason, digest}},
                80);
  });
  const std::string expected =
      "VERSION            APPLIED               BY\n"
      "1        in force  2026-03-04T09:12:40Z  ana\n"
      "    reason: " +
      reason + "\n    policy version:\n      " + digest + "\n";
  EXPECT_EQ(printed, expected);
}

TEST(Print, NoLineOfATableIsWiderThanTheTerminal) {
  std::mt19937_64 random(Seed());
  for (int round = 0; round < 200; ++round) {
    std::vector<std::vector<std::string>> rows;
    const size_t columns = 1 + random() % 9;
    for (size_t row = 0; row < 4; ++row) {
      auto& cells = rows.emplace_back();
      for (size_t column = 0; column < columns; ++column) {
        std::string& cell = cells.emplace_back();
        if (row == 0) cell = "COLUMN " + std::to_string(column);
        if (row == 0) continue;
        for (size_t words = random() % 6; words > 0; --words) cell += std::string(random() % 40, 'w') + " ";
      }
    }
    const size_t width = 40 + random() % 100;
    for (const std::string& line : LinesOf(Printed(std::cout, [&] { PrintFitted(rows, width); }))) {
      EXPECT_LE(text::Width(line), width) << line;
    }
  }
}

// The column in which `word` begins, as a terminal shows it.
size_t ColumnOf(const std::string& line, const std::string& word) {
  return text::Width(line.substr(0, line.find(word)));
}

TEST(Print, ColumnsStandUnderEachOtherInEveryScript) {
  const std::vector<std::string> names = {"Lantern", "茶館の裏", "한국 식당", "🚐 at the quay", "Zoe\xCC\x88", "नमस्ते"};
  std::vector<std::vector<std::string>> rows = {{"NAME", "NEXT"}};
  for (const std::string& name : names) rows.push_back({name, "here"});
  const std::vector<std::string> lines = LinesOf(Printed(std::cout, [&] { PrintTable(rows); }));
  ASSERT_EQ(lines.size(), rows.size());
  for (const std::string& line : lines) {
    EXPECT_EQ(ColumnOf(line, line == lines[0] ? "NEXT" : "here"), ColumnOf(lines[0], "NEXT")) << line;
  }
}

TEST(Print, WhateverAnErrorSaysItIsOneOfOurs) {
  const uint64_t seed = Seed();
  Hostile hostile(seed);
  for (int round = 0; round < 500; ++round) {
    const std::string said = hostile.Text();
    const auto check = [&](const auto& status) {
      Session session;
      EXPECT_FALSE(session.Check(status));
    };
    const std::string printed = Printed(std::cerr, [&] {
      check(absl::NotFoundError(said));
      check(grpc::Status(grpc::StatusCode::NOT_FOUND, said));
    });
    ExpectOnlyOurs(printed, 2, seed);
  }
}

// People copy what stands between backticks.
TEST(Print, ASentenceIsBrokenBetweenWordsAndNotWithinACommand) {
  const std::string sentence =
      "There is no purpose agreed with northbank: type `partner confirm northbank --purpose prevention` first.";
  EXPECT_EQ(Printed(std::cout, [&] { PrintSentence(sentence, 60); }),
            "There is no purpose agreed with northbank: type\n"
            "    `partner confirm northbank --purpose prevention` first.\n");
  const std::string long_command = "say `" + std::string(30, 'a') + " " + std::string(30, 'b') + "` now";
  EXPECT_EQ(Printed(std::cout, [&] { PrintSentence(long_command, 40); }),
            "say `" + std::string(30, 'a') + "\n    " + std::string(30, 'b') + "` now\n")
      << "what no line could hold is broken all the same";
}

TEST(Print, ALongValueStaysInItsCell) {
  const std::string printed = Printed(std::cout, [] {
    PrintTable({{"FIELD", "VALUE", "RUNG"}, {"notes", "one\ntwo\r\nthree", "whole"}});
  });
  EXPECT_EQ(printed,
            "FIELD  VALUE    RUNG\n"
            "notes  one      whole\n"
            "       | two\n"
            "       | three\n");
}

TEST(ShownStream, WaitsForTheEndOfALetter) {
  const std::string printed = Printed(std::cout, [] {
    for (const char c : std::string("a\u202E\u0141\n\x9b")) std::cout << c << std::flush;
    std::cout << "\xe2\x80";
  });
  EXPECT_EQ(printed, "a\\u{202E}\u0141\n\\x9B\\xE2\\x80");
}

TEST(Counts, OfPartsAreAdded) {
  v1::CountRecordsReply all, part;
  for (v1::CountRecordsReply* reply : {&all, &part}) {
    reply->set_count(2);
    reply->set_looked(5);
    v1::Facet* facet = reply->add_facets();
    facet->set_name("kind");
    v1::FacetValue* told = facet->add_values();
    told->set_value("report");
    told->set_count(2);
  }
  all.set_stopped(true);
  all.set_cursor("7");
  v1::FacetValue* told = part.mutable_facets(0)->add_values();
  told->set_value("alert");
  told->set_count(1);
  AddCounts(part, all);
  EXPECT_EQ(all.count(), 4u);
  EXPECT_EQ(all.looked(), 10u);
  EXPECT_FALSE(all.stopped());
  EXPECT_EQ(all.cursor(), "");
  ASSERT_EQ(all.facets(0).values_size(), 2);
  EXPECT_EQ(all.facets(0).values(0).count(), 4u);
  EXPECT_EQ(all.facets(0).values(1).value(), "alert");
}

}  // namespace
}  // namespace tidegate::command
