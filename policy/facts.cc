#include "policy/facts.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "policy/encoding.h"

namespace tidegate::policy {
namespace {

constexpr RecordFact kRecordFacts[] = {
    {"tlp", &Label::tlp, nullptr, "Tlp"},
    {"handling_code", &Label::handling_code, nullptr, ""},
    {"source_grade", &Label::source_grade, nullptr, ""},
    {"intelligence_grade", &Label::intelligence_grade, nullptr, ""},
    {"pap", &Label::pap, nullptr, "Pap"},
    {"onward", &Label::onward, nullptr, ""},
    {"retention", &Label::retention, nullptr, ""},
    {"origin", &Label::origin, nullptr, "Organisation"},
    {"purposes", nullptr, &Label::purposes, "Purpose"},
    {"legal_basis", nullptr, &Label::legal_basis, ""},
    {"conditions", nullptr, &Label::conditions, ""},
    {"subjects", nullptr, &Label::subjects, "SubjectCategory"},
    {"exploitation", nullptr, &Label::exploitation, "Exploitation"},
    {"countries", nullptr, &Label::countries, "Country"},
    {"tags", nullptr, &Label::tags, ""},
};
static_assert(std::size(kRecordFacts) <= 30);

// Of Cedar's JSON form: two levels for each operator. Deeper policies are refused rather than walked.
constexpr size_t kMostNesting = 2000;

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

using nlohmann::json;

// Walks the conditions of one policy in Cedar's JSON form. A path is a variable and the attributes taken of it; what
// cannot be followed to a variable counts as reading everything.
class Walker {
 public:
  explicit Walker(PolicyReading& reading) : reading_(reading) {}

  void Expression(const json& node) {
    if (!node.is_object() || node.size() != 1) {
      Children(node);
      return;
    }
    const std::string& op = node.begin().key();
    const json& body = node.begin().value();
    if (op == "Value") return;
    if (op == "Var") {
      Whole(body.get<std::string>());
    } else if (op == ".") {
      Attribute(node);
    } else if (op == "has") {
      Has(body);
    } else if (op == "in" || op == "==" || op == "!=") {
      Identity(body.at("left"));
      Identity(body.at("right"));
    } else if (op == "is") {
      Identity(body.at("left"));
      if (body.contains("in")) Identity(body.at("in"));
    } else {
      Children(body);
    }
  }

 private:
  void Children(const json& node) {
    if (!node.is_structured()) return;
    for (const auto& child : node) {
      if (child.is_structured()) Expression(child);
    }
  }

  // A variable compared or looked up in the hierarchy gives its name and ancestors; elsewhere anything may follow.
  void Identity(const json& node) {
    if (!node.is_object() || !node.contains("Var")) {
      Expression(node);
      return;
    }
    const auto variable = node.at("Var").get<std::string>();
    if (variable == "principal") reading_.reads.party |= kPartyIdentity;
    if (variable == "resource") reading_.reads.field = true;
  }

  void Whole(const std::string& variable) {
    if (variable == "principal") reading_.reads.party |= kPartyAll;
    if (variable == "resource") {
      const uint32_t party = reading_.reads.party;
      reading_.reads.Everything();
      reading_.reads.party = party;
    }
  }

  // The path that `node` is, outermost step last; false if it does not start at a variable.
  static bool Path(const json& node, std::vector<std::string>& steps) {
    if (node.is_object() && node.contains("Var")) {
      steps.push_back(node.at("Var").get<std::string>());
      return true;
    }
    if (!node.is_object() || !node.contains(".")) return false;
    if (!Path(node.at(".").at("left"), steps)) return false;
    steps.push_back(node.at(".").at("attr").get<std::string>());
    return true;
  }

  void Attribute(const json& node) {
    std::vector<std::string> steps;
    if (!Path(node, steps)) {
      reading_.reads.Everything();
      Expression(node.at(".").at("left"));
      return;
    }
    Reads& reads = reading_.reads;
    if (steps[0] == "principal") reads.party |= PartyBits(steps[1]);
    if (steps[0] != "resource") return;
    if (steps[1] == "record") {
      reads.record |= steps.size() > 2 ? RecordBit(steps[2]) : AllRecordBits();
    } else if (steps[1] == "marking") {
      reads.marking |= steps.size() > 2 ? MarkingBits(steps[2]) : kMarkingAll;
    } else {
      reads.Everything();
    }
  }

  // `x has a`, or `x has a.b.c`, which asks for a, for b of it, and for c of that.
  void Has(const json& body) {
    std::vector<std::string> asked;
    if (body.at("attr").is_array()) {
      asked = body.at("attr").get<std::vector<std::string>>();
    } else {
      asked.push_back(body.at("attr").get<std::string>());
    }
    std::vector<std::string> steps;
    const bool followed = Path(body.at("left"), steps);
    for (const std::string& attribute : asked) {
      HasOne(body, followed, steps, attribute);
      steps.push_back(attribute);
    }
  }

  void HasOne(const json& body, bool followed, const std::vector<std::string>& steps, const std::string& attribute) {
    const bool marking = followed && steps.size() == 2 && steps[0] == "resource" && steps[1] == "marking";
    const bool elsewhere = followed && (steps[0] == "principal" || steps[0] == "context" || steps[0] == "action");
    if (!marking && !elsewhere && (RecordBit(attribute) != 0 || attribute == "kind")) {
      reading_.asked_for.push_back(attribute);
    }
    if (marking) {
      reading_.reads.marking |= MarkingBits(attribute);
    } else if (followed && steps[0] == "principal") {
      reading_.reads.party |= PartyBits(steps.size() > 1 ? steps[1] : attribute);
    } else {
      Expression(body.at("left"));
    }
  }

  PolicyReading& reading_;
};

bool Narrows(const cedar::ScopeConstraint& scope) {
  return scope.kind != cedar::ScopeConstraint::Kind::kAny && scope.kind != cedar::ScopeConstraint::Kind::kIs;
}

}  // namespace

std::span<const RecordFact> RecordFacts() { return kRecordFacts; }

uint32_t RecordBit(std::string_view name) {
  if (name == "own") return kOwnBit;
  if (name == "named") return kNamedBit;
  for (size_t i = 0; i < std::size(kRecordFacts); ++i) {
    if (kRecordFacts[i].name == name) return 1u << i;
  }
  return 0;
}

uint32_t AllRecordBits() { return ((1u << std::size(kRecordFacts)) - 1) | kOwnBit | kNamedBit; }

std::string WalkableJson(const cedar::Policy& policy) {
  std::string text = policy.ToJson();
  size_t depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (quoted) {
      if (text[i] == '\\')
        ++i;
      else if (text[i] == '"')
        quoted = false;
      continue;
    }
    if (text[i] == '"') quoted = true;
    if (text[i] == '{' || text[i] == '[') ++depth;
    if (text[i] == '}' || text[i] == ']') --depth;
    if (depth > kMostNesting) return "";
  }
  return text;
}

PolicyReading ReadingOf(const cedar::Policy& policy) {
  PolicyReading reading;
  if (Narrows(policy.principal())) reading.reads.party |= kPartyIdentity;
  if (Narrows(policy.resource())) reading.reads.field = true;
  const std::string text = WalkableJson(policy);
  try {
    const json parsed = json::parse(text);
    Walker walker(reading);
    for (const auto& condition : parsed.value("conditions", json::array())) walker.Expression(condition.at("body"));
  } catch (const json::exception&) {  // too deep, or a form we do not know
    reading.reads.Everything();
    reading.followed = false;
  }
  reading.asked_for = SortedUnique(std::move(reading.asked_for));
  return reading;
}

std::string ProjectLabel(const Label& label, uint32_t bits, bool own, bool named) {
  Writer out;
  for (size_t i = 0; i < std::size(kRecordFacts); ++i) {
    if ((bits >> i & 1) == 0) continue;
    if (kRecordFacts[i].one != nullptr) {
      out.Optional(label.*kRecordFacts[i].one);
    } else {
      out.Optional(label.*kRecordFacts[i].many);
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
