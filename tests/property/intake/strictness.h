// How strict a draft is, for the tests that no import makes anything less strict.
#ifndef TIDEGATE_TESTS_PROPERTY_INTAKE_STRICTNESS_H_
#define TIDEGATE_TESTS_PROPERTY_INTAKE_STRICTNESS_H_

#include <algorithm>
#include <string_view>

#include "node/record/draft.h"

namespace tidegate::intake {

// The TLP of a field: its own or the whole draft's, whichever is stricter. A field that is not kept cannot leave: RED.
inline record::Tlp TlpOfField(const record::Draft& draft, std::string_view name) {
  const auto field = draft.fields.find(draft.kind->FindSlot(name)->number);
  if (field == draft.fields.end()) return record::Tlp::kRed;
  return std::max(draft.handling.effective_tlp(), field->second.attributes.tlp.value_or(record::Tlp::kClear));
}

}  // namespace tidegate::intake

#endif  // TIDEGATE_TESTS_PROPERTY_INTAKE_STRICTNESS_H_
