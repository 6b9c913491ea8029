// Known answers for manifests, contents and pairing (kat.json), computed apart from this code.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "crypto/fingerprint.h"
#include "node/parcel/parcel.h"
#include "node/partner/partner.h"
#include "tests/support/known_answers.h"

namespace tidegate::parcel {
namespace {

using ParcelKat = KnownAnswers;

TEST_F(ParcelKat, ManifestReadsAndWritesBack) {
  const json& known = kat_["manifest"];
  const std::string bytes = Bytes(known["bytes"]);
  const absl::StatusOr<Manifest> manifest = ParseManifest(bytes);
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  EXPECT_EQ(EncodeManifest(*manifest), bytes);
  EXPECT_EQ(manifest->contents, Fixed<32>(known["contents"]));
  EXPECT_EQ(manifest->after, Fixed<32>(known["after"]));
  EXPECT_EQ(manifest->sent_ms, known["sent_ms"].get<uint64_t>());
  EXPECT_EQ(manifest->psk_epoch, known["psk_epoch"].get<uint32_t>());
  EXPECT_EQ(manifest->sender_fpr, Fixed<32>(kat_["author"]["fingerprint"]));
  EXPECT_EQ(manifest->recipient_fpr, Fixed<32>(kat_["envelope"]["recipient_fpr"]));
  EXPECT_EQ(manifest->commitment, Fixed<32>(kat_["envelope"]["key_commitment"]));
  EXPECT_EQ(manifest->n, kat_["records"].size());
  const auto delivery = Fixed<32>(known["delivery_pk"]);
  EXPECT_TRUE(crypto::Verify(delivery, bytes, Bytes(known["signature"])).ok());
  EXPECT_EQ(crypto::Fingerprint(crypto::KeyType::kDelivery, known["delivery_name_utf8"].get<std::string>(),
                                crypto::View(delivery)),
            manifest->delivery_fpr);
}

TEST_F(ParcelKat, EnvelopeInputsFollowFromTheManifest) {
  const Manifest manifest = *ParseManifest(Bytes(kat_["manifest"]["bytes"]));
  EXPECT_EQ(EnvelopeInfo(manifest), Bytes(kat_["envelope"]["info"]));
  const std::string psk_id = Bytes(kat_["envelope"]["psk_id"]);
  Id16 pair;
  std::copy_n(psk_id.begin() + 8, 16, pair.begin());
  EXPECT_EQ(PskId(pair, manifest.psk_epoch), psk_id);
}

TEST_F(ParcelKat, ContentsCommitToOpeningsAndPurpose) {
  std::vector<Disclosed> disclosed;
  for (const json& record : kat_["records"]) {
    Disclosed one;
    one.leaf = Fixed<32>(record["log_leaf"]);
    for (const json& opened : record["view"]["opened"]) {
      one.openings.push_back({opened["slot"].get<uint16_t>(), opened["rung"].get<uint8_t>()});
    }
    one.purpose = kat_["manifest"]["purpose_utf8"].get<std::string>();
    disclosed.push_back(std::move(one));
  }
  EXPECT_EQ(ContentsRoot(Fixed<16>(kat_["manifest"]["parcel_salt"]), disclosed),
            Fixed<32>(kat_["manifest"]["contents"]));
}

TEST_F(ParcelKat, Pairing) {
  const json& known = kat_["pairing"];
  const Hash fpr_1 = Fixed<32>(known["fpr_1"]), fpr_2 = Fixed<32>(known["fpr_2"]);
  const std::string r_1 = Bytes(known["r_1"]), r_2 = Bytes(known["r_2"]);
  EXPECT_EQ(partner::FirstPsk(fpr_1, fpr_2, r_1, r_2).Expose(), Bytes(known["psk_0"]));
  EXPECT_EQ(partner::FirstPsk(fpr_2, fpr_1, r_2, r_1).Expose(), Bytes(known["psk_0"])) << "the order is the hashes'";
  EXPECT_EQ(partner::PairOf(fpr_2, fpr_1), Fixed<16>(known["pair"]));
  EXPECT_EQ(partner::FeedOf(Fixed<32>(known["sender_fpr"]), Fixed<16>(known["pair"])), Fixed<16>(known["feed"]));
  const crypto::Secret<32> psk = *crypto::Secret<32>::CopyOf(Bytes(kat_["envelope"]["psk"]));
  EXPECT_EQ(partner::NextPsk(psk).Expose(), Bytes(kat_["envelope"]["next_psk"]));
}

}  // namespace
}  // namespace tidegate::parcel
