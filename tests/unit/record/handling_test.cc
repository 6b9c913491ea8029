// Handling, attributes, local facts: words in, strict bytes out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/record/sample.h"

namespace tidegate::record {
namespace {

using testing::HasSubstr;

Handling Full() {
  Handling h;
  for (const auto& [name, text] : Texts{{"tlp", "tlp:amber+strict"},
                                        {"grade", "1bc"},
                                        {"purposes", "safeguarding; Detection of crime"},
                                        {"legal_basis", "dpa-2018-sch1-18"},
                                        {"onward", "ask"},
                                        {"expiry", "2027-03"},
                                        {"retention", "mopi-2"},
                                        {"conditions", "Contact originator; sector:police"},
                                        {"pap", "PAP:AMBER"},
                                        {"not_before", "2026-03-04T10:20Z"}}) {
    EXPECT_TRUE(h.Set(name, text).ok()) << name << ": " << h.Set(name, text);
  }
  return h;
}

// The table says which words there are; Set must know each, and no other.
TEST(Handling, SetKnowsTheWordsOfTheTableAndNoOther) {
  for (const HandlingWord& word : kHandlingWords) {
    Handling h;
    const std::string problem = Message(h.Set(word.name, "?"));
    EXPECT_THAT(problem, testing::Not(HasSubstr("unknown marking"))) << word.name;
    EXPECT_EQ(FindHandlingWord(word.name), &word);
  }
  Handling h;
  EXPECT_THAT(Message(h.Set("colour", "red")), HasSubstr("unknown marking `colour`; there are tlp, grade, "));
  EXPECT_EQ(FindHandlingWord("colour"), nullptr);
  EXPECT_EQ(HandlingWordNames().size(), std::size(kHandlingWords));
}

// FieldAttributes::Set likewise.
TEST(Handling, AttributesAreSetByTheWordsOfTheirList) {
  for (const std::string_view word : kAttributeWords) {
    FieldAttributes attributes;
    EXPECT_THAT(Message(attributes.Set(word, "\n")), testing::Not(HasSubstr("no attribute"))) << word;
  }
  FieldAttributes attributes;
  EXPECT_THAT(Message(attributes.Set("colour", "red")), HasSubstr("no attribute `colour`"));
}

TEST(Handling, WordsBecomeCodes) {
  const Handling h = Full();
  EXPECT_EQ(h.tlp, Tlp::kAmberStrict);
  EXPECT_EQ(h.source_grade + h.intelligence_grade + h.handling_code, "1BC");
  EXPECT_EQ(h.purposes, (std::vector<std::string>{"safeguarding", "detection"}));
  EXPECT_EQ(h.conditions, (std::vector<std::string>{"contact-author", "sector:police"}));
  EXPECT_EQ(h.expiry_ms, 1'806'537'600'000u);      // the end of March 2027
  EXPECT_EQ(h.not_before_ms, 1'772'619'600'000u);  // the beginning of that minute
}

TEST(Handling, RoundTrips) {
  for (const Handling& h : {Handling{}, Full()}) {
    const absl::StatusOr<std::string> bytes = EncodeHandling(h);
    ASSERT_TRUE(bytes.ok()) << bytes.status();
    const absl::StatusOr<Handling> again = DecodeHandling(*bytes);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(*again, h);
  }
}

TEST(Handling, UnmarkedIsRed) {
  EXPECT_EQ(Handling{}.effective_tlp(), Tlp::kRed);
  EXPECT_EQ(Handling{}.effective_onward(), kOnwardNo);
  EXPECT_EQ(DisplayHandling(Handling{}), "TLP:RED; onward: not at all");
}

TEST(Handling, IsShownOnOneLine) {
  EXPECT_EQ(DisplayHandling(Full()),
            "TLP:AMBER+STRICT 1BC PAP:AMBER; conditions: contact-author, sector:police; for: safeguarding, detection; "
            "legal basis: dpa-2018-sch1-18; onward: only after asking the author; not before 2026-03-04T10:20Z; "
            "expires 2027-03-31; retention: mopi-2");
}

TEST(Handling, WrongWordsAreRefusedAndChangeNothing) {
  Handling h = Full();
  const Handling before = h;
  for (const auto& [name, text] : Texts{{"tlp", "WHITE"},
                                        {"grade", "4BP"},
                                        {"grade", "1B"},
                                        {"handling_code", "X"},
                                        {"pap", "BLUE"},
                                        {"onward", "perhaps"},
                                        {"expiry", "tomorrow"},
                                        {"expiry", "2025"},  // before not-before
                                        {"purposes", "two words"},
                                        {"retention", "a b"},
                                        {"marking", "1"},
                                        {"tlp", ""}}) {
    const absl::Status set = h.Set(name, text);
    EXPECT_FALSE(set.ok()) << name << "=" << text;
    EXPECT_THAT(Message(set), HasSubstr("record: handling: ")) << name;
    EXPECT_EQ(h, before) << name;
  }
}

TEST(Handling, CodeCNeedsItsConditionsWhenItIsSigned) {
  Handling h;
  EXPECT_TRUE(h.Set("grade", "1BC").ok());  // conditions may be given next
  EXPECT_FALSE(EncodeHandling(h).ok());
  h.conditions = {std::string(kSarCondition)};  // a tag that travels is no condition of code C
  EXPECT_FALSE(EncodeHandling(h).ok());
  h.conditions = {"contact-author"};
  EXPECT_TRUE(EncodeHandling(h).ok());
}

TEST(Handling, BytesAreStrict) {
  const auto refused = [](std::string bytes) { return !DecodeHandling(bytes).ok(); };
  EXPECT_FALSE(
      refused(std::string("\x01\x00\x05"
                          "AMBER",
                          8)));
  EXPECT_TRUE(
      refused(std::string("\x01\x00\x05"
                          "AMBE",
                          7)));  // cut short
  EXPECT_TRUE(
      refused(std::string("\x01\x00\x05"
                          "amber",
                          8)));                                                       // another spelling
  EXPECT_TRUE(refused(std::string("\x0d\x00\x01P", 4)));                              // unknown tag
  EXPECT_TRUE(refused(std::string("\x02\x00\x01P\x02\x00\x01P", 8)));                 // repeated
  EXPECT_TRUE(refused(std::string("\x03\x00\x01\x31\x02\x00\x01P", 8)));              // out of order
  EXPECT_TRUE(refused(std::string("\x02\x00\x00", 3)));                               // empty code
  EXPECT_TRUE(refused(std::string("\x08\x00\x07\x00\x00\x01\xba\x60\xd3\x38", 10)));  // a time of seven bytes
  EXPECT_TRUE(refused(std::string("\x05\x00\x02\x02x", 5)));                          // a list cut short
  EXPECT_TRUE(refused(std::string("\x05\x00\x04\x01x\x01x", 7)));                     // a purpose twice
  EXPECT_TRUE(refused(std::string("\x05\x00\x01\x00", 4)));                           // an empty purpose
  EXPECT_TRUE(refused(std::string(kMaxHandlingBytes + 1, '\x01')));
}

TEST(Attributes, RoundTripAndStrict) {
  FieldAttributes a;
  EXPECT_TRUE(a.empty());
  EXPECT_EQ(*EncodeAttributes(a), "");
  ASSERT_TRUE(a.Set("tlp", "red").ok());
  ASSERT_TRUE(a.Set("basis", "assessment").ok());
  ASSERT_TRUE(a.Set("source_grade", "3").ok());
  ASSERT_TRUE(a.Set("intelligence_grade", "e").ok());
  ASSERT_TRUE(a.Set("asserted_by", "Harbour Trust").ok());
  const std::string bytes = *EncodeAttributes(a);
  EXPECT_EQ(*DecodeAttributes(bytes), a);
  EXPECT_EQ(bytes.substr(0, 19), std::string("\x01\x00\x03RED\x02\x00\x0a"
                                             "assessment",
                                             19));
  EXPECT_FALSE(DecodeAttributes(bytes + '\x06').ok());
  EXPECT_FALSE(DecodeAttributes(bytes.substr(0, bytes.size() - 1)).ok());
  EXPECT_FALSE(a.Set("basis", "rumour").ok());
  EXPECT_FALSE(a.Set("colour", "red").ok());
  EXPECT_EQ(a.basis, "assessment");
}

TEST(Handling, TimesOfDayAreKeptToTheSecond) {
  Handling h;
  ASSERT_TRUE(h.Set("not_before", "2026-11-29T19:52:50Z").ok());
  ASSERT_TRUE(h.Set("expiry", "2026-11-29 21:00:07+01:00").ok());
  EXPECT_EQ(h.not_before_ms, 1'795'981'970'000u);
  EXPECT_EQ(h.expiry_ms, 1'795'982'407'000u);
  EXPECT_THAT(DisplayHandling(h), HasSubstr("not before 2026-11-29T19:52:50Z; expires 2026-11-29T20:00:07Z"));
}

TEST(Handling, AFractionOfASecondMakesTheTimeInBetweenShorter) {
  Handling h;
  ASSERT_TRUE(h.Set("not_before", "2026-11-29T19:52:50.001Z").ok());
  ASSERT_TRUE(h.Set("expiry", "2026-11-29T20:00:07.999Z").ok());
  EXPECT_EQ(h.not_before_ms, 1'795'981'971'000u);
  EXPECT_EQ(h.expiry_ms, 1'795'982'407'000u);
  ASSERT_TRUE(h.Set("not_before", "2026-11-29T19:52:50.000Z").ok());  // no fraction at all
  EXPECT_EQ(h.not_before_ms, 1'795'981'970'000u);
}

TEST(Handling, AMinuteAsExpiryEndsWhereItBegins) {
  Handling h;
  ASSERT_TRUE(h.Set("expiry", "2027-03-31T12:00Z").ok());
  EXPECT_EQ(h.expiry_ms, 1'806'494'400'000u);
  EXPECT_EQ(DisplayExpiry(*h.expiry_ms), "2027-03-31T12:00Z");
}

TEST(Handling, AnExpiryByDayShowsTheDayGiven) {
  for (const std::string day : {"2030-01-01", "2028-02-29", "2026-12-31"}) {
    Handling h;
    ASSERT_TRUE(h.Set("expiry", day).ok());
    EXPECT_EQ(DisplayExpiry(*h.expiry_ms), day);
  }
}

LocalFacts SomeFacts() {
  LocalFacts facts;
  facts.named_recipients = {"Humber Police", "Tees Bank"};
  facts.tags = {"informant", "sar"};
  facts.source_reference = "reports.csv row 12";
  return facts;
}

TEST(LocalFacts, RoundTripAndStrict) {
  LocalFacts facts = SomeFacts();
  for (const bool said : {false, true}) {
    if (said) facts.source = {crypto::HashOf({"said"}), 1'700'000'000'000'001, "identity--x", true};
    const std::string bytes = *EncodeLocalFacts(facts);
    const absl::StatusOr<LocalFacts> again = DecodeLocalFacts(bytes);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(*again, facts);
    EXPECT_FALSE(DecodeLocalFacts(bytes + "x").ok());
    EXPECT_FALSE(DecodeLocalFacts(bytes.substr(0, bytes.size() - 1)).ok());
  }
  EXPECT_FALSE(DecodeLocalFacts("").ok());
}

TEST(LocalFacts, OrderAndRepetitionOfNamesMeanNothing) {
  LocalFacts facts = SomeFacts();
  facts.named_recipients = {"Tees Bank", "Humber Police", "Tees Bank"};
  facts.tags = {"sar", "sar", "informant"};
  const absl::StatusOr<LocalFacts> again = DecodeLocalFacts(*EncodeLocalFacts(facts));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(*again, SomeFacts());
}

TEST(LocalFacts, WhatTheReaderWouldRefuseIsNotWritten) {
  const auto refused = [](auto change) {
    LocalFacts facts = SomeFacts();
    change(facts);
    return !EncodeLocalFacts(facts).ok();
  };
  EXPECT_TRUE(refused([](LocalFacts& f) { f.named_recipients = {std::string(201, 'x')}; }));
  EXPECT_TRUE(refused([](LocalFacts& f) { f.tags = {"two\nlines"}; }));
  EXPECT_TRUE(refused([](LocalFacts& f) { f.tags = {""}; }));
  EXPECT_TRUE(refused([](LocalFacts& f) { f.tags.assign(257, "x"); }));
  EXPECT_TRUE(refused([](LocalFacts& f) { f.source_reference = std::string(kMaxSourceReference + 1, 'x'); }));
  EXPECT_TRUE(refused([](LocalFacts& f) { f.source.version_us = 1; }));
  EXPECT_FALSE(refused([](LocalFacts& f) {
    f.source_reference =
        "csv:s:report:12\x1F"
        "3";
  }));
}

TEST(LocalFacts, RowsOfTheFirstReleaseAreReadWhateverTheyHold) {
  // Two recipients out of order and one of them twice, a key of two columns: as release 0.1.0 wrote them.
  const std::string bytes(
      "\x01\x00\x03\x00\x01z\x00\x01"
      "a\x00\x01z\x00\x00\x00\x03"
      "1\x1F"
      "2",
      19);
  const absl::StatusOr<LocalFacts> facts = DecodeLocalFacts(bytes);
  ASSERT_TRUE(facts.ok()) << facts.status();
  EXPECT_EQ(facts->named_recipients, (std::vector<std::string>{"a", "z"}));
  EXPECT_EQ(facts->source_reference,
            "1\x1F"
            "2");
  EXPECT_FALSE(facts->source.known());
  EXPECT_FALSE(DecodeLocalFacts(std::string("\x03") + bytes.substr(1)).ok());
}

Draft MarkedDraft() {
  Draft draft = *Draft::Create("report");
  EXPECT_TRUE(draft.SetField("title", "A van at night").ok());
  EXPECT_TRUE(draft.SetField("title.tlp", "RED").ok());
  for (const auto& [name, text] : Texts{{"tlp", "AMBER"},
                                        {"pap", "AMBER"},
                                        {"grade", "1BC"},
                                        {"conditions", "Contact originator; sector:police"},
                                        {"purposes", "prevention"},
                                        {"legal_basis", "gdpr-6-1-e"},
                                        {"onward", "ask"},
                                        {"not_before", "2026-01-01"},
                                        {"expiry", "2027-01-01"}}) {
    EXPECT_TRUE(draft.handling.Set(name, text).ok()) << name;
  }
  draft.local.named_recipients = {"coastpolice"};
  draft.local.tags = {"sar"};
  return draft;
}

TEST(Looser, NothingIsLooserThanItself) { EXPECT_EQ(LooserMarking(MarkedDraft(), MarkedDraft()), ""); }

TEST(Looser, EachMarkingIsNamed) {
  const auto looser = [](auto change) {
    Draft next = MarkedDraft();
    change(next);
    return LooserMarking(MarkedDraft(), next);
  };
  EXPECT_EQ(looser([](Draft& d) { d.handling.tlp = Tlp::kGreen; }), "tlp");
  EXPECT_EQ(looser([](Draft& d) { d.handling.tlp.reset(); }), "");  // unmarked is RED
  EXPECT_EQ(looser([](Draft& d) { d.handling.pap.clear(); }), "pap");
  EXPECT_EQ(looser([](Draft& d) { d.handling.handling_code = "P"; }), "handling_code");
  EXPECT_EQ(looser([](Draft& d) { d.handling.conditions.pop_back(); }), "conditions");
  EXPECT_EQ(looser([](Draft& d) { d.handling.purposes.push_back("detection"); }), "purposes");
  EXPECT_EQ(looser([](Draft& d) { d.handling.purposes.clear(); }), "");
  EXPECT_EQ(looser([](Draft& d) { d.handling.legal_basis.push_back("gdpr-6-1-f"); }), "legal_basis");
  EXPECT_EQ(looser([](Draft& d) { d.handling.onward = kOnwardYes; }), "onward");
  EXPECT_EQ(looser([](Draft& d) { d.handling.expiry_ms.reset(); }), "expiry");
  EXPECT_EQ(looser([](Draft& d) { --*d.handling.not_before_ms; }), "not_before");
  EXPECT_EQ(looser([](Draft& d) { d.local.named_recipients.push_back("northbank"); }), "recipients");
  EXPECT_EQ(looser([](Draft& d) { d.local.tags.clear(); }), "tags");
  EXPECT_EQ(looser([](Draft& d) { d.fields.begin()->second.attributes.tlp.reset(); }), "title.tlp");
  EXPECT_EQ(looser([](Draft& d) { d.handling.tlp = Tlp::kRed; }), "");
}

TEST(Looser, ATagOfTheRecordItselfCountsAsOneThatOnlyThisNodeHas) {
  Draft held = MarkedDraft();
  ASSERT_TRUE(held.SetField("tags", "informant").ok());
  Draft next = MarkedDraft();
  EXPECT_EQ(LooserMarking(held, next), "tags");
  next.local.tags.emplace_back("informant");
  EXPECT_EQ(LooserMarking(held, next), "");
}

}  // namespace
}  // namespace tidegate::record
