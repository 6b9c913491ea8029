#include "crypto/vault/vault.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "absl/strings/escaping.h"
#include "crypto/vault/value.h"

namespace tidegate::vault {
namespace {

namespace fs = std::filesystem;

std::string ReadAll(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class VaultTest : public testing::TestWithParam<Suite> {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "/vault-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    key_file_ = folder_ / "master.key";
    keyring_ = folder_ / "keyring";
    ASSERT_TRUE(MasterKey::CreateKeyFile(key_file_).ok());
  }
  void TearDown() override { fs::remove_all(folder_); }

  MasterKey Master() const { return *MasterKey::FromKeyFile(key_file_); }
  std::unique_ptr<Vault> Create() const { return *Vault::Create(keyring_, Master(), GetParam()); }
  absl::StatusOr<std::unique_ptr<Vault>> Open() const { return Vault::Open(keyring_, Master(), GetParam()); }

  fs::path folder_;
  std::string key_file_;
  std::string keyring_;
};

TEST_P(VaultTest, ValuesOpenInTheirPlaceOnly) {
  const std::unique_ptr<Vault> vault = Create();
  const absl::StatusOr<std::string> sealed = vault->Seal("record", "key 1", "a value");
  ASSERT_TRUE(sealed.ok());
  EXPECT_EQ(sealed->size(), 7 + kValueOverhead);
  EXPECT_EQ(sealed->front(), static_cast<char>(GetParam()));
  EXPECT_EQ(*Vault::EpochOf(*sealed), 1u);
  EXPECT_EQ(*vault->Open("record", "key 1", *sealed), "a value");
  EXPECT_TRUE(absl::IsUnauthenticated(vault->Open("record", "key 2", *sealed).status()));
  EXPECT_TRUE(absl::IsUnauthenticated(vault->Open("recordk", "ey 1", *sealed).status()));
  EXPECT_TRUE(absl::IsUnauthenticated(vault->Open("", "key 1", *sealed).status()));
  EXPECT_NE(*sealed, *vault->Seal("record", "key 1", "a value")) << "nonces are fresh";
}

TEST_P(VaultTest, EachChangedByteOfAValueIsRefused) {
  const std::unique_ptr<Vault> vault = Create();
  const std::string sealed = *vault->Seal("t", "k", "value");
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string bad = sealed;
    bad[i] = static_cast<char>(bad[i] ^ 0x80);
    EXPECT_FALSE(vault->Open("t", "k", bad).ok()) << "byte " << i;
  }
  for (size_t length = 0; length < sealed.size(); ++length) {
    EXPECT_FALSE(vault->Open("t", "k", sealed.substr(0, length)).ok()) << length;
  }
}

TEST_P(VaultTest, AppendAddsAndRestoresOnError) {
  const std::unique_ptr<Vault> vault = Create();
  std::string out = "head";
  ASSERT_TRUE(vault->SealAppend("t", "k", "value", "", out).ok());
  const std::string sealed = out.substr(4);
  ASSERT_TRUE(vault->OpenAppend("t", "k", sealed, out = "head").ok());
  EXPECT_EQ(out, "headvalue");
  EXPECT_FALSE(vault->OpenAppend("t", "x", sealed, out).ok());
  EXPECT_FALSE(vault->SealAppend("t", "k", "value", "no such class", out).ok());
  EXPECT_FALSE(vault->SealAppend(std::string(256, 't'), "k", "value", "", out).ok());
  EXPECT_FALSE(vault->SealAppend("t", std::string(65536, 'k'), "value", "", out).ok());
  EXPECT_EQ(out, "headvalue");
}

TEST_P(VaultTest, EverythingSurvivesReopening) {
  std::string sealed;
  BlindTermBytes term;
  {
    const std::unique_ptr<Vault> vault = Create();
    sealed = *vault->Seal("t", "k", "value");
    term = vault->BlindTerm(4, "+447009000007");
    ASSERT_TRUE(vault->SetSecret("psk/a", crypto::SecretBytes::CopyOf("one")).ok());
    ASSERT_TRUE(vault->SetSecret("psk/b", crypto::SecretBytes::CopyOf("two")).ok());
    ASSERT_TRUE(vault->SetSecret("log", crypto::SecretBytes::CopyOf("seed")).ok());
    ASSERT_TRUE(vault->SetSecret("psk/a", crypto::SecretBytes::CopyOf("one again")).ok());
    ASSERT_TRUE(vault->RemoveSecret("psk/b").ok());
  }
  const absl::StatusOr<std::unique_ptr<Vault>> vault = Open();
  ASSERT_TRUE(vault.ok()) << vault.status();
  EXPECT_EQ(*(*vault)->Open("t", "k", sealed), "value");
  EXPECT_EQ((*vault)->BlindTerm(4, "+447009000007"), term);
  EXPECT_EQ((*vault)->GetSecret("psk/a")->Expose(), "one again");
  EXPECT_TRUE(absl::IsNotFound((*vault)->GetSecret("psk/b").status()));
  EXPECT_TRUE(absl::IsNotFound((*vault)->RemoveSecret("psk/b")));
  EXPECT_EQ((*vault)->SecretNames(), (std::vector<std::string>{"log", "psk/a"}));
  EXPECT_EQ((*vault)->SecretNames("psk/"), (std::vector<std::string>{"psk/a"}));
}

TEST_P(VaultTest, EpochsOfAClassFollowEachOther) {
  const std::unique_ptr<Vault> vault = Create();
  EXPECT_TRUE(absl::IsNotFound(vault->Seal("t", "k", "v", "short").status()));
  EXPECT_EQ(*vault->NewEpoch("short"), 2u);
  const std::string old = *vault->Seal("t", "k", "old", "short");
  EXPECT_EQ(*vault->NewEpoch("short"), 3u);
  const std::string now = *vault->Seal("t", "k", "now", "short");
  EXPECT_EQ(*Vault::EpochOf(old), 2u);
  EXPECT_EQ(*Vault::EpochOf(now), 3u);
  EXPECT_EQ(*Vault::EpochOf(*vault->Seal("t", "k", "v")), 1u);
  EXPECT_EQ(*vault->Open("t", "k", old), "old");
  const std::vector<Epoch> epochs = vault->Epochs();
  ASSERT_EQ(epochs.size(), 3u);
  EXPECT_FALSE(epochs[1].current);
  EXPECT_TRUE(epochs[2].current);
  EXPECT_EQ(epochs[2].retention, "short");
}

TEST_P(VaultTest, ARetiredEpochOpensWhatItSealedAndSealsNothingNew) {
  std::unique_ptr<Vault> vault = Create();
  ASSERT_TRUE(vault->NewEpoch("short").ok());
  const std::string kept = *vault->Seal("t", "k", "kept", "short");
  ASSERT_TRUE(vault->RetireEpoch(2).ok());
  EXPECT_TRUE(absl::IsNotFound(vault->RetireEpoch(7)));
  for (int round = 0; round < 2; ++round) {
    EXPECT_TRUE(absl::IsNotFound(vault->Seal("t", "k", "v", "short").status()));
    EXPECT_EQ(*vault->Open("t", "k", kept), "kept");
    vault.reset();
    vault = *Open();
  }
  EXPECT_EQ(*vault->NewEpoch("short"), 3u);
}

TEST_P(VaultTest, ADestroyedEpochIsGoneForGood) {
  std::unique_ptr<Vault> vault = Create();
  ASSERT_TRUE(vault->NewEpoch("short").ok());
  const std::string kept = *vault->Seal("t", "k", "kept");
  const std::string lost = *vault->Seal("t", "k", "lost", "short");
  const std::string before = ReadAll(keyring_);
  ASSERT_TRUE(vault->DestroyEpoch(2).ok());
  EXPECT_NE(ReadAll(keyring_).substr(21, 16), before.substr(21, 16)) << "the wrap key is a fresh one";
  EXPECT_TRUE(absl::IsNotFound(vault->DestroyEpoch(2)));
  for (int round = 0; round < 2; ++round) {
    EXPECT_TRUE(absl::IsNotFound(vault->Open("t", "k", lost).status()));
    EXPECT_TRUE(absl::IsNotFound(vault->Seal("t", "k", "v", "short").status()));
    EXPECT_EQ(*vault->Open("t", "k", kept), "kept");
    vault.reset();
    vault = *Open();
  }
  EXPECT_EQ(*vault->NewEpoch("short"), 3u) << "numbers are never used again";
}

TEST_P(VaultTest, TheOldKeyringsBytesAreOverwritten) {
  const std::unique_ptr<Vault> vault = Create();
  const std::string before = ReadAll(keyring_);
  fs::create_hard_link(keyring_, folder_ / "second name");
  ASSERT_TRUE(vault->NewEpoch("a").ok());
  EXPECT_EQ(ReadAll(folder_ / "second name"), before) << "a file that has another name is a backup and stays";
  std::ifstream held(keyring_, std::ios::binary);
  const std::string old = ReadAll(keyring_);
  ASSERT_TRUE(vault->NewEpoch("b").ok());
  const std::string blocks{std::istreambuf_iterator<char>(held), {}};
  EXPECT_EQ(blocks.size(), old.size());
  EXPECT_NE(blocks, old);
}

TEST_P(VaultTest, BlindTermsDependOnKeySlotAndTerm) {
  const std::unique_ptr<Vault> vault = Create();
  const BlindTermBytes term = vault->BlindTerm(4, "+447009000007");
  EXPECT_EQ(vault->BlindTerm(4, "+447009000007"), term);
  EXPECT_NE(vault->BlindTerm(5, "+447009000007"), term);
  EXPECT_NE(vault->BlindTerm(4, "+447009000008"), term);
  ASSERT_TRUE(vault->ReplaceIndexKey().ok());
  EXPECT_NE(vault->BlindTerm(4, "+447009000007"), term);
}

TEST_P(VaultTest, MasterKeysCanBeChanged) {
  {
    const std::unique_ptr<Vault> vault = Create();
    ASSERT_TRUE(vault->SetSecret("name", crypto::SecretBytes::CopyOf("value")).ok());
    absl::StatusOr<MasterKey> words =
        MasterKey::FromPassphrase(crypto::SecretBytes::CopyOf("spoken words"), {1, 64 << 10});
    ASSERT_TRUE(vault->ChangeMasterKey(*std::move(words)).ok());
    ASSERT_TRUE(vault->SetSecret("later", crypto::SecretBytes::CopyOf("also")).ok());
  }
  EXPECT_TRUE(absl::IsFailedPrecondition(Open().status())) << "a key file opens it no more";
  const auto vault =
      Vault::Open(keyring_, *MasterKey::FromPassphrase(crypto::SecretBytes::CopyOf("spoken words")), GetParam());
  ASSERT_TRUE(vault.ok()) << vault.status();
  EXPECT_EQ((*vault)->GetSecret("name")->Expose(), "value");
  EXPECT_EQ((*vault)->GetSecret("later")->Expose(), "also");
}

TEST_P(VaultTest, FilesAreGuarded) {
  EXPECT_TRUE(absl::IsNotFound(Open().status()));
  Create();
  struct stat info {};
  ASSERT_EQ(::stat(keyring_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  ASSERT_EQ(::stat(key_file_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_TRUE(absl::IsAlreadyExists(Vault::Create(keyring_, Master()).status()));
  EXPECT_TRUE(absl::IsAlreadyExists(MasterKey::CreateKeyFile(key_file_)));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 2) << "no temporary file stays behind";

  for (const mode_t open_to_others : {0640, 0604, 0620, 0601}) {
    ASSERT_EQ(::chmod(keyring_.c_str(), open_to_others), 0);
    EXPECT_TRUE(absl::IsFailedPrecondition(Open().status()));
    ASSERT_EQ(::chmod(keyring_.c_str(), 0600), 0);
    ASSERT_EQ(::chmod(key_file_.c_str(), open_to_others), 0);
    EXPECT_TRUE(absl::IsFailedPrecondition(MasterKey::FromKeyFile(key_file_).status()));
    ASSERT_EQ(::chmod(key_file_.c_str(), 0400), 0);
  }
  const absl::Status loose = [&] {
    ::chmod(key_file_.c_str(), 0644);
    return MasterKey::FromKeyFile(key_file_).status();
  }();
  EXPECT_NE(loose.message().find("mode 644"), std::string::npos) << loose;
  EXPECT_NE(loose.message().find("chmod 600"), std::string::npos) << loose;
}

TEST_P(VaultTest, OddKeyFilesAreRefused) {
  EXPECT_TRUE(absl::IsNotFound(MasterKey::FromKeyFile(folder_ / "none").status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(MasterKey::FromKeyFile(folder_).status())) << "a directory";
  const fs::path other = folder_ / "other.key";
  for (size_t size : {0u, 31u, 33u}) {
    std::ofstream(other) << std::string(size, 'k');
    ::chmod(other.c_str(), 0600);
    EXPECT_TRUE(absl::IsInvalidArgument(MasterKey::FromKeyFile(other).status())) << size;
  }
  std::ofstream(other) << std::string(32, 'k');
  Create();
  EXPECT_TRUE(absl::IsUnauthenticated(Vault::Open(keyring_, *MasterKey::FromKeyFile(other)).status()));
  EXPECT_FALSE(MasterKey::FromPassphrase(crypto::SecretBytes()).ok());
}

TEST_P(VaultTest, AFailedChangeChangesNothing) {
  const std::unique_ptr<Vault> vault = Create();
  const fs::path away = folder_.string() + "-away";
  fs::rename(folder_, away);
  EXPECT_FALSE(vault->SetSecret("name", crypto::SecretBytes::CopyOf("value")).ok());
  EXPECT_FALSE(vault->NewEpoch("short").ok());
  EXPECT_FALSE(vault->DestroyEpoch(1).ok());
  EXPECT_TRUE(vault->SecretNames().empty());
  EXPECT_EQ(vault->Epochs().size(), 1u);
  EXPECT_TRUE(vault->Seal("t", "k", "v").ok());
  fs::rename(away, folder_);
  EXPECT_TRUE(vault->SetSecret("name", crypto::SecretBytes::CopyOf("value")).ok());
}

TEST_P(VaultTest, LimitsOfNames) {
  const std::unique_ptr<Vault> vault = Create();
  const auto secret = [](size_t size) { return crypto::SecretBytes(size); };
  EXPECT_TRUE(vault->SetSecret(std::string(255, 'n'), secret(65535)).ok());
  EXPECT_FALSE(vault->SetSecret("", secret(1)).ok());
  EXPECT_FALSE(vault->SetSecret(std::string(256, 'n'), secret(1)).ok());
  EXPECT_FALSE(vault->SetSecret("n", secret(65536)).ok());
  EXPECT_TRUE(vault->NewEpoch(std::string(64, 'r')).ok());
  EXPECT_FALSE(vault->NewEpoch(std::string(65, 'r')).ok());
}

TEST_P(VaultTest, ManyThreadsAtOnce) {
  const std::unique_ptr<Vault> vault = Create();
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 500; ++i) {
        const std::string key = std::to_string(t) + "/" + std::to_string(i);
        const absl::StatusOr<std::string> sealed = vault->Seal("t", key, key);
        const absl::StatusOr<std::string> opened = sealed.ok() ? vault->Open("t", key, *sealed) : sealed;
        if (!opened.ok() || *opened != key) ++wrong;
      }
    });
  }
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(vault->NewEpoch("").ok()) << "while values are sealed";
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

INSTANTIATE_TEST_SUITE_P(Suites, VaultTest, testing::Values(Suite::kXChaCha20Poly1305, Suite::kXAes256Gcm),
                         [](const auto& suite) {
                           return suite.param == Suite::kXAes256Gcm ? "XAes256Gcm" : "XChaCha20Poly1305";
                         });

TEST(SealedValue, KnownAnswer) {  // a value sealed by another program, of epoch 1
  const std::string dek = absl::HexStringToBytes("3615c5e7fa0a2024f5750b819df6ee6262c2f88afb41931a7ad8b9f1d64ecf34");
  const std::string sealed = absl::HexStringToBytes(
      "01000000010e48ff5e12664557c80a1f5e533c23f189596453b8234667fb1d28bbf30cb904fab1961620ffcd1713522433d3"
      "cb4cf0e586296debc349a231f88852f2dc4e25fc1a61f778acd3b31b01dc45ba916b7334f24b54f1dd36c11b0b6d698a3fa6"
      "f7e94d58e855b9014cac61f5dfaf6f8c6ca24992659de5652a5b68375c5cf3ab917e848591be4a57d8cfabe589d0592cc222"
      "966de4d326400af2a1de31cc44a3bb758da6c34aa0c87d14915564b64daeb2be168be9a819eddb19ae8c3c420903939e7e24"
      "62881f8b2acebd880ae47b9130add8f9ab866ed8");
  EpochCipher cipher(1, *crypto::Secret<32>::CopyOf(dek));
  const absl::StatusOr<SealedValue> parsed = ParseSealedValue(sealed);
  ASSERT_TRUE(parsed.ok());
  std::string opened;
  ASSERT_TRUE(cipher.OpenAppend(*parsed, {"record", std::string_view("\0\0\0\0\0\0\0\3", 8)}, opened).ok());
  EXPECT_EQ(opened.substr(0, 7), "TDGstm1");
  EXPECT_EQ(opened.size(), 175u);
}

}  // namespace
}  // namespace tidegate::vault
