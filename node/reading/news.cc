// News from others since somebody looked: alerts, sightings of our records, recalls, withdrawals.
#include <algorithm>
#include <utility>

#include "node/reading/glance.h"
#include "text/text.h"

namespace tidegate::reading {
namespace {

constexpr std::string_view kAlertName = "alert", kSightingName = "sighting";

// The record that this arrival is about; none if there is none that could be news.
absl::StatusOr<std::optional<store::StoredRecord>> RecordOf(const store::Reader& reader, const store::Arrival& arrival,
                                                            Unread& unread) {
  if (arrival.event != store::Event::kErase) return arrival.record;
  auto record = Readable(reader.GetRecord(arrival.subject), arrival.subject, unread);
  // A recall tells of itself.
  if (record.ok() && *record && ((*record)->final || !(*record)->erased)) record->reset();
  return record;
}

// The record whose arrival, recall or loss this is; none for what is no news.
std::optional<News> NewsOf(const store::Arrival& arrival, const std::optional<store::StoredRecord>& record) {
  if (!record || record->own || record->superseded) return std::nullopt;
  const auto statement = record::ParseStatement(record->view.statement);
  const record::Kind* kind = statement.ok() ? record::Catalogue::FindKind(statement->kind) : nullptr;
  if (kind == nullptr) return std::nullopt;
  News news;
  news.id = statement->record_id;
  news.kind = std::string(kind->name);
  news.origin = record->origin;
  news.arrival = arrival.seq;
  news.at_ms = arrival.at_ms;
  if (arrival.event == store::Event::kRecall) {
    news.what = NewsKind::kRecall;
  } else if (kind->name == kAlertName) {
    const bool gone = arrival.event == store::Event::kErase;
    if (!gone && record->erased) return std::nullopt;
    news.what = gone                                    ? NewsKind::kWithdrawal
                : arrival.event == store::Event::kAmend ? NewsKind::kAmendedAlert
                                                        : NewsKind::kAlert;
  } else if (kind->name == kSightingName && arrival.event != store::Event::kErase && !record->erased) {
    news.what = NewsKind::kSighting;
  } else {
    return std::nullopt;
  }
  return news;
}

}  // namespace

absl::StatusOr<NewsPage> Reading::NewsSince(uint64_t after, size_t limit, uint64_t rows) const {
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  const store::Reader& reader = **snapshot;
  NewsPage page;
  page.looked = std::min(after, reader.LastSeq());
  for (; page.looked < reader.LastSeq() && page.news.size() < limit && rows > 0; --rows) {
    const uint64_t seq = ++page.looked;
    const auto arrival = Readable(reader.Get(seq), seq, page.unread);
    if (!arrival.ok()) return arrival.status();
    if (!*arrival) continue;
    const auto record = RecordOf(reader, **arrival, page.unread);
    if (!record.ok()) return record.status();
    if (auto news = NewsOf(**arrival, *record)) page.news.push_back(*std::move(news));
  }
  page.more = page.looked < reader.LastSeq();
  return page;
}

absl::StatusOr<NewsPage> Reading::TellNews(const Look& look, uint64_t after) {
  if (auto status = CheckReason(look); !status.ok()) return status;
  auto page = NewsSince(after, kMostNews, kMostNewsRows);
  if (!page.ok()) return page;
  std::erase_if(page->news,
                [&](const News& news) { return !MayKnowOf(look.who, record::FormatRecordId(news.id), news.origin); });
  if (page->news.empty()) return page;
  if (!text::Visible(look.reason).empty()) {
    auto glance = Glance::Begin(*this, look, "");
    if (!glance.ok()) return glance.status();
    for (News& news : page->news) {
      auto seq = (*glance)->reader().FindById(news.id, news.origin);
      auto record = seq.ok() ? (*glance)->reader().GetRecord(*seq) : absl::StatusOr<store::StoredRecord>(seq.status());
      auto seen = record.ok() ? (*glance)->See(*record) : absl::StatusOr<Seen>(record.status());
      if (StoreFails(seen.status())) return seen.status();
      if (seen.ok()) news.seen = *std::move(seen);  // otherwise it is told without what it says
    }
  }
  std::vector<record::RecordId> named;
  for (const News& news : page->news) named.push_back(news.id);
  std::sort(named.begin(), named.end());
  named.erase(std::unique(named.begin(), named.end()), named.end());
  if (auto status = Record(look, std::move(named)); !status.ok()) return status;
  return page;
}

}  // namespace tidegate::reading
