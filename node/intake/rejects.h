// The columns and properties that RejectsFile adds and that a reader of its files ignores.
#ifndef TIDEGATE_NODE_INTAKE_REJECTS_H_
#define TIDEGATE_NODE_INTAKE_REJECTS_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace tidegate::intake {

inline constexpr std::string_view kRejectRow = "x_tidegate_row";
inline constexpr std::string_view kRejectField = "x_tidegate_field";
inline constexpr std::string_view kRejectReason = "x_tidegate_reason";

inline constexpr std::string_view kRejectOriginal = "x_tidegate_original";
inline constexpr std::size_t kRejectColumns = 4;

inline bool IsRejectColumn(std::string_view name) {
  return name == kRejectRow || name == kRejectField || name == kRejectReason || name == kRejectOriginal;
}

// The path without the endings that RejectsFile gives: `.rejects.csv`, `.rejects.2.md`.
std::string_view WithoutRejectsEnding(std::string_view path);

// True if RejectsFile put a reason into this STIX object. Then `stripped` is the object without it.
bool StripRejectReason(std::string_view object, std::string* stripped);

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_REJECTS_H_
