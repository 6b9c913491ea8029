#include "node/feed/feed.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "node/feed/intents.h"

namespace tidegate::feed {
namespace {

// Each joining leaves up to two more pieces of a frontier.
constexpr size_t kFewPieces = 64;
// Links of links are followed as far as what may go of them depends on each other (decision.h).
constexpr int kDeepestReferrers = 4;
constexpr absl::Duration kLookAround = absl::Seconds(1);
// A new recall first goes its ordinary way. If the partner does not answer that, the feed asks again, and then each
// hour.
constexpr uint64_t kLookForAsksMs = 1000;
constexpr uint64_t kFreshAskMs = 3000;
constexpr uint64_t kAskAgainMs = uint64_t{3600} * 1000;
constexpr size_t kMostAsks = 2048;
// If more parcels than these were sent, the feed does not read their contents: it looks at everything again.
constexpr uint64_t kMostReadSince = 64;

bool StillHeld(const ledger::Holding& holding) { return holding.all || !holding.openings.empty(); }

// Whether nothing of a record of ours stands here any more. An old revision may have gone alone, by its expiry.
absl::StatusOr<bool> NothingIsLeft(const store::Reader& reader, const record::RecordId& id) {
  auto revisions = reader.OwnRevisions(id);
  if (!revisions.ok()) return revisions.status();
  for (const uint64_t seq : *revisions) {
    auto record = reader.GetRecord(seq);
    if (!record.ok() && !Unreadable(record.status())) return record.status();
    if (record.ok() && record->event != store::Event::kRecall && !record->erased) return false;
  }
  return true;
}

}  // namespace

absl::StatusOr<uint64_t> LastNumber(const store::Reader& reader, const ledger::Register& disclosures,
                                    const std::string& organisation) {
  auto stored = reader.GetNamed(store::Named::kFrontier, kLastNumberScope, organisation);
  if (absl::IsNotFound(stored.status())) return 0;
  auto last = stored.ok() ? DecodeNumber(*stored) : stored.status();
  if (last.ok() || !Unreadable(last.status())) return last;
  // The number was written with the intent, which the register's index has.
  return disclosures.LastParcel(organisation);
}

Feed::Feed(store::Store& store, const vault::Vault& vault, ledger::Log& log, ledger::Register& disclosures,
           partner::Directory& directory, const decision::Decisions& decisions, ParcelNumbers& numbers,
           Arrivals& arrivals, std::function<uint64_t()> now_ms, std::string organisation, Frontier frontier,
           crypto::Hash after, bool only_takes_back)
    : store_(store),
      vault_(vault),
      log_(log),
      disclosures_(disclosures),
      directory_(directory),
      decisions_(decisions),
      numbers_(numbers),
      arrivals_(arrivals),
      now_ms_(std::move(now_ms)),
      organisation_(std::move(organisation)),
      frontier_(std::move(frontier)),
      after_(after),
      only_takes_back_(only_takes_back) {}

absl::StatusOr<std::unique_ptr<Feed>> Feed::Resume(store::Store& store, const vault::Vault& vault, ledger::Log& log,
                                                   ledger::Register& disclosures, partner::Directory& directory,
                                                   const decision::Decisions& decisions, ParcelNumbers& numbers,
                                                   Arrivals& arrivals, std::function<uint64_t()> now_ms,
                                                   const partner::PartnerPtr& partner, std::string_view cursor) {
  auto frontier = Frontier::Open(vault, partner->organisation, cursor);
  if (!frontier.ok()) {
    return parcel::Refuse(parcel::Layer::kSequence, "the cursor is not one that this node sealed for this partner");
  }
  const bool ahead = frontier->end() > store.LastCommitted() || frontier->log_size() > log.size();
  std::unique_ptr<Feed> feed(new Feed(store, vault, log, disclosures, directory, decisions, numbers, arrivals,
                                      std::move(now_ms), partner->organisation, *std::move(frontier),
                                      crypto::HashOf({cursor}), ahead));
  if (auto status = feed->DoubtWhatLeftSince(); !status.ok()) return status;
  // The feed asks again for what it asked back, even if damage hides which records these were.
  if (auto status = disclosures.MendAsks(partner->organisation); !status.ok()) return status;
  return feed;
}

absl::Status Feed::DoubtWhatLeftSince() {
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto last = LastNumber(**snapshot, disclosures_, organisation_);
  if (!last.ok()) return last.status();
  if (*last <= frontier_.parcel()) return absl::OkStatus();
  std::set<uint64_t> stretches;
  bool read = *last - frontier_.parcel() <= kMostReadSince;
  for (uint64_t number = frontier_.parcel() + 1; read && number <= *last; ++number) {
    auto intent = IntentOf(disclosures_, organisation_, number);
    if (absl::IsNotFound(intent.status())) continue;  // a number that went with a backup
    if (!intent.ok() && !Unreadable(intent.status())) return intent.status();
    // Nobody knows what a damaged parcel carried, so the feed looks at everything again.
    read = intent.ok();
    if (!read) break;
    for (const ledger::IntendedRecord& record : intent->records) stretches.insert(StretchOf(record.seq));
  }
  // A frontier is not to fall into ever more pieces.
  if (!read || frontier_.pieces() + 2 * stretches.size() >= kFewPieces) {
    frontier_.Doubt({1, frontier_.end()});
    return absl::OkStatus();
  }
  for (const uint64_t first : stretches) frontier_.Doubt({first, first + kStretch - 1});
  return absl::OkStatus();
}

void Feed::WaitForMore() const { store_.WaitBeyond(frontier_.end(), absl::Now() + kLookAround); }

absl::Status Feed::Judge() {
  partner_ = directory_.Find(organisation_);
  if (partner_ == nullptr || !partner_->active()) {
    return parcel::Refuse(parcel::Layer::kIdentity, "no longer an active partner");
  }
  std::shared_ptr<const policy::Engine> engine = decisions_.engine();
  const policy::Party party = partner::PartyOf(*partner_);
  const policy::Digest version = engine->DecisionVersion(party);
  if (judgement_ != nullptr && judgement_->version == version && &judgement_->candidates.engine() == engine.get()) {
    return absl::OkStatus();
  }
  policy::PartyHandle handle = engine->Intern(party);
  judgement_ =
      std::make_unique<Judgement>(Judgement{decision::Candidates(std::move(engine)), std::move(handle), version});
  return absl::OkStatus();
}

absl::StatusOr<std::optional<parcel::Sealed>> Feed::Next(const std::function<bool()>& cancelled) {
  while (!cancelled()) {
    if (auto status = Judge(); !status.ok()) return status;
    auto snapshot = store_.Read();
    if (!snapshot.ok()) return snapshot.status();
    Batch batch(log_, organisation_, *judgement_, now_ms_());
    if (auto status = AskAgain(**snapshot, batch); !status.ok()) return status;
    if (!batch.empty()) {
      auto sealed = SealBatch(batch);
      if (!sealed.ok()) return sealed.status();
      return std::optional<parcel::Sealed>(*std::move(sealed));
    }
    const std::optional<Work> work = NextWork();
    if (!work) return std::nullopt;
    auto last = Look(**snapshot, *work, batch);
    if (!last.ok()) return last.status();
    frontier_.Done(*work, *last, judgement_->version);
    // A row that says nothing any more may have replaced an earlier one: what the partner holds is looked at again.
    if (std::exchange(passed_new_, 0) > 0) frontier_.Doubt({1, *last});
    if (batch.empty()) continue;
    auto sealed = SealBatch(batch);
    if (!sealed.ok()) return sealed.status();
    return std::optional<parcel::Sealed>(*std::move(sealed));
  }
  return std::nullopt;
}

absl::Status Feed::AskAgain(const store::Reader& reader, Batch& batch) {
  const uint64_t now_ms = now_ms_();
  if (now_ms < looked_for_asks_ms_ + kLookForAsksMs) return absl::OkStatus();
  looked_for_asks_ms_ = now_ms;
  auto asks = disclosures_.Asked(organisation_, kMostAsks);
  if (!asks.ok()) return asks.status();
  for (const ledger::Ask& ask : asks->open) {
    uint64_t& asked = asked_ms_[ask.seq];
    // A new recall goes with its own arrival, but a feed that only takes back does not look at new arrivals.
    const bool fresh = !only_takes_back_ && now_ms < ask.since_ms + kFreshAskMs;
    if (fresh || (asked != 0 && now_ms < asked + kAskAgainMs)) continue;
    auto asked_for = AskFor(reader, ask, batch);
    if (!asked_for.ok()) return asked_for.status();
    if (*asked_for) asked = now_ms;
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> Feed::AskFor(const store::Reader& reader, const ledger::Ask& ask, Batch& batch) {
  auto held = Held(ask.seq);
  if (!held.ok()) return held.status();
  auto record = reader.GetRecord(ask.seq);
  if (!record.ok() && !Unreadable(record.status())) return record.status();
  // A damaged ask counts as a recall: it is one only where nothing is left of the record here.
  auto all = !record.ok() || record->erased ? NothingIsLeft(reader, ask.record) : absl::StatusOr<bool>(false);
  if (!all.ok()) return all.status();
  if (ask.recall && reads_ >= parcel::kContents && *all) {
    auto leaf = record.ok() ? absl::StatusOr<crypto::Hash>(record::LogLeaf(record->view.statement))
                : *held     ? LeafSent(ask.seq, **held)
                            : record.status();
    if (leaf.ok()) batch.RecallWhole(ask.seq, *leaf, ask.record);
    if (leaf.ok()) return true;
  }
  // A partner that reads only contents 1 answers for one revision. It must not answer for a revision that it never got.
  if (!*held) return false;
  auto withdrawn = record.ok() ? batch.Withdraw(reader, *record) : absl::StatusOr<bool>(record.status());
  if (!Unreadable(withdrawn.status())) return withdrawn;
  auto taken = TakeBackUnread(ask.seq, **held, withdrawn.status(), batch);
  if (!taken.ok()) return taken;
  return true;
}

void Feed::LinkTo(uint64_t log_size) {
  if (frontier_.log_size() == 0) frontier_.set_log_size(log_size);
}

std::optional<Work> Feed::NextWork() const {
  // Nobody knows who is in a circle that cannot be read, and policies ask for circles. So the feed only asks again.
  if (!directory_.circles_whole()) return std::nullopt;
  const uint64_t newest = store_.LastCommitted();
  const std::optional<Work> work = frontier_.Next(judgement_->version, newest);
  if (only_takes_back_ && (!work || work->need != Need::kTighten)) return std::nullopt;
  // New arrivals go first, and the frontier must not fall into more and more pieces.
  const bool fresh = work && work->need == Need::kNew && work->range.last - work->range.first < kStretch;
  if (!work || fresh || frontier_.pieces() >= kFewPieces) return work;
  for (uint64_t first : arrivals_.Recent()) {
    if (auto joined = frontier_.At(*work, first, newest)) return joined;
  }
  return work;
}

absl::StatusOr<uint64_t> Feed::Look(const store::Reader& reader, const Work& work, Batch& batch) {
  const Range stretch{work.range.first, std::min(work.range.last, StretchOf(work.range.first) + kStretch - 1)};
  if (work.need == Need::kNew) return Advance(reader, stretch, batch);
  if (work.need == Need::kLoosen) return Loosen(reader, stretch, batch);
  return Tighten(reader, stretch, batch);
}

// Always the whole range: the notices of one stretch fit into one parcel.
absl::StatusOr<uint64_t> Feed::Tighten(const store::Reader& reader, Range range, Batch& batch) {
  absl::Status problem;
  auto status =
      disclosures_.ForEachDisclosed(organisation_, range.first, range.last + 1, frontier_.parcel(),
                                    [&](uint64_t seq, const ledger::Holding& holding) {
                                      if (!StillHeld(holding)) return true;
                                      auto record = reader.GetRecord(seq);
                                      problem = record.ok() ? batch.Limit(reader, *record, holding) : record.status();
                                      problem = PassedOver(seq, &holding, problem, batch);
                                      return problem.ok();
                                    });
  if (!status.ok()) return status;
  if (!problem.ok()) return problem;
  return range.last;
}

absl::StatusOr<Feed::Holdings> Feed::HeldIn(Range range) const {
  Holdings held;
  auto status = disclosures_.ForEachDisclosed(organisation_, range.first, range.last + 1, frontier_.parcel(),
                                              [&](uint64_t seq, const ledger::Holding& holding) {
                                                if (StillHeld(holding)) held.emplace(seq, holding);
                                                return true;
                                              });
  if (!status.ok()) return status;
  return held;
}

absl::StatusOr<uint64_t> Feed::Loosen(const store::Reader& reader, Range range, Batch& batch) {
  auto held = HeldIn(range);
  if (!held.ok()) return held.status();
  absl::Status problem;
  uint64_t last = range.last;
  auto status = arrivals_.Scan(reader, range, [&](OpenedArrival& opened) {
    if (opened.is_record()) {
      const auto holding = held->find(opened.record().seq);
      const ledger::Holding* known = holding == held->end() ? nullptr : &holding->second;
      problem = PassedOver(opened.arrival().seq, known, batch.Offer(reader, opened, known).status(), batch);
    }
    last = batch.full() ? opened.arrival().seq : range.last;
    return problem.ok() && !batch.full();
  });
  if (!status.ok()) return status;
  if (!problem.ok()) return problem;
  return last;
}

absl::StatusOr<uint64_t> Feed::Advance(const store::Reader& reader, Range range, Batch& batch) {
  // The register counts a parcel that never arrived as perhaps held. The feed offers its records again, or takes them
  // back.
  auto held = HeldIn(range);
  if (!held.ok()) return held.status();
  absl::Status problem;
  uint64_t last = range.last;
  const auto look = [&](OpenedArrival& opened) {
    const auto holding = held->find(opened.arrival().seq);
    const ledger::Holding* known = holding == held->end() ? nullptr : &holding->second;
    problem = PassedOver(opened.arrival().seq, known, Consider(reader, opened, known, batch), batch);
    last = batch.full() ? opened.arrival().seq : range.last;
    return problem.ok() && !batch.full();
  };
  auto status = arrivals_.Scan(reader, range, look, &passed_new_);
  if (!status.ok()) return status;
  if (!problem.ok()) return problem;
  return last;
}

absl::Status Feed::Consider(const store::Reader& reader, OpenedArrival& opened, const ledger::Holding* held,
                            Batch& batch) {
  const store::Arrival& arrival = opened.arrival();
  switch (arrival.event) {
    case store::Event::kPut:
      return batch.Renew(reader, opened, held);
    case store::Event::kAmend:
      return ConsiderAmendment(reader, opened, held, batch);
    case store::Event::kRecall:
      return ConsiderRecall(reader, *arrival.record, batch);
    case store::Event::kRelabel:
    case store::Event::kInstant:
    case store::Event::kGrant: {
      auto subject = reader.Get(arrival.subject);
      if (Unreadable(subject.status())) {
        arrivals_.PassOver(arrival.subject, subject.status());
        return absl::OkStatus();
      }
      if (!subject.ok()) return subject.status();
      if (!subject->record) return absl::DataLossError("feed: the subject of an event is no record");
      if (auto status = Reconsider(reader, arrival.subject, batch); !status.ok()) return status;
      auto statement = record::ParseStatement(subject->record->view.statement);
      if (!statement.ok()) return statement.status();
      return ReconsiderReferrers(reader, statement->record_id, kDeepestReferrers, batch);
    }
    case store::Event::kGain:
    case store::Event::kLoss:
    case store::Event::kErase:
      return absl::OkStatus();  // what we hold of others, which this node does not pass on
  }
  return absl::OkStatus();
}

absl::Status Feed::ConsiderAmendment(const store::Reader& reader, OpenedArrival& opened, const ledger::Holding* held,
                                     Batch& batch) {
  const store::StoredRecord& record = opened.record();
  auto renewed = PassedOver(record.seq, held, batch.Renew(reader, opened, held), batch);
  if (!renewed.ok()) return renewed;
  // Nothing of the earlier revisions stays, whether the new one goes whole, in part or not at all.
  if (auto status = LimitEarlier(reader, record, batch); !status.ok()) return status;
  auto statement = record::ParseStatement(record.view.statement);
  if (!statement.ok()) return statement.status();
  return ReconsiderReferrers(reader, statement->record_id, kDeepestReferrers, batch);
}

absl::Status Feed::Reconsider(const store::Reader& reader, uint64_t seq, Batch& batch) {
  auto arrival = reader.Get(seq);
  if (!arrival.ok()) return arrival.status();
  OpenedArrival record(*std::move(arrival));
  auto held = Held(seq);
  if (!held.ok()) return held.status();
  const bool holds = *held && StillHeld(**held);
  const ledger::Holding* known = holds ? &**held : nullptr;
  return PassedOver(seq, known, batch.Renew(reader, record, known), batch);
}

absl::Status Feed::ReconsiderReferrers(const store::Reader& reader, const record::RecordId& id, int depth,
                                       Batch& batch) {
  if (depth == 0) return absl::OkStatus();
  store::Query query;
  query.where = store::Where::All(
      {store::Where::Has(record::ReferenceTerm(id)), store::Where::By(directory_.identity().names().organisation)});
  for (;;) {
    auto page = reader.Find(query);
    if (!page.ok()) return page.status();
    for (const uint64_t seq : page->seqs) {
      auto referrer = reader.GetRecord(seq);
      if (Unreadable(referrer.status())) {
        arrivals_.PassOver(seq, referrer.status());
        continue;
      }
      if (!referrer.ok()) return referrer.status();
      if (auto status = Reconsider(reader, seq, batch); !status.ok()) return status;
      auto statement = record::ParseStatement(referrer->view.statement);
      if (!statement.ok()) return statement.status();
      auto status = ReconsiderReferrers(reader, statement->record_id, depth - 1, batch);
      if (!status.ok()) return status;
    }
    if (page->next == 0) return absl::OkStatus();
    query.before = page->next;
  }
}

absl::StatusOr<std::optional<ledger::Holding>> Feed::Held(uint64_t seq) const {
  auto holding = disclosures_.Disclosed(organisation_, seq, frontier_.parcel());
  if (absl::IsNotFound(holding.status())) return std::nullopt;
  if (!holding.ok()) return holding.status();
  return std::optional<ledger::Holding>(*std::move(holding));
}

absl::StatusOr<crypto::Hash> Feed::LeafSent(uint64_t seq, const ledger::Holding& holding) const {
  auto intent = IntentAt(disclosures_, holding.intent_index);
  if (!intent.ok()) return intent.status();
  for (const ledger::IntendedRecord& record : intent->records) {
    if (record.seq == seq) return record.leaf;
  }
  return absl::DataLossError(absl::StrCat("feed: the register does not say which leaf went as arrival ", seq));
}

absl::Status Feed::TakeBackUnread(uint64_t seq, const ledger::Holding& holding, const absl::Status& why, Batch& batch) {
  arrivals_.PassOver(seq, why);
  auto leaf = LeafSent(seq, holding);
  // Neither the row nor the register knows the leaf. So the feed cannot ask for it, and goes on with the others.
  if (!leaf.ok()) return absl::OkStatus();
  batch.TakeBack(seq, *leaf);
  return absl::OkStatus();
}

absl::Status Feed::PassedOver(uint64_t seq, const ledger::Holding* held, const absl::Status& status, Batch& batch) {
  if (!Unreadable(status)) return status;
  if (held != nullptr) return TakeBackUnread(seq, *held, status, batch);
  arrivals_.PassOver(seq, status);
  return absl::OkStatus();
}

absl::Status Feed::LimitEarlier(const store::Reader& reader, const store::StoredRecord& record, Batch& batch) {
  auto statement = record::ParseStatement(record.view.statement);
  if (!statement.ok()) return statement.status();
  auto revisions = reader.OwnRevisions(statement->record_id);
  if (!revisions.ok()) return revisions.status();
  for (const uint64_t seq : *revisions) {
    if (seq >= record.seq) continue;
    auto held = Held(seq);
    if (!held.ok()) return held.status();
    if (!*held || !StillHeld(**held)) continue;
    auto earlier = reader.GetRecord(seq);
    absl::Status limited = earlier.ok() ? batch.Limit(reader, *earlier, **held) : earlier.status();
    limited = PassedOver(seq, &**held, limited, batch);
    if (!limited.ok()) return limited;
  }
  return absl::OkStatus();
}

absl::Status Feed::ConsiderRecall(const store::Reader& reader, const store::StoredRecord& recall, Batch& batch) {
  auto statement = record::ParseStatement(recall.view.statement);
  if (!statement.ok()) return statement.status();
  auto revisions = reader.OwnRevisions(statement->record_id);
  if (!revisions.ok()) return revisions.status();
  std::vector<std::pair<uint64_t, crypto::Hash>> recalled;
  for (const uint64_t seq : *revisions) {
    if (seq == recall.seq) continue;
    auto held = Held(seq);
    if (!held.ok()) return held.status();
    if (!*held) continue;
    auto earlier = reader.GetRecord(seq);
    absl::StatusOr<crypto::Hash> leaf = earlier.ok() ? record::LogLeaf(earlier->view.statement) : LeafSent(seq, **held);
    if (!earlier.ok() && !Unreadable(earlier.status())) return earlier.status();
    if (!earlier.ok()) arrivals_.PassOver(seq, earlier.status());
    if (leaf.ok()) recalled.emplace_back(seq, *leaf);
  }
  if (!recalled.empty()) batch.Recall(recall, recalled);
  return ReconsiderReferrers(reader, statement->record_id, kDeepestReferrers, batch);
}

parcel::SealRequest Feed::RequestTo(const partner::PairPsk& psk, uint64_t number) const {
  const partner::Identity& identity = directory_.identity();
  parcel::SealRequest request;
  request.partner = organisation_;
  request.sender_fpr = identity.log_fingerprint();
  request.recipient_fpr = partner_->kem_fingerprint;
  request.recipient_kem = partner_->kem.key;
  request.delivery_key = &identity.delivery_key();
  request.delivery_fpr = identity.delivery_fingerprint();
  request.pair = partner_->pair;
  request.psk_epoch = psk.epoch;
  request.psk = psk.key.Expose();
  request.feed = partner_->outgoing;
  request.seq = number;
  request.after = after_;
  request.sent_ms = now_ms_();
  return request;
}

absl::Status Feed::Enter(const Numbered& numbered, uint64_t after, const ledger::Intent& intent,
                         const parcel::Sealed& sealed, bool takes_back) {
  const ledger::ManifestSent manifest{organisation_, numbered.number, intent.at_ms, sealed.manifest_hash,
                                      sealed.contents};
  // A parcel that takes something back goes out even if the disk is full.
  const store::Purpose purpose = takes_back ? store::Purpose::kTakingBack : store::Purpose::kOrdinary;
  return store_.Write(purpose, [&](store::WriteTransaction& transaction) -> absl::Status {
    const std::string seq = EncodeNumber(numbered.number);
    if (!numbered.again) {
      if (auto index = disclosures_.Append(transaction, intent); !index.ok()) return index.status();
      auto status = transaction.PutNamed(store::Named::kFrontier, kLastNumberScope, organisation_, seq);
      if (status.ok()) {
        status = transaction.PutNamed(store::Named::kFrontier, NextScope(organisation_), absl::StrCat(after), seq);
      }
      if (!status.ok()) return status;
    }
    if (auto index = disclosures_.Append(transaction, manifest); !index.ok()) return index.status();
    return transaction.PutNamed(store::Named::kExchange, SentScope(organisation_), crypto::View(sealed.manifest_hash),
                                seq);
  });
}

absl::StatusOr<parcel::Sealed> Feed::SealBatch(Batch& batch) {
  auto psk = directory_.SendingPsk(organisation_, now_ms_());
  if (!psk.ok()) return psk.status();
  const std::string purpose = batch.Purposes();
  const bool takes_back = batch.takes_back();
  ledger::Intent intent{organisation_,       0, now_ms_(), judgement_->candidates.engine().version(), purpose,
                        batch.TakeIntended()};
  const uint64_t after = frontier_.parcel();
  auto numbered = numbers_.Take(organisation_, after, intent);
  if (!numbered.ok()) return numbered.status();
  intent.parcel_seq = numbered->number;

  parcel::SealRequest request = RequestTo(*psk, numbered->number);
  request.withdrawals = batch.TakeWithdrawals();
  request.whole_recalls = batch.TakeWholeRecalls();
  // Notices need no checkpoint, and a log that is shorter than the partner knows cannot be linked to what it knows.
  if (!only_takes_back_) {
    uint64_t log_size = 0;
    auto section = batch.TakeSection(frontier_.log_size(), &log_size);
    if (!section.ok()) return section.status();
    request.sections.push_back(*std::move(section));
    frontier_.set_log_size(log_size);
  }
  frontier_.set_parcel(numbered->number);
  auto cursor = frontier_.Seal(vault_, organisation_);
  if (!cursor.ok()) return cursor.status();
  request.next_cursor = *cursor;

  auto sealed = parcel::Seal(std::move(request));
  if (!sealed.ok()) return sealed.status();
  if (auto entered = Enter(*numbered, after, intent, *sealed, takes_back); !entered.ok()) return entered;
  after_ = crypto::HashOf({*cursor});
  return sealed;
}

}  // namespace tidegate::feed
