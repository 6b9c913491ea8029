#include "node/reading/sweep.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "node/reading/countable.h"
#include "node/reading/labels.h"

namespace tidegate::reading {
namespace {

// The work of opening a record, where looking at one entry of the index is 1.
constexpr uint64_t kWorkOfARecord = 32;
constexpr size_t kBatch = 64;
// A snapshot keeps the store from using old pages again, so none is held for longer than a slice.
constexpr std::chrono::milliseconds kLongestSlice(500);

}  // namespace

search::Subject SubjectOf(const Seen& seen) {
  return {seen.statement, seen.view ? &*seen.view : nullptr,
          seen.origin,    seen.state,
          seen.own,       seen.arrived_ms,
          seen.givers,    seen.tags,
          seen.arrival};
}

absl::StatusOr<std::unique_ptr<Reading::Sweep>> Reading::Sweep::Begin(const Reading& reading, const Look& look,
                                                                      const search::Question& question,
                                                                      const std::string& as_partner,
                                                                      uint64_t most_work) {
  auto glance = Glance::Begin(reading, look, as_partner);
  if (!glance.ok()) return glance.status();
  auto plan = reading.PlanOf((*glance)->reader(), look, question, as_partner.empty());
  if (!plan.ok()) return plan.status();
  if (const auto hidden = (*glance)->Hidden(*reading.labels_); !hidden.empty()) {
    plan->query.where = store::Where::All({std::move(plan->query.where), store::Where::Not(AnyLabelled(hidden))});
  }
  std::unique_ptr<Sweep> sweep(new Sweep(reading, look, as_partner, *std::move(plan), most_work));
  for (const record::Term& term : sweep->plan_.asked) {
    sweep->asked_.push_back(ledger::Register::Asked((*glance)->reader(), term));
  }
  sweep->glance_ = *std::move(glance);
  return sweep;
}

absl::Status Reading::Sweep::Run(Visit visit) {
  for (bool going = true; going && next() > 0 && !stopped_; glance_.reset()) {
    if (glance_ == nullptr) {
      auto glance = Glance::Begin(reading_, look_, as_partner_);
      if (!glance.ok()) return glance.status();
      glance_ = *std::move(glance);
    }
    if (auto status = Slice(*glance_, visit, going); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> Reading::Sweep::CountByIndex() {
  if (!as_partner_.empty()) return 0;
  const auto countable = Countable::Begin(glance_->reader(), glance_->engine(), look_.who, look_.reason);
  if (!countable) return 0;
  auto parts = countable->Divide(plan_);
  if (!parts) return 0;
  uint64_t work = work_;
  const auto counted = CountIn(std::move(parts->counted), work);
  if (!counted.ok()) return counted.status();
  const auto but = CountIn(std::move(parts->but), work);
  if (!but.ok()) return but.status();
  if (!*counted || !*but) return 0;
  work_ = work;
  plan_.query.where = std::move(parts->opened);
  // Between two slices a record may have come or gone.
  const uint64_t seen = **counted - std::min(**counted, **but);
  looked_ += seen;
  return seen;
}

absl::StatusOr<std::optional<uint64_t>> Reading::Sweep::CountIn(store::Where where, uint64_t& work) {
  constexpr size_t kPage = 16384;
  store::Query query = plan_.query;
  query.where = std::move(where);
  query.limit = kPage;
  uint64_t counted = 0;
  for (auto end = std::chrono::steady_clock::now() + kLongestSlice; query.before > 0;) {
    if (glance_ == nullptr) {
      auto glance = Glance::Begin(reading_, look_, as_partner_);
      if (!glance.ok()) return glance.status();
      glance_ = *std::move(glance);
      end = std::chrono::steady_clock::now() + kLongestSlice;
    }
    query.work = work;
    const auto page = glance_->reader().Find(query);
    if (!page.ok()) return page.status();
    if (page->stopped || page->work > work) return std::nullopt;
    counted += page->seqs.size();
    work -= page->work;
    query.before = page->next;
    if (std::chrono::steady_clock::now() >= end) glance_.reset();
  }
  return counted;
}

absl::Status Reading::Sweep::Slice(Glance& glance, Visit visit, bool& going) {
  const auto end = std::chrono::steady_clock::now() + kLongestSlice;
  store::Query& query = plan_.query;
  while (going && query.before > 0 && !stopped_ && std::chrono::steady_clock::now() < end) {
    query.limit = std::clamp<size_t>(work_ / kWorkOfARecord, 1, kBatch);
    query.work = work_;
    auto page = glance.reader().Find(query);
    if (!page.ok()) return page.status();
    uint64_t cost = page->work;
    query.before = page->next;
    for (const uint64_t seq : page->seqs) {
      cost += kWorkOfARecord;
      if (auto status = Visited(glance, seq, visit, going); !status.ok()) return status;
      if (going && std::chrono::steady_clock::now() < end) continue;
      if (seq != page->seqs.back()) query.before = seq;
      break;
    }
    work_ -= std::min(work_, cost);
    stopped_ = going && query.before > 0 && (page->stopped || work_ == 0);
  }
  return absl::OkStatus();
}

absl::Status Reading::Sweep::Visited(Glance& glance, uint64_t seq, Visit visit, bool& going) {
  const auto record = Readable(glance.reader().GetRecord(seq), seq, unread_);
  if (!record.ok()) return record.status();
  if (!*record || (*record)->erased) return absl::OkStatus();
  const auto candidate = Readable(glance.Candidate(**record), seq, unread_);
  if (!candidate.ok()) return candidate.status();
  if (!*candidate) return absl::OkStatus();
  auto access = glance.Access(**candidate);
  if (absl::IsPermissionDenied(access.status())) return absl::OkStatus();
  if (!access.ok()) return access.status();
  auto through = glance.Through(*std::move(access), **record);
  if (absl::IsNotFound(through.status())) return absl::OkStatus();  // nobody is sent it
  auto seen = Readable(std::move(through), seq, unread_);
  if (!seen.ok()) return seen.status();
  if (!*seen) return absl::OkStatus();
  ++looked_;
  const search::Match match = search::MatchOf(plan_.meaning, SubjectOf(**seen));
  if (match == search::Match::kNo) return absl::OkStatus();
  (*seen)->may = match == search::Match::kMay;
  going = visit(glance, **record, **std::move(seen));
  return absl::OkStatus();
}

search::Question Reading::Sweep::WithItsOrigin(search::Question question) const {
  question.origin = search::OriginIn(plan_.meaning);
  return question;
}

}  // namespace tidegate::reading
