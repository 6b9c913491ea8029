#include "node/store/retention_class.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace tidegate::store {
namespace {

constexpr uint64_t kTwoDaysMs = uint64_t{2} * 24 * 3600 * 1000;
constexpr int64_t kMostMonthsAhead = 240;
// The end of the year 9999: no person means a later date, and absl can count that far.
constexpr uint64_t kLatestMs = 253'402'300'799'000;
constexpr std::string_view kGroups[] = {"mopi-1", "mopi-2", "mopi-3", "mopi-4"};

absl::CivilMonth CivilMonthOf(uint64_t ms) {
  const absl::Time time = absl::FromUnixMillis(static_cast<int64_t>(std::min(ms, kLatestMs)));
  return absl::CivilMonth(absl::ToCivilSecond(time, absl::UTCTimeZone()));
}

}  // namespace

int64_t MonthOf(uint64_t ms) { return CivilMonthOf(ms) - absl::CivilMonth(1970, 1); }

std::string RetentionClass(const record::Handling& handling, uint64_t arrived_ms) {
  const bool known = std::find(std::begin(kGroups), std::end(kGroups), handling.retention) != std::end(kGroups);
  std::string group = known ? handling.retention : "none";
  if (!handling.expiry_ms.has_value() || *handling.expiry_ms <= arrived_ms) return group;
  const absl::CivilMonth month = CivilMonthOf(*handling.expiry_ms);
  if (month - CivilMonthOf(arrived_ms) > kMostMonthsAhead) return group;
  return absl::StrCat(group, " ", month.year(), "-", absl::Dec(month.month(), absl::kZeroPad2));
}

std::string RetentionClass(const record::Statement& statement, uint64_t arrived_ms) {
  const absl::StatusOr<record::Handling> handling = record::DecodeHandling(statement.handling);
  return handling.ok() ? RetentionClass(*handling, arrived_ms) : std::string();
}

std::string_view GroupOf(std::string_view retention_class) {
  return retention_class.substr(0, retention_class.find(' '));
}

bool HasPassed(std::string_view retention_class, uint64_t now_ms) {
  const size_t blank = retention_class.find(' ');
  if (blank == std::string_view::npos) return false;
  const std::string_view month = retention_class.substr(blank + 1);
  int year = 0, number = 0;
  if (month.size() != 7 || !absl::SimpleAtoi(absl::string_view(month.data(), 4), &year) ||
      !absl::SimpleAtoi(absl::string_view(month.data() + 5, 2), &number)) {
    return false;
  }
  const absl::CivilMonth after = absl::CivilMonth(year, number) + 1;
  const int64_t end_ms = absl::ToUnixMillis(absl::FromCivil(absl::CivilSecond(after), absl::UTCTimeZone()));
  return now_ms > kTwoDaysMs && end_ms >= 0 && now_ms - kTwoDaysMs > static_cast<uint64_t>(end_ms);
}

}  // namespace tidegate::store
