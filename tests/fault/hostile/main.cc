// Plays every fault against nodes of its own: first the conversation without the fault, which must be taken, then with
// it, which must hold. Prints `name: what held` for each; the last line is `N passed, N failed`.
#include <grpc/support/log.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "crypto/secret.h"
#include "tests/fault/hostile/fault.h"
#include "tests/fault/hostile/scene.h"

namespace tidegate::hostile {
namespace {

namespace fs = std::filesystem;

// A family is a file of faults; its line here is all that it takes to be played.
std::vector<Fault> AllFaults() {
  std::vector<Fault> all;
  for (const auto family : {ConversationFaults(), ParcelFaults(), ReceiptFaults(), TrustFaults(), BudgetFaults()})
    all.insert(all.end(), family.begin(), family.end());
  return all;
}

std::string DefaultProgram() {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  return (self.parent_path().parent_path().parent_path() / "node" / "tidegate").string();
}

class Players {
 public:
  Players(std::string program, std::string folder) : program_(std::move(program)), folder_(std::move(folder)) {}

  // Why a fault was not met as it should be; empty if it was.
  std::string Play(const Fault& fault) {
    std::unique_ptr<Scene> own;
    absl::StatusOr<Scene*> scene = fault.alone ? Make(own) : Shared();
    if (!scene.ok()) return std::string(scene.status().message());
    const absl::StatusOr<Outcome> honest = fault.play(**scene, /*lie=*/false);
    if (!honest.ok()) return absl::StrCat("without the fault: ", std::string(honest.status().message()));
    if (!honest->taken) return absl::StrCat("without the fault it was not taken either: ", honest->held);
    const absl::StatusOr<Outcome> lie = fault.play(**scene, /*lie=*/true);
    if (!lie.ok()) return absl::StrCat("with the fault: ", std::string(lie.status().message()));
    if (lie->taken) return "it was taken";
    if (lie->held != fault.holds) return absl::StrCat(lie->held, ", but must be: ", std::string(fault.holds));
    if (!(*scene)->node().alive()) return "the node did not survive it";
    return "";
  }

 private:
  absl::StatusOr<Scene*> Make(std::unique_ptr<Scene>& place) {
    absl::StatusOr<std::unique_ptr<Scene>> made = Scene::Make(program_, absl::StrCat(folder_, "/scene", ++scenes_));
    if (!made.ok()) return made.status();
    place = *std::move(made);
    return place.get();
  }
  absl::StatusOr<Scene*> Shared() {
    if (shared_ != nullptr && shared_->node().alive()) return shared_.get();
    return Make(shared_);
  }

  const std::string program_, folder_;
  std::unique_ptr<Scene> shared_;
  int scenes_ = 0;
};

int Run(const std::set<std::string>& only, const std::string& program) {
  std::string pattern = (fs::temp_directory_path() / "tidegate-hostile-XXXXXX").string();
  const std::string folder = mkdtemp(pattern.data());
  int passed = 0, failed = 0;
  {
    Players players(program, folder);
    for (const Fault& fault : AllFaults()) {
      if (!only.empty() && !only.contains(std::string(fault.name))) continue;
      const std::string wrong = players.Play(fault);
      ++(wrong.empty() ? passed : failed);
      std::cout << fault.name << ": " << (wrong.empty() ? std::string(fault.holds) : "FAILED: " + wrong) << std::endl;
    }
  }
  std::error_code error;
  fs::remove_all(folder, error);
  std::cout << passed << " passed, " << failed << " failed" << std::endl;
  return failed == 0 && passed > 0 ? 0 : 1;
}

}  // namespace
}  // namespace tidegate::hostile

int main(int argc, char** argv) {
  using tidegate::hostile::AllFaults;
  std::set<std::string> only;
  std::string program = tidegate::hostile::DefaultProgram();
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--list") {
      for (const auto& fault : AllFaults()) std::cout << fault.name << ": " << fault.holds << "\n";
      return 0;
    }
    if (word == "--only" && i + 1 < argc) {
      only.insert(argv[++i]);
    } else if (word == "--tidegate" && i + 1 < argc) {
      program = argv[++i];
    } else {
      std::cerr << "usage: hostile_partner [--list] [--only NAME]... [--tidegate PROGRAM]\n";
      return 2;
    }
  }
  // gRPC's warnings about certificates without names are no result.
  gpr_set_log_function([](gpr_log_func_args*) {});
  if (!tidegate::crypto::InitialiseCrypto().ok()) return 2;
  return tidegate::hostile::Run(only, program);
}
