// A sound store is found sound, after any history.
#include "node/store/verify/verify.h"

#include "tests/unit/store/sample_node.h"

namespace tidegate::store {
namespace {

TEST(VerifyTest, AnEmptyStoreIsSound) {
  TemporaryFolder folder;
  SampleNode node(folder.path());
  const verify::Report report = node.Check({});
  EXPECT_TRUE(report.clean()) << FaultsOf(report);
  EXPECT_EQ(report.arrivals, 0u);
}

TEST(VerifyTest, AStoreAfterEverythingIsSoundAndFullyCounted) {
  TemporaryFolder folder;
  SampleNode node(folder.path());
  PartnerLog bank("bank");
  const auto first = MakePerson({.name = "One Person"}), other = MakePerson({.name = "Other Person"});
  const auto amended = MakePerson({.name = "One Renamed", .before = &first});
  const auto recalled = MakeRecall(other);
  const auto fork = MakePerson({.name = "One Forked", .before = &first});
  ASSERT_TRUE(node.Author({&first, &other}).ok());
  ASSERT_TRUE(node.Author({&amended}).ok());
  ASSERT_TRUE(node.Author({&recalled}).ok());
  ASSERT_TRUE(node.Author({&fork}).ok());
  const auto theirs = MakePerson({.name = "Their Person", .alias = "T", .author = kTheirKey});
  const auto also = MakePerson({.name = "Their Other", .author = kTheirKey});
  const uint64_t at = bank.Append(theirs.leaf()), at_also = bank.Append(also.leaf());
  bank.Append(crypto::HashOf({"not for us"}));
  const auto narrow = Only(theirs, {"aliases"}), wide = Only(theirs, {"name", "aliases"});
  ASSERT_TRUE(node.Receive(bank, "bank", {{&narrow, at}, {&also, at_also}}).ok());
  ASSERT_TRUE(node.Receive(bank, "police", {{&wide, at}}).ok());
  ASSERT_TRUE(node.store()
                  .Write([&](WriteTransaction& t) {
                    return t.LimitClaim(theirs.leaf(), "police", record::Openings{Whole(theirs, "name")}, 9).status();
                  })
                  .ok());
  ASSERT_TRUE(
      node.store().Write([&](WriteTransaction& t) { return t.LimitClaim(also.leaf(), "bank", {}, 9).status(); }).ok());
  ASSERT_TRUE(node.Disclose("police", 1, {&first, &amended, &theirs}).ok());
  ASSERT_TRUE(node.Disclose("police", 2, {&first}, true).ok());
  ASSERT_TRUE(node.log().Checkpoint().ok());
  ASSERT_TRUE(node.registry().log().Checkpoint().ok());
  ASSERT_TRUE(node.store()
                  .Write([](WriteTransaction& t) {
                    absl::Status status = t.PutNamed(Named::kPartner, "a", "b", "c");
                    return status.ok() ? t.PutOrdered(Ordered::kDue, "k", "v") : status;
                  })
                  .ok());
  const verify::Report report = node.Check({&bank});
  EXPECT_TRUE(report.clean()) << FaultsOf(report);
  EXPECT_EQ(report.records, 7u);
  EXPECT_EQ(report.erased, 2u);
  EXPECT_EQ(report.received, 2u);
  EXPECT_EQ(report.proofs, 2u);
  EXPECT_EQ(report.log_leaves, 5u);
  EXPECT_EQ(report.unknown_authors, 0u);
  EXPECT_GT(report.postings, 0u);
  EXPECT_EQ(node.Check({}).unknown_authors, 3u);
}

TEST(VerifyTest, AManyTiledLogIsSound) {
  TemporaryFolder folder;
  SampleNode node(folder.path());
  std::vector<record::VerifiedView> views;
  for (int i = 0; i < 520; ++i) views.push_back(MakePerson({.name = "Numbered"}));
  std::vector<const record::VerifiedView*> batch;
  for (const auto& view : views) batch.push_back(&view);
  ASSERT_TRUE(node.Author(batch).ok());
  ASSERT_TRUE(node.log().Checkpoint().ok());
  const auto last = MakePerson({});
  ASSERT_TRUE(node.Author({&last}).ok());
  const verify::Report report = node.Check({});
  EXPECT_TRUE(report.clean()) << FaultsOf(report);
  EXPECT_EQ(report.log_leaves, 521u);
}

TEST(VerifyTest, AStoreWhoseKinNamesAnotherRowIsNotSound) {
  TemporaryFolder folder;
  SampleNode node(folder.path());
  const auto first = MakePerson({}), second = MakePerson({.before = &first}), other = MakePerson({});
  ASSERT_TRUE(node.Author({&first, &second, &other}).ok());
  EXPECT_TRUE(node.Check({}).clean()) << FaultsOf(node.Check({}));
  constexpr auto kKin = static_cast<Ordered>(0xf0);
  ASSERT_TRUE(node.store()
                  .Write([&](WriteTransaction& t) {
                    std::string last;
                    absl::Status status = t.ForEachOrdered(kKin, "", "", false, [&](std::string_view key, const auto&) {
                      last = key;
                      return true;
                    });
                    return status.ok() ? t.PutOrdered(kKin, last, "\x01\x03") : status;
                  })
                  .ok());
  const verify::Report report = node.Check({});
  EXPECT_FALSE(report.clean());
  EXPECT_NE(FaultsOf(report).find("kin"), std::string::npos) << FaultsOf(report);
}

TEST(VerifyTest, AnAuthorsWrongKeyIsAFault) {
  TemporaryFolder folder;
  SampleNode node(folder.path());
  PartnerLog bank("bank"), impostor("bank");
  const auto theirs = MakePerson({.author = kTheirKey});
  ASSERT_TRUE(node.Receive(bank, "bank", {{&theirs, bank.Append(theirs.leaf())}}).ok());
  EXPECT_TRUE(node.Check({&bank}).clean());
  const verify::Report report = node.Check({&impostor});
  ASSERT_EQ(report.fault_count, 1u) << FaultsOf(report);
  EXPECT_EQ(report.faults[0].table, "proofs");
}

TEST(VerifyTest, AFolderWithoutStoreIsAnError) {
  TemporaryFolder folder;
  auto vault = OpenVault(folder.path());
  EXPECT_TRUE(absl::IsNotFound(verify::Verify(folder.path() + "/nothing", *vault, {}).status()));
}

}  // namespace
}  // namespace tidegate::store
