#include "tests/fault/hostile/partner.h"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "crypto/sign.h"
#include "crypto/vault/vault.h"
#include "node/door/door.h"
#include "node/partner/notice.h"
#include "tests/fault/hostile/must.h"

namespace tidegate::hostile {
namespace {

constexpr auto kPatience = std::chrono::seconds(20);

}  // namespace

// Answers the node when it dials. Holds back what it is to say until Send gives it something.
class Partner::Service final : public v1::Exchange::Service {
 public:
  // Made when the stream is there: a parcel has to continue the cursor that the node stands at.
  using Maker = std::function<parcel::Sealed(const std::string& cursor)>;

  void SetIntroduction(std::function<v1::Introduction()> make) {
    std::lock_guard lock(mutex_);
    introduction_ = std::move(make);
  }

  grpc::Status Introduce(grpc::ServerContext*, const v1::Introduction* request, v1::Introduction* answer) override {
    std::function<v1::Introduction()> make;
    {
      std::lock_guard lock(mutex_);
      make = introduction_;
      if (request->confirmed()) confirmed_ = true;
    }
    if (make == nullptr) return grpc::Status(grpc::StatusCode::UNAVAILABLE, "");
    *answer = make();
    return grpc::Status::OK;
  }

  grpc::Status Follow(grpc::ServerContext* context, const v1::Cursor* request,
                      grpc::ServerWriter<v1::ParcelPart>* writer) override {
    std::unique_lock lock(mutex_);
    streams_ += 1 + streams_ % 2;  // the next odd number
    const uint64_t stream = streams_;
    cursor_ = request->sealed();
    changed_.notify_all();
    while (!stopped_ && streams_ == stream && !context->IsCancelled()) {
      if (makers_.empty()) {
        changed_.wait_for(lock, std::chrono::milliseconds(20));
        continue;
      }
      const Maker make = std::move(makers_.front());
      makers_.pop_front();
      const parcel::Sealed sealed = make(cursor_);
      sent_ = sealed.manifest_hash;
      changed_.notify_all();
      lock.unlock();
      const bool written = Write(sealed, *writer);
      lock.lock();
      if (!written) break;
    }
    if (streams_ == stream) ++streams_;  // none is open
    changed_.notify_all();
    return grpc::Status::OK;
  }

  grpc::Status Acknowledge(grpc::ServerContext*, const v1::Receipt* request, v1::Acknowledgement*) override {
    std::lock_guard lock(mutex_);
    const std::string& bytes = request->bytes();
    if (bytes.size() >= 41) {
      crypto::Hash manifest{};
      std::copy_n(bytes.begin() + 9, manifest.size(), manifest.begin());
      receipts_[manifest] = {bytes, request->signature()};
      ++taken_;
    }
    changed_.notify_all();
    return grpc::Status::OK;
  }

  bool AwaitStream() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [this] { return streams_ % 2 == 1; });
  }

  // The receipt for the parcel that `make` makes; none if the stream ends without one, or time does.
  absl::StatusOr<std::pair<std::string, std::string>> Send(Maker make) {
    std::unique_lock lock(mutex_);
    sent_.reset();
    makers_.push_back(std::move(make));
    changed_.notify_all();
    if (!changed_.wait_for(lock, kPatience, [this] { return sent_.has_value(); })) {
      makers_.clear();
      return absl::UnavailableError("the node does not follow");
    }
    const crypto::Hash manifest = *sent_;
    const uint64_t stream = streams_;
    const auto answered = [&] { return receipts_.contains(manifest); };
    changed_.wait_for(lock, kPatience, [&] { return answered() || streams_ != stream; });
    if (!answered()) return absl::DeadlineExceededError("no receipt came");
    return receipts_[manifest];
  }

  // A node that has refused ends its stream and comes again: what is sent next is for the new one.
  void AwaitNewStream() {
    std::unique_lock lock(mutex_);
    const uint64_t now = streams_;
    changed_.wait_for(lock, kPatience, [&] { return streams_ % 2 == 1 && (now % 2 == 0 || streams_ > now); });
  }
  void SetCursor(const std::string& cursor) {
    std::lock_guard lock(mutex_);
    cursor_ = cursor;
  }
  size_t taken() const {
    std::lock_guard lock(mutex_);
    return taken_;
  }
  void Stop() {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }

 private:
  static bool Write(const parcel::Sealed& sealed, grpc::ServerWriter<v1::ParcelPart>& writer) {
    v1::ParcelPart part;
    part.mutable_manifest()->set_bytes(sealed.manifest);
    part.mutable_manifest()->set_signature(std::string(crypto::View(sealed.signature)));
    if (!writer.Write(part)) return false;
    for (const std::string& chunk : sealed.chunks) {
      part.set_chunk(chunk);
      if (!writer.Write(part)) return false;
    }
    return true;
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // All protected by mutex_.
  std::function<v1::Introduction()> introduction_;
  std::deque<Maker> makers_;
  std::string cursor_;
  uint64_t streams_ = 0;  // odd while one is open
  bool confirmed_ = false, stopped_ = false;
  std::optional<crypto::Hash> sent_;
  std::map<crypto::Hash, std::pair<std::string, std::string>> receipts_;
  size_t taken_ = 0;
};

struct Partner::Parts {
  std::string folder, organisation, victim, address;
  std::unique_ptr<vault::Vault> vault;
  std::shared_ptr<const partner::Identity> identity;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<partner::Directory> directory;
  std::unique_ptr<Forger> forger;
  Service service;
  std::unique_ptr<grpc::Server> server;
  uint64_t seq = 0, linked = 0;
};

Partner::Partner(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Partner::~Partner() {
  parts_->service.Stop();
  if (parts_->server) parts_->server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1));
  parts_->server.reset();
  parts_->directory.reset();
  if (parts_->store) parts_->store->Close();
}

absl::StatusOr<std::unique_ptr<Partner>> Partner::Make(const std::string& folder, const std::string& organisation,
                                                       const std::string& sector) {
  auto parts = std::make_unique<Parts>();
  parts->folder = folder;
  parts->organisation = organisation;
  std::filesystem::create_directories(folder);
  const std::string key = folder + "/master.key";
  if (auto made = vault::MasterKey::CreateKeyFile(key); !made.ok()) return made;
  auto master = vault::MasterKey::FromKeyFile(key);
  if (!master.ok()) return master.status();
  auto vault = vault::Vault::Create(folder + "/keyring", *std::move(master));
  if (!vault.ok()) return vault.status();
  parts->vault = *std::move(vault);
  const partner::IdentityParams params{
      .names = {"federation", organisation, "node"}, .sector = sector, .country = "GB", .now_ms = NowMs()};
  auto identity = partner::Identity::Create(params, *parts->vault);
  if (!identity.ok()) return identity.status();
  parts->identity = *identity;
  auto store = store::Store::Open(folder + "/store", *parts->vault);
  if (!store.ok()) return store.status();
  parts->store = *std::move(store);
  auto directory = partner::Directory::Open(parts->identity, *parts->store, *parts->vault, {});
  if (!directory.ok()) return directory.status();
  parts->directory = *std::move(directory);
  parts->forger = std::make_unique<Forger>(*parts->identity);

  auto certificate = parts->identity->TlsCertificate(NowMs());
  if (!certificate.ok()) return certificate.status();
  grpc::SslServerCredentialsOptions options(GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_BUT_DONT_VERIFY);
  options.pem_key_cert_pairs.push_back({std::string(parts->identity->tls_key().Expose()), *certificate});
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::SslServerCredentials(options), &port);
  builder.RegisterService(&parts->service);
  parts->server = builder.BuildAndStart();
  if (parts->server == nullptr || port == 0) return absl::UnavailableError("no port for the partner that lies");
  parts->address = absl::StrCat("127.0.0.1:", port);
  return std::unique_ptr<Partner>(new Partner(std::move(parts)));
}

v1::Introduction Partner::HonestIntroduction() const {
  const partner::PartnerPtr node = parts_->directory->Find(parts_->victim);
  v1::Introduction message;
  message.set_version(1);
  message.set_minimum_version(1);
  message.add_parcel_suites(1);
  message.add_parcel_suites(3);
  const parcel::Limits limits;
  message.mutable_limits()->set_parcel_bytes(static_cast<uint32_t>(limits.plaintext_bytes));
  message.mutable_limits()->set_parcel_records(limits.records);
  message.mutable_limits()->set_longest_delay_days(static_cast<uint32_t>(partner::kLongestDelayDays));
  message.set_address(parts_->address);
  message.set_key_notice(parts_->identity->key_notice().Encode());
  message.set_kem_notice(parts_->identity->kem_notice().Encode());
  if (node != nullptr) message.set_reply(node->reply);
  message.set_confirmed(node != nullptr && node->confirmed_by_us);
  if (node != nullptr && node->proof.has_value()) {
    message.set_pair_proof(std::string(crypto::View(*node->proof)));
  }
  message.set_now_ms(NowMs());
  return message;
}

absl::StatusOr<std::string> Partner::Accept(const std::string& invitation, const std::string& fingerprint,
                                            const std::string& node_address) {
  auto reply = parts_->directory->Accept(invitation, "", parts_->address, {.at_ms = NowMs()});
  if (!reply.ok()) return reply.status();
  parts_->victim = reply->organisation;
  parts_->service.SetIntroduction([this] { return HonestIntroduction(); });
  if (auto introduced = IntroduceHonestly(); !introduced.ok()) return introduced;
  if (auto confirmed = parts_->directory->Confirm(parts_->victim, fingerprint, {}, {.at_ms = NowMs()});
      !confirmed.ok()) {
    return confirmed.status();
  }
  if (auto heard = parts_->directory->Hear(parts_->victim, {.address = node_address, .confirmed = true}, NowMs());
      !heard.ok()) {
    return heard.status();
  }
  return reply->fingerprint;
}

absl::StatusOr<grpc::Status> Partner::Reply(const std::string& invitation, const std::string& code) {
  auto reply = parts_->directory->Accept(invitation, code, parts_->address, {.at_ms = NowMs()});
  if (!reply.ok()) return reply.status();
  parts_->victim = reply->organisation;
  return Dial().Introduce(HonestIntroduction());
}

std::string Partner::NextKeyNotice(const std::function<void(partner::KeyNotice&)>& change) const {
  partner::KeyNotice notice = parts_->identity->keys();
  notice.version += 1;
  notice.previous = crypto::HashOf({parts_->identity->key_notice().bytes});
  change(notice);
  const crypto::SecretBytes seed = Must(parts_->vault->GetSecret("identity/governance"));
  return partner::SignKeyNotice(notice, Must(crypto::SigningKey::FromSeed(seed.Expose()))).Encode();
}

absl::Status Partner::IntroduceHonestly() {
  const grpc::Status introduced = Dial().Introduce(HonestIntroduction());
  if (introduced.ok()) return absl::OkStatus();
  return absl::InternalError(
      absl::StrCat("the node does not take an honest introduction: ", introduced.error_message()));
}

absl::Status Partner::AwaitStream() {
  if (parts_->service.AwaitStream()) return absl::OkStatus();
  return absl::DeadlineExceededError("the node does not follow the partner that lies");
}

int Partner::StopServing() {
  parts_->service.Stop();
  parts_->server->Shutdown(std::chrono::system_clock::now());
  parts_->server.reset();
  return std::stoi(parts_->address.substr(parts_->address.rfind(':') + 1));
}

absl::StatusOr<parcel::Receipt> Partner::Send(Contents contents, const Lie& lie) {
  const partner::PartnerPtr node = victim();
  auto psk = parts_->directory->SendingPsk(parts_->victim, NowMs());
  if (!psk.ok()) return psk.status();
  const size_t log_before = parts_->forger->log_size();
  const std::string next_cursor = absl::StrCat("cursor ", ++parts_->seq);
  auto answer = parts_->service.Send([&](const std::string& cursor) {
    Forger::Place place;
    place.node = node;
    place.psk = psk->key.Expose();
    place.psk_epoch = psk->epoch;
    place.cursor = cursor;
    place.next_cursor = next_cursor;
    place.seq = parts_->seq;
    place.linked = parts_->linked;
    return parts_->forger->Make(place, std::move(contents), lie);
  });
  absl::StatusOr<parcel::Receipt> receipt = absl::UnknownError("");
  if (answer.ok()) {
    receipt = parcel::VerifyReceipt(answer->first, answer->second, node->keys.delivery_key, node->delivery_fingerprint);
  } else {
    receipt = answer.status();
  }
  if (receipt.ok() && receipt->kind == parcel::Receipt::Kind::kStored) {
    parts_->service.SetCursor(next_cursor);
    parts_->linked = parts_->forger->log_size();
  } else {
    parts_->forger->Forget(log_before);
    parts_->service.AwaitNewStream();
  }
  return receipt;
}

size_t Partner::receipts() const { return parts_->service.taken(); }
const std::string& Partner::organisation() const { return parts_->organisation; }
const partner::Identity& Partner::identity() const { return *parts_->identity; }
partner::PartnerPtr Partner::victim() const { return parts_->directory->Find(parts_->victim); }
partner::Directory& Partner::directory() { return *parts_->directory; }
Forger& Partner::forger() { return *parts_->forger; }

Caller Partner::Dial() const {
  const auto letter = parts_->directory->LetterKeyFor(parts_->victim);
  const std::string proof =
      letter.has_value() ? door::LetterProof(*letter, parts_->identity->keys().tls_spki) : std::string();
  auto certificate = parts_->identity->TlsCertificate(NowMs(), proof);
  return Caller(victim()->address, parts_->identity->tls_key(), certificate.ok() ? *certificate : "");
}

std::string RefusedBy(const parcel::Receipt& receipt) {
  return absl::StrCat("refused by ", receipt.layer.has_value() ? std::string(parcel::LayerName(*receipt.layer))
                                                               : std::string("no layer"));
}

}  // namespace tidegate::hostile
