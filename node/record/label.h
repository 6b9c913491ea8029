// Labels: what policies may know of a record. Only this file makes them, the shape of a kind, and the markings of
// fields.
//
//   Takes    a verified view and this node's own facts about it
//   Gives    label::Label, label::KindShape, label::FieldMarking
//   May call policy/label
//   Never    put a fact into a label that this node was not given; leave out a fact that it was given
//   Threads  any
//   Spec     node/record/RECORD.md, "Label"
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
// fact that no field supplies is empty (the author states none). At another node a fact is absent unless every slot
// that could supply it was opened, because a withheld field looks like an absent one. Countries come from the places
// and country codes of class location.
label::Label LabelOf(const VerifiedView& view, const LocalFacts& local, std::string_view origin, bool author);

// True if the draft is tagged as a suspicious-activity report, by a local tag or by a tag field.
bool TaggedSar(const Draft& draft);

// Local tags as policies read them. A tag that spells a code of the list `tag`, in any case or by an alias, becomes
// that code. Other words stay as they are. The result is sorted and has each tag once.
void SettleTags(std::vector<std::string>& tags);

label::KindShape ShapeOf(const Kind& kind);
// Every kind of the catalogue, newest schema versions.
std::vector<label::KindShape> Shapes();

label::FieldMarking MarkingOf(const FieldAttributes& attributes);

// The facts about each opened field that policy needs, in slot order.
struct HeldSlot {
  uint16_t slot = 0;
  label::HeldRungs rungs = 0;  // the opened one and every coarser one
  label::FieldMarking marking;
};
std::vector<HeldSlot> HeldSlotsOf(const VerifiedView& view);

}  // namespace tidegate::record

#endif  // TIDEGATE_NODE_RECORD_LABEL_H_
