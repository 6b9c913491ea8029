// Objects and kinds, property by property: STIX.md, "Objects".
#include <algorithm>
#include <array>

#include "node/stix/stix.h"

namespace tidegate::stix {
namespace {

constexpr PropertyRule kReportRules[] = {
    {"name", "title", As::kText, true},
    {"description", "narrative"},
    {"published", "reported", As::kTime},
    {"object_refs", "", As::kMentions},
    {"report_types", "report_type", As::kCodes},
    {"confidence", "", As::kWords},
    {"labels", "tags", As::kCodes},
    {"lang", "", As::kWords},
};
constexpr PropertyRule kNoteRules[] = {
    {"abstract", "title"},
    {"content", "narrative", As::kText, true},
    {"created", "reported", As::kTime},
    {"object_refs", "", As::kMentions},
    {"authors", "", As::kWords},
    {"note_types", "", As::kWords},
    {"confidence", "", As::kWords},
    {"labels", "tags", As::kCodes},
    {"lang", "", As::kWords},
};
constexpr PropertyRule kObservedDataRules[] = {
    {"first_observed", "observed", As::kFrom, true},
    {"last_observed", "observed", As::kTo, true},
    {"number_observed", "", As::kWords, false, "1"},
    {"object_refs", "", As::kMentions},
    {"confidence", "", As::kWords},
    {"labels", "tags", As::kCodes},
    {"lang", "", As::kWords},
};
constexpr PropertyRule kIncidentRules[] = {
    {"name", "title", As::kText, true}, {"description", "narrative"},
    {"created", "raised", As::kTime},   {"confidence", "confidence", As::kConfidence},
    {"labels", "tags", As::kCodes},     {"lang", "", As::kWords},
};
constexpr PropertyRule kIndicatorRules[] = {
    {"name", "title"},
    {"description", "narrative"},
    {"pattern", "assessment", As::kText, true},
    {"pattern_type", "", As::kWords, false, "stix"},
    {"pattern_version", "", As::kWords, false, "2.1"},
    {"indicator_types", "", As::kWords},
    {"valid_from", "observed", As::kFrom},
    {"valid_until", "observed", As::kTo},
    {"created", "raised", As::kTime},
    {"confidence", "confidence", As::kConfidence},
    {"labels", "tags", As::kCodes},
    {"lang", "", As::kWords},
};
constexpr PropertyRule kPersonRules[] = {
    {"name", "name", As::kText, true},
    {"description", "narrative"},
    {"identity_class", "", As::kWords, false, "individual"},
    {"roles", "roles", As::kCodes},
    {"sectors", "", As::kWords},
    {"contact_information", "", As::kWords},
    {"confidence", "", As::kWords},
    {"labels", "tags", As::kCodes},
    {"lang", "", As::kWords},
};
constexpr PropertyRule kOrganisationRules[] = {
    {"name", "name", As::kText, true},
    {"description", "narrative"},
    {"identity_class", "", As::kWords, false, "organization"},
    {"roles", "roles", As::kCodes},
    {"sectors", "sector", As::kCodes, false, "industry"},
    {"contact_information", "", As::kWords},
    {"confidence", "", As::kWords},
    {"labels", "tags", As::kCodes},
    {"lang", "", As::kWords},
};
constexpr PropertyRule kLocationRules[] = {
    {"name", "name"},
    {"description", "narrative"},
    {"street_address", "place", As::kPlace, false, "name"},
    {"city", "place", As::kPlace, false, "locality"},
    {"administrative_area", "place", As::kPlace, false, "region"},
    {"country", "place", As::kPlace, false, "country"},
    {"latitude", "place", As::kPlace, false, "latitude"},
    {"longitude", "place", As::kPlace, false, "longitude"},
    {"precision", "", As::kWords},
    {"postal_code", "", As::kWords},
    {"region", "", As::kWords},
    {"confidence", "", As::kWords},
    {"labels", "tags", As::kCodes},
    {"lang", "", As::kWords},
};
constexpr PropertyRule kUserAccountRules[] = {
    {"account_login", "address", As::kIdentifier, false, "handle"},
    {"user_id", "address", As::kIdentifier, false, "handle", "other_addresses"},
    {"display_name", "title"},
    {"account_type", "platform", As::kCodes},
    {"account_created", "posted", As::kTime},
};
constexpr PropertyRule kEmailRules[] = {{"value", "address", As::kIdentifier, true, "email"},
                                        {"display_name", "title"}};
constexpr PropertyRule kUrlRules[] = {{"value", "address", As::kIdentifier, true, "url"}};
constexpr PropertyRule kDomainRules[] = {{"value", "address", As::kIdentifier, true, "domain"}};
constexpr PropertyRule kIpRules[] = {{"value", "address", As::kIdentifier, true, "ip"}};
constexpr PropertyRule kRelationshipRules[] = {
    {"source_ref", "from", As::kReference, true},
    {"relationship_type", "verb", As::kVerb, true},
    {"target_ref", "to", As::kReference, true},
    {"description", "note"},
    {"start_time", "time", As::kFrom},
    {"stop_time", "time", As::kTo},
    {"confidence", "confidence", As::kConfidence},
    {"labels", "tags", As::kCodes},
    {"lang", "", As::kWords},
};
constexpr PropertyRule kSightingRules[] = {
    {"sighting_of_ref", "reference", As::kReference, true},
    {"description", "note"},
    {"first_seen", "time", As::kFrom},
    {"last_seen", "time", As::kTo},
    {"count", "count", As::kNumber},
    {"summary", "", As::kWords},
    {"confidence", "", As::kWords},
    {"labels", "tags", As::kCodes},
    {"lang", "", As::kWords},
};

template <std::size_t N>
constexpr TypeRule Rule(std::string_view type, std::string_view kind, const PropertyRule (&rules)[N],
                        std::string_view title = {}, std::string_view unless = {}) {
  return {type, kind, rules, title, unless};
}

constexpr TypeRule kTypes[] = {
    Rule("report", "report", kReportRules),
    Rule("note", "report", kNoteRules, "Note"),
    Rule("observed-data", "report", kObservedDataRules, "Observed data", "objects"),
    Rule("incident", "alert", kIncidentRules),
    Rule("indicator", "alert", kIndicatorRules, "Indicator"),
    Rule("location", "place", kLocationRules),
    Rule("user-account", "online", kUserAccountRules),
    Rule("email-addr", "online", kEmailRules),
    Rule("url", "online", kUrlRules),
    Rule("domain-name", "online", kDomainRules),
    Rule("ipv4-addr", "online", kIpRules),
    Rule("ipv6-addr", "online", kIpRules),
    Rule("relationship", "link", kRelationshipRules),
    Rule("sighting", "sighting", kSightingRules),
    Rule("identity", "person", kPersonRules),
    Rule("identity", "organisation", kOrganisationRules),
};

constexpr std::string_view kOwnTypePrefix = "x-tidegate-";

constexpr std::array<std::string_view, 7> kCommonProperties = {
    "spec_version", "created_by_ref", "modified", "extensions", "object_marking_refs", "granular_markings", "revoked"};

struct ConfidenceBand {
  std::int64_t most;
  std::string_view code;
};
constexpr std::array<ConfidenceBand, 7> kConfidenceBands = {{{5, "almost-no-chance"},
                                                             {20, "very-unlikely"},
                                                             {45, "unlikely"},
                                                             {55, "even-chance"},
                                                             {80, "likely"},
                                                             {95, "very-likely"},
                                                             {100, "almost-certain"}}};

// An identity of unknown class counts as a person, because less may be told of a person.
std::string_view KindOfIdentity(std::string_view identity_class) {
  const bool person = identity_class.empty() || identity_class == "individual" || identity_class == "unknown";
  return person ? "person" : "organisation";
}

}  // namespace

std::span<const TypeRule> Types() { return kTypes; }

const TypeRule* FindType(std::string_view type, std::string_view identity_class) {
  for (const TypeRule& rule : kTypes) {
    if (rule.type == type && (type != "identity" || rule.kind == KindOfIdentity(identity_class))) return &rule;
  }
  return nullptr;
}

std::string_view KindOfOwnType(std::string_view type) {
  if (!type.starts_with(kOwnTypePrefix)) return {};
  const record::Kind* kind = record::Catalogue::FindKind(type.substr(kOwnTypePrefix.size()));
  return kind == nullptr ? std::string_view() : kind->name;
}

bool IsCommonProperty(std::string_view property) {
  return std::find(kCommonProperties.begin(), kCommonProperties.end(), property) != kCommonProperties.end();
}

std::string_view ConfidenceCode(std::int64_t number) {
  const auto band = std::find_if(kConfidenceBands.begin(), kConfidenceBands.end(),
                                 [number](const ConfidenceBand& one) { return number <= one.most; });
  return band == kConfidenceBands.end() ? kConfidenceBands.back().code : band->code;
}

}  // namespace tidegate::stix
