// Any text as entities and as a context, with and without a schema. Text that parses must come back the same.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "tests/fuzz/cedar_world.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace cedar = tidegate::cedar;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto entities = cedar::Entities::FromJson(text);
  if (entities.ok()) {
    const auto again = cedar::Entities::FromJson(entities->ToJson());
    if (!again.ok() || again->ToJson() != entities->ToJson()) std::abort();
    cedar::ValidateEntities(*entities, cedar::FuzzSchema()).IgnoreError();
  }
  const cedar::EntityUid view("Action", "view");
  cedar::Entities::FromJson(text, &cedar::FuzzSchema()).status().IgnoreError();
  cedar::ContextFromJson(text).status().IgnoreError();
  cedar::ContextFromJson(text, &cedar::FuzzSchema(), &view).status().IgnoreError();
  return 0;
}
