// Those who do not obey, against a node of this build with 1,024 files: each conversation first as it should be, then
// with the fault, while an honest partner and the operators go on asking. Prints `name: what held` and its figures; the
// last line is `N passed, N failed`.
#include <grpc/support/log.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>

#include "absl/strings/str_cat.h"
#include "crypto/certificate.h"
#include "tests/fault/rude/fault.h"
#include "tests/fault/rude/watch.h"

namespace tidegate::rude {
namespace {

namespace fs = std::filesystem;

std::string DefaultProgram() {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  return (self.parent_path().parent_path().parent_path() / "node" / "tidegate").string();
}

// The program with 1,024 files, as a login shell of Debian has it.
std::string WithFewFiles(const std::string& program, const std::string& folder) {
  std::string path = folder + "/tidegate";
  std::ofstream(path) << "#!/bin/sh\nulimit -n 1024\nexport TIDEGATE_DOOR_HASTE=" << kHaste << "\nexec " << program
                      << " \"$@\"\n";
  fs::permissions(path, fs::perms::owner_all);
  return path;
}

Identity Stranger() {
  const auto key = crypto::GenerateTlsKey();
  const int64_t now = static_cast<int64_t>(hostile::NowMs() / 1000);
  if (!key.ok()) return {};
  return {*crypto::SelfSign(*key, "0123456789abcdef0123456789abcdef", now - 86400, now + 86400),
          std::string(key->Expose())};
}

std::string InMebibytes(int64_t kib) { return absl::StrCat((kib + 512) / 1024); }

std::string Told(const Figures& figures) {
  const std::string memory =
      kSanitized ? "memory is not limited in a build with sanitizers"
                 : absl::StrCat("memory ", InMebibytes(figures.before_kib), " MiB, at most ",
                                InMebibytes(figures.peak_kib), ", then ", InMebibytes(figures.after_kib));
  return absl::StrCat(memory, "; longest wait of an operator ", figures.operators_ms, " ms, of a partner ",
                      figures.partners_ms, " ms, each of ", figures.served);
}

// The fault's line, and what was wrong; nothing if all held.
std::string Play(const Program& program, const Fault& fault, Place& place, hostile::Partner& honest,
                 std::string& line) {
  hostile::Node& node = place.scene.node();
  if (!hostile::Until([&] { return program.polite(place); }, program.recovers_s)) {
    return "without the fault it is not answered either";
  }
  Watch watch(node, honest);
  const Held held = fault.play(place);
  const Figures figures = watch.Stop();
  line = absl::StrCat(held.how, "; ", Told(figures));
  if (!held.held) return held.how;
  // A caller that dials in the moment when a door dies has to dial again.
  if (!figures.wrong.empty() && fault.name.substr(0, 6) != "a door") return figures.wrong;
  if (!node.alive()) return "the node did not survive it";
  if (!hostile::Until([&] { return program.polite(place); }, program.recovers_s)) {
    return absl::StrCat(program.recovers_s, " seconds later its own partner is not served");
  }
  return "";
}

// Which faults are played: those named, or all; of these each `of`th, from number `first` on.
struct Choice {
  std::set<std::string> only = {};
  size_t first = 0, of = 1;
};

int RunAll(const Program& program, const Choice& choice, const std::string& tidegate) {
  std::string pattern = (fs::temp_directory_path() / "tidegate-rude-XXXXXX").string();
  const std::string folder = mkdtemp(pattern.data());
  int passed = 0, failed = 0;
  {
    auto scene = hostile::Scene::Make(WithFewFiles(tidegate, folder), folder + "/scene");
    auto honest = scene.ok() ? (*scene)->Another("harbour-bank") : scene.status();
    if (!honest.ok()) {
      std::cout << "the nodes cannot be made: " << honest.status().message() << "\n0 passed, 1 failed\n";
      return 1;
    }
    const std::string address = (*scene)->node().address();
    const partner::Identity& rude = (*scene)->partner().identity();
    Place place{**scene, std::stoi(address.substr(address.rfind(':') + 1)),
                Identity{*rude.TlsCertificate(hostile::NowMs()), std::string(rude.tls_key().Expose())}, Stranger()};
    if (program.hosts) {
      place.server_context = ServerContext(place.partner);
      place.introduction = (*scene)->partner().HonestIntroduction();
      place.host = std::make_unique<Host>((*scene)->partner().StopServing(), PoliteManner(place));
    }
    size_t number = 0;
    for (const auto family : program.families) {
      for (const Fault& fault : family) {
        if (!choice.only.empty() && !choice.only.contains(std::string(fault.name))) continue;
        if (number++ % choice.of != choice.first) continue;
        std::string line;
        const std::string wrong = Play(program, fault, place, **honest, line);
        ++(wrong.empty() ? passed : failed);
        std::cout << fault.name << ": " << (wrong.empty() ? "" : "FAILED: " + wrong + "; ") << line << std::endl;
      }
    }
  }
  std::error_code error;
  fs::remove_all(folder, error);
  std::cout << passed << " passed, " << failed << " failed" << std::endl;
  return failed == 0 && passed > 0 ? 0 : 1;
}

}  // namespace

int Main(const Program& program, int argc, char** argv) {
  Choice choice;
  std::string tidegate = DefaultProgram();
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--only" && i + 1 < argc) {
      choice.only.insert(argv[++i]);
    } else if (word == "--half" && i + 1 < argc) {
      choice.of = 2;
      choice.first = std::string_view(argv[++i]) == "2" ? 1 : 0;
    } else if (word == "--tidegate" && i + 1 < argc) {
      tidegate = argv[++i];
    } else {
      std::cerr << "usage: " << program.name << " [--only NAME]... [--half 1|2] [--tidegate PROGRAM]\n";
      return 2;
    }
  }
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  signal(SIGPIPE, SIG_IGN);
  gpr_set_log_function([](gpr_log_func_args*) {});  // what gRPC thinks of certificates without names is no result
  if (!crypto::InitialiseCrypto().ok()) return 2;
  return RunAll(program, choice, tidegate);
}

}  // namespace tidegate::rude
