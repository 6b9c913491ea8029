// The door of the stix room: the vocabulary of STIX 2.1 as tables, for reading and for writing bundles.
//
//   Takes    words of STIX: types, ids, markings, properties
//   Gives    which object is which kind, property by property; which TLP an id means; the names of our extension
//   May call record (the catalogue, TLP)
//   Never    read or write a file, see the store, know where an object comes from or goes to
//   Threads  constant data and pure functions: any thread may call them
//   Spec     node/stix/STIX.md
#ifndef TIDEGATE_NODE_STIX_STIX_H_
#define TIDEGATE_NODE_STIX_STIX_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "node/record/record.h"

namespace tidegate::stix {

// How the value of a property and the value of a field say the same.
enum class As : std::uint8_t {
  kText,        // a string, or a list of them for a repeated field, as record::ParseValue reads it
  kIdentifier,  // a string: an identifier of the rule's scheme
  kTime,        // a timestamp
  kFrom,        // a timestamp: the beginning of the field's period
  kTo,          // a timestamp: the end of the field's period
  kNumber,      // an integer
  kConfidence,  // 0 to 100: a band of the code list `confidence`
  kCodes,       // strings: codes of the field's list; a word without a code is kept as kWords keeps it
  kVerb,        // relationship_type: a code of the field's list
  kReference,   // an id, or a list of them: other records
  kMentions,    // a list of ids: links of the verb `mentions`
  kPlace,       // a part of the place: name, locality, region, country, latitude, longitude
  kWords,       // strings, numbers or booleans: a line of the record's narrative or note
  kIgnored,     // says nothing that the kind does not say already
};

struct PropertyRule {
  std::string_view property;
  std::string_view field;
  As as = As::kText;
  bool required = false;  // by the standard
  // kIdentifier: the scheme; kPlace: the part; kWords: the value that goes without saying; kCodes: a second field, of
  // several values, that takes words of the same vocabulary.
  std::string_view detail = {};
  std::string_view further = {};  // kIdentifier: the field that takes the value where the first field has one already
};

// One type of object and the kind of record that says the same.
struct TypeRule {
  std::string_view type;
  std::string_view kind;
  std::span<const PropertyRule> properties;
  std::string_view title = {};   // for a kind with a title, where the object has none
  std::string_view unless = {};  // a property with which no kind says the same: such an object is kept whole
};

// Every rule. Several types may be one kind.
std::span<const TypeRule> Types();
// The rule of a type, or null if no kind fits it. `identity_class` decides whether an identity is a person or an
// organisation.
const TypeRule* FindType(std::string_view type, std::string_view identity_class);
// The kind of a type `x-tidegate-KIND`, or empty.
std::string_view KindOfOwnType(std::string_view type);

// The code of the list that says the same as a word of an open vocabulary of STIX (2.1 section 10); empty if none does.
std::string_view CodeOfWord(std::string_view list, std::string_view word);

// Properties that any object may have and of which no field is made, because the record says it otherwise: type, id,
// version, author, markings (STIX 2.1 sections 3.2 and 7).
bool IsCommonProperty(std::string_view property);

// STIX 2.1 section 3.1: a type is 3 to 250 lower-case letters, digits and hyphens.
bool IsTypeName(std::string_view type);
// `type--UUID` (STIX 2.1 section 2.9), 256 bytes at most. An empty `type` accepts any.
bool IsId(std::string_view id, std::string_view type);

// The code of the list `confidence` for a number from 0 to 100, by the bands of ICD 203.
std::string_view ConfidenceCode(std::int64_t number);

// A marking-definition that everybody knows by its id.
struct TlpMarking {
  std::string_view id;
  record::Tlp tlp;
  bool tlp2 = true;  // of TLP 2.0; false: of TLP 1, which STIX 2.1 section 7.2.1.4 defines
};
std::span<const TlpMarking> TlpMarkings();
// The extension that marking-definitions of TLP 2.0 carry, and its property.
inline constexpr std::string_view kTlp2Extension = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d";
inline constexpr std::string_view kTlp2Property = "tlp_2_0";
// The TLP that a word means, in the spellings that people use: `red`, `TLP:AMBER-STRICT`, `White`. None if it is no
// TLP.
std::optional<record::Tlp> TlpOfWord(std::string_view word);

// Our extension: what STIX has no property for. Its members, in the order in which they are written.
inline constexpr std::string_view kExtension = "extension-definition--799cd2ef-2c13-4285-b782-702513655767";
std::span<const std::string_view> ExtensionMembers();

}  // namespace tidegate::stix

#endif  // TIDEGATE_NODE_STIX_STIX_H_
