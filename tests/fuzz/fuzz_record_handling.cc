// The TLVs of handling, attributes and local facts: accepted implies re-encodes identically.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "node/record/draft.h"

namespace record = tidegate::record;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (const auto handling = record::DecodeHandling(input); handling.ok()) {
    const absl::StatusOr<std::string> again = record::EncodeHandling(*handling);
    if (!again.ok() || *again != input) std::abort();
    record::DisplayHandling(*handling);
  }
  if (const auto attributes = record::DecodeAttributes(input); attributes.ok()) {
    const absl::StatusOr<std::string> again = record::EncodeAttributes(*attributes);
    if (!again.ok() || *again != input) std::abort();
  }
  if (const auto facts = record::DecodeLocalFacts(input); facts.ok()) {
    // Version 1 was written without checks: any contents are read, and written as version 2 or refused.
    const absl::StatusOr<std::string> again = record::EncodeLocalFacts(*facts);
    if (input.front() != 1 && (!again.ok() || *again != input)) std::abort();
    if (again.ok() && record::DecodeLocalFacts(*again).value() != *facts) std::abort();
  }
  // The first word names a marking, the rest is what a person wrote.
  record::Handling handling;
  const size_t space = input.find(' ');
  if (space != std::string_view::npos && handling.Set(input.substr(0, space), input.substr(space + 1)).ok()) {
    if (handling.handling_code != "C" && !record::EncodeHandling(handling).ok()) std::abort();
  }
  return 0;
}
