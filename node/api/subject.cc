#include "node/api/subject.h"

#include <string>
#include <vector>

#include "node/api/auditing.h"
#include "node/api/reading.h"
#include "node/api/seen.h"

namespace tidegate::api {
namespace {

// The sentence is the same whether there is something to leave out or not. Otherwise the sentence itself would tip off.
constexpr char kLeftOut[] =
    "Records about suspicious-activity reports, and what was done with them, are left out here, whether there are any "
    "or not. It may be an offence to let the person learn of one (POCA 2002 s.333A), and the law lets you withhold it "
    "(DPA 2018 Schedule 2 paragraph 2 and section 45(4)). Ask somebody with the role `screening` before you answer.";

void FillRecords(const std::vector<reading::SubjectRecord>& records,
                 google::protobuf::RepeatedPtrField<v1::SubjectRecord>* out) {
  for (const reading::SubjectRecord& record : records) {
    v1::SubjectRecord* one = out->Add();
    *one->mutable_record() = RecordOf(record.seen);
    for (const reading::HeldBy& held : record.holders) FillHolder(held, one->add_holders());
  }
}

void FillEntries(const std::vector<reading::Audited>& entries, const std::vector<decision::PolicyVersion>& history,
                 google::protobuf::RepeatedPtrField<v1::AuditEntry>* out) {
  for (const reading::Audited& audited : entries) {
    v1::AuditEntry* entry = out->Add();
    FillEntry(audited, history, entry);
    entry->clear_summary();  // it counts the records of other people, too
    entry->clear_asked();
  }
}

}  // namespace

absl::StatusOr<v1::AuditSubjectReply> AuditSubject(const decision::Decisions& decisions, reading::Reading& reading,
                                                   const policy::Principal& who,
                                                   const v1::AuditSubjectRequest& request) {
  if (request.identifier().empty()) {
    return absl::InvalidArgumentError("api: name an identifier of the person, as SCHEME:VALUE: phone:+447700900011");
  }
  auto report = reading.AboutSubject({who, request.asker().reason(), "audit subject"}, request.identifier());
  if (!report.ok()) return report.status();
  auto history = decisions.History();
  if (!history.ok()) return history.status();
  v1::AuditSubjectReply reply;
  FillRecords(report->records, reply.mutable_records());
  FillEntries(report->entries, *history, reply.mutable_entries());
  FillRecords(report->withheld, reply.mutable_withheld());
  FillEntries(report->withheld_entries, *history, reply.mutable_withheld_entries());
  for (const uint64_t index : report->unreadable) reply.add_unreadable(index);
  reply.set_more(report->more || report->unread.count > 0);
  reply.set_note(kLeftOut);
  return reply;
}

}  // namespace tidegate::api
