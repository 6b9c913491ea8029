#include "node/api/bulk.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "crypto/bytes.h"
#include "node/api/display.h"
#include "node/api/where.h"

namespace tidegate::api {
namespace {

constexpr std::string_view kAmendLabel = crypto::Label("TDGamp1");
constexpr std::string_view kTagLabel = crypto::Label("TDGtgp1");
constexpr int kMostNamed = 100;  // records and faults that a reply names
constexpr int kMostWarnings = 20;
constexpr size_t kMostAmended = 10'000;  // by one call: each is tried before it is shown
constexpr uint32_t kPage = 500;
constexpr size_t kTellEvery = 100;

struct Selected {
  std::vector<record::RecordId> ids;  // ascending, each once
  uint64_t import = 0;
  std::vector<flow::Fault> faults;
};

// Our own records that meet all conditions. Asking is a look, and reading writes it into the register. A record that
// cannot be read may be one of them: it is told as a fault.
absl::Status AddFound(reading::Reading& reading, const reading::Look& look, const v1::Selection& what,
                      const std::string& self, size_t most, std::set<record::RecordId>& ids,
                      std::vector<flow::Fault>& faults) {
  auto where = WhereOf(what.where());
  if (!where.ok()) return where.status();
  search::Question& question = where->question;
  question.origin = self;
  question.limit = kPage;
  do {
    auto page = reading.Find(look, question, "");
    if (!page.ok()) return page.status();
    for (const reading::Seen& seen : page->records) {
      if (where->Holds(seen)) ids.insert(seen.statement.record_id);
    }
    for (const uint64_t arrival : page->unread.arrivals) {
      faults.push_back({absl::StrCat("arrival ", arrival), "api: it is damaged on disk; run `tidegate verify`"});
    }
    if (page->unread.count > page->unread.arrivals.size()) {
      faults.push_back({absl::StrCat(page->unread.count - page->unread.arrivals.size(), " other arrivals"),
                        "api: they are damaged on disk; run `tidegate verify`"});
    }
    question.cursor = page->cursor;
  } while (!question.cursor.empty() && ids.size() <= most);
  return absl::OkStatus();
}

// Takes out what the asker may not do that to. Of a record of which they may not know, nothing is said.
absl::Status LeaveOutForbidden(const flow::Authoring& author, const reading::Reading& reading,
                               const policy::Principal& who, policy::Action action, Selected& selected) {
  const auto may = [&](const record::RecordId& id) { return reading.May(who, action, record::FormatRecordId(id)); };
  std::erase_if(selected.ids, [&](const record::RecordId& id) {
    const std::string whole = record::FormatRecordId(id);
    // Asked first, and of an id that nothing here has too: both are answered alike, in the digest and the counts too.
    const bool knows = reading.Knows(who, whole);
    if (knows && may(id)) return false;
    selected.faults.push_back(
        {whole, knows ? absl::StrCat("api: no policy lets you ", std::string(policy::NameOf(action)), " this record")
                      : "api: no such record is held here"});
    return true;
  });
  if (selected.import == 0) return absl::OkStatus();
  auto stored = author.StoredBy(selected.import);
  if (!stored.ok()) return stored.status();
  if (std::erase_if(*stored, [&](const record::RecordId& id) { return !may(id); }) == 0) return absl::OkStatus();
  // The rest of the import, record by record.
  selected.import = 0;
  selected.ids.insert(selected.ids.end(), stored->begin(), stored->end());
  std::sort(selected.ids.begin(), selected.ids.end());
  selected.ids.erase(std::unique(selected.ids.begin(), selected.ids.end()), selected.ids.end());
  return absl::OkStatus();
}

absl::StatusOr<Selected> Select(const flow::Authoring& author, reading::Reading& reading, const reading::Look& look,
                                policy::Action action, const v1::Selection& what, size_t most) {
  if (what.ids_size() == 0 && what.import() == 0 && what.where_size() == 0) {
    return absl::InvalidArgumentError(
        "api: say which records: their ids, --import N, --query QUERY or --where FIELD=VALUE");
  }
  Selected selected;
  selected.import = what.import();
  std::set<record::RecordId> ids;
  for (const std::string& typed : what.ids()) {
    auto whole = reading.WholeId(look.who, typed);
    auto id = whole.ok() ? record::ParseRecordId(*whole) : absl::StatusOr<record::RecordId>(whole.status());
    if (id.ok()) {
      ids.insert(*id);
    } else {
      selected.faults.push_back({typed, std::string(id.status().message())});
    }
  }
  if (what.where_size() > 0) {
    if (auto found = AddFound(reading, look, what, author.organisation(), most, ids, selected.faults); !found.ok()) {
      return found;
    }
  }
  selected.ids.assign(ids.begin(), ids.end());
  if (auto left = LeaveOutForbidden(author, reading, look.who, action, selected); !left.ok()) return left;
  return selected;
}

template <typename Reply>
void TellFaults(const std::vector<flow::Fault>& faults, Reply& reply) {
  for (const flow::Fault& fault : faults) {
    if (reply.faults_size() >= kMostNamed) break;
    v1::Fault* out = reply.add_faults();
    out->set_what(fault.what);
    out->set_why(fault.why);
  }
  reply.set_faulty(reply.faulty() + faults.size());
}

template <typename Reply>
void TellIds(const std::vector<record::RecordId>& ids, Reply& reply) {
  reply.set_records(ids.size());
  reply.clear_ids();
  for (const record::RecordId& id : ids) {
    if (reply.ids_size() >= kMostNamed) break;
    reply.add_ids(record::FormatRecordId(id));
  }
}

absl::StatusOr<crypto::Hash> DigestOf(const std::string& hex) {
  const std::string bytes = absl::HexStringToBytes(hex);
  auto hash = crypto::HashFrom(bytes);
  const bool digits = hex.size() == 64 && hex.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (digits && hash.ok()) return hash;
  return absl::FailedPreconditionError(
      "api: look first at what would be done to several records: give --dry-run, and then --plan with the digest "
      "that it shows");
}

absl::Status Gone() { return absl::CancelledError("api: the asker has gone; what was done stays"); }

}  // namespace

absl::Status RecallRecords(flow::Authoring& author, reading::Reading& reading, const flow::Lines& lines,
                           const policy::Principal& who, const v1::RecallRecordsRequest& request,
                           const std::function<bool(const v1::RecallRecordsReply&)>& tell) {
  const std::string& reason = request.asker().reason();
  auto selected =
      Select(author, reading, {who, reason, "recall"}, policy::Action::kRecall, request.what(), flow::kMostRecalled);
  if (!selected.ok()) return selected.status();
  const flow::RecallMany what{selected->ids, selected->import};
  v1::RecallRecordsReply reply;
  TellFaults(selected->faults, reply);
  auto plan = author.ShowRecall(who, reason, what);
  if (!plan.ok()) return plan.status();
  reply.set_digest(HexOf(plan->digest));
  TellIds(plan->records, reply);
  reply.set_recalled_earlier(plan->earlier);
  reply.set_changed_since(plan->changed);
  reply.set_amended(plan->amended);
  reply.set_more(plan->more);
  const auto all = lines.List();
  for (const auto& [organisation, records] : plan->holders) {
    v1::HolderCount* holder = reply.add_holders();
    holder->set_organisation(organisation);
    holder->set_records(records);
    holder->set_connected(std::any_of(all.begin(), all.end(), [&name = organisation](const flow::Line& line) {
      return line.followed && line.organisation == name;
    }));
  }
  if (request.dry_run()) {
    TellFaults(plan->faults, reply);
    reply.set_done(true);
    return tell(reply) ? absl::OkStatus() : Gone();
  }
  auto shown = DigestOf(request.plan());
  if (!shown.ok()) return shown.status();
  auto recalled = author.RecallAll(who, reason, what, *shown, [&](uint64_t done) {
    v1::RecallRecordsReply progress;
    progress.set_records(reply.records());
    progress.set_recalled(done);
    return tell(progress);
  });
  if (!recalled.ok()) return recalled.status();
  reply.set_recalled(recalled->recalled);
  reply.set_note(recalled->note);
  TellFaults(recalled->faults, reply);
  reply.set_done(true);
  return tell(reply) ? absl::OkStatus() : Gone();
}

namespace {

// One after the other, so that a fault in one stops no other.
class Amending {
 public:
  Amending(flow::Authoring& author, const flow::Keeping& keeping, const policy::Principal& who,
           const v1::AmendRecordsRequest& request, uint64_t now_ms)
      : author_(author), keeping_(keeping), who_(who), request_(request), now_ms_(now_ms) {
    for (const v1::Assignment& one : request.set()) what_.set.push_back({one.field(), one.value()});
    what_.add_tags.assign(request.add_tags().begin(), request.add_tags().end());
    what_.remove_tags.assign(request.remove_tags().begin(), request.remove_tags().end());
    what_.tells_unchanged = true;  // several are amended with a reason alone
  }

  std::string_view verb() const { return what_.tags_alone() ? "tag" : "amend"; }

  // A digest of the records, their newest revisions, the values to set and the tags to change.
  crypto::Hash Digest(const std::vector<record::RecordId>& ids, const std::vector<uint64_t>& newest) const {
    const bool tags = !what_.add_tags.empty() || !what_.remove_tags.empty();
    crypto::ByteWriter out;
    out.Raw(tags ? kTagLabel : kAmendLabel).U64(ids.size());
    for (size_t i = 0; i < ids.size(); ++i) out.Raw(ids[i]).U64(newest[i]);
    if (tags) {
      for (const std::vector<std::string>* list : {&what_.add_tags, &what_.remove_tags}) {
        out.U64(list->size());
        for (const std::string& tag : *list) out.Lp32(tag);
      }
    }
    for (const flow::Assignment& one : what_.set) out.Lp32(one.field).Lp32(one.value);
    return crypto::HashOf({out.view()});
  }

  absl::Status Run(const std::vector<record::RecordId>& ids, const std::vector<uint64_t>& newest,
                   v1::AmendRecordsReply& reply, const std::function<bool(const v1::AmendRecordsReply&)>& tell) {
    std::vector<flow::Fault> faults;
    std::set<std::string> warnings;
    std::vector<record::RecordId> changed;
    for (size_t i = 0; i < ids.size(); ++i) {
      auto one = Amend(ids[i], newest[i]);
      if (absl::IsUnavailable(one.status()) || absl::IsResourceExhausted(one.status())) return one.status();
      if (one.ok() && one->unchanged) {
        reply.set_unchanged(reply.unchanged() + 1);
      } else if (one.ok()) {
        changed.push_back(ids[i]);
        warnings.insert(one->warnings.begin(), one->warnings.end());
      } else {
        faults.push_back({record::FormatRecordId(ids[i]), std::string(one.status().message())});
      }
      if (i % kTellEvery != kTellEvery - 1) continue;
      v1::AmendRecordsReply progress;
      progress.set_records(ids.size());
      progress.set_amended(changed.size());
      if (!tell(progress)) return Gone();
    }
    reply.set_amended(request_.dry_run() ? 0 : changed.size());
    TellIds(changed, reply);
    TellFaults(faults, reply);
    for (const std::string& warning : warnings) {
      if (reply.warnings_size() < kMostWarnings) reply.add_warnings(warning);
    }
    for (const auto& [organisation, count] : partners_) {
      v1::AmendedCount* out = reply.add_partners();
      out->set_organisation(organisation);
      out->set_gains(count.first);
      out->set_loses(count.second);
    }
    return absl::OkStatus();
  }

 private:
  absl::StatusOr<flow::AuthoredRecord> Amend(const record::RecordId& id, uint64_t newest) {
    flow::AmendRecord what = what_;
    what.id = record::FormatRecordId(id);
    what.as_of = newest;
    if (!request_.dry_run()) return author_.Amend(who_, request_.asker().reason(), what);
    const auto held = keeping_.HeldOf(id);
    if (!held.ok()) return held.status();
    std::vector<flow::Kept> kept;
    what.rehearse = [&](const store::Reader& reader) -> absl::Status {
      auto told = keeping_.KeptOf(reader, id, *held, static_cast<int64_t>(now_ms_));
      if (!told.ok()) return told.status();
      kept = *std::move(told);
      return absl::OkStatus();
    };
    auto one = author_.Amend(who_, request_.asker().reason(), what);
    if (!one.ok() || one->unchanged) return one;
    for (const flow::Kept& partner : kept) {
      auto& [gains, loses] = partners_[partner.organisation];
      gains += partner.gains.empty() ? 0 : 1;
      loses += partner.loses.empty() ? 0 : 1;
    }
    return one;
  }

  flow::Authoring& author_;
  const flow::Keeping& keeping_;
  const policy::Principal& who_;
  const v1::AmendRecordsRequest& request_;
  const uint64_t now_ms_;
  flow::AmendRecord what_;
  std::map<std::string, std::pair<uint64_t, uint64_t>> partners_;  // records that it gains and loses something of
};

}  // namespace

absl::Status AmendRecords(flow::Authoring& author, reading::Reading& reading, const flow::Keeping& keeping,
                          const policy::Principal& who, uint64_t now_ms, const v1::AmendRecordsRequest& request,
                          const std::function<bool(const v1::AmendRecordsReply&)>& tell) {
  const std::string& reason = request.asker().reason();
  if (absl::StripAsciiWhitespace(reason).empty()) {
    return absl::InvalidArgumentError("api: amending several records needs a reason; say why with --reason");
  }
  if (request.set_size() == 0 && request.add_tags_size() == 0 && request.remove_tags_size() == 0) {
    return absl::InvalidArgumentError("api: say what to set, as FIELD=VALUE, or which tags to add or to take out");
  }
  Amending amending(author, keeping, who, request, now_ms);
  const std::string verb(amending.verb());
  auto selected = Select(author, reading, {who, reason, verb}, policy::Action::kAmend, request.what(), kMostAmended);
  if (!selected.ok()) return selected.status();
  if (selected->import != 0) {
    auto stored = author.StoredBy(selected->import);
    if (!stored.ok()) return stored.status();
    selected->ids.insert(selected->ids.end(), stored->begin(), stored->end());
    std::sort(selected->ids.begin(), selected->ids.end());
    selected->ids.erase(std::unique(selected->ids.begin(), selected->ids.end()), selected->ids.end());
  }
  if (selected->ids.size() > kMostAmended) {
    return absl::InvalidArgumentError(absl::StrCat("api: these are more than ", kMostAmended,
                                                   " records, the most that are amended at once; name fewer"));
  }
  auto newest = author.NewestOf(selected->ids);
  if (!newest.ok()) return newest.status();
  const crypto::Hash digest = amending.Digest(selected->ids, *newest);
  v1::AmendRecordsReply reply;
  reply.set_digest(HexOf(digest));
  TellFaults(selected->faults, reply);
  if (request.dry_run()) {
    if (auto noted = author.NoteLook(selected->ids, who, reason, absl::StrCat(verb, " --dry-run")); !noted.ok()) {
      return noted;
    }
  } else {
    auto shown = DigestOf(request.plan());
    if (!shown.ok()) return shown.status();
    if (*shown != digest) {
      return absl::FailedPreconditionError(
          "api: the plan has changed: other records, other values, or somebody changed a record since. Look "
          "again with --dry-run, and take what it shows");
    }
  }
  if (auto done = amending.Run(selected->ids, *newest, reply, tell); !done.ok()) return done;
  reply.set_done(true);
  return tell(reply) ? absl::OkStatus() : Gone();
}

}  // namespace tidegate::api
