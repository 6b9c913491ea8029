#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "node/command/print.h"
#include "node/command/session.h"

namespace tidegate::command {
namespace {

constexpr int kFewItems = 5;

void PrintReview(const v1::StatusReply& reply, int most) {
  if (reply.review_looking())
    std::cout << "\nThe node is still looking for records of an earlier version that you must review.\n";
  if (reply.review_size() == 0) return;
  std::cout << "\nTo review, because an earlier version checked less:\n";
  for (int i = 0; i < std::min(most, reply.review_size()); ++i) {
    const v1::ReviewItem& item = reply.review(i);
    std::cout << "  " << item.about() << " " << item.what() << "\n    " << item.to_do() << "\n";
  }
  if (reply.review_size() > most) {
    std::cout << "  and " << reply.review_size() - most << " more: `tidegate review` lists all of them\n";
  }
  if (reply.review_more())
    std::cout << "  The node looks for more at its first start after you have dealt with these.\n";
}

std::string ProblemOf(const v1::PartnerStatus& partner) {
  return partner.last_error_since().empty()
             ? partner.last_error()
             : absl::StrCat("since ", partner.last_error_since(), ": ", partner.last_error());
}

void PrintNew(const v1::InboxCounts& counts) {
  const std::pair<uint32_t, const char*> kinds[] = {{counts.alerts(), "alerts"},
                                                    {counts.sightings(), "sightings on our records"},
                                                    {counts.recalls(), "recalls"},
                                                    {counts.withdrawals(), "alerts taken back"},
                                                    {counts.imports(), "imports that left something to decide"},
                                                    {counts.keys(), "keys of partners that expire soon"}};
  std::string list;
  for (const auto& [count, what] : kinds) {
    if (count > 0) absl::StrAppend(&list, list.empty() ? "" : ", ", count, " ", what);
  }
  if (list.empty() && !counts.at_least()) return;
  std::cout << "new since you last looked" << (counts.at_least() ? ", at least: " : ": ") << (list.empty() ? "0" : list)
            << " (tidegate inbox)\n";
}

std::string InMib(uint64_t bytes) { return absl::StrCat(bytes >> 20, " MiB"); }

void PrintNode(const v1::StatusReply& reply) {
  std::cout << reply.organisation() << " (" << reply.sector() << ", " << reply.country() << ") serving on "
            << (reply.listen().empty() ? "no address that partners can dial; write `advertise` into tidegate.toml"
                                       : reply.listen())
            << "\n"
            << "records " << reply.records() << ", log " << reply.log_size() << ", register " << reply.register_size()
            << ", recalls without an answer " << reply.unanswered_recalls() << "\n"
            << "policy version " << reply.policy_number() << (reply.policy_number() == 0 ? ", the baseline alone" : "")
            << (reply.pending_policies() == 0
                    ? ""
                    : absl::StrCat(", ", reply.pending_policies(), " waiting for a second user"))
            << (reply.pending_partner_plans() == 0
                    ? ""
                    : absl::StrCat("\nchanges about partners waiting for a second user: ",
                                   reply.pending_partner_plans(), " (tidegate partner plans)"))
            // Every node has a digest of its own for one set of policies, since its name is among what they decide by.
            << "\npolicy digest " << reply.policy_version() << "\nlog key " << reply.log_fingerprint()
            << "\nfingerprint to read to partners " << reply.fingerprint() << "\n";
}

void PrintStore(const v1::StoreSpace& store) {
  std::cout << "store " << InMib(store.used_bytes()) << ", free on its disk " << InMib(store.free_bytes())
            << ", reserve " << InMib(store.reserve_held_bytes()) << " of " << InMib(store.reserve_bytes()) << "\n";
  if (store.full()) {
    std::cout
        << "DISK FULL: the node stores nothing more. Recalls, withdrawals and looks go on, from the reserve. Free some "
           "space on the disk of this node's folder.\n";
  }
  if (store.unreadable_rows() > 0) {
    std::cout << "DAMAGED: " << store.unreadable_rows() << " rows of the store cannot be read, the first is "
              << store.first_unreadable() << ". Answers leave them out. `tidegate verify` names all of them.\n";
  }
  if (store.index_chunks_mended() > 0) {
    std::cout << "MENDED: " << store.index_chunks_mended()
              << " pieces of the index were damaged; the node made them again from the records. No record is missing "
                 "because of this. Check the disk.\n";
  }
}

void PrintWarnings(const v1::StatusReply& reply) {
  if (reply.circles_damaged()) {
    std::cout << "NOTHING MORE IS DISCLOSED: the node cannot read a circle, so it does not know who is in it. Make the "
                 "circle again (`tidegate circle add`), then restart the node.\n";
  }
  if (!reply.read_only().empty()) std::cout << "READ-ONLY: " << reply.read_only() << "\n";
}

void PrintPartners(const v1::StatusReply& reply) {
  std::vector<std::vector<std::string>> rows = {
      {"PARTNER", "STATE", "WE FOLLOW", "FOLLOWS US", "CAME SINCE START", "HELD FROM IT", "LAST PROBLEM"}};
  for (const v1::PartnerStatus& partner : reply.partners()) {
    rows.push_back(
        {partner.organisation(), partner.state(),
         partner.caught_up() ? "caught up" : (partner.following() ? "yes" : "no"), partner.followed() ? "yes" : "no",
         absl::StrCat(partner.received()),
         absl::StrCat(partner.held_records(), ", ", static_cast<uint64_t>(partner.received_bytes()) >> 20, " MiB came"),
         ProblemOf(partner)});
  }
  PrintTable(rows);
}

void Status(Session& session) {
  v1::StatusReply reply;
  if (!session.Ask(&v1::Operator::Stub::Status, {}, reply)) return;
  if (reply.login_needed() && !session.json) {
    std::cout << reply.organisation() << " is serving; log in to see more: tidegate login NAME\n";
    return;
  }
  if (session.json) return PrintJson(reply);
  PrintNode(reply);
  PrintStore(reply.store());
  PrintWarnings(reply);
  PrintNew(reply.inbox());
  std::cout << "\n";
  PrintPartners(reply);
  PrintReview(reply, kFewItems);
}

void Review(Session& session, const std::string& settle) {
  auto stub = session.Connect();
  if (!stub) return;
  grpc::ClientContext context;
  if (!settle.empty()) {
    v1::SettleReviewRequest request;
    request.set_record(settle);
    *request.mutable_asker() = session.Asker();
    v1::SettleReviewReply reply;
    if (!session.Check(stub->SettleReview(&context, request, &reply))) return;
    if (session.json) return PrintJson(reply);
    std::cout << settle << ": settled; " << reply.left() << " left to review\n";
    return;
  }
  v1::StatusReply status;
  if (!session.Check(stub->Status(&context, {}, &status))) return;
  if (session.json) return PrintJson(status);
  if (status.review_size() == 0 && !status.review_looking()) std::cout << "nothing to review\n";
  PrintReview(status, status.review_size());
}

}  // namespace

void AddStatus(CLI::App& app, Session& session) {
  CLI::App* status = app.add_subcommand("status", "Show the state of the node and of each partner");
  status->footer(
      "CAME SINCE START counts what was stored from the partner since this node was started: records, their new\n"
      "revisions, and notices. HELD FROM IT counts its records that are held now, and all that ever came. LAST\n"
      "PROBLEM is empty when all is well. The digest of a policy version is the node's own: two nodes with the same\n"
      "policies differ.\n"
      "Example:\n"
      "  tidegate --node ~/lantern status --json");
  AddJson(status, session);
  status->callback([&session] { Status(session); });

  AddReview(app, session, [&session](const std::string& settle) { Review(session, settle); });
}

}  // namespace tidegate::command
