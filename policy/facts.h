// The facts that policies may read, as bits: which member of Label stands behind `resource.record.tlp`, and which facts
// a policy reads at all. Private to the room.
#ifndef TIDEGATE_POLICY_FACTS_H_
#define TIDEGATE_POLICY_FACTS_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/cedar/cedar.h"
#include "policy/label.h"

namespace tidegate::policy {

// One attribute of `resource.record` that comes straight from a label. Exactly one of `one` and `many` is set; `entity`
// is the type of its values, empty for strings.
struct RecordFact {
  std::string_view name;
  Fact Label::*one;
  FactSet Label::*many;
  std::string_view entity;
};

// In the order of their bits.
std::span<const RecordFact> RecordFacts();

// Facts of the record, bit by bit: first RecordFacts(), then these two, which depend on who we are and who the partner
// is.
inline constexpr uint32_t kOwnBit = 1u << 30;
inline constexpr uint32_t kNamedBit = 1u << 31;
uint32_t RecordBit(std::string_view name);  // 0 for an attribute that is no fact of the label (`kind`)
uint32_t AllRecordBits();

// Facts of a partner.
enum PartyBit : uint32_t {
  kPartyIdentity = 1,  // its name and its circles
  kPartySector = 2,
  kPartyCountry = 4,
  kPartyPurposes = 8,
  kPartyLegalBases = 16,
  kPartySatisfies = 32,
  kPartyConfirmed = 64,
  kPartyAll = 127,
};

// Facts of a field's own marking.
enum MarkingBit : uint32_t {
  kMarkingTlp = 1,
  kMarkingBasis = 2,
  kMarkingSourceGrade = 4,
  kMarkingIntelligenceGrade = 8,
  kMarkingAssertedBy = 16,
  kMarkingAll = 31,
};

// What a policy reads. An over-estimate where its text cannot be followed, never an under-estimate.
struct Reads {
  uint32_t record = 0;
  uint32_t party = 0;
  uint32_t marking = 0;
  bool field = false;  // which field it is, of which class, at which rung

  void Everything() { *this = Reads{AllRecordBits(), kPartyAll, kMarkingAll, true}; }
};

struct PolicyReading {
  Reads reads;
  // Label facts that the policy asks for with `has`, which would hide their absence. Sorted, unique.
  std::vector<std::string> asked_for;
  // The conditions could be followed. They could not if they nest too deeply; then `reads` is everything, and the
  // policy must not be used.
  bool followed = true;
};

// Cedar's JSON form of the policy, or empty if it nests deeper than we walk (a chain of `&&` nests once a link).
std::string WalkableJson(const cedar::Policy& policy);

PolicyReading ReadingOf(const cedar::Policy& policy);

// Canonical bytes of the facts of `label` in `bits`; `own` and `named` are part of them if their bits are.
std::string ProjectLabel(const Label& label, uint32_t bits, bool own, bool named);
std::string ProjectParty(const Party& party, uint32_t bits);
// Empty if nothing of the marking is in `bits`.
std::string ProjectMarking(const FieldMarking& marking, uint32_t bits);

// The conditions of handling code C that hold of a partner: `sector:police`, `country:GB`, ...
std::vector<std::string> ConditionsSatisfied(const Party& party);

}  // namespace tidegate::policy

#endif  // TIDEGATE_POLICY_FACTS_H_
