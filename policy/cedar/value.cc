#include "policy/cedar/value.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "policy/cedar/extensions.h"
#include "policy/cedar/text.h"

namespace tidegate::cedar {
namespace {

struct StringRep final : internal::Rep {
  std::string text;
};
struct EntityRep final : internal::Rep {
  EntityUid uid;
};
struct IpRep final : internal::Rep {
  IpAddr ip;
};
struct SetRep final : internal::Rep {
  std::vector<Value> elements;
};
struct RecordRep final : internal::Rep {
  std::vector<Value::Field> fields;
};

int Sign(std::strong_ordering order) {
  if (std::is_lt(order)) return -1;
  return std::is_gt(order) ? 1 : 0;
}

int CompareSets(const std::vector<Value>& a, const std::vector<Value>& b) {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  for (size_t i = 0; i < a.size(); ++i) {
    if (int c = Value::Compare(a[i], b[i]); c != 0) return c;
  }
  return 0;
}

int CompareRecords(const std::vector<Value::Field>& a, const std::vector<Value::Field>& b) {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  for (size_t i = 0; i < a.size(); ++i) {
    if (int c = a[i].first.compare(b[i].first); c != 0) return c < 0 ? -1 : 1;
    if (int c = Value::Compare(a[i].second, b[i].second); c != 0) return c;
  }
  return 0;
}

}  // namespace

EntityUid::EntityUid() {
  static const EntityUid* const empty = new EntityUid("", "");
  rep_ = empty->rep_;
}

EntityUid::EntityUid(std::string_view type, std::string_view id) {
  auto rep = std::make_unique<internal::UidRep>();
  rep->type = type;
  rep->id = id;
  const size_t h = std::hash<std::string_view>{}(id);
  rep->hash = std::hash<std::string_view>{}(type)*0x9E3779B97F4A7C15ull + (h ^ (h >> 29));
  rep_ = internal::Ref<internal::UidRep>(rep.release());
}

bool EntityUid::SameText(const EntityUid& other) const {
  return rep_->id == other.rep_->id && rep_->type == other.rep_->type;
}

std::strong_ordering operator<=>(const EntityUid& a, const EntityUid& b) {
  if (int c = a.type().compare(b.type()); c != 0) return c <=> 0;
  return a.id().compare(b.id()) <=> 0;
}

std::string EntityUid::ToString() const { return type() + "::" + Quoted(id()); }

std::string_view KindName(ValueKind kind) {
  switch (kind) {
    case ValueKind::kBool:
      return "bool";
    case ValueKind::kLong:
      return "long";
    case ValueKind::kDecimal:
      return "decimal";
    case ValueKind::kDatetime:
      return "datetime";
    case ValueKind::kDuration:
      return "duration";
    case ValueKind::kString:
      return "string";
    case ValueKind::kEntity:
      return "entity";
    case ValueKind::kIpAddr:
      return "ipaddr";
    case ValueKind::kSet:
      return "set";
    case ValueKind::kRecord:
      return "record";
  }
  return "value";
}

Value::Value(const Value& other) : kind_(other.kind_), bits_(other.bits_) {
  if (counted()) bits_.rep->refs.fetch_add(1, std::memory_order_relaxed);
}

Value::Value(Value&& other) noexcept : kind_(other.kind_), bits_(other.bits_) {
  other.kind_ = ValueKind::kBool;
  other.bits_.number = 0;
}

Value& Value::operator=(const Value& other) {
  Value copy(other);
  return *this = std::move(copy);
}

Value& Value::operator=(Value&& other) noexcept {
  std::swap(kind_, other.kind_);
  std::swap(bits_, other.bits_);
  return *this;
}

void Value::Release() {
  if (counted() && bits_.rep->refs.fetch_sub(1, std::memory_order_acq_rel) == 1) delete bits_.rep;
}

Value Value::Units(ValueKind kind, int64_t number) {
  Value v;
  v.kind_ = kind;
  v.bits_.number = number;
  return v;
}

Value Value::Heap(ValueKind kind, const internal::Rep* rep) {
  rep->refs.store(1, std::memory_order_relaxed);
  Value v;
  v.kind_ = kind;
  v.bits_.rep = rep;
  return v;
}

Value Value::Bool(bool b) { return Units(ValueKind::kBool, b ? 1 : 0); }
Value Value::Long(int64_t n) { return Units(ValueKind::kLong, n); }
Value Value::DecimalUnits(int64_t ten_thousandths) { return Units(ValueKind::kDecimal, ten_thousandths); }
Value Value::DatetimeMillis(int64_t since_epoch) { return Units(ValueKind::kDatetime, since_epoch); }
Value Value::DurationMillis(int64_t millis) { return Units(ValueKind::kDuration, millis); }

Value Value::String(std::string_view text) {
  auto rep = std::make_unique<StringRep>();
  rep->text = text;
  return Heap(ValueKind::kString, rep.release());
}

Value Value::Entity(EntityUid uid) {
  auto rep = std::make_unique<EntityRep>();
  rep->uid = std::move(uid);
  return Heap(ValueKind::kEntity, rep.release());
}

Value Value::IpRange(const IpAddr& ip) {
  auto rep = std::make_unique<IpRep>();
  rep->ip = ip;
  return Heap(ValueKind::kIpAddr, rep.release());
}

Value Value::Set(std::vector<Value> elements) {
  auto rep = std::make_unique<SetRep>();
  rep->elements = std::move(elements);
  auto& e = rep->elements;
  std::sort(e.begin(), e.end(), [](const Value& a, const Value& b) { return Compare(a, b) < 0; });
  e.erase(std::unique(e.begin(), e.end()), e.end());
  return Heap(ValueKind::kSet, rep.release());
}

Value Value::Record(std::vector<Field> fields) {
  auto rep = std::make_unique<RecordRep>();
  rep->fields = std::move(fields);
  auto& f = rep->fields;
  std::stable_sort(f.begin(), f.end(), [](const Field& a, const Field& b) { return a.first < b.first; });
  // If names are equal, keep the last: walk backwards, because unique keeps the first that it meets.
  f.erase(f.begin(),
          std::unique(f.rbegin(), f.rend(), [](const Field& a, const Field& b) { return a.first == b.first; }).base());
  return Heap(ValueKind::kRecord, rep.release());
}

absl::StatusOr<Value> Value::Decimal(std::string_view text) { return ParseDecimal(text); }
absl::StatusOr<Value> Value::Ip(std::string_view text) { return ParseIp(text); }
absl::StatusOr<Value> Value::Datetime(std::string_view text) { return ParseDatetime(text); }
absl::StatusOr<Value> Value::Duration(std::string_view text) { return ParseDuration(text); }

const std::string& Value::AsString() const { return static_cast<const StringRep*>(bits_.rep)->text; }
const EntityUid& Value::AsEntity() const { return static_cast<const EntityRep*>(bits_.rep)->uid; }
const IpAddr& Value::AsIp() const { return static_cast<const IpRep*>(bits_.rep)->ip; }
const std::vector<Value>& Value::AsSet() const { return static_cast<const SetRep*>(bits_.rep)->elements; }
const std::vector<Value::Field>& Value::AsRecord() const { return static_cast<const RecordRep*>(bits_.rep)->fields; }

const Value* Value::Find(std::string_view field) const {
  const std::vector<Field>& fields = AsRecord();
  size_t low = 0;
  size_t high = fields.size();
  while (low < high) {
    const size_t mid = (low + high) / 2;
    const int c = fields[mid].first.compare(field);
    if (c == 0) return &fields[mid].second;
    if (c < 0) {
      low = mid + 1;
    } else {
      high = mid;
    }
  }
  return nullptr;
}

bool Value::Contains(const Value& element) const {
  const std::vector<Value>& set = AsSet();
  const auto at = std::lower_bound(set.begin(), set.end(), element,
                                   [](const Value& a, const Value& b) { return Compare(a, b) < 0; });
  return at != set.end() && Compare(*at, element) == 0;
}

int Value::Compare(const Value& a, const Value& b) {
  if (a.kind_ != b.kind_) return a.kind_ < b.kind_ ? -1 : 1;
  if (!a.counted()) return a.bits_.number == b.bits_.number ? 0 : (a.bits_.number < b.bits_.number ? -1 : 1);
  if (a.bits_.rep == b.bits_.rep) return 0;
  switch (a.kind_) {
    case ValueKind::kString: {
      const int c = a.AsString().compare(b.AsString());
      return c == 0 ? 0 : (c < 0 ? -1 : 1);
    }
    case ValueKind::kEntity:
      return a.AsEntity() == b.AsEntity() ? 0 : Sign(a.AsEntity() <=> b.AsEntity());
    case ValueKind::kIpAddr:
      return Sign(a.AsIp() <=> b.AsIp());
    case ValueKind::kSet:
      return CompareSets(a.AsSet(), b.AsSet());
    case ValueKind::kRecord:
      return CompareRecords(a.AsRecord(), b.AsRecord());
    default:
      return 0;
  }
}

std::string Value::ToString() const {
  switch (kind_) {
    case ValueKind::kBool:
      return AsBool() ? "true" : "false";
    case ValueKind::kLong:
      return std::to_string(AsLong());
    case ValueKind::kString:
      return Quoted(AsString());
    case ValueKind::kEntity:
      return AsEntity().ToString();
    case ValueKind::kSet: {
      std::string out = "[";
      for (const Value& v : AsSet()) {
        if (out.size() > 1) out += ", ";
        out += v.ToString();
      }
      return out + "]";
    }
    case ValueKind::kRecord: {
      std::string out = "{";
      for (const Field& f : AsRecord()) {
        if (out.size() > 1) out += ", ";
        out += (IsPlainIdentifier(f.first) ? f.first : Quoted(f.first)) + ": " + f.second.ToString();
      }
      return out + "}";
    }
    default:
      return ExtensionToExpression(*this);
  }
}

}  // namespace tidegate::cedar
