#ifndef TIDEGATE_POLICY_CEDAR_ENTITIES_H_
#define TIDEGATE_POLICY_CEDAR_ENTITIES_H_

// Part of the door `policy/cedar/cedar.h`; include that.
// Entities and the hierarchy they form.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "policy/cedar/value.h"

namespace tidegate::cedar {

class Schema;

struct Entity {
  EntityUid uid;
  std::vector<EntityUid> parents;  // need not exist in the store
  std::vector<Value::Field> attrs;
  std::vector<Value::Field> tags;
};

// A store of entities, with the closure of their hierarchy. Once made, it is immutable. It is cheap to share: a copy is
// a pointer.
//
// Stores may be layered: a few entities of one request lie over a large hierarchy that all requests share. The cost of
// a layer depends on its own entities and their ancestors, and not on the base. An entity of the layer hides the entity
// of the base with the same uid. Entities of the base keep the ancestors that they had when the base was made.
class Entities {
 public:
  Entities();  // empty
  // Errors: InvalidArgument if an entity comes twice with different contents, or is its own ancestor.
  static absl::StatusOr<Entities> Make(std::vector<Entity> entities);
  static absl::StatusOr<Entities> Layer(const Entities& base, std::vector<Entity> entities);

  // From Cedar's JSON form: an array of {uid, attrs, parents, tags?}. With a schema, values are read as the types it
  // declares (so `"1.0"` may be a decimal and `{"type": .., "id": ..}` an entity), entities must conform to it, and its
  // action entities are added. Errors: InvalidArgument naming the entity and attribute; where the form is wrong, with
  // file, line, column and a caret.
  static absl::StatusOr<Entities> FromJson(std::string_view text, const Schema* schema = nullptr,
                                           std::string_view filename = "");
  std::string ToJson() const;

  // Whether `descendant` is `ancestor`, or is below it. Entities that are not in the store have no ancestors.
  bool In(const EntityUid& descendant, const EntityUid& ancestor) const;
  bool Has(const EntityUid& uid) const;
  // The attributes or tags of an entity as a record value, or null if the entity is not in the store.
  const Value* Attrs(const EntityUid& uid) const;
  const Value* Tags(const EntityUid& uid) const;
  // All ancestors of an entity, without itself, sorted. Empty if the entity is not in the store.
  std::vector<EntityUid> Ancestors(const EntityUid& uid) const;
  std::vector<EntityUid> Parents(const EntityUid& uid) const;
  // All uids of this store and of the stores below it, sorted.
  std::vector<EntityUid> Uids() const;
  size_t size() const;

  struct Node;    // private to the room
  struct Layers;  // private to the room
  // For the room: the stored entity, or null.
  const Node* Find(const EntityUid& uid) const;

 private:
  explicit Entities(std::shared_ptr<const Layers> layers) : layers_(std::move(layers)) {}
  std::shared_ptr<const Layers> layers_;
};

}  // namespace tidegate::cedar

#endif  // TIDEGATE_POLICY_CEDAR_ENTITIES_H_
