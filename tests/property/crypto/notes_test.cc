// A checkpoint's note and a verifier's key: what is signed or printed is read; changed anywhere, the note is refused.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "crypto/checkpoint/checkpoint.h"
#include "tests/property/crypto/dice.h"
#include "tests/property/crypto/mutations.h"

namespace tidegate::checkpoint {
namespace {

using property::Dice;

// Names that are allowed and names that are not: text of one to four bytes a character, spaces, a plus, bytes that are
// no text, up to and beyond the longest.
std::string AnyOrigin(Dice& dice) {
  static constexpr std::string_view kCharacters[] = {
      "a", "Z", "/", ".", "9", "\xc3\xa9", "\xe8\xbb\x8a", "\xf0\x9f\x9a\xa2"};
  static constexpr std::string_view kForbidden[] = {" ", "+", "\n", "\x7f", "\xc2\xa0", "\xff", "\xed\xa0\x80"};
  std::string origin;
  const size_t size = dice.Chance(4) ? kMaxOriginSize - dice.Below(3) : dice.Length(kMaxOriginSize + 4);
  while (origin.size() < size) origin += kCharacters[dice.Below(std::size(kCharacters))];
  if (dice.Chance(6)) origin.insert(dice.Below(origin.size() + 1), kForbidden[dice.Below(std::size(kForbidden))]);
  return origin;
}

TEST(Notes, WhatIsSignedVerifies) {
  Dice dice("Notes.WhatIsSignedVerifies");
  int taken = 0;
  for (int round = 0; round < Dice::Rounds(400); ++round) {
    const crypto::SigningKey key = crypto::SigningKey::Generate();
    Checkpoint head{AnyOrigin(dice), dice.Chance(5) ? UINT64_MAX : dice.Length(UINT64_MAX),
                    crypto::HashOf({dice.Bytes(8)})};
    if (dice.Chance(5)) head.root = {};
    const absl::StatusOr<std::string> note = SignCheckpoint(head, key);
    EXPECT_EQ(note.ok(), CheckName(head.origin).ok());
    if (!note.ok()) continue;
    ++taken;
    const absl::StatusOr<Checkpoint> read = VerifyCheckpoint(*note, {head.origin, key.public_key()});
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(*read, head);
    EXPECT_EQ(*ReadUnverified(*note), head);
    if (round % 40 != 0) continue;
    property::Mutate(dice, *note, [&](const std::string& changed) {
      EXPECT_FALSE(VerifyCheckpoint(changed, {head.origin, key.public_key()}).ok());
      // Not verified, but something that could have been signed.
      const absl::StatusOr<Checkpoint> unverified = ReadUnverified(changed);
      if (unverified.ok()) {
        EXPECT_TRUE(SignCheckpoint(*unverified, key).ok());
      }
    });
  }
  EXPECT_GT(taken, 0);
}

TEST(Notes, AVerifiersKeyIsReadAsItWasPrinted) {
  Dice dice("Notes.AVerifiersKeyIsReadAsItWasPrinted");
  for (int round = 0; round < Dice::Rounds(400); ++round) {
    const VerifierKey key{AnyOrigin(dice), crypto::SigningKey::Generate().public_key()};
    const std::string printed = PrintVerifierKey(key);
    const absl::StatusOr<VerifierKey> read = ParseVerifierKey(printed);
    ASSERT_EQ(read.ok(), CheckName(key.name).ok()) << read.status();
    if (!read.ok()) continue;
    EXPECT_EQ(*read, key);
    if (round % 40 != 0) continue;
    property::Mutate(dice, printed,
                     [](const std::string& changed) { EXPECT_FALSE(ParseVerifierKey(changed).ok()) << changed; });
  }
}

TEST(Notes, Base64IsReadAsItWasWritten) {
  Dice dice("Notes.Base64IsReadAsItWasWritten");
  for (size_t length = 0; length < 200; ++length) {
    const std::string bytes = dice.Bytes(length);
    const std::string text = Base64Encode(bytes);
    ASSERT_TRUE(Base64Decode(text).ok()) << length;
    EXPECT_EQ(*Base64Decode(text), bytes);
    property::Mutate(dice, text, [](const std::string& changed) {
      const absl::StatusOr<std::string> other = Base64Decode(changed);
      if (other.ok()) {
        EXPECT_EQ(Base64Encode(*other), changed);
      }
    });
  }
}

}  // namespace
}  // namespace tidegate::checkpoint
