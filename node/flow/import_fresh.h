// The records, by source key, that an import has made and the index does not know yet: those that it gathered, and
// those that it is storing. In a dry run these are all.
#ifndef TIDEGATE_NODE_FLOW_IMPORT_FRESH_H_
#define TIDEGATE_NODE_FLOW_IMPORT_FRESH_H_

#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include "node/record/record.h"

namespace tidegate::flow {

class ImportFresh {
 public:
  struct One {
    record::RecordId id{};
    std::shared_ptr<const record::Inheritance> passes_on;  // to a link or sighting about it
  };

  // Null if the index knows the key, or nobody does.
  const One* Find(const std::string& source_key) const {
    for (const auto* ones : {&gathered_, &committing_}) {
      if (const auto found = ones->find(source_key); found != ones->end()) return &found->second;
    }
    return nullptr;
  }

  void Gather(const std::string& source_key, const record::RecordId& id,
              std::shared_ptr<const record::Inheritance> passes_on) {
    // A file marks most of its things alike: one object is kept for all that do.
    if (last_ != nullptr && passes_on != nullptr && *last_ == *passes_on) passes_on = last_;
    last_ = passes_on;
    gathered_[source_key] = {id, std::move(passes_on)};
  }

  // Notes that the records that were being stored are in the index now, and that the gathered ones are being stored
  // from now on.
  void Commit() {
    committing_ = std::move(gathered_);
    gathered_.clear();
  }

 private:
  std::unordered_map<std::string, One> gathered_, committing_;
  std::shared_ptr<const record::Inheritance> last_;
};

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_IMPORT_FRESH_H_
