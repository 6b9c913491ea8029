// From declarations to a model: names qualified, common types expanded, hierarchies closed.

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "policy/cedar/schema_decl.h"

namespace tidegate::cedar {
namespace {

std::string Qualified(std::string_view space, std::string_view name) {
  return space.empty() ? std::string(name) : Cat(space, "::", name);
}

TypePtr BuiltIn(std::string_view name) {
  if (name == "Long") return Basic(TypeKind::kLong);
  if (name == "String") return Basic(TypeKind::kString);
  if (name == "Bool") return Basic(TypeKind::kBool);
  return ExtensionType(name);
}

constexpr std::string_view kBuiltInSpace = "__cedar::";

// Shared types make an expanded type small in memory but not to those who walk it, so that its size as a tree is
// bounded.
constexpr uint64_t kMaxTypeSize = 100'000;

class Resolver {
 public:
  explicit Resolver(const Source& source) : source_(source) {}

  absl::StatusOr<SchemaModel> Run(const std::vector<NamespaceDecl>& spaces) {
    for (const NamespaceDecl& s : spaces) Declare(s);
    for (const NamespaceDecl& s : spaces) CheckShadowing(s);
    for (const NamespaceDecl& s : spaces) {
      for (const CommonDecl& c : s.commons) Common(Qualified(s.name, c.name));
    }
    for (const NamespaceDecl& s : spaces) {
      for (const EntityDecl& e : s.entities) ResolveEntity(s.name, e);
      for (const ActionDecl& a : s.actions) ResolveAction(s.name, a);
    }
    if (status_.ok()) CloseTypes();
    if (status_.ok()) CloseActions();
    if (!status_.ok()) return status_;
    return std::move(model_);
  }

 private:
  struct CommonState {
    std::string space;
    const CommonDecl* decl = nullptr;
    TypePtr type;
    bool open = false;
  };

  void Fail(uint32_t at, std::string_view what) {
    if (!status_.ok()) return;
    status_ = source_.text().empty() ? Invalid(Cat("schema: ", what)) : source_.Error(at, what);
  }

  void Declare(const NamespaceDecl& s) {
    for (const CommonDecl& c : s.commons) {
      const std::string name = Qualified(s.name, c.name);
      if (!commons_.try_emplace(name, CommonState{s.name, &c, nullptr, false}).second) {
        Fail(c.at, Cat("type `", name, "` is declared twice"));
      }
    }
    for (const EntityDecl& e : s.entities) {
      const std::string name = Qualified(s.name, e.name);
      if (e.name == "Action") Fail(e.at, "`Action` is the type of actions and cannot be declared");
      EntityTypeModel type;
      type.name = name;
      if (!model_.entity_types.try_emplace(name, std::move(type)).second) {
        Fail(e.at, Cat("entity type `", name, "` is declared twice"));
      }
    }
    for (const ActionDecl& a : s.actions) {
      ActionModel action;
      action.uid = EntityUid(Qualified(s.name, "Action"), a.name);
      model_.action_types.insert(action.uid.type());
      const EntityUid uid = action.uid;
      action_at_[uid] = a.at;
      if (!model_.actions.try_emplace(uid, std::move(action)).second) {
        Fail(a.at, Cat("action `", uid.ToString(), "` is declared twice"));
      }
    }
  }

  // A name of the empty namespace may not be declared again in another, where it would silently mean something else.
  void CheckShadowing(const NamespaceDecl& s) {
    if (s.name.empty()) return;
    const auto check = [this, &s](const std::string& name, uint32_t at) {
      if (commons_.contains(name) || model_.entity_types.count(name) > 0) {
        Fail(at, Cat("`", s.name, "::", name, "` would hide `", name, "` of the empty namespace; rename one of them"));
      }
    };
    for (const CommonDecl& c : s.commons) check(c.name, c.at);
    for (const EntityDecl& e : s.entities) check(e.name, e.at);
    for (const ActionDecl& a : s.actions) {
      if (model_.actions.count(EntityUid("Action", a.name)) > 0) {
        Fail(a.at, Cat("action `", a.name, "` of `", s.name, "` would hide the one of the empty namespace"));
      }
    }
  }

  // The candidates that a name may mean, nearest first.
  static std::vector<std::string> Candidates(const std::string& space, const std::string& name) {
    if (space.empty() || name.find("::") != std::string::npos) return {name};
    return {Qualified(space, name), name};
  }

  std::string EntityName(const std::string& space, const std::string& name, uint32_t at) {
    for (std::string& candidate : Candidates(space, name)) {
      if (model_.entity_types.count(candidate) > 0) return std::move(candidate);
    }
    Fail(at, Cat("there is no entity type `", name, "`", Expected(name, KnownNames(space, false))));
    return "";
  }

  std::vector<std::string_view> KnownNames(const std::string& space, bool commons) const {
    std::vector<std::string_view> names;
    const std::string prefix = space.empty() ? "" : space + "::";
    const auto add = [&](std::string_view name) {
      names.push_back(name);
      if (!prefix.empty() && name.substr(0, prefix.size()) == prefix) names.push_back(name.substr(prefix.size()));
    };
    for (const auto& [name, type] : model_.entity_types) add(name);
    if (!commons) return names;
    for (const auto& [name, state] : commons_) add(name);
    names.insert(names.end(), {"Long", "String", "Bool", "Set", "decimal", "ipaddr", "datetime", "duration"});
    return names;
  }

  TypePtr Resolve(const std::string& space, const TypeDecl& decl) {
    switch (decl.kind) {
      case TypeDecl::Kind::kBasic:
        return decl.basic;
      case TypeDecl::Kind::kSet:
        return Sized(SetOf(Resolve(space, *decl.element)), decl.at);
      case TypeDecl::Kind::kRecord: {
        std::map<std::string, AttributeType> attributes;  // a name given twice: the last holds
        for (const AttributeDecl& a : decl.attributes) {
          attributes[a.name] = {a.name, Resolve(space, *a.type), a.required};
        }
        std::vector<AttributeType> list;
        list.reserve(attributes.size());
        for (auto& [name, attribute] : attributes) list.push_back(std::move(attribute));
        return Sized(RecordOf(std::move(list)), decl.at);
      }
      case TypeDecl::Kind::kEntityName:
        return EntityOf(EntityName(space, decl.name, decl.at));
      default:
        return ResolveName(space, decl);
    }
  }

  TypePtr ResolveName(const std::string& space, const TypeDecl& decl) {
    const bool entities = decl.kind == TypeDecl::Kind::kAnyName;
    for (const std::string& candidate : Candidates(space, decl.name)) {
      if (commons_.contains(candidate)) return Common(candidate);
      if (entities && model_.entity_types.count(candidate) > 0) return EntityOf(candidate);
    }
    std::string_view plain = decl.name;
    if (plain.substr(0, kBuiltInSpace.size()) == kBuiltInSpace) plain.remove_prefix(kBuiltInSpace.size());
    if (TypePtr type = BuiltIn(plain)) return type;
    Fail(decl.at, Cat("there is no type `", decl.name, "`", Expected(decl.name, KnownNames(space, true))));
    return Basic(TypeKind::kBool);
  }

  // A common type, expanded once. Depth of references is bounded with that of nesting.
  TypePtr Common(const std::string& name) {
    CommonState& state = commons_.at(name);
    if (state.type != nullptr) return state.type;
    if (state.open) {
      Fail(state.decl->at, Cat("type `", name, "` is made of itself"));
      return Basic(TypeKind::kBool);
    }
    if (depth_ >= kMaxDepth) {
      Fail(state.decl->at, Cat("types are nested deeper than ", kMaxDepth, " levels"));
      return Basic(TypeKind::kBool);
    }
    state.open = true;
    ++depth_;
    TypePtr type = Resolve(state.space, *state.decl->type);
    --depth_;
    CommonState& same = commons_.at(name);
    same.open = false;
    same.type = type;
    return type;
  }

  struct Extent {
    uint64_t size = 1;
    uint32_t depth = 1;
  };

  TypePtr Sized(TypePtr type, uint32_t at) {
    Extent extent;
    const auto grow = [this, &extent](const TypePtr& part) {
      const auto known = extents_.find(part.get());
      const Extent of = known == extents_.end() ? Extent{} : known->second;
      extent.size += of.size;
      extent.depth = std::max(extent.depth, of.depth + 1);
    };
    if (type->element != nullptr) grow(type->element);
    for (const AttributeType& a : type->attributes) grow(a.type);
    if (extent.size > kMaxTypeSize || extent.depth > kMaxDepth) {
      Fail(at, "this type is too large when its common types are written out");
      return Basic(TypeKind::kBool);
    }
    extents_[type.get()] = extent;
    kept_.push_back(type);  // the map's keys stay valid
    return type;
  }

  void ResolveEntity(const std::string& space, const EntityDecl& e) {
    TypePtr shape = e.shape == nullptr ? RecordOf({}) : Resolve(space, *e.shape);
    if (shape->kind != TypeKind::kRecord) Fail(e.at, Cat("the shape of entity type `", e.name, "` is no record"));
    TypePtr tags = e.tags == nullptr ? nullptr : Resolve(space, *e.tags);
    EntityTypeModel& type = model_.entity_types.find(Qualified(space, e.name))->second;
    type.attributes = std::move(shape);
    type.tags = std::move(tags);
    for (const NameRef& p : e.parents) type.up.insert(EntityName(space, p.name, p.at));
    if (e.ids) type.ids.emplace(e.ids->begin(), e.ids->end());
  }

  void ResolveAction(const std::string& space, const ActionDecl& a) {
    TypePtr context = a.context == nullptr ? RecordOf({}) : Resolve(space, *a.context);
    if (context->kind != TypeKind::kRecord) Fail(a.at, Cat("the context of action `", a.name, "` is no record"));
    ActionModel& action = model_.actions.at(EntityUid(Qualified(space, "Action"), a.name));
    action.context = std::move(context);
    for (const NameRef& p : a.principals) action.principals.insert(EntityName(space, p.name, p.at));
    for (const NameRef& r : a.resources) action.resources.insert(EntityName(space, r.name, r.at));
    for (const ActionRef& p : a.parents) action.parents.push_back(ActionName(space, p));
  }

  EntityUid ActionName(const std::string& space, const ActionRef& ref) {
    const std::string type = ref.type.empty() ? "Action" : ref.type;
    for (const std::string& candidate : Candidates(space, type)) {
      EntityUid uid(candidate, ref.id);
      if (model_.actions.count(uid) > 0) return uid;
    }
    std::vector<std::string_view> names;
    for (const auto& [uid, action] : model_.actions) names.push_back(uid.id());
    Fail(ref.at, Cat("there is no action `", EntityUid(type, ref.id).ToString(), "`", Expected(ref.id, names)));
    return EntityUid();
  }

  // Types may contain themselves (`entity Group in [Group]`): a plain search from each.
  void CloseTypes() {
    std::map<std::string, std::set<std::string, std::less<>>, std::less<>> closed;
    size_t total = 0;
    for (const auto& [name, type] : model_.entity_types) {
      std::vector<std::string_view> todo(type.up.begin(), type.up.end());
      auto& up = closed[name];
      while (!todo.empty()) {
        const std::string_view next = todo.back();
        todo.pop_back();
        if (!up.emplace(next).second) continue;
        const auto& more = model_.entity_types.find(next)->second.up;
        todo.insert(todo.end(), more.begin(), more.end());
      }
      total += up.size();
      if (total > kMaxHierarchy) return Fail(0, "the hierarchy of entity types is too large");
    }
    for (auto& [name, type] : model_.entity_types) type.up = std::move(closed[name]);
  }

  void CloseActions() {
    size_t total = 0;
    for (auto& [uid, action] : model_.actions) {
      std::vector<EntityUid> todo = action.parents;
      while (!todo.empty()) {
        const EntityUid next = todo.back();
        todo.pop_back();
        if (next == uid) return Fail(action_at_[uid], Cat("action `", uid.ToString(), "` is a member of itself"));
        if (!action.ancestors.insert(next).second) continue;
        const auto& more = model_.actions.at(next).parents;
        todo.insert(todo.end(), more.begin(), more.end());
      }
      total += action.ancestors.size();
      if (total > kMaxHierarchy) return Fail(0, "the hierarchy of actions is too large");
    }
  }

  static constexpr size_t kMaxHierarchy = 2'000'000;
  const Source& source_;
  SchemaModel model_;
  TextMap<CommonState> commons_;
  absl::flat_hash_map<EntityUid, uint32_t> action_at_;
  absl::flat_hash_map<const Type*, Extent> extents_;
  std::vector<TypePtr> kept_;
  uint32_t depth_ = 0;
  absl::Status status_;
};

}  // namespace

bool IsReservedTypeName(std::string_view name) {
  for (std::string_view reserved : {"Bool", "Boolean", "Entity", "Extension", "Long", "Record", "Set", "String"}) {
    if (name == reserved) return true;
  }
  return false;
}

absl::StatusOr<SchemaModel> ResolveSchema(const std::vector<NamespaceDecl>& namespaces, const Source& source) {
  return Resolver(source).Run(namespaces);
}

}  // namespace tidegate::cedar
