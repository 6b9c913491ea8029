// An excerpt verifies as it was written. Whatever is altered, cut, moved or added is refused, and the place is named.
#include "node/ledger/excerpt/excerpt.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "crypto/checkpoint/checkpoint.h"
#include "crypto/merkle/merkle.h"
#include "crypto/sign.h"

namespace tidegate::excerpt {
namespace {

constexpr char kOrigin[] = "tidegate.federation/lantern/node1/register/1";

// A register in memory, and the excerpts that its node would write.
class Register {
 public:
  explicit Register(std::string_view seed = "0123456789abcdef0123456789abcdef") : key_(Key(seed)) {}

  void Append(const std::string& entry) { entries_.push_back(entry); }
  uint64_t size() const { return entries_.size(); }
  std::string& at(size_t index) { return entries_[index]; }
  std::string Note() const { return *checkpoint::SignCheckpoint({kOrigin, size(), Root(size())}, key_); }
  std::string VerifierKey() const { return checkpoint::PrintVerifierKey({kOrigin, key_.public_key()}); }

  // The entries of `indices`; those of `damaged` without their bytes.
  std::string Export(const Scope& scope, const std::vector<uint64_t>& indices,
                     const std::vector<uint64_t>& damaged = {}) {
    std::vector<Line> lines;
    Digest digest(kOrigin, scope);
    for (const uint64_t index : indices) {
      Line line{
          index, merkle::LeafHash(entries_[index]), entries_[index], absl::StrCat(R"({"index":)", index, "}"), {}};
      if (std::find(damaged.begin(), damaged.end(), index) != damaged.end()) line.entry = line.shown = "";
      digest.Add(index, line.leaf, line.shown);
      lines.push_back(line);
    }
    Head head;
    head.scope = scope;
    head.stride = digest.stride();
    head.marks = digest.marks();
    head.state = digest.state();
    head.seal = EncodeSeal({.at_ms = 1000,
                            .user = "ana",
                            .reason = "inspection",
                            .what = "some entries",
                            .count = digest.count(),
                            .digest = Digest::Of(digest.count(), digest.stride(), digest.marks(), digest.state())});
    head.seal_index = size();
    Append(head.seal);
    head.key = VerifierKey();
    head.note = Note();
    head.seal_proof = Inclusion(head.seal_index);
    for (const uint64_t earlier : given_) {
      auto proof = merkle::ConsistencyProof(earlier, size(), merkle::SpanSource(Leaves(size())));
      head.earlier.push_back({earlier, Root(earlier), *proof});
    }
    given_.push_back(size());
    std::string file = PrintHead(head);
    for (Line& line : lines) {
      line.proof = Inclusion(line.index);
      file += PrintLine(line);
    }
    return file;
  }
  std::string ExportRange(uint64_t first, uint64_t end) {
    std::vector<uint64_t> indices;
    for (uint64_t index = first; index < end; ++index) indices.push_back(index);
    return Export({.first = first, .end = end, .record = ""}, indices);
  }

 private:
  static crypto::SigningKey Key(std::string_view seed) {
    auto key = crypto::SigningKey::FromSeed(seed);
    return *std::move(key);
  }
  std::vector<Hash> Leaves(uint64_t count) const {
    leaves_.clear();
    for (uint64_t i = 0; i < count; ++i) leaves_.push_back(merkle::LeafHash(entries_[i]));
    return leaves_;
  }
  Hash Root(uint64_t count) const { return merkle::RootOf(Leaves(count)); }
  std::vector<Hash> Inclusion(uint64_t index) const {
    const std::vector<Hash> leaves = Leaves(size());
    return *merkle::InclusionProof(index, size(), merkle::SpanSource(leaves));
  }

  crypto::SigningKey key_;
  std::vector<std::string> entries_;
  std::vector<uint64_t> given_;
  mutable std::vector<Hash> leaves_;
};

absl::StatusOr<Checked> Read(const std::string& file) {
  std::istringstream in(file);
  return Check(in, [](const Line&) {});
}

std::string Problem(const std::string& file) {
  auto checked = Read(file);
  return checked.ok() ? "verified" : std::string(checked.status().message());
}

std::vector<std::string> LinesOf(const std::string& file) {
  std::vector<std::string> lines = absl::StrSplit(file, '\n');
  lines.pop_back();
  return lines;
}
std::string FileOf(const std::vector<std::string>& lines) { return absl::StrCat(absl::StrJoin(lines, "\n"), "\n"); }

class ExcerptTest : public testing::Test {
 protected:
  ExcerptTest() {
    for (int i = 0; i < 12; ++i) register_.Append(absl::StrCat("entry ", i));
  }
  Register register_;
};

TEST_F(ExcerptTest, VerifiesAndSaysWhatItHolds) {
  const std::string file = register_.ExportRange(3, 9);
  std::vector<uint64_t> seen;
  std::istringstream in(file);
  auto checked = Check(in, [&](const Line& line) {
    seen.push_back(line.index);
    EXPECT_EQ(line.entry, absl::StrCat("entry ", line.index));
  });
  ASSERT_TRUE(checked.ok()) << checked.status();
  EXPECT_EQ(seen, (std::vector<uint64_t>{3, 4, 5, 6, 7, 8}));
  EXPECT_EQ(checked->origin, kOrigin);
  EXPECT_EQ(checked->size, 13u);
  EXPECT_EQ(checked->seal_index, 12u);
  EXPECT_EQ(checked->seal.user, "ana");
  EXPECT_EQ(checked->seal.count, 6u);
}

TEST_F(ExcerptTest, NoByteOfItCanBeAnother) {
  register_.ExportRange(0, 2);  // so that the next one proves that it continues this one
  const std::string file = register_.ExportRange(3, 5);
  for (size_t i = 0; i < file.size(); ++i) {
    std::string altered = file;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    EXPECT_NE(Problem(altered), "verified") << "byte " << i;
  }
}

TEST_F(ExcerptTest, IsRefusedWhereverItIsCut) {
  const std::string file = register_.ExportRange(3, 7);
  for (size_t length = 0; length < file.size(); length += 3) {
    EXPECT_NE(Problem(file.substr(0, length)), "verified") << length;
  }
  std::vector<std::string> lines = LinesOf(file);
  lines.pop_back();
  EXPECT_EQ(Problem(FileOf(lines)), "excerpt: the file was cut: it ends after 3 of 4 entries, behind entry 5");
}

TEST_F(ExcerptTest, NamesTheLineThatWasAlteredTakenOutMovedOrAdded) {
  const std::vector<std::string> lines = LinesOf(register_.ExportRange(3, 9));
  auto altered = lines;
  altered[2] = absl::StrReplaceAll(altered[2], {{R"({"index":4})", R"({"index":5})"}});
  ASSERT_NE(altered[2], lines[2]);
  EXPECT_EQ(Problem(FileOf(altered)), "excerpt: line 3 (entry 4): was altered, or an entry before it was taken out");
  auto forged = lines;
  forged[2] = absl::StrReplaceAll(forged[2], {{absl::Base64Escape("entry 4"), absl::Base64Escape("entry X")}});
  ASSERT_NE(forged[2], lines[2]);
  EXPECT_EQ(Problem(FileOf(forged)), "excerpt: line 3 (entry 4): was altered: its bytes are not those of that entry");
  auto gap = lines;
  gap.erase(gap.begin() + 4);
  EXPECT_EQ(Problem(FileOf(gap)), "excerpt: line 5: entry 6 was taken out or moved: entry 7 stands in its place");
  auto moved = lines;
  std::swap(moved[1], moved[3]);
  EXPECT_EQ(Problem(FileOf(moved)), "excerpt: line 2: entry 3 was taken out or moved: entry 5 stands in its place");
  auto more = lines;
  more.push_back(lines[2]);
  EXPECT_EQ(Problem(FileOf(more)),
            "excerpt: line 8: something was added: the excerpt has 6 entries and ends before it");
}

TEST_F(ExcerptTest, AboutARecordNamesWhatWasTakenOut) {
  std::vector<std::string> lines =
      LinesOf(register_.Export({.first = 0, .end = 12, .record = "0badcafe"}, {1, 4, 5, 9}));
  EXPECT_EQ(Problem(FileOf(lines)), "verified");
  std::swap(lines[2], lines[3]);
  EXPECT_EQ(Problem(FileOf(lines)), "excerpt: line 3 (entry 5): was altered, or an entry before it was taken out");
  lines.erase(lines.begin() + 3);
  EXPECT_EQ(Problem(FileOf(lines)), "excerpt: line 3 (entry 5): was altered, or an entry before it was taken out");
}

// Somebody who can compute every hash still has no key to sign with.
TEST_F(ExcerptTest, OfAnotherKeyIsNotTrusted) {
  Register other("fedcba9876543210fedcba9876543210");
  for (int i = 0; i < 12; ++i) other.Append(absl::StrCat("invented ", i));
  auto forged = Read(other.ExportRange(3, 9));
  ASSERT_TRUE(forged.ok()) << forged.status();
  EXPECT_FALSE(CheckTrust(*forged, register_.VerifierKey()).ok());
  auto genuine = Read(register_.ExportRange(3, 9));
  ASSERT_TRUE(genuine.ok());
  EXPECT_TRUE(CheckTrust(*genuine, register_.VerifierKey()).ok());
  const std::string hex = absl::BytesToHexString(std::string(crypto::View(genuine->fingerprint)));
  EXPECT_TRUE(CheckTrust(*genuine, hex).ok());
  EXPECT_FALSE(CheckTrust(*forged, hex).ok());
}

TEST_F(ExcerptTest, ContinuesWhatWasKeptEarlier) {
  auto first = Read(register_.ExportRange(0, 5));
  ASSERT_TRUE(first.ok());
  const std::string never_given = register_.Note();
  for (int i = 0; i < 20; ++i) register_.Append(absl::StrCat("later ", i));
  auto second = Read(register_.ExportRange(13, 20));
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_TRUE(CheckContinues(*second, first->note).ok());
  EXPECT_TRUE(CheckContinues(*second, second->note).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(CheckContinues(*first, second->note)));
  register_.Append("and one more");
  const std::string between = register_.Note();
  register_.Append("the last");
  auto third = Read(register_.ExportRange(13, 20));
  ASSERT_TRUE(third.ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(CheckContinues(*third, between)));
}

TEST_F(ExcerptTest, OfARewrittenRegisterDoesNotContinueWhatWasKept) {
  auto first = Read(register_.ExportRange(0, 5));
  ASSERT_TRUE(first.ok());
  register_.at(2) = "entry 2, as somebody would like it";
  register_.Append("more");
  auto second = Read(register_.ExportRange(0, 5));
  ASSERT_TRUE(second.ok()) << second.status();
  auto continues = CheckContinues(*second, first->note);
  EXPECT_TRUE(absl::IsUnauthenticated(continues)) << continues;
  EXPECT_NE(continues.message().find("REWRITTEN"), std::string::npos) << continues;
}

TEST_F(ExcerptTest, ProvesThatADamagedEntryWasThere) {
  auto checked = Read(register_.Export({.first = 3, .end = 6, .record = ""}, {3, 4, 5}, {4}));
  ASSERT_TRUE(checked.ok()) << checked.status();
  EXPECT_EQ(checked->damaged_first, (std::vector<uint64_t>{4}));
}

TEST_F(ExcerptTest, OfManyEntriesKeepsItsMarksFew) {
  for (int i = 0; i < 5000; ++i) register_.Append(absl::StrCat("many ", i));
  Digest digest(kOrigin, {});
  for (uint64_t i = 0; i < 5000; ++i) digest.Add(i, Hash{}, "");
  EXPECT_LE(digest.marks().size(), kMostMarks);
  EXPECT_EQ(digest.marks().size(), 5000 / digest.stride());
}

TEST(Excerpt, HostileFilesAreRefused) {
  for (const std::string& file :
       {std::string(), std::string("\n"), std::string("{}\n"), std::string(100'000, '['), std::string("null\n"),
        absl::StrCat(R"({"excerpt":"TDGexc1","scope":)", std::string(50'000, '['), "\n"),
        std::string(R"({"excerpt":"TDGexc1","stride":0})") + "\n", std::string("\xff\xfe{}\n")}) {
    EXPECT_FALSE(Read(file).ok()) << file.substr(0, 60);
  }
}

}  // namespace
}  // namespace tidegate::excerpt
