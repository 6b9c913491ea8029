// A catch-up that has nothing to bring, on a channel that is already open. It asks with the partner's own cursor, again
// and again, each time until the caught-up mark. It runs as the partner, whose node must not be serving.
//   bench_noop NODE-FOLDER AUTHOR COUNT     prints seconds as JSON
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "absl/time/clock.h"
#include "node/door/door.h"
#include "node/exchange/dial.h"
#include "node/flow/receive.h"
#include "node/node.h"
#include "node/open.h"
#include "tests/bench/workload/workload.h"
#include "tidegate/v1/exchange.pb.h"

namespace tidegate::bench {
namespace {

int Ask(const std::string& folder, const std::string& author, int count) {
  const node::Config config = Must(node::LoadConfig(folder));
  auto vault = Must(
      vault::Vault::Open(node::KeyringPath(folder), Must(node::OpenMasterKey({}, config, node::Passphrase::kInUse))));
  const auto identity = Must(partner::Identity::Load(*vault));
  auto store = Must(store::Store::Open(node::StorePath(folder), *vault));
  auto directory = Must(partner::Directory::Open(identity, *store, *vault, {}));
  const partner::PartnerPtr partner = directory->Find(author);
  if (partner == nullptr) return 1;
  const exchange::Reach here{.loopback = true, .link_local = false, .private_networks = false};
  exchange::Switchboard switchboard;
  const auto line = Must(exchange::Line::Open(switchboard, *directory, *partner, here, [] { return false; }));
  const flow::Standing standing = Must(flow::Standing::Load(*Must(store->Read()), author));
  v1::Cursor request;
  request.set_sealed(standing.cursor);
  nlohmann::json seconds = nlohmann::json::array();
  for (int i = 0; i < count + 1; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const auto asking = line->Following();
    asking->SetDeadline(start + std::chrono::seconds(20));
    Must(asking->Send(request.SerializeAsString()));
    const auto message = Must(asking->Receive(exchange::kMaxPartBytes));
    v1::ParcelPart part;
    if (!message.has_value() || !part.ParseFromString(*message) || !part.has_caught_up()) {
      std::cerr << "no caught-up mark in answer " << i << (message.has_value() ? ": something else came" : ": it ended")
                << std::endl;
      return 1;
    }
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    if (i > 0) seconds.push_back(spent.count());  // the first one opened the connection
    // The author sees within a second that an asker has gone. Until then it counts the call among the partner's 16
    // calls.
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  std::cout << nlohmann::json({{"seconds", seconds}}) << std::endl;
  return 0;
}

}  // namespace
}  // namespace tidegate::bench

int main(int argc, char** argv) {
  if (tidegate::door::IsDoor(argc, argv)) return tidegate::door::Main(argv);
  if (argc != 4 || !tidegate::crypto::InitialiseCrypto().ok()) return 2;
  return tidegate::bench::Ask(argv[1], argv[2], std::stoi(argv[3]));
}
