// Drafts and contexts that the record room's tests share. All invented.
#ifndef TIDEGATE_TESTS_UNIT_RECORD_SAMPLE_H_
#define TIDEGATE_TESTS_UNIT_RECORD_SAMPLE_H_

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "node/record/record.h"
#include "tests/unit/value/slots.h"

namespace tidegate::record {

using Texts = std::vector<std::pair<std::string, std::string>>;

inline Draft DraftOf(std::string_view kind, const Texts& fields) {
  absl::StatusOr<Draft> draft = Draft::Create(kind);
  EXPECT_TRUE(draft.ok()) << draft.status();
  for (const auto& [name, text] : fields) {
    const absl::Status set = draft->SetField(name, text);
    EXPECT_TRUE(set.ok()) << set;
  }
  return *std::move(draft);
}

inline Draft SampleReport() {
  Draft draft =
      DraftOf("report", {{"title", "Men seen working at a hand car wash at night"},
                         {"narrative", "Marin Ionescu told staff at 14 Harbour Lane that Grigore keeps his passport."},
                         {"narrative.sanitised", "A worker said that his documents are kept."},
                         {"narrative.heading", "Car wash, documents withheld"},
                         {"exploitation", "labour.personal-services; labour.wages-taken"},
                         {"subject_categories", "victim"},
                         {"victim_count", "at least ten"},
                         {"place", "14 Harbour Lane|Grimsby|Lincolnshire|GB|53.5675,-0.0803"},
                         {"observed", "2026-03-04T22:15Z"},
                         {"nationalities", "RO; BG"},
                         {"persons_named", "Marin Ionescu"},
                         {"identifiers", "phone:+44 7700 900123; plate:ab12 cde"},
                         {"wage", "20 GBP"},
                         {"ongoing", "yes"},
                         {"informant", "Volunteer 7"}});
  EXPECT_TRUE(draft.handling.Set("tlp", "AMBER").ok());
  EXPECT_TRUE(draft.handling.Set("grade", "2BP").ok());
  EXPECT_TRUE(draft.handling.Set("purposes", "safeguarding; prevention").ok());
  EXPECT_TRUE(draft.handling.Set("onward", "yes").ok());
  return draft;
}

inline CommitContext SampleContext() {
  CommitContext context;
  context.author_fpr.fill(0x11);
  context.record_id.fill(0x22);
  context.created_ms = 1'772'000'000'000;
  return context;
}

inline Seed SeedOf(uint8_t byte) {
  Seed seed;
  seed.fill(byte);
  return seed;
}

inline VerifiedView Committed(const Draft& draft, uint8_t seed = 7) {
  absl::StatusOr<VerifiedView> view = Commit(draft, SampleContext(), SeedOf(seed));
  EXPECT_TRUE(view.ok()) << view.status();
  return *std::move(view);
}

// A mask that withholds everything but the slots named, each at a rung.
inline std::vector<int8_t> MaskOf(const Kind& kind, const std::vector<std::pair<std::string, int8_t>>& rungs) {
  std::vector<int8_t> mask(kind.slots.size(), -1);
  for (const auto& [name, rung] : rungs) mask[kind.FindSlot(name)->number] = rung;
  return mask;
}

}  // namespace tidegate::record

#endif  // TIDEGATE_TESTS_UNIT_RECORD_SAMPLE_H_
