// author: what our own people put in, change and take back. One sentence: draft -> record -> store, the log leaf and
// the register's entry in the same transaction.
#ifndef TIDEGATE_NODE_FLOW_AUTHOR_H_
#define TIDEGATE_NODE_FLOW_AUTHOR_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/hash.h"
#include "node/flow/continuity.h"
#include "node/flow/drafts.h"
#include "node/flow/import.h"
#include "node/flow/imports.h"
#include "node/flow/own_records.h"
#include "node/flow/recall_many.h"
#include "policy/policy.h"

namespace tidegate::flow {

// The longest reason that somebody may give for doing something. Each call says whether the reason may be empty.
inline constexpr size_t kMostReasonBytes = 2000;

struct AddRecord {
  std::string kind;
  std::vector<Assignment> set;
};
struct AmendRecord {
  std::string id;
  std::vector<Assignment> set;
  // If set, nothing is stored: this is called with the store as it would be.
  std::function<absl::Status(const store::Reader&)> rehearse = {};
  // The arrival of the revision that the user saw. FailedPrecondition if it is no longer the newest. 0: any revision.
  uint64_t as_of = 0;
  // Items that are added to lists.
  std::vector<Assignment> add = {};
  std::vector<std::string> add_tags = {}, remove_tags = {};  // ChangeTags
  // Stores nothing if all that is asked for is tags, and they are so already. It tells what the record says, so it is
  // for an asker who gave a reason.
  bool tells_unchanged = false;

  bool tags_alone() const { return set.empty() && add.empty() && (!add_tags.empty() || !remove_tags.empty()); }
};
struct LinkRecords {
  std::string from, verb, to;
  std::vector<Assignment> set;
  std::string origin = {};  // whose record is meant, where several authors use an id
};
struct SightRecord {
  std::string id;
  std::string outcome;      // acted-on, known, no-trace
  std::string note;         // may be empty
  std::string origin = {};  // whose record is meant, where several authors use the id
  std::vector<Assignment> set = {};
};
struct RecallRecord {
  std::string id;
  bool dry_run = false;  // say who would be asked to erase, and recall nothing
  // The recall disposes of the record after its review: the register gets an erasure and the decision instead of a
  // recall.
  bool disposal = false;
  // The digest of a dry run. FailedPrecondition if the record or its holders are no longer as it showed them.
  std::optional<crypto::Hash> shown = {};
};

struct AuthoredRecord {
  record::RecordId id{};
  uint32_t revision = 0;
  uint64_t log_index = 0;
  // Names in its handling that reach nobody (addressees.h), and why the whole record reaches nobody.
  std::vector<std::string> warnings = {};
  std::optional<record::VerifiedView> view = {};  // what was authored
  record::LocalFacts local = {};
  bool unchanged = false;  // nothing was stored: AmendRecord::tells_unchanged
};
struct RecalledRecord {
  std::vector<std::string> holders;  // who is asked to erase, each once
  bool recalled = false;
  std::string note;         // what it cannot do, where this node is read-only
  uint64_t earlier_ms = 0;  // it had been recalled then, and nothing was done now; 0: it had not
  crypto::Hash digest{};    // of the record's newest revision and the holders
};

// The digest of what a recall or a disposal of one record would do: to the record with this newest arrival, at these
// holders. FEED.md, "Plans of many records".
crypto::Hash DigestOfErasure(const record::RecordId& id, uint64_t newest_seq, const std::vector<std::string>& holders);
// FailedPrecondition unless that is what was shown, where something was.
absl::Status CheckShown(const std::optional<crypto::Hash>& shown, const crypto::Hash& digest);

// Each takes who asks and why; both stand in the register, in the transaction that makes the change. Thread-safe.
// InvalidArgument for what is wrong with the request, NotFound for a record that is not held, PermissionDenied for
// another's, FailedPrecondition if this node must not author (Continuity).
class Authoring {
 public:
  // All outlive this. `node_directory` and `reader`: of Importing.
  Authoring(store::Store& store, ledger::Log& log, ledger::Register& disclosures, const partner::Directory& directory,
            const Continuity& continuity, const std::function<uint64_t()>& now_ms, std::string node_directory,
            std::string reader = {});

  absl::Status Import(const policy::Principal& who, const std::string& reason, const ImportFile& what,
                      const TellProgress& tell);
  absl::StatusOr<AuthoredRecord> Add(const policy::Principal& who, const std::string& reason, const AddRecord& what);
  absl::StatusOr<AuthoredRecord> Amend(const policy::Principal& who, const std::string& reason,
                                       const AmendRecord& what);
  absl::StatusOr<AuthoredRecord> Link(const policy::Principal& who, const std::string& reason, const LinkRecords& what);
  absl::StatusOr<AuthoredRecord> Sight(const policy::Principal& who, const std::string& reason,
                                       const SightRecord& what);
  // Needs a reason, a dry run too. A dry run names holders, so it stands in the register as a look.
  absl::StatusOr<RecalledRecord> Recall(const policy::Principal& who, const std::string& reason,
                                        const RecallRecord& what);
  // Tells what RecallAll would recall. It needs a reason: it names holders, so the register gets an entry of who
  // looked.
  absl::StatusOr<RecallPlan> ShowRecall(const policy::Principal& who, const std::string& reason,
                                        const RecallMany& what) const;
  // Recalls all that was shown, a few hundred in a transaction, each with the register's entry. `shown` is the digest
  // of a plan; FailedPrecondition if a plan made now has another. An error ends it, and what was recalled stays so.
  absl::StatusOr<RecalledMany> RecallAll(const policy::Principal& who, const std::string& reason,
                                         const RecallMany& what, const crypto::Hash& shown, const TellRecalled& tell);
  // Somebody is about to be told of records, without their contents: an entry of its own, since nothing else is
  // written.
  absl::Status NoteLook(std::vector<record::RecordId> ids, const policy::Principal& who, const std::string& reason,
                        std::string_view verb) const;
  // The arrival of the newest revision of each record of ours; 0 for what is not ours.
  absl::StatusOr<std::vector<uint64_t>> NewestOf(const std::vector<record::RecordId>& ids) const;
  // The records that this import made and that are not recalled.
  absl::StatusOr<std::vector<record::RecordId>> StoredBy(uint64_t import) const;
  const std::string& organisation() const { return own_.organisation(); }
  // Newest first, below `before`.
  absl::StatusOr<std::vector<ImportNote>> Imports(uint64_t before, size_t limit) const;
  // Why this node authors nothing; empty if it does. Recall still works (decision 0040).
  std::string ReadOnly() const;
  // NotFound: nothing is held under that id. A restored node says that it does not know what it wrote after its backup.
  absl::Status NotHeld(std::string_view id) const;

 private:
  // A draft as it was said. A link or sighting inherits the handling of what it is about; `set` may make it stricter.
  absl::StatusOr<record::Draft> Said(const std::string& kind, const std::vector<Assignment>& fields,
                                     const std::vector<Assignment>& set, const std::string& origin) const;
  // The same for an amendment of one.
  absl::Status KeepsToSubjects(record::Draft& draft, const store::StoredRecord& before) const;
  // A record of ours that may be recalled.
  struct Recallable {
    record::RecordId id{};
    std::optional<record::Statement> newest;  // of its revisions that can be read; none if none of them can
    std::vector<std::string> holders;         // who may hold some of it, each once
    uint64_t newest_seq = 0;                  // the arrival of its newest revision
  };
  absl::StatusOr<Recallable> FindToRecall(const std::string& id) const;
  absl::StatusOr<RecallPlan> PlanRecall(const RecallMany& what) const;
  absl::Status RecallPortion(const policy::Principal& who, const std::string& reason,
                             const std::vector<record::RecordId>& ids, uint64_t import, RecalledMany& done);
  // In the note of the import: its recall has begun, or is done.
  absl::Status MarkRecall(uint64_t import, const policy::Principal& who, bool ended) const;
  absl::Status TakeBack(const record::RecordId& id, const policy::Principal& who, const std::string& reason);
  absl::StatusOr<AuthoredRecord> AuthorOne(record::Draft draft, const policy::Principal& who, const std::string& reason,
                                           std::string_view source, const std::vector<Assignment>& set,
                                           std::optional<ledger::Change> also = std::nullopt);
  // Warns about a draft that is about to be stored: names in it that reach nobody, and words that are perhaps mistakes.
  std::vector<std::string> WarningsOf(const record::Draft& draft, const std::vector<Assignment>& set) const;

  store::Store& store_;
  ledger::Register& disclosures_;
  const partner::Directory& directory_;
  const Continuity& continuity_;
  const std::function<uint64_t()> now_ms_;
  OwnRecords own_;
  Importing importing_;
};

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_AUTHOR_H_
