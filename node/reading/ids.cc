#include "node/reading/ids.h"

#include <algorithm>
#include <optional>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace tidegate::reading {
namespace {

constexpr size_t kDigits = 2 * record::RecordId{}.size();
constexpr size_t kMostListed = 8;
// Ids that begin alike and are looked at one by one. Four digits are shared by 16 of a million ids.
constexpr size_t kMostAlike = 256;

// The hex digits of what was typed, without the dashes of a UUID. None if it is something else.
std::optional<std::string> DigitsOf(std::string_view typed) {
  std::string digits;
  for (size_t i = 0; i < typed.size(); ++i) {
    const bool dash_belongs = i == 8 || i == 13 || i == 18 || i == 23;
    if (typed[i] == '-' && dash_belongs) continue;
    if (!absl::ascii_isxdigit(static_cast<unsigned char>(typed[i]))) return std::nullopt;
    digits.push_back(absl::ascii_tolower(static_cast<unsigned char>(typed[i])));
  }
  if (digits.size() > kDigits) return std::nullopt;
  return digits;
}

absl::StatusOr<record::RecordId> Filled(const std::string& digits, char with) {
  return record::ParseRecordId(digits + std::string(kDigits - digits.size(), with));
}

absl::Status Several(const std::string& digits, const std::vector<record::RecordId>& ids) {
  std::string list;
  for (size_t i = 0; i < std::min(ids.size(), kMostListed); ++i) {
    absl::StrAppend(&list, "\n  ", record::FormatRecordId(ids[i]));
  }
  if (ids.size() > kMostListed) absl::StrAppend(&list, "\n  and ", ids.size() - kMostListed, " more");
  return absl::InvalidArgumentError(absl::StrCat("reading: ", ids.size(), " ids begin with `", digits,
                                                 "`; write more of the one that you mean:", list));
}

}  // namespace

absl::Status Ids::CatchUp(const store::Reader& reader) {
  constexpr size_t kAtOnce = size_t{1} << 16;
  std::vector<record::RecordId> fresh;
  while (seen_ < reader.LastSeq() && ids_.size() <= kMost) {
    fresh.clear();
    uint64_t seen = seen_;
    auto status = reader.Scan(seen + 1, kAtOnce, [&fresh, &seen](const store::Arrival& arrival) {
      seen = arrival.seq;
      if (!arrival.record) return true;
      const auto statement = record::ParseStatement(arrival.record->view.statement);
      if (statement.ok()) fresh.push_back(statement->record_id);
      return true;
    });
    // Go on after a row that cannot be read: a user who means that record can write its whole id.
    const bool damaged = absl::IsDataLoss(status) || (status.ok() && seen == seen_);
    if (!status.ok() && !damaged) return status;
    seen_ = seen + (damaged ? 1 : 0);
    std::sort(fresh.begin(), fresh.end());
    const auto middle = static_cast<std::ptrdiff_t>(ids_.size());
    ids_.insert(ids_.end(), fresh.begin(), fresh.end());
    std::inplace_merge(ids_.begin(), ids_.begin() + middle, ids_.end());
    ids_.erase(std::unique(ids_.begin(), ids_.end()), ids_.end());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<record::RecordId>> Ids::BeginningWith(const store::Reader& reader,
                                                                 const std::string& digits) {
  const auto low = Filled(digits, '0'), high = Filled(digits, 'f');
  if (!low.ok()) return low.status();
  if (!high.ok()) return high.status();
  const threads::MutexLock lock(mutex_);
  if (auto status = CatchUp(reader); !status.ok()) return status;
  if (ids_.size() > kMost) {
    return absl::FailedPreconditionError(
        absl::StrCat("reading: this node holds more than ", kMost, " records; write the id whole"));
  }
  const auto first = std::lower_bound(ids_.begin(), ids_.end(), *low);
  const auto end = std::upper_bound(ids_.begin(), ids_.end(), *high);
  if (static_cast<size_t>(end - first) > kMostAlike) {
    return absl::InvalidArgumentError(
        absl::StrCat("reading: more than ", kMostAlike, " ids begin with `", digits, "`; write more of it"));
  }
  return std::vector<record::RecordId>(first, end);
}

absl::StatusOr<record::RecordId> Ids::Meant(const store::Reader& reader, std::string_view typed,
                                            const MayKnow& may_know) {
  const auto digits = DigitsOf(typed);
  if (!digits || digits->size() < kLeastDigits) {
    return absl::InvalidArgumentError(absl::StrCat("reading: `", std::string(typed.substr(0, 40)),
                                                   "` is no id; a record's id has 32 hex digits, of which the first ",
                                                   kLeastDigits, " or more will do"));
  }
  if (digits->size() == kDigits) return record::ParseRecordId(*digits);
  auto alike = BeginningWith(reader, *digits);
  if (!alike.ok()) return alike.status();
  std::erase_if(*alike, [&](const record::RecordId& id) { return !may_know(id); });
  if (alike->empty()) {
    return absl::NotFoundError(absl::StrCat("reading: no record is held here whose id begins with `", *digits, "`"));
  }
  if (alike->size() > 1) return Several(*digits, *alike);
  return alike->front();
}

}  // namespace tidegate::reading
