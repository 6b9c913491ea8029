// For random policies, partners, labels and markings, a mask is exactly what evaluating every policy at every field and
// rung gives: allowed if some permit is satisfied and no forbid is satisfied or errs, at this rung and all coarser
// ones.
#include <gtest/gtest.h>

#include "policy/cedar/cedar.h"
#include "policy/rules.h"
#include "policy/world.h"
#include "tests/property/policy/random_policies.h"

namespace tidegate::policy {
namespace {

// Evaluates without masks, columns, projections or caches.
class Direct {
 public:
  Direct(const std::string& policies, const Vocabulary& vocabulary)
      : set_(Compile({{"random.cedar", policies}})),
        world_(*World::Make(Catalogue(), vocabulary, set_.schema)),
        self_(vocabulary.self) {}

  Rungs RungsFor(const Party& party, const Label& label, const FieldMarking& marking) const {
    const KindPlaces& kind = *world_.FindKind(label.kind);
    const FactSet& names = label.named_recipients;
    const bool named = names.has_value() && std::find(names->begin(), names->end(), party.organisation) != names->end();
    const LabelView view{&label, label.origin == self_, named, marking.empty() ? nullptr : &marking};
    Rungs rungs;
    for (size_t slot = 0; slot < kind.shape.slots.size(); ++slot) {
      int8_t finest = kWithheld;
      for (size_t place = kind.first[slot + 1]; place > kind.first[slot]; --place) {
        if (!Allowed(party, kind, kind.places[place - 1], view)) break;
        finest = kind.places[place - 1].rung;
      }
      rungs.push_back(finest);
    }
    return rungs;
  }

 private:
  bool Allowed(const Party& party, const KindPlaces& kind, const Place& place, const LabelView& view) const {
    const cedar::Entity principal = world_.Principal(party);
    const auto entities = cedar::Entities::Layer(world_.base(), {principal, world_.Field(kind, place, view)});
    const cedar::Request request{principal.uid, actions::Disclose(), place.uid, cedar::Value::Record({})};
    bool permitted = false;
    for (const CompiledRule& rule : set_.compiled) {
      const cedar::Outcome outcome = cedar::EvaluatePolicy(rule.policy, request, *entities);
      if (rule.policy.effect() == cedar::Effect::kForbid && outcome != cedar::Outcome::kNotSatisfied) return false;
      if (rule.policy.effect() == cedar::Effect::kPermit && outcome == cedar::Outcome::kSatisfied) permitted = true;
    }
    return permitted;
  }

  RuleSet set_;
  World world_;
  std::string self_;
};

TEST(Masks, EqualDirectEvaluation) {
  Dice dice(Seed());
  const int rounds = Rounds(60);
  size_t open = 0, closed = 0;
  for (int round = 0; round < rounds; ++round) {
    const std::string policies = RandomPolicies(dice);
    SCOPED_TRACE(policies);
    Vocabulary vocabulary = CharityVocabulary();
    vocabulary.organisations = {Police(), Bank()};
    const auto engine = Engine::Create({{"random.cedar", policies}}, Catalogue(), vocabulary, &Sha256);
    ASSERT_TRUE(engine.ok()) << engine.status();
    const Direct direct(policies, vocabulary);
    for (int i = 0; i < 25; ++i) {
      const bool report = !dice.OneIn(4);
      const Label label = RandomLabel(dice, report ? "report" : "person");
      const Party party = RandomParty(dice);
      const FieldMarking marking = dice.OneIn(2) ? RandomMarking(dice) : FieldMarking{};
      const auto mask = (*engine)->MaskFor((*engine)->Intern(party), (*engine)->Intern(label),
                                           report ? kReport : kPerson, (*engine)->Intern(marking));
      ASSERT_EQ(mask->rungs, direct.RungsFor(party, label, marking));
      ++(mask->travels ? open : closed);
    }
  }
  EXPECT_GT(closed, 0u);
  if (rounds >= 60) {
    EXPECT_GT(open, 0u) << "nothing was ever allowed: the test proves little";
  }
}

// A baseline that holds everything back would satisfy the test above with little said of what opens, so here labels
// pass the baseline and only the random policies decide.
TEST(Masks, EqualDirectEvaluationWhereTheBaselineAllows) {
  Dice dice(Seed());
  size_t open = 0;
  for (int round = 0; round < Rounds(40); ++round) {
    const std::string policies = RandomPolicies(dice);
    SCOPED_TRACE(policies);
    const auto engine = EngineWith(policies);
    const Direct direct(policies, CharityVocabulary());
    for (int i = 0; i < 25; ++i) {
      Label label = RandomLabel(dice, "report");
      Label good = OpenLabel();
      good.source_grade = label.source_grade;
      good.intelligence_grade = label.intelligence_grade;
      good.retention = label.retention;
      good.exploitation = label.exploitation;
      good.countries = label.countries;
      good.tlp = dice.Of({"CLEAR", "GREEN", "AMBER"});
      Party party = RandomParty(dice);
      party.confirmed = true;
      party.purposes = {"prevention"};
      party.legal_bases = {"consent"};
      const FieldMarking marking = dice.OneIn(2) ? RandomMarking(dice) : FieldMarking{};
      const auto mask = engine->MaskFor(engine->Intern(party), engine->Intern(good), kReport, engine->Intern(marking));
      ASSERT_EQ(mask->rungs, direct.RungsFor(party, good, marking));
      open += mask->travels ? 1 : 0;
    }
  }
  EXPECT_GT(open, 0u);
}

}  // namespace
}  // namespace tidegate::policy
