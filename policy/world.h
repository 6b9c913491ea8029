// The entities that policies are evaluated over: hierarchies, partners, fields at their rungs. Private to policy and
// policy/review.
#ifndef TIDEGATE_POLICY_WORLD_H_
#define TIDEGATE_POLICY_WORLD_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "policy/cedar/cedar.h"
#include "policy/engine.h"
#include "policy/labels.h"
#include "policy/rights.h"

namespace tidegate::policy {

// One field of a kind at one rung: what `resource` is in a disclosure.
struct Place {
  uint16_t slot = 0;
  int8_t rung = 0;
  cedar::EntityUid uid;  // Field::"report.where@place.region"
  std::vector<cedar::EntityUid> parents;
};

// A kind with its places: those of slot 0 finest first, then of slot 1, ...
struct KindPlaces {
  KindShape shape;
  std::vector<Place> places;
  std::vector<uint32_t> first;  // slots + 1 offsets into `places`
};

struct LabelView {
  const Label* label = nullptr;
  bool own = false;
  bool named = false;
  const FieldMarking* marking = nullptr;  // null: none
  // If true, a fact that the label does not have may be anything, and so may the field's own marking, except its TLP,
  // which is the label's.
  bool open = false;
};

// Immutable once made.
class World {
 public:
  // Errors: kInvalidArgument for shapes that contradict each other or are too large, and for a code that is its own
  // ancestor.
  static absl::StatusOr<World> Make(const std::vector<KindShape>& kinds, const Vocabulary& vocabulary,
                                    const cedar::Schema& schema);

  // The hierarchies and the organisations of the vocabulary.
  const cedar::Entities& base() const { return base_; }
  // The newest version of a kind, or null.
  const KindPlaces* FindKind(uint32_t number) const;
  const KindPlaces* FindKind(std::string_view name) const;
  const std::vector<KindShape>& shapes() const { return shapes_; }

  cedar::Entity Principal(const Party& party) const;
  cedar::Entity User(const policy::Principal& principal) const;
  cedar::Entity Field(const KindPlaces& kind, const Place& place, const LabelView& view) const;
  // The whole record, for `admit`, `read` and rights.
  cedar::Entity Record(const KindPlaces& kind, const LabelView& view) const;
  // All fields of a kind, sharing one record of facts.
  std::vector<cedar::Entity> Fields(const KindPlaces& kind, const LabelView& view) const;

 private:
  World() = default;
  cedar::Value RecordValue(const KindPlaces& kind, const LabelView& view) const;
  cedar::Value FactsValue(std::string_view entity, const std::vector<std::string>& texts) const;

  cedar::Entities base_;
  std::vector<KindShape> shapes_;
  std::map<uint32_t, KindPlaces> kinds_;
  std::map<std::string, uint32_t, std::less<>> numbers_;
};

namespace actions {
const cedar::EntityUid& Disclose();
const cedar::EntityUid& Admit();
const cedar::EntityUid& Read();
const cedar::EntityUid& Of(Action action);
}  // namespace actions

}  // namespace tidegate::policy

#endif  // TIDEGATE_POLICY_WORLD_H_
