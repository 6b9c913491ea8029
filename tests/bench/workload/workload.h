// The standard workload: records of made-up telephone numbers. Record i is the same on every machine.
// docs/performance.md says how it differs from the workload of ARCHITECTURE.md §10.
#ifndef TIDEGATE_TESTS_BENCH_WORKLOAD_WORKLOAD_H_
#define TIDEGATE_TESTS_BENCH_WORKLOAD_WORKLOAD_H_

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "node/record/record.h"

namespace tidegate::bench {

// The pause between two records of a live measurement. In it the work that the first one leaves (its receipt) is done.
inline constexpr std::chrono::milliseconds kRest(20);

// Ends the process after a failure: a benchmark must not go on then.
template <typename T>
T Must(absl::StatusOr<T> value) {
  if (!value.ok()) {
    std::cerr << value.status() << std::endl;
    std::abort();
  }
  return *std::move(value);
}
inline void Must(const absl::Status& status) {
  if (!status.ok()) {
    std::cerr << status << std::endl;
    std::abort();
  }
}

// A field and its text, as a person writes it, and as a CSV column or a STIX extension has it.
using Texts = std::vector<std::pair<std::string, std::string>>;
Texts FieldsOf(uint64_t i);
Texts HandlingOf(uint64_t i);

record::Draft DraftOf(uint64_t i);
record::VerifiedView Committed(uint64_t i);
// Half of the fields, at the rungs at which the benchmark's policy opens them.
std::vector<int8_t> HalfOpened();

// Objects [from, from + count) as files of `tidegate import`.
std::string StixBundle(uint64_t from, uint64_t count);
std::string CsvFile(uint64_t from, uint64_t count);
std::string CsvMapping();
// One partner's policy. Each `variant` opens other precisions.
std::string PolicyFor(std::string_view circle, int variant);

}  // namespace tidegate::bench

#endif  // TIDEGATE_TESTS_BENCH_WORKLOAD_WORKLOAD_H_
