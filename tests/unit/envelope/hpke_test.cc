#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "crypto/envelope/envelope.h"

namespace tidegate::envelope {
namespace {

using crypto::AgreementKey;

std::string FromHex(const char* hex) { return absl::HexStringToBytes(hex); }
AgreementKey KeyOf(const char* hex) { return *AgreementKey::FromBytes(FromHex(hex)); }

// RFC 9180, mode_psk with X25519, HKDF-SHA256 and AES-256-GCM (its authors' test vectors, mode 1, aead 2).
class Rfc9180 : public testing::Test {
 protected:
  const AgreementKey ephemeral_ = KeyOf("e24413c8dc5760ffbedbfbfb48d087f85ae448b62575db480763d430636663af");
  const AgreementKey recipient_ = KeyOf("d99132243a09c24a7497f3da8608f0ba808c21a575d33679f4b24603e96d27ad");
  const std::string psk_ = FromHex("0247fd33b913760fa1fa51e1892d9f307fbe65eb171e8132c2af18555a738b82");
  const std::string psk_id_ = "Ennyn Durin aran Moria";
  const std::string info_ = "Ode on a Grecian Urn";
  const std::string plaintext_ = "Beauty is truth, truth beauty";
};

TEST_F(Rfc9180, KnownAnswer) {
  absl::StatusOr<Sender> sender =
      TEST_SetupSenderWithEphemeral(ephemeral_, AeadId::kAes256Gcm, recipient_.public_key(), info_, Psk{psk_, psk_id_});
  ASSERT_TRUE(sender.ok()) << sender.status();
  EXPECT_EQ(crypto::View(sender->enc), FromHex("4f3e44d4dde1d0d12a724242df8cef0a68ea53617dab8a6aade4239d404a5154"));
  EXPECT_EQ(sender->context.TEST_schedule()->key,
            FromHex("de08a0822c00994ffd1a4136a3caaf2703b4ce0c083c2656e598345fcd27510f"));
  const std::string first =
      FromHex("316d9b4214a33182212888e86f23005b0706c30db2b1052c4e28c2c100fcdb85cc934b0a64c8db0d7dd339b64c");
  const std::string second =
      FromHex("d8d6bd66e6e43f33a40bbb3786cad58092b5c7c64fa4c596fbeea04334dd169d7a02a25556e95a0f9a043938f7");
  EXPECT_EQ(*sender->context.Seal("Count-0", plaintext_), first);
  EXPECT_EQ(*sender->context.Seal("Count-1", plaintext_), second);

  absl::StatusOr<Context> context =
      SetupRecipient(AeadId::kAes256Gcm, recipient_, sender->enc, info_, Psk{psk_, psk_id_});
  ASSERT_TRUE(context.ok());
  EXPECT_EQ(context->TEST_schedule(), nullptr) << "only the test door keeps what the schedule gave";
  EXPECT_EQ(*context->Open("Count-0", first), plaintext_);
  EXPECT_EQ(*context->Open("Count-1", second), plaintext_);
  std::array<uint8_t, 32> exported;
  ASSERT_TRUE(context->Export("", exported).ok());
  EXPECT_EQ(crypto::View(exported), FromHex("c2dccc00e2dda4c34a38e25a9ec1c0a43338b2d3c08ab7a870a978839d64af98"));
}

// Each mode and AEAD: one side seals and the other opens. If anything differs between them, it refuses.
class Modes : public testing::TestWithParam<std::tuple<AeadId, bool, bool>> {
 protected:
  AeadId aead() const { return std::get<0>(GetParam()); }
  std::optional<Psk> psk() const { return std::get<1>(GetParam()) ? std::optional<Psk>({psk_, "id"}) : std::nullopt; }
  bool authenticated() const { return std::get<2>(GetParam()); }

  absl::StatusOr<Sender> Send() const {
    return SetupSender(aead(), recipient_.public_key(), "info", psk(), authenticated() ? &sender_ : nullptr);
  }
  absl::StatusOr<Context> Receive(const Encapsulated& enc, const AgreementKey& key, std::string_view info,
                                  const std::optional<Psk>& psk, const crypto::PublicKey& sender) const {
    return SetupRecipient(aead(), key, enc, info, psk, authenticated() ? &sender : nullptr);
  }

  const AgreementKey sender_ = AgreementKey::Generate();
  const AgreementKey recipient_ = AgreementKey::Generate();
  const std::string psk_ = std::string(32, 'k');
};

TEST_P(Modes, RoundTripAndNothingElse) {
  absl::StatusOr<Sender> sender = Send();
  ASSERT_TRUE(sender.ok());
  const std::string sealed = *sender->context.Seal("aad", "message");
  absl::StatusOr<Context> right = Receive(sender->enc, recipient_, "info", psk(), sender_.public_key());
  ASSERT_TRUE(right.ok());
  EXPECT_TRUE(absl::IsUnauthenticated(right->Open("daa", sealed).status()));
  EXPECT_EQ(right->sequence(), 0u) << "a refused message takes no number";
  EXPECT_EQ(*right->Open("aad", sealed), "message");
  EXPECT_FALSE(right->Open("aad", sealed).ok()) << "the same message again is another number";

  const AgreementKey other = AgreementKey::Generate();
  EXPECT_FALSE(Receive(sender->enc, other, "info", psk(), sender_.public_key())->Open("aad", sealed).ok());
  EXPECT_FALSE(Receive(sender->enc, recipient_, "inf0", psk(), sender_.public_key())->Open("aad", sealed).ok());
  EXPECT_FALSE(Receive(other.public_key(), recipient_, "info", psk(), sender_.public_key())->Open("aad", sealed).ok());
  if (psk()) {
    const std::string wrong(32, 'w');
    EXPECT_FALSE(
        Receive(sender->enc, recipient_, "info", Psk{wrong, "id"}, sender_.public_key())->Open("aad", sealed).ok());
    EXPECT_FALSE(
        Receive(sender->enc, recipient_, "info", Psk{psk_, "di"}, sender_.public_key())->Open("aad", sealed).ok());
    EXPECT_FALSE(
        Receive(sender->enc, recipient_, "info", std::nullopt, sender_.public_key())->Open("aad", sealed).ok());
  }
  if (authenticated()) {
    EXPECT_FALSE(Receive(sender->enc, recipient_, "info", psk(), other.public_key())->Open("aad", sealed).ok());
  }
}

INSTANTIATE_TEST_SUITE_P(All, Modes,
                         testing::Combine(testing::Values(AeadId::kAes128Gcm, AeadId::kAes256Gcm,
                                                          AeadId::kChaCha20Poly1305),
                                          testing::Bool(), testing::Bool()));

TEST(Hpke, EachEncapsulationIsFresh) {
  const AgreementKey recipient = AgreementKey::Generate();
  EXPECT_NE(SetupSender(AeadId::kAes256Gcm, recipient.public_key(), "")->enc,
            SetupSender(AeadId::kAes256Gcm, recipient.public_key(), "")->enc);
}

TEST(Hpke, UnfitInputIsRefused) {
  const AgreementKey recipient = AgreementKey::Generate();
  const std::string short_key(31, 'k');
  const std::string key(32, 'k');
  const auto setup = [&](const crypto::PublicKey& to, const std::optional<Psk>& psk) {
    return SetupSender(AeadId::kAes256Gcm, to, "", psk).status();
  };
  EXPECT_TRUE(absl::IsInvalidArgument(setup({}, std::nullopt)));
  EXPECT_TRUE(absl::IsInvalidArgument(setup(recipient.public_key(), Psk{short_key, "id"})));
  EXPECT_TRUE(absl::IsInvalidArgument(setup(recipient.public_key(), Psk{key, ""})));
  EXPECT_TRUE(absl::IsInvalidArgument(SetupRecipient(AeadId::kAes256Gcm, recipient, {}, "").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(SetupSender(static_cast<AeadId>(7), recipient.public_key(), "").status()));
}

TEST(Hpke, ExportOnlyExportsOnly) {
  const AgreementKey recipient = AgreementKey::Generate();
  absl::StatusOr<Sender> sender = SetupSender(AeadId::kExportOnly, recipient.public_key(), "");
  ASSERT_TRUE(sender.ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(sender->context.Seal("", "").status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(sender->context.Open("", "").status()));
  std::array<uint8_t, 64> ours;
  std::array<uint8_t, 64> theirs;
  ASSERT_TRUE(sender->context.Export("x", ours).ok());
  ASSERT_TRUE(SetupRecipient(AeadId::kExportOnly, recipient, sender->enc, "")->Export("x", theirs).ok());
  EXPECT_EQ(ours, theirs);
}

}  // namespace
}  // namespace tidegate::envelope
