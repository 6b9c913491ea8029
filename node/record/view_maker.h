// Makes a VerifiedView. Only commit.cc and verify.cc may include this. Private to the room.
#ifndef TIDEGATE_NODE_RECORD_VIEW_MAKER_H_
#define TIDEGATE_NODE_RECORD_VIEW_MAKER_H_

#include <string>
#include <utility>
#include <vector>

#include "node/record/value/ladder.h"
#include "node/record/view.h"

namespace tidegate::record {

class ViewMaker {
 public:
  ViewMaker(Statement statement, Handling handling, const Kind* kind) {
    made_.statement_ = std::move(statement);
    made_.handling_ = std::move(handling);
    made_.kind_ = kind;
  }
  void ReserveFields(size_t count) { made_.fields_.reserve(count); }
  void AddField(Field field) { made_.fields_.push_back(std::move(field)); }
  void SetSeed(const Seed& seed) { made_.seed_ = seed; }
  void SetFieldsRoot(const Hash& root) { made_.statement_.fields_root = root; }
  const Statement& statement() const { return made_.statement_; }
  // `view.opened` has one entry for each field added, in the same order.
  VerifiedView Finish(View view, const Hash& leaf) && {
    made_.view_ = std::move(view);
    made_.leaf_ = leaf;
    return std::move(made_);
  }

 private:
  VerifiedView made_;
};

// v_{rung+1} ... v_{m-1} of a field whose v_rung is `value`, as canonical bytes.
inline std::vector<std::string> CoarserValues(const Slot& slot, uint8_t rung, const Value& value) {
  std::vector<std::string> coarser;
  if (slot.rung_count() <= rung + 1) return coarser;
  coarser.reserve(slot.rung_count() - rung - 1u);
  Value coarse;
  for (auto r = static_cast<uint8_t>(rung + 1); r < slot.rung_count(); ++r) {
    coarse = CoarsenTo(slot, r == rung + 1 ? value : coarse, r);
    coarser.push_back(EncodeValue(slot, coarse));
  }
  return coarser;
}

}  // namespace tidegate::record

#endif  // TIDEGATE_NODE_RECORD_VIEW_MAKER_H_
