// RFC 9180 Appendix A in the JSON of its authors. Each setup, message and export is a vector.
#include <optional>

#include "crypto/agree.h"
#include "crypto/envelope/envelope.h"
#include "crypto/kdf.h"
#include "tests/conformance/vectors/report.h"

namespace tidegate::conformance {
namespace {

using crypto::AgreementKey;
using nlohmann::json;

struct Case {
  AgreementKey ephemeral;
  AgreementKey recipient;
  std::optional<AgreementKey> sender;
  std::string psk;
  std::string psk_id;
  std::string info;
  envelope::AeadId aead;

  std::optional<envelope::Psk> Psk() const {
    if (psk_id.empty()) return std::nullopt;
    return envelope::Psk{psk, psk_id};
  }
};

std::optional<Case> ReadCase(const json& object, Report& report) {
  absl::StatusOr<AgreementKey> ephemeral = AgreementKey::FromBytes(report.Hex(object, "skEm"));
  absl::StatusOr<AgreementKey> recipient = AgreementKey::FromBytes(report.Hex(object, "skRm"));
  if (!ephemeral.ok() || !recipient.ok()) return std::nullopt;
  const auto aead = static_cast<envelope::AeadId>(object.at("aead_id").get<uint16_t>());
  Case made{*std::move(ephemeral), *std::move(recipient), std::nullopt, "", "", report.Hex(object, "info"), aead};
  const int mode = object.at("mode").get<int>();
  if (mode == 1 || mode == 3) {
    made.psk = report.Hex(object, "psk");
    made.psk_id = report.Hex(object, "psk_id");
  }
  if (mode == 2 || mode == 3) {
    absl::StatusOr<AgreementKey> sender = AgreementKey::FromBytes(report.Hex(object, "skSm"));
    if (!sender.ok()) return std::nullopt;
    made.sender = *std::move(sender);
  }
  return made;
}

// DeriveKeyPair of RFC 9180 §7.1.3, which only these vectors need: from ikmX to skXm and pkXm.
bool IsDerived(const json& object, const std::string& who, Report& report) {
  const std::string kem("KEM\0\x20", 5);
  const std::string ikm = report.Hex(object, ("ikm" + who).c_str());
  const crypto::Ephemeral<32> prk = crypto::HkdfExtract("", {"HPKE-v1", kem, "dkp_prk", ikm});
  std::array<uint8_t, 32> private_key;
  if (!crypto::HkdfExpand(prk.Expose(), {std::string_view("\0\x20", 2), "HPKE-v1", kem, "sk"}, private_key).ok()) {
    return false;
  }
  const absl::StatusOr<AgreementKey> key = AgreementKey::FromBytes(crypto::View(private_key));
  return key.ok() && crypto::View(private_key) == report.Hex(object, ("sk" + who + "m").c_str()) &&
         crypto::View(key->public_key()) == report.Hex(object, ("pk" + who + "m").c_str());
}

void RunMessages(const json& object, const std::string& name, envelope::Context& sender, envelope::Context& recipient,
                 Report& report) {
  // The file shows message 0 to 4 and some far beyond; those between must be sealed too, to count.
  for (const json& message : object.at("encryptions")) {
    const std::string aad = report.Hex(message, "aad");
    const std::string plaintext = report.Hex(message, "pt");
    const std::string ciphertext = report.Hex(message, "ct");
    const std::string nonce = report.Hex(message, "nonce");
    const std::string base = report.Hex(object, "base_nonce");
    uint64_t number = 0;
    for (size_t i = 4; i < 12 && nonce.size() == 12 && base.size() == 12; ++i) {
      number = number << 8 | static_cast<uint8_t>(nonce[i] ^ base[i]);
    }
    if (nonce.substr(0, 4) != base.substr(0, 4) || number < sender.sequence() || number > 1 << 20) {
      report.Fail(name, "a message is out of order");
      continue;
    }
    while (sender.sequence() < number) {
      const absl::StatusOr<std::string> between = sender.Seal("", "");
      if (!between.ok() || !recipient.Open("", *between).ok()) {
        report.Fail(name, "a message between does not open");
        return;
      }
    }
    const absl::StatusOr<std::string> sealed = sender.Seal(aad, plaintext);
    const absl::StatusOr<std::string> opened = recipient.Open(aad, ciphertext);
    report.Check(name + " message " + std::to_string(number),
                 sealed.ok() && *sealed == ciphertext && opened.ok() && *opened == plaintext);
  }
}

void RunExports(const json& object, const std::string& name, const envelope::Context& sender,
                const envelope::Context& recipient, Report& report) {
  for (const json& item : object.at("exports")) {
    const std::string context = report.Hex(item, "exporter_context");
    const std::string expected = report.Hex(item, "exported_value");
    std::string ours(item.at("L").get<size_t>(), '\0');
    std::string theirs = ours;
    const auto span = [](std::string& text) { return std::span(reinterpret_cast<uint8_t*>(text.data()), text.size()); };
    const bool made = sender.Export(context, span(ours)).ok() && recipient.Export(context, span(theirs)).ok();
    report.Check(name + " export", made && ours == expected && theirs == expected);
  }
}

void RunCase(const json& object, const std::string& name, Report& report) {
  const std::optional<Case> input = ReadCase(object, report);
  if (!input) return report.Fail(name, "a key has the wrong length");
  const AgreementKey* sender_key = input->sender ? &*input->sender : nullptr;
  absl::StatusOr<envelope::Sender> sender = envelope::TEST_SetupSenderWithEphemeral(
      input->ephemeral, input->aead, input->recipient.public_key(), input->info, input->Psk(), sender_key);
  const auto enc = report.FixedHex<32>(object, "enc");
  absl::StatusOr<envelope::Context> recipient =
      envelope::SetupRecipient(input->aead, input->recipient, enc, input->info, input->Psk(),
                               sender_key != nullptr ? &sender_key->public_key() : nullptr);
  if (!sender.ok() || !recipient.ok()) return report.Fail(name, "the setup fails");
  report.Check(name + " setup", sender->enc == enc);
  report.Check(name + " keys", IsDerived(object, "R", report) && IsDerived(object, "E", report) &&
                                   (sender_key == nullptr || IsDerived(object, "S", report)));
  const envelope::ScheduleForTests* schedule = sender->context.TEST_schedule();
  const auto scheduled = [&](const std::string& ours, const char* field) { return ours == report.Hex(object, field); };
  report.Check(name + " key schedule", schedule != nullptr && scheduled(schedule->shared_secret, "shared_secret") &&
                                           scheduled(schedule->context, "key_schedule_context") &&
                                           scheduled(schedule->secret, "secret") && scheduled(schedule->key, "key") &&
                                           scheduled(schedule->base_nonce, "base_nonce") &&
                                           scheduled(schedule->exporter_secret, "exporter_secret"));
  RunMessages(object, name, sender->context, *recipient, report);
  RunExports(object, name, sender->context, *recipient, report);
}

}  // namespace

bool IsHpke(const json& file) {
  return file.is_array() && !file.empty() && file.front().is_object() && file.front().contains("kem_id");
}

void RunHpke(const json& file, Report& report) {
  for (const json& object : file) {
    const int kem = object.at("kem_id").get<int>();
    const int kdf = object.at("kdf_id").get<int>();
    const std::string name = "mode " + std::to_string(object.at("mode").get<int>()) + " aead " +
                             std::to_string(object.at("aead_id").get<int>());
    if (kem != 0x20 || kdf != 1) {
      report.NotApplicable("HPKE with another KEM than X25519 or another KDF than HKDF-SHA256");
    } else {
      RunCase(object, name, report);
    }
  }
}

}  // namespace tidegate::conformance
