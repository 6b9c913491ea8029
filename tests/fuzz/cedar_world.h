#ifndef TIDEGATE_TESTS_FUZZ_CEDAR_WORLD_H_
#define TIDEGATE_TESTS_FUZZ_CEDAR_WORLD_H_

// A small world that fuzzed policies are run in.

#include <cstdlib>

#include "policy/cedar/cedar.h"

namespace tidegate::cedar {

inline const Schema& FuzzSchema() {
  static const Schema* const schema =
      new Schema(*Schema::ParseHuman("entity G in [G]; entity U in [G] = {n: Long, o?: {a: String}, d: decimal, f: U} "
                                     "tags String; entity C enum [\"r\"];"
                                     "action all; action view in all appliesTo {principal: U, resource: [U, C], "
                                     "context: {n?: Long, s: Set<String>}};"));
  return *schema;
}

inline const Entities& FuzzEntities() {
  static const Entities* const entities = new Entities(*Entities::FromJson(
      R"([{"uid": {"type": "U", "id": "a"}, "parents": [{"type": "G", "id": "g"}],
           "attrs": {"n": 1, "d": "1.5", "f": {"type": "U", "id": "a"}}, "tags": {"k": "v"}}])",
      &FuzzSchema()));
  return *entities;
}

// Decides and validates with what parsed.
inline void Exercise(const PolicySet& set) {
  Request request;
  request.principal = EntityUid("U", "a");
  request.action = EntityUid("Action", "view");
  request.resource = EntityUid("U", "b");
  request.context = Value::Record({{"n", Value::Long(3)}, {"s", Value::Set({Value::String("x")})}});
  const Response response = Authorize(set, request, FuzzEntities());
  if (response.decision == Decision::kAllow && response.reason.empty()) std::abort();
  Validate(set, FuzzSchema());
  for (const Policy& p : set.policies()) {
    p.AttributePathsRead();
    p.EntityLiterals();
  }
}

inline void CheckRoundTrip(const Policy& policy) {
  const auto text = PolicySet::Parse(policy.ToText());
  if (!text.ok()) std::abort();
  const Policy& from_text = policy.is_template() ? text->templates().at(0) : text->policies().at(0);
  if (!from_text.SameMeaningAs(policy)) std::abort();
  const auto json = PolicySet::PolicyFromJson(policy.ToJson(), "p");
  if (!json.ok()) std::abort();
  const Policy& from_json = policy.is_template() ? json->templates().at(0) : json->policies().at(0);
  if (!from_json.SameMeaningAs(policy)) std::abort();
}

}  // namespace tidegate::cedar

#endif  // TIDEGATE_TESTS_FUZZ_CEDAR_WORLD_H_
