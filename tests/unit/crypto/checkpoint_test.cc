#include "crypto/checkpoint/checkpoint.h"

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace tidegate::checkpoint {
namespace {

// Also in our vectors.
constexpr char kOrigin[] = "tidegate.example/charity-0/node1/log/1";
constexpr char kVkey[] = "tidegate.example/charity-0/node1/log/1+0f828371+AYvbseM6/xJotmwdL/S8rqAL+C7nivGwjaULnHqn/krC";
constexpr char kNote[] =
    "tidegate.example/charity-0/node1/log/1\n7\nOAs+hwlbEnXNqPrUYO6ubEQPqKHiQBgIshcNi6dbtZo=\n\n"
    "— tidegate.example/charity-0/node1/log/1 "
    "D4KDceVtf8WITKVRyU1RetX5l4xtapIt1/BsIErTup+JuiGUDv+y8yKZbyVnKCiMvJK9uXLPeoYDOHsurwA49+3mqAQ=\n";

crypto::SigningKey Key() {
  return *crypto::SigningKey::FromSeed(
      absl::HexStringToBytes("d8411005f63cb8b20da88f0a5a5a0ba8cad41232181fcb9b0f9c1aa3e111bea1"));
}

Checkpoint Head() {
  const std::string root = absl::HexStringToBytes("380b3e87095b1275cda8fad460eeae6c440fa8a1e2401808b2170d8ba75bb59a");
  return {kOrigin, 7, *crypto::HashFrom(root)};
}

VerifierKey OurKey() { return *ParseVerifierKey(kVkey); }

// A note of any text, well signed by our key.
std::string Signed(const std::string& text) {
  const uint32_t id = KeyId(OurKey());
  std::string blob;
  for (int shift = 24; shift >= 0; shift -= 8) blob.push_back(static_cast<char>(id >> shift));
  blob.append(crypto::View(Key().Sign(text)));
  return absl::StrCat(text, "\n— ", kOrigin, " ", Base64Encode(blob), "\n");
}

const std::string kText = std::string(kNote).substr(0, std::string(kNote).find("\n\n") + 1);
const std::string kSignature = std::string(kNote).substr(kText.size() + 1);

TEST(Checkpoint, KnownAnswer) {
  const absl::StatusOr<std::string> note = SignCheckpoint(Head(), Key());
  ASSERT_TRUE(note.ok());
  EXPECT_EQ(*note, kNote);
  const absl::StatusOr<Checkpoint> verified = VerifyCheckpoint(kNote, OurKey());
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_EQ(*verified, Head());
  EXPECT_EQ(Signed(kText), kNote);
}

TEST(Checkpoint, OtherSignaturesArePassedOver) {
  const std::string other = "— witness.example/w1 AAAAAAECAwQF\n";
  EXPECT_TRUE(VerifyCheckpoint(kText + "\n" + other + kSignature, OurKey()).ok());
  EXPECT_TRUE(VerifyCheckpoint(kNote + other, OurKey()).ok());
  EXPECT_TRUE(absl::IsNotFound(VerifyCheckpoint(kText + "\n" + other, OurKey()).status()));
}

TEST(Checkpoint, AnyChangedByteIsRefused) {
  const std::string note = kNote;
  for (size_t i = 0; i < note.size(); ++i) {
    for (const char flip : {1, 0x20}) {
      std::string bad = note;
      bad[i] = static_cast<char>(bad[i] ^ flip);
      EXPECT_FALSE(VerifyCheckpoint(bad, OurKey()).ok()) << "byte " << i;
    }
  }
  for (size_t length = 0; length < note.size(); ++length) {
    EXPECT_FALSE(VerifyCheckpoint(note.substr(0, length), OurKey()).ok()) << length;
  }
}

TEST(Checkpoint, LooseFormsAreRefusedThoughSigned) {
  const std::string root = "OAs+hwlbEnXNqPrUYO6ubEQPqKHiQBgIshcNi6dbtZo=";
  const auto text = [&](const std::string& size, const std::string& encoded, const std::string& more) {
    return absl::StrCat(kOrigin, "\n", size, "\n", encoded, "\n", more);
  };
  EXPECT_TRUE(VerifyCheckpoint(Signed(text("7", root, "")), OurKey()).ok());
  EXPECT_TRUE(VerifyCheckpoint(Signed(text("18446744073709551615", root, "")), OurKey()).ok());
  for (const char* size : {"", "07", "+7", "-7", " 7", "7 ", "0x7", "18446744073709551616", "99999999999999999999"}) {
    EXPECT_FALSE(VerifyCheckpoint(Signed(text(size, root, "")), OurKey()).ok()) << size;
  }
  EXPECT_FALSE(VerifyCheckpoint(Signed(text("7", root, "extension\n")), OurKey()).ok());
  EXPECT_FALSE(VerifyCheckpoint(Signed(text("7", "OAs+hwlbEnXNqPrUYO6ubEQPqKHiQBgIshcNi6dbtZp=", "")), OurKey()).ok())
      << "bits that the root does not use must be zero";
  EXPECT_FALSE(VerifyCheckpoint(Signed(text("7", root.substr(0, 40), "")), OurKey()).ok());
  EXPECT_FALSE(VerifyCheckpoint(Signed(absl::StrCat(kOrigin, "\n7\n")), OurKey()).ok());
}

TEST(Checkpoint, AnotherLogsNoteIsRefused) {
  const std::string text = "tidegate.example/other/node1/log/1\n7\nOAs+hwlbEnXNqPrUYO6ubEQPqKHiQBgIshcNi6dbtZo=\n";
  EXPECT_TRUE(absl::IsInvalidArgument(VerifyCheckpoint(Signed(text), OurKey()).status()));
}

TEST(Checkpoint, ASecondLineOfTheSameKeyIsRefused) {
  EXPECT_FALSE(VerifyCheckpoint(kNote + kSignature, OurKey()).ok());
}

TEST(Checkpoint, SizesAreBounded) {
  std::string many = kNote;
  for (size_t i = 1; i < kMaxSignatures; ++i) many += "— witness.example/w AAAAAAEC\n";
  EXPECT_TRUE(VerifyCheckpoint(many, OurKey()).ok());
  EXPECT_FALSE(VerifyCheckpoint(many + "— witness.example/w AAAAAAEC\n", OurKey()).ok());
  EXPECT_FALSE(VerifyCheckpoint(std::string(kMaxNoteSize + 1, 'x'), OurKey()).ok());
}

TEST(Checkpoint, ReadUnverifiedReadsTheHead) {
  std::string bad_signature = kNote;
  bad_signature[bad_signature.size() - 5] = 'B';
  const absl::StatusOr<Checkpoint> read = ReadUnverified(bad_signature);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(*read, Head());
  EXPECT_TRUE(absl::IsUnauthenticated(VerifyCheckpoint(bad_signature, OurKey()).status()));
}

TEST(VerifierKey, RoundTripAndStrictness) {
  EXPECT_EQ(PrintVerifierKey(OurKey()), kVkey);
  const std::string good = kVkey;
  EXPECT_FALSE(ParseVerifierKey("").ok());
  EXPECT_FALSE(ParseVerifierKey(good.substr(0, good.size() - 1)).ok());
  EXPECT_FALSE(ParseVerifierKey(good + "=").ok());
  std::string other_id = good;
  other_id[other_id.find('+') + 1] = '1';
  EXPECT_FALSE(ParseVerifierKey(other_id).ok());
  std::string upper = good;
  upper[upper.find("0f82") + 1] = 'F';
  EXPECT_FALSE(ParseVerifierKey(upper).ok());
  EXPECT_FALSE(ParseVerifierKey(absl::StrCat(kOrigin, "+00000000+", Base64Encode("\x04" + std::string(32, 'k')))).ok());
}

TEST(Names, AreCheckedAsNotesNeed) {
  EXPECT_TRUE(CheckName("tidegate.example/organización/node1/log/1").ok());
  for (const char* bad : {"", "two words", "plus+sign", "line\nbreak", "tab\t", "no\xa0", "\xc3", "\xc0\x80",
                          "\xed\xa0\x80", "wide\xe3\x80\x80space", "nbsp\xc2\xa0"}) {
    EXPECT_FALSE(CheckName(bad).ok()) << bad;
  }
  EXPECT_FALSE(SignCheckpoint({"not a name", 0, {}}, Key()).ok());
}

TEST(Base64, Rfc4648AndNothingElse) {
  const std::pair<const char*, const char*> known[] = {{"", ""},        {"f", "Zg=="},        {"fo", "Zm8="},
                                                       {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : known) {
    EXPECT_EQ(Base64Encode(plain), encoded);
    const absl::StatusOr<std::string> decoded = Base64Decode(encoded);
    ASSERT_TRUE(decoded.ok());
    EXPECT_EQ(*decoded, plain);
  }
  for (const char* bad :
       {"Z", "Zg", "Zg=", "Zh==", "Zm9=", "Zg===", "====", "A===", "Zm9v\n", "Zm-v", "Zm 9v", "=Zg="}) {
    EXPECT_FALSE(Base64Decode(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace tidegate::checkpoint
