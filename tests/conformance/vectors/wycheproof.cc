// C2SP/wycheproof: one test is one vector. `acceptable` ones are judged by what our interface promises.
#include <functional>
#include <optional>

#include "crypto/aead.h"
#include "crypto/agree.h"
#include "crypto/kdf.h"
#include "crypto/sign.h"
#include "tests/conformance/vectors/report.h"

namespace tidegate::conformance {
namespace {

using crypto::AeadAlgorithm;
using nlohmann::json;

bool IsValid(const json& test) { return test.at("result").get<std::string>() == "valid"; }

std::string Name(const json& test) { return "tcId " + std::to_string(test.at("tcId").get<int>()); }

void RunEd25519(const json& group, const json& test, Report& report) {
  const auto key = report.FixedHex<32>(group.at("publicKey"), "pk");
  const bool good = crypto::Verify(key, report.Hex(test, "msg"), report.Hex(test, "sig")).ok();
  report.Check(Name(test), good == IsValid(test), good ? "a bad signature is accepted" : "a good signature is refused");
}

// All of X25519's vectors have a result; ours is the same one, except that a result of zero is refused.
void RunX25519(const json&, const json& test, Report& report) {
  const std::string shared = report.Hex(test, "shared");
  const absl::StatusOr<crypto::AgreementKey> key = crypto::AgreementKey::FromBytes(report.Hex(test, "private"));
  if (!key.ok()) return report.Fail(Name(test), "the private key has the wrong length");
  const absl::StatusOr<crypto::Secret<32>> ours = key->Agree(report.FixedHex<32>(test, "public"));
  if (shared == std::string(32, '\0')) {
    report.Note("X25519 results of zero are refused");
    report.Check(Name(test), !ours.ok() && !IsValid(test), "a small-order key is accepted");
  } else {
    report.Check(Name(test), ours.ok() && ours->Expose() == shared);
  }
}

void RunHmac(const json& group, const json& test, Report& report) {
  const size_t length = group.at("tagSize").get<size_t>() / 8;
  const std::string tag = report.Hex(test, "tag");
  const crypto::Ephemeral<32> mac = crypto::HmacSha256(report.Hex(test, "key"), {report.Hex(test, "msg")});
  const bool good = length <= 32 && crypto::ConstantTimeEqual(mac.Expose().substr(0, length), tag);
  report.Check(Name(test), good == IsValid(test));
}

void RunHkdf(const json&, const json& test, Report& report) {
  const absl::StatusOr<crypto::SecretBytes> okm = crypto::Hkdf(report.Hex(test, "salt"), report.Hex(test, "ikm"),
                                                               report.Hex(test, "info"), test.at("size").get<size_t>());
  const bool good = okm.ok() && okm->Expose() == report.Hex(test, "okm");
  report.Check(Name(test), good == IsValid(test));
}

std::optional<AeadAlgorithm> AeadOf(const std::string& algorithm, int key_bits) {
  if (algorithm == "CHACHA20-POLY1305" && key_bits == 256) return AeadAlgorithm::kChaCha20Poly1305;
  if (algorithm == "XCHACHA20-POLY1305" && key_bits == 256) return AeadAlgorithm::kXChaCha20Poly1305;
  if (algorithm == "AES-GCM" && key_bits == 256) return AeadAlgorithm::kAes256Gcm;
  if (algorithm == "AES-GCM" && key_bits == 128) return AeadAlgorithm::kAes128Gcm;
  return std::nullopt;
}

void RunAead(const std::string& algorithm, const json& group, const json& test, Report& report) {
  const int key_bits = group.at("keySize").get<int>();
  const std::optional<AeadAlgorithm> ours = AeadOf(algorithm, key_bits);
  if (!ours)
    return report.NotApplicable(algorithm + " with a key of " + std::to_string(key_bits) + " bits: not offered");
  const std::string key = report.Hex(test, "key");
  const std::string nonce = report.Hex(test, "iv");
  const std::string aad = report.Hex(test, "aad");
  const std::string message = report.Hex(test, "msg");
  const std::string sealed = report.Hex(test, "ct") + report.Hex(test, "tag");
  const absl::StatusOr<std::string> our_seal = crypto::AeadSeal(*ours, key, nonce, aad, message);
  const absl::StatusOr<std::string> our_open = crypto::AeadOpen(*ours, key, nonce, aad, sealed);
  if (!IsValid(test)) return report.Check(Name(test), !our_open.ok(), "a bad ciphertext is accepted");
  if (nonce.size() != crypto::AeadNonceSize(*ours)) {
    // Valid for GCM at large; our interface must refuse such a nonce, and then there is nothing more to compare.
    if (our_seal.ok() || our_open.ok()) return report.Fail(Name(test), "a nonce of another length is accepted");
    return report.NotApplicable(algorithm + " with a nonce of other than 96 bits: refused by the interface");
  }
  report.Check(Name(test), our_seal.ok() && *our_seal == sealed && our_open.ok() && *our_open == message);
}

using Runner = std::function<void(const json& group, const json& test, Report& report)>;

Runner RunnerOf(const std::string& algorithm, const std::string& schema) {
  const auto is = [&](const char* name) { return schema.rfind(name, 0) == 0; };  // whatever the schema's version
  if (is("eddsa_verify_schema")) return RunEd25519;
  if (is("xdh_comp_schema")) return RunX25519;
  if (algorithm == "HMACSHA256") return RunHmac;
  if (algorithm == "HKDF-SHA-256") return RunHkdf;
  if (is("aead_test_schema")) {
    return
        [algorithm](const json& group, const json& test, Report& report) { RunAead(algorithm, group, test, report); };
  }
  return nullptr;
}

}  // namespace

bool IsWycheproof(const json& file) {
  return file.is_object() && file.contains("testGroups") && file.contains("schema");
}

void RunWycheproof(const json& file, Report& report) {
  const auto algorithm = file.at("algorithm").get<std::string>();
  const Runner run = RunnerOf(algorithm, file.at("schema").get<std::string>());
  if (!run) return report.Fail("file", "its algorithm `" + algorithm + "` is not known here");
  int tests = 0;
  for (const json& group : file.at("testGroups")) {
    if (group.contains("curve") && group.at("curve") != "curve25519") {
      report.Fail("file", "it is for another curve");
      continue;
    }
    for (const json& test : group.at("tests")) {
      ++tests;
      run(group, test, report);
    }
  }
  if (tests != file.at("numberOfTests").get<int>()) report.Fail("file", "tests are missing from it");
}

}  // namespace tidegate::conformance
