// The door of the intake room: outside formats to drafts.
//
//   Takes    a file or bytes from outside (untrusted), a mapping for CSV, what the importer says about all items
//   Gives    Items in batches, Rejects with row, field and reason, a Summary; the rejects file
//   May call record (catalogue, values, drafts), stix (vocabulary), crypto (hashing), text
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

// Guesses the format by the name and the first bytes. A JSON object or list is STIX. A name that ends in .csv, .tsv,
// .xlsx, .xls or .ods is a table (kCsv). A name that ends in .md, .markdown or .txt, or a first line `---`, is a
// report. Otherwise the error says to give the format. `mapped`: there is a mapping, which makes a table of any file
// whose first bytes are neither a JSON object nor front matter.
absl::StatusOr<Format> DetectFormat(const std::string& path, std::string_view first_bytes, bool mapped = false);

// Bounds on what outside data can make this room hold or loop over. INTAKE.md promises the defaults.
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
  // One part of a spreadsheet file, unpacked; and all text in the cells of one sheet.
  std::uint64_t unpacked_bytes = std::uint64_t{1} << 30;
};

// `FIELD=VALUE`, as somebody gives it for what a source leaves out.
struct Setting {
  std::string field;
  std::string value;
};

// The importer's values for every item. They count only where the source gives none. An item that neither of them marks
// has no TLP, which counts as RED.
struct Defaults {
  record::Handling handling;
  record::LocalFacts local;          // named recipients where the source names none; tags are added to the source's
  std::vector<Setting> fields = {};  // of each item whose kind has the field; DefaultsOf makes them
  std::string home = {};             // the importer's country: national telephone numbers are its
};
// A field that refers to another record of the same or an earlier import, by the key that the source gives it. The
// draft's slot is still empty. The caller that stores the item looks up `source_key` and sets the slot. If this node
// holds no record of that key, an item that may dangle is kept without it. Any other item is rejected with
// DanglingReference().
struct Reference {
  std::uint16_t slot = 0;
  std::string source_key;
  std::vector<std::string> others = {};  // keys of other kinds: the first of all that is found is meant
};

// One thing of the source, ready to become a record.
struct Item {
  record::Draft draft;  // its local.source says what this source says now; without kind if `revoked`
  std::vector<Reference> references;
  std::string source_key;      // the same at every import, whatever the file is called; never empty
  std::string former_key;      // the key that release 0.1.0 gave it; empty if that is source_key
  std::string identity;        // the columns or properties that identify it, for messages; empty: all of them
  bool revoked = false;        // its author takes it back: there is no draft
  bool may_dangle = false;     // a link or sighting, with a note, of a format that may name what no file has
  bool has_parts = false;      // STIX: further items may be made of the object, under keys `SOURCE_KEY#...`
  std::uint64_t position = 0;  // CSV: row (the header is row 1); STIX: index in `objects`, from 0; report: 0
  std::string object;          // STIX: the object's id; else empty
  bool well_formed = false;    // `original` is whole: a JSON object, or a row of a table with commas
  bool repeats = false;        // the source says it again and again: each time after the first is nothing, or a fault
  std::string_view original;   // the item's bytes, a row in UTF-8; valid only until the callback returns
};

// A fault of an item, and its place.
struct Fault {
  std::string field;   // column, property or front matter key; empty if it is the whole item
  std::string reason;  // for people: says what to do, quotes nothing of the contents
  std::string value;   // of a column: what stands there, 200 bytes at most. Only for whoever may read the source
};

// One thing of the source that was refused.
struct Reject {
  std::string file;            // as given to Read()
  std::uint64_t position = 0;  // as in Item; report: the line of its first fault, 0 if it is the whole
  std::string object;          // as in Item
  std::string field;           // of its first fault, as in Fault
  std::string reason;
  std::string value;
  std::vector<Fault> further;  // its other faults
  std::string original;        // the item's bytes; empty if not the item is at fault but the whole table
  bool well_formed = false;    // as in Item
  std::uint64_t items = 1;     // how many items it stands for
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

// The facts about a table that are known before its first row is taken.
struct TableHead {
  std::vector<std::string> columns;  // of the source, without those that RejectsFile adds
  std::string read_as;               // for people: "separator `;`, Windows-1252, header in row 3"
};

// How columns of a table (CSV, XLSX, ODS) become fields: INTAKE.md, "CSV and mapping files". Immutable.
class Mapping {
 public:
  // Only errors use `name` (a path). They name the line, the key and the nearest known word.
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

// Receives the items in the order of the source. In STIX, what refers to other objects (relationships, sightings, the
// links of a report to its objects) comes after everything else. May move the items out. Read() ends with its error, if
// any.
using ItemSink = std::function<absl::Status(std::vector<Item>& batch)>;
using RejectSink = std::function<absl::Status(const Reject& reject)>;
// Is called once for a table, before any item or reject of it.
using TableSink = std::function<absl::Status(const TableHead& head)>;

struct Source {
  std::string name;             // the path, for messages and rejects
  std::string_view bytes = {};  // the contents, if `in_memory`
  bool in_memory = false;       // otherwise the file is read, in flat memory whatever its size
  int file = -1;                // open for reading, and not closed here; -1: the file at `name`
  // The name of the source, if the importer gives one: identities and STIX ids are then its own, and equal ones of
  // another source are other things. Empty: a mapping's `source`, or for STIX and reports the one source without a
  // name.
  std::string system = {};
};
// A word of letters, digits and `-_.`, 64 bytes at most.
absl::Status CheckSystem(std::string_view system);

// Makes defaults from `settings`: fields by name, also with `.tlp` and so on; words of the handling; `recipients`,
// `tags`. With STIX each kind takes the fields that it has. InvalidArgument names the setting and what is wrong.
absl::StatusOr<Defaults> DefaultsOf(Format format, const Mapping* mapping, const std::vector<Setting>& settings,
                                    std::string home);

// Reads the whole source. A faulty item becomes a Reject and reading goes on. It returns an error only if it cannot go
// on (the file is in another encoding than the mapping says, has no header, has broken JSON between objects, or is
// beyond a limit); everything before that was handed over. CSV needs `mapping`; the other formats refuse it.
absl::StatusOr<Summary> Read(Format format, const Source& source, const Mapping* mapping, const Defaults& defaults,
                             const Limits& limits, const ItemSink& items, const RejectSink& rejects,
                             const TableSink& table = {});

// A request to propose a mapping.
struct SuggestRequest {
  std::string kind;         // of record that the rows are to become
  std::string source = {};  // the name of the system that the rows are from; empty: after the file
  std::string sheet = {};   // of a workbook; empty: the one of which most columns are of use
  std::string home = {};    // Defaults::home
};

// A mapping that was proposed for a table. It is a text for people: they decide.
struct Proposal {
  struct Column {
    std::string name;
    std::string target;               // as the mapping writes it; empty: nothing was found for the column
    std::vector<std::string> doubts;  // why it may be wrong, a sentence each
  };
  std::string mapping;  // TOML that Mapping::Parse accepts; `# ?` begins each comment about a doubt
  std::string read_as;  // as TableHead::read_as
  std::vector<Column> columns;
  std::vector<std::string> unserved;  // fields of the kind that no column gives
};
// Proposes a mapping from the names of the columns and the values of the first rows, and tries it on all rows.
// InvalidArgument if the source is no table, or has no column that looks like a field of the kind.
absl::StatusOr<Proposal> Suggest(const Source& source, const SuggestRequest& request, const Limits& limits);

// The orders for the process that reads a file.
struct Assignment {
  Format format = Format::kCsv;
  std::string name;     // the path
  std::string system;   // Source::system
  std::string mapping;  // its text; empty if there is none
  std::string mapping_name;
  std::uint64_t batch_items = 0;
  std::string home = {};               // Defaults::home
  std::vector<Setting> settings = {};  // as DefaultsOf reads them
  SuggestRequest suggest = {};         // with a kind: propose a mapping, and read nothing else
  int file = -1;                       // open for reading, and not closed here; -1: the file at `name` is opened
};
// The first argument of the program that tells it to be this process.
inline constexpr std::string_view kReaderVerb = "intake-worker";
// As Read, in a process of its own: `program`, started with kReaderVerb. If a parser crashes there, the node goes on;
// an attacker who takes it over finds no keys. Internal if the process ends before its last frame; everything before
// that was handed over. INTAKE.md, "A process of its own".
absl::StatusOr<Summary> ReadApart(const std::string& program, const Assignment& assignment, const ItemSink& items,
                                  const RejectSink& rejects, const TableSink& table = {});
// As Suggest, for the file at `path`, in such a process.
absl::StatusOr<Proposal> SuggestApart(const std::string& program, const std::string& path,
                                      const SuggestRequest& request);
// main calls this for that verb. It gives up every right that reading does not need, then reads. Returns the exit code.
int RunReader();

// The Reject of an item that a later room refused; `field` and `reason` are what that room said.
Reject RejectOf(const Item& item, const std::string& file, std::string_view field, std::string_view reason);
// The Reject of an item that refers to something that is neither imported nor held.
Reject DanglingReference(const Item& item, const std::string& file, const Reference& reference);

// Whether the file is what an import wrote as its rejects, and nobody has corrected it since.
bool IsUncorrectedRejects(Format format, const std::string& path);

// The rejects of one import, in a file that people can correct and import again. It lies beside the source as
// `<source>.rejects.csv`, `.json` or `.md`, mode 0600. When the import ends, it replaces the file of the last import in
// one step; without rejects there is no file. A file that somebody touched since, or that no import wrote, stays: then
// this one gets a number (`.rejects.1.csv`). WARNING: it holds items in clear text, and its owner must remove it.
class RejectsFile {
 public:
  // `place` is a folder for the file, or the file itself; empty: beside the source. Refuses a source or a file inside
  // `node_directory`, also through a link. Creates no file yet.
  static absl::StatusOr<RejectsFile> Open(Format format, const std::string& source, const std::string& node_directory,
                                          const std::string& place = {});

  RejectsFile(RejectsFile&&) noexcept;
  RejectsFile& operator=(RejectsFile&&) noexcept;
  ~RejectsFile();  // without Finish(): leaves nothing, and the last import's file stays

  // The columns of the source, before its first reject. Only of a table.
  void SetColumns(std::vector<std::string> columns);
  absl::Status Add(const Reject& reject);
  // Puts the file in place and syncs it; without rejects, removes the last import's file. Returns how many it holds.
  absl::StatusOr<std::uint64_t> Finish();
  const std::string& path() const;  // after Finish(): where it is

 private:
  struct State;
  explicit RejectsFile(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_INTAKE_H_
