// answers.json was written by a program that knows the pages and not this code (second_writer.py). What it says is read
// here and written again, byte for byte: so the pages are enough to write a second node from.
#include <absl/strings/str_cat.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "crypto/bytes.h"
#include "node/feed/frontier.h"
#include "node/flow/budget.h"
#include "node/flow/looked.h"
#include "node/flow/standing.h"
#include "node/parcel/parcel.h"
#include "node/partner/invitation.h"
#include "node/partner/partner.h"
#include "node/store/environment/environment.h"
#include "policy/principal_mint.h"
#include "tests/support/known_answers.h"
#include "tests/support/line.h"

namespace tidegate::conformance {
namespace {

using nlohmann::json;
using support::Must;

class NoMemory final : public parcel::CheckpointMemory {
 public:
  std::optional<parcel::KnownCheckpoint> LastOnPath(const crypto::Hash&) const override { return std::nullopt; }
  std::optional<crypto::Hash> RootAt(const crypto::Hash&, uint64_t) const override { return std::nullopt; }
};

class Pages : public testing::Test {
 protected:
  Pages() {
    std::ifstream file(std::string(TIDEGATE_SOURCE_DIR) + "/tests/conformance/pages/answers.json");
    answers_ = json::parse(file);
  }
  const json& node(const char* name) const { return answers_["nodes"][name]; }

  json answers_;
};

TEST_F(Pages, TheAnswersAreTheSecondWriters) {
  const std::string command =
      std::string("python3 ") + TIDEGATE_SOURCE_DIR "/tests/conformance/pages/second_writer.py --check";
  EXPECT_EQ(std::system(command.c_str()), 0);
}

TEST_F(Pages, KeysHaveTheNamesAndNoticesThatTheySay) {
  for (const char* name : {"charity", "bank"}) {
    const json& said = node(name);
    const partner::SignedNotice signed_keys = Must(partner::SignedNotice::Decode(Bytes(said["key_notice"])));
    const partner::KeyNotice keys = Must(partner::ReadKeyNotice(signed_keys));
    EXPECT_EQ(keys.names.organisation, name);
    EXPECT_EQ(checkpoint::PrintVerifierKey(keys.log_key), said["vkey"].get<std::string>());
    EXPECT_EQ(keys.LogFingerprint(), Fixed<32>(said["log_fpr"]));
    EXPECT_EQ(keys.DeliveryFingerprint(), Fixed<32>(said["delivery_fpr"]));
    EXPECT_EQ(keys.GovernanceFingerprint(), Fixed<32>(said["governance_fpr"]));
    const partner::KemNotice kem =
        Must(partner::ReadKemNotice(Must(partner::SignedNotice::Decode(Bytes(said["kem_notice"]))), keys));
    EXPECT_EQ(kem.key, Fixed<32>(said["kem"]));
    EXPECT_EQ(kem.Fingerprint(), Fixed<32>(said["kem_fpr"]));
    EXPECT_EQ(partner::KemIdOf(kem.key), Fixed<8>(said["kem_id"]));
  }
}

TEST_F(Pages, APairComesToOneSecret) {
  const json& said = answers_["pair"];
  const auto charity = Fixed<32>(node("charity")["governance_fpr"]), bank = Fixed<32>(node("bank")["governance_fpr"]);
  const partner::PairId pair = partner::PairOf(charity, bank);
  EXPECT_EQ(pair, Fixed<16>(said["id"]));
  EXPECT_EQ(partner::FeedOf(Fixed<32>(node("charity")["log_fpr"]), pair), Fixed<16>(said["feed"]));
  crypto::Secret<32> psk = partner::FirstPsk(charity, bank, Bytes(said["secret_a"]), Bytes(said["secret_b"]));
  EXPECT_EQ(psk.Expose(), Bytes(said["psk_0"]));
  const crypto::Hash transcript =
      partner::TranscriptOf(crypto::HashOf({Bytes(said["invitation"])}), Fixed<32>(said["reply_hash"]));
  EXPECT_EQ(transcript, Fixed<32>(said["transcript"]));
  EXPECT_EQ(partner::ProofOf(psk, charity, bank, transcript), Fixed<32>(said["proof"]));
  for (int day = 0; day < 3; ++day) psk = partner::NextPsk(psk);
  EXPECT_EQ(psk.Expose(), Bytes(said["psk_3"]));
  const partner::ReadInvitation letter = Must(partner::OpenInvitationBytes(Bytes(said["invitation"]), ""));
  EXPECT_EQ(letter.secret.Expose(), Bytes(said["secret_a"]));
  EXPECT_EQ(letter.inviter.keys.names.organisation, "charity");
  crypto::Hash begins{};
  const auto fingerprint = Fixed<16>(said["invitation_fpr"]);
  std::copy(fingerprint.begin(), fingerprint.end(), begins.begin());
  EXPECT_EQ(partner::InvitationFingerprint(Bytes(said["invitation"])), partner::FingerprintText(begins));
}

TEST_F(Pages, ValuesHandlingAndAttributesAreCanonical) {
  const record::Kind& report = *record::Catalogue::FindKind("report");
  for (const json& said : answers_["values"]) {
    const record::Slot& slot = report.slots[said["slot"].get<size_t>()];
    const std::string bytes = Bytes(said["value"]);
    const auto value = record::DecodeValue(slot, bytes);
    ASSERT_TRUE(value.ok()) << slot.name << " at rung " << said["rung"] << ": " << value.status();
    EXPECT_EQ(record::EncodeValue(slot, *value), bytes) << slot.name;
  }
  const record::Handling handling = Must(record::DecodeHandling(Bytes(answers_["handling"])));
  EXPECT_EQ(handling.tlp, record::Tlp::kGreen);
  EXPECT_EQ(handling.purposes, (std::vector<std::string>{"prevention", "safeguarding"}));
  EXPECT_EQ(Must(record::EncodeHandling(handling)), Bytes(answers_["handling"]));
  for (const json& said : answers_["attributes"]) {
    EXPECT_EQ(Must(record::EncodeAttributes(Must(record::DecodeAttributes(Bytes(said))))), Bytes(said));
  }
}

// Coarser rungs are recomputed by Verify: the ladders are those of the page, too.
TEST_F(Pages, AViewLeadsToItsStatement) {
  const json& said = answers_["parcel"];
  const record::View view = Must(record::DecodeView(Bytes(said["view"])));
  const record::VerifiedView verified = Must(record::Verify(view));
  EXPECT_EQ(verified.leaf(), Fixed<32>(said["leaf"]));
  EXPECT_EQ(record::EncodeView(view), Bytes(said["view"]));
  EXPECT_EQ(record::EncodeStatement(verified.statement()), Bytes(said["statement"]));
  std::map<std::string, std::string> shown;
  for (size_t i = 0; i < verified.size(); ++i) shown[std::string(verified.slot(i).name)] = verified.precision(i);
  EXPECT_EQ(shown, (std::map<std::string, std::string>{{"title", "whole"},
                                                       {"narrative", "narrative.sanitised"},
                                                       {"exploitation", "code.parent"},
                                                       {"place", "place.region"},
                                                       {"observed", "time.month"}}));
}

TEST_F(Pages, AParcelOpens) {
  const json &said = answers_["parcel"], &charity = node("charity"), &bank = node("bank");
  const crypto::AgreementKey kem = Must(crypto::AgreementKey::FromBytes(Bytes(bank["kem_key"])));
  const NoMemory nothing;
  parcel::OpenContext context;
  context.sender_fpr = Fixed<32>(charity["log_fpr"]);
  context.sender_vkey = charity["vkey"].get<std::string>();
  context.delivery_key = Fixed<32>(charity["delivery"]);
  context.delivery_fpr = Fixed<32>(charity["delivery_fpr"]);
  context.pair = Fixed<16>(answers_["pair"]["id"]);
  context.feed = Fixed<16>(answers_["pair"]["feed"]);
  context.last_seq = 6;
  context.after = crypto::HashOf({Bytes(said["after"])});
  context.kem = [&](const parcel::KemId& id) -> std::optional<parcel::OpenContext::OwnKem> {
    EXPECT_EQ(id, Fixed<8>(bank["kem_id"]));
    return parcel::OpenContext::OwnKem{&kem, Fixed<32>(bank["kem_fpr"])};
  };
  context.psk = [&](uint32_t epoch) -> absl::StatusOr<crypto::Secret<32>> {
    EXPECT_EQ(epoch, 3u);
    return crypto::Secret<32>::CopyOf(Bytes(answers_["pair"]["psk_3"]));
  };
  context.checkpoints = &nothing;
  const std::string manifest = Bytes(said["manifest"]);
  EXPECT_EQ(parcel::EncodeManifest(Must(parcel::ParseManifest(manifest))), manifest);
  parcel::Opener opener = Must(parcel::Opener::Begin(context, manifest, Bytes(said["signature"])));
  Must(opener.Add(Bytes(said["chunk"])));
  const parcel::Opened opened = Must(opener.Finish());
  ASSERT_EQ(opened.sections.size(), 1u);
  const parcel::OpenedSection& section = opened.sections[0];
  ASSERT_EQ(section.items.size(), 1u);
  EXPECT_EQ(section.items[0].view.leaf(), Fixed<32>(said["leaf"]));
  EXPECT_EQ(section.items[0].purpose, "prevention");
  ASSERT_EQ(section.recalls.size(), 1u);
  EXPECT_EQ(section.recalls[0].view.statement().prev_leaf, Fixed<32>(said["recalled_leaf"]));
  EXPECT_EQ(section.checkpoint.size, 3u);
  EXPECT_EQ(opened.withdrawals.size(), 2u);
  EXPECT_EQ(opened.instants.size(), 1u);
  EXPECT_EQ(opened.next_cursor, Bytes(said["cursor"]));
}

TEST_F(Pages, ReceiptsAreReadAndSignedAlike) {
  const json& bank = node("bank");
  const crypto::SigningKey key = Must(crypto::SigningKey::FromSeed(Bytes(bank["delivery_seed"])));
  for (const auto& [name, said] : answers_["receipts"].items()) {
    const auto receipt = parcel::VerifyReceipt(Bytes(said["bytes"]), Bytes(said["signature"]),
                                               Fixed<32>(bank["delivery"]), Fixed<32>(bank["delivery_fpr"]));
    ASSERT_TRUE(receipt.ok()) << name << ": " << receipt.status();
    const parcel::SignedReceipt again = Must(parcel::SignReceipt(*receipt, key));
    EXPECT_EQ(again.bytes, Bytes(said["bytes"])) << name;
    EXPECT_EQ(crypto::View(again.signature), Bytes(said["signature"])) << name;
    if (name == "refused") {
      EXPECT_EQ(receipt->layer, parcel::Layer::kProof);
    }
  }
}

TEST_F(Pages, WhatLiesOnDiskOpens) {
  const json& said = answers_["at_rest"];
  const support::Folder folder;
  for (const char* name : {"keyring", "master"}) {
    const std::string path = folder.path() + "/" + name, bytes = Bytes(said[name]);
    std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }
  const auto vault = Must(
      vault::Vault::Open(folder.path() + "/keyring", Must(vault::MasterKey::FromKeyFile(folder.path() + "/master"))));
  const feed::Frontier frontier = Must(feed::Frontier::Open(*vault, "bank", Bytes(answers_["parcel"]["cursor"])));
  EXPECT_EQ(frontier.Encode(), Bytes(said["frontier"]));
  EXPECT_EQ(frontier.parcel(), 7u);
  EXPECT_EQ(frontier.pieces(), 3u);

  const json& rows = said["rows"];
  EXPECT_EQ(Must(feed::DecodeNumber(Bytes(rows["number"]))), 7u);
  EXPECT_EQ(feed::EncodeNumber(7), Bytes(rows["number"]));
  EXPECT_EQ(flow::EncodeLooked(Must(flow::DecodeLooked(Bytes(rows["looked"])))), Bytes(rows["looked"]));
  support::Clock clock;
  support::MemoryNode node("charity", "ngo", clock);
  Must(node.store().Write([&](store::WriteTransaction& transaction) -> absl::Status {
    Must(transaction.PutNamed(store::Named::kCursor, "in", "bank", Bytes(rows["standing"])));
    Must(transaction.PutNamed(store::Named::kExchange, flow::kUsedScope, "bank", Bytes(rows["used"])));
    const flow::Standing standing = Must(flow::Standing::Load(transaction, "bank"));
    EXPECT_EQ(standing.last_seq, 7u);
    EXPECT_EQ(standing.cursor, "a cursor");
    Must(standing.Save(transaction, "bank"));
    EXPECT_EQ(Must(transaction.GetNamed(store::Named::kCursor, "in", "bank")), Bytes(rows["standing"]));
    const flow::Used used = Must(flow::Used::Load(transaction, "bank"));
    EXPECT_EQ(used.entries, 5u);
    Must(used.Save(transaction, "bank"));
    EXPECT_EQ(Must(transaction.GetNamed(store::Named::kExchange, flow::kUsedScope, "bank")), Bytes(rows["used"]));
    const crypto::Hash manifest = crypto::HashOf({Bytes(answers_["parcel"]["manifest"])});
    Must(flow::KeepReceipt(transaction, "bank", manifest, Must(flow::KeptReceipt(Bytes(rows["outbox"])))));
    EXPECT_EQ(Must(transaction.GetNamed(store::Named::kExchange, flow::OutboxScope("bank"), crypto::View(manifest))),
              Bytes(rows["outbox"]));
    return absl::OkStatus();
  }));
}

// Text of every page of the rooms.
std::string AllPages() {
  std::string all;
  for (const char* top : {"crypto", "policy", "node"}) {
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(std::string(TIDEGATE_SOURCE_DIR) + "/" + top)) {
      if (entry.path().extension() != ".md") continue;
      std::ifstream file(entry.path());
      all.append(std::istreambuf_iterator<char>(file), {});
    }
  }
  return all;
}

// What `value` of a table of other rooms begins with is on a page: a label, a signed note, a tile, or a mark.
void ExpectLabelled(const std::string& where, std::string_view value, bool tile, const std::string& pages,
                    std::set<std::string>& seen) {
  if (value.size() <= 1 || (tile && value.size() % 32 == 0) || value.starts_with("tidegate.")) return;
  const std::string label(value.substr(0, 7));
  EXPECT_TRUE(label.starts_with("TDG") && value.size() >= 8 && value[7] == '\0') << where << " begins with no label";
  EXPECT_NE(pages.find(label), std::string::npos) << where << ": no page says what " << label << " is";
  seen.insert(label);
}

// All that a node keeps in the store's tables of other rooms, whoever wrote it.
void ExpectAllLabelled(support::MemoryNode& node, std::set<std::string>& seen) {
  static const std::string& pages = *new std::string(AllPages());
  const std::string folder = node.store_folder(), top = std::filesystem::path(folder).parent_path();
  node.Close();
  const auto vault =
      Must(vault::Vault::Open(top + "/keyring", Must(vault::MasterKey::FromKeyFile(top + "/master.key"))));
  auto disk = Must(environment::Environment::Open(folder, {}));
  MDB_txn* txn = Must(disk->BeginRead());
  for (const environment::Dbi table : {environment::Dbi::kNamed, environment::Dbi::kOrdered}) {
    MDB_cursor* cursor = nullptr;
    ASSERT_EQ(mdb_cursor_open(txn, disk->dbi(table), &cursor), 0);
    MDB_val key{}, sealed{};
    while (mdb_cursor_get(cursor, &key, &sealed, MDB_NEXT) == 0) {
      const std::string_view name = environment::Bytes(key);
      const std::string value = Must(vault->Open(environment::DbiName(table), name, environment::Bytes(sealed)));
      const auto number = static_cast<uint8_t>(name[0]);
      const std::string where = std::string(environment::DbiName(table)) + " table " + std::to_string(number);
      if (table == environment::Dbi::kOrdered) {
        if (number == 0xf0) continue;  // kin: the store's own, with a format byte
        ExpectLabelled(where, value, number <= 2, pages, seen);
        continue;
      }
      crypto::ByteReader fields(value);
      const std::string scope(fields.Lp16());
      fields.Lp16();
      ExpectLabelled(absl::StrCat(where, ", scope `", scope, "`"), fields.Raw(fields.remaining()), false, pages, seen);
    }
    mdb_cursor_close(cursor);
  }
  disk->EndRead(txn);
}

TEST(Kept, EveryValueThatTwoNodesKeepBearsALabelThatStandsOnAPage) {
  support::Clock clock;
  support::MemoryNode charity("charity", "ngo", clock), bank("bank", "bank", clock);
  support::Pair(charity, bank);
  charity.Apply(support::kShareAll);
  support::Line line(charity, bank);
  const support::Assignments handling{{"title", "Car wash"}, {"tlp", "GREEN"}, {"purpose", "prevention"}};
  const std::string id = charity.Add("report", handling), other = charity.Add("report", handling);
  support::Assignments later = handling;
  later.emplace_back("not-before", support::Instant(clock.now_ms + 3'600'000));
  charity.Add("report", later);
  Must(charity.TryLink(id, "related-to", other).status());
  line.Meet();
  Must(charity.Amend(id, {{"title", "Amended"}}));
  Must(charity.Recall(other));
  line.Meet([](size_t) { return support::Fate::kReceiptLost; });
  const flow::Act ana(policy::PrincipalMint::Mint("ana", true, policy::EveryRole()), "agreement", clock.now_ms);
  Must(charity.directory().CreateCircle("friends", ana.deed()).status());
  charity.decisions().SetCircles({"friends"});
  charity.Apply(R"(@id("friends") permit (principal in Circle::"friends", action == Action::"disclose", resource);)");
  charity.decisions().RequireApprovals(2);
  const flow::Proposal proposed{.organisation = "bank", .kind = flow::ProposalKind::kCircle, .circle = "friends"};
  const auto weighed = Must(charity.governance().Weigh(proposed));
  EXPECT_TRUE(Must(charity.governance().Decide(proposed, weighed.digest, ana)).pending);
  Must(charity.TryApply(support::kShareAll));
  Must(charity.directory().Invite({.invitee = "police", .without_code = true}, ana.deed()).status());
  Must(flow::LookUpTo(charity.store(), {1, 0}));
  Must(charity.Recall(id));  // nobody has been asked yet
  std::set<std::string> seen;
  ExpectAllLabelled(charity, seen);
  ExpectAllLabelled(bank, seen);
  for (const char* label :
       {"TDGptn3", "TDGopn2", "TDGlst1", "TDGgpr2", "TDGpol1", "TDGpnd1", "TDGnum1", "TDGstd1", "TDGout1", "TDGuse1",
        "TDGask1", "TDGpar1", "TDGdsc1", "TDGlin1", "TDGlma1", "TDGlre2", "TDGsee1"}) {
    EXPECT_TRUE(seen.count(label)) << label;
  }
}

}  // namespace
}  // namespace tidegate::conformance
