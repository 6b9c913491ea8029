// Calls to a node as anybody could make them who has a certificate.
#ifndef TIDEGATE_TESTS_FAULT_HOSTILE_CALLER_H_
#define TIDEGATE_TESTS_FAULT_HOSTILE_CALLER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "crypto/secret.h"
#include "node/parcel/parcel.h"
#include "node/partner/partner.h"
#include "tidegate/v1/exchange.grpc.pb.h"

namespace tidegate::hostile {

uint64_t NowMs();

// One parcel of the node's feed, as it came.
struct Brought {
  std::string manifest, signature;
  std::vector<std::string> chunks;
};

class Caller {
 public:
  Caller(const std::string& address, const crypto::SecretBytes& key_pem, const std::string& certificate_pem);

  grpc::Status Introduce(const v1::Introduction& request, v1::Introduction* answer = nullptr);
  // Follows from `cursor` until the node says that there is nothing newer.
  grpc::Status Follow(const std::string& cursor, std::vector<Brought>* brought = nullptr);
  grpc::Status Acknowledge(const std::string& bytes, const std::string& signature);
  grpc::Status Acknowledge(const parcel::SignedReceipt& receipt);

 private:
  std::unique_ptr<v1::Exchange::Stub> stub_;
};

// Opens what the node brought, with the keys of who was meant to.
absl::StatusOr<parcel::Opened> OpenBrought(const partner::Directory& directory, const partner::Partner& node,
                                           const std::string& cursor, const Brought& brought);

}  // namespace tidegate::hostile

#endif  // TIDEGATE_TESTS_FAULT_HOSTILE_CALLER_H_
