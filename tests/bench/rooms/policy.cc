// Decisions from the table, decisions of an engine that has not seen the label yet, plans, and checks.
#include "policy/policy.h"

#include <benchmark/benchmark.h>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "policy/cedar/cedar.h"
#include "policy/review/review.h"
#include "tests/bench/workload/workload.h"

namespace tidegate::bench {
namespace {

policy::Digest Digest(std::string_view bytes) { return crypto::HashOf({bytes}); }

std::shared_ptr<const policy::Engine> EngineOf(const std::string& policies, const policy::Vocabulary& vocabulary) {
  return Must(policy::Engine::Create({{"bench.cedar", policies}}, record::Shapes(), vocabulary, Digest));
}

policy::Vocabulary OneCircle() {
  policy::Vocabulary vocabulary;
  vocabulary.self = "harbour";
  vocabulary.circles = {"bench"};
  return vocabulary;
}

policy::Party Partner(size_t i) {
  return {absl::StrCat("partner-", i), i % 2 == 0 ? "bank" : "police", "GB", {"bench"}, {"prevention"}, {}, true};
}

// The look-up after a label and a partner are interned.
void PolicyTable(benchmark::State& state) {
  const auto engine = EngineOf(PolicyFor("bench", 0), OneCircle());
  const auto party = engine->Intern(Partner(0));
  const record::VerifiedView view = Committed(1);
  const auto label = engine->Intern(record::LabelOf(view, {}, "harbour", true));
  for (auto _ : state) benchmark::DoNotOptimize(engine->MaskFor(party, label, view.kind().number));
}
BENCHMARK(PolicyTable);

// The least that a table can cost: one look-up of a hashed key of the same size.
void CeilingLookup(benchmark::State& state) {
  absl::flat_hash_map<std::array<uint32_t, 4>, std::shared_ptr<int>> table;
  for (uint32_t i = 0; i < 64; ++i) table[{i, i + 1, i + 2, i + 3}] = std::make_shared<int>(1);
  const std::array<uint32_t, 4> key = {7, 8, 9, 10};
  for (auto _ : state) benchmark::DoNotOptimize(table.find(key)->second);
}
BENCHMARK(CeilingLookup);

// 500 labels that policies distinguish, a million records, 20 partners.
void PolicyPlan(benchmark::State& state) {
  const record::VerifiedView view = Committed(1);
  policy::Holdings holdings;
  for (size_t i = 0; i < 500; ++i) {
    policy::Label label = record::LabelOf(view, {}, "harbour", true);
    label.countries = std::vector<std::string>{absl::StrCat("L", i)};
    label.tlp = i % 2 == 0 ? "GREEN" : "AMBER";
    label.intelligence_grade = std::string(1, static_cast<char>('A' + i % 5));
    policy::Normalise(label);
    holdings.records.push_back({label, view.kind().number, 2000});
    for (const record::HeldSlot& slot : record::HeldSlotsOf(view)) {
      holdings.fields.push_back({label, view.kind().number, slot.slot, slot.rungs, {}, 2000});
    }
  }
  std::vector<policy::Party> partners;
  for (size_t i = 0; i < 20; ++i) partners.push_back(Partner(i));
  for (auto _ : state) {
    state.PauseTiming();
    const auto before = EngineOf(PolicyFor("bench", 0), OneCircle());
    const auto after = EngineOf(PolicyFor("bench", 1), OneCircle());
    state.ResumeTiming();
    benchmark::DoNotOptimize(Must(review::MakePlan(*before, *after, holdings, partners)));
  }
}
BENCHMARK(PolicyPlan)->Unit(benchmark::kMillisecond);

std::string ManyPolicies(size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) {
    absl::StrAppend(&text, "@id(\"p", i, "\") permit (principal in Circle::\"bench\", action == Action::\"disclose\", ",
                    "resource in Kind::\"phone\") when { resource.record.tlp in Tlp::\"AMBER\" } ",
                    "when { resource in [Precision::\"place.region\", Slot::\"phone.exploitation\"] };\n");
  }
  return text;
}

void PolicyValidate(benchmark::State& state) {
  const std::vector<policy::PolicySource> sources = {{"many.cedar", ManyPolicies(1000)}};
  const auto kinds = record::Shapes();
  const auto vocabulary = OneCircle();
  for (auto _ : state) benchmark::DoNotOptimize(review::Check(sources, kinds, vocabulary));
}
BENCHMARK(PolicyValidate)->Unit(benchmark::kMillisecond);

void PolicyParse(benchmark::State& state) {
  const std::string one = ManyPolicies(1);
  const std::string text = ManyPolicies((1 << 20) / one.size());
  for (auto _ : state) benchmark::DoNotOptimize(Must(cedar::PolicySet::Parse(text, "big.cedar")));
  state.counters["bytes"] = static_cast<double>(text.size());
}
BENCHMARK(PolicyParse)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tidegate::bench
