// Bounds on what one partner may make a node keep: each limit of [limits] in tidegate.toml is set low, reached, and
// exceeded.
#include <array>
#include <fstream>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "crypto/secret.h"
#include "tests/fault/hostile/must.h"
#include "tests/fault/hostile/scene.h"

namespace tidegate::hostile {
namespace {

// Restarts the node with this line under [limits].
absl::Status Limit(Scene& scene, const std::string& line) {
  Node& node = scene.node();
  node.Stop();
  std::ofstream(node.directory() + "/tidegate.toml", std::ios::app) << "\n[limits]\n" << line << "\n";
  return node.Start();
}

absl::StatusOr<Outcome> Send(Scene& scene, Contents contents) {
  const size_t mark = scene.node().LogMark();
  const auto receipt = scene.partner().Send(std::move(contents), {});
  if (receipt.ok() && receipt->kind == parcel::Receipt::Kind::kStored && receipt->unwanted.empty()) {
    return Outcome::Taken();
  }
  const std::string layer = scene.node().RefusedSince(mark);
  if (!layer.empty()) return Outcome::Held("refused by " + layer);
  if (!receipt.ok()) return receipt.status();
  // Single records of a parcel are refused in the register alone.
  auto listed = scene.node().Ask({"audit", "list", "--kind", "refusal", "--limit", "1"});
  if (!listed.ok()) return listed.status();
  if ((*listed)["entries"].empty()) return absl::InternalError("a record was refused without an entry");
  const std::string summary = (*listed)["entries"][0].value("summary", std::string());  // `refused by LAYER: why`
  return Outcome::Held(summary.substr(0, summary.find(':')));
}

Contents Reports(Scene& scene, size_t count, const std::string& title) {
  Contents contents;
  for (size_t i = 0; i < count; ++i) contents.records.push_back(scene.partner().forger().Report(title));
  return contents;
}

absl::StatusOr<Outcome> MoreRecords(Scene& scene, bool lie) {
  if (!lie) {
    if (auto set = Limit(scene, "partner_records = 3"); !set.ok()) return set;
  }
  return Send(scene, Reports(scene, lie ? 1 : 3, "Sent by a partner"));
}

absl::StatusOr<Outcome> MoreBytes(Scene& scene, bool lie) {
  if (!lie) {
    if (auto set = Limit(scene, "partner_mib = 1"); !set.ok()) return set;
  }
  // 300 of these are some 700 kB: once is within the limit, twice is not.
  return Send(scene, Reports(scene, 300, std::string(2000, 'x')));
}

absl::StatusOr<Outcome> MoreEntries(Scene& scene, bool lie) {
  if (!lie) {
    if (auto set = Limit(scene, "partner_entries_a_day = 1"); !set.ok()) return set;
  }
  return Send(scene, Reports(scene, 1, "Sent by a partner"));
}

// One id, many first revisions.
absl::StatusOr<Outcome> MoreForks(Scene& scene, bool lie) {
  const record::RecordId id = crypto::RandomArray<16>();
  Contents contents;
  for (size_t i = 0; i < (lie ? 17 : 16); ++i) {
    contents.records.push_back(scene.partner().forger().Report(absl::StrCat("Version ", i), {}, id));
  }
  return Send(scene, std::move(contents));
}

absl::StatusOr<int> Arrivals(const Node& node) {
  auto status = node.Ask({"status"});
  if (!status.ok()) return status.status();
  return (*status)["newest_arrival"].get<int>();
}

// Each recall is of a record that never came. All are answered, and the node does not grow by them.
absl::StatusOr<Outcome> RecallsOfNothing(Scene& scene, bool lie) {
  if (!lie) {
    if (auto set = Limit(scene, "partner_records = 3"); !set.ok()) return set;
    return Send(scene, Reports(scene, 3, "Sent by a partner"));
  }
  const auto before = Arrivals(scene.node());
  if (!before.ok()) return before.status();
  for (int i = 0; i < 4; ++i) {
    Contents contents;
    for (int one = 0; one < 5; ++one) {
      const record::VerifiedView never = scene.partner().forger().Report("Never sent");
      contents.recalls.push_back(
          Must(record::CommitRecall(never.statement(), scene.partner().identity().log_fingerprint(), NowMs())));
    }
    const auto receipt = scene.partner().Send(std::move(contents), {});
    if (!receipt.ok()) return receipt.status();
    if (receipt->recalls != 5 || receipt->erased.size() != 5) return absl::InternalError("a recall was not answered");
  }
  const auto after = Arrivals(scene.node());
  if (!after.ok()) return after.status();
  return *after == *before ? Outcome::Held("answered and not remembered") : Outcome::Taken();
}

constexpr std::array kFaults = {
    Fault{"records-beyond-the-limit", "refused by limit", true, MoreRecords},
    Fault{"bytes-beyond-the-limit", "refused by limit", true, MoreBytes},
    Fault{"entries-beyond-the-limit", "refused by limit", true, MoreEntries},
    Fault{"forks-beyond-the-limit", "refused by limit", false, MoreForks},
    Fault{"recalls-of-what-never-came", "answered and not remembered", true, RecallsOfNothing},
};

}  // namespace

std::span<const Fault> BudgetFaults() { return kFaults; }

}  // namespace tidegate::hostile
