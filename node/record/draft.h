// A draft: what an author is about to sign (handling and fields), and what only this node knows.
//
//   Takes    names and texts from a person, a form or a foreign format
//   Gives    Draft, ready for Commit; handling and attributes in canonical TLV (CRYPTO.md, "Record")
//   May call crypto/bytes
//   Never    let a record without TLP count as anything but RED; accept an unknown tag or code
//   Threads  ordinary data
//   Spec     node/record/RECORD.md, "Handling"
#ifndef TIDEGATE_NODE_RECORD_DRAFT_H_
#define TIDEGATE_NODE_RECORD_DRAFT_H_

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/hash.h"
#include "node/record/values.h"

namespace tidegate::record {

// TLP 2.0 (FIRST, August 2022). Ascending strictness.
enum class Tlp : uint8_t { kClear = 0, kGreen = 1, kAmber = 2, kAmberStrict = 3, kRed = 4 };
// The words of TLP 2.0 and of PAP, ascending by strictness.
std::span<const std::string_view> TlpNames();
std::span<const std::string_view> PapNames();
std::string_view TlpName(Tlp tlp);                   // "CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"
std::optional<Tlp> ParseTlp(std::string_view name);  // exactly these, with or without "TLP:"

// The signed handling of a record. Every marking is optional. The baseline policies read an absent one as the
// strictest, and an absent TLP is RED everywhere.
struct Handling {
  std::optional<Tlp> tlp;
  std::string handling_code;       // 3x5x2: "P" (lawful sharing permitted), "C" (with conditions, which must be stated)
  std::string source_grade;        // "1" reliable, "2" untested, "3" not reliable
  std::string intelligence_grade;  // "A" to "E"
  std::vector<std::string> purposes;     // codes of the list `purpose`
  std::vector<std::string> legal_basis;  // codes of the list `legal-basis`
  std::string onward;                    // kOnward...; absent means kOnwardNo
  std::optional<uint64_t> expiry_ms;
  std::string retention;  // a code of the list `retention`: "mopi-1" to "mopi-4"
  std::vector<std::string>
      conditions;   // `sector:S`, `country:CC`, `purpose:P`, `organisation:O`, kSarCondition, or free text
  std::string pap;  // "CLEAR", "GREEN", "AMBER", "RED"
  std::optional<uint64_t> not_before_ms;

  bool operator==(const Handling&) const = default;

  Tlp effective_tlp() const { return tlp.value_or(Tlp::kRed); }
  std::string_view effective_onward() const;

  // Sets one of kHandlingWords from a person's text. `grade` is three characters such as "1BP": source, intelligence,
  // handling code. `expiry` and `not_before` are a date or time in UTC, kept to the second: a fraction makes a
  // not-before later and an expiry earlier, and a date expires when it ends. Lists are separated by `;`. Purposes,
  // legal bases and retention are words of closed lists, and every import and every command sets them here, so no other
  // word gets in. Records of older nodes and of partners may hold other words; they are read as they are.
  // InvalidArgument says what would be right and leaves the handling as it was.
  absl::Status Set(std::string_view name, std::string_view text);
};

// One marking that a person can set, by the name that Set knows.
struct HandlingWord {
  std::string_view name;
  bool several = false;       // takes a list separated by `;`
  std::string_view one = {};  // how people call one item of it, if otherwise
};
// The one table of them.
inline constexpr HandlingWord kHandlingWords[] = {{"tlp"},
                                                  {"grade"},
                                                  {"handling_code"},
                                                  {"source_grade"},
                                                  {"intelligence_grade"},
                                                  {"purposes", true, "purpose"},
                                                  {"legal_basis", true},
                                                  {"onward"},
                                                  {"expiry"},
                                                  {"not_before"},
                                                  {"retention"},
                                                  {"conditions", true, "condition"},
                                                  {"pap"}};
const HandlingWord* FindHandlingWord(std::string_view name);  // null: there is none of that name
// The marking that a person names, also in a form such as `legal-basis` or `purpose`. Null if there is none.
const HandlingWord* HandlingWordSaid(std::string_view name);
std::vector<std::string_view> HandlingWordNames();  // in the order of the table

// The code of a closed list that a person means, in any spelling that the catalogue knows. InvalidArgument names the
// nearest code, or all codes.
absl::StatusOr<std::string> ListedWord(std::string_view list_name, std::string_view text);

// Onward rules: may a recipient pass the record on? The names are those of the code list "onward" and of label::Label.
inline constexpr std::string_view kOnwardNo = "no";            // not at all
inline constexpr std::string_view kOnwardAsk = "ask";          // only after asking the author
inline constexpr std::string_view kOnwardUnnamed = "unnamed";  // as its TLP allows, but never naming the author
inline constexpr std::string_view kOnwardYes = "yes";          // as its TLP allows, naming the author

// This condition tells every holder that the author tagged the record as a suspicious-activity report.
inline constexpr std::string_view kSarTag = "sar";
inline constexpr std::string_view kSarCondition = "tag:sar";

// Strict TLV of at most kMaxHandlingBytes. DecodeHandling refuses unknown, repeated or disordered tags and unknown
// codes. For what it accepts, EncodeHandling gives exactly the same bytes again. Errors begin `record: handling: `.
inline constexpr size_t kMaxHandlingBytes = 4096;
absl::StatusOr<std::string> EncodeHandling(const Handling& handling);
absl::StatusOr<Handling> DecodeHandling(std::string_view bytes);
// One line for people. Every display of a record begins with it: "TLP:AMBER 1BP; for: prevention; onward: not at all".
std::string DisplayHandling(const Handling& handling);
// An expiry at the end of a day is printed as that day ("2027-03-31"), any other with its second.
std::string DisplayExpiry(uint64_t expiry_ms);
// Checks that code C has conditions, that the expiry comes after the not-before, and that codes are in their lists.
absl::Status ValidateHandling(const Handling& handling);

// The markings of one field, where they differ from the record's. Empty: as the record.
struct FieldAttributes {
  std::optional<Tlp> tlp;  // the stricter of this and the record's counts
  std::string basis;       // "fact" or "assessment"
  std::string source_grade;
  std::string intelligence_grade;
  std::string asserted_by;  // the organisation that says so, at most 200 bytes

  bool operator==(const FieldAttributes&) const = default;
  bool empty() const { return *this == FieldAttributes{}; }
  // Sets one of kAttributeWords from a person's text. InvalidArgument says what would be right and leaves the
  // attributes as they were.
  absl::Status Set(std::string_view name, std::string_view text);
};
// The one list of their names.
inline constexpr std::string_view kAttributeWords[] = {"tlp", "basis", "source_grade", "intelligence_grade",
                                                       "asserted_by"};
inline constexpr size_t kMaxAttributeBytes = 512;
absl::StatusOr<std::string> EncodeAttributes(const FieldAttributes& attributes);
absl::StatusOr<FieldAttributes> DecodeAttributes(std::string_view bytes);

// What the source of an imported record said last. With it the next import can distinguish a change at the source from
// a change that we made.
struct SourceWord {
  crypto::Hash said{};       // hash of the draft as the source gave it; zero if not known
  uint64_t version_us = 0;   // the source's own version of it (STIX `modified`), microseconds since 1970; 0 for none
  std::string producer;      // who made it there (STIX `created_by_ref`); a line of 200 bytes at most
  bool as_imported = false;  // this revision says what the source said and nothing else

  bool operator==(const SourceWord&) const = default;
  bool known() const { return said != crypto::Hash{}; }
};

// The facts about a record that this node alone knows. They never leave the node.
struct LocalFacts {
  std::vector<std::string> named_recipients;  // organisation names, ascending, distinct: RED goes to nobody else
  std::vector<std::string> tags;              // "sar", "informant", ...; ascending, distinct
  std::string source_reference;  // by which an import finds it again; any bytes, at most kMaxSourceReference
  SourceWord source = {};
  std::vector<std::string> conditions = {};  // conditions that name circles or organisations
  std::vector<std::string> about = {};       // `AUTHOR:ID` in hex: whose records its references name

  bool operator==(const LocalFacts&) const = default;
};
inline constexpr size_t kMaxSourceReference = 0xffff;
// Checks the bounds: recipients, tags and `about` are lines of at most 200 bytes, conditions of 255, at most 256 of
// each. Their order and repetition mean nothing.
absl::Status ValidateLocalFacts(const LocalFacts& facts);
// Canonical bytes: recipients and tags ascend and are distinct. Refuses what ValidateLocalFacts refuses, so that
// DecodeLocalFacts can read everything that was written.
absl::StatusOr<std::string> EncodeLocalFacts(const LocalFacts& facts);
// Reads version 2 strictly. Version 1 was written without checks: its names are taken as they are.
absl::StatusOr<LocalFacts> DecodeLocalFacts(std::string_view bytes);

// `circle:C` and `organisation:O` name others. Such a condition stays on this node as a local fact. The signed handling
// says kLocalCondition instead. Only the recipients that the author names fulfil that condition.
inline constexpr std::string_view kLocalCondition = "as agreed with the author";
bool NamesOthers(const Handling& handling);
// The conditions as the author wrote them.
std::vector<std::string> ConditionsSaid(const Handling& handling, const LocalFacts& local);
struct Draft;
// The first moves conditions that name others from the handling to the local facts. The second moves them back, for a
// draft that somebody will change.
void KeepNamesHome(Draft& draft);
void RestoreNames(Draft& draft);

// An item of LocalFacts::about; and the author that `about` gives for a record id, if it gives one.
std::string AboutItem(const RecordId& id, const crypto::Hash& author);
std::optional<crypto::Hash> AuthorOf(const LocalFacts& local, const RecordId& id);

// One field to be committed.
struct Field {
  Value value;
  FieldAttributes attributes;
  bool operator==(const Field&) const = default;
};

struct Draft {
  const Kind* kind = nullptr;  // never null in a draft made by Create
  std::map<uint16_t, Field> fields;
  Handling handling;
  LocalFacts local;
  std::string home = {};  // its author's country, whose national telephone numbers SetField takes; empty: none's

  // An empty draft of the newest schema version of the kind. NotFound names kinds with a similar name.
  static absl::StatusOr<Draft> Create(std::string_view kind_name);

  // Sets a field from a person's text (ParseValue). `name` is a field, or with a dot a part or an attribute of one:
  // `summary.sanitised`, `summary.heading` (narratives); `phone.tlp`, `phone.basis`, `phone.source_grade`,
  // `phone.intelligence_grade`, `phone.asserted_by`. InvalidArgument names the field: unknown field (with the nearest),
  // wrong type, unknown code (with the nearest), over-long value.
  absl::Status SetField(std::string_view name, std::string_view text);
  // Sets a value made in memory, with the checks of ParseValue.
  absl::Status SetValue(std::string_view name, Value value);
  // Takes a field out again. True if it was there.
  bool ClearField(std::string_view name);
};

// The first marking of `next` that is looser than in `held`, so that `next` may reach somebody whom `held` may not
// reach: `tlp`, `conditions`, `recipients`, ..., or the TLP of a field that both have, `phone.tlp`. A marking that
// `next` lacks counts as looser. Empty if no marking is looser.
std::string LooserMarking(const Draft& held, const Draft& next);

}  // namespace tidegate::record

#endif  // TIDEGATE_NODE_RECORD_DRAFT_H_
