// One STIX 2.1 object, with the checks that hold for every type.
#ifndef TIDEGATE_NODE_INTAKE_STIX_OBJECT_H_
#define TIDEGATE_NODE_INTAKE_STIX_OBJECT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "simdjson.h"

namespace tidegate::intake {

// A fault of an object: the property and what is wrong with it.
struct PropertyFault {
  std::string property;
  std::string reason;
};

struct StixProperty {
  std::string_view name;
  simdjson::dom::element value;
  bool used = false;  // something of the record was made of it, or nothing needs to be
};

// Views into the parser's buffer: valid until it parses the next object.
struct StixObject {
  std::string_view type;
  std::string_view id;
  bool well_formed = false;  // its text is a JSON object, whatever is in it
  std::vector<StixProperty> properties;
  std::vector<std::string> cut;  // names of members that were too long to be read
  bool cut_only_texts = true;    // so that no marking was within them

  // Marks the property as used. Null if it is absent or null.
  const simdjson::dom::element* Take(std::string_view name);
  // A versioned object without `spec_version`, which 2.1 requires of it (section 3.2) and 2.0 does not know.
  bool IsOf20() const;
};

// Fills `object` from one JSON object. False, with the fault, if it is not a STIX object: broken JSON, a property twice
// (at any depth), no type, an id that is not `type--UUID`.
bool ParseStixObject(std::string_view json, simdjson::dom::parser* parser, StixObject* object, PropertyFault* fault);

// The version of the object (STIX 2.1 section 3.6): `modified` in microseconds since 1970; 0 if it has none.
std::uint64_t VersionOf(const StixObject& object);

// The strings of a value that is a string or a list of strings. False if it is anything else.
bool StringsOf(const simdjson::dom::element& value, std::vector<std::string_view>* strings);

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_STIX_OBJECT_H_
