// Any text as a schema, in the human syntax and in JSON. A schema that parses is used to validate a policy.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tests/fuzz/cedar_world.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace cedar = tidegate::cedar;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static const auto* const policies = new cedar::PolicySet(*cedar::PolicySet::Parse(
      "permit(principal, action, resource) when { principal has name && principal.name == \"x\" && context.n < 3 };"));
  for (const auto& schema : {cedar::Schema::ParseHuman(text, "fuzz"), cedar::Schema::ParseJson(text)}) {
    if (!schema.ok()) continue;
    cedar::Validate(*policies, *schema);
    cedar::Entities::Make(schema->ActionEntities()).value();
  }
  return 0;
}
