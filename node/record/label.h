// What policy may know of a record: its label, its kind's shape, its fields' markings. Built here and nowhere else.
//
// Takes:      a verified view and this node's own facts about it
// Gives:      label::Label, label::KindShape, label::FieldMarking
// May call:   policy/policy.h
// Must never: put a fact into a label that this node was not given; leave one out that it was
// Threads:    any
// Spec page:  RECORD.md, "Label"
#ifndef TIDEGATE_NODE_RECORD_LABEL_H_
#define TIDEGATE_NODE_RECORD_LABEL_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "node/record/draft.h"
#include "node/record/values.h"
#include "node/record/view.h"
#include "policy/label/label.h"

namespace tidegate::record {

// The label of a record. `origin` is the author's organisation. `author` says that this node wrote the record: then a
// fact no field supplies is empty (stated: none). At another node a fact is absent unless every slot that could supply
// it was opened, because withheld and absent look the same. Countries come from the places and country codes of class
// location.
label::Label LabelOf(const VerifiedView& view, const LocalFacts& local, std::string_view origin, bool author);

// True if the draft is tagged as a suspicious-activity report, by a local tag or by a tag field.
bool TaggedSar(const Draft& draft);

label::KindShape ShapeOf(const Kind& kind);
// Every kind of the catalogue, newest schema versions.
std::vector<label::KindShape> Shapes();

label::FieldMarking MarkingOf(const FieldAttributes& attributes);

// What policy needs of each opened field, in slot order.
struct HeldSlot {
  uint16_t slot = 0;
  label::HeldRungs rungs = 0;  // the opened one and every coarser one
  label::FieldMarking marking;
};
std::vector<HeldSlot> HeldSlotsOf(const VerifiedView& view);

}  // namespace tidegate::record

#endif  // TIDEGATE_NODE_RECORD_LABEL_H_
