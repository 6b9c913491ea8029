#include "node/reading/reading.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "node/reading/glance.h"
#include "node/reading/ids.h"
#include "node/reading/mark.h"
#include "node/reading/narratives.h"
#include "node/reading/sweep.h"
#include "text/text.h"

namespace tidegate::reading {
namespace {

// The engine explains what policies say of the record itself. decision::Candidates withholds more: a field that names a
// record of which the partner may see nothing.
void WithholdUnseen(const policy::Rungs& rungs, review::Explanation& explanation) {
  for (review::FieldExplanation& field : explanation.fields) {
    if (field.rung == policy::kWithheld || field.slot >= rungs.size() || rungs[field.slot] != policy::kWithheld)
      continue;
    field.sentence = absl::StrCat("is withheld: it names a record of which this partner may see nothing; by itself it ",
                                  field.sentence);
    field.needs = {"this partner must be sent something of each record that it names"};
    field.rung = policy::kWithheld;
    field.precision = "withheld";
    field.permitted_by.clear();
  }
}

// The same for a whole record.
void WithholdAll(const policy::Refusal& refusal, review::Explanation& explanation) {
  if (!explanation.travels) return;
  explanation.travels = false;
  explanation.sentence = refusal.sentence;
  for (review::FieldExplanation& field : explanation.fields) {
    if (field.rung == policy::kWithheld) continue;
    field.sentence = absl::StrCat("is withheld with the whole record; by itself it ", field.sentence);
    field.rung = policy::kWithheld;
    field.precision = "withheld";
  }
}

}  // namespace

// About how many bytes a reply needs to show a record.
size_t BytesOf(const Seen& seen) {
  size_t bytes = 0;
  if (!seen.view) return bytes;
  for (const record::Opened& field : seen.view->view().opened) bytes += field.value.size();
  return bytes;
}

// If the reason is missing, it says how to give one.
absl::Status RefusedTo(const Look& look, const policy::Refusal& refusal) {
  std::string why = absl::StrCat("refused: ", refusal.ToString());
  if (text::Visible(look.reason).empty()) {
    absl::StrAppend(&why, "\nSay why you look, for example: --reason \"case 12\"");
  }
  return absl::PermissionDeniedError(why);
}

Reading::Reading(store::Store& store, ledger::Log& log, ledger::Register& disclosures,
                 const partner::Directory& directory, const decision::Decisions& decisions,
                 std::function<uint64_t()> now_ms, Work work)
    : store_(store),
      log_(log),
      disclosures_(disclosures),
      directory_(directory),
      decisions_(decisions),
      now_ms_(std::move(now_ms)),
      work_(work),
      ids_(std::make_unique<Ids>()),
      labels_(std::make_unique<Labels>()),
      notes_(std::make_unique<VerifiedNotes>()) {}

Reading::~Reading() = default;

absl::Status Reading::CheckReason(const Look& look) {
  if (look.reason.size() <= kMostReasonBytes) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("reading: a reason has at most ", kMostReasonBytes, " bytes"));
}

absl::StatusOr<record::RecordId> Reading::Meant(const store::Reader& reader, const policy::Principal& who,
                                                const std::string& typed) const {
  return ids_->Meant(reader, typed, [&](const record::RecordId& id) {
    // Several authors may use one id. To know of one of their records is to know of the id.
    const auto namesakes = reader.Namesakes(id);
    if (!namesakes.ok() || namesakes->empty()) return true;
    return std::any_of(namesakes->begin(), namesakes->end(), [&](const store::Namesake& one) {
      const auto record = reader.GetRecord(one.seq);
      return !record.ok() || MayKnowOf(reader, who, *record);
    });
  });
}

absl::StatusOr<store::StoredRecord> Reading::Held(const store::Reader& reader, const record::RecordId& id,
                                                  std::string_view origin) const {
  auto seq = reader.FindById(id, origin);
  if (absl::IsNotFound(seq.status())) return NotHeld(record::FormatRecordId(id));
  if (!seq.ok()) return seq.status();
  return reader.GetRecord(*seq);
}

absl::Status Reading::NotHeld(std::string_view id) {
  return absl::NotFoundError(absl::StrCat("reading: no record `", std::string(id), "` is held here"));
}

bool Reading::MayKnowOf(const policy::Principal& who, const std::string& id, std::string_view origin) const {
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return true;
  auto meant = Meant(**snapshot, who, id);
  if (!meant.ok()) return true;
  auto record = Held(**snapshot, *meant, origin);
  return !record.ok() || MayKnowOf(**snapshot, who, *record);
}

// What is left of a record has no facts to decide by, and a row that cannot be read shows nothing.
bool Reading::MayKnowOf(const store::Reader& reader, const policy::Principal& who,
                        const store::StoredRecord& record) const {
  if (Gone(record)) return true;
  decision::Candidates candidates(decisions_.engine());
  auto candidate = candidates.Of(reader, record);
  if (!candidate.ok()) return true;
  return candidates.engine().CouldRead(who, candidate->kind, candidate->label) ||
         candidates.engine().May(who, policy::Action::kAudit, candidate->kind, candidate->label);
}

bool Reading::Knows(const policy::Principal& who, const std::string& id, std::string_view origin) const {
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return true;
  auto meant = Meant(**snapshot, who, id);
  if (!meant.ok()) return !absl::IsNotFound(meant.status());
  auto record = Held(**snapshot, *meant, origin);
  return record.ok() ? MayKnowOf(**snapshot, who, *record) : !absl::IsNotFound(record.status());
}

bool Reading::May(const policy::Principal& who, policy::Action action, const std::string& id,
                  std::string_view origin) const {
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return true;
  auto meant = Meant(**snapshot, who, id);
  if (!meant.ok()) return true;
  auto record = Held(**snapshot, *meant, origin);
  if (!record.ok() || Gone(*record)) return true;
  decision::Candidates candidates(decisions_.engine());
  auto candidate = candidates.Of(**snapshot, *record);
  return !candidate.ok() || candidates.engine().May(who, action, candidate->kind, candidate->label);
}

absl::StatusOr<std::string> Reading::WholeId(const policy::Principal& who, const std::string& typed) const {
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto id = Meant(**snapshot, who, typed);
  if (!id.ok()) return id.status();
  return record::FormatRecordId(*id);
}

absl::StatusOr<std::string> Reading::WholeIdAmong(const std::string& typed,
                                                  const std::function<bool(const record::RecordId&)>& among) const {
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto id = ids_->Meant(**snapshot, typed, among);
  if (!id.ok()) return id.status();
  return record::FormatRecordId(*id);
}

// The entry that DPA 2018 s.62 asks for: who consulted which records, when and why. Durable on return, so that nothing
// is shown that was not recorded.
absl::Status Reading::Record(const Look& look, std::vector<record::RecordId> records,
                             std::vector<vault::BlindTermBytes> asked) {
  ledger::Consultation entry;
  entry.at_ms = now_ms_();
  entry.user = look.who.user();
  entry.reason = look.reason;
  entry.verb = std::string(look.verb);
  entry.records = std::move(records);
  entry.asked = std::move(asked);
  // People look at records to protect somebody, so this uses the reserve when the disk is full.
  return store_.Write(store::Purpose::kProtection, [&](store::WriteTransaction& transaction) {
    return disclosures_.Append(transaction, entry).status();
  });
}

absl::StatusOr<Seen> Reading::Show(const Look& look, const std::string& id, const std::string& as_partner,
                                   bool evidence, std::string_view origin) {
  auto glance = Glance::Begin(*this, look, as_partner);
  if (!glance.ok()) return glance.status();
  auto meant = Meant((*glance)->reader(), look.who, id);
  if (!meant.ok()) return meant.status();
  auto record = Held((*glance)->reader(), *meant, origin);
  if (!record.ok()) return record.status();
  if (!(*glance)->MayKnowOf(*record)) return NotHeld(record::FormatRecordId(*meant));
  auto seen = (*glance)->See(*record);
  if (!seen.ok()) return seen;
  if (evidence) {
    if (auto status = (*glance)->AddEvidence(*record, *seen); !status.ok()) return status;
  }
  if (auto status = Record(look, {seen->statement.record_id}); !status.ok()) return status;
  return seen;
}

absl::StatusOr<search::Plan> Reading::PlanOf(const store::Reader& reader, const Look& look,
                                             const search::Question& question, bool as_held) const {
  search::Question asks = question;
  asks.home = directory_.identity().country();
  asks.now_ms = now_ms_();
  asks.as_held = as_held;
  auto looked = MarkOf(reader, look.who);
  if (!looked.ok()) return looked.status();
  asks.looked = *looked;
  return search::PlanFor(asks);
}

bool Reading::AsksForGone(const search::Question& question) const {
  search::Question asks = question;
  asks.home = directory_.identity().country();
  const auto plan = search::PlanFor(asks);
  return plan.ok() && plan->gone.any();
}

absl::Status Reading::MarkSeen(const policy::Principal& who, uint64_t arrival) {
  return store_.Write([&](store::WriteTransaction& transaction) { return PutMark(transaction, who, arrival); });
}

absl::StatusOr<Page> Reading::Find(const Look& look, const search::Question& question, const std::string& as_partner) {
  if (AsksForGone(question)) return FindGone(look, question, as_partner);
  auto sweep = Sweep::Begin(*this, look, question, as_partner, work_.of_a_page);
  if (!sweep.ok()) return sweep.status();
  Page found;
  std::vector<record::RecordId> shown;
  const size_t wanted = search::PageOf(question);
  size_t bytes = 0;
  const auto swept = (*sweep)->Run([&](Glance& glance, const store::StoredRecord& record, Seen&& seen) {
    glance.Prove(record, seen);
    shown.push_back(seen.statement.record_id);
    bytes += BytesOf(seen);
    found.records.push_back(std::move(seen));
    return shown.size() < wanted && bytes < kMostPageBytes;
  });
  if (!swept.ok()) return swept;
  found.stopped = (*sweep)->stopped();
  found.looked = (*sweep)->looked();
  found.unread = (*sweep)->unread();
  found.cursor = search::PrintCursor((*sweep)->next());
  if (auto status = CheckOrigin((*sweep)->WithItsOrigin(question), found); !status.ok()) return status;
  if (auto status = Record(look, std::move(shown), (*sweep)->asked()); !status.ok()) return status;
  return found;
}

// An empty answer about somebody whom nobody here knows would look like "it wrote nothing".
absl::Status Reading::CheckOrigin(const search::Question& question, const Page& found) const {
  if (question.origin.empty() || !question.cursor.empty() || !found.records.empty() || !found.cursor.empty() ||
      found.unread.count > 0) {
    return absl::OkStatus();
  }
  const std::vector<std::string> known = partner::KnownOrganisations(directory_, now_ms_());
  if (std::find(known.begin(), known.end(), question.origin) != known.end()) return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat("reading: nobody called `", question.origin,
                                          "` is known here, and nothing by it is held",
                                          text::DidYouMean(question.origin, known)));
}

absl::StatusOr<Explained> Reading::Explain(const Look& look, const std::string& id, const std::string& partner,
                                           std::string_view origin) {
  if (partner.empty()) return absl::InvalidArgumentError("reading: name the partner to explain it for");
  auto glance = Glance::Begin(*this, look, partner);
  if (!glance.ok()) return glance.status();
  auto meant = Meant((*glance)->reader(), look.who, id);
  if (!meant.ok()) return meant.status();
  auto record = Held((*glance)->reader(), *meant, origin);
  if (!record.ok()) return record.status();
  if (!(*glance)->MayKnowOf(*record)) return NotHeld(record::FormatRecordId(*meant));
  if (Gone(*record)) return NobodyIsSentIt();
  auto candidate = (*glance)->Candidate(*record);
  if (!candidate.ok()) return candidate.status();
  auto access = (*glance)->Access(*candidate);
  if (!access.ok()) return access.status();
  const policy::Engine& engine = (*glance)->engine();
  auto view = record::Verify(record->view);
  if (!view.ok()) return view.status();
  Explained explained;
  explained.handling = view->handling();
  explained.explanation = review::Explain(engine, *(*glance)->party(), *candidate, (*glance)->now_ms());
  explained.version = engine.version();
  auto ruling = (*glance)->Disclose(*record);
  if (!ruling.ok()) return ruling.status();
  if (ruling->allowed()) {
    const policy::Rungs& rungs = (*ruling)->rungs();
    explained.disclosed =
        std::any_of(rungs.begin(), rungs.end(), [](int8_t rung) { return rung != policy::kWithheld; });
    WithholdUnseen(rungs, explained.explanation);
    auto told = NarrativesThatTell(record->view, rungs);
    if (!told.ok()) return told.status();
    explained.narratives = *std::move(told);
  } else {
    explained.refusal = ruling->refusal();
    WithholdAll(ruling->refusal(), explained.explanation);
  }
  explained.errors = engine.ErrorsSeen();
  if (auto status = Record(look, {view->statement().record_id}); !status.ok()) return status;
  return explained;
}

}  // namespace tidegate::reading
