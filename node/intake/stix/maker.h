// Makes items of STIX objects. What makes a field of which property stands in node/stix.
#ifndef TIDEGATE_NODE_INTAKE_STIX_MAKER_H_
#define TIDEGATE_NODE_INTAKE_STIX_MAKER_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "node/intake/batch.h"
#include "node/intake/stix/markings.h"
#include "node/intake/stix/object.h"
#include "node/stix/stix.h"

namespace tidegate::intake {

using stix::As;
using stix::PropertyRule;
using stix::TypeRule;

class StixMaker {
 public:
  // `markings` has learnt all definitions of the bundle; `system` is Source::system; `batch` gets the warnings.
  StixMaker(const StixMarkings& markings, std::string system, Batch* batch)
      : markings_(markings), system_(std::move(system)), batch_(*batch) {}

  // Makes the item of one object; `json` is its text. False, with the fault, if the object cannot be an item.
  // An item with references must come after what it refers to.
  bool Make(StixObject* object, std::string_view json, Item* item, PropertyFault* fault);

  // After Make: the links from that item to the objects that it mentions.
  std::vector<Item> Links(const Item& item) const;
  bool HasLinks() const { return !mentions_.empty(); }
  // Sets key, version and producer, and makes no draft. A revoked object says nothing else.
  void Name(StixObject* object, Item* item) const;

 private:
  bool Fail(std::string_view property, std::string_view reason);
  bool Check(std::string_view property, const absl::Status& status);
  void Warn(std::string_view property, std::string_view what);

  bool MakeForeign(std::string_view json);
  bool KeptWhole() const { return item_->draft.kind->name == "foreign"; }  // its text is a field
  bool ApplyRules(const TypeRule& rule);
  bool ApplyRule(const PropertyRule& rule);
  bool ApplyText(const PropertyRule& rule, const simdjson::dom::element& value);
  bool ApplyTime(const PropertyRule& rule, const simdjson::dom::element& value);
  bool ApplyConfidence(const PropertyRule& rule, const simdjson::dom::element& value);
  bool ApplyCodes(const PropertyRule& rule, const simdjson::dom::element& value);
  bool ApplyVerb(const PropertyRule& rule, const simdjson::dom::element& value);
  bool ApplyReferences(const PropertyRule& rule, const simdjson::dom::element& value);
  bool ApplyMentions(const PropertyRule& rule, const simdjson::dom::element& value);
  bool ApplyPlace(const PropertyRule& rule, const simdjson::dom::element& value);
  bool FinishPeriods();
  bool FinishPlace();
  void SetExternalIds();

  bool ApplyExtension();
  bool ApplyExtensionFields(const simdjson::dom::element& fields);
  bool ApplyExtensionField(std::string_view name, const simdjson::dom::element& value);
  bool ApplyExtensionAttributes(const simdjson::dom::element& attributes);
  bool ApplyExtensionHandling(const simdjson::dom::element& handling);
  bool ApplyExtensionReferences(const simdjson::dom::element& references);
  bool ApplyExtensionLocal(const simdjson::dom::element& extension);

  bool ApplyMarkings();
  bool ApplyGranularMarkings();
  bool MarkSelected(std::string_view selector, std::optional<record::Tlp> tlp);
  bool MarkMentions(std::string_view selector, record::Tlp tlp);
  std::vector<std::uint16_t> SlotsOf(std::string_view selector) const;
  std::optional<record::Tlp> MeaningOf(std::string_view marking);
  bool KeepStatement(const std::string& statement);
  void NoteTlp(std::optional<record::Tlp> tlp);
  void Raise(std::optional<record::Tlp> tlp) { raised_ = Stricter(raised_, tlp); }
  void RaiseByWord(std::string_view property, std::string_view word);
  void RaiseByFields();
  void RaiseByProperties();
  void RaiseByNested(std::string_view name, const simdjson::dom::element& value);
  void WarnOfUnused();

  std::string Key(std::string_view id) const;
  struct Mention {
    std::string target;
    std::size_t index = 0;           // in object_refs
    std::optional<record::Tlp> tlp;  // of this mention, if stricter than its object's
  };
  struct Period {
    std::string from;
    std::string to;
  };

  const StixMarkings& markings_;
  const std::string system_;
  Batch& batch_;
  StixObject* object_ = nullptr;
  Item* item_ = nullptr;
  PropertyFault* fault_ = nullptr;
  std::vector<std::pair<std::string_view, std::uint16_t>> slot_of_;  // property, and the field made of it
  std::map<std::string_view, Period> periods_;                       // by field
  record::Place place_;
  std::string latitude_;
  std::string longitude_;
  std::vector<Mention> mentions_;
  std::vector<record::Tlp> tlps_;      // marks on the object as a whole
  std::optional<record::Tlp> raised_;  // the TLP that a mark on a part gives to the whole
};

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_STIX_MAKER_H_
