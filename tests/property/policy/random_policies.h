// Random but well-typed policies, labels, partners and markings over the test catalogue.
#ifndef TIDEGATE_TESTS_PROPERTY_POLICY_RANDOM_POLICIES_H_
#define TIDEGATE_TESTS_PROPERTY_POLICY_RANDOM_POLICIES_H_

#include <cstdlib>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "tests/unit/policy/agencies.h"

namespace tidegate::policy {

// The seed of a run: TIDEGATE_SEED if it is set, else a fresh one; printed, so that a failure can be repeated.
inline uint64_t Seed() {
  const char* given = std::getenv("TIDEGATE_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  std::cout << "TIDEGATE_SEED=" << seed << std::endl;
  return seed;
}

// TIDEGATE_ROUNDS if it is set, else `usual`.
inline int Rounds(int usual) {
  const char* given = std::getenv("TIDEGATE_ROUNDS");
  int rounds = usual;
  if (given != nullptr && !absl::SimpleAtoi(given, &rounds)) return usual;
  return rounds;
}

class Dice {
 public:
  explicit Dice(uint64_t seed) : random_(seed) {}

  size_t Below(size_t bound) { return std::uniform_int_distribution<size_t>(0, bound - 1)(random_); }
  bool OneIn(size_t n) { return Below(n) == 0; }
  const char* Of(const std::vector<const char*>& choices) { return choices[Below(choices.size())]; }

  std::vector<std::string> Some(const std::vector<const char*>& choices) {
    std::vector<std::string> some;
    for (const char* choice : choices) {
      if (OneIn(3)) some.emplace_back(choice);
    }
    return some;
  }

  // Absent one time in eight.
  Fact AFact(const std::vector<const char*>& choices) {
    if (OneIn(8)) return std::nullopt;
    return Of(choices);
  }
  FactSet Facts(const std::vector<const char*>& choices) {
    if (OneIn(8)) return std::nullopt;
    return Some(choices);
  }

 private:
  std::mt19937_64 random_;
};

inline const std::vector<const char*>& Tlps() {
  static const std::vector<const char*> tlps = {"CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"};
  return tlps;
}

inline Label RandomLabel(Dice& dice, const char* kind) {
  Label label;
  label.kind = kind;
  label.tlp = dice.OneIn(6) ? Fact("PURPLE") : dice.AFact(Tlps());
  label.handling_code = dice.AFact({"P", "P", "P", "C", "unstated", "X"});
  label.source_grade = dice.AFact({"1", "2", "3"});
  label.intelligence_grade = dice.AFact({"A", "B", "C"});
  label.pap = dice.AFact({"GREEN", "AMBER", "unstated", "RED"});
  label.onward = dice.AFact({"yes", "no", "ask"});
  label.retention = dice.AFact({"mopi-1", "mopi-2"});
  label.origin = dice.AFact({"harbour", "harbour", "harbour", "first-bank", "lighthouse"});
  label.purposes = dice.Facts({"prevention", "prosecution", "safeguarding"});
  label.legal_basis = dice.Facts({"consent", "dpa-2018-part3", "dpa-2018-sch1-14"});
  label.conditions = dice.Facts({"sector:police", "country:GB", "ring first"});
  label.named_recipients = dice.Facts({"first-bank", "northshire-police", "lighthouse"});
  label.subjects = dice.Facts({"victim", "suspect", "undetermined"});
  label.exploitation = dice.Facts({"car-wash", "labour", "prostitution"});
  label.countries = dice.Facts({"FR", "GB"});
  label.tags = dice.OneIn(6) ? dice.Facts({"sar", "x"}) : dice.Facts({"x", "y"});
  return label;
}

inline FieldMarking RandomMarking(Dice& dice) {
  FieldMarking marking;
  if (dice.OneIn(2)) marking.tlp = dice.OneIn(8) ? Fact("PURPLE") : Fact(dice.Of(Tlps()));
  if (dice.OneIn(2)) marking.basis = dice.Of({"fact", "assessment"});
  if (dice.OneIn(3)) marking.source_grade = dice.Of({"1", "3"});
  if (dice.OneIn(3)) marking.intelligence_grade = dice.Of({"A", "D"});
  if (dice.OneIn(3)) marking.asserted_by = dice.Of({"lighthouse", "first-bank"});
  return marking;
}

inline Party RandomParty(Dice& dice) {
  Party party;
  party.organisation = dice.Of({"first-bank", "northshire-police", "lighthouse"});
  if (!dice.OneIn(6)) party.sector = dice.Of({"police", "police.border", "bank", "charity", "fiu"});
  if (!dice.OneIn(6)) party.country = dice.Of({"FR", "GB"});
  party.circles = dice.Some({"lantern", "clients", "empty"});
  party.purposes = dice.Some({"prevention", "prosecution", "safeguarding"});
  party.legal_bases = dice.Some({"consent", "dpa-2018-part3", "dpa-2018-sch1-14"});
  party.confirmed = !dice.OneIn(8);
  return party;
}

inline std::string RandomAtom(Dice& dice) {
  return dice.Of({
      "resource.record.tlp in Tlp::\"AMBER\"",
      "resource.record.tlp == Tlp::\"GREEN\"",
      "resource.record.source_grade == \"1\"",
      "[\"A\", \"B\"].contains(resource.record.intelligence_grade)",
      "resource.record.handling_code like \"P*\"",
      "resource.record.own",
      "resource.record.named",
      "resource.record.origin in Circle::\"lantern\"",
      "resource.record.origin == principal",
      "resource.record.purposes.containsAny(principal.purposes)",
      "resource.record.exploitation.contains(Exploitation::\"labour\")",
      "resource.record.countries.contains(Country::\"EU\")",
      "resource.record.subjects.isEmpty()",
      "resource.record.tags.contains(\"x\")",
      "resource.record.kind == Kind::\"report\"",
      "resource.record.retention == \"mopi-1\"",
      "resource.record.onward == \"yes\"",
      "principal.sector in Sector::\"police\"",
      "principal.country == Country::\"GB\"",
      "principal in Circle::\"lantern\"",
      "principal == Organisation::\"first-bank\"",
      "principal.name like \"*bank\"",
      "principal.confirmed",
      "principal.satisfies.contains(\"country:GB\")",
      "resource in Precision::\"place.region\"",
      "resource in Precision::\"time.month\"",
      "resource in Precision::\"whole\"",
      "resource in [FieldClass::\"analytic\", FieldClass::\"location\"]",
      "resource in [Precision::\"place.region\", Precision::\"time.month\", FieldClass::\"analytic\"]",
      "resource in Kind::\"report\"",
      "resource in Slot::\"report.where\"",
      "resource in FieldClass::\"narrative\"",
      "(resource.marking has tlp && resource.marking.tlp in Tlp::\"GREEN\")",
      "(resource.marking has basis && resource.marking.basis == \"fact\")",
      "resource.marking has asserted_by",
      "true",
  });
}

inline std::string RandomCondition(Dice& dice, int depth) {
  if (depth == 0 || dice.OneIn(3)) return RandomAtom(dice);
  const auto part = [&] { return "(" + RandomCondition(dice, depth - 1) + ")"; };
  switch (dice.Below(4)) {
    case 0:
      return part() + " && " + part();
    case 1:
      return part() + " || " + part();
    case 2:
      return "!" + part();
    default:
      return "if " + part() + " then " + part() + " else " + part();
  }
}

inline std::string RandomPolicies(Dice& dice) {
  std::string text;
  const size_t count = 1 + dice.Below(7);
  for (size_t i = 0; i < count; ++i) {
    text += dice.OneIn(3) ? "forbid (" : "permit (";
    text += dice.Of({"principal", "principal", "principal in Circle::\"lantern\"", "principal is Organisation",
                     "principal == Organisation::\"first-bank\""});
    text += ", action == Action::\"disclose\", ";
    text += dice.Of({"resource", "resource", "resource", "resource in FieldClass::\"location\"",
                     "resource in Precision::\"time.day\"", "resource is Field"});
    text += ")";
    for (size_t n = dice.Below(3); n > 0; --n) {
      text += (dice.OneIn(3) ? " unless { " : " when { ") + RandomCondition(dice, 2) + " }";
    }
    text += ";\n";
  }
  return text;
}

}  // namespace tidegate::policy

#endif  // TIDEGATE_TESTS_PROPERTY_POLICY_RANDOM_POLICIES_H_
