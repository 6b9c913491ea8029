#include "node/record/covers.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
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

// The largest period that begins on this day and ends by `last`; where even `smallest` does not, the period of that
// size that holds the day.
Period LargestFrom(int64_t first, const Period& day, int64_t last, Size smallest) {
  Period found = day;
  for (const Period& period : {Period{Size::kMonth, day.year, day.month, 1}, Period{Size::kYear, day.year, 1, 1},
                               Period{Size::kDecade, day.year - day.year % 10, 1, 1}}) {
    const bool must = period.size <= smallest;
    if (!must && (DayNumber(period.year, period.month, period.day) != first || DaysOf(period).last > last)) break;
    found = period;
  }
  return found;
}

// Empty if there would be more than `most`.
std::optional<std::vector<Period>> CoverOf(const Days& wanted, Size smallest, size_t most) {
  std::vector<Period> cover;
  const int64_t begin = DayNumber(kFirstYear, 1, 1), end = DayNumber(kYearAfter, 1, 1);
  if (wanted.first < begin) cover.push_back({Size::kEarlier, 0, 1, 1});
  const int64_t last = std::min(wanted.last, end - 1);
  for (int64_t first = std::max(wanted.first, begin); first <= last;) {
    if (cover.size() == most) return std::nullopt;
    const Instant at = *MinuteOf(first * kDayMs);
    cover.push_back(LargestFrom(first, {Size::kDay, at.year, at.month, at.day}, last, smallest));
    first = DaysOf(cover.back()).last + 1;
  }
  if (wanted.last >= end) cover.push_back({Size::kLater, kYearAfter, 1, 1});
  if (cover.size() > most) return std::nullopt;
  return cover;
}

void PutDigits(int number, size_t width, std::string& out) {
  const size_t begin = out.size();
  out.resize(begin + width);
  for (size_t at = begin + width; at > begin; number /= 10) out[--at] = static_cast<char>('0' + number % 10);
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
  std::string name;
  if (size == Size::kEarlier) return "<";
  if (size == Size::kLater) return ">";
  if (size == Size::kDecade) {
    PutDigits(year / 10, 3, name);
    name += 'x';
    return name;
  }
  PutDigits(year, 4, name);
  if (size == Size::kYear) return name;
  name += '-';
  PutDigits(month, 2, name);
  if (size == Size::kMonth) return name;
  name += '-';
  PutDigits(day, 2, name);
  return name;
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
  for (;; smallest = static_cast<Size>(static_cast<uint8_t>(smallest) + 1)) {
    const bool largest = smallest >= Size::kDecade;
    auto cover = CoverOf(wanted, smallest, largest ? std::numeric_limits<size_t>::max() : most);
    if (cover) return *std::move(cover);
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
