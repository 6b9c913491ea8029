#ifndef TIDEGATE_POLICY_CEDAR_EXTENSIONS_H_
#define TIDEGATE_POLICY_CEDAR_EXTENSIONS_H_

// The extension types decimal, ipaddr, datetime and duration: their texts and their functions. Private to the room.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "policy/cedar/value.h"

namespace tidegate::cedar {

inline constexpr int64_t kMillisPerDay = 86'400'000;

absl::StatusOr<Value> ParseDecimal(std::string_view text);
absl::StatusOr<Value> ParseIp(std::string_view text);
absl::StatusOr<Value> ParseDatetime(std::string_view text);
absl::StatusOr<Value> ParseDuration(std::string_view text);

// A constructor call that makes this value: `decimal("1.5")`.
std::string ExtensionToExpression(const Value& value);
// The function and the argument of that call. A datetime and a duration have one argument too.
std::string_view ExtensionConstructor(ValueKind kind);
std::string ExtensionArgument(const Value& value);

enum class ExtFn : uint8_t {
  kDecimal,
  kIp,
  kDatetime,
  kDuration,
  kLessThan,
  kLessThanOrEqual,
  kGreaterThan,
  kGreaterThanOrEqual,
  kIsIpv4,
  kIsIpv6,
  kIsLoopback,
  kIsMulticast,
  kIsInRange,
  kOffset,
  kDurationSince,
  kToDate,
  kToTime,
  kToMilliseconds,
  kToSeconds,
  kToMinutes,
  kToHours,
  kToDays,
};

struct ExtSignature {
  ExtFn fn;
  std::string_view name;
  bool method;                        // written a.f(b), else f(a)
  std::vector<ValueKind> parameters;  // the receiver of a method comes first
  ValueKind result;
  bool constructor() const { return !method; }
};

const ExtSignature& Signature(ExtFn fn);
// By name; null if there is none.
const ExtSignature* FindExtension(std::string_view name);
const std::vector<ExtSignature>& AllExtensions();

// Applies a function to arguments. Errors: InvalidArgument for a wrong kind or number of arguments, a text that is not
// of the type, or a result out of range.
absl::StatusOr<Value> CallExtension(ExtFn fn, const Value* const* arguments, size_t count);

}  // namespace tidegate::cedar

#endif  // TIDEGATE_POLICY_CEDAR_EXTENSIONS_H_
