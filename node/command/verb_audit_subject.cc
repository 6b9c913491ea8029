// audit subject: what is held about one person and what was done with it, to answer a request for subject access.
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "node/command/print.h"
#include "node/command/session.h"
#include "text/text.h"

namespace tidegate::command {
namespace {

using Records = google::protobuf::RepeatedPtrField<v1::SubjectRecord>;
using Entries = google::protobuf::RepeatedPtrField<v1::AuditEntry>;

std::vector<std::string> TextsOf(const google::protobuf::RepeatedPtrField<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

void PrintRecords(const Records& records) {
  std::vector<std::vector<std::string>> rows = {
      {"RECORD", "KIND", "WRITTEN BY", "ARRIVED", "PURPOSES", "LEGAL BASIS", "RETENTION", "DISCLOSED TO"}};
  for (const v1::SubjectRecord& one : records) {
    const v1::Record& record = one.record();
    std::vector<std::string> to;
    for (const v1::Holder& holder : one.holders()) to.push_back(holder.organisation() + " (" + holder.state() + ")");
    rows.push_back({record.id(), record.kind(), record.origin(), record.arrived(),
                    absl::StrJoin(TextsOf(record.handling().purposes()), ", "), record.handling().legal_basis(),
                    record.handling().retention(), absl::StrJoin(to, ", ")});
  }
  PrintTable(rows);
}

void PrintEntries(const Entries& entries) {
  std::vector<std::vector<std::string>> rows = {
      {"ENTRY", "TIME", "EVENT", "PARTNER OR SOURCE", "USER", "REASON", "RECORDS"}};
  for (const v1::AuditEntry& entry : entries) {
    rows.push_back({std::to_string(entry.index()), entry.time(), entry.kind(),
                    entry.partner().empty() ? entry.source() : entry.partner(), entry.user(), entry.reason(),
                    absl::StrJoin(TextsOf(entry.records()), " ")});
  }
  PrintTable(rows);
}

void Subject(Session& session, const std::string& identifier) {
  auto stub = session.Connect();
  if (!stub) return;
  v1::AuditSubjectRequest request;
  *request.mutable_asker() = session.Asker();
  request.set_identifier(identifier);
  v1::AuditSubjectReply reply;
  grpc::ClientContext context;
  if (!session.Check(stub->AuditSubject(&context, request, &reply))) return;
  if (reply.more() || reply.unreadable_size() > 0) session.exit_code = kPartly;
  if (reply.more()) std::cerr << "warning: there is more than one answer holds; ask by other identifiers, too\n";
  if (reply.unreadable_size() > 0) {
    std::cerr << "warning: entries of the register are damaged on disk and left out: "
              << absl::StrJoin(reply.unreadable(), ", ") << "; run `tidegate verify`\n";
  }
  if (session.json) return PrintJson(reply);
  PrintRecords(reply.records());
  std::cout << "\n";
  PrintEntries(reply.entries());
  if (reply.withheld_size() + reply.withheld_entries_size() > 0) {
    std::cout << "\nNEVER TELL THE PERSON OF THESE, nor that there are any:\n";
    PrintRecords(reply.withheld());
    std::cout << "\n";
    PrintEntries(reply.withheld_entries());
  }
  std::cerr << text::Lines(reply.note()) << "\n";
}

}  // namespace

void AddAuditSubject(CLI::App& audit, Session& session) {
  auto identifier = std::make_shared<std::string>();
  CLI::App* subject = audit.add_subcommand(
      "subject", "What is held about one person and what was done with it, to answer a request for subject access");
  subject->add_option("IDENTIFIER", *identifier, "An identifier of the person, as SCHEME:VALUE")->required();
  AddReader(subject, session);
  AddJson(subject, session);
  subject->footer(
      "The command lists the records with the identifier, to whom they were disclosed, who looked at them and why,\n"
      "and who searched for the identifier. Ask for each identifier of the person. It is for your own staff: read it\n"
      "before you tell any of it.\n"
      "Example:\n"
      "  tidegate --node ~/lantern audit subject phone:+447700900011 --reason 'access request of 4 March'");
  subject->callback([&session, identifier] { Subject(session, *identifier); });
}

}  // namespace tidegate::command
