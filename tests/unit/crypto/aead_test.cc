#include "crypto/aead.h"

#include <gtest/gtest.h>

#include "crypto/secret.h"
#include "tests/unit/crypto/hex.h"

namespace tidegate::crypto {
namespace {

constexpr AeadAlgorithm kAll[] = {AeadAlgorithm::kAes128Gcm, AeadAlgorithm::kAes256Gcm,
                                  AeadAlgorithm::kChaCha20Poly1305, AeadAlgorithm::kXChaCha20Poly1305,
                                  AeadAlgorithm::kXAes256Gcm};

TEST(Aead, Aes256GcmKnownAnswer) {
  const auto sealed =
      AeadSeal(AeadAlgorithm::kAes256Gcm, FromHex("92ace3e348cd821092cd921aa3546374299ab46209691bc28b8752d17f123c20"),
               FromHex("00112233445566778899aabb"), FromHex("00000000ffffffff"), FromHex("00010203040506070809"));
  ASSERT_TRUE(sealed.ok());
  EXPECT_EQ(*sealed, FromHex("e27abdd2d2a53d2f136b9a4a2579529301bcfb71c78d4060f52c"));
}

TEST(Aead, XAes256GcmKnownAnswers) {  // c2sp.org/XAES-256-GCM, Test vectors
  const auto clear_bit =
      AeadSeal(AeadAlgorithm::kXAes256Gcm, std::string(32, '\1'), "ABCDEFGHIJKLMNOPQRSTUVWX", "", "XAES-256-GCM");
  ASSERT_TRUE(clear_bit.ok());
  EXPECT_EQ(*clear_bit, FromHex("ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"));
  const auto set_bit = AeadSeal(AeadAlgorithm::kXAes256Gcm, std::string(32, '\3'), "ABCDEFGHIJKLMNOPQRSTUVWX",
                                "c2sp.org/XAES-256-GCM", "XAES-256-GCM");
  ASSERT_TRUE(set_bit.ok());
  EXPECT_EQ(*set_bit, FromHex("986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"));
}

class EachAead : public testing::TestWithParam<AeadAlgorithm> {
 protected:
  AeadAlgorithm algorithm() const { return GetParam(); }
  const std::string key_ = Random(AeadKeySize(GetParam()));
  const std::string nonce_ = Random(AeadNonceSize(GetParam()));
};

TEST_P(EachAead, OneContextSealsAndOpensInTurn) {
  absl::StatusOr<Aead> aead = Aead::Create(algorithm(), key_);
  ASSERT_TRUE(aead.ok());
  for (size_t size : {0u, 1u, 15u, 16u, 17u, 1000u, 70000u}) {
    const std::string nonce = Random(nonce_.size());
    const std::string plaintext = Random(size);
    const absl::StatusOr<std::string> sealed = aead->Seal(nonce, "place", plaintext);
    ASSERT_TRUE(sealed.ok());
    EXPECT_EQ(sealed->size(), size + kAeadTagSize);
    EXPECT_EQ(*sealed, *AeadSeal(algorithm(), key_, nonce, "place", plaintext)) << "a used context leaves traces";
    const absl::StatusOr<std::string> opened = aead->Open(nonce, "place", *sealed);
    ASSERT_TRUE(opened.ok()) << size;
    EXPECT_EQ(*opened, plaintext);
  }
}

TEST_P(EachAead, EachWrongByteIsRefused) {
  absl::StatusOr<Aead> aead = Aead::Create(algorithm(), key_);
  const std::string sealed = *aead->Seal(nonce_, "place", "a short message");
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string bad = sealed;
    bad[i] = static_cast<char>(bad[i] ^ 0x40);
    EXPECT_TRUE(absl::IsUnauthenticated(aead->Open(nonce_, "place", bad).status())) << "byte " << i;
  }
  EXPECT_FALSE(aead->Open(nonce_, "plade", sealed).ok());
  EXPECT_FALSE(aead->Open(nonce_, "", sealed).ok());
  EXPECT_FALSE(aead->Open(Random(nonce_.size()), "place", sealed).ok());
  EXPECT_FALSE(aead->Open(nonce_, "place", sealed.substr(1)).ok());
  EXPECT_FALSE(aead->Open(nonce_, "place", sealed.substr(0, kAeadTagSize - 1)).ok());
  EXPECT_TRUE(aead->Open(nonce_, "place", sealed).ok()) << "a refusal must not spoil the context";
}

TEST_P(EachAead, AppendLeavesTheRestAlone) {
  absl::StatusOr<Aead> aead = Aead::Create(algorithm(), key_);
  std::string out = "before|";
  ASSERT_TRUE(aead->SealAppend(nonce_, "", "message", out).ok());
  const std::string sealed = out.substr(7);
  std::string opened = "kept|";
  ASSERT_TRUE(aead->OpenAppend(nonce_, "", sealed, opened).ok());
  EXPECT_EQ(opened, "kept|message");
  EXPECT_FALSE(aead->OpenAppend(nonce_, "x", sealed, opened).ok());
  EXPECT_EQ(opened, "kept|message") << "nothing may show of what did not verify";
  ASSERT_TRUE(aead->OpenInPlace(nonce_, "", out, 7).ok());
  EXPECT_EQ(out, "before|message");
}

TEST_P(EachAead, SizesAreChecked) {
  EXPECT_FALSE(Aead::Create(algorithm(), key_.substr(1)).ok());
  EXPECT_FALSE(Aead::Create(algorithm(), key_ + "x").ok());
  absl::StatusOr<Aead> aead = Aead::Create(algorithm(), key_);
  EXPECT_TRUE(absl::IsInvalidArgument(aead->Seal(nonce_ + "x", "", "").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(aead->Seal(nonce_.substr(1), "", "").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(aead->Seal("", "", "").status()));
}

INSTANTIATE_TEST_SUITE_P(All, EachAead, testing::ValuesIn(kAll));

}  // namespace
}  // namespace tidegate::crypto
