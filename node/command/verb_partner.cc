#include <fstream>
#include <iostream>
#include <memory>

#include "absl/strings/str_join.h"
#include "node/command/print.h"
#include "node/command/session.h"

namespace tidegate::command {
namespace {

constexpr size_t kInvitationLimit = 256 << 10;

struct PartnerOptions {
  std::string out;
  std::string file;
  std::string code;
  std::string reply;
  std::string organisation;
  std::string fingerprint;
  std::vector<std::string> purposes;
  std::vector<std::string> legal_bases;
  bool without_code = false;
};

bool WriteFile(Session& session, const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (file) return true;
  session.Usage("cannot write `" + path + "`");
  return false;
}

void Invite(Session& session, const PartnerOptions& options) {
  auto stub = session.Connect();
  if (!stub) return;
  grpc::ClientContext context;
  v1::InvitePartnerRequest request;
  request.set_without_code(options.without_code);
  v1::InvitePartnerReply reply;
  if (!session.Check(stub->InvitePartner(&context, request, &reply))) return;
  if (!options.out.empty() && !WriteFile(session, options.out, reply.invitation())) return;
  if (session.json) return PrintJson(reply);
  if (options.out.empty()) {
    std::cout << reply.invitation() << "\n";
  } else {
    std::cerr << "invitation written to " << options.out << "\n";
  }
  if (!reply.spoken_code().empty()) {
    std::cerr << "Say this code on the telephone; never send it with the invitation:\n";
    std::cout << "code: " << reply.spoken_code() << "\n";
  }
  std::cout << "fingerprint: " << reply.fingerprint() << "\n";
}

void Accept(Session& session, const PartnerOptions& options) {
  auto text = ReadFile(options.file, kInvitationLimit);
  if (!session.Check(text.status())) return;
  auto stub = session.Connect();
  if (!stub) return;
  grpc::ClientContext context;
  v1::AcceptInvitationRequest request;
  request.set_invitation(*text);
  request.set_spoken_code(options.code);
  request.set_write_reply(!options.reply.empty());
  v1::AcceptInvitationReply reply;
  if (!session.Check(stub->AcceptInvitation(&context, request, &reply))) return;
  if (!options.reply.empty() && !WriteFile(session, options.reply, reply.reply())) return;
  if (session.json) return PrintJson(reply);
  std::cout << "organisation: " << reply.organisation() << "\nfingerprint: " << reply.fingerprint() << "\n";
  std::cerr << reply.message() << "\n";
  if (!reply.delivered() && options.reply.empty() && !reply.reply().empty()) std::cout << reply.reply() << "\n";
}

void Confirm(Session& session, const PartnerOptions& options) {
  auto stub = session.Connect();
  if (!stub) return;
  grpc::ClientContext context;
  v1::ConfirmPartnerRequest request;
  request.set_organisation(options.organisation);
  request.set_fingerprint(options.fingerprint);
  for (const std::string& purpose : options.purposes) request.add_purposes(purpose);
  for (const std::string& basis : options.legal_bases) request.add_legal_bases(basis);
  v1::PartnerReply reply;
  if (!session.Check(stub->ConfirmPartner(&context, request, &reply))) return;
  if (session.json) return PrintJson(reply);
  std::cout << reply.organisation() << ": " << reply.state() << "\n";
}

void ListPartners(Session& session) {
  auto stub = session.Connect();
  if (!stub) return;
  grpc::ClientContext context;
  v1::ListPartnersReply reply;
  if (!session.Check(stub->ListPartners(&context, {}, &reply))) return;
  if (session.json) return PrintJson(reply);
  std::vector<std::vector<std::string>> rows = {{"ORGANISATION", "SECTOR", "COUNTRY", "STATE", "CIRCLES", "PURPOSES",
                                                 "LEGAL BASES", "QUANTUM-SAFE", "FINGERPRINT"}};
  for (const v1::PartnerReply& partner : reply.partners()) {
    rows.push_back({partner.organisation(), partner.sector(), partner.country(), partner.state(),
                    absl::StrJoin(partner.circles(), ", "), absl::StrJoin(partner.purposes(), ", "),
                    absl::StrJoin(partner.legal_bases(), ", "), partner.quantum_safe() ? "yes" : "not quantum-safe",
                    partner.fingerprint()});
  }
  PrintTable(rows);
}

}  // namespace

void AddPartner(CLI::App& app, Session& session) {
  CLI::App* partner = app.add_subcommand("partner", "Invite, accept, confirm and list the organisations we share with");
  partner->require_subcommand(1);
  auto options = std::make_shared<PartnerOptions>();

  CLI::App* invite =
      partner->add_subcommand("invite", "Make an invitation and the eight words to say on the telephone");
  invite->add_option("--out", options->out, "Write the invitation to this file");
  invite->add_flag("--without-code", options->without_code, "Without spoken words: the pair is not quantum-safe");
  invite->footer("Example:\n  tidegate --node ~/lantern partner invite --out northbank.invitation");
  AddJson(invite, session);
  invite->callback([&session, options] { Invite(session, *options); });

  CLI::App* accept = partner->add_subcommand("accept", "Accept an invitation, or the reply to one of ours");
  accept->add_option("FILE", options->file, "The invitation or reply")->required();
  accept->add_option("--code", options->code, "The eight words that you were told");
  accept->add_option("--reply", options->reply, "Do not dial: write the reply to this file");
  accept->footer(
      "Example:\n  tidegate --node ~/northbank partner accept northbank.invitation --code \"...eight words...\"");
  AddJson(accept, session);
  accept->callback([&session, options] { Accept(session, *options); });

  CLI::App* confirm = partner->add_subcommand("confirm", "Confirm the fingerprint that the partner read out");
  confirm->add_option("ORGANISATION", options->organisation, "The partner")->required();
  confirm->add_option("--fingerprint", options->fingerprint, "As read out by the partner")->required();
  confirm->add_option("--purpose", options->purposes, "A purpose agreed with this partner (repeat for several)");
  confirm->add_option("--legal-basis", options->legal_bases,
                      "A legal basis agreed with this partner (repeat for several)");
  confirm->footer(
      "Example:\n  tidegate --node ~/lantern partner confirm northbank --fingerprint 5d1c... --purpose prevention");
  AddJson(confirm, session);
  confirm->callback([&session, options] { Confirm(session, *options); });

  CLI::App* list = partner->add_subcommand("list", "List partners and the state of each pairing");
  list->footer("Example:\n  tidegate --node ~/lantern partner list --json");
  AddJson(list, session);
  list->callback([&session] { ListPartners(session); });
}

}  // namespace tidegate::command
