// Counts of what a query finds, and answers sorted by when they were seen. Both look at everything that the query
// finds.
#include <algorithm>
#include <limits>
#include <queue>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "node/reading/gone.h"
#include "node/reading/sweep.h"

namespace tidegate::reading {
namespace {

constexpr size_t kMostFacetValues = 1000;
constexpr char kOtherValues[] = "(other values)";

// Where a record stands when records are sorted by when they were seen: the latest first, those that say nothing last,
// and of two alike the one that arrived last.
struct Place {
  int64_t seen = std::numeric_limits<int64_t>::min();
  uint64_t seq = 0;
  auto operator<=>(const Place&) const = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 misreads it
};

Place PlaceOf(const Seen& seen) {
  Place place{std::numeric_limits<int64_t>::min(), seen.arrival};
  for (const search::Span& span : search::SeenSpans(SubjectOf(seen))) {
    place.seen = std::max(place.seen, span.from.value_or(span.until.value_or(place.seen)));
  }
  return place;
}

// `SEEN/ARRIVAL` of the last record of the page before.
absl::StatusOr<Place> ReadPlace(const std::string& cursor) {
  Place place{std::numeric_limits<int64_t>::max(), std::numeric_limits<uint64_t>::max()};
  if (cursor.empty()) return place;
  const size_t slash = cursor.find('/');
  if (slash == std::string::npos || !absl::SimpleAtoi(cursor.substr(0, slash), &place.seen) ||
      !absl::SimpleAtoi(cursor.substr(slash + 1), &place.seq)) {
    return absl::InvalidArgumentError("reading: that cursor is not one that `find --sort seen` printed");
  }
  return place;
}

// The first places below `after`, as many as are wanted.
class First {
 public:
  First(const Place& after, size_t wanted) : after_(after), wanted_(wanted) {}

  void Add(const Place& place) {
    if (place >= after_) return;
    best_.push(place);
    if (best_.size() <= wanted_) return;
    best_.pop();
    more_ = true;
  }
  bool more() const { return more_; }
  // In their order. Call it once.
  std::vector<Place> Take() {
    std::vector<Place> places;
    for (; !best_.empty(); best_.pop()) places.push_back(best_.top());
    std::reverse(places.begin(), places.end());
    return places;
  }

 private:
  const Place after_;
  const size_t wanted_;
  std::priority_queue<Place, std::vector<Place>, std::greater<>> best_;  // its least on top
  bool more_ = false;
};

}  // namespace

absl::StatusOr<Counted> Reading::Count(const Look& look, const search::Question& question,
                                       const std::string& as_partner, const std::vector<std::string>& facets) {
  for (const std::string& facet : facets) {
    if (auto status = search::CheckFacet(facet); !status.ok()) return status;
  }
  Counted counted;
  for (const std::string& facet : facets) counted.facets[facet];
  const auto count = [&](const Seen& seen) {
    ++counted.count;
    for (auto& [facet, values] : counted.facets) {
      for (const std::string& value : search::FacetValues(facet, SubjectOf(seen))) {
        const bool room = values.size() < kMostFacetValues || values.count(value) > 0;
        ++values[room ? value : kOtherValues];
      }
    }
    return true;
  };
  if (AsksForGone(question)) {
    const auto swept = SweepGone(look, question, as_partner, [&](Seen&& seen) { return count(seen); });
    if (!swept.ok()) return swept.status();
    counted.unread = swept->unread;
    counted.looked = swept->looked;
    counted.stopped = swept->stopped;
    counted.cursor = search::PrintCursor(swept->next);
    if (auto status = Record(look, {}); !status.ok()) return status;
    return counted;
  }
  auto sweep = Sweep::Begin(*this, look, question, as_partner, work_.of_a_count);
  if (!sweep.ok()) return sweep.status();
  if (facets.empty()) {
    const auto by_index = (*sweep)->CountByIndex();
    if (!by_index.ok()) return by_index.status();
    counted.count = *by_index;
  }
  const auto swept = (*sweep)->Run([&](Glance&, const store::StoredRecord&, Seen&& seen) { return count(seen); });
  if (!swept.ok()) return swept;
  counted.unread = (*sweep)->unread();
  counted.looked = (*sweep)->looked();
  counted.stopped = (*sweep)->stopped();
  counted.cursor = search::PrintCursor((*sweep)->next());
  // It names no record, so the entry says who counted, when and why, and for which identifiers.
  if (auto status = Record(look, {}, (*sweep)->asked()); !status.ok()) return status;
  return counted;
}

absl::StatusOr<Page> Reading::FindBySeen(const Look& look, const search::Question& question,
                                         const std::string& as_partner) {
  const auto after = ReadPlace(question.cursor);
  if (!after.ok()) return after.status();
  search::Question whole = question;
  whole.cursor.clear();
  if (AsksForGone(whole)) {
    return absl::InvalidArgumentError(
        "reading: a record that is no longer held does not say when it was seen; ask without --sort");
  }
  auto sweep = Sweep::Begin(*this, look, whole, as_partner, work_.of_a_count);
  if (!sweep.ok()) return sweep.status();
  First first(*after, search::PageOf(question));
  auto swept = (*sweep)->Run([&](Glance&, const store::StoredRecord&, Seen&& seen) {
    first.Add(PlaceOf(seen));
    return true;
  });
  if (!swept.ok()) return swept;
  if ((*sweep)->stopped()) {
    return absl::ResourceExhaustedError(
        absl::StrCat("reading: to sort by `seen` a question has to look at all that it finds, and this one looked at ",
                     (*sweep)->looked(), " records without coming to an end; narrow it, or leave --sort out"));
  }
  Page found;
  found.unread = (*sweep)->unread();
  found.looked = (*sweep)->looked();
  auto glance = Glance::Begin(*this, look, as_partner);
  if (!glance.ok()) return glance.status();
  std::vector<record::RecordId> shown;
  size_t bytes = 0;
  bool more = first.more();
  std::optional<Place> last;
  for (const Place& place : first.Take()) {
    if (bytes >= kMostPageBytes) {
      more = true;
      break;
    }
    last = place;
    // What was taken back or amended since is left out.
    const auto record = Readable((*glance)->reader().GetRecord(place.seq), place.seq, found.unread);
    if (!record.ok()) return record.status();
    if (!*record || Gone(**record) || (*record)->superseded) continue;
    auto shows = (*glance)->See(**record);
    if (absl::IsNotFound(shows.status())) continue;  // nobody is sent it any more
    auto seen = Readable(std::move(shows), place.seq, found.unread);
    if (!seen.ok()) return seen.status();
    if (!*seen) continue;
    const search::Match match = search::MatchOf((*sweep)->plan().meaning, SubjectOf(**seen));
    if (match == search::Match::kNo) continue;
    (*seen)->may = match == search::Match::kMay;
    shown.push_back((*seen)->statement.record_id);
    bytes += BytesOf(**seen);
    found.records.push_back(**std::move(seen));
  }
  if (more && last) found.cursor = absl::StrCat(last->seen, "/", last->seq);
  if (auto status = CheckOrigin((*sweep)->WithItsOrigin(question), found); !status.ok()) return status;
  if (auto status = Record(look, std::move(shown), (*sweep)->asked()); !status.ok()) return status;
  return found;
}

}  // namespace tidegate::reading
