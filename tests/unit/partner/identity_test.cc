#include <gtest/gtest.h>

#include "crypto/certificate.h"
#include "crypto/fingerprint.h"
#include "tests/unit/partner/test_node.h"

namespace tidegate::partner {
namespace {

TEST(Identities, AreTheSameAfterARestart) {
  TestNode node("harbour");
  const crypto::Hash log = node.identity().log_fingerprint(), kem = node.identity().kem_fingerprint();
  const crypto::Hash governance = node.identity().governance_fingerprint();
  node.Reopen();
  EXPECT_EQ(node.identity().log_fingerprint(), log);
  EXPECT_EQ(node.identity().kem_fingerprint(), kem);
  EXPECT_EQ(node.identity().governance_fingerprint(), governance);
  EXPECT_EQ(node.identity().names().Log(1), "tidegate.example/harbour/node1/log/1");
  EXPECT_EQ(log, crypto::Fingerprint(crypto::KeyType::kLog, "tidegate.example/harbour/node1/log/1",
                                     crypto::View(node.identity().log_key().public_key())));
}

TEST(Identities, AreMadeOnce) {
  TestNode node("harbour");
  const IdentityParams params{.names = {"example", "other", "node1"}, .sector = "bank", .country = "GB", .now_ms = 1};
  EXPECT_TRUE(absl::IsAlreadyExists(Identity::Create(params, node.vault()).status()));
}

TEST(Identities, NoticesVerifyAndBindTheTlsKey) {
  TestNode node("harbour", "police");
  const auto keys = ReadKeyNotice(node.identity().key_notice());
  ASSERT_TRUE(keys.ok()) << keys.status();
  EXPECT_EQ(keys->sector, "police");
  EXPECT_EQ(keys->country, "GB");
  EXPECT_EQ(keys->version, 1u);
  const auto certificate = node.identity().TlsCertificate(kNow);
  ASSERT_TRUE(certificate.ok()) << certificate.status();
  const auto facts = crypto::ReadCertificate(*certificate);
  ASSERT_TRUE(facts.ok()) << facts.status();
  EXPECT_EQ(facts->spki, keys->tls_spki);
  EXPECT_LT(facts->not_before, static_cast<int64_t>(kNow / 1000));
  EXPECT_GE(facts->not_after, static_cast<int64_t>(kNow / 1000) + int64_t{90} * 24 * 3600);
  EXPECT_EQ(facts->not_before % int64_t{86'400}, 0) << "the hour of a node's start is nobody's business";
  EXPECT_EQ(facts->not_after % int64_t{86'400}, 0);
  EXPECT_EQ(facts->common_name.size(), 32u);
  const auto other = node.identity().TlsCertificate(kNow);
  ASSERT_TRUE(other.ok());
  EXPECT_NE(crypto::ReadCertificate(*other)->common_name, facts->common_name) << "there is no name to search for";
  EXPECT_TRUE(ReadKemNotice(node.identity().kem_notice(), *keys).ok());
}

TEST(Identities, EveryChangedByteOfANoticeIsRefused) {
  TestNode node("harbour");
  const SignedNotice& good = node.identity().key_notice();
  for (size_t i = 0; i < good.bytes.size(); ++i) {
    SignedNotice bad = good;
    bad.bytes[i] = static_cast<char>(bad.bytes[i] ^ 1);
    EXPECT_FALSE(ReadKeyNotice(bad).ok()) << i;
  }
  EXPECT_FALSE(SignedNotice::Decode(good.Encode().substr(1)).ok());
  EXPECT_EQ(SignedNotice::Decode(good.Encode())->bytes, good.bytes);
}

TEST(Identities, KemKeysRotateAndOldOnesAreErasedLate) {
  TestNode node("harbour");
  const KemId first = KemIdOf(node.identity().kem_key().public_key());
  EXPECT_FALSE(*Identity::RotateKem(node.vault(), kNow + kDayMs));
  ASSERT_TRUE(*Identity::RotateKem(node.vault(), kNow + kKemRotationDays * kDayMs));
  auto rotated = *Identity::Load(node.vault());
  const KemId second = KemIdOf(rotated->kem_key().public_key());
  EXPECT_NE(second, first);
  EXPECT_NE(rotated->KemKey(first), nullptr) << "late parcels are still sealed to it";
  ASSERT_TRUE(*Identity::RotateKem(node.vault(), kNow + 60 * kDayMs));
  rotated = *Identity::Load(node.vault());
  EXPECT_EQ(rotated->KemKey(first), nullptr);
  EXPECT_EQ(rotated->KemKey(second), nullptr);
  EXPECT_TRUE(ReadKemNotice(rotated->kem_notice(), rotated->keys()).ok());
}

TEST(Names, NothingThatLooksLikeSomethingElse) {
  for (std::string_view good : {"a", "harbour", "northshire-police", "node1", "4th"}) {
    EXPECT_TRUE(CheckName("name", good).ok()) << good;
  }
  for (std::string_view bad : {"", "Harbour", "har bour", "harb\xc3\xb6r", "-a", "a-", "a--b", "a/b", "a.b", "a_b",
                               "h\xd0\xb0rbour", "a\n", "a+b"}) {
    EXPECT_FALSE(CheckName("name", bad).ok()) << bad;
  }
  EXPECT_TRUE(CheckName("name", std::string(63, 'a')).ok());
  EXPECT_FALSE(CheckName("name", std::string(64, 'a')).ok());
}

TEST(Names, Addresses) {
  for (std::string_view good : {"127.0.0.1:1", "node.example:65535", "[::1]:7443", "a-b.example:443"}) {
    EXPECT_TRUE(CheckAddress(good).ok()) << good;
  }
  for (std::string_view bad : {"", "node", ":1", "node:", "node:0", "node:65536", "node:1x", "unix:/tmp/x:1", "a b:1",
                               "::1:7443", "node:-1", "dns:///node:1", "[]:1"}) {
    EXPECT_FALSE(CheckAddress(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace tidegate::partner
