// The catalogue: which kinds of record exist, which fields each has, and in which steps a field may be made less
// precise.
//
//   Takes    constant tables; the build generates and checks them (catalogue/*.textproto)
//   Gives    kinds, slots and code lists, by name and by number
//   May call text (the nearest word)
//   Never    renumber a slot or a rung that a record was ever committed with
//   Threads  all of it is constant data; any thread may read it
//   Spec     node/record/CATALOGUE.md
#ifndef TIDEGATE_NODE_RECORD_VALUE_CATALOGUE_H_
#define TIDEGATE_NODE_RECORD_VALUE_CATALOGUE_H_

#include <cstdint>
#include <span>
#include <string_view>

namespace tidegate::value {

// The value type of a slot. The numbers are part of every commitment (`u8 type` of CRYPTO.md "Record"): never renumber.
// A repeated slot commits kListBit | type.
enum class Type : uint8_t {
  kText = 1,        // UTF-8, no control characters but line feed and tab
  kCode = 2,        // one code of the slot's code list
  kQuantity = 3,    // lower and upper bound, approximate flag, unit; money has its ISO 4217 code as the unit
  kTime = 4,        // an interval whose two ends each have a precision
  kPlace = 5,       // name, locality, region, country or area, coordinates
  kIdentifier = 6,  // scheme (a code of the slot's code list) and canonical value
  kReference = 7,   // the 16-byte id of another record
  kAttachment = 8,  // SHA-256, size and media type of a file
  kTristate = 9,    // yes, no, unknown
  kNarrative = 10,  // full text, the author's sanitised text, heading
};
inline constexpr uint8_t kListBit = 0x80;

// The subject of a field. Policies name these classes as FieldClass::"personal" and so on.
enum class FieldClass : uint8_t {
  kPersonal = 0,
  kIdentifier = 1,
  kLocation = 2,
  kTime = 3,
  kFinancial = 4,
  kSource = 5,
  kNarrative = 6,
  kAnalytic = 7,
};

// The coarsening function of a slot. Rung 0 is the finest. Rung counts: none 1, place 4, time 4, age 3, amount 3,
// identifier 2, code 2, narrative 3.
enum class Ladder : uint8_t {
  kNone = 0,        // whole                                    any type
  kPlace = 1,       // place.exact .locality .region .country   kPlace
  kTime = 2,        // time.minute .day .month .year            kTime
  kAge = 3,         // age.years .band .adult                   kQuantity, unit "years"
  kAmount = 4,      // amount.exact .band .currency             kQuantity, unit "money"
  kIdentifier = 5,  // identifier.whole .masked                 kIdentifier
  kCode = 6,        // code.exact .parent                       kCode, its list has parents
  kNarrative = 7,   // narrative.full .sanitised .heading       kNarrative
};

// Which fact of the policy label an opened value of this slot supplies. (Places and codes of kCountryList supply
// countries without it, if their class is location.)
enum class LabelFact : uint8_t {
  kNone = 0,
  kSubjectCategory = 1,  // a code slot: victim, suspect, witness, child, ...
  kExploitation = 2,     // a code slot: the type of exploitation
  kTag = 3,              // a code slot: a tag that travels, such as a suspicious-activity report's
};

// One code of a list. Codes are ASCII. `parent` is another code of the same list; it is empty at the top. `label` is
// for people. `aliases` are other spellings that an import accepts. `maps` are `standard:code` pairs for exports.
struct Code {
  std::string_view code;
  std::string_view label;
  std::string_view parent;
  std::span<const std::string_view> aliases = {};
  std::span<const std::string_view> maps = {};
};

// `codes` ascend bytewise by `code`; at most two levels (a parent has no parent).
struct CodeList {
  std::string_view name;
  std::span<const Code> codes;
  std::string_view title;   // for people
  std::string_view source;  // the standard the codes come from
};

// The code reads these lists by name, so the catalogue must define them.
inline constexpr std::string_view kCountryList = "country";  // ISO 3166-1 alpha-2, supranational areas, high seas (XZ)
inline constexpr std::string_view kCurrencyList = "currency";  // ISO 4217 alphabetic codes, and crypto assets

// One field of a kind.
struct Slot {
  uint16_t number = 0;    // its position in the kind's tree of fields, 0-based
  std::string_view name;  // lower case with underscores, unique in its kind
  Type type = Type::kText;
  FieldClass field_class = FieldClass::kPersonal;
  Ladder ladder = Ladder::kNone;
  std::span<const std::string_view> rungs;  // Precision names, finest first; RungNames(ladder)
  std::string_view code_list;               // kCode: its codes. kIdentifier: its schemes. Else empty.
  std::string_view unit;  // kQuantity: "years", "persons", "days", ...; "money" for any currency. Else empty.
  LabelFact label_fact = LabelFact::kNone;
  bool repeated = false;    // a list of values of `type`
  bool searchable = false;  // its terms go into the store's keyed index
  uint32_t max_bytes = 0;   // the longest canonical encoding of the whole value that is accepted, at most 1 MiB
  std::string_view help;    // one line for people

  // m of CRYPTO.md: how many rungs the field commits.
  uint8_t rung_count() const { return static_cast<uint8_t>(rungs.size()); }
};

// A kind at one schema version. `slots[i].number == i`.
struct Kind {
  uint32_t number = 0;
  uint16_t schema_version = 0;
  std::string_view name;
  std::string_view stix_type;  // the STIX 2.1 object it maps to, empty if none
  std::string_view help;
  std::span<const Slot> slots;
  uint16_t title_slot = 0;  // the slot whose value heads a listing

  // The slot named `name`, or null.
  const Slot* FindSlot(std::string_view name) const;
};

// The number of a kind that does not exist yet. No other kind may take it.
struct ReservedKind {
  uint32_t number = 0;
  std::string_view name;
};

// The generated file defines this.
struct CatalogueData {
  std::span<const Kind> kinds;             // ascending by (number, schema_version)
  std::span<const CodeList> code_lists;    // ascending bytewise by name
  std::span<const ReservedKind> reserved;  // ascending by number
};

// Defined by catalogue_data.cc, which the catalogue compiler writes at build time; catalogue/CMakeLists.txt compiles it
// into the target tidegate_catalogue, which includes this header and nothing else of the room.
extern const CatalogueData kCatalogueData;

// The rung names of a ladder, finest first ("whole" for kNone); constant data.
std::span<const std::string_view> RungNames(Ladder ladder);
// "personal", "identifier", ...: the names policies use.
std::string_view FieldClassName(FieldClass field_class);
// "text", "code", ...
std::string_view TypeName(Type type);

// Look-ups over the generated tables. Every pointer returned is constant data; null means there is none.
class Catalogue {
 public:
  // The newest schema version of a kind, by name or number.
  static const Kind* FindKind(std::string_view name);
  static const Kind* FindKind(uint32_t number);
  // Exactly this version, as a statement names it.
  static const Kind* FindKind(uint32_t number, uint16_t schema_version);
  static std::span<const Kind> Kinds();

  static const CodeList* FindCodeList(std::string_view name);
  // The code in `list`, or null.
  static const Code* FindCode(const CodeList& list, std::string_view code);
  // The code that `text` spells: its code, an alias or its label. Only ASCII letters and digits count, in any case:
  // "Forced labour", "ForcedLabour" and "forced-labour" are one. The catalogue compiler proves that no spelling means
  // two codes. Null if there is none.
  static const Code* ResolveCode(const CodeList& list, std::string_view text);
  // For "did you mean": the code that `text` spells, or the code that is nearest to it by code, label or alias. Empty
  // if nothing is near, or if `text` is a code of the list.
  static std::string_view NearestCode(const CodeList& list, std::string_view text);
  // The slot name of `kind` nearest to `text`, or empty.
  static std::string_view NearestSlot(const Kind& kind, std::string_view text);
};

}  // namespace tidegate::value

#endif  // TIDEGATE_NODE_RECORD_VALUE_CATALOGUE_H_
