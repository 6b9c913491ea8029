// Damage means refusal: sealed or signed bytes that were changed anywhere are not accepted.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "crypto/bytes.h"
#include "crypto/checkpoint/checkpoint.h"
#include "crypto/envelope/envelope.h"
#include "crypto/vault/keyring.h"
#include "crypto/vault/value.h"
#include "tests/property/crypto/dice.h"

namespace tidegate {
namespace {

using property::Dice;

// The bytes, changed in one of the ways that lines and disks and people have.
std::string Damaged(Dice& dice, const std::string& good) {
  std::string bad = good;
  while (bad == good) {
    const size_t at = dice.Below(good.size());
    switch (dice.Below(4)) {
      case 0:
        bad[at] = static_cast<char>(bad[at] ^ (1 << dice.Below(8)));
        break;
      case 1:
        bad.resize(at);
        break;
      case 2:
        bad.insert(at, dice.Bytes(1 + dice.Below(20)));
        break;
      default:
        bad.replace(at, 1 + dice.Below(20), dice.Bytes(dice.Below(20)));
        break;
    }
  }
  return bad;
}

struct Parcel {
  envelope::Encapsulated enc{};
  envelope::StreamClaims claims;
  std::vector<std::string> chunks;
};

class Streams {
 public:
  explicit Streams(Dice& dice)
      : shape_{size_t{64} << dice.Below(3), size_t{8} << dice.Below(4)},
        aead_(dice.Chance(2) ? envelope::AeadId::kAes256Gcm : envelope::AeadId::kChaCha20Poly1305) {}

  Parcel Seal(Dice& dice, std::string_view plaintext) const {
    const envelope::Psk psk{psk_, "psk"};
    absl::StatusOr<envelope::Sender> sender = envelope::SetupSender(aead_, key_.public_key(), "info", psk);
    Parcel parcel;
    parcel.enc = sender->enc;
    const auto sink = [&](std::string chunk) {
      parcel.chunks.push_back(std::move(chunk));
      return absl::OkStatus();
    };
    absl::StatusOr<envelope::StreamSealer> sealer = envelope::StreamSealer::Create(std::move(sender->context), shape_);
    while (!plaintext.empty()) {
      const size_t piece = std::min<size_t>(1 + dice.Below(300), plaintext.size());
      EXPECT_TRUE(sealer->Write(plaintext.substr(0, piece), sink).ok());
      plaintext.remove_prefix(piece);
    }
    parcel.claims = *sealer->Finish(sink);
    return parcel;
  }

  absl::StatusOr<std::string> Open(const Parcel& parcel) const {
    const envelope::Psk psk{psk_, "psk"};
    absl::StatusOr<envelope::Context> context = envelope::SetupRecipient(aead_, key_, parcel.enc, "info", psk);
    if (!context.ok()) return context.status();
    absl::StatusOr<envelope::StreamOpener> opener =
        envelope::StreamOpener::Create(*std::move(context), parcel.claims, shape_);
    if (!opener.ok()) return opener.status();
    std::string plaintext;
    for (const std::string& chunk : parcel.chunks) {
      absl::StatusOr<std::string> part = opener->Open(chunk);
      if (!part.ok()) return part.status();
      plaintext += *part;
    }
    if (absl::Status end = opener->Finish(); !end.ok()) return end;
    return plaintext;
  }

 private:
  const crypto::AgreementKey key_ = crypto::AgreementKey::Generate();
  const std::string psk_ = crypto::Random(32);
  const envelope::StreamShape shape_;
  const envelope::AeadId aead_;
};

void DamageParcel(Dice& dice, Parcel& parcel) {
  std::string& chunk = parcel.chunks[dice.Below(parcel.chunks.size())];
  switch (dice.Below(8)) {
    case 0:
      parcel.enc[dice.Below(32)] ^= static_cast<uint8_t>(1 << dice.Below(8));
      break;
    case 1:
      parcel.claims.commitment[dice.Below(32)] ^= 1;
      break;
    case 2:
      parcel.claims.digest[dice.Below(32)] ^= 1;
      break;
    case 3:
      parcel.claims.chunks += dice.Chance(2) ? 1 : -1;
      break;
    case 4:
      parcel.chunks.pop_back();
      break;
    case 5:
      parcel.chunks.insert(parcel.chunks.begin(), chunk);
      break;
    default:
      chunk = Damaged(dice, chunk);
      break;
  }
}

TEST(Damage, OfAParcel) {
  Dice dice("parcels");
  for (int round = 0; round < Dice::Rounds(300); ++round) {
    const Streams streams(dice);
    const std::string plaintext = dice.Bytes(dice.Length(1200));
    Parcel parcel = streams.Seal(dice, plaintext);
    const absl::StatusOr<std::string> opened = streams.Open(parcel);
    ASSERT_TRUE(opened.ok()) << opened.status();
    ASSERT_EQ(*opened, plaintext);
    DamageParcel(dice, parcel);
    EXPECT_FALSE(streams.Open(parcel).ok()) << "round " << round;
  }
}

TEST(Damage, OfAChunkWhoseDigestIsMadeToFit) {
  Dice dice("chunks");
  for (int round = 0; round < Dice::Rounds(200); ++round) {
    const Streams streams(dice);
    Parcel parcel = streams.Seal(dice, dice.Bytes(dice.Length(600)));
    std::string& chunk = parcel.chunks[dice.Below(parcel.chunks.size())];
    chunk = Damaged(dice, chunk);
    crypto::Sha256 digest;
    for (const std::string& each : parcel.chunks) digest.Update(each);
    parcel.claims.digest = digest.Finish();
    EXPECT_FALSE(streams.Open(parcel).ok()) << "the tags must find it without the digest; round " << round;
  }
}

TEST(Damage, OfACheckpoint) {
  Dice dice("checkpoints");
  const crypto::SigningKey key = crypto::SigningKey::Generate();
  for (int round = 0; round < Dice::Rounds(300); ++round) {
    checkpoint::Checkpoint head;
    head.origin = absl::StrCat("tidegate.example/org/node", dice.Below(100), "/log/", dice.Below(9));
    head.size = dice.Below(UINT64_MAX);
    head.root = crypto::HashOf({dice.Bytes(4)});
    const checkpoint::VerifierKey verifier{head.origin, key.public_key()};
    const std::string note = *checkpoint::SignCheckpoint(head, key);
    const absl::StatusOr<checkpoint::Checkpoint> read = checkpoint::VerifyCheckpoint(note, verifier);
    ASSERT_TRUE(read.ok()) << read.status();
    ASSERT_EQ(*read, head);
    ASSERT_EQ(*checkpoint::ParseVerifierKey(checkpoint::PrintVerifierKey(verifier)), verifier);
    const std::string bad = Damaged(dice, note);
    EXPECT_FALSE(checkpoint::VerifyCheckpoint(bad, verifier).ok()) << bad;
  }
}

TEST(Damage, OfAStoredValue) {
  Dice dice("values");
  vault::EpochCipher cipher(7, crypto::Secret<32>::Random());
  for (int round = 0; round < Dice::Rounds(1000); ++round) {
    const auto suite = dice.Chance(2) ? vault::Suite::kXChaCha20Poly1305 : vault::Suite::kXAes256Gcm;
    const std::string table = dice.Bytes(dice.Below(20));
    const std::string key = dice.Bytes(dice.Below(40));
    const std::string value = dice.Bytes(dice.Length(2000));
    std::string sealed;
    ASSERT_TRUE(cipher.SealAppend(suite, {table, key}, value, sealed).ok());
    const auto open = [&](const std::string& bytes) -> absl::StatusOr<std::string> {
      const absl::StatusOr<vault::SealedValue> parsed = vault::ParseSealedValue(bytes);
      if (!parsed.ok()) return parsed.status();
      if (parsed->epoch != 7) return absl::NotFoundError("another epoch");
      std::string out;
      if (absl::Status status = cipher.OpenAppend(*parsed, {table, key}, out); !status.ok()) return status;
      return out;
    };
    const absl::StatusOr<std::string> opened = open(sealed);
    ASSERT_TRUE(opened.ok());
    ASSERT_EQ(*opened, value);
    EXPECT_FALSE(open(Damaged(dice, sealed)).ok()) << "round " << round;
  }
}

TEST(Damage, OfKeyringContentsNeverReadsAsSomethingElse) {
  Dice dice("keyrings");
  for (int round = 0; round < Dice::Rounds(300); ++round) {
    vault::Contents contents;
    contents.next_epoch = 100;
    for (uint64_t i = dice.Below(5); i > 0; --i) {
      contents.epochs.insert_or_assign(static_cast<uint32_t>(1 + dice.Below(99)),
                                       vault::DataKey{dice.Bytes(dice.Below(5)), false, crypto::Secret<32>::Random()});
    }
    for (uint64_t i = dice.Below(5); i > 0; --i) {
      contents.secrets.insert_or_assign("s" + dice.Bytes(dice.Below(9)), crypto::SecretBytes(dice.Below(50)));
    }
    const std::string bytes = vault::EncodeContents(contents, 0);
    const absl::StatusOr<vault::Contents> read = vault::DecodeContents(bytes);
    ASSERT_TRUE(read.ok()) << read.status();
    ASSERT_EQ(vault::EncodeContents(*read, 0), bytes);
    // Some changes give other good contents (a key's bit); then those bytes must be their one form.
    const std::string bad = Damaged(dice, bytes);
    const absl::StatusOr<vault::Contents> other = vault::DecodeContents(bad);
    if (other.ok()) {
      EXPECT_EQ(vault::EncodeContents(*other, 0), bad);
    }
  }
}

}  // namespace
}  // namespace tidegate
