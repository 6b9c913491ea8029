// What one of two people proposed is read as it was written, whatever it says; cut or longer, it is refused.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "node/flow/proposal.h"

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

 private:
  std::mt19937_64 random_;
};

TEST(FirstWords, AreReadAsTheyWereWritten) {
  const char* given = std::getenv("TIDEGATE_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  std::cout << "TIDEGATE_SEED=" << seed << "\n";
  Words words(seed);
  const int rounds = std::getenv("TIDEGATE_FULL") != nullptr ? 50000 : 2000;
  for (int i = 0; i < rounds && !testing::Test::HasFailure(); ++i) {
    const std::string bytes = EncodeFirstWord(words.Any());
    const auto read = DecodeFirstWord(bytes);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(EncodeFirstWord(*read), bytes);
    EXPECT_FALSE(DecodeFirstWord(bytes.substr(0, words.Below(bytes.size()))).ok());
    EXPECT_FALSE(DecodeFirstWord(bytes + words.Word(8) + "x").ok());
  }
}

}  // namespace
}  // namespace tidegate::flow
