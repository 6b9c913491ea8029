#ifndef TIDEGATE_POLICY_CEDAR_VALUE_H_
#define TIDEGATE_POLICY_CEDAR_VALUE_H_

// Part of the door `policy/cedar/cedar.h`; include that. Cedar's values. They are immutable, cheap to copy (two words
// and a reference count), and safe to share between threads.

#include <atomic>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace tidegate::cedar {

namespace internal {

// The counted heap part of a value. Immutable once shared.
struct Rep {
  virtual ~Rep() = default;
  mutable std::atomic<uint32_t> refs{0};
};

// An owning pointer to a Rep.
template <typename T>
class Ref {
 public:
  Ref() = default;
  explicit Ref(const T* rep) : rep_(rep) { Acquire(); }
  Ref(const Ref& other) : rep_(other.rep_) { Acquire(); }
  Ref(Ref&& other) noexcept : rep_(std::exchange(other.rep_, nullptr)) {}
  Ref& operator=(Ref other) noexcept {
    std::swap(rep_, other.rep_);
    return *this;
  }
  ~Ref() {
    if (rep_ != nullptr && rep_->refs.fetch_sub(1, std::memory_order_acq_rel) == 1) delete rep_;
  }
  const T* get() const { return rep_; }
  const T* operator->() const { return rep_; }
  const T& operator*() const { return *rep_; }

 private:
  void Acquire() {
    if (rep_ != nullptr) rep_->refs.fetch_add(1, std::memory_order_relaxed);
  }
  const T* rep_ = nullptr;
};

struct UidRep final : Rep {
  size_t hash = 0;
  std::string type;
  std::string id;
};

}  // namespace internal

// The name of an entity: a type such as `Org::User` and an id, which is any text. Equality is by both, byte for byte.
class EntityUid {
 public:
  // The empty uid (type "" and id ""), which no policy can name.
  EntityUid();
  // `type` is taken as it is. A name that Cedar's grammar would refuse never matches a policy.
  EntityUid(std::string_view type, std::string_view id);

  const std::string& type() const { return rep_->type; }
  const std::string& id() const { return rep_->id; }
  size_t hash() const { return rep_->hash; }

  // As in policy text: `Org::User::"alice"`, the id escaped.
  std::string ToString() const;

  friend bool operator==(const EntityUid& a, const EntityUid& b) {
    return a.rep_.get() == b.rep_.get() || (a.rep_->hash == b.rep_->hash && a.SameText(b));
  }
  friend std::strong_ordering operator<=>(const EntityUid& a, const EntityUid& b);
  template <typename H>
  friend H AbslHashValue(H h, const EntityUid& uid) {
    return H::combine(std::move(h), uid.rep_->hash);
  }

 private:
  bool SameText(const EntityUid& other) const;
  internal::Ref<internal::UidRep> rep_;
};

enum class ValueKind : uint8_t {
  kBool,
  kLong,
  kDecimal,
  kDatetime,
  kDuration,
  kString,
  kEntity,
  kIpAddr,
  kSet,
  kRecord,
};

// The name of a kind in messages: `bool`, `long`, `decimal`, ...
std::string_view KindName(ValueKind kind);

// An IP address or range. IPv4 uses the first four bytes.
struct IpAddr {
  uint8_t bytes[16] = {};
  uint8_t prefix = 0;  // bits: 0..32 or 0..128
  bool v6 = false;
  friend auto operator<=>(const IpAddr&,
                          const IpAddr&) = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 misreads it
};

class Value {
 public:
  using Field = std::pair<std::string, Value>;

  // `false`.
  Value() : kind_(ValueKind::kBool) { bits_.number = 0; }
  Value(const Value& other);
  Value(Value&& other) noexcept;
  Value& operator=(const Value& other);
  Value& operator=(Value&& other) noexcept;
  ~Value() { Release(); }

  static Value Bool(bool b);
  static Value Long(int64_t n);
  // `text` must be UTF-8.
  static Value String(std::string_view text);
  static Value Entity(EntityUid uid);
  // Order and repetition do not matter.
  static Value Set(std::vector<Value> elements);
  // Where a name is given twice the later value holds.
  static Value Record(std::vector<Field> fields);
  // Extension values from the text that Cedar's constructors take. Errors: InvalidArgument.
  static absl::StatusOr<Value> Decimal(std::string_view text);
  static absl::StatusOr<Value> Ip(std::string_view text);
  static absl::StatusOr<Value> Datetime(std::string_view text);
  static absl::StatusOr<Value> Duration(std::string_view text);
  // From numbers in their units. Decimal: ten-thousandths. Datetime: milliseconds since 1970-01-01T00:00:00Z. Duration:
  // milliseconds.
  static Value DecimalUnits(int64_t ten_thousandths);
  static Value DatetimeMillis(int64_t since_epoch);
  static Value DurationMillis(int64_t millis);
  static Value IpRange(const IpAddr& ip);

  ValueKind kind() const { return kind_; }
  bool is_bool() const { return kind_ == ValueKind::kBool; }
  bool is_long() const { return kind_ == ValueKind::kLong; }
  bool is_string() const { return kind_ == ValueKind::kString; }
  bool is_entity() const { return kind_ == ValueKind::kEntity; }
  bool is_set() const { return kind_ == ValueKind::kSet; }
  bool is_record() const { return kind_ == ValueKind::kRecord; }

  // Each accessor requires the kind it is named for.
  bool AsBool() const { return bits_.number != 0; }
  int64_t AsLong() const { return bits_.number; }
  // The number behind a decimal (ten-thousandths), datetime or duration (milliseconds).
  int64_t AsUnits() const { return bits_.number; }
  const std::string& AsString() const;
  const EntityUid& AsEntity() const;
  const IpAddr& AsIp() const;
  // Sorted by Compare, without repetition.
  const std::vector<Value>& AsSet() const;
  // Sorted by name.
  const std::vector<Field>& AsRecord() const;
  // The field of a record, or null. Requires a record.
  const Value* Find(std::string_view field) const;
  // Whether a set has this element. Requires a set.
  bool Contains(const Value& element) const;

  // As a Cedar expression that evaluates to this value.
  std::string ToString() const;

  // A total order, by kind first. It is for sets and tests, and is not Cedar's `<`.
  static int Compare(const Value& a, const Value& b);
  friend bool operator==(const Value& a, const Value& b) { return Compare(a, b) == 0; }

 private:
  bool counted() const { return kind_ >= ValueKind::kString; }
  void Release();
  static Value Units(ValueKind kind, int64_t number);
  static Value Heap(ValueKind kind, const internal::Rep* rep);

  ValueKind kind_;
  union {
    int64_t number;
    const internal::Rep* rep;
  } bits_;
};

}  // namespace tidegate::cedar

#endif  // TIDEGATE_POLICY_CEDAR_VALUE_H_
