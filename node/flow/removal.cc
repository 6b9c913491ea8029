#include "node/flow/removal.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "node/flow/receive.h"
#include "threads/threads.h"

namespace tidegate::flow {
namespace {

constexpr auto kLookAgain = std::chrono::milliseconds(50);
constexpr auto kTick = std::chrono::seconds(1);

}  // namespace

Removals::Removals(store::Store& store, const ledger::Register& disclosures, partner::Directory& directory,
                   std::function<uint64_t()> now_ms)
    : store_(store), disclosures_(disclosures), directory_(directory), now_ms_(std::move(now_ms)) {
  thread_ = std::thread([this] { Run(); });
}

Removals::~Removals() { Stop(); }

void Removals::Stop() {
  pause_.End();
  if (thread_.joinable()) thread_.join();
}

absl::StatusOr<uint64_t> Removals::Held(const std::string& organisation) const {
  uint64_t held = 0;
  absl::Status status = disclosures_.ForEachDisclosed(organisation, 0, store_.LastCommitted() + 1, /*taken=*/0,
                                                      [&](uint64_t, const ledger::Holding& holding) {
                                                        // Only its signature that nothing is left counts. It may have
                                                        // read what it says it refused.
                                                        held += holding.state == ledger::HoldingState::kErased ? 0 : 1;
                                                        return true;
                                                      });
  if (!status.ok()) return status;
  return held;
}

absl::Status Removals::Forget(const std::string& organisation, const std::string& what, const partner::Deed& deed) {
  return directory_.Remove(organisation, what, deed,
                           [&](store::WriteTransaction& transaction) { return ForgetLine(transaction, organisation); });
}

absl::StatusOr<Removal> Removals::RemoveNow(const std::string& organisation, const Act& act) {
  auto held = Held(organisation);
  if (!held.ok()) return held.status();
  const std::string what = *held == 0 ? std::string("removed; it holds nothing of ours")
                                      : absl::StrCat("removed at once; it has not given back ", *held, " records");
  if (auto status = Forget(organisation, what, act.deed()); !status.ok()) return status;
  return Removal{.removed = true, .held = *held};
}

absl::StatusOr<Removal> Removals::TakeBackAndRemove(const std::string& organisation, const Act& act,
                                                    uint64_t patience_ms) {
  const auto named = directory_.Named(organisation);
  if (!named.ok()) return named.status();
  const partner::PartnerPtr& partner = *named;
  auto held = Held(organisation);
  if (!held.ok()) return held.status();
  if (*held == 0) return RemoveNow(organisation, act);
  if (!partner->active()) {
    return absl::FailedPreconditionError(
        absl::StrCat("flow: `", organisation, "` holds ", *held, " records and is ", std::string(partner->state()),
                     ", so it cannot be asked to give them back: `tidegate partner resume ", organisation,
                     "` first, or remove it with --now and tell it by other means"));
  }
  if (auto status = directory_.SetLeaving(organisation, true, act.deed()); !status.ok()) return status;
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(patience_ms);
  while (std::chrono::steady_clock::now() < until && pause_.Wait(kLookAgain)) {
    if (directory_.Find(organisation) == nullptr) return Removal{.removed = true, .held = 0};
    held = Held(organisation);
    if (!held.ok()) return held.status();
    if (*held > 0) continue;
    auto removed = Forget(organisation, "removed; it has given back all that it held", act.deed());
    if (!removed.ok() && !absl::IsNotFound(removed)) return removed;
    return Removal{.removed = true, .held = 0};
  }
  return Removal{.removed = false, .held = *held};
}

void Removals::Run() {
  while (pause_.Wait(kTick)) {
    for (const partner::PartnerPtr& partner : directory_.List()) {
      if (!partner->leaving) continue;
      const auto held = Held(partner->organisation);
      if (held.ok() && *held > 0) continue;
      const absl::Status removed =
          held.ok() ? Forget(partner->organisation, "removed; it has given back all that it held", {.at_ms = now_ms_()})
                    : held.status();
      // A store that fails is asked again at the next tick.
      if (!removed.ok() && directory_.Find(partner->organisation) != nullptr) {
        spdlog::error("flow: `{}` cannot be removed: {}", partner->organisation, std::string(removed.message()));
      }
    }
  }
}

}  // namespace tidegate::flow
