// Which records a verb means: one by its id, or several by ids, by an import or by what they say.
#ifndef TIDEGATE_NODE_COMMAND_SELECTED_H_
#define TIDEGATE_NODE_COMMAND_SELECTED_H_

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "node/command/session.h"

namespace tidegate::command {

struct Selected {
  std::vector<std::string> ids;    // `-`: from standard input
  std::vector<std::string> where;  // FIELD=VALUE
  std::string query;               // in the query language
  uint64_t import = 0;

  // One record, by its id. This needs no plan.
  bool one() const { return ids.size() == 1 && ids.front() != "-" && where.empty() && query.empty() && import == 0; }
};

void AddSelected(CLI::App* verb, Selected& selected);
// InvalidArgument if the user named no record, or if the list on standard input is too long.
absl::StatusOr<v1::Selection> SelectionOf(const Selected& selected);
// Faults and what to do next, on standard error.
void PrintFaults(const google::protobuf::RepeatedPtrField<v1::Fault>& faults, uint64_t all);

}  // namespace tidegate::command

#endif  // TIDEGATE_NODE_COMMAND_SELECTED_H_
