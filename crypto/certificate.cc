#include "crypto/certificate.h"

#include <openssl/ec.h>

#include <array>
#include <ctime>

#include "absl/status/status.h"
#include "crypto/openssl.h"

namespace tidegate::crypto {
namespace {

constexpr size_t kMaxPem = 64 << 10;
constexpr long kVersion3 = 2;  // NOLINT(google-runtime-int): OpenSSL's type

absl::Status Failed(const char* what) { return absl::InternalError(what); }

absl::StatusOr<OwnedKey> ReadKey(const SecretBytes& key_pem) {
  if (key_pem.size() > kMaxPem) return absl::InvalidArgumentError("crypto: the TLS key is too long");
  OwnedKey key = KeyFromPem(key_pem.Expose());
  char group[32] = {};
  size_t length = 0;
  if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_EC ||
      EVP_PKEY_get_group_name(key.get(), group, sizeof group, &length) != 1 ||
      std::string_view(group, length) != "prime256v1") {
    return absl::InvalidArgumentError("crypto: the TLS key is not a P-256 key in PEM");
  }
  return key;
}

// Hashes a DER encoding that OpenSSL allocated, and frees it.
absl::StatusOr<Hash> HashDer(unsigned char* der, int length) {
  if (length <= 0) return absl::InvalidArgumentError("crypto: a public key cannot be encoded");
  const Hash hash = HashOf({std::string_view(reinterpret_cast<char*>(der), static_cast<size_t>(length))});
  OPENSSL_free(der);
  return hash;
}

bool SetName(X509* certificate, std::string_view common_name) {
  X509_NAME* name = X509_get_subject_name(certificate);
  return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(common_name.data()),
                                    static_cast<int>(common_name.size()), -1, 0) == 1 &&
         X509_set_issuer_name(certificate, name) == 1;
}

bool SetSerial(X509* certificate) {
  std::array<uint8_t, 16> serial = RandomArray<16>();
  serial[0] &= 0x7f;  // positive, RFC 5280 §4.1.2.2
  serial[0] |= 0x40;
  const Owned<BIGNUM, BN_free> number(BN_bin2bn(serial.data(), serial.size(), nullptr));
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

std::string CommonName(X509* certificate) {
  std::array<char, 66> text{};  // a longer one is cut to 65 bytes, and seen by that
  const int length = X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, text.data(),
                                               static_cast<int>(text.size()));
  return length < 1 || length > 64 ? std::string() : std::string(text.data(), static_cast<size_t>(length));
}

absl::StatusOr<int64_t> Seconds(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return absl::InvalidArgumentError("crypto: a certificate has no valid time");
  return static_cast<int64_t>(timegm(&parts));
}

}  // namespace

absl::StatusOr<SecretBytes> GenerateTlsKey() {
  const OwnedKey key(EVP_EC_gen("P-256"));
  // The secure heap is not set up; a memory BIO that clears itself is what OpenSSL offers for PEM.
  const OwnedBio out(BIO_new(BIO_s_secmem()));
  if (!key || !out || PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return Failed("crypto: a TLS key cannot be made");
  }
  char* text = nullptr;
  const long length = BIO_get_mem_data(out.get(), &text);  // NOLINT(google-runtime-int)
  SecretBytes pem = SecretBytes::CopyOf(std::string_view(text, static_cast<size_t>(length)));
  Zeroise(text, static_cast<size_t>(length));
  return pem;
}

absl::StatusOr<Hash> SpkiOfKey(const SecretBytes& key_pem) {
  absl::StatusOr<OwnedKey> key = ReadKey(key_pem);
  if (!key.ok()) return key.status();
  unsigned char* der = nullptr;
  const int length = i2d_PUBKEY(key->get(), &der);
  return HashDer(der, length);
}

absl::StatusOr<std::string> SelfSign(const SecretBytes& key_pem, std::string_view common_name, int64_t not_before,
                                     int64_t not_after) {
  if (common_name.empty() || common_name.size() > 64 || not_before >= not_after) {
    return absl::InvalidArgumentError("crypto: a certificate needs a name of 1 to 64 bytes and a time to be valid in");
  }
  absl::StatusOr<OwnedKey> key = ReadKey(key_pem);
  if (!key.ok()) return key.status();
  const OwnedX509 certificate(X509_new());
  const OwnedBio out(BIO_new(BIO_s_mem()));
  if (!certificate || !out || X509_set_version(certificate.get(), kVersion3) != 1 || !SetSerial(certificate.get()) ||
      !SetName(certificate.get(), common_name) ||
      ASN1_TIME_set(X509_getm_notBefore(certificate.get()), not_before) == nullptr ||
      ASN1_TIME_set(X509_getm_notAfter(certificate.get()), not_after) == nullptr ||
      X509_set_pubkey(certificate.get(), key->get()) != 1 ||
      X509_sign(certificate.get(), key->get(), EVP_sha256()) == 0 ||
      PEM_write_bio_X509(out.get(), certificate.get()) != 1) {
    return Failed("crypto: a certificate cannot be made");
  }
  return WrittenTo(out.get());
}

absl::StatusOr<CertificateFacts> ReadCertificate(std::string_view pem) {
  if (pem.size() > kMaxPem) return absl::InvalidArgumentError("crypto: a certificate is too long");
  const OwnedX509 certificate = X509FromPem(pem);
  if (!certificate) return absl::InvalidArgumentError("crypto: this is no certificate in PEM");
  unsigned char* der = nullptr;
  const int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate.get()), &der);
  absl::StatusOr<Hash> spki = HashDer(der, length);
  if (!spki.ok()) return spki.status();
  absl::StatusOr<int64_t> not_before = Seconds(X509_get0_notBefore(certificate.get()));
  absl::StatusOr<int64_t> not_after = Seconds(X509_get0_notAfter(certificate.get()));
  if (!not_before.ok()) return not_before.status();
  if (!not_after.ok()) return not_after.status();
  return CertificateFacts{*spki, *not_before, *not_after, CommonName(certificate.get())};
}

}  // namespace tidegate::crypto
