// Postings and counts against what the records themselves say.
#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "node/store/verify/run.h"

namespace tidegate::verify {
namespace {

// Beyond this many pairs a mismatch is reported without names, so that memory stays bounded.
constexpr uint64_t kMostNamedPairs = 20'000'000;

// Slower: finds which pairs are missing and which are too many.
void NamePairs(Run& run) {
  absl::flat_hash_map<Digest, uint64_t> expected;  // to the arrival
  const vault::BlindTermBytes own = run.IndexTerm(kOwnBlind, "");
  run.disk.ForEach("arrivals", "", [&](std::string_view key, std::string_view sealed) {
    absl::StatusOr<std::string> plain = run.disk.Open("arrivals", key, sealed);
    ArrivalRow row;
    if (!plain.ok() || !DecodeArrival(*plain, row)) return true;
    const uint64_t seq = Fields(key).Fixed(8);
    if (row.own || !row.is_record()) expected[run.DigestOf(own, seq)] = seq;
    if (!row.is_record()) return true;
    absl::StatusOr<record::View> view = record::DecodeHeld(row.view);
    if (!view.ok()) return true;
    if (absl::StatusOr<record::Statement> statement = record::ParseStatement(view->statement); statement.ok()) {
      for (const auto& term : run.NamesOf(record::LogLeaf(view->statement), statement->record_id)) {
        expected[run.DigestOf(term, seq)] = seq;
      }
    }
    if (!row.shown()) return true;
    absl::StatusOr<record::VerifiedView> verified = record::Verify(*std::move(view));
    const std::string where = "arrival";
    std::optional<std::string> origin = run.Interned(kParties, row.origin, where);
    absl::StatusOr<record::LocalFacts> local = record::DecodeLocalFacts(row.local);
    if (!verified.ok() || !origin.has_value() || !local.ok()) return true;
    for (const vault::BlindTermBytes& term : run.TermsOf(row, *verified, *origin, *local)) {
      expected[run.DigestOf(term, seq)] = seq;
    }
    return true;
  });
  run.index.ForEach(false, [&](const vault::BlindTermBytes& term, uint64_t number) {
    if (expected.erase(run.DigestOf(term, number)) == 0) {
      run.disk.Found("postings", absl::StrCat("term ", Hex(crypto::View(term)), ", arrival ", number),
                     "is there without the record saying so");
    }
  });
  std::map<uint64_t, uint64_t> missing;  // per arrival
  for (const auto& pair : expected) ++missing[pair.second];
  for (const auto& [seq, count] : missing) {
    run.disk.Found("postings", absl::StrCat("arrival ", seq),
                   absl::StrCat("is missing under ", count, " of its terms"));
  }
}

std::string NameCount(std::string_view key) {
  Fields in(key);
  const bool field = in.Fixed(1) == 1;
  std::string name = absl::StrCat("label ", in.Fixed(4), " kind ", in.Fixed(4));
  const uint64_t slot = in.Fixed(2), rungs = in.Fixed(2), marking = in.Fixed(4);
  if (field) absl::StrAppend(&name, " slot ", slot, " rungs ", rungs, " marking ", marking);
  return name;
}

}  // namespace

void CheckPostings(Run& run) {
  if (run.disk.Raw("meta", "anew").has_value()) {
    run.disk.Found("meta", "anew", "says that the index is being made anew; verify again once the node has started");
    return;
  }
  PairSum found;
  run.index.ForEach(true,
                    [&](const vault::BlindTermBytes& term, uint64_t number) { found.Add(run.DigestOf(term, number)); });
  run.disk.report().postings = found.count();
  if (found == run.expected_pairs || !run.terms_are_known) return;
  if (found.count() + run.expected_pairs.count() > kMostNamedPairs) {
    run.disk.Found("postings", "the table", "does not agree with the records; restore a backup");
    return;
  }
  const uint64_t before = run.disk.report().fault_count;
  NamePairs(run);
  if (run.disk.report().fault_count == before) {
    run.disk.Found("postings", "the table", "holds an arrival twice under one term");
  }
}

void CheckCounts(Run& run) {
  run.disk.ForEach("counts", "", [&](std::string_view key, std::string_view sealed) {
    const std::string where = NameCount(key);
    auto expected = run.expected_counts.find(std::string(key));
    std::optional<std::string> plain = run.disk.Unseal("counts", key, sealed, where);
    const uint64_t wanted = expected == run.expected_counts.end() ? 0 : expected->second;
    if (plain.has_value()) {
      Fields in(*plain);
      const uint64_t count = in.Fixed(8);
      if (!in.done() || count != wanted) {
        run.disk.Found("counts", where, absl::StrCat("says ", count, " where the records say ", wanted));
      }
    }
    if (expected != run.expected_counts.end()) run.expected_counts.erase(expected);
    return true;
  });
  for (const auto& [key, count] : run.expected_counts) {
    run.disk.Found("counts", NameCount(key), absl::StrCat("is missing; the records say ", count));
  }
}

}  // namespace tidegate::verify
