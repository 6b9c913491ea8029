#include "node/flow/embargo.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "crypto/bytes.h"

namespace tidegate::flow {
namespace {

constexpr size_t kMostATransaction = 1000;
constexpr std::chrono::seconds kBetweenLooks{1};

std::string DueKey(uint64_t at_ms, uint64_t seq) { return crypto::ByteWriter().U64(at_ms).U64(seq).Take(); }

// The first instants that have passed, as their keys.
absl::StatusOr<std::vector<std::string>> DueKeys(const store::Reader& reader, uint64_t now_ms) {
  const std::string later = DueKey(now_ms, UINT64_MAX);
  std::vector<std::string> due;
  // The key says it all: a row whose value is damaged is due, too. Policy asks for the record's own time again.
  auto status = reader.ForEachOrdered(store::Ordered::kDue, "", "", false, [&](std::string_view key, const auto&) {
    if (key > later || due.size() == kMostATransaction) return false;
    due.emplace_back(key);
    return true;
  });
  if (!status.ok()) return status;
  return due;
}

}  // namespace

absl::Status Embargo(store::WriteTransaction& transaction, uint64_t seq, uint64_t not_before_ms) {
  return transaction.PutOrdered(store::Ordered::kDue, DueKey(not_before_ms, seq), "");
}

absl::StatusOr<size_t> ReleaseDue(store::Store& store, uint64_t now_ms) {
  size_t released = 0;
  for (;;) {
    auto snapshot = store.Read();
    if (!snapshot.ok()) return snapshot.status();
    auto due = DueKeys(**snapshot, now_ms);
    if (!due.ok()) return due.status();
    snapshot->reset();
    if (due->empty()) return released;
    auto status = store.Write([&](store::WriteTransaction& transaction) -> absl::Status {
      for (const std::string& key : *due) {
        crypto::ByteReader reader(key);
        reader.U64();
        const uint64_t seq = reader.U64();
        if (auto whole = reader.Finish("instant"); !whole.ok()) return whole;
        if (auto event = transaction.AppendEvent(store::Event::kInstant, seq, now_ms, ""); !event.ok()) {
          return event.status();
        }
        if (auto deleted = transaction.DeleteOrdered(store::Ordered::kDue, key); !deleted.ok()) return deleted;
      }
      return absl::OkStatus();
    });
    if (!status.ok()) return status;
    released += due->size();
  }
}

Releases::Releases(store::Store& store, std::function<uint64_t()> now_ms)
    : store_(store), now_ms_(std::move(now_ms)), thread_([this] { Run(); }) {}

Releases::~Releases() { Stop(); }

void Releases::Stop() {
  pause_.End();
  if (thread_.joinable()) thread_.join();
}

void Releases::Run() {
  bool reported = false;
  do {
    const auto released = ReleaseDue(store_, now_ms_());
    if (!released.ok() && !reported) {
      spdlog::error("flow: records whose not-before has passed are not released yet: {}",
                    std::string(released.status().message()));
    }
    reported = !released.ok();
  } while (pause_.Wait(kBetweenLooks));
}

}  // namespace tidegate::flow
