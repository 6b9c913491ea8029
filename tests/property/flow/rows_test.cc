// Any proposal of one of two people is read as it was written. If it is cut or longer, it is refused.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "node/flow/import_waiting.h"
#include "node/flow/imports.h"
#include "node/flow/looked.h"
#include "node/flow/proposal.h"
#include "tests/support/full.h"

namespace tidegate::flow {
namespace {

class Words {
 public:
  explicit Words(uint64_t seed) : random_(seed) {}
  uint64_t Below(uint64_t n) { return random_() % n; }
  std::string Word(size_t most) {
    std::string word(Below(most), '\0');
    for (char& c : word) c = static_cast<char>(Below(256));
    return word;
  }
  std::vector<std::string> Some() {
    std::vector<std::string> some(Below(5));
    for (std::string& word : some) word = Word(40);
    return some;
  }
  FirstWord Any() {
    FirstWord word;
    word.deed = {.user = Word(200), .reason = Word(2000), .at_ms = random_()};
    if (Below(8) == 0) return word;
    Proposal& proposal = word.proposal.emplace();
    proposal.organisation = Word(64);
    proposal.kind = static_cast<ProposalKind>(1 + Below(4));
    proposal.fingerprint = Word(200);
    proposal.circle = Word(64);
    if (Below(2) == 0) proposal.facts.sector = Word(40);
    if (Below(2) == 0) proposal.facts.country = Word(3);
    if (Below(2) == 0) proposal.facts.purposes = Some();
    if (Below(2) == 0) proposal.facts.legal_bases = Some();
    return word;
  }
  ImportNote AnImport() {
    ImportNote note;
    for (uint64_t* count : {&note.number, &note.began_ms, &note.ended_ms, &note.stored, &note.amended, &note.kept,
                            &note.withdrawn, &note.unchanged, &note.rejected, &note.conflicts, &note.recalled_earlier,
                            &note.recall_began_ms, &note.recall_ended_ms}) {
      *count = random_();
    }
    for (std::string* text :
         {&note.user, &note.reason, &note.file, &note.source, &note.rejects_file, &note.recalled_by}) {
      *text = Word(300);
    }
    return note;
  }
  WaitingLink AWaitingLink() {
    WaitingLink link;
    link.source_key = Word(200);
    for (uint8_t& byte : link.said) byte = static_cast<uint8_t>(Below(256));
    link.version_us = random_();
    link.ends.resize(Below(4));
    for (WaitingLink::End& end : link.ends) end = {static_cast<uint16_t>(Below(60)), Word(80), Below(2) == 0};
    if (Below(2) == 0) link.handling.tlp = record::Tlp::kAmber;
    if (Below(2) == 0) link.handling.purposes = {"prevention"};
    link.recipients = Some();
    link.note_bytes = static_cast<uint32_t>(Below(1 << 20));
    return link;
  }
  ImportPart APart() { return {random_(), static_cast<ledger::Deed>(1 + Below(5)), random_(), random_()}; }

 private:
  std::mt19937_64 random_;
};

TEST(FirstWords, AreReadAsTheyWereWritten) {
  const char* given = std::getenv("TIDEGATE_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  std::cout << "TIDEGATE_SEED=" << seed << "\n";
  Words words(seed);
  const int rounds = support::Full() ? 50000 : 2000;
  for (int i = 0; i < rounds && !testing::Test::HasFailure(); ++i) {
    const std::string bytes = EncodeFirstWord(words.Any());
    const auto read = DecodeFirstWord(bytes);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(EncodeFirstWord(*read), bytes);
    EXPECT_FALSE(DecodeFirstWord(bytes.substr(0, words.Below(bytes.size()))).ok());
    EXPECT_FALSE(DecodeFirstWord(bytes + words.Word(8) + "x").ok());
  }
}

TEST(ImportNotes, AndWhatWasLookedAtAreReadAsTheyWereWritten) {
  const char* given = std::getenv("TIDEGATE_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  std::cout << "TIDEGATE_SEED=" << seed << "\n";
  Words words(seed);
  const int rounds = support::Full() ? 50000 : 2000;
  for (int i = 0; i < rounds && !testing::Test::HasFailure(); ++i) {
    const ImportNote note = words.AnImport();
    const std::string bytes = EncodeImport(note);
    const auto read = DecodeImport(bytes);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(*read, note);
    EXPECT_FALSE(DecodeImport(bytes.substr(0, words.Below(bytes.size()))).ok());
    EXPECT_FALSE(DecodeImport(bytes + "x").ok());
    const ImportPart part = words.APart();
    const std::string row = EncodePart(part);
    ASSERT_TRUE(DecodePart(row).ok());
    EXPECT_EQ(*DecodePart(row), part);
    EXPECT_FALSE(DecodePart(row.substr(0, words.Below(row.size()))).ok());
    EXPECT_FALSE(DecodePart(row + "x").ok());
    const WaitingLink link = words.AWaitingLink();
    const auto waiting = EncodeWaiting(link);
    ASSERT_TRUE(waiting.ok()) << waiting.status();
    ASSERT_TRUE(DecodeWaiting(*waiting).ok());
    EXPECT_EQ(*DecodeWaiting(*waiting), link);
    EXPECT_FALSE(DecodeWaiting(waiting->substr(0, words.Below(waiting->size()))).ok());
    EXPECT_FALSE(DecodeWaiting(*waiting + "x").ok());
    const LookedAt looked{words.Below(~uint64_t{0}), words.Below(~uint64_t{0})};
    const std::string at = EncodeLooked(looked);
    ASSERT_TRUE(DecodeLooked(at).ok());
    EXPECT_EQ(*DecodeLooked(at), looked);
    EXPECT_FALSE(DecodeLooked(at.substr(0, words.Below(at.size()))).ok());
    EXPECT_FALSE(DecodeLooked(at + "x").ok());
  }
}

}  // namespace
}  // namespace tidegate::flow
