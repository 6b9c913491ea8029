#include <gtest/gtest.h>

#include <vector>

#include "crypto/envelope/envelope.h"
#include "crypto/secret.h"

namespace tidegate::envelope {
namespace {

constexpr StreamShape kSmall{64, 16};

// One parcel's two ends, for streams small enough to try everything.
class Stream : public testing::Test {
 protected:
  struct Sealed {
    Encapsulated enc{};
    StreamClaims claims;
    std::vector<std::string> chunks;
  };

  Sealed Seal(std::string_view plaintext, StreamShape shape = kSmall, size_t piece = 7) const {
    absl::StatusOr<Sender> sender = SetupSender(AeadId::kAes256Gcm, recipient_.public_key(), "info");
    Sealed sealed;
    sealed.enc = sender->enc;
    absl::StatusOr<StreamSealer> sealer = StreamSealer::Create(std::move(sender->context), shape);
    const auto sink = [&](std::string chunk) {
      sealed.chunks.push_back(std::move(chunk));
      return absl::OkStatus();
    };
    for (; !plaintext.empty(); plaintext.remove_prefix(std::min(piece, plaintext.size()))) {
      EXPECT_TRUE(sealer->Write(plaintext.substr(0, piece), sink).ok());
    }
    const absl::StatusOr<StreamClaims> claims = sealer->Finish(sink);
    EXPECT_TRUE(claims.ok());
    sealed.claims = *claims;
    return sealed;
  }

  absl::StatusOr<std::string> Open(const Sealed& sealed, StreamShape shape = kSmall) const {
    absl::StatusOr<Context> context = SetupRecipient(AeadId::kAes256Gcm, recipient_, sealed.enc, "info");
    absl::StatusOr<StreamOpener> opener = StreamOpener::Create(*std::move(context), sealed.claims, shape);
    if (!opener.ok()) return opener.status();
    std::string plaintext;
    for (const std::string& chunk : sealed.chunks) {
      absl::StatusOr<std::string> part = opener->Open(chunk);
      if (!part.ok()) return part.status();
      plaintext += *part;
    }
    if (absl::Status end = opener->Finish(); !end.ok()) return end;
    return plaintext;
  }

  const crypto::AgreementKey recipient_ = crypto::AgreementKey::Generate();
};

TEST_F(Stream, EveryLengthAroundTheEdges) {
  for (size_t length = 0; length <= 200; ++length) {
    const std::string plaintext = crypto::Random(length);
    const Sealed sealed = Seal(plaintext);
    EXPECT_EQ(sealed.chunks.size(), length / 64 + 1);
    for (size_t i = 0; i + 1 < sealed.chunks.size(); ++i) EXPECT_EQ(sealed.chunks[i].size(), 64u + 16);
    const absl::StatusOr<std::string> opened = Open(sealed);
    ASSERT_TRUE(opened.ok()) << length << ": " << opened.status();
    EXPECT_EQ(*opened, plaintext);
  }
}

TEST_F(Stream, LastChunkIsPaddedToAPowerOfTwo) {
  const auto last = [&](size_t length) { return Seal(std::string(length, 'x')).chunks.back().size() - 16; };
  EXPECT_EQ(last(0), 16u);
  EXPECT_EQ(last(15), 16u);
  EXPECT_EQ(last(16), 32u);
  EXPECT_EQ(last(31), 32u);
  EXPECT_EQ(last(32), 64u);
  EXPECT_EQ(last(63), 64u);
  EXPECT_EQ(last(64), 16u) << "a full chunk is followed by a last one of padding only";
}

TEST_F(Stream, TheParcelsOwnShape) {
  const std::string plaintext = crypto::Random(262144 * 2 + 5000);
  const Sealed sealed = Seal(plaintext, {}, 100000);
  ASSERT_EQ(sealed.chunks.size(), 3u);
  EXPECT_EQ(sealed.chunks[0].size(), 262144u + 16);
  EXPECT_EQ(sealed.chunks[2].size(), 8192u + 16);
  EXPECT_EQ(*Open(sealed, {}), plaintext);
  EXPECT_EQ(Seal("short", {}).chunks[0].size(), 4096u + 16);
}

TEST_F(Stream, DigestCoversAllChunksWithTags) {
  const Sealed sealed = Seal(crypto::Random(150));
  crypto::Sha256 digest;
  for (const std::string& chunk : sealed.chunks) digest.Update(chunk);
  EXPECT_EQ(digest.Finish(), sealed.claims.digest);
}

TEST_F(Stream, CutOffAtTheEndIsNoticed) {
  Sealed sealed = Seal(crypto::Random(150));
  sealed.chunks.pop_back();
  EXPECT_TRUE(absl::IsDataLoss(Open(sealed).status()));
  sealed.claims.chunks = 2;
  EXPECT_TRUE(absl::IsUnauthenticated(Open(sealed).status())) << "a chunk that was not sealed as last opens as none";
}

TEST_F(Stream, AChunkTooManyIsNoticed) {
  Sealed sealed = Seal(crypto::Random(150));
  sealed.chunks.push_back(sealed.chunks.back());
  EXPECT_TRUE(absl::IsOutOfRange(Open(sealed).status()));
}

TEST_F(Stream, OrderAndRepetitionAreNoticed) {
  const Sealed good = Seal(crypto::Random(150));
  Sealed swapped = good;
  std::swap(swapped.chunks[0], swapped.chunks[1]);
  EXPECT_TRUE(absl::IsUnauthenticated(Open(swapped).status()));
  Sealed repeated = good;
  repeated.chunks[1] = repeated.chunks[0];
  EXPECT_TRUE(absl::IsUnauthenticated(Open(repeated).status()));
}

TEST_F(Stream, SizesThatNoSealerMakesAreRefusedBeforeDecrypting) {
  const Sealed good = Seal(crypto::Random(150));
  for (size_t size : {0u, 15u, 16u, 79u, 81u, 200u}) {
    Sealed bad = good;
    bad.chunks[0].resize(size);
    EXPECT_TRUE(absl::IsInvalidArgument(Open(bad).status())) << size;
  }
  for (size_t size : {16u, 24u, 47u, 49u, 144u}) {
    Sealed bad = good;
    bad.chunks[2].resize(size);
    EXPECT_TRUE(absl::IsInvalidArgument(Open(bad).status())) << size;
  }
}

TEST_F(Stream, ClaimsAreChecked) {
  const Sealed good = Seal(crypto::Random(150));
  ASSERT_TRUE(Open(good).ok());
  Sealed bad = good;
  bad.claims.commitment[0] ^= 1;
  EXPECT_TRUE(absl::IsUnauthenticated(Open(bad).status()));
  bad = good;
  bad.claims.digest[31] ^= 1;
  EXPECT_TRUE(absl::IsDataLoss(Open(bad).status()));
  bad = good;
  bad.claims.chunks = 0;
  EXPECT_TRUE(absl::IsInvalidArgument(Open(bad).status()));
}

TEST_F(Stream, AnotherSuitesKeyIsFoundByItsCommitment) {
  const Sealed sealed = Seal("text");
  absl::StatusOr<Context> context = SetupRecipient(AeadId::kChaCha20Poly1305, recipient_, sealed.enc, "info");
  EXPECT_TRUE(absl::IsUnauthenticated(StreamOpener::Create(*std::move(context), sealed.claims, kSmall).status()));
}

// A sealer that breaks the padding rule, in each way there is.
TEST_F(Stream, WrongPaddingIsRefusedThoughSealed) {
  const auto open_with_last = [&](const std::string& last) {
    absl::StatusOr<Sender> sender = SetupSender(AeadId::kAes256Gcm, recipient_.public_key(), "info");
    Sealed sealed;
    sealed.enc = sender->enc;
    sealed.claims.commitment = *KeyCommitment(sender->context);
    const auto aad = ChunkAad(0, true);
    sealed.chunks.push_back(*sender->context.Seal({aad.data(), aad.size()}, last));
    sealed.claims.chunks = 1;
    sealed.claims.digest = crypto::HashOf({sealed.chunks[0]});
    return Open(sealed);
  };
  const std::string mark = "\x80";
  EXPECT_EQ(*open_with_last("abc" + mark + std::string(12, '\0')), "abc");
  EXPECT_EQ(*open_with_last(mark + std::string(15, '\0')), "");
  EXPECT_EQ(*open_with_last(std::string(16, 'x') + mark + std::string(15, '\0')), std::string(16, 'x'));
  EXPECT_TRUE(absl::IsInvalidArgument(open_with_last(std::string(16, '\0')).status())) << "no mark";
  EXPECT_TRUE(absl::IsInvalidArgument(open_with_last(std::string(16, 'x')).status())) << "no mark";
  EXPECT_TRUE(absl::IsInvalidArgument(open_with_last("abc" + mark + std::string(28, '\0')).status())) << "too much";
}

TEST_F(Stream, NothingFollowsAnErrorOrTheEnd) {
  const Sealed sealed = Seal(crypto::Random(150));
  absl::StatusOr<StreamOpener> opener =
      StreamOpener::Create(*SetupRecipient(AeadId::kAes256Gcm, recipient_, sealed.enc, "info"), sealed.claims, kSmall);
  EXPECT_FALSE(opener->Open(std::string(80, 'x')).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(opener->Open(sealed.chunks[0]).status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(opener->Finish()));

  absl::StatusOr<Sender> sender = SetupSender(AeadId::kAes256Gcm, recipient_.public_key(), "");
  absl::StatusOr<StreamSealer> sealer = StreamSealer::Create(std::move(sender->context), kSmall);
  const auto full = [](std::string) { return absl::ResourceExhaustedError("full"); };
  EXPECT_TRUE(absl::IsResourceExhausted(sealer->Write(std::string(64, 'x'), full)));
  EXPECT_TRUE(absl::IsFailedPrecondition(sealer->Write("x", full)));
  EXPECT_TRUE(absl::IsFailedPrecondition(sealer->Finish(full).status()));
}

TEST_F(Stream, ShapesAndContextsAreChecked) {
  const auto create = [&](StreamShape shape) {
    return StreamSealer::Create(std::move(SetupSender(AeadId::kAes256Gcm, recipient_.public_key(), "")->context), shape)
        .status();
  };
  EXPECT_TRUE(create({64, 64}).ok());
  for (const StreamShape& bad : {StreamShape{0, 0}, StreamShape{63, 16}, StreamShape{64, 15}, StreamShape{16, 64}}) {
    EXPECT_TRUE(absl::IsInvalidArgument(create(bad)));
  }
  absl::StatusOr<Sender> used = SetupSender(AeadId::kAes256Gcm, recipient_.public_key(), "");
  ASSERT_TRUE(used->context.Seal("", "").ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(StreamSealer::Create(std::move(used->context)).status()));
}

TEST(ChunkAad, Layout) {
  const auto aad = ChunkAad(0x01020304, true);
  EXPECT_EQ(std::string_view(aad.data(), aad.size()), std::string_view("TDGchk1\0\x01\x02\x03\x04\x01", 13));
  EXPECT_EQ(ChunkAad(0, false)[12], 0);
}

}  // namespace
}  // namespace tidegate::envelope
