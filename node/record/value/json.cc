// Values as JSON, for programs.
#include "nlohmann/json.hpp"

#include <cmath>
#include <utility>

#include "absl/strings/escaping.h"
#include "node/record/value/calendar.h"
#include "node/record/value/refusal.h"
#include "node/record/value/value.h"

namespace tidegate::value {
namespace {

using nlohmann::json;

// --- to JSON
// ----------------------------------------------------------------------------------------------------------

std::string Hex(std::string_view bytes) {
  return absl::BytesToHexString(absl::string_view(bytes.data(), bytes.size()));
}

json Write(const Unknown&) { return nullptr; }
json Write(const Text& v) { return v.text; }
json Write(const CodeValue& v) { return v.code; }
json Write(const Tristate& v) { return v.yes; }
json Write(const Reference& v) { return Hex(crypto::View(v.id)); }

// Bounds are decimals in strings: a double would not give all of them back.
json Write(const Quantity& v) {
  json out = json::object();
  if (v.lower) out["lower"] = FormatDecimal(*v.lower);
  if (v.upper) out["upper"] = FormatDecimal(*v.upper);
  if (v.lower_open) out["lower_open"] = true;
  if (v.upper_open) out["upper_open"] = true;
  if (v.approximate) out["approximate"] = true;
  if (!v.unit.empty()) out["unit"] = v.unit;
  return out;
}

json Write(const TimeRange& v) {
  json out = json::object();
  if (v.from) out["from"] = FormatInstant(*v.from);
  if (v.to) out["to"] = FormatInstant(*v.to);
  return out;
}

json Write(const Place& v) {
  json out = json::object();
  if (!v.name.empty()) out["name"] = v.name;
  if (!v.locality.empty()) out["locality"] = v.locality;
  if (!v.region.empty()) out["region"] = v.region;
  if (!v.country.empty()) out["country"] = v.country;
  if (v.coordinates) {
    out["latitude"] = v.coordinates->latitude_e6 / 1e6;
    out["longitude"] = v.coordinates->longitude_e6 / 1e6;
  }
  return out;
}

json Write(const Identifier& v) {
  json out = {{"scheme", v.scheme}, {"value", v.value}};
  if (v.masked) out["masked"] = true;
  return out;
}

json Write(const Attachment& v) {
  return {{"sha256", Hex(crypto::View(v.sha256))}, {"size", v.size}, {"media_type", v.media_type}};
}

json Write(const Narrative& v) {
  json out = json::object();
  if (!v.text.empty()) out["text"] = v.text;
  if (!v.sanitised.empty()) out["sanitised"] = v.sanitised;
  if (!v.heading.empty()) out["heading"] = v.heading;
  return out;
}

json WriteScalar(const Scalar& scalar) {
  return std::visit([](const auto& v) { return Write(v); }, scalar);
}

// --- from JSON
// --------------------------------------------------------------------------------------------------------

// Reads the members of an object, each known and of its type; afterwards ok() says whether all were.
class Members {
 public:
  explicit Members(const json& object) : object_(object) {}

  std::string String(const char* name) {
    const auto at = Find(name);
    if (at == object_.end()) return {};
    if (!at->is_string()) return Wrong();
    return at->get<std::string>();
  }
  bool Bool(const char* name) {
    const auto at = Find(name);
    if (at == object_.end()) return false;
    if (!at->is_boolean()) Wrong();
    return at->is_boolean() && at->get<bool>();
  }
  // A number, or its decimal digits as a string.
  std::optional<std::string> Number(const char* name) {
    const auto at = Find(name);
    if (at == object_.end()) return std::nullopt;
    if (at->is_string()) return at->get<std::string>();
    if (!at->is_number()) return Wrong();
    return at->dump();
  }
  std::optional<double> Double(const char* name) {
    const auto at = Find(name);
    if (at == object_.end()) return std::nullopt;
    if (!at->is_number()) Wrong();
    return at->is_number() ? at->get<double>() : 0.0;
  }
  bool Has(const char* name) const { return object_.contains(name); }
  bool ok() const { return ok_ && seen_ == object_.size(); }

 private:
  json::const_iterator Find(const char* name) {
    const auto at = object_.find(name);
    if (at != object_.end()) ++seen_;
    return at;
  }
  std::string Wrong() {
    ok_ = false;
    return {};
  }

  const json& object_;
  size_t seen_ = 0;
  bool ok_ = true;
};

absl::Status Malformed(const Slot& slot) {
  return RefuseField(slot, {"the JSON does not have the members of type ", TypeName(slot.type)});
}

std::optional<Decimal> ReadNumber(const std::optional<std::string>& digits) {
  return digits ? ParseDecimal(*digits) : std::nullopt;
}

absl::StatusOr<Scalar> ReadQuantity(const Slot& slot, const json& object) {
  Members members(object);
  Quantity out;
  out.lower = ReadNumber(members.Number("lower"));
  out.upper = ReadNumber(members.Number("upper"));
  out.lower_open = members.Bool("lower_open");
  out.upper_open = members.Bool("upper_open");
  out.approximate = members.Bool("approximate");
  out.unit = members.Has("unit") ? members.String("unit") : std::string(slot.unit == "money" ? "" : slot.unit);
  const bool numbers = members.Has("lower") == out.lower.has_value() && members.Has("upper") == out.upper.has_value();
  if (!members.ok() || !numbers) return Malformed(slot);
  return out;
}

absl::StatusOr<Scalar> ReadTime(const Slot& slot, const json& object) {
  Members members(object);
  TimeRange out;
  const std::string from = members.String("from");
  const std::string to = members.String("to");
  out.from = ParseInstant(from);
  out.to = ParseInstant(to);
  if (!members.ok() || (!from.empty() && !out.from) || (!to.empty() && !out.to)) return Malformed(slot);
  return out;
}

std::optional<int32_t> MicroDegrees(double degrees) {
  const double micro = std::round(degrees * 1e6);
  if (!(std::fabs(micro) <= 180e6)) return std::nullopt;
  return static_cast<int32_t>(micro);
}

absl::StatusOr<Scalar> ReadPlace(const Slot& slot, const json& object) {
  Members members(object);
  Place out;
  out.name = members.String("name");
  out.locality = members.String("locality");
  out.region = members.String("region");
  out.country = members.String("country");
  const std::optional<double> latitude = members.Double("latitude");
  const std::optional<double> longitude = members.Double("longitude");
  if (latitude && longitude) {
    const auto north = MicroDegrees(*latitude);
    const auto east = MicroDegrees(*longitude);
    if (!north || !east) return Malformed(slot);
    out.coordinates = Coordinates{*north, *east};
  }
  if (!members.ok() || latitude.has_value() != longitude.has_value()) return Malformed(slot);
  return out;
}

absl::StatusOr<Scalar> ReadIdentifier(const Slot& slot, const json& object, std::string_view home) {
  Members members(object);
  Identifier out;
  out.scheme = members.String("scheme");
  out.value = members.String("value");
  out.masked = members.Bool("masked");
  if (!members.ok()) return Malformed(slot);
  if (out.masked) return out;
  absl::StatusOr<std::string> canonical = CanonicalIdentifier(out.scheme, out.value, home);
  if (!canonical.ok()) return RefuseField(slot, {WithoutRoom(canonical.status())});
  out.value = *std::move(canonical);
  return out;
}

absl::StatusOr<Scalar> ReadNarrative(const Slot& slot, const json& object) {
  Members members(object);
  Narrative out;
  out.text = members.String("text");
  out.sanitised = members.String("sanitised");
  out.heading = members.String("heading");
  if (!members.ok()) return Malformed(slot);
  return out;
}

// Through the text form of one item; `slot` may repeat, so a semicolon is escaped.
absl::StatusOr<Scalar> ReadWords(const Slot& slot, const std::string& text, std::string_view home) {
  std::string escaped;
  for (char c : text) {
    if (c == ';' && slot.repeated) escaped.push_back('\\');
    escaped.push_back(c);
  }
  absl::StatusOr<Value> value = ParseValue(slot, escaped, home);
  if (!value.ok()) return value.status();
  return std::move(value->items.front());
}

absl::StatusOr<Scalar> ReadAttachment(const Slot& slot, const json& object) {
  Members members(object);
  const std::string sha256 = members.String("sha256");
  const std::optional<std::string> size = members.Number("size");
  const std::string media_type = members.String("media_type");
  if (!members.ok() || !size) return Malformed(slot);
  return ReadWords(slot, Joined({sha256, " ", *size, " ", media_type}), {});
}

absl::StatusOr<Scalar> ReadObject(const Slot& slot, const json& object, std::string_view home) {
  switch (slot.type) {
    case Type::kQuantity:
      return ReadQuantity(slot, object);
    case Type::kTime:
      return ReadTime(slot, object);
    case Type::kPlace:
      return ReadPlace(slot, object);
    case Type::kIdentifier:
      return ReadIdentifier(slot, object, home);
    case Type::kAttachment:
      return ReadAttachment(slot, object);
    case Type::kNarrative:
      return ReadNarrative(slot, object);
    default:
      return Malformed(slot);
  }
}

constexpr Decimal kUnknownNumber{-99, 0};  // CTDC

// A number of JSON has one meaning, unlike the digits of a text.
absl::StatusOr<Scalar> ReadBareQuantity(const Slot& slot, const json& item) {
  Quantity out;
  if (item.is_number()) out.lower = out.upper = ParseDecimal(item.dump());
  out.unit = slot.unit;
  if (!out.lower) return Malformed(slot);
  if (*out.lower == kUnknownNumber) return Unknown{};
  if (slot.unit == "money") return RefuseField(slot, {"an amount needs its currency: `1200 GBP` (ISO 4217)"});
  return out;
}

absl::StatusOr<Scalar> ReadJsonItem(const Slot& slot, const json& item, std::string_view home) {
  if (item.is_null()) return Unknown{};
  if (item.is_object()) return ReadObject(slot, item, home);
  if (item.is_boolean() && slot.type == Type::kTristate) return Tristate{item.get<bool>()};
  if (item.is_string()) {
    const auto& text = item.get_ref<const std::string&>();
    // Kept to the byte: ToJson writes text as it is, and the word "unknown" in quotes is a text.
    if (slot.type == Type::kText) return Text{text};
    return ReadWords(slot, text, home);
  }
  if (item.is_number() && slot.type == Type::kQuantity) return ReadBareQuantity(slot, item);
  const bool numeric = slot.type == Type::kTristate || slot.type == Type::kCode;
  if (item.is_number() && numeric) return ReadWords(slot, item.dump(), {});
  return Malformed(slot);
}

}  // namespace

nlohmann::json ToJson(const Slot& slot, const Value& value) {
  if (!slot.repeated) return value.items.empty() ? json(nullptr) : WriteScalar(value.items.front());
  json out = json::array();
  for (const Scalar& scalar : value.items) out.push_back(WriteScalar(scalar));
  return out;
}

absl::StatusOr<Value> FromJson(const Slot& slot, const nlohmann::json& value_json, std::string_view home) {
  Value value;
  if (slot.repeated && value_json.is_string()) return ParseValue(slot, value_json.get_ref<const std::string&>(), home);
  const bool array = slot.repeated && value_json.is_array();
  const size_t count = array ? value_json.size() : 1;
  if (count > kMaxItems) return RefuseField(slot, {"more than ", std::to_string(kMaxItems), " items"});
  for (size_t i = 0; i < count; ++i) {
    absl::StatusOr<Scalar> scalar = ReadJsonItem(slot, array ? value_json[i] : value_json, home);
    if (!scalar.ok()) return scalar.status();
    value.items.push_back(*std::move(scalar));
  }
  if (absl::Status valid = ValidateValue(slot, value); !valid.ok()) return valid;
  return value;
}

}  // namespace tidegate::value
