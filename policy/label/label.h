// policy/label: what policies may know of a record, of a field's own marking and of a partner, and the shape of a kind.
// It is a small door of its own, for rooms that carry these facts and decide nothing. Its names are policy's names too
// (policy/labels.h).
//
//   Takes    facts as plain values; the canonical bytes of a label, a marking
//   Gives    Label, FieldMarking, Party, KindShape, counts of what is held; their canonical bytes
//   May call nothing of the project
//   Never    decide, do I/O, read a clock, hold contents of a record
//   Threads  values are values
//   Spec     policy/POLICY.md
#ifndef TIDEGATE_POLICY_LABEL_LABEL_H_
#define TIDEGATE_POLICY_LABEL_LABEL_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "policy/label/encoding.h"  // IWYU pragma: export

namespace tidegate::label {

using Digest = std::array<uint8_t, 32>;
// A record's leaf in its author's log: what every gate is bound to.
using Leaf = std::array<uint8_t, 32>;
// SHA-256, passed in by the caller: this room includes no cryptography.
using HashFunction = Digest (*)(std::string_view);

// A scalar fact has this value where we hold the signed statement and its author left the fact empty. An absent fact is
// another thing: this node was never given it. A policy that reads an absent fact errs, and a policy that errs can
// forbid but never permit. Unstated TLP counts as RED. Unstated handling code and PAP restrict nothing.
inline constexpr std::string_view kUnstated = "unstated";

using Fact = std::optional<std::string>;                  // absent: this node was not given the fact
using FactSet = std::optional<std::vector<std::string>>;  // sorted, unique; empty: stated, and there are none

// The label of a record. Many records have one label, so labels are interned.
//
// Under the baseline a record leaves its author's node only if `tlp`, `handling_code`, `pap`, `purposes`,
// `legal_basis`, `subjects` and `tags` are present (kUnstated or an empty list is present), and a holder's node only if
// `onward` is as well. What the baseline knows:
//   tlp            CLEAR GREEN AMBER AMBER+STRICT RED; anything else counts as RED
//   pap            CLEAR GREEN AMBER RED; anything else but kUnstated counts as RED
//   handling_code  P C; anything else but kUnstated counts as C
//   conditions     of code C, each `sector:S`, `country:CC`, `purpose:P`, `organisation:O` or `circle:C`; all must hold
//                  of the recipient, and other text never does
//   onward         yes | unnamed | ask | no; only `yes` lets a holder pass on, as the TLP allows
//   purposes       unless the TLP is CLEAR, the partner must have agreed one of them
//   legal_basis    needed for fields of class personal or identifier; where the agreement with the partner names legal
//                  bases, one of those
//   subjects       victim suspect convicted witness reporter professional undetermined; none counts as undetermined
//   tags           `sar` and `suspicious-activity-report` keep a record from all but named police and FIUs;
//                  `informant` withholds narratives that are not sanitised
struct Label {
  std::string kind;  // the kind's name in the catalogue
  Fact tlp;
  Fact handling_code;
  Fact source_grade;
  Fact intelligence_grade;
  Fact pap;
  Fact onward;
  Fact retention;
  Fact origin;  // the author's organisation, as Party::organisation and Vocabulary::self name it; absent: not us
  FactSet purposes;
  FactSet legal_basis;
  FactSet conditions;
  FactSet named_recipients;  // organisations; absent: nobody is named
  FactSet subjects;
  FactSet exploitation;
  FactSet countries;
  FactSet tags;

  friend bool operator==(const Label&, const Label&) = default;
};

// One fact of a label. Exactly one of `one` and `many` is set.
struct LabelFact {
  std::string_view name;  // as policies and cases write it
  Fact Label::*one;
  FactSet Label::*many;
  std::string_view entity;  // the Cedar type of its values; empty for strings
  bool read_by_policies;    // it is an attribute of `resource.record`
};

// Every fact but the kind, in the order of EncodeLabel: the one table of them.
inline constexpr LabelFact kLabelFacts[] = {
    {"tlp", &Label::tlp, nullptr, "Tlp", true},
    {"handling_code", &Label::handling_code, nullptr, "", true},
    {"source_grade", &Label::source_grade, nullptr, "", true},
    {"intelligence_grade", &Label::intelligence_grade, nullptr, "", true},
    {"pap", &Label::pap, nullptr, "Pap", true},
    {"onward", &Label::onward, nullptr, "", true},
    {"retention", &Label::retention, nullptr, "", true},
    {"origin", &Label::origin, nullptr, "Organisation", true},
    {"purposes", nullptr, &Label::purposes, "Purpose", true},
    {"legal_basis", nullptr, &Label::legal_basis, "", true},
    {"conditions", nullptr, &Label::conditions, "", true},
    {"named_recipients", nullptr, &Label::named_recipients, "", false},  // policies see `named`
    {"subjects", nullptr, &Label::subjects, "SubjectCategory", true},
    {"exploitation", nullptr, &Label::exploitation, "Exploitation", true},
    {"countries", nullptr, &Label::countries, "Country", true},
    {"tags", nullptr, &Label::tags, "", true},
};
const LabelFact* FindLabelFact(std::string_view name);  // null: there is none of that name

template <typename H>
H AbslHashValue(H h, const Label& l) {
  h = H::combine(std::move(h), l.kind);
  for (const LabelFact& fact : kLabelFacts) {
    h = fact.one != nullptr ? H::combine(std::move(h), l.*fact.one) : H::combine(std::move(h), l.*fact.many);
  }
  return h;
}

// The words of the two markings that have an order, the least strict first.
inline constexpr std::string_view kTlps[] = {"CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"};
inline constexpr std::string_view kPaps[] = {"CLEAR", "GREEN", "AMBER", "RED"};

// A field's own marking, where its author gave one. `tlp` can only tighten the record's; the grades replace the
// record's for this field; `basis` is `fact` or `assessment`.
struct FieldMarking {
  Fact tlp;
  Fact basis;
  Fact source_grade;
  Fact intelligence_grade;
  Fact asserted_by;

  bool empty() const;
  friend bool operator==(const FieldMarking&, const FieldMarking&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const FieldMarking& m) {
    return H::combine(std::move(h), m.tlp, m.basis, m.source_grade, m.intelligence_grade, m.asserted_by);
  }
};

// The facts about a partner. An empty sector or country is an absent fact. Lists are sets; their order does not matter.
struct Party {
  std::string organisation;
  std::string sector;
  std::string country;
  std::vector<std::string> circles;
  std::vector<std::string> purposes;     // agreed by both sides
  std::vector<std::string> legal_bases;  // agreed by both sides; empty: the agreement names none
  bool confirmed = false;                // both sides confirmed the other's keys

  friend bool operator==(const Party&, const Party&) = default;
};

// One slot of a kind. `precisions` are the names of its rungs, finest first: {"place.exact", "place.locality", ...}, or
// {"whole"} for a field without ladder. At most kMostRungs.
struct SlotShape {
  uint32_t number = 0;
  std::string name;
  std::string field_class;
  std::vector<std::string> precisions;

  friend bool operator==(const SlotShape&, const SlotShape&) = default;
};

// One kind of the catalogue, slots in ascending order of number. Everywhere in this room a slot is its position in
// `slots` and a rung its position in `precisions`.
struct KindShape {
  uint32_t number = 0;
  uint32_t version = 0;
  std::string name;
  std::vector<SlotShape> slots;

  friend bool operator==(const KindShape&, const KindShape&) = default;
};

inline constexpr size_t kMostRungs = 16;
inline constexpr size_t kMostSlots = 256;

// Per slot the finest rung permitted (0 is the finest), or kWithheld.
using Rungs = std::vector<int8_t>;
inline constexpr int8_t kWithheld = -1;

// The rungs of one field that are authored and held: bit i is rung i.
using HeldRungs = uint16_t;

// All rungs from `finest` to the coarsest of a ladder of `rungs` rungs. 0 if `finest` is kWithheld or outside the
// ladder.
HeldRungs HeldFrom(int8_t finest, size_t rungs);

// The rung that goes: of the rungs that are held, the finest one that is not finer than `permitted`. kWithheld if there
// is none.
int8_t GoingRung(int8_t permitted, HeldRungs held);

// Records with one label. A (label, kind) pair occurs once.
struct RecordCount {
  Label label;
  uint32_t kind = 0;
  uint64_t records = 0;
};

// The fields of one slot that are present in the records with one label. `slot` is the position in the kind's slots. A
// store that knows the finest rung of a field and no more passes HeldFrom(finest, rungs).
struct FieldCount {
  Label label;
  uint32_t kind = 0;
  uint16_t slot = 0;
  HeldRungs held = 0;
  FieldMarking marking;
  uint64_t fields = 0;
};

// Counts of what a store holds. From them one can say exactly what other policies would change.
struct Holdings {
  std::vector<RecordCount> records;
  std::vector<FieldCount> fields;
};

// Sorts the lists of a label and drops duplicates, so that equal labels have equal bytes.
void Normalise(Label& label);

// Canonical bytes: equal values have equal bytes, and DecodeX accepts only what EncodeX writes. A store interns labels
// and markings under them. Errors: kInvalidArgument naming what is wrong.
std::string EncodeLabel(const Label& label);
absl::StatusOr<Label> DecodeLabel(std::string_view bytes);
std::string EncodeMarking(const FieldMarking& marking);
absl::StatusOr<FieldMarking> DecodeMarking(std::string_view bytes);

// Canonical bytes of a partner's facts, for digests (lists sorted first).
std::string EncodeParty(const Party& party);

// The stricter of two TLP markings: CLEAR < GREEN < AMBER < AMBER+STRICT < RED < anything unknown. Where a record bears
// several, the strictest holds and the importer warns if they differ.
std::string_view StricterTlp(std::string_view a, std::string_view b);

}  // namespace tidegate::label

#endif  // TIDEGATE_POLICY_LABEL_LABEL_H_
