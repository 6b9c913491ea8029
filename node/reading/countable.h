// Which records can be counted by what the index says of them, without opening one. Private to the room.
#ifndef TIDEGATE_NODE_READING_COUNTABLE_H_
#define TIDEGATE_NODE_READING_COUNTABLE_H_

#include <optional>
#include <string>
#include <vector>

#include "node/search/search.h"
#include "node/store/store.h"
#include "policy/policy.h"

namespace tidegate::reading {

// What one asker may see of all records that search shows, label by label. Policies read a record's label and the
// markings of its fields, and the store counts which fields records with a label have. So what holds of these counts
// holds of each record.
class Countable {
 public:
  // Nothing where the store has too many counts to look at for one answer, or one that cannot be read.
  static std::optional<Countable> Begin(const store::Reader& reader, const policy::Engine& engine,
                                        const policy::Principal& who, const std::string& reason);

  // A question in parts. As many records as `counted` has more than `but` answer it and are seen by the asker, beside
  // those of `opened`. To subtract is cheap: `but` is often empty, and a record would have to be looked up in each of
  // its sets.
  struct Parts {
    store::Where counted, but;  // `but` lies within `counted`
    store::Where opened;        // other records too: each has to be opened
  };
  // Nothing where the index is coarser than the question, or where too many labels have to be told apart.
  std::optional<Parts> Divide(const search::Plan& plan) const;

 private:
  // Labels of records of which this asker sees nothing; of which something is withheld, but something is seen of each
  // record; of which nobody knows without opening the record. Of records with other labels the asker sees everything.
  std::vector<std::string> hidden_, part_, unsure_;
};

}  // namespace tidegate::reading

#endif  // TIDEGATE_NODE_READING_COUNTABLE_H_
