// Verbs that first show their effect: what would go to a partner, or what would happen to many records. Such a verb
// does only what it has shown.
#ifndef TIDEGATE_NODE_COMMAND_PLANNED_H_
#define TIDEGATE_NODE_COMMAND_PLANNED_H_

#include <CLI/CLI.hpp>
#include <iostream>
#include <string>
#include <string_view>

#include "node/command/print.h"
#include "node/command/session.h"

namespace tidegate::command {

struct Planned {
  bool dry_run = false;
  bool yes = false;  // take what the plan shows, without a question
  std::string plan;
};
void AddPlanned(CLI::App* verb, Planned& planned);
// For a verb that changes several records: `--yes` as well.
void AddPlannedForMany(CLI::App* verb, Planned& planned);

// In words, on stdout.
void PrintWouldGo(const std::string& organisation, const v1::WouldGo& would_go);
// Asks on the terminal. False if there is no terminal, or for any answer but yes.
bool SaysYes(std::string_view question = "Let it go?");
bool OnTerminal();
void SayPending(const v1::WouldGo& would_go);

// A plan as a dry run showed it.
struct ShownPlan {
  std::string digest;
  bool needed = false;  // there is something to decide
};

// `ask(dry_run, plan, reply)` makes the call; `show(reply)` prints what it would do, and gives its digest. With
// --dry-run that is all. On a terminal, or with --yes, the command then does exactly what it has shown. Otherwise it
// calls `ask` with the digest of --plan, and the node refuses a change that somebody must look at first. Gives true if
// the change was made, so that the caller shows the reply.
template <typename Ask, typename Show, typename Reply>
bool TakeAsShown(Session& session, const Planned& planned, std::string_view question, const Ask& ask, const Show& show,
                 Reply* reply) {
  std::string plan = planned.plan;
  if (planned.dry_run || (plan.empty() && (planned.yes || OnTerminal()))) {
    if (!ask(true, "", reply)) return false;
    if (planned.dry_run && session.json) {
      PrintJson(*reply);
      return false;
    }
    const ShownPlan shown = show(*reply);
    if (planned.dry_run) return false;
    if (shown.needed && !planned.yes && !SaysYes(question)) {
      session.exit_code = kRefused;
      return false;
    }
    plan = shown.digest;
    reply->Clear();
  }
  return ask(false, plan, reply);
}

// The same for what would go to a partner. Says if a second person has to agree.
template <typename Ask, typename Reply>
bool TakeWhatWouldGo(Session& session, const Planned& planned, const Ask& ask, Reply* reply,
                     const std::string& organisation) {
  const auto show = [&](const Reply& told) {
    const v1::WouldGo& would_go = told.would_go();
    if (planned.dry_run || would_go.needs_plan()) PrintWouldGo(organisation, would_go);
    return ShownPlan{would_go.digest(), would_go.needs_plan()};
  };
  if (!TakeAsShown(session, planned, "Let it go?", ask, show, reply)) return false;
  if (reply->pending() && !session.json) SayPending(reply->would_go());
  return true;
}

}  // namespace tidegate::command

#endif  // TIDEGATE_NODE_COMMAND_PLANNED_H_
