// What a link or sighting may be made about, and that the same link is made once.
#include "node/flow/derived.h"

#include <gmock/gmock.h>

#include <fstream>

#include "tests/support/line.h"

namespace tidegate::flow {
namespace {

using support::Clock;
using support::Instant;
using support::kShareAll;
using support::Line;
using support::MemoryNode;
using support::Must;
using testing::HasSubstr;

constexpr uint64_t kAnHourMs = 3'600'000;

class DerivedTest : public testing::Test {
 protected:
  DerivedTest() {
    support::Pair(charity_, bank_);
    charity_.Apply(kShareAll);
  }
  std::string Report(MemoryNode& node, const std::string& title, const support::Assignments& more = {}) {
    support::Assignments set{{"title", title}, {"tlp", "GREEN"}, {"purpose", "prevention"}};
    set.insert(set.end(), more.begin(), more.end());
    return node.Add("report", set);
  }
  absl::Status Sight(const std::string& id, const std::string& origin) {
    return bank_.authoring().Sight(ben_, "a test", {id, "known", "", origin}).status();
  }
  absl::Status Link(const std::string& from, const std::string& to, const std::string& origin) {
    return bank_.authoring().Link(ben_, "a test", {from, "related-to", to, {}, origin}).status();
  }

  Clock clock_;
  MemoryNode charity_{"charity", "ngo", clock_}, bank_{"bank", "bank", clock_};
  Line line_{charity_, bank_};
  const policy::Principal ben_ = policy::PrincipalMint::Mint("ben", true, {"analyst"});
};

TEST_F(DerivedTest, ARecordIsMeantByItsAuthorWhereThatIsSaid) {
  const std::string theirs = Report(charity_, "Car wash"), ours = Report(bank_, "Nine men, one account");
  line_.Meet();
  EXPECT_TRUE(Sight(theirs, "charity").ok());
  EXPECT_TRUE(Link(theirs, ours, "charity").ok()) << "one end is theirs, the other is ours";
  EXPECT_TRUE(absl::IsNotFound(Link(theirs, std::string(32, '0'), "charity")));
  EXPECT_TRUE(absl::IsNotFound(Sight(std::string(32, '0'), "")));
}

TEST_F(DerivedTest, NothingIsSaidAboutWhatWasErased) {
  const std::string id = Report(charity_, "Car wash");
  line_.Meet();
  const uint64_t seq = Must(bank_.Held(id)).seq;
  Must(bank_.store().Write(
      [&](store::WriteTransaction& transaction) { return transaction.Erase(seq, clock_.now_ms).status(); }));
  EXPECT_TRUE(absl::IsFailedPrecondition(Sight(id, "")));
}

TEST_F(DerivedTest, WhatExpiresBeforeTheOtherIsReleasedCannotBeLinkedWithIt) {
  const std::string soon = Report(charity_, "Soon gone", {{"expiry", Instant(clock_.now_ms + kAnHourMs)}});
  const std::string late = Report(charity_, "Late", {{"not-before", Instant(clock_.now_ms + 2 * kAnHourMs)}});
  const std::string early = Report(charity_, "Early", {{"not-before", Instant(clock_.now_ms + kAnHourMs / 2)}});
  const absl::Status refused = charity_.TryLink(soon, "related-to", late).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("expires before the other is released"));
  EXPECT_TRUE(charity_.TryLink(soon, "related-to", early).ok());
}

TEST_F(DerivedTest, ALinkSaysBothItsEndsAndItsVerb) {
  const std::string a = Report(charity_, "A"), b = Report(charity_, "B");
  const auto refused = [&](const support::Assignments& set) {
    return std::string(charity_.TryAdd("link", set).status().message());
  };
  EXPECT_THAT(refused({{"verb", "related-to"}, {"to", b}}), HasSubstr("a link needs `from`"));
  EXPECT_THAT(refused({{"from", a}, {"to", b}}), HasSubstr("a link needs `verb`"));
  EXPECT_THAT(refused({{"from", a}, {"verb", "related-to"}}), HasSubstr("a link needs `to`"));
  EXPECT_TRUE(charity_.TryAdd("link", {{"from", a}, {"verb", "related-to"}, {"to", b}}).ok());
}

TEST_F(DerivedTest, AnotherVerbOrDirectionIsAnotherLink) {
  const std::string a = Report(charity_, "A"), b = Report(charity_, "B");
  ASSERT_TRUE(charity_.TryLink(a, "related-to", b).ok());
  EXPECT_TRUE(absl::IsAlreadyExists(charity_.TryLink(a, "related-to", b).status()));
  EXPECT_TRUE(charity_.TryLink(a, "owns", b).ok());
  EXPECT_TRUE(charity_.TryLink(b, "related-to", a).ok());
  // A link of a record with itself shares an end with all of these.
  EXPECT_TRUE(charity_.TryLink(a, "related-to", a).ok());
  EXPECT_TRUE(absl::IsAlreadyExists(charity_.TryLink(a, "related-to", a).status()));
}

// An import takes what its source says as often as it says it; only people are told that it is there already.
TEST_F(DerivedTest, TheSameLinkIsFoundAmongVeryManyOfTheSameEnds) {
  support::Folder files;
  ImportFile file;
  file.may_change = [](policy::Action, const record::RecordId&) { return true; };
  file.path = files.path() + "/links.json";
  file.format = "stix";
  std::ofstream out(file.path, std::ios::binary);
  const auto object = [](const std::string& type, int number, const std::string& members) {
    return absl::StrCat(R"({"type":")", type, R"(","spec_version":"2.1","id":")", type,
                        "--00000000-0000-4000-8000-00000000", 1000 + number, R"(","created":"2020-01-01T00:00:00Z",)",
                        R"("modified":"2026-01-01T00:00:00Z",)", members, "}");
  };
  const auto incident = [](int number) {
    return absl::StrCat("incident--00000000-0000-4000-8000-00000000", 1000 + number);
  };
  out << "[" << object("incident", 1, R"("name":"A")") << "," << object("incident", 2, R"("name":"B")");
  // The one that is asked for is the oldest: it is on the second page.
  for (int i = 10; i < 115; ++i) {
    out << ","
        << object("relationship", i,
                  absl::StrCat(R"("relationship_type":")", i == 10 ? "owns" : "related-to", R"(","source_ref":")",
                               incident(1), R"(","target_ref":")", incident(2), "\""));
  }
  out << "]";
  out.close();
  ImportProgress told;
  Must(charity_.authoring().Import(ben_, "a test", file, [&told](const ImportProgress& progress) {
    told = progress;
    return true;
  }));
  ASSERT_EQ(told.stored, 107u);
  store::Query query;
  query.where = store::Where::OfKind("link");
  const auto links = Must(charity_.Read()->Find(query));
  const record::Draft link = Must(DraftOf(Must(charity_.Read()->GetRecord(links.seqs.front()))));
  const std::vector<record::RecordId> ends = RecordsNamedIn(link);
  ASSERT_EQ(ends.size(), 2u);
  const std::string from = record::FormatRecordId(ends[0]), to = record::FormatRecordId(ends[1]);
  EXPECT_TRUE(absl::IsAlreadyExists(charity_.TryLink(from, "owns", to).status()));
  EXPECT_TRUE(charity_.TryLink(from, "uses", to).ok()) << "none of the 105 says that";
}

}  // namespace
}  // namespace tidegate::flow
