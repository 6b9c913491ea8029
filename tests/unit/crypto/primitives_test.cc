// Hashes, keys and derivations, against the known answers of the documents that define them.
#include <gtest/gtest.h>

#include <cstring>
#include <type_traits>
#include <vector>

#include "crypto/agree.h"
#include "crypto/fingerprint.h"
#include "crypto/hash.h"
#include "crypto/kdf.h"
#include "crypto/secret.h"
#include "crypto/sign.h"
#include "tests/unit/crypto/hex.h"

namespace tidegate::crypto {
namespace {

TEST(Sha256, KnownAnswers) {  // FIPS 180-4 examples
  EXPECT_EQ(ToHex(View(HashOf({}))), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(ToHex(View(HashOf({"abc"}))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(ToHex(View(HashOf({"abcdbcdecdefdefgefghfghighij", "hijkijkljklmklmnlmnomnopnopq"}))),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256, PartsCopiesAndReuse) {
  Sha256 sha;
  sha.Update("a");
  Sha256 branch = sha;
  EXPECT_EQ(sha.Update("bc").Finish(), HashOf({"abc"}));
  EXPECT_EQ(branch.Update("x").Finish(), HashOf({"ax"}));
  EXPECT_EQ(sha.Finish(), HashOf({})) << "after Finish the object is as new";
}

// Every length around the ends of blocks, in one part and in several.
TEST(Sha256, ShortAndLongInputsAreOneFunction) {
  std::string message;
  for (int length = 0; length <= 600; ++length, message.push_back(static_cast<char>(length * 7))) {
    const Hash expected = Sha256().Update(message).Finish();
    const std::string_view whole = message;
    EXPECT_EQ(HashOf({whole}), expected) << length;
    EXPECT_EQ(HashOf({whole.substr(0, whole.size() / 3), "", whole.substr(whole.size() / 3)}), expected) << length;
  }
}

TEST(Random, ASeedGivesItsChaCha20Stream) {  // `openssl enc -chacha20`, counter 0, nonce "LibsodiumDRG"
  std::array<uint8_t, 32> seed;
  for (size_t i = 0; i < seed.size(); ++i) seed[i] = static_cast<uint8_t>(i);
  std::array<uint8_t, 48> bytes;
  FillFromSeed(seed, bytes);
  EXPECT_EQ(ToHex(View(bytes)),
            "0d8e6cc68715648926732e7ea73250cfaf2d58422083904c841a8ba33b986111"
            "f346ba50723a68ae283524a6bded09f8");
}

TEST(Hashes, LabelsHaveEightBytesAndEndInNul) { EXPECT_EQ(Label("TDGkey1"), std::string_view("TDGkey1\0", 8)); }

TEST(Hashes, HashFromTakesExactly32Bytes) {
  EXPECT_TRUE(HashFrom(std::string(32, 'x')).ok());
  EXPECT_FALSE(HashFrom(std::string(31, 'x')).ok());
  EXPECT_FALSE(HashFrom(std::string(33, 'x')).ok());
}

TEST(Blake2b, KnownAnswer) {  // also in our vectors: a blind index term
  const auto term = Blake2b128(FromHex("da29ecb38bb2b9f06088b59c653bd171b4c02d5071b793614b9c581dfdfa3b00"),
                               {FromHex("54444769647831000004000d"), FromHex("2b343437303039303030303037")});
  EXPECT_EQ(ToHex(View(term)), "5bba5f1a069a9f30efd369f249cc60da");
}

TEST(ConstantTimeEqual, ComparesLengthAndBytes) {
  EXPECT_TRUE(ConstantTimeEqual("", ""));
  EXPECT_TRUE(ConstantTimeEqual("same", "same"));
  EXPECT_FALSE(ConstantTimeEqual("same", "sane"));
  EXPECT_FALSE(ConstantTimeEqual("same", "same!"));
}

TEST(Ed25519, Rfc8032Test3) {
  const absl::StatusOr<SigningKey> key =
      SigningKey::FromSeed(FromHex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7"));
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(ToHex(View(key->public_key())), "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
  const Signature signature = key->Sign(FromHex("af82"));
  EXPECT_EQ(ToHex(View(signature)),
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a");
  EXPECT_TRUE(Verify(key->public_key(), FromHex("af82"), View(signature)).ok());
  EXPECT_TRUE(absl::IsUnauthenticated(Verify(key->public_key(), FromHex("af83"), View(signature))));
  EXPECT_TRUE(absl::IsInvalidArgument(Verify(key->public_key(), FromHex("af82"), View(signature).substr(1))));
  EXPECT_EQ(key->ExposeSeed(), FromHex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7"));
}

TEST(Ed25519, EachBitOfASignatureCounts) {
  const SigningKey key = SigningKey::Generate();
  const Signature good = key.Sign("message");
  for (size_t bit = 0; bit < 8 * good.size(); ++bit) {
    Signature bad = good;
    bad[bit / 8] ^= static_cast<uint8_t>(1 << (bit % 8));
    EXPECT_FALSE(Verify(key.public_key(), "message", View(bad)).ok()) << "bit " << bit;
  }
}

TEST(Ed25519, SeedsAndKeysHave32Bytes) {
  EXPECT_FALSE(SigningKey::FromSeed(std::string(31, 'x')).ok());
  EXPECT_FALSE(PublicKeyFrom(std::string(33, 'x')).ok());
  EXPECT_NE(SigningKey::Generate().public_key(), SigningKey::Generate().public_key());
}

TEST(X25519, Rfc7748Section5) {
  const absl::StatusOr<AgreementKey> key =
      AgreementKey::FromBytes(FromHex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"));
  const absl::StatusOr<PublicKey> peer =
      PublicKeyFrom(FromHex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"));
  ASSERT_TRUE(key.ok() && peer.ok());
  const absl::StatusOr<Secret<32>> shared = key->Agree(*peer);
  ASSERT_TRUE(shared.ok());
  EXPECT_EQ(ToHex(shared->Expose()), "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
}

TEST(X25519, BothSidesAgree) {
  const AgreementKey alice = AgreementKey::Generate();
  const AgreementKey bob = AgreementKey::Generate();
  EXPECT_TRUE(*alice.Agree(bob.public_key()) == *bob.Agree(alice.public_key()));
  EXPECT_FALSE(*alice.Agree(bob.public_key()) == *alice.Agree(alice.public_key()));
  EXPECT_FALSE(AgreementKey::FromBytes(std::string(31, 'x')).ok());
}

TEST(X25519, ZeroResultsAreRefused) {
  const AgreementKey key = AgreementKey::Generate();
  EXPECT_TRUE(absl::IsInvalidArgument(key.Agree(PublicKey{}).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(key.Agree(PublicKey{1}).status()));
}

TEST(Hmac, Rfc4231) {
  EXPECT_EQ(ToHex(HmacSha256("Jefe", {"what do ya want ", "for nothing?"}).Expose()),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(
      ToHex(HmacSha256(std::string(131, '\xaa'), {"Test Using Larger Than Block-Size Key - Hash Key First"}).Expose()),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Hkdf, Rfc5869) {
  const absl::StatusOr<SecretBytes> first =
      Hkdf(FromHex("000102030405060708090a0b0c"), std::string(22, '\x0b'), FromHex("f0f1f2f3f4f5f6f7f8f9"), 42);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(ToHex(first->Expose()),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  const absl::StatusOr<SecretBytes> without_salt = Hkdf("", std::string(22, '\x0b'), "", 42);
  ASSERT_TRUE(without_salt.ok());
  EXPECT_EQ(ToHex(without_salt->Expose()),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

TEST(Hkdf, HasALimit) {
  EXPECT_TRUE(Hkdf("", "key", "", size_t{255} * 32).ok());
  EXPECT_FALSE(Hkdf("", "key", "", size_t{255} * 32 + 1).ok());
}

TEST(Argon2id, DependsOnEverythingAndKnowsItsLimits) {
  const Argon2Cost cost{1, 64 << 10};
  const std::string salt(16, 's');
  const absl::StatusOr<Secret<32>> key = Argon2id("pass phrase", salt, cost);
  ASSERT_TRUE(key.ok());
  EXPECT_TRUE(*key == *Argon2id("pass phrase", salt, cost));
  EXPECT_FALSE(*key == *Argon2id("pass phrasE", salt, cost));
  EXPECT_FALSE(*key == *Argon2id("pass phrase", std::string(16, 't'), cost));
  EXPECT_FALSE(*key == *Argon2id("pass phrase", salt, {2, 64 << 10}));
  EXPECT_FALSE(*key == *Argon2id("pass phrase", salt, {1, 65 << 10}));
  EXPECT_TRUE(absl::IsInvalidArgument(Argon2id("p", "short", cost).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Argon2id("p", salt, {0, 64 << 10}).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Argon2id("p", salt, {1, 100}).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Argon2id("p", salt, {1, kArgon2Limit.memory + 1}).status()));
}

TEST(Fingerprint, KnownAnswer) {  // also in our vectors: an author's log key
  const std::string key = FromHex("8bdbb1e33aff1268b66c1d2ff4bcaea00bf82ee78af1b08da50b9c7aa7fe4ac2");
  const char* name = "tidegate.example/charity-0/node1/log/1";
  EXPECT_EQ(ToHex(View(Fingerprint(KeyType::kLog, name, key))),
            "2cfb8b156d9d820e48cf756ee290d9d11fe1f71f1ca205e0e64578c53318efbb");
  EXPECT_NE(Fingerprint(KeyType::kLog, name, key), Fingerprint(KeyType::kDelivery, name, key));
}

TEST(Secret, MovesAndNeverCopies) {
  static_assert(!std::is_copy_constructible_v<Secret<32>> && !std::is_copy_assignable_v<SecretBytes>);
  static_assert(std::is_nothrow_move_constructible_v<Secret<32>>);
  Secret<32> first = Secret<32>::Random();
  const Secret<32> copy = first.Clone();
  const Secret<32> moved = std::move(first);
  EXPECT_TRUE(moved == copy);
  EXPECT_EQ(moved.Expose().size(), 32u);
  EXPECT_FALSE(moved == Secret<32>::Random());
  EXPECT_EQ(Secret<16>().Expose(), std::string(16, '\0'));
  EXPECT_FALSE(Secret<16>::CopyOf("short").ok());
}

TEST(SecretBytes, StartsAtZeroWhateverLayThereBefore) {
  for (int round = 0; round < 2; ++round) {
    std::vector<SecretBytes> held;
    for (size_t i = 0; i < 1000; ++i) {
      SecretBytes& secret = held.emplace_back(1 + i % 80);
      EXPECT_EQ(secret.Expose(), std::string(secret.size(), '\0'));
      std::memset(secret.ExposeForWriting().data(), 0xff, secret.size());
    }
    // Neighbours do not reach into each other.
    for (const SecretBytes& secret : held) EXPECT_EQ(secret.Expose(), std::string(secret.size(), '\xff'));
  }
}

TEST(SecretBytesDeathTest, WritingBeyondTheEndOfAKeyEndsTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        SecretBytes secret(32);
        volatile uint8_t* const bytes = secret.ExposeForWriting().data();
        bytes[32] = 1;
      },
      "beyond the end of a secret");
}

TEST(SecretBytes, KeepsItsBytes) {
  SecretBytes secret = SecretBytes::CopyOf("correct horse");
  EXPECT_EQ(secret.Expose(), "correct horse");
  EXPECT_FALSE(secret == SecretBytes::CopyOf("correct hors"));
  EXPECT_TRUE(secret == SecretBytes::CopyOf("correct horse"));
  secret = SecretBytes();
  EXPECT_TRUE(secret.empty());
  EXPECT_EQ(secret.Expose(), "");
}

TEST(Random, FillsAndDiffers) {
  EXPECT_EQ(Random(0), "");
  EXPECT_EQ(Random(100).size(), 100u);
  EXPECT_NE(Random(32), Random(32));
  EXPECT_NE((RandomArray<16>()), (RandomArray<16>()));
}

}  // namespace
}  // namespace tidegate::crypto
