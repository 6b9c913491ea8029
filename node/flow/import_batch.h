// The items that an import has judged and not yet stored.
#ifndef TIDEGATE_NODE_FLOW_IMPORT_BATCH_H_
#define TIDEGATE_NODE_FLOW_IMPORT_BATCH_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "node/flow/import.h"
#include "node/flow/import_waiting.h"
#include "node/flow/own_records.h"

namespace tidegate::flow {

// The arrival of the record of `organisation`, this node's own, that this source key names; 0 if there is none.
absl::StatusOr<uint64_t> FindBySource(const store::Reader& reader, const std::string& organisation,
                                      const std::string& source_key);

class ImportBatch {
 public:
  struct Entry {
    std::string source_key;
    crypto::Hash said{};  // what the source says of it now
    record::RecordId id{};
    bool again = false;                                  // although it was recalled
    std::shared_ptr<const WaitingLink> waits = nullptr;  // it lacks an end
    std::optional<Prepared> record;
    // Instead of a record: what is noted of the held one.
    std::optional<record::LocalFacts> facts;
    uint64_t seq = 0;
    bool agreed = false;  // the held one says what the source says
  };
  struct Outcome {
    uint64_t stored = 0, amended = 0, withdrawn = 0, kept = 0, unchanged = 0, meanwhile = 0;
    std::vector<std::string> ids;
    void AddTo(ImportProgress& progress) const;
  };

  void Add(Entry entry);
  size_t size() const { return puts_.size() + amendments_.size() + recalls_.size() + facts_.size(); }
  size_t bytes() const { return bytes_; }  // of the records
  // The outcome that Store would have if nothing changed meanwhile.
  Outcome Foresee() const;
  // Stores all that still holds: an item whose record came, went or changed since it was judged is left out and
  // counted. The register tells apart what was collected, altered and recalled. Only one import may do this at a time.
  absl::StatusOr<Outcome> Store(OwnRecords& own, ledger::Change change);

 private:
  struct Part {
    std::vector<Entry> entries;
    std::vector<Prepared> records;  // beside them
    size_t size() const { return entries.size(); }
  };
  absl::Status StorePart(OwnRecords& own, Part& part, ledger::Change change, uint64_t& count, Outcome& outcome);
  absl::Status StoreFacts(OwnRecords& own, ledger::Change change, Outcome& outcome);

  Part puts_, amendments_, recalls_;
  std::vector<Entry> facts_;
  size_t bytes_ = 0;
};

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_IMPORT_BATCH_H_
