// The facts that policies may read, as bits, and which of them a policy reads. Private to the room.
#ifndef TIDEGATE_POLICY_FACTS_H_
#define TIDEGATE_POLICY_FACTS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policy/cedar/cedar.h"
#include "policy/labels.h"

namespace tidegate::policy {

// One bit for each fact of a record. Those of kLabelFacts have the order of that table. The two bits below are for
// facts that depend on who we are and who the partner is.
inline constexpr uint32_t kOwnBit = 1u << 30;
inline constexpr uint32_t kNamedBit = 1u << 31;
uint32_t RecordBit(std::string_view name);  // 0 for an attribute that no label supplies (`kind`)
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

// The facts that a policy reads. It may list more than the policy needs, never less.
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
};

PolicyReading ReadingOf(const cedar::Policy& policy);

// Canonical bytes of the facts of `label` that are in `bits`. `own` and `named` are part of them if their bits are set.
std::string ProjectLabel(const Label& label, uint32_t bits, bool own, bool named);
std::string ProjectParty(const Party& party, uint32_t bits);
// Empty if nothing of the marking is in `bits`.
std::string ProjectMarking(const FieldMarking& marking, uint32_t bits);

// The conditions of handling code C that hold of a partner: `sector:police`, `country:GB`, ...
std::vector<std::string> ConditionsSatisfied(const Party& party);

}  // namespace tidegate::policy

#endif  // TIDEGATE_POLICY_FACTS_H_
