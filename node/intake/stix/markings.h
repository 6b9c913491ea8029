// The meaning of the markings of a bundle: ids that the standard defines, and the definitions in the bundle.
#ifndef TIDEGATE_NODE_INTAKE_STIX_MARKINGS_H_
#define TIDEGATE_NODE_INTAKE_STIX_MARKINGS_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "node/intake/stix/object.h"
#include "node/record/draft.h"

namespace tidegate::intake {

// The meaning of one marking.
struct Marking {
  std::optional<record::Tlp> tlp;
  std::vector<std::string> statements;
  bool strange = false;  // it says something that we do not know: it counts as the strictest
};

class StixMarkings {
 public:
  // Knows the predefined markings of node/stix.
  StixMarkings();

  // Learns a marking-definition of the bundle. It cannot change the meaning of a predefined id. If an id has two
  // definitions, both count.
  void Learn(StixObject* definition);

  // Null if nobody has defined it so far.
  const Marking* Find(std::string_view id) const;

 private:
  std::map<std::string, Marking, std::less<>> known_;
};

// The stricter of the two. An absent one does not count.
std::optional<record::Tlp> Stricter(std::optional<record::Tlp> a, std::optional<record::Tlp> b);

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_STIX_MARKINGS_H_
