// A catch-up that has nothing to bring, on a channel that is open already: the partner's own cursor, asked again and
// again until the caught-up mark. Runs as the partner, whose node must not be serving.
//   bench_noop NODE-FOLDER AUTHOR COUNT     prints seconds as JSON
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>

#include "absl/time/clock.h"
#include "node/exchange/dial.h"
#include "node/flow/receive.h"
#include "node/node.h"
#include "node/open.h"
#include "tests/bench/workload/workload.h"

namespace tidegate::bench {
namespace {

int Ask(const std::string& folder, const std::string& author, int count) {
  const node::Config config = Must(node::LoadConfig(folder));
  auto vault = Must(vault::Vault::Open(node::KeyringPath(folder), Must(node::OpenMasterKey({}, config))));
  const auto identity = Must(partner::Identity::Load(*vault));
  auto store = Must(store::Store::Open(node::StorePath(folder), *vault));
  auto directory = Must(partner::Directory::Open(identity, *store, *vault, {}));
  const auto own = Must(exchange::OwnCertificate::Make(*identity));
  const partner::PartnerPtr partner = directory->Find(author);
  if (partner == nullptr) return 1;
  const exchange::Reach here{.loopback = true, .link_local = false, .private_networks = false};
  const auto line = Must(exchange::Line::Open(*own, *directory, *partner, here));
  const flow::Standing standing = Must(flow::Standing::Load(*Must(store->Read()), author));
  v1::Cursor request;
  request.set_sealed(standing.cursor);
  nlohmann::json seconds = nlohmann::json::array();
  for (int i = 0; i < count + 1; ++i) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    const auto start = std::chrono::steady_clock::now();
    const auto reader = line->stub().Follow(&context, request);
    v1::ParcelPart part;
    if (!reader->Read(&part) || !part.has_caught_up()) {
      std::cerr << "no caught-up mark: " << reader->Finish().error_message() << std::endl;
      return 1;
    }
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    if (i > 0) seconds.push_back(spent.count());  // the first one opened the channel
    context.TryCancel();
    while (reader->Read(&part)) {
    }
    reader->Finish();
  }
  std::cout << nlohmann::json({{"seconds", seconds}}) << std::endl;
  return 0;
}

}  // namespace
}  // namespace tidegate::bench

int main(int argc, char** argv) {
  if (argc != 4 || !tidegate::exchange::RequireTls13().ok() || !tidegate::crypto::InitialiseCrypto().ok()) return 2;
  return tidegate::bench::Ask(argv[1], argv[2], std::stoi(argv[3]));
}
