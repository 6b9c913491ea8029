// Owners of OpenSSL's objects. Each frees its object exactly once, on every way out of a function.
//
//   Takes    objects that OpenSSL made; null is allowed everywhere
//   Gives    std::unique_ptr types for them; readers over bytes in memory
//   Must     stay in the rooms that may use OpenSSL: crypto, door
//   Threads  as OpenSSL's object: one thread at a time
#ifndef TIDEGATE_CRYPTO_OPENSSL_H_
#define TIDEGATE_CRYPTO_OPENSSL_H_

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>

namespace tidegate::crypto {

template <auto Free>
struct Freeing {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
template <typename T, auto Free>
using Owned = std::unique_ptr<T, Freeing<Free>>;

using OwnedBio = Owned<BIO, BIO_free_all>;
using OwnedX509 = Owned<X509, X509_free>;
using OwnedKey = Owned<EVP_PKEY, EVP_PKEY_free>;
using OwnedCipherContext = Owned<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;

// A reader over `bytes`, which must outlive it. Null if memory is short.
inline OwnedBio BioOver(std::string_view bytes) {
  return OwnedBio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

// The bytes that were written to a memory BIO.
inline std::string WrittenTo(BIO* memory) {
  char* text = nullptr;
  const long length = BIO_get_mem_data(memory, &text);  // NOLINT(google-runtime-int): OpenSSL's type
  return std::string(text, static_cast<size_t>(length));
}

// The first certificate or private key of a PEM text; null if there is none.
inline OwnedX509 X509FromPem(std::string_view pem) {
  const OwnedBio in = BioOver(pem);
  return OwnedX509(in ? PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr) : nullptr);
}
inline OwnedKey KeyFromPem(std::string_view pem) {
  const OwnedBio in = BioOver(pem);
  return OwnedKey(in ? PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr) : nullptr);
}

}  // namespace tidegate::crypto

#endif  // TIDEGATE_CRYPTO_OPENSSL_H_
