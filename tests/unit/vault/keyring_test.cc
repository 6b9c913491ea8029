// The keyring's bytes: one form only, and nothing opens that was touched.
#include "crypto/vault/keyring.h"

#include <gtest/gtest.h>

#include "crypto/bytes.h"

namespace tidegate::vault {
namespace {

constexpr crypto::Argon2Cost kQuick{1, 64 << 10};
constexpr size_t kHeader = 8 + 1 + 4 + 8 + 16 + 24;

MasterKey Passphrase(std::string_view words, crypto::Argon2Cost cost = kQuick) {
  return *MasterKey::FromPassphrase(crypto::SecretBytes::CopyOf(words), cost);
}

Contents Example() {
  Contents contents;
  contents.next_epoch = 9;
  contents.index_key = crypto::Secret<32>::Random();
  contents.epochs.emplace(3, DataKey{"", true, crypto::Secret<32>::Random()});
  contents.epochs.emplace(4, DataKey{"short", false, crypto::Secret<32>::Random()});
  contents.epochs.emplace(8, DataKey{"short", true, crypto::Secret<32>::Random()});
  contents.secrets.emplace("kem/1", crypto::SecretBytes::CopyOf("one"));
  contents.secrets.emplace("log", crypto::SecretBytes::CopyOf(""));
  return contents;
}

TEST(Contents, RoundTrip) {
  const Contents contents = Example();
  const std::string bytes = EncodeContents(contents, 16);
  EXPECT_GE(bytes.capacity(), bytes.size() + 16);
  const absl::StatusOr<Contents> read = DecodeContents(bytes);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->next_epoch, 9u);
  EXPECT_TRUE(read->index_key == contents.index_key);
  ASSERT_EQ(read->epochs.size(), 3u);
  EXPECT_TRUE(read->epochs.at(4).key == contents.epochs.at(4).key);
  EXPECT_EQ(read->epochs.at(8).retention, "short");
  EXPECT_TRUE(read->epochs.at(8).current);
  EXPECT_EQ(read->secrets.at("kem/1").Expose(), "one");
  EXPECT_EQ(EncodeContents(*read, 0), bytes);
}

TEST(Contents, EveryCutAndEveryAdditionIsRefused) {
  const std::string bytes = EncodeContents(Example(), 0);
  for (size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_FALSE(DecodeContents(bytes.substr(0, length)).ok()) << length;
  }
  EXPECT_FALSE(DecodeContents(bytes + '\0').ok());
}

// The bytes of contents with these epochs (number, current, retention) and secrets' names.
struct RawEpoch {
  uint32_t number;
  uint8_t current;
  std::string retention;
};
std::string Raw(uint8_t version, uint32_t next, const std::vector<RawEpoch>& epochs,
                const std::vector<std::string>& names) {
  crypto::ByteWriter writer;
  writer.U8(version).U32(next).Raw(std::string(32, 'i')).U16(static_cast<uint16_t>(epochs.size()));
  for (const RawEpoch& epoch : epochs) {
    writer.U32(epoch.number).U8(epoch.current).Lp8(epoch.retention).Raw(std::string(32, 'k'));
  }
  writer.U32(static_cast<uint32_t>(names.size()));
  for (const std::string& name : names) writer.Lp8(name).Lp16("v");
  return writer.Take();
}

TEST(Contents, OtherFormsAreRefused) {
  EXPECT_TRUE(DecodeContents(Raw(1, 3, {{1, 0, ""}, {2, 1, ""}}, {"a", "b"})).ok());
  EXPECT_FALSE(DecodeContents(Raw(2, 3, {}, {})).ok()) << "version";
  EXPECT_FALSE(DecodeContents(Raw(1, 3, {{0, 0, ""}}, {})).ok()) << "epoch 0";
  EXPECT_FALSE(DecodeContents(Raw(1, 3, {{2, 0, ""}, {1, 0, ""}}, {})).ok()) << "order";
  EXPECT_FALSE(DecodeContents(Raw(1, 3, {{1, 0, ""}, {1, 0, ""}}, {})).ok()) << "twice";
  EXPECT_FALSE(DecodeContents(Raw(1, 3, {{3, 0, ""}}, {})).ok()) << "a number not yet given";
  EXPECT_FALSE(DecodeContents(Raw(1, 3, {{1, 2, ""}}, {})).ok()) << "current is 0 or 1";
  EXPECT_FALSE(DecodeContents(Raw(1, 3, {{1, 1, "c"}, {2, 1, "c"}}, {})).ok()) << "two current";
  EXPECT_TRUE(DecodeContents(Raw(1, 3, {{1, 1, "c"}, {2, 1, "d"}}, {})).ok());
  EXPECT_FALSE(DecodeContents(Raw(1, 3, {{1, 1, std::string(65, 'c')}}, {})).ok()) << "class name";
  EXPECT_FALSE(DecodeContents(Raw(1, 3, {}, {"b", "a"})).ok()) << "order of names";
  EXPECT_FALSE(DecodeContents(Raw(1, 3, {}, {"a", "a"})).ok()) << "a name twice";
  EXPECT_FALSE(DecodeContents(Raw(1, 3, {}, {""})).ok()) << "no name";
}

TEST(Keyring, WrapsAndUnwraps) {
  absl::StatusOr<Keyring> keyring = Keyring::Make(Passphrase("eight words"));
  ASSERT_TRUE(keyring.ok());
  const Contents contents = Example();
  const absl::StatusOr<std::string> file = keyring->Wrap(contents);
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(file->substr(0, 8), std::string("TDGkrg1\0", 8));
  EXPECT_EQ(file->find("kem/1"), std::string::npos) << "nothing inside shows";
  EXPECT_NE(*file, *keyring->Wrap(contents)) << "each writing has a nonce of its own";
  const absl::StatusOr<Keyring::Opened> opened = Keyring::Unwrap(*file, Passphrase("eight words"));
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(EncodeContents(opened->contents, 0), EncodeContents(contents, 0));
  EXPECT_TRUE(absl::IsUnauthenticated(Keyring::Unwrap(*file, Passphrase("eight word")).status()));
}

TEST(Keyring, TheCostIsThatOfTheFile) {
  const absl::StatusOr<std::string> file = Keyring::Make(Passphrase("words"))->Wrap(Example());
  EXPECT_TRUE(Keyring::Unwrap(*file, Passphrase("words", {2, 128 << 10})).ok());
}

TEST(Keyring, EachChangedByteIsRefused) {
  const std::string file = *Keyring::Make(Passphrase("words"))->Wrap(Example());
  for (size_t i = 0; i < file.size(); ++i) {
    std::string bad = file;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    EXPECT_FALSE(Keyring::Unwrap(bad, Passphrase("words")).ok()) << "byte " << i;
  }
  for (size_t length : {size_t{0}, size_t{8}, kHeader - 1, kHeader, kHeader + 15, file.size() - 1}) {
    EXPECT_FALSE(Keyring::Unwrap(file.substr(0, length), Passphrase("words")).ok()) << length;
  }
  EXPECT_FALSE(Keyring::Unwrap(file + "x", Passphrase("words")).ok());
}

TEST(Keyring, AHeaderCannotExhaustTheMachine) {
  std::string file = *Keyring::Make(Passphrase("words"))->Wrap(Example());
  file[13] = '\x7f';  // the highest byte of the memory cost
  EXPECT_TRUE(absl::IsInvalidArgument(Keyring::Unwrap(file, Passphrase("words")).status()));
}

TEST(Keyring, RenewingTakesAFreshSalt) {
  const absl::StatusOr<Keyring> keyring = Keyring::Make(Passphrase("words"));
  const absl::StatusOr<Keyring> renewed = keyring->Renewed();
  ASSERT_TRUE(renewed.ok());
  const std::string before = *keyring->Wrap(Example());
  const std::string after = *renewed->Wrap(Example());
  EXPECT_NE(before.substr(21, 16), after.substr(21, 16));
  EXPECT_TRUE(Keyring::Unwrap(after, Passphrase("words")).ok());
}

}  // namespace
}  // namespace tidegate::vault
