// intake: outside formats to drafts.
//
//   Takes    a file or bytes from outside (untrusted), a mapping for CSV, what the importer says about all of it
//   Gives    Items in batches, Rejects with row, field and reason, a Summary; the rejects file
//   May call record (catalogue, values, drafts), crypto (hashing)
//   Never    open a socket, write in the node's folder, let a third party's parser see a file where keys are held,
//            put a source's contents into a status message or a warning
//   Threads  calls share nothing; one Mapping may serve many at once
//   Spec     node/intake/INTAKE.md
#ifndef TIDEGATE_NODE_INTAKE_INTAKE_H_
#define TIDEGATE_NODE_INTAKE_INTAKE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/hash.h"
#include "node/record/draft.h"

namespace tidegate::intake {

enum class Format { kStix, kCsv, kReport };

// "stix", "csv", "report".
std::string_view FormatName(Format format);
absl::StatusOr<Format> ParseFormat(std::string_view name);

// What `path` looks like, by its name and then its first bytes: a JSON object is STIX, a name ending in .csv is CSV,
// .md, .markdown, .txt or a first line `---` is a report. Anything else is an error that says to give the format.
absl::StatusOr<Format> DetectFormat(const std::string& path, std::string_view first_bytes);

// What outside data can make this room hold or loop over. The defaults are what INTAKE.md promises.
struct Limits {
  std::size_t row_bytes = std::size_t{1} << 20;     // one CSV row
  std::size_t columns = 1024;                       // of a CSV file
  std::size_t object_bytes = std::size_t{4} << 20;  // one STIX object
  std::size_t depth = 64;                           // of nested JSON
  std::size_t report_bytes = std::size_t{1} << 20;  // one report with its front matter
  std::uint64_t items = 1'000'000'000;              // rows or objects of one file
  std::size_t batch_items = 512;                    // Items handed over at once
  std::size_t warnings = 100;                       // different warnings kept; the rest are counted
  std::size_t identity_bytes = 1024;                // what says which thing of its source an item is
  std::size_t identities = 4'000'000;               // of one file, told apart from each other
};

// What the importer says about everything in the file. It fills only what the source is silent about; what neither
// marks stays without a TLP, and that is RED.
struct Defaults {
  record::Handling handling;
  record::LocalFacts local;  // named recipients where the source names none; tags are added to the source's
};

// A field whose value is another record of the same or an earlier import, named as its source names it. The draft's
// slot is still empty: whoever stores the item looks `source_key` up and sets it, or rejects the item with
// DanglingReference().
struct Reference {
  std::uint16_t slot = 0;
  std::string source_key;
};

// One thing of the source, ready to become a record.
struct Item {
  record::Draft draft;  // its local.source says what this source says now; without kind if `revoked`
  std::vector<Reference> references;
  std::string source_key;      // who it is, whatever the file is called: equal at every import; never empty
  std::string former_key;      // by which a store of release 0.1.0 may know it; empty if that is source_key
  std::string identity;        // the columns or properties that say who it is, for messages; empty: all that it says
  bool revoked = false;        // its author takes it back: there is no draft
  std::uint64_t position = 0;  // CSV: row (the header is row 1); STIX: index in `objects`, from 0; report: 0
  std::string object;          // STIX: the object's id; else empty
  bool well_formed = false;    // STIX: `original` is a whole JSON object
  std::string_view original;   // the item's bytes; valid only until the callback returns
};

// One thing of the source that was refused.
struct Reject {
  std::string file;            // as given to Read()
  std::uint64_t position = 0;  // as in Item
  std::string object;          // as in Item
  std::string field;           // column, property or front matter key; empty if it is the whole item
  std::string reason;          // for people: says what to do, quotes nothing of the contents
  std::string original;        // the item's bytes
  bool well_formed = false;    // as in Item
};

struct Summary {
  Format format = Format::kCsv;
  std::uint64_t items = 0;            // handed over
  std::uint64_t rejected = 0;         // by this room
  std::uint64_t skipped = 0;          // CSV: rows that the mapping says to skip; STIX: marking definitions and the like
  std::uint64_t older = 0;            // STIX: versions of an object of which the file has a later one
  std::vector<std::string> warnings;  // each different one once, without contents
  std::uint64_t warnings_left_out = 0;  // beyond Limits::warnings
};

// How columns of a CSV file become fields: INTAKE.md, "CSV and mapping files". Immutable.
class Mapping {
 public:
  // `name` (a path) is only used in errors, which name the line, the key and, where one is near, what was meant.
  static absl::StatusOr<Mapping> Parse(std::string_view toml, const std::string& name);
  static absl::StatusOr<Mapping> Load(const std::string& path);

  Mapping(Mapping&&) noexcept;
  Mapping& operator=(Mapping&&) noexcept;
  ~Mapping();

  // The kind of record that it makes.
  std::string_view kind() const;

  struct Rules;  // private to the room
  const Rules& rules() const { return *rules_; }

 private:
  explicit Mapping(std::unique_ptr<const Rules> rules);
  std::unique_ptr<const Rules> rules_;
};

// Receives the items in the order of the source, except that in STIX what refers to other objects (relationships,
// sightings, and the links of a report to its objects) comes after everything else. May move out of the items. An error
// ends the import and is returned by Read().
using ItemSink = std::function<absl::Status(std::vector<Item>& batch)>;
using RejectSink = std::function<absl::Status(const Reject& reject)>;

struct Source {
  std::string name;             // the path, for messages and rejects
  std::string_view bytes = {};  // the contents, if `in_memory`
  bool in_memory = false;       // otherwise the file is read, in flat memory whatever its size
  int file = -1;                // open for reading, and not closed here; -1: the file at `name`
  // Who the source is, if the importer says so: identities and STIX ids are those of this source and of no other.
  // Empty: a mapping's `source`, or for STIX and reports the one source without a name.
  std::string system = {};
};
// A word of letters, digits and `-_.`, 64 bytes at most.
absl::Status CheckSystem(std::string_view system);

// Reads the whole source. A faulty item is a Reject and the rest goes on; an error is returned only if the source as a
// whole cannot be read on (not UTF-8 at all, no header, a mapping for other columns, broken JSON between objects, a
// limit on the file), and then everything before it was handed over. `mapping` is needed for CSV and refused elsewhere.
absl::StatusOr<Summary> Read(Format format, const Source& source, const Mapping* mapping, const Defaults& defaults,
                             const Limits& limits, const ItemSink& items, const RejectSink& rejects);

// What is to be read in a process of its own.
struct Assignment {
  Format format = Format::kCsv;
  std::string name;     // the path
  std::string system;   // Source::system
  std::string mapping;  // its text; empty if there is none
  std::string mapping_name;
  std::uint64_t batch_items = 0;
};
// The first argument by which a program knows that it is to be the reader.
inline constexpr std::string_view kReaderVerb = "intake-worker";
// As Read, but in a process of its own, where a crash of a parser ends nothing and whoever takes it over holds no keys:
// `program` started with kReaderVerb. Internal if it ends before it has said what came of the file; everything before
// was handed over. INTAKE.md, "A process of its own".
absl::StatusOr<Summary> ReadApart(const std::string& program, const Assignment& assignment, const ItemSink& items,
                                  const RejectSink& rejects);
// What main calls for that verb: gives up every right that reading does not need, then reads. The exit code.
int RunReader();

// The Reject for an item that a later room refused, `field` and `reason` being that room's.
Reject RejectOf(const Item& item, const std::string& file, std::string_view field, std::string_view reason);
// The Reject for an item that refers to something neither imported nor held.
Reject DanglingReference(const Item& item, const std::string& file, const Reference& reference);

// The rejects of one import, in a file that can be corrected and imported again: beside the source, named
// `<source>.rejects.csv`, `.json` or `.md`, mode 0600. It replaces that of the last import in one step when the import
// ends; if nothing was rejected there is none. WARNING: it holds what it was given in clear text; its owner removes it.
class RejectsFile {
 public:
  // Refuses a source inside `node_directory` (or reached through a link to there). Creates nothing yet.
  static absl::StatusOr<RejectsFile> Open(Format format, const std::string& source, const std::string& node_directory);

  RejectsFile(RejectsFile&&) noexcept;
  RejectsFile& operator=(RejectsFile&&) noexcept;
  ~RejectsFile();  // without Finish(): nothing is left, and the last import's file stays

  absl::Status Add(const Reject& reject);
  // Puts the file in place, durable; or removes the last import's if there was no reject. Returns how many it holds.
  absl::StatusOr<std::uint64_t> Finish();
  const std::string& path() const;

 private:
  struct State;
  explicit RejectsFile(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_INTAKE_H_
