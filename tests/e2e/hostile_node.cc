// Serves a node's folder to its partners, with one fault: `flipped-byte` flips one bit in every parcel, `wrong-log-key`
// signs checkpoints with a key that is not the one partners pinned, `honest` has none. Ends on SIGTERM.
#include <signal.h>

#include <cstdio>
#include <iostream>
#include <string>
#include <utility>

#include "crypto/secret.h"
#include "node/door/door.h"
#include "node/flow/flow.h"
#include "node/node.h"
#include "node/open.h"
#include "tests/e2e/need.h"

namespace tidegate {
namespace {

class FlippingWriter final : public exchange::ParcelWriter {
 public:
  explicit FlippingWriter(exchange::ParcelWriter& out) : out_(out) {}
  absl::Status Write(parcel::Sealed parcel) override {
    std::string& chunk = parcel.chunks.front();
    chunk[chunk.size() / 2] = static_cast<char>(chunk[chunk.size() / 2] ^ 1);
    return out_.Write(std::move(parcel));
  }
  absl::Status CaughtUp() override { return out_.CaughtUp(); }

 private:
  exchange::ParcelWriter& out_;
};

// Passes everything on, but flips parcels where it is told to.
class Source final : public exchange::FeedSource {
 public:
  Source(exchange::FeedSource& honest, bool flip) : honest_(honest), flip_(flip) {}
  exchange::Greeting Greet(const partner::Partner& partner, const exchange::Greeting& theirs) override {
    return honest_.Greet(partner, theirs);
  }
  absl::Status Follow(const partner::PartnerPtr& partner, std::string_view cursor, exchange::ParcelWriter& out,
                      const std::function<bool()>& cancelled) override {
    if (!flip_) return honest_.Follow(partner, cursor, out, cancelled);
    FlippingWriter flipping(out);
    return honest_.Follow(partner, cursor, flipping, cancelled);
  }
  void Wake() override { honest_.Wake(); }
  absl::Status Acknowledge(const partner::PartnerPtr& partner, const parcel::SignedReceipt& receipt) override {
    return honest_.Acknowledge(partner, receipt);
  }

 private:
  exchange::FeedSource& honest_;
  const bool flip_;
};

int Serve(const std::string& directory, const std::string& fault) {
  const node::Config config = Need(node::LoadConfig(directory), "config");
  auto vault = Need(vault::Vault::Open(node::KeyringPath(directory),
                                       Need(node::OpenMasterKey({}, config, node::Passphrase::kInUse), "key")),
                    "vault");
  const auto identity = Need(partner::Identity::Load(*vault), "identity");
  auto store = Need(store::Store::Open(node::StorePath(directory), *vault), "store");
  const crypto::SigningKey other = crypto::SigningKey::Generate();
  if (fault == "wrong-log-key") {
    // The ledger refuses to go on under another key: a liar forgets what it signed before.
    const auto forgotten = store->Write([](store::WriteTransaction& transaction) {
      return transaction.DeleteNamed(store::Named::kLedger, "author", "head");
    });
    if (!forgotten.ok()) {
      std::cerr << "forgetting: " << forgotten.message() << "\n";
      return 2;
    }
  }
  const crypto::SigningKey& log_key = fault == "wrong-log-key" ? other : identity->log_key();
  auto log = Need(ledger::AuthorLog::Open(*store, identity->names().Log(node::kLogEpoch), log_key), "log");
  const auto seed = Need(vault->GetSecret(node::kRegisterKey), "register key");
  const crypto::SigningKey register_key = Need(crypto::SigningKey::FromSeed(seed.Expose()), "register key");
  auto disclosures =
      Need(ledger::Register::Open(*store, identity->names().Register(node::kLogEpoch), register_key), "register");
  auto directory_of_partners = Need(partner::Directory::Open(identity, *store, *vault, {}), "partners");
  auto decisions = Need(decision::Decisions::Open(*store, identity->names().organisation), "policies");
  flow::Continuity continuity(*store, *log, &NowMs);
  flow::Sharing sharing(*store, *vault, *log, *disclosures, *directory_of_partners, *decisions, &NowMs, continuity);
  Source source(sharing, fault == "flipped-byte");
  exchange::ServerOptions options;
  options.listen = config.listen;
  options.advertise = config.listen;
  auto server = Need(exchange::Server::Start(options, *directory_of_partners, source), "server");
  std::cout << "serving with " << fault << std::endl;
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  int received = 0;
  sigwait(&signals, &received);
  server->Stop();
  store->Close();
  return 0;
}

}  // namespace
}  // namespace tidegate

int main(int argc, char** argv) {
  if (tidegate::door::IsDoor(argc, argv)) return tidegate::door::Main(argv);
  if (argc != 3) {
    std::fputs("usage: hostile_node NODE-FOLDER honest|flipped-byte|wrong-log-key\n", stderr);
    return 2;
  }
  if (!tidegate::crypto::InitialiseCrypto().ok()) return 2;
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return tidegate::Serve(argv[1], argv[2]);
}
