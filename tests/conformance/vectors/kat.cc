// kat.json: known answers for our own constructions, made apart from this code.
#include <vector>

#include "crypto/agree.h"
#include "crypto/bytes.h"
#include "crypto/checkpoint/checkpoint.h"
#include "crypto/envelope/envelope.h"
#include "crypto/fingerprint.h"
#include "crypto/kdf.h"
#include "crypto/merkle/merkle.h"
#include "crypto/vault/value.h"
#include "tests/conformance/vectors/report.h"

namespace tidegate::conformance {
namespace {

using crypto::ByteReader;
using crypto::ByteWriter;
using crypto::Hash;
using crypto::KeyType;
using crypto::Label;
using crypto::View;
using nlohmann::json;

std::vector<Hash> Hashes(const json& list, Report& report) {
  std::vector<Hash> hashes;
  for (const json& text : list)
    hashes.push_back(report.Fixed<32>(report.HexText(text.get<std::string>(), "hash"), "hash"));
  return hashes;
}

std::string_view Chunk(const std::array<char, 13>& aad) { return {aad.data(), aad.size()}; }

void RunAuthor(const json& file, Report& report) {
  const json& author = file.at("author");
  const absl::StatusOr<crypto::SigningKey> key = crypto::SigningKey::FromSeed(report.Hex(author, "log_seed"));
  if (!key.ok()) return report.Fail("author", "the seed has the wrong length");
  report.Check("log key", View(key->public_key()) == report.Hex(author, "log_pk"));
  const Hash fingerprint =
      crypto::Fingerprint(KeyType::kLog, author.at("name_utf8").get<std::string>(), View(key->public_key()));
  report.Check("log key fingerprint", fingerprint == report.FixedHex<32>(author, "fingerprint"));

  const json& checkpoint = file.at("checkpoint");
  const auto note = checkpoint.at("note_utf8").get<std::string>();
  const auto vkey = checkpoint.at("vkey_utf8").get<std::string>();
  const checkpoint::Checkpoint head{author.at("name_utf8").get<std::string>(),
                                    file.at("log").at("size").get<uint64_t>(),
                                    report.FixedHex<32>(file.at("log"), "root")};
  const absl::StatusOr<std::string> ours = checkpoint::SignCheckpoint(head, *key);
  report.Check("checkpoint note", ours.ok() && *ours == note);
  const absl::StatusOr<checkpoint::VerifierKey> verifier = checkpoint::ParseVerifierKey(vkey);
  if (!verifier.ok()) return report.Fail("verifier key", verifier.status().ToString());
  report.Check("verifier key", verifier->public_key == key->public_key() && PrintVerifierKey(*verifier) == vkey);
  const absl::StatusOr<checkpoint::Checkpoint> verified = checkpoint::VerifyCheckpoint(note, *verifier);
  report.Check("checkpoint verifies", verified.ok() && *verified == head);
}

void RunLog(const json& file, Report& report) {
  const json& log = file.at("log");
  std::vector<Hash> leaves;
  for (const json& record : file.at("records")) leaves.push_back(report.FixedHex<32>(record, "log_leaf"));
  const merkle::Tree tree(leaves);
  const auto root = report.FixedHex<32>(log, "root");
  report.Check("log root", leaves.size() == log.at("size").get<size_t>() && tree.Root() == root);
  for (uint64_t i = 0; i < leaves.size(); ++i) {
    const std::vector<Hash> proof = Hashes(log.at("inclusion").at(i), report);
    const absl::StatusOr<std::vector<Hash>> ours = merkle::InclusionProof(i, leaves.size(), tree);
    report.Check("inclusion of " + std::to_string(i),
                 ours.ok() && *ours == proof && merkle::VerifyInclusion(i, leaves.size(), leaves[i], proof, root).ok());
  }
  const auto positions = log.at("positions").get<std::vector<uint64_t>>();
  const std::vector<Hash> proof = Hashes(log.at("multiproof"), report);
  std::vector<Hash> opened;
  for (uint64_t position : positions) opened.push_back(leaves.at(position));
  const absl::StatusOr<std::vector<Hash>> ours = merkle::ProveMulti(leaves.size(), positions, tree);
  const absl::StatusOr<Hash> led_to = merkle::RootFromMulti(leaves.size(), positions, opened, proof);
  report.Check("log multiproof", ours.ok() && *ours == proof && led_to.ok() && *led_to == root);
  for (const json& step : log.at("consistency")) {
    const auto old_size = step.at("old_size").get<uint64_t>();
    const auto old_root = report.FixedHex<32>(step, "old_root");
    const std::vector<Hash> path = Hashes(step.at("proof"), report);
    const absl::StatusOr<std::vector<Hash>> made = merkle::ConsistencyProof(old_size, leaves.size(), tree);
    report.Check("consistency from " + std::to_string(old_size),
                 made.ok() && *made == path && merkle::RootOf(std::span(leaves).first(old_size)) == old_root &&
                     merkle::VerifyConsistency(old_size, leaves.size(), old_root, root, path).ok());
  }
}

std::string KemId(std::string_view public_key) {
  const Hash hash = crypto::HashOf({Label("TDGkem1"), public_key});
  return std::string(View(hash).substr(0, 8));
}

// "TDGhpk1\0" || sender_fpr || recipient_fpr || kem_id || feed || seq, with the feed and number of the manifest.
void RunInfo(const json& file, const crypto::AgreementKey& recipient, Report& report) {
  const json& sealed = file.at("envelope");
  const Hash recipient_fpr = crypto::Fingerprint(
      KeyType::kKem, file.at("manifest").at("recipient_name_utf8").get<std::string>(), View(recipient.public_key()));
  report.Check("recipient fingerprint", recipient_fpr == report.FixedHex<32>(sealed, "recipient_fpr"));
  const std::string info = report.Hex(sealed, "info");
  ByteWriter head;
  head.Raw(Label("TDGhpk1")).Raw(report.Hex(file.at("author"), "fingerprint")).Raw(recipient_fpr);
  head.Raw(KemId(View(recipient.public_key())));
  const std::string manifest = report.Hex(file.at("manifest"), "bytes");
  report.Check("envelope info", manifest.size() > 129 && info == head.Take() + manifest.substr(105, 24));
}

struct Opened {
  crypto::AgreementKey ephemeral;
  crypto::AgreementKey recipient;
  std::string psk;
  std::string psk_id;
  std::string info;
};

void RunSuite(const json& file, const Opened& keys, bool suite3, Report& report) {
  const json& sealed = file.at("envelope");
  const json& schedule = suite3 ? file.at("envelope_suite3") : sealed;
  const std::string name = suite3 ? "suite 3 " : "suite 1 ";
  const auto aead = suite3 ? envelope::AeadId::kChaCha20Poly1305 : envelope::AeadId::kAes256Gcm;
  const envelope::Psk psk{keys.psk, keys.psk_id};
  absl::StatusOr<envelope::Sender> sender =
      envelope::TEST_SetupSenderWithEphemeral(keys.ephemeral, aead, keys.recipient.public_key(), keys.info, psk);
  const auto enc = report.FixedHex<32>(sealed, "enc");
  absl::StatusOr<envelope::Context> recipient = envelope::SetupRecipient(aead, keys.recipient, enc, keys.info, psk);
  if (!sender.ok() || !recipient.ok()) return report.Fail(name + "setup", "it fails");
  report.Check(name + "setup", sender->enc == enc);
  const envelope::ScheduleForTests* ours = sender->context.TEST_schedule();
  report.Check(name + "key schedule",
               ours->key == report.Hex(schedule, "key") && ours->base_nonce == report.Hex(schedule, "base_nonce"));
  if (!suite3) {
    report.Check(name + "exporter secret", ours->exporter_secret == report.Hex(schedule, "exporter_secret"));
    const absl::StatusOr<Hash> commitment = envelope::KeyCommitment(*recipient);
    report.Check(name + "commitment", commitment.ok() && *commitment == report.FixedHex<32>(sealed, "key_commitment"));
  }
  const json chunks = suite3 ? json::array({schedule.at("chunk0_as_last")}) : sealed.at("chunks");
  for (size_t i = 0; i < chunks.size(); ++i) {
    const std::string plaintext = report.HexText(sealed.at("plaintexts").at(i).get<std::string>(), "plaintexts");
    const std::string chunk = report.HexText(chunks.at(i).get<std::string>(), "chunks");
    const auto aad = envelope::ChunkAad(static_cast<uint32_t>(i), i + 1 == chunks.size());
    const absl::StatusOr<std::string> made = sender->context.Seal(Chunk(aad), plaintext);
    const absl::StatusOr<std::string> read = recipient->Open(Chunk(aad), chunk);
    report.Check(name + "chunk " + std::to_string(i), made.ok() && *made == chunk && read.ok() && *read == plaintext);
  }
}

void RunEnvelope(const json& file, Report& report) {
  const json& sealed = file.at("envelope");
  absl::StatusOr<crypto::AgreementKey> ephemeral = crypto::AgreementKey::FromBytes(report.Hex(sealed, "skE"));
  absl::StatusOr<crypto::AgreementKey> recipient = crypto::AgreementKey::FromBytes(report.Hex(sealed, "skR"));
  if (!ephemeral.ok() || !recipient.ok()) return report.Fail("envelope", "a key has the wrong length");
  RunInfo(file, *recipient, report);
  const Opened keys{*std::move(ephemeral), *std::move(recipient), report.Hex(sealed, "psk"),
                    report.Hex(sealed, "psk_id"), report.Hex(sealed, "info")};
  RunSuite(file, keys, false, report);
  RunSuite(file, keys, true, report);
  Hash next;
  const bool made = crypto::HkdfExpand(keys.psk, {"TDG psk next"}, next).ok();
  report.Check("next psk", made && next == report.FixedHex<32>(sealed, "next_psk"));
}

Hash ContentsRoot(const json& file, Report& report) {
  const json& manifest = file.at("manifest");
  const std::string salt = report.Hex(manifest, "parcel_salt");
  const auto purpose = manifest.at("purpose_utf8").get<std::string>();
  std::vector<Hash> leaves;
  for (const json& record : file.at("records")) {
    ByteWriter openings;
    for (const json& opened : record.at("view").at("opened")) {
      openings.U16(opened.at("slot").get<uint16_t>()).U8(opened.at("rung").get<uint8_t>());
    }
    ByteWriter leaf;
    leaf.Raw(Label("TDGcon1")).Raw(salt).Raw(report.Hex(record, "log_leaf")).Lp16(openings.view()).Lp16(purpose);
    leaves.push_back(merkle::LeafHash(leaf.view()));
  }
  return merkle::RootOf(leaves);
}

void RunManifest(const json& file, Report& report) {
  const json& manifest = file.at("manifest");
  const json& sealed = file.at("envelope");
  const auto delivery = report.FixedHex<32>(manifest, "delivery_pk");
  const Hash delivery_fpr =
      crypto::Fingerprint(KeyType::kDelivery, manifest.at("delivery_name_utf8").get<std::string>(), View(delivery));
  report.Check("delivery fingerprint", delivery_fpr == report.FixedHex<32>(manifest, "delivery_fpr"));
  const Hash contents = ContentsRoot(file, report);
  report.Check("contents root", contents == report.FixedHex<32>(manifest, "contents"));
  crypto::Sha256 digest;
  for (const json& chunk : sealed.at("chunks")) digest.Update(report.HexText(chunk.get<std::string>(), "chunks"));

  const std::string info = report.Hex(sealed, "info");
  const std::string bytes = report.Hex(manifest, "bytes");
  if (info.size() != 104) return report.Fail("manifest", "the envelope's info has the wrong length");
  ByteWriter ours;
  ours.Raw(Label("TDGman1")).U8(1).Raw(report.Hex(file.at("author"), "fingerprint"));
  ours.Raw(report.Hex(sealed, "recipient_fpr")).Raw(delivery_fpr).Raw(info.substr(80, 24));
  ours.Raw(report.Hex(manifest, "after")).U64(manifest.at("sent_ms").get<uint64_t>()).Raw(info.substr(72, 8));
  ours.U32(manifest.at("psk_epoch").get<uint32_t>()).U32(static_cast<uint32_t>(file.at("records").size()));
  ours.Raw(contents).Raw(report.Hex(sealed, "enc")).Raw(report.Hex(sealed, "key_commitment"));
  ours.U32(static_cast<uint32_t>(sealed.at("chunks").size())).Raw(digest.Finish());
  report.Check("manifest", ours.Take() == bytes);
  report.Check("manifest signature", crypto::Verify(delivery, bytes, report.Hex(manifest, "signature")).ok());
}

void RunPairing(const json& pairing, Report& report) {
  const std::string fpr_1 = report.Hex(pairing, "fpr_1");
  const std::string fpr_2 = report.Hex(pairing, "fpr_2");
  const absl::StatusOr<crypto::SecretBytes> psk =
      crypto::Hkdf(fpr_1 + fpr_2, report.Hex(pairing, "r_1") + report.Hex(pairing, "r_2"), "TDG pair psk", 32);
  report.Check("pair psk", fpr_1 < fpr_2 && psk.ok() && psk->Expose() == report.Hex(pairing, "psk_0"));
  const Hash pair_hash = crypto::HashOf({Label("TDGpai1"), fpr_1, fpr_2});
  const std::string pair(View(pair_hash).substr(0, 16));
  report.Check("pair", pair == report.Hex(pairing, "pair"));
  const Hash feed = crypto::HashOf({Label("TDGfee1"), report.Hex(pairing, "sender_fpr"), pair});
  report.Check("feed", View(feed).substr(0, 16) == report.Hex(pairing, "feed"));
}

void RunAtRest(const json& file, Report& report) {
  const json& at_rest = file.at("at_rest");
  const std::string value = report.Hex(at_rest, "value");
  const std::string plaintext = report.Hex(at_rest, "plaintext");
  const std::string aad = report.Hex(at_rest, "aad");
  absl::StatusOr<crypto::Secret<32>> dek = crypto::Secret<32>::CopyOf(report.Hex(at_rest, "dek"));
  ByteReader reader(aad);
  reader.Raw(8 + 1);
  const uint32_t epoch = reader.U32();
  const std::string_view table = reader.Lp8();
  const std::string_view key = reader.Lp16();
  const absl::StatusOr<vault::SealedValue> parsed = vault::ParseSealedValue(value);
  if (!dek.ok() || !reader.Finish("aad").ok() || !parsed.ok()) return report.Fail("value at rest", "it is ill-formed");
  const absl::StatusOr<std::string> sealed =
      crypto::AeadSeal(crypto::AeadAlgorithm::kXChaCha20Poly1305, dek->Expose(), parsed->nonce, aad, plaintext);
  report.Check("value at rest, sealed", sealed.ok() && *sealed == parsed->ciphertext && parsed->epoch == epoch);
  vault::EpochCipher cipher(epoch, *std::move(dek));
  std::string opened;
  report.Check("value at rest, opened", cipher.OpenAppend(*parsed, {table, key}, opened).ok() && opened == plaintext);

  const json& index = file.at("index_key");
  const auto term = crypto::Blake2b128(report.Hex(index, "k_idx"), {report.Hex(index, "message")});
  report.Check("blind term", View(term) == report.Hex(index, "key16"));
}

}  // namespace

bool IsKat(const json& file) { return file.is_object() && file.contains("records") && file.contains("manifest"); }

void RunKat(const json& file, Report& report) {
  RunAuthor(file, report);
  RunKatRecords(file, report);
  RunLog(file, report);
  RunEnvelope(file, report);
  RunManifest(file, report);
  RunPairing(file.at("pairing"), report);
  RunAtRest(file, report);
}

}  // namespace tidegate::conformance
