#include "policy/facts.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "policy/labels.h"

namespace tidegate::policy {
namespace {

static_assert(std::size(kLabelFacts) <= 30);

uint32_t PartyBits(std::string_view attribute) {
  if (attribute == "sector") return kPartySector;
  if (attribute == "country") return kPartyCountry;
  if (attribute == "purposes") return kPartyPurposes;
  if (attribute == "legal_bases") return kPartyLegalBases;
  if (attribute == "satisfies") return kPartySatisfies;
  if (attribute == "confirmed") return kPartyConfirmed;
  if (attribute == "name") return kPartyIdentity;
  return kPartyAll;
}

uint32_t MarkingBits(std::string_view attribute) {
  if (attribute == "tlp") return kMarkingTlp;
  if (attribute == "basis") return kMarkingBasis;
  if (attribute == "source_grade") return kMarkingSourceGrade;
  if (attribute == "intelligence_grade") return kMarkingIntelligenceGrade;
  if (attribute == "asserted_by") return kMarkingAssertedBy;
  return kMarkingAll;
}

// Types whose entities are fixed when an engine is made: what is above them never depends on partner or record.
constexpr std::string_view kFixedTypes[] = {
    "Circle",       "Role",   "Sector",     "Country",   "Purpose",         "Tlp", "Pap", "Kind", "Slot",
    "Exploitation", "Action", "FieldClass", "Precision", "SubjectCategory", "Area"};

// A path below `principal`, or below an organisation that may be the principal.
void ReadParty(const cedar::AttributePath& path, Reads& reads) {
  if (path.identity) {
    reads.party |= kPartyIdentity;
  } else {
    reads.party |= path.steps.empty() || path.tags ? kPartyAll : PartyBits(path.steps[0]);
  }
}

void ReadRecord(const cedar::AttributePath& path, PolicyReading& reading) {
  Reads& reads = reading.reads;
  if (path.steps.size() < 2) {
    reads.record |= AllRecordBits();
    return;
  }
  const std::string& fact = path.steps[1];
  reads.record |= RecordBit(fact);
  if (path.presence && path.steps.size() == 2 && (RecordBit(fact) != 0 || fact == "kind")) {
    reading.asked_for.push_back(fact);
  }
  // The author may be the partner: what is read of it is then read of the partner.
  if (fact == "origin") reads.party |= kPartyAll;
}

void ReadResource(const cedar::AttributePath& path, PolicyReading& reading) {
  Reads& reads = reading.reads;
  if (path.identity) {
    reads.field = true;
  } else if (!path.steps.empty() && path.steps[0] == "record" && !path.tags) {
    ReadRecord(path, reading);
  } else if (!path.steps.empty() && path.steps[0] == "marking" && !path.tags) {
    reads.marking |= path.steps.size() > 1 ? MarkingBits(path.steps[1]) : kMarkingAll;
  } else if (!path.presence) {
    const uint32_t party = reads.party;
    reads.Everything();
    reads.party = party;
  }
}

void ReadEntity(const cedar::AttributePath& path, Reads& reads) {
  const std::string& type = path.entity->type();
  if (type == "Organisation") {
    reads.party |= kPartyAll;
  } else if (std::find(std::begin(kFixedTypes), std::end(kFixedTypes), type) == std::end(kFixedTypes)) {
    reads.Everything();
  }
}

bool Narrows(const cedar::ScopeConstraint& scope) {
  return scope.kind != cedar::ScopeConstraint::Kind::kAny && scope.kind != cedar::ScopeConstraint::Kind::kIs;
}

}  // namespace

uint32_t RecordBit(std::string_view name) {
  if (name == "own") return kOwnBit;
  if (name == "named") return kNamedBit;
  const LabelFact* fact = FindLabelFact(name);
  return fact == nullptr || !fact->read_by_policies ? 0 : 1u << (fact - kLabelFacts);
}

uint32_t AllRecordBits() {
  uint32_t bits = kOwnBit | kNamedBit;
  for (const LabelFact& fact : kLabelFacts) bits |= RecordBit(fact.name);
  return bits;
}

PolicyReading ReadingOf(const cedar::Policy& policy) {
  PolicyReading reading;
  if (Narrows(policy.principal())) reading.reads.party |= kPartyIdentity;
  if (Narrows(policy.resource())) reading.reads.field = true;
  for (const cedar::AttributePath& path : policy.AttributePathsRead()) {
    if (path.entity.has_value()) {
      ReadEntity(path, reading.reads);
    } else if (path.root == cedar::Variable::kPrincipal) {
      ReadParty(path, reading.reads);
    } else if (path.root == cedar::Variable::kResource) {
      ReadResource(path, reading);
    }
  }
  reading.asked_for = SortedUnique(std::move(reading.asked_for));
  return reading;
}

std::string ProjectLabel(const Label& label, uint32_t bits, bool own, bool named) {
  Writer out;
  for (size_t i = 0; i < std::size(kLabelFacts); ++i) {
    if ((bits >> i & 1) == 0) continue;
    if (kLabelFacts[i].one != nullptr) {
      out.Optional(label.*kLabelFacts[i].one);
    } else {
      out.Optional(label.*kLabelFacts[i].many);
    }
  }
  if ((bits & kOwnBit) != 0) out.U8(own ? 1 : 0);
  if ((bits & kNamedBit) != 0) out.U8(named ? 1 : 0);
  return std::move(out).Take();
}

std::string ProjectParty(const Party& party, uint32_t bits) {
  Writer out;
  if ((bits & kPartyIdentity) != 0) {
    out.Text(party.organisation);
    out.Texts(SortedUnique(party.circles));
  }
  if ((bits & kPartySector) != 0) out.Text(party.sector);
  if ((bits & kPartyCountry) != 0) out.Text(party.country);
  if ((bits & kPartyPurposes) != 0) out.Texts(SortedUnique(party.purposes));
  if ((bits & kPartyLegalBases) != 0) out.Texts(SortedUnique(party.legal_bases));
  if ((bits & kPartySatisfies) != 0) out.Texts(ConditionsSatisfied(party));
  if ((bits & kPartyConfirmed) != 0) out.U8(party.confirmed ? 1 : 0);
  return std::move(out).Take();
}

std::string ProjectMarking(const FieldMarking& marking, uint32_t bits) {
  FieldMarking projected;
  if ((bits & kMarkingTlp) != 0) projected.tlp = marking.tlp;
  if ((bits & kMarkingBasis) != 0) projected.basis = marking.basis;
  if ((bits & kMarkingSourceGrade) != 0) projected.source_grade = marking.source_grade;
  if ((bits & kMarkingIntelligenceGrade) != 0) projected.intelligence_grade = marking.intelligence_grade;
  if ((bits & kMarkingAssertedBy) != 0) projected.asserted_by = marking.asserted_by;
  return projected.empty() ? std::string() : EncodeMarking(projected);
}

std::vector<std::string> ConditionsSatisfied(const Party& party) {
  std::vector<std::string> conditions;
  conditions.push_back(absl::StrCat("organisation:", party.organisation));
  if (!party.sector.empty()) conditions.push_back(absl::StrCat("sector:", party.sector));
  if (!party.country.empty()) conditions.push_back(absl::StrCat("country:", party.country));
  for (const std::string& purpose : party.purposes) conditions.push_back(absl::StrCat("purpose:", purpose));
  for (const std::string& circle : party.circles) conditions.push_back(absl::StrCat("circle:", circle));
  return SortedUnique(std::move(conditions));
}

}  // namespace tidegate::policy
