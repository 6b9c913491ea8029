// import: a file of outside data to records, by the one rule of judgement.h.
#ifndef TIDEGATE_NODE_FLOW_IMPORT_H_
#define TIDEGATE_NODE_FLOW_IMPORT_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "node/flow/judgement.h"
#include "node/flow/own_records.h"
#include "node/intake/intake.h"
#include "policy/policy.h"
#include "threads/threads.h"

namespace tidegate::flow {

enum class Take : uint8_t { kNeither, kSource, kOurs };

struct ImportFile {
  std::string path;
  // The asker sent the file: nothing is opened, and rejects go into no file. Otherwise it is opened with the rights of
  // this process.
  std::optional<std::string_view> contents = {};
  std::string format;  // empty: told from the file
  std::string mapping;
  std::string mapping_name;
  std::string source;          // intake::Source::system
  std::string run;             // names what one person imports together; empty for a file alone
  Take take = Take::kNeither;  // of what was changed there and here
  bool again = false;          // write records again that were recalled
  bool allow_looser = false;
  bool dry_run = false;                   // everything but the commit
  std::string rejects;                    // a folder or a file for what is rejected; empty: beside the source
  bool among_others = false;              // of several files: rejects that nobody has corrected are left out
  std::vector<intake::Setting> set = {};  // of each item where the source does not say it
  bool show_values = false;               // tell what stands in columns at fault: contents, for the asker alone
  // Whether the asker may amend (kAmend) or recall (kRecall) this record of ours: an import may do both to what it
  // stored before. Empty: neither. Several threads may call it.
  std::function<bool(policy::Action, const record::RecordId&)> may_change = {};
};

struct ImportReject {
  std::string position, field, reason;
};
// The faults of one column, or of whole items, in all that was rejected.
struct ImportFaults {
  std::string field;
  std::string reason;  // of the first of them
  uint64_t count = 0;  // of items
  bool other_reasons = false;
  std::map<std::string, uint64_t> values;  // how often each stands there, if they were asked for; at most 50
  bool more_values = false;
};
struct ImportConflict {
  std::string position, record_id;
  std::vector<Difference> differences;
};

// Counts of items; in a dry run what would be.
struct ImportProgress {
  uint64_t bytes_total = 0, bytes_done = 0;
  uint64_t read = 0;
  uint64_t stored = 0, amended = 0, unchanged = 0, rejected = 0;
  uint64_t recalled = 0;              // recalled here earlier, left out
  uint64_t conflicts = 0;             // changed there and here, left as they are
  uint64_t kept = 0;                  // changed there and here, and ours was taken
  uint64_t older = 0;                 // an earlier version than is held, or than another of the same file
  uint64_t withdrawn = 0;             // revoked by their author, and recalled here for it
  uint64_t revoked = 0;               // revoked by their author, and not held
  uint64_t meanwhile = 0;             // changed here while the import ran, left as they are
  uint64_t skipped = 0;               // not items: rows that are empty or that the mapping says to skip
  uint64_t dangling = 0;              // links and sightings among the stored and amended that lack an end
  uint64_t whole = 0;                 // objects among these that are kept whole, because no kind fits them
  std::set<std::string> whole_types;  // of those; at most 100
  std::string read_as;                // of a table: how it was read, for people
  std::vector<std::string> warnings;
  std::vector<ImportReject> rejects;   // each fault of an item, at most 100
  uint64_t rejects_left_out = 0;       // rejected items of which `rejects` tells nothing
  std::vector<ImportFaults> faults;    // of at most 100 fields, the most frequent first
  std::vector<ImportConflict> listed;  // at most 100
  std::vector<std::string> ids;        // of what was stored and amended; at most 1000
  std::string rejects_file;
  uint64_t number = 0;  // of the import (imports.h); 0 in a dry run
  bool done = false;
};
using TellProgress = std::function<bool(const ImportProgress&)>;

// What imports share that run at the same time.
class ImportGuard {
 public:
  // Held from the last look at what is held to its commit, so that two imports store nothing twice.
  threads::Mutex& commits() { return commits_; }
  // The other file of this run in which a report of that key was seen first; notes the key where there was none.
  std::optional<std::string> SeenInRun(const std::string& run, const std::string& key, const std::string& file);

 private:
  struct Run {
    std::string name;
    std::map<std::string, std::string> files;  // by key
  };
  threads::Mutex commits_;
  threads::Mutex runs_mutex_;
  std::deque<Run> runs_ ABSL_GUARDED_BY(runs_mutex_);
};

// Thread-safe: several imports may run at a time.
class Importing {
 public:
  // All outlive this. Rejects are never written into `node_directory`. `reader` is the program that reads foreign files
  // in a process of its own. If it is empty, this process reads them, and must then hold no keys that matter.
  Importing(store::Store& store, const ledger::Register& disclosures, const partner::Directory& directory,
            OwnRecords& own, std::function<uint64_t()> now_ms, std::string node_directory, std::string reader)
      : store_(store),
        disclosures_(disclosures),
        directory_(directory),
        own_(own),
        now_ms_(std::move(now_ms)),
        node_directory_(std::move(node_directory)),
        reader_(std::move(reader)) {}

  // Reads the file and stores what it says. The register says who asked and why. An error ends the import; what was
  // committed before it stays.
  absl::Status Run(const policy::Principal& who, const std::string& reason, const ImportFile& request,
                   const TellProgress& tell);

 private:
  class OneFile;

  store::Store& store_;
  const ledger::Register& disclosures_;
  const partner::Directory& directory_;
  OwnRecords& own_;
  const std::function<uint64_t()> now_ms_;
  const std::string node_directory_;
  const std::string reader_;
  ImportGuard guard_;
};

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_IMPORT_H_
