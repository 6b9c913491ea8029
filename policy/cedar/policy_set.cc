#include "policy/cedar/policy_set.h"

#include <algorithm>
#include <set>

#include "policy/cedar/ast.h"
#include "policy/cedar/parser.h"
#include "policy/cedar/policy_set_impl.h"

namespace tidegate::cedar {

Effect Policy::effect() const { return body_->effect; }

bool Policy::is_template() const { return template_id_.empty() && body_->is_template(); }

const std::vector<std::pair<std::string, std::string>>& Policy::annotations() const { return body_->annotations; }

const std::string* Policy::Annotation(std::string_view name) const {
  for (const auto& [key, value] : body_->annotations) {
    if (key == name) return &value;
  }
  return nullptr;
}

Position Policy::position() const { return body_->source == nullptr ? Position() : body_->source->At(body_->begin); }

namespace {
Place PlaceIn(const PolicyBody& body, uint32_t at) {
  return body.source == nullptr ? Place() : body.source->PlaceAt(at);
}
}  // namespace

Place Policy::place() const { return PlaceIn(*body_, body_->begin); }

Place Policy::PlaceOf(const EntityUid& named) const {
  std::optional<uint32_t> first;
  const auto seen = [&first](uint32_t at) { first = first ? std::min(*first, at) : at; };
  const auto look = [&](const ScopeConstraint& c, const ScopePlaces& places) {
    for (size_t i = 0; i < c.entities.size(); ++i) {
      if (c.entities[i] == named) seen(places.EntityAt(i));
    }
  };
  look(body_->principal, body_->principal_places);
  look(body_->action, body_->action_places);
  look(body_->resource, body_->resource_places);
  for (const Node& n : body_->nodes) {
    if (n.op != Op::kLiteral) continue;
    const Value& literal = body_->constant(n);
    if (literal.is_entity() && literal.AsEntity() == named) seen(n.at);
  }
  return PlaceIn(*body_, first.value_or(body_->begin));
}

Place Policy::PlaceOfHas(std::string_view attribute) const {
  for (const Node& n : body_->nodes) {
    if (n.op == Op::kHas && body_->strings[n.b] == attribute) return PlaceIn(*body_, n.at);
  }
  return place();
}

std::string Policy::SourceText() const {
  if (body_->source == nullptr) return ToText();
  return std::string(body_->source->text().substr(body_->begin, body_->end - body_->begin));
}

namespace {
ScopeConstraint Filled(const ScopeConstraint& c, const std::optional<EntityUid>& entity) {
  ScopeConstraint out = c;
  if (c.slot && entity) {
    out.slot = false;
    out.entities = {*entity};
  }
  return out;
}
}  // namespace

ScopeConstraint Policy::principal() const { return Filled(body_->principal, slot(Slot::kPrincipal)); }
ScopeConstraint Policy::action() const { return body_->action; }
ScopeConstraint Policy::resource() const { return Filled(body_->resource, slot(Slot::kResource)); }
bool Policy::has_conditions() const { return !body_->conditions.empty(); }

bool Policy::SameMeaningAs(const Policy& other) const {
  const auto same = [](const ScopeConstraint& a, const ScopeConstraint& b) {
    return a.kind == b.kind && a.type == b.type && a.entities == b.entities && a.slot == b.slot && a.list == b.list;
  };
  const PolicyBody& a = *body_;
  const PolicyBody& b = *other.body_;
  auto annotations = a.annotations;
  auto others = b.annotations;
  std::sort(annotations.begin(), annotations.end());
  std::sort(others.begin(), others.end());
  if (a.effect != b.effect || annotations != others || a.conditions.size() != b.conditions.size()) return false;
  if (!same(principal(), other.principal()) || !same(action(), other.action()) || !same(resource(), other.resource())) {
    return false;
  }
  for (size_t i = 0; i < a.conditions.size(); ++i) {
    if (a.conditions[i].unless != b.conditions[i].unless) return false;
    if (!SameExpression(a, a.conditions[i].expression, b, b.conditions[i].expression)) return false;
  }
  return true;
}

void PolicySetImpl::AddPolicy(Policy policy) {
  const auto place = static_cast<uint32_t>(policies.size());
  const ScopeConstraint& action = policy.body().action;
  if (action.kind == ScopeConstraint::Kind::kEq) {
    by_action.exact[action.entities[0]].push_back(place);
  } else {
    by_action.others.push_back(place);
  }
  policy_index.emplace(policy.id(), place);
  shared.Add(policy);
  policies.push_back(std::move(policy));
}

void PolicySetImpl::AddTemplate(Policy policy) {
  template_index.emplace(policy.id(), templates.size());
  templates.push_back(std::move(policy));
}

PolicySet::PolicySet() : impl_(std::make_shared<PolicySetImpl>()) {}

PolicySetImpl& PolicySet::Own() {
  if (impl_.use_count() != 1) impl_ = std::make_shared<PolicySetImpl>(*impl_);
  return *impl_;
}

absl::StatusOr<PolicySet> PolicySet::Parse(std::string_view text, std::string_view filename,
                                           std::string_view id_prefix) {
  auto bodies = ParsePolicies(std::make_shared<Source>(text, filename));
  if (!bodies.ok()) return bodies.status();
  PolicySet set;
  for (size_t i = 0; i < bodies->size(); ++i) {
    if (absl::Status s = set.AddBody((*bodies)[i], Cat(id_prefix, i)); !s.ok()) return s;
  }
  return set;
}

absl::Status PolicySet::AddBody(std::shared_ptr<const PolicyBody> body, std::string id) {
  PolicySetImpl& own = Own();
  if (own.HasId(id)) return absl::AlreadyExistsError(Cat("cedar: there are two policies `", id, "`"));
  const bool is_template = body->is_template();
  Policy policy;
  policy.id_ = std::move(id);
  policy.body_ = std::move(body);
  is_template ? own.AddTemplate(std::move(policy)) : own.AddPolicy(std::move(policy));
  return absl::OkStatus();
}

absl::Status PolicySet::Link(std::string_view template_id, std::string_view new_id, const Slots& slots) {
  const Policy* from = FindTemplate(template_id);
  if (from == nullptr) return absl::NotFoundError(Cat("cedar: there is no template `", template_id, "`"));
  if (impl_->HasId(new_id)) {
    return absl::AlreadyExistsError(Cat("cedar: there are two policies `", new_id, "`"));
  }
  for (Slot s : {Slot::kPrincipal, Slot::kResource}) {
    const std::string_view name = s == Slot::kPrincipal ? "?principal" : "?resource";
    if (from->body().HasSlot(s) == slots.contains(s)) continue;
    return Invalid(Cat("cedar: template `", template_id, "` ",
                       slots.contains(s) ? "has no slot `" : "needs an entity for `", name, "`"));
  }
  Policy policy = *from;
  policy.id_ = new_id;
  policy.template_id_ = template_id;
  for (const auto& [s, uid] : slots) policy.slots_[static_cast<size_t>(s)] = uid;
  Own().AddPolicy(std::move(policy));
  return absl::OkStatus();
}

absl::Status PolicySet::Add(const PolicySet& other) {
  for (const auto* list : {&other.impl_->policies, &other.impl_->templates}) {
    for (const Policy& p : *list) {
      if (impl_->HasId(p.id())) {
        return absl::AlreadyExistsError(Cat("cedar: there are two policies `", p.id(), "`"));
      }
    }
  }
  const std::shared_ptr<PolicySetImpl> added = other.impl_;  // keeps it whole should `other` be this set
  PolicySetImpl& own = Own();
  for (const Policy& p : added->policies) own.AddPolicy(p);
  for (const Policy& p : added->templates) own.AddTemplate(p);
  return absl::OkStatus();
}

const std::vector<Policy>& PolicySet::policies() const { return impl_->policies; }
const std::vector<Policy>& PolicySet::templates() const { return impl_->templates; }

const Policy* PolicySet::Find(std::string_view id) const {
  const auto found = impl_->policy_index.find(id);
  return found == impl_->policy_index.end() ? nullptr : &impl_->policies[found->second];
}

const Policy* PolicySet::FindTemplate(std::string_view id) const {
  const auto found = impl_->template_index.find(id);
  return found == impl_->template_index.end() ? nullptr : &impl_->templates[found->second];
}

std::string PolicySet::ToText() const {
  // Static policies and templates in the order of their ordinals, which is that of their places in a text.
  std::vector<const Policy*> all;
  for (const Policy& p : impl_->policies) {
    if (p.template_id().empty()) all.push_back(&p);
  }
  for (const Policy& p : impl_->templates) all.push_back(&p);
  std::stable_sort(all.begin(), all.end(),
                   [](const Policy* a, const Policy* b) { return a->body().begin < b->body().begin; });
  std::string out;
  for (const Policy* p : all) Append(out, out.empty() ? "" : "\n", p->ToText(), "\n");
  return out;
}

}  // namespace tidegate::cedar
