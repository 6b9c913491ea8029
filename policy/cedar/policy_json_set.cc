// Sets of policies from and to Cedar's JSON form.

#include <utility>

#include "policy/cedar/policy_json.h"
#include "policy/cedar/policy_set_impl.h"
#include "policy/cedar/value_json.h"

namespace tidegate::cedar {
namespace {

absl::Status Within(std::string_view id, const absl::Status& status) {
  return Invalid(Cat("policy `", id, "`: ", MessageOf(status)));
}

absl::Status LinkFromJson(const Json& json, PolicySet& set) {
  const Json* from = Member(json, "templateId");
  const Json* id = Member(json, "newId");
  const Json* values = Member(json, "values");
  if (from == nullptr || id == nullptr || values == nullptr || !from->is_string() || !id->is_string() ||
      !values->is_object()) {
    return Invalid("a link needs `templateId`, `newId` and `values`");
  }
  const std::string& name = id->get_ref<const std::string&>();
  PolicySet::Slots slots;
  for (const auto& item : values->items()) {
    const bool principal = item.key() == "?principal";
    if (!principal && item.key() != "?resource") return Within(name, Invalid(Cat("no slot `", item.key(), "`")));
    absl::StatusOr<EntityUid> uid = UidFromJson(item.value());
    if (!uid.ok()) return Within(name, uid.status());
    slots[principal ? Slot::kPrincipal : Slot::kResource] = *std::move(uid);
  }
  return set.Link(from->get_ref<const std::string&>(), name, slots);
}

}  // namespace

absl::StatusOr<PolicySet> PolicySet::PolicyFromJson(std::string_view text, std::string_view id) {
  absl::StatusOr<Json> json = ParseJsonText(text, kMaxPolicyJsonDepth);
  if (!json.ok()) return Within(id, json.status());
  auto body = PolicyBodyFromJson(*json);
  if (!body.ok()) return Within(id, body.status());
  PolicySet set;
  if (absl::Status s = set.AddBody(*std::move(body), std::string(id)); !s.ok()) return s;
  return set;
}

absl::StatusOr<PolicySet> PolicySet::FromJson(std::string_view text) {
  absl::StatusOr<Json> json = ParseJsonText(text, kMaxPolicyJsonDepth);
  if (!json.ok()) return Invalid(Cat("policies: ", MessageOf(json.status())));
  if (!json->is_object()) return Invalid("policies: expected an object");
  PolicySet set;
  for (const auto& item : json->items()) {
    const bool templates = item.key() == "templates";
    if (item.key() == "templateLinks") continue;
    if (!templates && item.key() != "staticPolicies") return Invalid(Cat("policies: there is no `", item.key(), "`"));
    if (!item.value().is_object()) return Invalid(Cat("policies: `", item.key(), "` must be an object"));
    for (const auto& policy : item.value().items()) {
      auto body = PolicyBodyFromJson(policy.value());
      if (!body.ok()) return Within(policy.key(), body.status());
      if ((*body)->is_template() != templates) {
        return Within(policy.key(), Invalid(templates ? "a template needs a slot" : "a static policy has no slots"));
      }
      if (absl::Status s = set.AddBody(*std::move(body), policy.key()); !s.ok()) return s;
    }
  }
  const Json* links = Member(*json, "templateLinks");
  if (links == nullptr) return set;
  if (!links->is_array()) return Invalid("policies: `templateLinks` must be a list");
  for (const Json& link : *links) {
    if (absl::Status s = LinkFromJson(link, set); !s.ok()) return s;
  }
  return set;
}

std::string PolicySet::ToJson() const {
  std::string out = "{\"staticPolicies\":{";
  std::string links;
  for (const Policy& p : impl_->policies) {
    if (p.template_id().empty()) {
      Append(out, out.back() == '{' ? "" : ",", JsonQuoted(p.id()), ":", p.ToJson());
      continue;
    }
    Append(links, links.empty() ? "" : ",", "{\"templateId\":", JsonQuoted(p.template_id()),
           ",\"newId\":", JsonQuoted(p.id()), ",\"values\":{");
    for (Slot s : {Slot::kPrincipal, Slot::kResource}) {
      if (!p.slot(s)) continue;
      Append(links, links.back() == '{' ? "" : ",", s == Slot::kPrincipal ? "\"?principal\":" : "\"?resource\":");
      AppendUidJson(links, *p.slot(s));
    }
    links += "}}";
  }
  out += "},\"templates\":{";
  for (const Policy& p : impl_->templates) {
    Append(out, out.back() == '{' ? "" : ",", JsonQuoted(p.id()), ":", p.ToJson());
  }
  return Cat(out, "},\"templateLinks\":[", links, "]}");
}

}  // namespace tidegate::cedar
