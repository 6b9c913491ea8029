#include "node/parcel/receipt.h"

#include <gtest/gtest.h>

namespace tidegate::parcel {
namespace {

class Receipts : public testing::Test {
 protected:
  Receipts() {
    receipt_.manifest_hash = crypto::HashOf({"M"});
    receipt_.signer_fpr = crypto::HashOf({"signer"});
    receipt_.at_ms = 1'772'000'000'000;
    receipt_.stored = 3;
    receipt_.recalls = 2;
    receipt_.notices = 1;
    receipt_.unwanted = {crypto::HashOf({"unwanted"})};
    receipt_.erased = {{crypto::HashOf({"gone"}), 4, 5, 6}};
    receipt_.kem_notice = "notice";
  }
  absl::StatusOr<Receipt> Verify(const SignedReceipt& receipt) const {
    return VerifyReceipt(receipt.bytes, crypto::View(receipt.signature), key_.public_key(), receipt_.signer_fpr);
  }

  crypto::SigningKey key_ = crypto::SigningKey::Generate();
  Receipt receipt_;
};

// What is kept under legal hold travels beside the receipt, so that a node that does not know of it reads the receipt.
TEST_F(Receipts, SayBesideThemWhatIsKeptUnderLegalHold) {
  const Receipt plain = receipt_;
  const std::string before = SignReceipt(plain, key_)->bytes;
  receipt_.withheld = {crypto::HashOf({"kept"}), crypto::HashOf({"kept, too"})};
  const absl::StatusOr<SignedReceipt> told = SignReceipt(receipt_, key_);
  ASSERT_TRUE(told.ok()) << told.status();
  EXPECT_EQ(told->bytes, before);
  EXPECT_EQ(*Verify(*told), plain);
  EXPECT_EQ(*VerifyWithheld(told->withheld, plain, key_.public_key()), receipt_.withheld);
  EXPECT_TRUE(VerifyWithheld("", plain, key_.public_key())->empty());
  for (size_t i = 0; i < told->withheld.size(); ++i) {
    std::string altered = told->withheld;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    EXPECT_FALSE(VerifyWithheld(altered, plain, key_.public_key()).ok()) << i;
    if (i > 0) {
      EXPECT_FALSE(VerifyWithheld(told->withheld.substr(0, i), plain, key_.public_key()).ok()) << i;
    }
  }
  Receipt other = plain;
  other.manifest_hash = crypto::HashOf({"another parcel"});
  EXPECT_FALSE(VerifyWithheld(told->withheld, other, key_.public_key()).ok());
}

TEST_F(Receipts, EveryKindComesBack) {
  const absl::StatusOr<SignedReceipt> stored = SignReceipt(receipt_, key_);
  ASSERT_TRUE(stored.ok()) << stored.status();
  EXPECT_EQ(*Verify(*stored), receipt_);

  Receipt refused;
  refused.kind = Receipt::Kind::kRefused;
  refused.signer_fpr = receipt_.signer_fpr;
  refused.layer = Layer::kProof;
  EXPECT_EQ(*Verify(*SignReceipt(refused, key_)), refused);

  Receipt erased;
  erased.kind = Receipt::Kind::kErased;
  erased.signer_fpr = receipt_.signer_fpr;
  erased.erased = receipt_.erased;
  EXPECT_EQ(*Verify(*SignReceipt(erased, key_)), erased);
}

TEST_F(Receipts, EveryChangedByteIsRefused) {
  const SignedReceipt good = *SignReceipt(receipt_, key_);
  for (size_t i = 0; i < good.bytes.size(); ++i) {
    SignedReceipt bad = good;
    bad.bytes[i] = static_cast<char>(bad.bytes[i] ^ 4);
    EXPECT_TRUE(LayerOf(Verify(bad).status()).has_value()) << i;
  }
  SignedReceipt bad = good;
  bad.signature[0] ^= 1;
  EXPECT_EQ(LayerOf(Verify(bad).status()), Layer::kManifest);
}

// A signer who lies about the layout: the signature is good and the bytes are not.
TEST_F(Receipts, EveryTruncationIsRefused) {
  const SignedReceipt good = *SignReceipt(receipt_, key_);
  for (size_t length = 0; length < good.bytes.size(); ++length) {
    SignedReceipt bad{good.bytes.substr(0, length), {}};
    bad.signature = key_.Sign(bad.bytes);
    EXPECT_FALSE(Verify(bad).ok()) << length;
  }
  SignedReceipt longer{good.bytes + "x", {}};
  longer.signature = key_.Sign(longer.bytes);
  EXPECT_FALSE(Verify(longer).ok());
}

TEST_F(Receipts, AnotherSigner) {
  const SignedReceipt good = *SignReceipt(receipt_, key_);
  EXPECT_FALSE(VerifyReceipt(good.bytes, crypto::View(good.signature), key_.public_key(), crypto::HashOf({"x"})).ok());
  EXPECT_FALSE(VerifyReceipt(good.bytes, crypto::View(good.signature), crypto::SigningKey::Generate().public_key(),
                             receipt_.signer_fpr)
                   .ok());
}

TEST_F(Receipts, ContradictionsAreNotSigned) {
  Receipt both = receipt_;
  both.layer = Layer::kSeal;
  EXPECT_FALSE(SignReceipt(both, key_).ok());
  Receipt refused = receipt_;
  refused.kind = Receipt::Kind::kRefused;
  refused.layer = Layer::kSeal;
  EXPECT_FALSE(SignReceipt(refused, key_).ok()) << "a refusal that stored something";
  Receipt nameless;
  nameless.kind = Receipt::Kind::kRefused;
  EXPECT_FALSE(SignReceipt(nameless, key_).ok());
  Receipt many;
  many.unwanted.resize(kMaxReceiptLeaves + 1);
  EXPECT_FALSE(SignReceipt(many, key_).ok());
}

}  // namespace
}  // namespace tidegate::parcel
