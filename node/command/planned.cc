#include "node/command/planned.h"

#include <unistd.h>

namespace tidegate::command {

void AddPlanned(CLI::App* verb, Planned& planned) {
  verb->add_flag("--dry-run", planned.dry_run, "Show what would go, with its digest, and change nothing");
  verb->add_option("--plan", planned.plan, "Make exactly the change that a dry run with this digest showed");
}

void PrintWouldGo(const std::string& organisation, const v1::WouldGo& would_go) {
  if (!would_go.needs_plan()) {
    std::cout << "Of what this node holds today, nothing more would go to " << organisation << ".\n";
  } else {
    std::cout << organisation << " would receive, of what this node holds today:\n  " << would_go.records()
              << " more records\n  " << would_go.fields() << " more fields, " << would_go.finer() << " finer ones\n  "
              << would_go.personal() << " of these fields say who somebody is\n  " << would_go.persons()
              << (would_go.persons_at_least()
                      ? " persons or more are named to it for the first time\n"
                      : " persons are named to it for the first time (each name counts once)\n");
  }
  std::cout << "digest: " << would_go.digest() << "\n";
}

bool OnTerminal() { return isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0; }

void AddPlannedForMany(CLI::App* verb, Planned& planned) {
  verb->add_flag("--dry-run", planned.dry_run, "Show what would be done and to whom, with its digest; change nothing");
  verb->add_option("--plan", planned.plan, "For several records: do exactly what a dry run with this digest showed");
  verb->add_flag("--yes", planned.yes, "For several records: do what the plan shows, without a question");
}

bool SaysYes(std::string_view question) {
  std::cout << question << " Type yes: " << std::flush;
  std::string answer;
  return std::getline(std::cin, answer) && answer == "yes";
}

void SayPending(const v1::WouldGo& would_go) {
  std::cout << "not done: a second, different user must agree: tidegate partner approve " << would_go.digest()
            << " --user NAME\n";
}

}  // namespace tidegate::command
