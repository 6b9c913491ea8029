#include "tests/fault/hostile/caller.h"

#include <grpcpp/grpcpp.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <chrono>
#include <utility>

#include "crypto/fingerprint.h"

namespace tidegate::hostile {
namespace {

constexpr int kPatienceSeconds = 20;

void SetDeadline(grpc::ClientContext& context) {
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(kPatienceSeconds));
}

class NothingKnown final : public parcel::CheckpointMemory {
 public:
  std::optional<parcel::KnownCheckpoint> LastOnPath(const crypto::Hash&) const override { return std::nullopt; }
  std::optional<crypto::Hash> RootAt(const crypto::Hash&, uint64_t) const override { return std::nullopt; }
};

}  // namespace

uint64_t NowMs() {
  return static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count());
}

Caller::Caller(const std::string& address, const crypto::SecretBytes& key_pem, const std::string& certificate_pem) {
  namespace tls = grpc::experimental;
  tls::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(std::make_shared<tls::StaticDataCertificateProvider>(
      std::vector<tls::IdentityKeyCertPair>{{std::string(key_pem.Expose()), certificate_pem}}));
  options.watch_identity_key_cert_pairs();
  options.set_verify_server_certs(false);
  options.set_check_call_host(false);
  options.set_certificate_verifier(std::make_shared<tls::NoOpCertificateVerifier>());
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetMaxReceiveMessageSize(-1);
  stub_ = v1::Exchange::NewStub(grpc::CreateCustomChannel(address, tls::TlsCredentials(options), arguments));
}

grpc::Status Caller::Introduce(const v1::Introduction& request, v1::Introduction* answer) {
  grpc::ClientContext context;
  SetDeadline(context);
  v1::Introduction unread;
  return stub_->Introduce(&context, request, answer != nullptr ? answer : &unread);
}

grpc::Status Caller::Follow(const std::string& cursor, std::vector<Brought>* brought) {
  grpc::ClientContext context;
  SetDeadline(context);
  v1::Cursor request;
  request.set_sealed(cursor);
  const auto reader = stub_->Follow(&context, request);
  v1::ParcelPart part;
  std::vector<Brought> all;
  while (reader->Read(&part)) {
    if (part.has_manifest()) {
      all.push_back({part.manifest().bytes(), part.manifest().signature(), {}});
    } else if (part.has_caught_up()) {
      context.TryCancel();
      reader->Finish();
      if (brought != nullptr) *brought = std::move(all);
      return grpc::Status::OK;
    } else if (!all.empty()) {
      all.back().chunks.push_back(part.chunk());
    }
  }
  return reader->Finish();
}

grpc::Status Caller::Acknowledge(const std::string& bytes, const std::string& signature) {
  grpc::ClientContext context;
  SetDeadline(context);
  v1::Receipt request;
  request.set_bytes(bytes);
  request.set_signature(signature);
  v1::Acknowledgement answer;
  return stub_->Acknowledge(&context, request, &answer);
}

grpc::Status Caller::Acknowledge(const parcel::SignedReceipt& receipt) {
  return Acknowledge(receipt.bytes, std::string(crypto::View(receipt.signature)));
}

absl::StatusOr<parcel::Opened> OpenBrought(const partner::Directory& directory, const partner::Partner& node,
                                           const std::string& cursor, const Brought& brought) {
  static const NothingKnown kNothing;
  const partner::Identity& identity = directory.identity();
  parcel::OpenContext context;
  context.sender_fpr = node.log_fingerprint;
  context.sender_vkey = checkpoint::PrintVerifierKey(node.keys.log_key);
  context.delivery_key = node.keys.delivery_key;
  context.delivery_fpr = node.delivery_fingerprint;
  context.pair = node.pair;
  context.feed = node.incoming;
  context.after = crypto::HashOf({cursor});
  context.kem = [&identity](const parcel::KemId& id) -> std::optional<parcel::OpenContext::OwnKem> {
    const crypto::AgreementKey* key = identity.KemKey(id);
    if (key == nullptr) return std::nullopt;
    return parcel::OpenContext::OwnKem{
        key, crypto::Fingerprint(crypto::KeyType::kKem, identity.names().Node(), crypto::View(key->public_key()))};
  };
  context.psk = [&](uint32_t epoch) -> absl::StatusOr<crypto::Secret<32>> {
    auto psk = directory.ReceivingPsk(node.organisation, epoch);
    if (!psk.ok()) return psk.status();
    return std::move(psk->key);
  };
  context.checkpoints = &kNothing;
  auto opener = parcel::Opener::Begin(std::move(context), brought.manifest, brought.signature);
  if (!opener.ok()) return opener.status();
  for (const std::string& chunk : brought.chunks) {
    if (absl::Status added = opener->Add(chunk); !added.ok()) return added;
  }
  return opener->Finish();
}

}  // namespace tidegate::hostile
