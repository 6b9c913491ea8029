// The keyring: what the vault writes it reads, up to the bounds of each part; changed anywhere, it is refused.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "crypto/aead.h"
#include "crypto/vault/keyring.h"
#include "tests/property/crypto/dice.h"
#include "tests/property/crypto/mutations.h"

namespace tidegate::vault {
namespace {

using property::Dice;

constexpr size_t kMostName = 0xff, kMostValue = 0xffff;
constexpr size_t kHeader = 8 + 1 + 4 + 8 + 16 + 24;

// A length up to `most`, and each border as likely as all between.
size_t AnyLength(Dice& dice, size_t least, size_t most) {
  if (dice.Chance(8)) return most;
  return least + dice.Length(most - least + 1);
}

Contents AnyContents(Dice& dice) {
  Contents contents;
  contents.index_key = crypto::Secret<32>::Random();
  std::map<std::string, uint32_t> newest;
  for (uint64_t i = dice.Length(30); i > 0; --i) {
    const std::string retention = dice.Chance(2) ? "" : dice.Bytes(AnyLength(dice, 0, kMaxRetentionSize));
    contents.next_epoch += static_cast<uint32_t>(dice.Length(1000));
    const uint32_t number = contents.next_epoch++;
    if (const auto before = newest.find(retention); before != newest.end()) {
      contents.epochs.at(before->second).current = false;
    }
    contents.epochs.emplace(number, DataKey{retention, true, crypto::Secret<32>::Random()});
    newest[retention] = number;
  }
  if (dice.Chance(4)) contents.next_epoch = UINT32_MAX;
  for (uint64_t i = dice.Length(8); i > 0; --i) {
    const std::string value = dice.Bytes(AnyLength(dice, 0, dice.Chance(10) ? kMostValue : 300));
    contents.secrets.insert_or_assign(dice.Bytes(AnyLength(dice, 1, kMostName)), crypto::SecretBytes::CopyOf(value));
  }
  return contents;
}

TEST(Keyrings, ContentsAreReadAsTheyWereWritten) {
  Dice dice("Keyrings.ContentsAreReadAsTheyWereWritten");
  for (int round = 0; round < Dice::Rounds(200); ++round) {
    const Contents contents = AnyContents(dice);
    const std::string bytes = EncodeContents(contents, 0);
    const absl::StatusOr<Contents> read = DecodeContents(bytes);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(EncodeContents(*read, 0), bytes);
    EXPECT_EQ(read->next_epoch, contents.next_epoch);
    EXPECT_EQ(read->epochs.size(), contents.epochs.size());
    EXPECT_EQ(read->secrets.size(), contents.secrets.size());
    if (round % 8 != 0) continue;
    property::Mutate(dice, bytes, [](const std::string& changed) {
      const absl::StatusOr<Contents> other = DecodeContents(changed);
      if (other.ok()) {
        EXPECT_EQ(EncodeContents(*other, 0), changed);
      }
    });
  }
}

TEST(Keyrings, TheMostEpochsAreReadAndOneMoreIsNot) {
  Contents contents;
  while (contents.epochs.size() < kMaxEpochs) {
    const uint32_t number = contents.next_epoch++;
    contents.epochs.emplace(number, DataKey{absl::StrCat("class ", number), true, crypto::Secret<32>::Random()});
  }
  EXPECT_TRUE(DecodeContents(EncodeContents(contents, 0)).ok());
  contents.epochs.emplace(contents.next_epoch++, DataKey{"", true, crypto::Secret<32>::Random()});
  EXPECT_FALSE(DecodeContents(EncodeContents(contents, 0)).ok());
}

class KeyringFiles : public testing::Test {
 protected:
  KeyringFiles() {
    std::string pattern = (std::filesystem::temp_directory_path() / "tidegate-keyring-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    EXPECT_TRUE(MasterKey::CreateKeyFile(key_file()).ok());
  }
  ~KeyringFiles() override { std::filesystem::remove_all(folder_); }

  std::string key_file() const { return folder_ + "/master.key"; }
  std::string keyring_file() const { return folder_ + "/keyring"; }
  MasterKey Master() const { return *MasterKey::FromKeyFile(key_file()); }

 private:
  std::string folder_;
};

TEST_F(KeyringFiles, AreUnwrappedAsTheyWereWrapped) {
  Dice dice("KeyringFiles.AreUnwrappedAsTheyWereWrapped");
  const Keyring keyring = *Keyring::Make(Master());
  for (int round = 0; round < Dice::Rounds(200); ++round) {
    const Contents contents = AnyContents(dice);
    const absl::StatusOr<std::string> file = keyring.Wrap(contents);
    ASSERT_TRUE(file.ok()) << file.status();
    const absl::StatusOr<Keyring::Opened> opened = Keyring::Unwrap(*file, Master());
    ASSERT_TRUE(opened.ok()) << opened.status();
    EXPECT_EQ(EncodeContents(opened->contents, 0), EncodeContents(contents, 0));
    if (round % 40 != 0) continue;
    property::Mutate(dice, *file,
                     [this](const std::string& changed) { EXPECT_FALSE(Keyring::Unwrap(changed, Master()).ok()); });
  }
}

TEST_F(KeyringFiles, TheLargestIsOpenedAndALargerOneIsNotWritten) {
  const Keyring keyring = *Keyring::Make(Master());
  Contents contents;
  size_t left = kMaxKeyringSize - kHeader - crypto::kAeadTagSize - EncodeContents(contents, 0).size();
  // Each secret takes its two lengths and a name of five bytes.
  for (int number = 10000; left > 0; ++number) {
    const size_t size = left > 2 * kMostValue ? kMostValue : std::min(left - 8, kMostValue / 2);
    contents.secrets.emplace(absl::StrCat(number), crypto::SecretBytes(size));
    left -= size + 8;
    if (left > 0 && left < 8) FAIL() << "no secret fills " << left << " bytes";
  }
  const absl::StatusOr<std::string> file = keyring.Wrap(contents);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->size(), kMaxKeyringSize);
  EXPECT_TRUE(Keyring::Unwrap(*file, Master()).ok());
  contents.secrets.emplace("1", crypto::SecretBytes(0));
  EXPECT_TRUE(absl::IsResourceExhausted(keyring.Wrap(contents).status()));
}

TEST_F(KeyringFiles, WhatTheVaultTakesItStillHasAfterItWasOpenedAgain) {
  Dice dice("KeyringFiles.WhatTheVaultTakesItStillHasAfterItWasOpenedAgain");
  auto vault = *Vault::Create(keyring_file(), Master());
  for (int round = 0; round < Dice::Rounds(40); ++round) {
    const std::string name = dice.Bytes(AnyLength(dice, 0, kMostName + 1));
    const std::string value = dice.Bytes(AnyLength(dice, 0, dice.Chance(4) ? kMostValue + 1 : 300));
    const bool taken = vault->SetSecret(name, crypto::SecretBytes::CopyOf(value)).ok();
    EXPECT_EQ(taken, !name.empty() && name.size() <= kMostName && value.size() <= kMostValue);
    const std::string retention = dice.Bytes(AnyLength(dice, 0, kMaxRetentionSize + 1));
    EXPECT_EQ(vault->NewEpoch(retention).ok(), retention.size() <= kMaxRetentionSize);
    const size_t epochs = vault->Epochs().size();
    vault.reset();
    absl::StatusOr<std::unique_ptr<Vault>> again = Vault::Open(keyring_file(), Master());
    ASSERT_TRUE(again.ok()) << again.status();
    vault = *std::move(again);
    EXPECT_EQ(vault->Epochs().size(), epochs);
    if (taken) {
      EXPECT_EQ(vault->GetSecret(name)->Expose(), value);
    }
  }
}

}  // namespace
}  // namespace tidegate::vault
