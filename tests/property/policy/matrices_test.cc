// The page that people sign never says less than a partner gets: a row has everything that Disclose permits of any
// record that the row is about.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "policy/review/review.h"
#include "tests/property/policy/random_policies.h"

namespace tidegate::review {
namespace {

using namespace policy;  // what is reviewed

const MatrixRow* RowAbout(const Matrix& matrix, const std::string& kind, const std::string& tlp, bool named) {
  const MatrixRow* found = nullptr;
  for (const MatrixRow& row : matrix.rows) {
    // Without a row of its own, naming the partner changes nothing.
    if (row.kind == kind && row.tlp == tlp && (row.named == named || (named && found == nullptr))) found = &row;
  }
  return found;
}

void ExpectInRow(const MatrixRow& row, const SlotShape& slot, int8_t rung, const std::string& about) {
  const auto cell = std::find_if(row.cells.begin(), row.cells.end(),
                                 [&](const MatrixCell& one) { return one.field_class == slot.field_class; });
  ASSERT_NE(cell, row.cells.end()) << about;
  ASSERT_GT(cell->open, 0u) << about << slot.name << " goes as " << slot.precisions[static_cast<size_t>(rung)];
  // Some rung that the row shows for the class is one of this field's and at least as fine.
  const bool shown = std::any_of(cell->precisions.begin(), cell->precisions.end(), [&](const std::string& precision) {
    const auto at = std::find(slot.precisions.begin(), slot.precisions.end(), precision);
    return at != slot.precisions.end() && at - slot.precisions.begin() <= rung;
  });
  EXPECT_TRUE(shown) << about << slot.name << " goes as " << slot.precisions[static_cast<size_t>(rung)];
}

TEST(Matrices, ShowAtLeastWhatAnyRecordGives) {
  const uint64_t seed = Seed();
  Dice dice(seed);
  for (int round = 0; round < Rounds(40); ++round) {
    const std::string text = RandomPolicies(dice);
    const auto engine = EngineWith(text);
    const Party party = RandomParty(dice);
    const Matrix matrix = MakeMatrix(*engine, {{party}, {}, {}, AnyOwnRecord(*engine)});
    for (int i = 0; i < 40; ++i) {
      const char* kind = dice.Of({"report", "person"});
      Label label = RandomLabel(dice, kind);
      label.origin = engine->self();
      if (!label.tlp.has_value() || label.tlp == "PURPLE") label.tlp = dice.Of(Tlps());
      Candidate candidate;
      const uint32_t number = std::string(kind) == "report" ? kReport : kPerson;
      candidate.kind = number;
      candidate.label = engine->Intern(label);
      const KindShape& shape = *engine->FindKind(number);
      for (size_t slot = 0; slot < shape.slots.size(); ++slot) {
        HeldField field{static_cast<uint16_t>(slot), HeldFrom(0, shape.slots[slot].precisions.size()), nullptr};
        if (dice.OneIn(2)) field.marking = engine->Intern(RandomMarking(dice));
        candidate.fields.push_back(std::move(field));
      }
      const auto ruling = engine->Disclose(engine->Intern(party), candidate, 0);
      if (!ruling.allowed()) continue;
      const bool named =
          label.named_recipients.has_value() &&
          std::count(label.named_recipients->begin(), label.named_recipients->end(), party.organisation) > 0;
      const MatrixRow* row = RowAbout(matrix, kind, *label.tlp, named);
      ASSERT_NE(row, nullptr);
      const std::string about = "seed " + std::to_string(seed) + "\n" + text + "\n" + *label.tlp + " ";
      EXPECT_TRUE(row->travels) << about;
      for (size_t slot = 0; slot < shape.slots.size(); ++slot) {
        const int8_t rung = ruling->rungs()[slot];
        if (rung != kWithheld) ExpectInRow(*row, shape.slots[slot], rung, about);
      }
      if (testing::Test::HasFailure()) return;
    }
  }
}

}  // namespace
}  // namespace tidegate::review
