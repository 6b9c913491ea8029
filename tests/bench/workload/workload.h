// The standard workload: made-up telephone numbers, record i the same on every machine. docs/performance.md says how it
// differs from the workload of ARCHITECTURE.md §10.
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

// Between two records of a live measurement, so that what the first one leaves to do (its receipt) is done before the
// second comes.
inline constexpr std::chrono::milliseconds kRest(20);

// A benchmark has no business going on after a failure.
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

// Field and text as a person writes it, and as a CSV column or STIX extension holds it.
using Texts = std::vector<std::pair<std::string, std::string>>;
Texts FieldsOf(uint64_t i);
Texts HandlingOf(uint64_t i);

record::Draft DraftOf(uint64_t i);
record::VerifiedView Committed(uint64_t i);
// Half of the fields, as the benchmark's policy opens them.
std::vector<int8_t> HalfOpened();

// Objects [from, from + count) as files of `tidegate import`.
std::string StixBundle(uint64_t from, uint64_t count);
std::string CsvFile(uint64_t from, uint64_t count);
std::string CsvMapping();
// One partner's policy; each `variant` opens other precisions.
std::string PolicyFor(std::string_view circle, int variant);

}  // namespace tidegate::bench

#endif  // TIDEGATE_TESTS_BENCH_WORKLOAD_WORKLOAD_H_
