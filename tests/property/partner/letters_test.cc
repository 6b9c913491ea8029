// The letters by which two nodes pair: notices, invitations and replies. A written letter is read, up to the bounds of
// each part. A changed letter is read as the one that is written so, or refused.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <tuple>

#include "node/partner/invitation.h"
#include "node/partner/notice.h"
#include "node/partner/words.h"
#include "tests/property/crypto/dice.h"
#include "tests/property/crypto/mutations.h"
#include "tests/unit/store/fixture.h"

namespace tidegate::partner {
namespace {

using property::Dice;
using property::Mutate;

constexpr crypto::Argon2Cost kCheap{1, 8192};  // the least that Argon2id takes
constexpr size_t kMostAddress = 260;

// One to 63 letters, digits and single hyphens between them.
std::string AnyName(Dice& dice) {
  static constexpr std::string_view kCharacters = "abcxyz0189";
  std::string name(dice.Chance(4) ? 63 : 1 + dice.Length(63), 'a');
  for (size_t at = 0; at < name.size(); ++at) {
    const bool inner = at > 0 && at + 1 < name.size() && name[at - 1] != '-';
    name[at] = inner && dice.Chance(6) ? '-' : kCharacters[dice.Below(kCharacters.size())];
  }
  return name;
}

std::string AnyAddress(Dice& dice) {
  if (dice.Chance(4)) return "";
  const std::string port = ":" + std::to_string(dice.Chance(4) ? 65535 : 1 + dice.Below(65535));
  if (dice.Chance(3)) return "[2001:db8::" + std::to_string(dice.Below(10000)) + "]" + port;
  std::string host = AnyName(dice) + ".example";
  if (dice.Chance(4)) host.resize(kMostAddress - port.size(), 'x');
  return host + port;
}

crypto::PublicKey AnyKey(Dice& dice) {
  crypto::PublicKey key{};
  for (uint8_t& byte : key) byte = static_cast<uint8_t>(dice.Below(256));
  return key;
}

KeyNotice AnyKeyNotice(Dice& dice, const crypto::SigningKey& governance) {
  KeyNotice notice;
  notice.version = dice.Chance(3) ? 1 : static_cast<uint32_t>(dice.Chance(4) ? UINT32_MAX : 2 + dice.Length(1000));
  if (notice.version > 1) notice.previous = crypto::HashOf({dice.Bytes(8)});
  notice.names = {AnyName(dice), AnyName(dice), AnyName(dice)};
  notice.sector = AnyName(dice);
  notice.country = {static_cast<char>('A' + dice.Below(26)), static_cast<char>('A' + dice.Below(26))};
  notice.governance_key = governance.public_key();
  notice.log_key = {notice.names.Log(dice.Chance(4) ? UINT32_MAX : 1), AnyKey(dice)};
  notice.delivery_key = AnyKey(dice);
  notice.tls_spki = crypto::HashOf({dice.Bytes(8)});
  notice.created_ms = dice.Length(UINT64_MAX);
  return notice;
}

TEST(Notices, AKeyNoticeIsReadAsItWasSigned) {
  Dice dice("Notices.AKeyNoticeIsReadAsItWasSigned");
  for (int round = 0; round < Dice::Rounds(200); ++round) {
    const crypto::SigningKey governance = crypto::SigningKey::Generate();
    const KeyNotice notice = AnyKeyNotice(dice, governance);
    const SignedNotice written = SignKeyNotice(notice, governance);
    const absl::StatusOr<SignedNotice> came = SignedNotice::Decode(written.Encode());
    ASSERT_TRUE(came.ok()) << came.status();
    const absl::StatusOr<KeyNotice> read = ReadKeyNotice(*came);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(SignKeyNotice(*read, governance).bytes, written.bytes);
    EXPECT_EQ(read->names, notice.names);
    EXPECT_EQ(read->log_key, notice.log_key);
    EXPECT_EQ(std::tie(read->version, read->previous, read->sector, read->country, read->created_ms),
              std::tie(notice.version, notice.previous, notice.sector, notice.country, notice.created_ms));
    if (round % 40 != 0) continue;
    Mutate(dice, written.Encode(), [](const std::string& changed) {
      const absl::StatusOr<SignedNotice> other = SignedNotice::Decode(changed);
      if (!other.ok()) return;
      EXPECT_EQ(other->Encode(), changed);
      EXPECT_FALSE(ReadKeyNotice(*other).ok()) << "it was not signed so";
    });
    // A partner signs what it likes.
    Mutate(dice, written.bytes, [&governance](const std::string& changed) {
      const absl::StatusOr<KeyNotice> other = ReadKeyNotice({changed, governance.Sign(changed)});
      if (other.ok()) {
        EXPECT_EQ(SignKeyNotice(*other, governance).bytes, changed);
      }
    });
  }
}

TEST(Notices, AKemNoticeIsReadAsItWasSigned) {
  Dice dice("Notices.AKemNoticeIsReadAsItWasSigned");
  for (int round = 0; round < Dice::Rounds(200); ++round) {
    const crypto::SigningKey delivery = crypto::SigningKey::Generate();
    KeyNotice keys = AnyKeyNotice(dice, delivery);
    keys.delivery_key = delivery.public_key();
    KemNotice notice{keys.names.Node(), AnyKey(dice), dice.Length(UINT64_MAX - 1), 0};
    notice.expires_ms = dice.Chance(3) ? UINT64_MAX : notice.created_ms + 1;
    const SignedNotice written = SignKemNotice(notice, delivery);
    const absl::StatusOr<KemNotice> read = ReadKemNotice(written, keys);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(std::tie(read->node, read->key, read->created_ms, read->expires_ms),
              std::tie(notice.node, notice.key, notice.created_ms, notice.expires_ms));
    if (round % 40 != 0) continue;
    Mutate(dice, written.bytes, [&](const std::string& changed) {
      EXPECT_FALSE(ReadKemNotice({changed, written.signature}, keys).ok()) << "it was not signed so";
      const absl::StatusOr<KemNotice> other = ReadKemNotice({changed, delivery.Sign(changed)}, keys);
      if (other.ok()) {
        EXPECT_EQ(SignKemNotice(*other, delivery).bytes, changed);
      }
    });
  }
}

// A node with names and keys of its own.
class Side {
 public:
  explicit Side(Dice& dice) : vault_(store::OpenVault(folder_.path())) {
    const IdentityParams params{.names = {AnyName(dice), AnyName(dice), AnyName(dice)},
                                .sector = AnyName(dice),
                                .country = "GB",
                                .now_ms = dice.Length(uint64_t{1} << 42)};
    auto made = Identity::Create(params, *vault_);
    EXPECT_TRUE(made.ok()) << made.status();
    identity_ = *std::move(made);
  }
  const Identity& operator*() const { return *identity_; }

 private:
  store::TemporaryFolder folder_;
  std::unique_ptr<vault::Vault> vault_;
  std::shared_ptr<const Identity> identity_;
};

InvitationDraft AnyDraft(Dice& dice) {
  InvitationDraft draft;
  draft.id = crypto::RandomArray<16>();
  draft.created_ms = dice.Length(UINT64_MAX);
  draft.expires_ms = dice.Length(UINT64_MAX);
  draft.address = AnyAddress(dice);
  if (dice.Chance(2)) draft.code = RandomCode();
  draft.cost = kCheap;
  return draft;
}

void ExpectIntroduced(const Introduced& read, const Identity& identity, const std::string& address) {
  EXPECT_EQ(read.address, address);
  EXPECT_EQ(read.key_notice.Encode(), identity.key_notice().Encode());
  EXPECT_EQ(read.kem_notice.Encode(), identity.kem_notice().Encode());
}

// A changed cost is left out: a cost that the limits allow takes seconds, and is refused after that.
void ExpectChangedCodedInvitationIsRefused(Dice& dice, const std::string& bytes, const std::string& code) {
  const size_t cost = bytes.size() - (4 + 8 + 16 + 24 + 48);
  for (size_t at = 0; at < bytes.size(); at += 1 + dice.Below(4)) {
    EXPECT_FALSE(OpenInvitationBytes(bytes.substr(0, at), code).ok());
    if (cost <= at && at < cost + 12) continue;
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ (1 + dice.Below(255)));
    EXPECT_FALSE(OpenInvitationBytes(changed, code).ok()) << at;
  }
}

TEST(Letters, AnInvitationIsReadAsItWasWritten) {
  Dice dice("Letters.AnInvitationIsReadAsItWasWritten");
  for (int node = 0; node < Dice::Rounds(4); ++node) {
    const Side inviter(dice);
    for (int round = 0; round < 25; ++round) {
      const InvitationDraft draft = AnyDraft(dice);
      const crypto::Secret<32> secret = crypto::Secret<32>::Random();
      const absl::StatusOr<std::string> bytes = WriteInvitation(draft, *inviter, secret);
      ASSERT_TRUE(bytes.ok()) << bytes.status();
      const absl::StatusOr<std::string> came = Unarmour(kInvitationArmour, Armour(kInvitationArmour, *bytes));
      ASSERT_TRUE(came.ok()) << came.status();
      const absl::StatusOr<ReadInvitation> read = OpenInvitationBytes(*came, draft.code);
      ASSERT_TRUE(read.ok()) << read.status();
      EXPECT_EQ(std::tie(read->id, read->expires_ms), std::tie(draft.id, draft.expires_ms));
      EXPECT_EQ(read->with_code, !draft.code.empty());
      EXPECT_EQ(read->secret.Expose(), secret.Expose());
      ExpectIntroduced(read->inviter, *inviter, draft.address);
      if (round != 0) continue;
      if (read->with_code) {
        ExpectChangedCodedInvitationIsRefused(dice, *bytes, draft.code);
        continue;
      }
      Mutate(dice, *bytes, [&](const std::string& changed) {
        const absl::StatusOr<ReadInvitation> other = OpenInvitationBytes(changed, "");
        if (other.ok()) ExpectIntroduced(other->inviter, *inviter, other->inviter.address);
      });
    }
  }
}

TEST(Letters, AReplyIsReadAsItWasWritten) {
  Dice dice("Letters.AReplyIsReadAsItWasWritten");
  for (int node = 0; node < Dice::Rounds(4); ++node) {
    const Side inviter(dice), acceptor(dice);
    const InvitationDraft draft = AnyDraft(dice);
    const crypto::Secret<32> secret = crypto::Secret<32>::Random();
    const std::string invitation = *WriteInvitation(draft, *inviter, secret);
    const crypto::Hash hash = crypto::HashOf({invitation});
    const ReadInvitation read = *OpenInvitationBytes(invitation, draft.code);
    for (int round = 0; round < 25; ++round) {
      const crypto::Secret<32> own = crypto::Secret<32>::Random();
      const std::string address = AnyAddress(dice);
      const absl::StatusOr<std::string> bytes = WriteReply(invitation, read, *acceptor, address, own);
      ASSERT_TRUE(bytes.ok()) << bytes.status();
      const absl::StatusOr<std::string> came = Unarmour(kReplyArmour, Armour(kReplyArmour, *bytes));
      ASSERT_TRUE(came.ok()) << came.status();
      const absl::StatusOr<ReplyHead> head = ReadReplyHead(*came);
      ASSERT_TRUE(head.ok()) << head.status();
      EXPECT_EQ(std::tie(head->invitation, head->invitation_hash), std::tie(draft.id, hash));
      ExpectIntroduced(head->acceptor, *acceptor, address);
      const absl::StatusOr<crypto::Secret<32>> opened = OpenReplySecret(*came, hash, secret, *inviter);
      ASSERT_TRUE(opened.ok()) << opened.status();
      EXPECT_EQ(opened->Expose(), own.Expose());
      if (node != 0 || round != 0) continue;
      Mutate(dice, *bytes, [&](const std::string& changed) {
        ReadReplyHead(changed).IgnoreError();
        EXPECT_FALSE(OpenReplySecret(changed, hash, secret, *inviter).ok());
      });
    }
  }
}

TEST(Letters, NoLetterIsWrittenWithAnAddressThatItsReaderRefuses) {
  Dice dice("Letters.NoLetterIsWrittenWithAnAddressThatItsReaderRefuses");
  const Side inviter(dice), acceptor(dice);
  InvitationDraft draft;
  const crypto::Secret<32> secret = crypto::Secret<32>::Random();
  const std::string invitation = *WriteInvitation(draft, *inviter, secret);
  const ReadInvitation read = *OpenInvitationBytes(invitation, "");
  for (int round = 0; round < Dice::Rounds(200); ++round) {
    std::string address = dice.Chance(2) ? dice.Bytes(dice.Length(300)) : AnyAddress(dice);
    if (!address.empty() && dice.Chance(2)) address[dice.Below(address.size())] = static_cast<char>(dice.Below(256));
    if (dice.Chance(20)) address = std::string(kMostAddress - 5, 'x') + ":65535";
    draft.address = address;
    const bool fine = address.empty() || CheckAddress(address).ok();
    EXPECT_EQ(WriteInvitation(draft, *inviter, secret).ok(), fine);
    EXPECT_EQ(WriteReply(invitation, read, *acceptor, address, secret).ok(), fine);
  }
}

TEST(Letters, ABlockIsReadAsItWasWrittenWhateverStandsAroundIt) {
  Dice dice("Letters.ABlockIsReadAsItWasWrittenWhateverStandsAroundIt");
  for (int round = 0; round < Dice::Rounds(200); ++round) {
    const std::string bytes = dice.Bytes(dice.Chance(8) ? kMaxInvitationBytes : dice.Length(kMaxInvitationBytes));
    const std::string text = Armour(kReplyArmour, bytes);
    const absl::StatusOr<std::string> read =
        Unarmour(kReplyArmour, dice.Bytes(dice.Length(80)) + text + dice.Bytes(dice.Length(80)));
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(*read, bytes);
    if (round % 40 != 0) continue;
    Mutate(dice, text, [](const std::string& changed) { Unarmour(kReplyArmour, changed).IgnoreError(); });
  }
}

}  // namespace
}  // namespace tidegate::partner
