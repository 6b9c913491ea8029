// Which STIX 2.1 object types become which kinds, property by property: the table of INTAKE.md "STIX".
#ifndef TIDEGATE_NODE_INTAKE_STIX_TYPES_H_
#define TIDEGATE_NODE_INTAKE_STIX_TYPES_H_

#include <cstdint>
#include <string_view>

namespace tidegate::intake {

// How a property's value becomes a field's.
enum class As : std::uint8_t {
  kText,        // a string, or a list of them for a repeated field, as record::ParseValue reads it
  kIdentifier,  // a string, as an identifier of the rule's scheme
  kTime,        // a timestamp
  kFrom,        // a timestamp: where the field's period begins
  kTo,          // a timestamp: where it ends
  kNumber,      // an integer
  kConfidence,  // 0 to 100, as a band of the code list `confidence`
  kCodes,       // strings, each kept if the field's code list has it
  kVerb,        // relationship_type: what the code list lacks becomes related-to, and the word goes into the note
  kReference,   // an id, or a list of them: other records
  kMentions,    // a list of ids: links of the verb `mentions`
  kPlace,       // a part of the place: name, locality, region, country, latitude, longitude
  kIgnored,     // says nothing that a record would keep
};

struct PropertyRule {
  std::string_view property;
  std::string_view field;
  As as = As::kText;
  bool required = false;
  std::string_view detail = {};  // kIdentifier: the scheme; kPlace: the part
};

struct TypeRule {
  std::string_view type;
  std::string_view kind;
  const PropertyRule* rules = nullptr;
  std::size_t count = 0;
  std::string_view title = {};  // for a kind with a title, if the object has none
};

// Null if no kind fits and the object is kept whole. `identity_class` decides what an identity is.
const TypeRule* FindStixType(std::string_view type, std::string_view identity_class);

// The kind of a type `x-tidegate-KIND`, or empty.
std::string_view KindOfOwnType(std::string_view type);

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_STIX_TYPES_H_
