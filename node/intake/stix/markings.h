// What a STIX marking id says about who may see what it marks.
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
  // Knows the TLP markings that STIX 2.1 predefines (TLP 1) and those of the TLP 2.0 extension.
  StixMarkings();

  // Takes in a marking-definition of the bundle. The predefined ids keep their meaning whatever a bundle says; of two
  // definitions of another id both hold.
  void Learn(StixObject* definition);

  // Null if nobody has defined it (yet).
  const Marking* Find(std::string_view id) const;

 private:
  std::map<std::string, Marking, std::less<>> known_;
};

// The stricter of the two; an absent one gives way.
std::optional<record::Tlp> Stricter(std::optional<record::Tlp> a, std::optional<record::Tlp> b);

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_STIX_MARKINGS_H_
