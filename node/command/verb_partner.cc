#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>

#include "absl/strings/str_join.h"
#include "node/command/letter.h"
#include "node/command/planned.h"
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
  std::string sector;
  std::string country;
  std::string address;
  std::string digest;
  std::vector<std::string> purposes;
  std::vector<std::string> legal_bases;
  bool without_code = false;
  bool invitations = false;
  bool overwrite = false;
  bool now = false;
  Planned planned;
};

std::string Said(const std::string& fact) { return fact.empty() ? "unset" : fact; }

void PrintPartner(const Session& session, const v1::PartnerReply& partner) {
  if (session.json) return PrintJson(partner);
  const auto listed = [](const auto& names, const char* none) {
    return names.empty() ? std::string(none) : absl::StrJoin(names, ", ");
  };
  std::cout << partner.organisation() << ": " << partner.state() << "\n"
            << "  we say it is: sector " << Said(partner.sector()) << ", country " << Said(partner.country()) << "\n"
            << "  it calls itself: " << partner.claimed_sector() << ", " << partner.claimed_country()
            << " (no policy reads that)\n"
            << "  agreed purposes: " << listed(partner.purposes(), "none")
            << "; legal bases: " << listed(partner.legal_bases(), "none named, so any is accepted") << "\n";
}

void PrintOwnFingerprint(const std::string& fingerprint) {
  std::cout << "fingerprint: " << fingerprint << "\n";
  std::cerr << "Read this fingerprint to them on the telephone, and confirm the one that they read to you.\n";
}

void Invite(Session& session, const PartnerOptions& options) {
  // Before the invitation is made: it cannot be asked for again.
  if (!options.out.empty() && !session.Check(CheckLetter(options.out, options.overwrite))) return;
  const bool replaces = !options.out.empty() && std::filesystem::exists(options.out);
  v1::InvitePartnerRequest request;
  request.set_without_code(options.without_code);
  request.set_organisation(options.organisation);
  v1::InvitePartnerReply reply;
  if (!session.Ask(&v1::Operator::Stub::InvitePartner, request, reply)) return;
  if (!options.out.empty() && !session.Check(WriteLetter(options.out, reply.invitation(), options.overwrite))) return;
  if (session.json) return PrintJson(reply);
  if (options.out.empty()) {
    std::cout << reply.invitation() << "\n";
  } else {
    std::cerr << "invitation written to " << options.out
              << (replaces ? "; it replaced an older letter. The older invitation stays open until it expires: "
                             "`tidegate partner list`, `tidegate partner cancel --invitations`"
                           : "")
              << "\n";
  }
  std::cout << "good for one reply until: " << reply.expires() << "\n";
  if (!reply.spoken_code().empty()) {
    std::cerr << "Say this code on the telephone; never send it with the invitation:\n";
    std::cout << "code: " << reply.spoken_code() << "\n";
  }
  PrintOwnFingerprint(reply.fingerprint());
  std::cerr
      << "A node of version 0.1 cannot reply over the network. There, run `tidegate partner accept LETTER --reply "
         "FILE`; here, run `tidegate partner accept FILE` with the file that comes back.\n";
}

void Accept(Session& session, const PartnerOptions& options) {
  auto text = ReadFile(options.file, kInvitationLimit);
  if (!session.Check(text.status())) return;
  if (!options.reply.empty() && !session.Check(CheckLetter(options.reply, options.overwrite))) return;
  v1::AcceptInvitationRequest request;
  request.set_invitation(*text);
  request.set_spoken_code(options.code);
  request.set_write_reply(!options.reply.empty());
  v1::AcceptInvitationReply reply;
  if (!session.Ask(&v1::Operator::Stub::AcceptInvitation, request, reply)) return;
  if (!options.reply.empty() && !session.Check(WriteLetter(options.reply, reply.reply(), options.overwrite))) return;
  if (session.json) return PrintJson(reply);
  std::cout << "organisation: " << reply.organisation() << "\n"
            << "calls itself: " << reply.claimed_sector() << ", " << reply.claimed_country() << "\n";
  PrintOwnFingerprint(reply.fingerprint());
  std::cerr << reply.message() << "\n";
  if (!reply.delivered() && options.reply.empty() && !reply.reply().empty()) std::cout << reply.reply() << "\n";
}

// `none` takes back what was said before.
std::string FactFrom(const std::string& word) { return word == "none" ? "" : word; }

v1::ConfirmPartnerRequest ConfirmRequest(Session& session, const PartnerOptions& options) {
  v1::ConfirmPartnerRequest request;
  request.set_organisation(options.organisation);
  request.set_fingerprint(options.fingerprint);
  if (!options.sector.empty()) request.set_sector(FactFrom(options.sector));
  if (!options.country.empty()) request.set_country(FactFrom(options.country));
  for (const std::string& purpose : options.purposes) request.add_purposes(purpose);
  for (const std::string& basis : options.legal_bases) {
    if (basis == "none") {
      request.set_no_legal_bases(true);
    } else {
      request.add_legal_bases(basis);
    }
  }
  *request.mutable_asker() = session.Asker();
  return request;
}

void Confirm(Session& session, const PartnerOptions& options) {
  auto stub = session.Connect();
  if (!stub) return;
  const auto ask = [&](bool dry_run, const std::string& plan, v1::PartnerReply* reply) {
    grpc::ClientContext context;
    v1::ConfirmPartnerRequest request = ConfirmRequest(session, options);
    request.set_dry_run(dry_run);
    request.set_plan(plan);
    return session.Check(stub->ConfirmPartner(&context, request, reply));
  };
  v1::PartnerReply reply;
  if (!TakeWhatWouldGo(session, options.planned, ask, &reply, options.organisation)) return;
  PrintPartner(session, reply);
}

void Remove(Session& session, const PartnerOptions& options) {
  v1::RemovePartnerRequest request;
  request.set_organisation(options.organisation);
  request.set_now(options.now);
  v1::RemovePartnerReply reply;
  if (!session.Ask(&v1::Operator::Stub::RemovePartner, request, reply)) return;
  if (!reply.removed()) session.exit_code = kPartly;
  if (session.json) return PrintJson(reply);
  std::cout << reply.organisation() << ": " << (reply.removed() ? "removed" : "leaving, not removed yet") << "\n";
  if (reply.removed() && reply.held() > 0) {
    std::cout << "  it did not sign that it erased " << reply.held()
              << " records of ours, and this node cannot ask it any more: tell it by other means\n";
  } else if (!reply.removed()) {
    std::cout << "  it has not yet signed that it erased " << reply.held()
              << " records of ours. This node asks it whenever it can reach it, sends it nothing more, and removes it "
              << "when it has signed\n  `tidegate partner remove " << reply.organisation()
              << " --now` cuts it off at once, `tidegate partner resume " << reply.organisation() << "` keeps it\n";
  }
}

void Suspend(Session& session, const PartnerOptions& options) {
  v1::SuspendPartnerRequest request;
  request.set_organisation(options.organisation);
  v1::PartnerReply reply;
  if (session.Ask(&v1::Operator::Stub::SuspendPartner, request, reply)) PrintPartner(session, reply);
}

void Resume(Session& session, const PartnerOptions& options) {
  auto stub = session.Connect();
  if (!stub) return;
  const auto ask = [&](bool dry_run, const std::string& plan, v1::PartnerReply* reply) {
    grpc::ClientContext context;
    v1::SuspendPartnerRequest request;
    request.set_organisation(options.organisation);
    request.set_resume(true);
    request.set_dry_run(dry_run);
    request.set_plan(plan);
    *request.mutable_asker() = session.Asker();
    return session.Check(stub->SuspendPartner(&context, request, reply));
  };
  v1::PartnerReply reply;
  if (!TakeWhatWouldGo(session, options.planned, ask, &reply, options.organisation)) return;
  PrintPartner(session, reply);
}

void PrintPlan(const v1::WaitingPlan& plan) {
  std::cout << plan.organisation() << ": "
            << (plan.change().empty() ? "an older version of the program kept only that somebody proposed it"
                                      : plan.change())
            << "\n  proposed by " << plan.by() << ", " << plan.proposed()
            << (plan.reason().empty() ? "" : ": " + plan.reason()) << "\n";
  if (plan.lapsed()) {
    std::cout << "  lapsed: policies, partners or records have changed since; propose it again\n  plan: " << plan.plan()
              << "\n";
  } else {
    PrintWouldGo(plan.organisation(), plan.would_go());
  }
}

bool ListPlans(Session& session, v1::Operator::Stub& stub, v1::ListPartnerPlansReply& reply) {
  grpc::ClientContext context;
  return session.Check(stub.ListPartnerPlans(&context, {}, &reply));
}

void Plans(Session& session) {
  auto stub = session.Connect();
  v1::ListPartnerPlansReply reply;
  if (!stub || !ListPlans(session, *stub, reply)) return;
  if (session.json) return PrintJson(reply);
  if (reply.plans().empty()) std::cout << "nothing waits for a second user\n";
  for (const v1::WaitingPlan& plan : reply.plans()) PrintPlan(plan);
}

// Shows the page first. A person at a terminal is asked; a script has said yes by naming the digest.
void Approve(Session& session, const PartnerOptions& options) {
  auto stub = session.Connect();
  if (!stub) return;
  if (!session.json) {
    v1::ListPartnerPlansReply waiting;
    if (!ListPlans(session, *stub, waiting)) return;
    const auto& plans = waiting.plans();
    const auto found = std::find_if(plans.begin(), plans.end(),
                                    [&](const v1::WaitingPlan& plan) { return plan.plan() == options.digest; });
    if (found != plans.end()) PrintPlan(*found);
    if (found != plans.end() && !found->lapsed() && OnTerminal() && !SaysYes()) {
      session.exit_code = kRefused;
      return;
    }
  }
  grpc::ClientContext context;
  v1::ApprovePartnerPlanRequest request;
  request.set_plan(options.digest);
  *request.mutable_asker() = session.Asker();
  v1::PartnerReply reply;
  if (session.Check(stub->ApprovePartnerPlan(&context, request, &reply))) PrintPartner(session, reply);
}

void Withdraw(Session& session, const PartnerOptions& options) {
  v1::WithdrawPartnerPlanRequest request;
  request.set_plan(options.digest);
  v1::WaitingPlan reply;
  if (!session.Ask(&v1::Operator::Stub::WithdrawPartnerPlan, request, reply)) return;
  if (session.json) return PrintJson(reply);
  std::cout << "taken back: " << (reply.change().empty() ? reply.plan() : reply.organisation() + ", " + reply.change())
            << "\n";
}

void Set(Session& session, const PartnerOptions& options) {
  v1::SetPartnerRequest request;
  request.set_organisation(options.organisation);
  request.set_address(FactFrom(options.address));
  v1::PartnerReply reply;
  if (!session.Ask(&v1::Operator::Stub::SetPartner, request, reply)) return;
  if (session.json) return PrintJson(reply);
  std::cout << reply.organisation() << ": "
            << (reply.address().empty() ? "no longer dialled" : "dialled at " + reply.address() + " from now on")
            << "\n";
}

void Cancel(Session& session, const PartnerOptions& options) {
  v1::CancelPairingRequest request;
  request.set_organisation(options.organisation);
  request.set_invitations(options.invitations);
  v1::CancelPairingReply reply;
  if (!session.Ask(&v1::Operator::Stub::CancelPairing, request, reply)) return;
  if (session.json) return PrintJson(reply);
  if (options.invitations) {
    std::cout << reply.invitations() << " open invitations cancelled\n";
  } else {
    std::cout << options.organisation << ": pairing cancelled; either side can invite again\n";
  }
}

void ListPartners(Session& session) {
  v1::ListPartnersReply reply;
  if (!session.Ask(&v1::Operator::Stub::ListPartners, {}, reply)) return;
  if (session.json) return PrintJson(reply);
  std::vector<std::vector<std::string>> rows = {{"ORGANISATION", "STATE", "SECTOR", "COUNTRY", "CALLS ITSELF",
                                                 "CIRCLES", "PURPOSES", "LEGAL BASES", "QUANTUM-SAFE", "ADDRESS"}};
  for (const v1::PartnerReply& partner : reply.partners()) {
    rows.push_back({partner.organisation(), partner.state(), Said(partner.sector()), Said(partner.country()),
                    partner.claimed_sector() + ", " + partner.claimed_country(), absl::StrJoin(partner.circles(), ", "),
                    absl::StrJoin(partner.purposes(), ", "), absl::StrJoin(partner.legal_bases(), ", "),
                    partner.quantum_safe() ? "yes" : "not quantum-safe", partner.address()});
  }
  PrintTable(rows);
  for (const v1::OpenInvitation& open : reply.invitations()) {
    std::cout << "open invitation to " << (open.organisation().empty() ? "anybody with the code" : open.organisation())
              << ", until " << open.expires() << "\n";
  }
}

using Options = std::shared_ptr<PartnerOptions>;
using Verb = void (*)(Session&, const PartnerOptions&);

// The options that every change has, after those of its own: who changes it, why, how the answer is printed.
void AddChange(CLI::App* verb, Session& session, const Options& options, Verb run) {
  AddJson(verb, session);
  AddAsker(verb, session);
  verb->callback([&session, options, run] { run(session, *options); });
}

// A verb about one partner.
CLI::App* AddVerb(CLI::App* partner, const Options& options, const char* name, const char* does, const char* example) {
  CLI::App* verb = partner->add_subcommand(name, does);
  verb->add_option("ORGANISATION", options->organisation, "The partner")->required();
  verb->footer(std::string("Example:\n  tidegate --node ") + example);
  return verb;
}

// A verb about one change that waits for a second user.
CLI::App* AddPlanVerb(CLI::App* partner, const Options& options, const char* name, const char* does,
                      const char* example) {
  CLI::App* verb = partner->add_subcommand(name, does);
  verb->add_option("PLAN", options->digest, "Its digest, as `partner plans` lists it")->required();
  verb->footer(std::string("Example:\n  tidegate --node ") + example);
  return verb;
}

void AddPairing(CLI::App* partner, Session& session, const Options& options) {
  CLI::App* invite =
      partner->add_subcommand("invite", "Make an invitation and the eight words to say on the telephone");
  invite->add_option("ORGANISATION", options->organisation,
                     "Whom you invite. A reply by another organisation is refused. Required with --without-code");
  invite->add_option("--out", options->out, "Write the invitation to this file (mode 0600)");
  invite->add_flag(
      "--overwrite", options->overwrite,
      "Also replace a file of --out that is not an older letter; an older letter is replaced, and you are told");
  invite->add_flag("--without-code", options->without_code, "Without spoken words: the pair is not quantum-safe");
  invite->footer("Example:\n  tidegate --node ~/lantern partner invite northbank --out northbank.invitation");
  AddChange(invite, session, options, Invite);

  CLI::App* accept = partner->add_subcommand("accept", "Accept an invitation, or the reply to one of ours");
  accept->add_option("FILE", options->file, "The invitation or reply")->required();
  accept->add_option("--code", options->code, "The eight words that you were told");
  accept->add_option("--reply", options->reply, "Do not dial: write the reply to this file (mode 0600)");
  accept->add_flag("--overwrite", options->overwrite, "Also replace a file of --reply that is not an older letter");
  accept->footer(
      "Example:\n  tidegate --node ~/northbank partner accept northbank.invitation --code \"...eight words...\"");
  AddChange(accept, session, options, Accept);
}

void AddConfirming(CLI::App* partner, Session& session, const Options& options) {
  CLI::App* confirm = AddVerb(
      partner, options, "confirm", "Confirm the fingerprint that the partner read out, and say what the partner is",
      "~/lantern partner confirm northbank --fingerprint 5d1c... --sector bank --country GB "
      "--purpose prevention\n"
      "  tidegate --node ~/lantern partner confirm northbank --fingerprint 5d1c... --legal-basis none");
  confirm->add_option("--fingerprint", options->fingerprint, "The fingerprint that the partner read out")->required();
  confirm->add_option("--sector", options->sector,
                      "The partner's sector, for policies to read. Without it the sector is unset and opens nothing; "
                      "`none` unsets it");
  confirm->add_option("--country", options->country, "The partner's country (ISO 3166-1 alpha-2), in the same way");
  confirm->add_option("--purpose", options->purposes, "A purpose agreed with this partner (repeat for several)");
  confirm->add_option(
      "--legal-basis", options->legal_bases,
      "A legal basis agreed with this partner (repeat for several); `none` takes back those agreed before");
  AddPlanned(confirm, options->planned);
  AddChange(confirm, session, options, Confirm);
}

void AddStanding(CLI::App* partner, Session& session, const Options& options) {
  AddChange(AddVerb(partner, options, "suspend", "Cut a partner off at once: nothing goes to it, nothing is taken",
                    "~/lantern partner suspend northbank --user ana --reason \"keys stolen\""),
            session, options, Suspend);
  CLI::App* resume = AddVerb(partner, options, "resume",
                             "Take back a suspension, or a removal that is not complete: what policy allows goes again",
                             "~/lantern partner resume northbank --user ana --reason \"new keys\"");
  AddPlanned(resume, options->planned);
  AddChange(resume, session, options, Resume);
  CLI::App* remove =
      AddVerb(partner, options, "remove", "Take back what a partner holds, then forget it; it can pair again",
              "~/lantern partner remove northbank --user ana --reason \"agreement ended\"");
  remove->add_flag("--now", options->now, "Cut it off at once, even if it still holds records of ours");
  AddChange(remove, session, options, Remove);
  CLI::App* set = AddVerb(partner, options, "set",
                          "Set the address at which this node dials a partner; the partner can change it later",
                          "~/lantern partner set northbank --address node.northbank.example:7443");
  set->add_option("--address", options->address, "HOST:PORT; `none`: do not dial it")->required();
  AddChange(set, session, options, Set);
  CLI::App* cancel = partner->add_subcommand("cancel", "Cancel a pairing that never became active, or an invitation");
  cancel->add_option("ORGANISATION", options->organisation, "The partner, or whom you invited");
  cancel->add_flag("--invitations", options->invitations, "Every open invitation instead");
  cancel->footer("Example:\n  tidegate --node ~/lantern partner cancel northbank");
  AddChange(cancel, session, options, Cancel);
}

void AddPlans(CLI::App* partner, Session& session, const Options& options) {
  CLI::App* plans =
      partner->add_subcommand("plans", "Changes about partners that wait for a second user, and what would go");
  plans->footer("Example:\n  tidegate --node ~/lantern partner plans");
  AddJson(plans, session);
  plans->callback([&session] { Plans(session); });

  AddChange(
      AddPlanVerb(partner, options, "approve", "As a second user: look at a change that waits for you, and make it",
                  "~/lantern partner approve 7c0d... --user ben"),
      session, options, Approve);
  AddChange(AddPlanVerb(partner, options, "withdraw", "Take back a change that waits for a second user",
                        "~/lantern partner withdraw 7c0d... --user ana --reason \"too early\""),
            session, options, Withdraw);
}

}  // namespace

void AddPartner(CLI::App& app, Session& session) {
  CLI::App* partner = app.add_subcommand("partner", "Pair with other organisations, and end a pairing");
  partner->require_subcommand(1);
  partner->footer(
      "Examples:\n"
      "  tidegate --node ~/lantern partner invite northbank --out letter.txt\n"
      "  tidegate --node ~/lantern partner list");
  const auto options = std::make_shared<PartnerOptions>();
  AddPairing(partner, session, options);
  AddConfirming(partner, session, options);
  AddStanding(partner, session, options);
  AddPlans(partner, session, options);

  CLI::App* list = partner->add_subcommand("list", "List partners and the state of each pairing");
  list->footer("Example:\n  tidegate --node ~/lantern partner list --json");
  AddJson(list, session);
  list->callback([&session] { ListPartners(session); });
}

}  // namespace tidegate::command
