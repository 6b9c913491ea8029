// The receiver's side: nothing in a view is believed before it has led to the root that the author signed.
#include <utility>

#include "crypto/merkle/merkle.h"
#include "node/record/opening.h"
#include "node/record/value/refusal.h"
#include "node/record/view_maker.h"

namespace tidegate::record {
namespace {

// Puts the layer into a message of this room that does not name it yet.
absl::Status AtOpening(const absl::Status& status) {
  const std::string_view message(status.message().data(), status.message().size());
  constexpr std::string_view kRoom = "record: ";
  for (std::string_view layer : {"record: opening: ", "record: handling: "}) {
    if (message.substr(0, layer.size()) == layer) return status;
  }
  return Refuse({"opening: ", message.substr(0, kRoom.size()) == kRoom ? message.substr(kRoom.size()) : message});
}

// Shape: everything that can be refused before hashing.
absl::Status CheckOpened(const Kind& kind, const Opened& opened, int last_slot) {
  if (opened.slot <= last_slot) return Refuse({"opening: a field is opened twice or out of order"});
  if (opened.slot >= kind.slots.size()) return Refuse({"opening: kind `", kind.name, "` has no such slot"});
  const Slot& slot = kind.slots[opened.slot];
  if (opened.rung >= slot.rung_count()) return Refuse({"opening: field `", slot.name, "` has no such rung"});
  if (opened.finer.size() != opened.rung) {
    return Refuse({"opening: field `", slot.name, "` carries another number of finer rungs than it skips"});
  }
  if (opened.type != TypeNumber(slot)) return Refuse({"opening: field `", slot.name, "` has another type"});
  return absl::OkStatus();
}

// Decodes one opened field and recomputes its leaf.
absl::StatusOr<Hash> ReadField(const Slot& slot, const Opened& opened, Field& field) {
  absl::StatusOr<FieldAttributes> attributes = DecodeAttributes(opened.attributes);
  if (!attributes.ok()) return attributes.status();
  absl::StatusOr<Value> value = DecodeValue(slot, opened.value);
  if (!value.ok()) return AtOpening(value.status());
  if (opened.rung > 0 && CoarsenTo(slot, *value, opened.rung) != *value) {
    return Refuse({"opening: field `", slot.name, "` says more than its rung may"});
  }
  field.attributes = *std::move(attributes);
  field.value = *std::move(value);
  return LeafOfOpened(opened, CoarserValues(slot, opened.rung, field.value));
}

absl::Status VerifyFields(const View& view, const Kind& kind, ViewMaker& maker) {
  std::vector<uint64_t> positions;
  std::vector<Hash> leaves;
  positions.reserve(view.opened.size());
  leaves.reserve(view.opened.size());
  int last_slot = -1;
  for (const Opened& opened : view.opened) {
    if (absl::Status shape = CheckOpened(kind, opened, last_slot); !shape.ok()) return shape;
    last_slot = opened.slot;
    Field field;
    absl::StatusOr<Hash> leaf = ReadField(kind.slots[opened.slot], opened, field);
    if (!leaf.ok()) return leaf.status();
    positions.push_back(opened.slot);
    leaves.push_back(*leaf);
    maker.AddField(std::move(field));
  }
  absl::StatusOr<Hash> root = merkle::RootFromMulti(maker.statement().n, positions, leaves, view.proof);
  if (!root.ok()) return AtOpening(root.status());
  if (*root != maker.statement().fields_root) {
    return Refuse({"opening: the opened fields do not lead to the author's statement"});
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<VerifiedView> Verify(View view) {
  absl::StatusOr<Statement> statement = ParseStatement(view.statement);
  if (!statement.ok()) return statement.status();
  absl::StatusOr<Handling> handling = DecodeHandling(statement->handling);
  if (!handling.ok()) return handling.status();
  const Kind* kind = Catalogue::FindKind(statement->kind, statement->schema_version);
  if (kind == nullptr) {
    return Refuse({"opening: kind ", std::to_string(statement->kind), " version ",
                   std::to_string(statement->schema_version), " is not in this node's catalogue; update the node"});
  }
  const bool recall = statement->act == Act::kRecall;
  if (recall && (!view.opened.empty() || !view.proof.empty())) return Refuse({"opening: a recall opens no fields"});
  if (!recall && view.opened.empty()) return Refuse({"opening: the view opens no field"});
  if (!recall && statement->n != kind->slots.size()) {
    return Refuse({"opening: kind `", kind->name, "` has another number of fields"});
  }
  ViewMaker maker(*std::move(statement), *std::move(handling), kind);
  if (!recall) {
    if (absl::Status fields = VerifyFields(view, *kind, maker); !fields.ok()) return fields;
  }
  const Hash leaf = LogLeaf(view.statement);
  return std::move(maker).Finish(std::move(view), leaf);
}

int VerifiedView::Find(uint16_t slot_number) const {
  for (size_t i = 0; i < view_.opened.size(); ++i) {
    if (view_.opened[i].slot == slot_number) return static_cast<int>(i);
  }
  return -1;
}

int VerifiedView::Find(std::string_view slot_name) const {
  const Slot* wanted = kind_->FindSlot(slot_name);
  return wanted == nullptr ? -1 : Find(wanted->number);
}

}  // namespace tidegate::record
