// The names in a record's handling that reach nobody: organisations that are no partners, and circles that do not
// exist. The record is stored all the same, because the partner may come later. Until then the name has no effect, so
// the author gets a warning.
#ifndef TIDEGATE_NODE_FLOW_ADDRESSEES_H_
#define TIDEGATE_NODE_FLOW_ADDRESSEES_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "node/partner/partner.h"
#include "node/record/record.h"

namespace tidegate::flow {

// The names that reach somebody: partners, those whom we invited, our own organisation; and circles. As they were when
// this was made. Immutable, so any number of threads may ask.
class Addressees {
 public:
  Addressees(const partner::Directory& directory, uint64_t now_ms);

  // A sentence for each name in the draft's recipients and conditions that reaches nobody, with the known name that was
  // probably meant. Names only what the draft itself says.
  std::vector<std::string> Unknown(const record::Draft& draft) const;

 private:
  void Look(const std::vector<std::string>& known, const std::string& name, std::string says,
            std::vector<std::string>& warnings) const;

  std::vector<std::string> organisations_, circles_;  // sorted
};

// The warnings of many drafts, each once with the number of drafts that it is about. Bounded: a file may name anything.
class DraftWarnings {
 public:
  static constexpr size_t kMost = 100;

  // `position`: where the first of them stands in its file.
  void Add(const std::vector<std::string>& warnings, const std::string& position);
  std::vector<std::string> Told() const;

 private:
  struct Seen {
    std::string first;
    uint64_t times = 0;
  };
  std::map<std::string, Seen> seen_;
  uint64_t beyond_ = 0;
};

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_ADDRESSEES_H_
