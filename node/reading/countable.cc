#include "node/reading/countable.h"

#include <algorithm>
#include <map>
#include <utility>

#include "node/reading/labels.h"

namespace tidegate::reading {
namespace {

// A count is opened in about a microsecond. Each label is one more set for the index to ask.
constexpr uint64_t kMostCounts = 16384;
constexpr size_t kMostLabels = 32;

// What is known of the records with one label.
struct OfLabel {
  bool read = true;                                        // all of them may be read
  bool whole = true;                                       // every field of theirs is seen as it is held
  std::map<std::pair<uint32_t, uint16_t>, uint64_t> seen;  // by kind and slot: how many records have it and show it
  std::map<uint32_t, uint64_t> records;                    // by kind
};

// Whether the records of each kind all have one field that is seen.
bool EachShowsSomething(const OfLabel& label) {
  return std::all_of(label.records.begin(), label.records.end(), [&label](const auto& of_kind) {
    return std::any_of(label.seen.begin(), label.seen.end(), [&of_kind](const auto& field) {
      return field.first.first == of_kind.first && field.second == of_kind.second;
    });
  });
}

}  // namespace

std::optional<Countable> Countable::Begin(const store::Reader& reader, const policy::Engine& engine,
                                          const policy::Principal& who, const std::string& reason) {
  if (reader.CountsHeld() > kMostCounts) return std::nullopt;
  const auto holdings = reader.Holdings();
  if (!holdings.ok()) return std::nullopt;
  std::map<std::string, OfLabel> labels;
  const auto access = [&](const label::Label& label, uint32_t kind, std::vector<policy::HeldField> fields) {
    policy::Candidate candidate;
    candidate.kind = kind;
    candidate.label = engine.Intern(label);
    candidate.fields = std::move(fields);
    return engine.Read(who, candidate, reason);
  };
  for (const label::RecordCount& count : holdings->records) {
    if (count.records == 0) continue;
    OfLabel& known = labels[label::EncodeLabel(count.label)];
    known.records[count.kind] += count.records;
    known.read &= access(count.label, count.kind, {}).allowed();
  }
  for (const label::FieldCount& count : holdings->fields) {
    if (count.fields == 0) continue;
    OfLabel& known = labels[label::EncodeLabel(count.label)];
    const policy::MarkingHandle marking = count.marking.empty() ? nullptr : engine.Intern(count.marking);
    const auto ruling = access(count.label, count.kind, {{count.slot, count.held, marking}});
    const bool seen =
        ruling.allowed() && count.slot < ruling->rungs().size() && ruling->rungs()[count.slot] != policy::kWithheld;
    known.whole &= seen && !ruling->narrows();
    if (seen) known.seen[{count.kind, count.slot}] += count.fields;
  }
  Countable countable;
  for (const auto& [label, known] : labels) {
    if (!known.read) {
      countable.hidden_.push_back(label);
    } else if (!known.whole) {
      (EachShowsSomething(known) ? countable.part_ : countable.unsure_).push_back(label);
    }
  }
  return countable;
}

std::optional<Countable::Parts> Countable::Divide(const search::Plan& plan) const {
  const auto exact = search::ExactOf(plan.meaning, plan.sight);
  if (!exact) return std::nullopt;
  std::vector<std::string> opened = unsure_;
  if (exact->of_whole) opened.insert(opened.end(), part_.begin(), part_.end());
  std::vector<std::string> not_counted = opened;
  not_counted.insert(not_counted.end(), hidden_.begin(), hidden_.end());
  if (not_counted.size() > kMostLabels) return std::nullopt;
  const store::Where uncertain = search::Uncertain(plan.sight);
  return Parts{exact->where, store::Where::All({exact->where, AnyLabelled(not_counted, {uncertain})}),
               store::Where::All({plan.query.where, AnyLabelled(opened, {uncertain})})};
}

}  // namespace tidegate::reading
