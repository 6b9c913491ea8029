#include "policy/cedar/extensions.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "policy/cedar/text.h"

namespace tidegate::cedar {
namespace {

using K = ValueKind;

std::vector<ExtSignature> MakeTable() {
  return {
      {ExtFn::kDecimal, "decimal", false, {K::kString}, K::kDecimal},
      {ExtFn::kIp, "ip", false, {K::kString}, K::kIpAddr},
      {ExtFn::kDatetime, "datetime", false, {K::kString}, K::kDatetime},
      {ExtFn::kDuration, "duration", false, {K::kString}, K::kDuration},
      {ExtFn::kLessThan, "lessThan", true, {K::kDecimal, K::kDecimal}, K::kBool},
      {ExtFn::kLessThanOrEqual, "lessThanOrEqual", true, {K::kDecimal, K::kDecimal}, K::kBool},
      {ExtFn::kGreaterThan, "greaterThan", true, {K::kDecimal, K::kDecimal}, K::kBool},
      {ExtFn::kGreaterThanOrEqual, "greaterThanOrEqual", true, {K::kDecimal, K::kDecimal}, K::kBool},
      {ExtFn::kIsIpv4, "isIpv4", true, {K::kIpAddr}, K::kBool},
      {ExtFn::kIsIpv6, "isIpv6", true, {K::kIpAddr}, K::kBool},
      {ExtFn::kIsLoopback, "isLoopback", true, {K::kIpAddr}, K::kBool},
      {ExtFn::kIsMulticast, "isMulticast", true, {K::kIpAddr}, K::kBool},
      {ExtFn::kIsInRange, "isInRange", true, {K::kIpAddr, K::kIpAddr}, K::kBool},
      {ExtFn::kOffset, "offset", true, {K::kDatetime, K::kDuration}, K::kDatetime},
      {ExtFn::kDurationSince, "durationSince", true, {K::kDatetime, K::kDatetime}, K::kDuration},
      {ExtFn::kToDate, "toDate", true, {K::kDatetime}, K::kDatetime},
      {ExtFn::kToTime, "toTime", true, {K::kDatetime}, K::kDuration},
      {ExtFn::kToMilliseconds, "toMilliseconds", true, {K::kDuration}, K::kLong},
      {ExtFn::kToSeconds, "toSeconds", true, {K::kDuration}, K::kLong},
      {ExtFn::kToMinutes, "toMinutes", true, {K::kDuration}, K::kLong},
      {ExtFn::kToHours, "toHours", true, {K::kDuration}, K::kLong},
      {ExtFn::kToDays, "toDays", true, {K::kDuration}, K::kLong},
  };
}

bool SamePrefix(const IpAddr& a, const IpAddr& b, int bits) {
  const size_t whole = static_cast<size_t>(bits / 8);
  if (!std::equal(a.bytes, a.bytes + whole, b.bytes)) return false;
  if (bits % 8 == 0) return true;
  const uint8_t mask = static_cast<uint8_t>(0xFF << (8 - bits % 8));
  return (a.bytes[whole] & mask) == (b.bytes[whole] & mask);
}

// Every address of `inner` is one of `outer`.
bool InRange(const IpAddr& inner, const IpAddr& outer) {
  return inner.v6 == outer.v6 && inner.prefix >= outer.prefix && SamePrefix(inner, outer, outer.prefix);
}

bool IsLoopback(const IpAddr& ip) {
  IpAddr home;
  home.v6 = ip.v6;
  home.prefix = ip.v6 ? 128 : 8;
  home.bytes[ip.v6 ? 15 : 0] = ip.v6 ? 1 : 127;
  return InRange(ip, home);
}

bool IsMulticast(const IpAddr& ip) {
  IpAddr group;
  group.v6 = ip.v6;
  group.prefix = ip.v6 ? 8 : 4;
  group.bytes[0] = ip.v6 ? 0xFF : 0xE0;
  return InRange(ip, group);
}

absl::Status OutOfRange(ExtFn fn) { return Invalid(Cat("`", Signature(fn).name, "`: the result is out of range")); }

absl::StatusOr<Value> ToDate(int64_t millis) {
  const int64_t of_day = ((millis % kMillisPerDay) + kMillisPerDay) % kMillisPerDay;
  int64_t date = 0;
  if (__builtin_sub_overflow(millis, of_day, &date)) return OutOfRange(ExtFn::kToDate);
  return Value::DatetimeMillis(date);
}

absl::StatusOr<Value> Construct(ExtFn fn, std::string_view text) {
  switch (fn) {
    case ExtFn::kDecimal:
      return ParseDecimal(text);
    case ExtFn::kIp:
      return ParseIp(text);
    case ExtFn::kDatetime:
      return ParseDatetime(text);
    default:
      return ParseDuration(text);
  }
}

absl::StatusOr<Value> CallOnIp(ExtFn fn, const IpAddr& ip, const Value* const* arguments) {
  switch (fn) {
    case ExtFn::kIsIpv4:
      return Value::Bool(!ip.v6);
    case ExtFn::kIsIpv6:
      return Value::Bool(ip.v6);
    case ExtFn::kIsLoopback:
      return Value::Bool(IsLoopback(ip));
    case ExtFn::kIsMulticast:
      return Value::Bool(IsMulticast(ip));
    default:
      return Value::Bool(InRange(ip, arguments[1]->AsIp()));
  }
}

absl::StatusOr<Value> CallOnNumber(ExtFn fn, int64_t a, const Value* const* arguments) {
  int64_t result = 0;
  switch (fn) {
    case ExtFn::kLessThan:
      return Value::Bool(a < arguments[1]->AsUnits());
    case ExtFn::kLessThanOrEqual:
      return Value::Bool(a <= arguments[1]->AsUnits());
    case ExtFn::kGreaterThan:
      return Value::Bool(a > arguments[1]->AsUnits());
    case ExtFn::kGreaterThanOrEqual:
      return Value::Bool(a >= arguments[1]->AsUnits());
    case ExtFn::kOffset:
      if (__builtin_add_overflow(a, arguments[1]->AsUnits(), &result)) return OutOfRange(fn);
      return Value::DatetimeMillis(result);
    case ExtFn::kDurationSince:
      if (__builtin_sub_overflow(a, arguments[1]->AsUnits(), &result)) return OutOfRange(fn);
      return Value::DurationMillis(result);
    case ExtFn::kToDate:
      return ToDate(a);
    case ExtFn::kToTime:
      return Value::DurationMillis(((a % kMillisPerDay) + kMillisPerDay) % kMillisPerDay);
    case ExtFn::kToSeconds:
      return Value::Long(a / 1000);
    case ExtFn::kToMinutes:
      return Value::Long(a / 60'000);
    case ExtFn::kToHours:
      return Value::Long(a / 3'600'000);
    case ExtFn::kToDays:
      return Value::Long(a / kMillisPerDay);
    default:
      return Value::Long(a);
  }
}

}  // namespace

const std::vector<ExtSignature>& AllExtensions() {
  static const auto* const table = new std::vector<ExtSignature>(MakeTable());
  return *table;
}

const ExtSignature& Signature(ExtFn fn) { return AllExtensions()[static_cast<size_t>(fn)]; }

const ExtSignature* FindExtension(std::string_view name) {
  for (const ExtSignature& s : AllExtensions()) {
    if (s.name == name) return &s;
  }
  return nullptr;
}

absl::StatusOr<Value> CallExtension(ExtFn fn, const Value* const* arguments, size_t count) {
  const ExtSignature& signature = Signature(fn);
  if (count != signature.parameters.size()) {
    const size_t receiver = signature.method ? 1 : 0;
    return Invalid(Cat("`", signature.name, "` takes ", signature.parameters.size() - receiver, " argument(s), not ",
                       count < receiver ? 0 : count - receiver));
  }
  for (size_t i = 0; i < count; ++i) {
    if (arguments[i]->kind() != signature.parameters[i]) {
      return Invalid(Cat("`", signature.name, "`: expected ", KindName(signature.parameters[i]), ", got ",
                         KindName(arguments[i]->kind())));
    }
  }
  if (signature.constructor()) return Construct(fn, arguments[0]->AsString());
  if (arguments[0]->kind() == K::kIpAddr) return CallOnIp(fn, arguments[0]->AsIp(), arguments);
  return CallOnNumber(fn, arguments[0]->AsUnits(), arguments);
}

}  // namespace tidegate::cedar
