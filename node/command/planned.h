// Verbs that may let more go to a partner: what would go is shown first, and only that is taken.
#ifndef TIDEGATE_NODE_COMMAND_PLANNED_H_
#define TIDEGATE_NODE_COMMAND_PLANNED_H_

#include <CLI/CLI.hpp>
#include <iostream>
#include <string>

#include "node/command/print.h"
#include "node/command/session.h"

namespace tidegate::command {

struct Planned {
  bool dry_run = false;
  std::string plan;
};
void AddPlanned(CLI::App* verb, Planned& planned);

// In words, on stdout.
void PrintWouldGo(const std::string& organisation, const v1::WouldGo& would_go);
// Asks on the terminal; false where there is none, or for anything but yes.
bool SaysYes();
bool OnTerminal();
void SayPending(const v1::WouldGo& would_go);

// `ask(dry_run, plan, reply)` makes the call. With --dry-run shows what would go and changes nothing; on a terminal
// without --plan shows it, asks, and takes exactly that; otherwise says what was given. True where it was done, so that
// the reply is to be shown.
template <typename Ask, typename Reply>
bool TakeWhatWouldGo(Session& session, const Planned& planned, const Ask& ask, Reply* reply,
                     const std::string& organisation) {
  std::string plan = planned.plan;
  if (planned.dry_run || (plan.empty() && OnTerminal())) {
    if (!ask(true, "", reply)) return false;
    if (planned.dry_run && session.json) {
      PrintJson(*reply);
      return false;
    }
    if (planned.dry_run || reply->would_go().needs_plan()) PrintWouldGo(organisation, reply->would_go());
    if (planned.dry_run) return false;
    if (reply->would_go().needs_plan() && !SaysYes()) {
      session.exit_code = kRefused;
      return false;
    }
    plan = reply->would_go().digest();
    reply->Clear();
  }
  if (!ask(false, plan, reply)) return false;
  if (reply->pending() && !session.json) SayPending(reply->would_go());
  return true;
}

}  // namespace tidegate::command

#endif  // TIDEGATE_NODE_COMMAND_PLANNED_H_
