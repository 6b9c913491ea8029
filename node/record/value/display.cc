// Values as people read them.
#include "absl/strings/escaping.h"
#include "absl/strings/str_format.h"
#include "node/record/value/refusal.h"
#include "node/record/value/value.h"

namespace tidegate::value {
namespace {

std::string Display(const Unknown&) { return "unknown"; }
std::string Display(const Text& v) { return v.text; }
std::string Display(const CodeValue& v) { return v.code; }
std::string Display(const Tristate& v) { return v.yes ? "yes" : "no"; }
std::string Display(const Reference& v) {
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(v.id.data()), v.id.size()));
}
std::string Display(const Identifier& v) { return v.scheme + ":" + v.value; }

std::string Display(const Quantity& v) {
  std::string out = v.approximate ? "~" : "";
  if (v.lower && v.upper) {
    out += v.lower == v.upper ? FormatDecimal(*v.lower)
                              : Joined({v.lower_open ? ">" : "", FormatDecimal(*v.lower),
                                        v.upper_open ? " to <" : " to ", FormatDecimal(*v.upper)});
  } else if (v.lower) {
    out += (v.lower_open ? ">" : ">=") + FormatDecimal(*v.lower);
  } else if (v.upper) {
    out += (v.upper_open ? "<" : "<=") + FormatDecimal(*v.upper);
  }
  if (!v.unit.empty()) out += (out.empty() ? "" : " ") + v.unit;
  return out;
}

std::string Display(const TimeRange& v) {
  if (v.from == v.to && v.from) return FormatInstant(*v.from);
  return Joined({v.from ? FormatInstant(*v.from) : "", "..", v.to ? FormatInstant(*v.to) : ""});
}

std::string Display(const Place& v) {
  std::string out;
  for (const std::string* part : {&v.name, &v.locality, &v.region, &v.country}) {
    if (!part->empty()) out += (out.empty() ? "" : ", ") + *part;
  }
  if (v.coordinates) {
    out += absl::StrFormat("%s(%.6f, %.6f)", out.empty() ? "" : " ", v.coordinates->latitude_e6 / 1e6,
                           v.coordinates->longitude_e6 / 1e6);
  }
  return out;
}

std::string Display(const Attachment& v) {
  const std::string hash =
      absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(v.sha256.data()), v.sha256.size()));
  return Joined({hash, " ", std::to_string(v.size), " ", v.media_type});
}

std::string Display(const Narrative& v) {
  std::string out = v.heading;
  const std::string& body = v.text.empty() ? v.sanitised : v.text;
  if (!body.empty()) out += (out.empty() ? "" : "\n") + body;
  return out;
}

}  // namespace

std::string FormatDecimal(const Decimal& d) {
  std::string digits = std::to_string(d.mantissa < 0 ? -d.mantissa : d.mantissa);
  if (d.scale > 0) {
    if (digits.size() <= d.scale) digits.insert(0, d.scale + 1 - digits.size(), '0');
    digits.insert(digits.size() - d.scale, 1, '.');
  }
  return d.mantissa < 0 ? "-" + digits : digits;
}

std::string DisplayScalar(const Scalar& scalar) {
  return std::visit([](const auto& v) { return Display(v); }, scalar);
}

std::string DisplayValue(const Slot&, const Value& value) {
  std::string out;
  for (const Scalar& scalar : value.items) {
    if (!out.empty()) out.push_back('\n');
    out += DisplayScalar(scalar);
  }
  return out;
}

}  // namespace tidegate::value
