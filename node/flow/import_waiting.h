// import_waiting: links and sightings that were stored without an end. Each import ends by looking whether their ends
// are held now, so that it does not matter which file came first. INTAKE.md, "An end that is not held".
#ifndef TIDEGATE_NODE_FLOW_IMPORT_WAITING_H_
#define TIDEGATE_NODE_FLOW_IMPORT_WAITING_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/flow/import_task.h"
#include "node/intake/intake.h"
#include "node/store/store.h"

namespace tidegate::flow {

// What the source says of a link or sighting that waits, as far as the record does not say it.
struct WaitingLink {
  struct End {
    uint16_t slot = 0;
    std::string source_key;
    bool absent = false;
    bool operator==(const End&) const = default;
  };
  std::string source_key;
  crypto::Hash said{};
  uint64_t version_us = 0;
  std::vector<End> ends;
  record::Handling handling;
  std::vector<std::string> recipients;
  uint32_t note_bytes = 0;  // of the source's own note, before what Dangle adds
  bool operator==(const WaitingLink&) const = default;
};
// The waiting link of an item. Call it before Dangle makes the item say that it lacks these ends.
WaitingLink WaitingLinkOf(const intake::Item& item, const std::vector<intake::Reference>& absent);

// At most so many are looked at, and completed, at the end of one import; later ones do the others.
struct WaitingLimits {
  size_t looked = 100'000, completed = 10'000;
};

absl::Status KeepWaiting(store::WriteTransaction& transaction, const WaitingLink& link);
// Forgets a link that has its ends, or was recalled. Does nothing if the link does not wait.
absl::Status ForgetWaiting(store::WriteTransaction& transaction, std::string_view source_key);

// What the source said of a record that waits. None if the record does not wait or was changed here since, and none if
// the row cannot be read.
absl::StatusOr<std::optional<WaitingLink>> WaitingLinkFor(const store::Reader& reader,
                                                          const store::StoredRecord& record);

// The waiting links of which the node now holds an end (`held` finds it by its key), as items that say what their
// source said. A link that was changed here, or that its source said again since, waits for the next import of its
// source.
absl::StatusOr<std::vector<intake::Item>> WaitingItems(
    const store::Reader& reader,
    absl::FunctionRef<absl::StatusOr<std::optional<Held>>(const std::string& source_key)> held,
    WaitingLimits most = {});

// The row, as INTAKE.md has it.
absl::StatusOr<std::string> EncodeWaiting(const WaitingLink& link);
absl::StatusOr<WaitingLink> DecodeWaiting(std::string_view bytes);

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_IMPORT_WAITING_H_
