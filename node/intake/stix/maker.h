// Makes items of STIX objects. node/stix says which property becomes which field.
#ifndef TIDEGATE_NODE_INTAKE_STIX_MAKER_H_
#define TIDEGATE_NODE_INTAKE_STIX_MAKER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
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

// The properties that say what an object is and how it is marked. Whatever else is too long may be cut.
bool IsNeverCut(std::string_view name);

class StixMaker {
 public:
  // `markings` has learnt all definitions of the bundle; `system` is Source::system; `batch` gets the warnings.
  StixMaker(const StixMarkings& markings, std::string system, Batch* batch)
      : markings_(markings), system_(std::move(system)), batch_(*batch) {}

  // Makes the item of one object; `json` is its text. False, with the fault, if it is no valid object, or if our own
  // extension says what cannot be. A valid object that its kind cannot hold is kept whole, with a warning.
  // An item with references must come after what it refers to.
  bool Make(StixObject* object, std::string_view json, Item* item, PropertyFault* fault);

  // After Make: the facts within that item (facts.cc), then the links from it to them or to the objects that it
  // mentions, one for each. Stops at the first error.
  absl::Status EachLink(const Item& item, const std::function<absl::Status(Item)>& take) const;
  bool HasLinks() const { return !mentions_.empty() || !facts_.empty(); }
  // The facts within an object that its author takes back, as items that are revoked.
  absl::Status EachRevokedFact(StixObject* object, const Item& item,
                               const std::function<absl::Status(Item)>& take) const;
  // After the last object: warns of the properties that were left out, a line for each type.
  void TellLeftOut();
  // Sets key, version and producer, and makes no draft. A revoked object says nothing else.
  void Name(StixObject* object, Item* item) const;

 private:
  bool Fail(std::string_view property, std::string_view reason);
  bool Check(std::string_view property, const absl::Status& status);
  // As Check, for what is valid in STIX and too much for the field: then the object is kept whole.
  bool Fits(std::string_view property, const absl::Status& status);
  void Warn(std::string_view property, std::string_view what);
  void LeaveOut(std::string_view property);

  void Begin(StixObject* object, Item* item, PropertyFault* fault);
  bool MakeAs(const TypeRule* rule, std::string_view kind, std::string_view json);
  bool HasOwnExtension() const;
  bool MakeForeign(std::string_view json);
  void TakeFacts();
  absl::Status TakeLink(const Item& item, std::string_view target, std::optional<record::Tlp> tlp,
                        const std::function<absl::Status(Item)>& take) const;
  bool SetWhole(std::string_view json);
  bool KeptWhole() const { return item_->draft.kind->name == kForeign; }  // its text is a field
  bool ApplyRules(const TypeRule& rule);
  bool ApplyRule(const PropertyRule& rule);
  bool ApplyText(const PropertyRule& rule, const simdjson::dom::element& value);
  absl::Status SetIdentifier(const PropertyRule& rule, std::string_view text);
  bool ApplyNumber(const PropertyRule& rule, const simdjson::dom::element& value);
  bool ApplyTime(const PropertyRule& rule, const simdjson::dom::element& value);
  bool ApplyConfidence(const PropertyRule& rule, const simdjson::dom::element& value);
  bool ApplyCodes(const PropertyRule& rule, const simdjson::dom::element& value);
  bool ApplyVerb(const PropertyRule& rule, const simdjson::dom::element& value);
  bool ApplyReferences(const PropertyRule& rule, const simdjson::dom::element& value);
  bool ApplyMentions(const PropertyRule& rule, const simdjson::dom::element& value);
  bool ApplyPlace(const PropertyRule& rule, const simdjson::dom::element& value);
  void ApplyCountry(std::string_view text);
  void ApplyWords(const PropertyRule& rule, const simdjson::dom::element& value);
  bool FinishPeriods();
  bool FinishPlace();
  // A line `property: text` of the narrative or note; several texts of one property stand on one line.
  void KeepWords(std::string_view property, std::string_view text);
  bool FinishWords();
  void SetExternalIds();
  void KeepReference(const simdjson::dom::element& reference, std::vector<record::Scalar>* ids);
  bool AddExternalId(std::string_view scheme, std::string_view text, std::vector<record::Scalar>* ids) const;

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
  void LeaveOutUnused();

  std::string Key(std::string_view id) const;
  struct Mention {
    std::string target;              // each once
    std::optional<record::Tlp> tlp;  // of this mention, if stricter than its object's
  };
  // A fact within an object that is kept whole, as a record of its own.
  struct InnerFact {
    std::string name;  // within the object
    record::Draft draft;
  };
  static constexpr std::size_t kNoMention = static_cast<std::size_t>(-1);
  static constexpr std::string_view kForeign = "foreign";
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
  std::vector<InnerFact> facts_;
  std::vector<std::size_t> mention_of_;      // by position in object_refs; kNoMention: none is made of it
  std::optional<record::Tlp> mentions_tlp_;  // of all of them
  std::vector<std::pair<std::string_view, std::string>> words_;  // property, and what the narrative says of it
  std::set<std::string> warnings_;                               // told when the object is taken
  bool unfit_ = false;                                           // it failed because a field of its kind cannot hold it
  std::map<std::string, std::set<std::string>> left_out_;        // properties, by type, of all objects so far
  std::vector<record::Tlp> tlps_;                                // marks on the object as a whole
  std::optional<record::Tlp> raised_;                            // the TLP that a mark on a part gives to the whole
};

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_STIX_MAKER_H_
