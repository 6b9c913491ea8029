// Facts within an object that is kept whole (STIX 2.0 observed-data with `objects`): an address, an account or a web
// page there becomes a record of its own, with the object's markings, so that it is found by its identifier.
#include <string>
#include <utility>

#include "crypto/hash.h"
#include "node/intake/stix/maker.h"
#include "node/intake/text.h"

namespace tidegate::intake {
namespace {

namespace dom = simdjson::dom;

constexpr std::string_view kFactKind = "online";
constexpr std::size_t kMostFacts = 10'000;  // of one object

// The object's own name for a fact; a long or odd one is hashed.
std::string FactName(std::string_view name) {
  constexpr std::size_t kLongest = 64;
  const bool plain = name.size() <= kLongest && name.find_first_not_of(
                                                    "0123456789abcdefghijklmnopqrstuvwxyz"
                                                    "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_") == name.npos;
  return plain ? std::string(name) : HexOf(crypto::HashOf({name}));
}

// The objects within, of types that are facts of a kind here.
template <typename Take>
void EachInner(const StixObject& object, const Take& take) {
  for (const StixProperty& property : object.properties) {
    dom::object inner;
    if (object.type != "observed-data" || property.name != "objects") continue;
    if (property.value.get_object().get(inner) != simdjson::SUCCESS) continue;
    std::size_t taken = 0;
    for (dom::key_value_pair member : inner) {
      std::string_view type;
      if (member.value["type"].get_string().get(type) != simdjson::SUCCESS) continue;
      const TypeRule* rule = stix::FindType(type, "");
      if (rule == nullptr || rule->kind != kFactKind || ++taken > kMostFacts) continue;
      take(FactName(member.key), type, member.value);
    }
  }
}

}  // namespace

void StixMaker::TakeFacts() {
  if (!KeptWhole()) return;
  StixMaker inner(markings_, system_, &batch_);
  EachInner(*object_, [&](std::string name, std::string_view type, const dom::element& value) {
    const std::string id = Cat({object_->id, "#", name});
    StixObject object;
    object.type = type;
    object.id = id;
    object.well_formed = true;
    dom::object members;
    if (value.get_object().get(members) != simdjson::SUCCESS) return;
    for (dom::key_value_pair member : members) object.properties.push_back({member.key, member.value, false});
    object.Take("type");
    Item item;
    PropertyFault fault;
    const bool made = inner.Make(&object, "{}", &item, &fault);
    if (made && item.draft.kind->name == kFactKind) facts_.push_back({std::move(name), std::move(item.draft)});
  });
}

absl::Status StixMaker::EachRevokedFact(StixObject* object, const Item& item,
                                        const std::function<absl::Status(Item)>& take) const {
  absl::Status status;
  EachInner(*object, [&](const std::string& name, std::string_view, const dom::element&) {
    if (!status.ok()) return;
    Item fact;
    fact.source_key = Cat({item.source_key, "#", name});
    fact.object = item.object;
    fact.identity = item.identity;
    fact.position = item.position;
    fact.draft.local = item.draft.local;
    fact.revoked = true;
    status = take(std::move(fact));
  });
  return status;
}

}  // namespace tidegate::intake
