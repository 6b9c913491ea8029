#include <iostream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "node/command/print.h"
#include "node/command/session.h"

namespace tidegate::command {
namespace {

void Status(Session& session) {
  auto stub = session.Connect();
  if (!stub) return;
  grpc::ClientContext context;
  v1::StatusReply reply;
  if (!session.Check(stub->Status(&context, {}, &reply))) return;
  if (session.json) return PrintJson(reply);
  std::cout << reply.organisation() << " (" << reply.sector() << ", " << reply.country() << ") serving on "
            << reply.listen() << "\n"
            << "records " << reply.records() << ", log " << reply.log_size() << ", register " << reply.register_size()
            << ", recalls without an answer " << reply.unanswered_recalls() << "\n"
            << "policy version " << reply.policy_number() << " (" << reply.policy_version() << ")"
            << (reply.pending_policies() == 0
                    ? ""
                    : absl::StrCat(", ", reply.pending_policies(), " waiting for a second user"))
            << "\nlog key " << reply.log_fingerprint() << "\nfingerprint to read to partners " << reply.fingerprint()
            << "\n";
  if (!reply.read_only().empty()) std::cout << "READ-ONLY: " << reply.read_only() << "\n";
  std::cout << "\n";
  std::vector<std::vector<std::string>> rows = {
      {"PARTNER", "STATE", "WE FOLLOW", "FOLLOWS US", "RECEIVED", "HELD FROM IT", "LAST PROBLEM"}};
  for (const v1::PartnerStatus& partner : reply.partners()) {
    rows.push_back(
        {partner.organisation(), partner.state(),
         partner.caught_up() ? "caught up" : (partner.following() ? "yes" : "no"), partner.followed() ? "yes" : "no",
         absl::StrCat(partner.received()),
         absl::StrCat(partner.held_records(), ", ", static_cast<uint64_t>(partner.received_bytes()) >> 20, " MiB came"),
         partner.last_error()});
  }
  PrintTable(rows);
  if (reply.review_size() > 0) std::cout << "\nTo review, since an earlier version decided by less:\n";
  for (const v1::ReviewItem& item : reply.review()) {
    std::cout << "  " << item.about() << " " << item.what() << "\n    " << item.to_do() << "\n";
  }
}

}  // namespace

void AddStatus(CLI::App& app, Session& session) {
  CLI::App* status = app.add_subcommand("status", "How the node is, and each partner's line");
  status->footer("Example:\n  tidegate --node ~/lantern status --json");
  AddJson(status, session);
  status->callback([&session] { Status(session); });
}

}  // namespace tidegate::command
