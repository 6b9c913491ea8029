// Validation of whole policies: the names they use, the requests they can apply to, and the types of their conditions.

#include <algorithm>
#include <set>
#include <utility>

#include "policy/cedar/policy_set_impl.h"
#include "policy/cedar/schema.h"
#include "policy/cedar/schema_model.h"
#include "policy/cedar/typecheck.h"

namespace tidegate::cedar {
namespace {

class PolicyValidator {
 public:
  PolicyValidator(const SchemaModel& schema, MixedLists mixed, const std::vector<EntityUid>* unsaid,
                  ValidationResult& result)
      : schema_(schema), mixed_(mixed), unsaid_(unsaid), result_(result) {
    for (const auto& [uid, action] : schema.actions) {
      for (const std::string& p : action.principals) {
        for (const std::string& r : action.resources) envs_.push_back({p, &action, r});
      }
      action_names_.push_back(uid.id());
    }
    type_names_ = schema.TypeNames();
    for (const std::string& name : schema.action_types) type_names_.push_back(name);
  }

  // A linked policy is checked by the entities that its slots are filled with; the rest was checked with its template.
  void Validate(const Policy& policy) {
    policy_ = &policy;
    body_ = &policy.body();
    errors_.clear();
    const ScopeConstraint principal = policy.principal();
    const ScopeConstraint action = policy.action();
    const ScopeConstraint resource = policy.resource();
    const bool linked = !policy.template_id().empty();
    if (linked) {
      if (body_->principal.slot) CheckFilled(principal, body_->principal_places.at);
      if (body_->resource.slot) CheckFilled(resource, body_->resource_places.at);
    } else {
      CheckNames(principal, body_->principal_places);
      CheckNames(action, body_->action_places);
      CheckNames(resource, body_->resource_places);
      CheckEmptyList(action);
      CheckLiterals();
    }
    const auto [in_scope, may_hold] = CheckConditions(principal, action, resource, linked);
    if (!in_scope && errors_.empty()) {
      Add(body_->effect_at,
          "the policy can never apply: no action of the schema takes the principals and resources of its scope");
    }
    for (const TypeError& e : errors_) Report(result_.errors, e.at, e.message);
    if (!errors_.empty() || may_hold) return;
    Report(result_.warnings, body_->effect_at,
           "the policy can never apply: its conditions are false for every request that the schema allows");
  }

 private:
  struct Reach {
    bool in_scope = false;  // some environment matches the scope
    bool may_hold = false;  // in some, the conditions are not known to be false
  };

  Reach CheckConditions(const ScopeConstraint& principal, const ScopeConstraint& action,
                        const ScopeConstraint& resource, bool linked) {
    Reach reach;
    TypeChecker types(*body_, schema_, mixed_);
    for (const RequestEnv& env : envs_) {
      if (!ActionMatches(action, env.action->uid) || !PartyMatches(principal, env.principal) ||
          !PartyMatches(resource, env.resource)) {
        continue;
      }
      reach.in_scope = true;
      reach.may_hold = types.MayHold(env) || reach.may_hold;
    }
    if (linked) {
      reach.may_hold = reach.may_hold || !types.errors().empty();  // errors are the template's to report
    } else {
      errors_.insert(types.errors().begin(), types.errors().end());
    }
    return reach;
  }

  void CheckEmptyList(const ScopeConstraint& action) {
    if (!action.list || !action.entities.empty()) return;
    Add(body_->action_places.at, "an empty list of actions has no type, so that validation does not allow it");
  }

  void Add(uint32_t at, std::string message) { errors_.insert({at, std::move(message)}); }

  void Report(std::vector<Finding>& list, uint32_t at, std::string message) {
    Finding finding;
    finding.policy_id = policy_->id();
    finding.message = std::move(message);
    if (body_->source != nullptr) {
      finding.position = body_->source->At(at);
      finding.snippet = body_->source->Snippet(at);
    }
    list.push_back(std::move(finding));
  }

  bool IsDeclared(std::string_view type) const {
    return schema_.FindType(type) != nullptr || schema_.IsActionType(type);
  }

  void CheckType(std::string_view type, uint32_t at) {
    if (IsDeclared(type)) return;
    Add(at, Cat("the schema has no entity type `", type, "`", Expected(type, type_names_)));
  }

  void CheckEntity(const EntityUid& uid, uint32_t at) {
    if (schema_.IsActionType(uid.type())) {
      if (schema_.FindAction(uid) != nullptr) return;
      return Add(at, Cat("the schema has no action `", uid.ToString(), "`", Expected(uid.id(), action_names_)));
    }
    const EntityTypeModel* type = schema_.FindType(uid.type());
    if (type == nullptr) return CheckType(uid.type(), at);
    if (!type->ids || type->ids->count(uid.id()) > 0) return;
    const std::vector<std::string_view> ids(type->ids->begin(), type->ids->end());
    Add(at, Cat("`", uid.ToString(), "` is none of the entities that its type enumerates", Expected(uid.id(), ids)));
  }

  void CheckNames(const ScopeConstraint& c, const ScopePlaces& places) {
    if (!c.type.empty()) CheckType(c.type, places.type_at);
    for (size_t i = 0; i < c.entities.size(); ++i) CheckEntity(c.entities[i], places.EntityAt(i));
  }

  // Cedar checks no more of what fills a slot than its type.
  void CheckFilled(const ScopeConstraint& c, uint32_t at) {
    const EntityUid& uid = c.entities[0];
    CheckType(uid.type(), at);
    const EntityTypeModel* type = schema_.FindType(uid.type());
    if (type == nullptr || !type->ids || type->ids->count(uid.id()) > 0) return;
    Report(result_.warnings, at, Cat("`", uid.ToString(), "` is none of the entities that its type enumerates"));
  }

  void CheckLiterals() {
    for (const Node& n : body_->nodes) {
      if (n.op == Op::kIs || n.op == Op::kIsIn) CheckType(body_->strings[n.b], n.at);
      if (n.op == Op::kLiteral && body_->constant(n).is_entity()) CheckEntity(body_->constant(n).AsEntity(), n.at);
    }
  }

  // A scope with a name that the schema does not know was reported; it matches everything, so that the conditions are
  // still looked at and all that is wrong is said at once.
  bool ActionMatches(const ScopeConstraint& c, const EntityUid& action) const {
    if (c.kind == ScopeConstraint::Kind::kAny) {
      return unsaid_ == nullptr || std::find(unsaid_->begin(), unsaid_->end(), action) != unsaid_->end();
    }
    const auto known = [this](const EntityUid& e) { return schema_.FindAction(e) != nullptr; };
    if (!std::all_of(c.entities.begin(), c.entities.end(), known)) return true;
    const bool exact = c.kind == ScopeConstraint::Kind::kEq;
    return std::any_of(c.entities.begin(), c.entities.end(),
                       [&](const EntityUid& e) { return exact ? action == e : schema_.ActionIn(action, e); });
  }

  bool PartyMatches(const ScopeConstraint& c, std::string_view type) const {
    using Kind = ScopeConstraint::Kind;
    if (!c.type.empty() && !IsDeclared(c.type)) return true;
    if ((c.kind == Kind::kIs || c.kind == Kind::kIsIn) && c.type != type) return false;
    if (c.kind == Kind::kAny || c.kind == Kind::kIs || c.slot) return true;  // a slot may be filled with what fits
    const std::string& upper = c.entities[0].type();
    if (!IsDeclared(upper)) return true;
    return c.kind == Kind::kEq ? type == upper : schema_.MayBeIn(type, upper);
  }

  const SchemaModel& schema_;
  const MixedLists mixed_;
  const std::vector<EntityUid>* const unsaid_;
  ValidationResult& result_;
  std::vector<RequestEnv> envs_;
  std::vector<std::string_view> action_names_;
  std::vector<std::string_view> type_names_;
  const Policy* policy_ = nullptr;
  const PolicyBody* body_ = nullptr;
  std::set<TypeError> errors_;
};

}  // namespace

ValidationResult Validate(const PolicySet& policies, const Schema& schema, MixedLists mixed,
                          const std::vector<EntityUid>* unsaid) {
  ValidationResult result;
  PolicyValidator validator(schema.model(), mixed, unsaid, result);
  for (const Policy& p : policies.templates()) validator.Validate(p);
  for (const Policy& p : policies.policies()) validator.Validate(p);
  return result;
}

std::string Finding::ToString() const {
  const std::string place = position.ToString();
  return Cat(place, place.empty() ? "" : ": ", "policy `", policy_id, "`: ", message, snippet.empty() ? "" : "\n",
             snippet);
}

}  // namespace tidegate::cedar
