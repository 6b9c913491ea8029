// Writes STIX objects and bundles for tests.
#ifndef TIDEGATE_TESTS_UNIT_INTAKE_STIX_OBJECTS_H_
#define TIDEGATE_TESTS_UNIT_INTAKE_STIX_OBJECTS_H_

#include <initializer_list>
#include <string>
#include <string_view>

#include "node/intake/text.h"
#include "node/stix/stix.h"
#include "tests/unit/intake/collect.h"

namespace tidegate::intake {

inline constexpr std::string_view kClear2 = "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487";
inline constexpr std::string_view kGreen1 = "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da";
inline constexpr std::string_view kAmber2 = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421";
inline constexpr std::string_view kStrict2 = "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003";
inline constexpr std::string_view kOther = "marking-definition--11111111-2222-4333-8444-555555555555";

inline std::string Id(std::string_view type, int number) {
  std::string digits = std::to_string(number);
  return Cat({type, "--00000000-0000-4000-8000-", std::string(12 - digits.size(), '0'), digits});
}

// An object with `more` properties, written as JSON members.
inline std::string Object(std::string_view type, int number, std::string_view more) {
  return Cat({R"({"type":")", type, R"(","spec_version":"2.1","id":")", Id(type, number), R"(",)",
              R"("created":"2025-01-02T03:04:05.678Z","modified":"2025-01-02T03:04:05.678Z")", more.empty() ? "" : ",",
              more, "}"});
}

inline std::string Bundle(std::initializer_list<std::string> objects) {
  std::string text = R"({"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":[)";
  for (const std::string& object : objects) {
    if (text.back() != '[') text += ",\n";
    text += object;
  }
  return text + "]}";
}

inline Collected ReadObjects(std::initializer_list<std::string> objects, const Limits& limits = {}) {
  return CollectText(Format::kStix, Bundle(objects), nullptr, {}, limits);
}

inline std::string Marked(std::initializer_list<std::string_view> ids) {
  std::string list;
  for (std::string_view id : ids) list += Cat({list.empty() ? "" : ",", "\"", id, "\""});
  return Cat({R"("object_marking_refs":[)", list, "]"});
}

inline std::string Own(std::string_view members) {
  return Cat({R"("extensions":{")", stix::kExtension, R"(":{"extension_type":"property-extension",)", members, "}}"});
}

// A marking of what a selector names.
inline std::string Granular(std::string_view marking, std::string_view selector) {
  return Cat({R"("granular_markings":[{"marking_ref":")", marking, R"(","selectors":[")", selector, R"("]}])"});
}

}  // namespace tidegate::intake

#endif  // TIDEGATE_TESTS_UNIT_INTAKE_STIX_OBJECTS_H_
