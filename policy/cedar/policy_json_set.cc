// Sets of policies from and to Cedar's JSON form.

#include <functional>
#include <utility>

#include "policy/cedar/policy_json.h"
#include "policy/cedar/policy_set_impl.h"
#include "policy/cedar/value_json.h"
#include "text/text.h"

namespace tidegate::cedar {
namespace {

using AddBody = std::function<absl::Status(std::shared_ptr<const PolicyBody> body, const std::string& id)>;

absl::Status Within(std::string_view id, const absl::Status& status) {
  return Invalid(Cat("policy `", id, "`: ", MessageOf(status)));
}

absl::Status LinkFromJson(JsonDocument& document, const Json& json, PolicySet& set) {
  const Json* from = Member(json, "templateId");
  const Json* id = Member(json, "newId");
  const Json* values = Member(json, "values");
  if (from == nullptr || id == nullptr || values == nullptr || !from->is_string() || !id->is_string() ||
      !values->is_object()) {
    return document.Fault(json, "a link needs `templateId`, `newId` and `values`");
  }
  const std::string& name = id->get_ref<const std::string&>();
  PolicySet::Slots slots;
  for (const auto& item : values->items()) {
    const bool principal = item.key() == "?principal";
    if (!principal && item.key() != "?resource") {
      return Within(name, document.FaultOfName(item.value(), Cat("no slot `", item.key(), "`")));
    }
    absl::StatusOr<EntityUid> uid = UidFromJson(document, item.value());
    if (!uid.ok()) return Within(name, uid.status());
    slots[principal ? Slot::kPrincipal : Slot::kResource] = *std::move(uid);
  }
  absl::Status linked = set.Link(from->get_ref<const std::string&>(), name, slots);
  if (!linked.ok()) document.Fault(json, MessageOf(linked)).IgnoreError();
  return linked;
}

// The policies of `json`, a member of the document that is named for what it holds.
absl::Status PoliciesFromJson(JsonDocument& document, const Json& json, bool templates, const AddBody& add) {
  for (const auto& policy : json.items()) {
    auto body = PolicyBodyFromJson(document, policy.value());
    if (!body.ok()) return Within(policy.key(), body.status());
    if ((*body)->is_template() != templates) {
      return Within(policy.key(), document.FaultOfName(policy.value(), templates ? "a template needs a slot"
                                                                                 : "a static policy has no slots"));
    }
    if (absl::Status s = add(*std::move(body), policy.key()); !s.ok()) {
      return document.FaultOfName(policy.value(), MessageOf(s));
    }
  }
  return absl::OkStatus();
}

absl::Status PolicySetFromJson(JsonDocument& document, PolicySet& set, const AddBody& add) {
  const Json& json = document.root();
  if (!json.is_object()) return document.Fault(json, "policies: expected an object");
  for (const auto& item : json.items()) {
    if (item.key() == "templateLinks") continue;
    const bool templates = item.key() == "templates";
    if (!templates && item.key() != "staticPolicies") {
      return document.FaultOfName(item.value(),
                                  Cat("policies: there is no `", item.key(), "`",
                                      Suggestion(item.key(), {"staticPolicies", "templates", "templateLinks"})));
    }
    if (!item.value().is_object()) {
      return document.Fault(item.value(), Cat("policies: `", item.key(), "` must be an object"));
    }
    if (absl::Status s = PoliciesFromJson(document, item.value(), templates, add); !s.ok()) return s;
  }
  const Json* links = Member(json, "templateLinks");
  if (links == nullptr) return absl::OkStatus();
  if (!links->is_array()) return document.Fault(*links, "policies: `templateLinks` must be a list");
  for (const Json& link : *links) {
    if (absl::Status s = LinkFromJson(document, link, set); !s.ok()) return s;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<PolicySet> PolicySet::PolicyFromJson(std::string_view text, std::string_view id,
                                                    std::string_view filename) {
  absl::StatusOr<JsonDocument> document = JsonDocument::Parse(text, filename, kMaxPolicyJsonDepth);
  if (!document.ok()) return document.status();
  auto body = PolicyBodyFromJson(*document, document->root());
  if (!body.ok()) return document->Placed(Within(id, body.status()));
  PolicySet set;
  if (absl::Status s = set.AddBody(*std::move(body), std::string(id)); !s.ok()) return s;
  return set;
}

absl::StatusOr<PolicySet> PolicySet::FromJson(std::string_view text, std::string_view filename) {
  absl::StatusOr<JsonDocument> document = JsonDocument::Parse(text, filename, kMaxPolicyJsonDepth);
  if (!document.ok()) return document.status();
  PolicySet set;
  const absl::Status read =
      PolicySetFromJson(*document, set, [&set](std::shared_ptr<const PolicyBody> body, const std::string& id) {
        return set.AddBody(std::move(body), id);
      });
  if (!read.ok()) return document->Placed(read);
  return set;
}

std::string PolicySet::ToJson() const {
  std::string out = "{\"staticPolicies\":{";
  std::string links;
  for (const Policy& p : impl_->policies) {
    if (p.template_id().empty()) {
      Append(out, out.back() == '{' ? "" : ",", text::Json(p.id()), ":", p.ToJson());
      continue;
    }
    Append(links, links.empty() ? "" : ",", "{\"templateId\":", text::Json(p.template_id()),
           ",\"newId\":", text::Json(p.id()), ",\"values\":{");
    for (Slot s : {Slot::kPrincipal, Slot::kResource}) {
      if (!p.slot(s)) continue;
      Append(links, links.back() == '{' ? "" : ",", s == Slot::kPrincipal ? "\"?principal\":" : "\"?resource\":");
      AppendUidJson(links, *p.slot(s));
    }
    links += "}}";
  }
  out += "},\"templates\":{";
  for (const Policy& p : impl_->templates) {
    Append(out, out.back() == '{' ? "" : ",", text::Json(p.id()), ":", p.ToJson());
  }
  return Cat(out, "},\"templateLinks\":[", links, "]}");
}

}  // namespace tidegate::cedar
