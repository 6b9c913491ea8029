// One item of an import, from being looked up to being counted.
#ifndef TIDEGATE_NODE_FLOW_IMPORT_TASK_H_
#define TIDEGATE_NODE_FLOW_IMPORT_TASK_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/flow/import.h"
#include "node/flow/judgement.h"
#include "node/flow/own_records.h"
#include "node/intake/intake.h"
#include "node/record/record.h"
#include "node/store/store.h"

namespace tidegate::flow {

// Drafts are large: few at a time stay in the processor's caches from reading to committing.
inline constexpr size_t kBatchItems = 64;

// Reads the whole file. `reader` is the program that reads it in a process of its own; if it is empty, this process
// does. `home` is the node's country.
absl::StatusOr<intake::Summary> ReadImportFile(const ImportFile& request, int file, const std::string& reader,
                                               intake::Format format, const std::string& home,
                                               const intake::ItemSink& items, const intake::RejectSink& rejects,
                                               const intake::TableSink& table);

// What is imported, open for reading from its beginning. A regular file, or what the asker sent in memory: a pipe or a
// device could keep the node waiting.
class ImportSource {
 public:
  static absl::StatusOr<ImportSource> Open(const ImportFile& request);
  ImportSource(ImportSource&& other) noexcept : file_(std::exchange(other.file_, -1)), size_(other.size_) {}
  ImportSource& operator=(ImportSource&&) = delete;
  ~ImportSource();

  int file() const { return file_; }
  uint64_t size() const { return size_; }
  // Its beginning, by which its format is told.
  std::string FirstBytes() const;

 private:
  explicit ImportSource(int file) : file_(file) {}

  int file_;
  uint64_t size_ = 0;
};

struct WaitingLink;

// The record that this node holds for an item.
struct Held {
  record::RecordId id{};
  std::optional<store::StoredRecord> record;                       // none: it comes earlier in this import
  std::vector<store::StoredRecord> revisions;                      // all of them, where contents have to be compared
  std::shared_ptr<const record::Inheritance> passes_on = nullptr;  // where it comes earlier in this import
};

// One item on its way from being judged to being counted.
struct Task {
  intake::Item* item = nullptr;
  Verdict verdict = Verdict::kAuthor;
  std::optional<Held> held;
  std::vector<Held> ends;                               // beside the item's references, as far as they are held
  std::optional<intake::Reference> absent;              // an end that is not held, of an item that needs it
  size_t dangling = 0;                                  // ends that are not held, of one that is kept without them
  std::shared_ptr<const WaitingLink> waits = nullptr;   // of such a one: what its source says of it
  std::shared_ptr<const WaitingLink> waited = nullptr;  // if the held one lacks an end: what its source said of it
  bool end_recalled = false;                            // of the ends that are not held
  bool recalled = false;                                // here, earlier
  std::optional<record::RecordId> recalled_as;          // its record, where it was; zeros if nobody knows which
  record::SourceWord word;                              // of an object: its version and author, as the item had them
  std::string kept_whole;                               // the type of an object that is kept whole
  std::vector<Difference> differences;
  std::optional<record::Inheritance> inherited;  // by a link or sighting, from what it is about
  std::optional<Prepared> record;
  std::shared_ptr<const record::Inheritance> passes_on;  // to a link or sighting about it, in this file
  std::optional<record::LocalFacts> facts;               // to be noted of what is held
  std::optional<intake::Reject> reject;
  std::vector<std::string> warnings;  // names that reach nobody, and what was perhaps meant otherwise
};

// The reject of an item, for one reason.
intake::Reject RejectFor(const intake::Item& item, const ImportFile& request, std::string_view why);

// The record of `organisation`, this node's own, that this source key names, as it is stored.
absl::StatusOr<std::optional<Held>> FindStored(const store::Reader& reader, const std::string& organisation,
                                               const std::string& source_key);
// Adds the revisions of this node's own record (`author`) that can be read, newest first, as many as are worth
// comparing.
absl::Status AddRevisions(const store::Reader& reader, const crypto::Hash& author, Held& held);
// What becomes of a record of release 0.1.0, which does not tell what its source said. If one of its revisions says
// what the source says now, there is no news. Otherwise the first revision is the source's, and any later one may be
// ours.
absl::StatusOr<Verdict> CompareContents(const Held& held, const record::Draft& source);
// Writes the ids of the task's ends into its draft, and joins what a link or sighting inherits from them.
absl::Status SetEnds(Task& task);

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_IMPORT_TASK_H_
