#include "node/record/covers.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <utility>

#include "node/record/value/calendar.h"

namespace tidegate::record {
namespace {

using Size = Period::Size;

constexpr int64_t kDayMs = 86'400'000;
constexpr int kFirstYear = 1900, kYearAfter = 2100;  // decades between these are told apart

int64_t DayNumber(int year, int month, int day) {
  return DaysFromCivil(year, static_cast<unsigned>(month), static_cast<unsigned>(day));
}
int64_t FloorDay(int64_t ms) { return ms / kDayMs - (ms % kDayMs < 0 ? 1 : 0); }

struct Days {
  int64_t first = 0, last = 0;
  bool Overlaps(const Days& other) const { return first <= other.last && other.first <= last; }
  bool Holds(const Days& other) const { return first <= other.first && other.last <= last; }
};

Days DaysOf(const Period& period) {
  const int64_t first = DayNumber(period.year, period.month, period.day);
  switch (period.size) {
    case Size::kMonth:
      return {first, first + DaysInMonth(static_cast<uint16_t>(period.year), static_cast<uint8_t>(period.month)) - 1};
    case Size::kYear:
      return {first, DayNumber(period.year + 1, 1, 1) - 1};
    case Size::kDecade:
      return {first, DayNumber(period.year + 10, 1, 1) - 1};
    default:
      return {first, first};
  }
}

std::vector<Period> Within(const Period& period) {
  std::vector<Period> parts;
  if (period.size == Size::kDecade) {
    for (int year = period.year; year < period.year + 10; ++year) parts.push_back({Size::kYear, year, 1, 1});
  } else if (period.size == Size::kYear) {
    for (int month = 1; month <= 12; ++month) parts.push_back({Size::kMonth, period.year, month, 1});
  } else if (period.size == Size::kMonth) {
    const Days days = DaysOf(period);
    for (int day = 1; day <= days.last - days.first + 1; ++day) {
      parts.push_back({Size::kDay, period.year, period.month, day});
    }
  }
  return parts;
}

void CoverWithin(const Period& period, const Days& wanted, Size smallest, std::vector<Period>& cover) {
  const Days days = DaysOf(period);
  if (!days.Overlaps(wanted)) return;
  if (period.size == smallest || wanted.Holds(days)) {
    cover.push_back(period);
    return;
  }
  for (const Period& part : Within(period)) CoverWithin(part, wanted, smallest, cover);
}

std::vector<Period> CoverOf(const Days& wanted, Size smallest) {
  std::vector<Period> cover;
  if (wanted.first < DayNumber(kFirstYear, 1, 1)) cover.push_back({Size::kEarlier, 0, 1, 1});
  const std::optional<Instant> first = MinuteOf(wanted.first * kDayMs), last = MinuteOf(wanted.last * kDayMs);
  const int from = first ? std::max(first->year - first->year % 10, kFirstYear) : kFirstYear;
  const int until = last ? std::min(last->year + 1, kYearAfter) : kYearAfter;
  for (int year = from; year < until; year += 10) {
    CoverWithin({Size::kDecade, year, 1, 1}, wanted, smallest, cover);
  }
  if (wanted.last >= DayNumber(kYearAfter, 1, 1)) cover.push_back({Size::kLater, kYearAfter, 1, 1});
  return cover;
}

std::string Digits(int number, size_t width) {
  std::string digits = std::to_string(number);
  return digits.size() < width ? std::string(width - digits.size(), '0') + digits : digits;
}

// Cells are squares of degrees. They are named by their size, and by how many of them lie west and south.
constexpr std::array<double, 6> kCellDegrees = {0.015625, 0.0625, 0.25, 1, 5, 20};  // they divide 360
constexpr size_t kMostCells = 24;
constexpr char kAnywhere[] = "anywhere";
constexpr double kLeastEarthMetres = 6'300'000;  // smaller than any radius of the Earth: no circle comes out too small
constexpr double kSlackDegrees = 1e-5;

std::string CellName(size_t size, int64_t east, int64_t north) {
  return std::to_string(size) + "/" + std::to_string(east) + "/" + std::to_string(north);
}
int64_t CellAt(double degrees_from_corner, size_t size) {
  return static_cast<int64_t>(std::floor(degrees_from_corner / kCellDegrees[size]));
}
int64_t CellsRound(size_t size) { return CellAt(360, size); }

}  // namespace

std::string Period::Name() const {
  switch (size) {
    case Size::kDay:
      return Digits(year, 4) + "-" + Digits(month, 2) + "-" + Digits(day, 2);
    case Size::kMonth:
      return Digits(year, 4) + "-" + Digits(month, 2);
    case Size::kYear:
      return Digits(year, 4);
    case Size::kDecade:
      return Digits(year / 10, 3) + "x";
    case Size::kEarlier:
      return "<";
    case Size::kLater:
      return ">";
  }
  return "";
}

std::vector<Period> Period::Around() const {
  std::vector<Period> around;
  if (size < Size::kMonth) around.push_back({Size::kMonth, year, month, 1});
  if (size < Size::kYear) around.push_back({Size::kYear, year, 1, 1});
  if (size < Size::kDecade) around.push_back({Size::kDecade, year - year % 10, 1, 1});
  return around;
}

std::vector<Period> Cover(std::optional<int64_t> from, std::optional<int64_t> until, size_t most, Size smallest) {
  Days wanted{DayNumber(1, 1, 1), DayNumber(9999, 12, 31)};
  const Days all = wanted;
  if (from) wanted.first = std::clamp(FloorDay(*from), all.first, all.last);
  if (until) wanted.last = std::clamp(FloorDay(*until - 1), all.first, all.last);
  if (wanted.first > wanted.last) std::swap(wanted.first, wanted.last);
  if (wanted.first == wanted.last && smallest == Size::kDay) {
    const std::optional<Instant> day = MinuteOf(wanted.first * kDayMs);
    if (day && day->year >= kFirstYear && day->year < kYearAfter)
      return {{Size::kDay, day->year, day->month, day->day}};
  }
  std::vector<Period> cover;
  for (;; smallest = static_cast<Size>(static_cast<uint8_t>(smallest) + 1)) {
    cover = CoverOf(wanted, smallest);
    if (cover.size() <= most || smallest == Size::kDecade) return cover;
  }
}

std::vector<std::string> CellsOf(const Coordinates& at) {
  std::vector<std::string> cells = {kAnywhere};
  for (size_t size = 0; size < kCellDegrees.size(); ++size) {
    const int64_t east = CellAt(at.longitude_e6 / 1e6 + 180, size) % CellsRound(size);
    cells.push_back(CellName(size, east, CellAt(at.latitude_e6 / 1e6 + 90, size)));
  }
  return cells;
}

std::vector<std::string> CellsAround(const Coordinates& at, double metres) {
  const double latitude = at.latitude_e6 / 1e6, longitude = at.longitude_e6 / 1e6;
  const double angle = metres / kLeastEarthMetres;
  const double up = angle * 180 / std::numbers::pi + kSlackDegrees;
  const double south = std::max(latitude - up, -90.0), north = std::min(latitude + up, 90.0);
  double aside = 180;  // where a pole is within reach, every longitude is
  const double narrow = std::cos(latitude * std::numbers::pi / 180);
  if (latitude + up < 90 && latitude - up > -90 && std::sin(angle) < narrow) {
    aside = std::asin(std::sin(angle) / narrow) * 180 / std::numbers::pi + kSlackDegrees;
  }
  for (size_t size = 0; size < kCellDegrees.size(); ++size) {
    const int64_t round = CellsRound(size);
    const int64_t first_row = CellAt(south + 90, size), rows = CellAt(north + 90, size) - first_row + 1;
    const int64_t first = CellAt(longitude - aside + 180, size);
    const int64_t columns = std::min(CellAt(longitude + aside + 180, size) - first + 1, round);
    if (rows * columns > static_cast<int64_t>(kMostCells)) continue;
    std::vector<std::string> cells;
    for (int64_t row = first_row; row < first_row + rows; ++row) {
      for (int64_t column = first; column < first + columns; ++column) {
        cells.push_back(CellName(size, ((column % round) + round) % round, row));
      }
    }
    return cells;
  }
  return {kAnywhere};
}

}  // namespace tidegate::record
