// Collects what the reader of a format finds: items in batches, rejects, warnings, and a summary.
#ifndef TIDEGATE_NODE_INTAKE_BATCH_H_
#define TIDEGATE_NODE_INTAKE_BATCH_H_

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "node/intake/intake.h"

namespace tidegate::intake {

class Batch {
 public:
  Batch(Format format, const std::string& file, const Defaults& defaults, const Limits& limits, const ItemSink& items,
        const RejectSink& rejects, const TableSink& table);

  // Call this for a table, before its first row.
  absl::Status Begin(const TableHead& head) { return table_ ? table_(head) : absl::OkStatus(); }

  // Sets the fields of the importer's defaults that the draft lacks.
  absl::Status SetMissing(record::Draft* draft) const;

  // Completes the item with the importer's defaults and queues it. It becomes a reject if no record could hold it (code
  // C without conditions, an over-long recipient), or if an item of the same identity came before. If it `repeats`, and
  // says what the earlier one said, it is nothing.
  absl::Status Add(Item item);
  // Keeps the key of an item that was refused for its faults, so that a later item with this identity is refused too.
  void Claim(const std::string& source_key, std::uint64_t position);
  // Whether an item of the same identity came before.
  bool Repeats(const Item& item) const;
  absl::Status AddReject(std::uint64_t position, std::string_view object, std::string_view field,
                         std::string_view reason, std::string_view original, bool well_formed = false);
  // A row with all its faults, of which there is one at least.
  absl::Status AddReject(std::uint64_t position, std::vector<Fault> faults, std::string_view original,
                         bool well_formed);
  // The same for `items` items, of which none can be taken because of the table itself.
  absl::Status AddRejects(std::uint64_t items, std::uint64_t position, std::string_view field, std::string_view reason);
  void Skip() { ++summary_.skipped; }
  void PassOlder() { ++summary_.older; }
  // Keeps each text once.
  void Warn(const std::string& warning);

  // Hands over the queued items. Call it before the bytes that Item::original shows go away.
  absl::Status Flush();

  const std::string& file() const { return file_; }
  const Limits& limits() const { return limits_; }
  // The TLP of what has none in its source, if the importer gives one.
  std::optional<record::Tlp> tlp() const { return defaults_.handling.tlp; }
  // Defaults::home.
  const std::string& home() const { return defaults_.home; }
  // InvalidArgument if there were more items, rejects and skips than the limits allow.
  absl::Status CheckCount() const;
  // Call it once, at the end.
  Summary TakeSummary();

 private:
  void WarnOfLooserFields(const record::Draft& draft);
  absl::Status Complete(Item* item);
  // The position of an earlier item with this key. If there is none, remembers the key.
  std::optional<std::uint64_t> SeenBefore(const Item& item);
  // Whether an item that repeats says what the one before said.
  bool SaysTheSame(const Item& item);
  std::string WhyRepeated(const Item& item, std::uint64_t first) const;

  const std::string& file_;
  const Defaults& defaults_;
  const Limits& limits_;
  const ItemSink& items_;
  const RejectSink& rejects_;
  const TableSink& table_;
  std::vector<Item> queue_;
  std::set<std::string> warned_;
  absl::flat_hash_map<std::uint64_t, std::uint64_t> seen_;  // position by the beginning of the key's hash
  absl::flat_hash_map<std::uint64_t, std::uint64_t> said_;  // by items that repeat: beginnings of hashes
  Summary summary_;
  std::uint64_t unmarked_ = 0;  // items of a table without TLP
};

// One reader for each format.
absl::Status ReadCsv(const Source& source, const Mapping& mapping, Batch* batch);
absl::Status ReadReport(const Source& source, Batch* batch);
absl::Status ReadStix(const Source& source, Batch* batch);

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_BATCH_H_
