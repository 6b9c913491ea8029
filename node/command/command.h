// command: the `tidegate` command line.
//   Takes    argv, environment (TIDEGATE_NODE), files the user names.
//   Gives    results on stdout (tables, or --json as proto/tidegate/v1/operator.proto), words for people on stderr,
//            exit code 0 success, 1 refused or not found, 2 usage, 3 partly done.
//   May call the operator API on the node's socket; node/node.h for init, serve and verify.
//   Never    open the store of a serving node for writing, or print what the node did not decide to show.
//   Threads  one
//   Spec     proto/tidegate/v1/operator.proto
#ifndef TIDEGATE_NODE_COMMAND_COMMAND_H_
#define TIDEGATE_NODE_COMMAND_COMMAND_H_

namespace tidegate::command {

// Runs one verb and returns the process's exit code.
int Run(int argc, char** argv);

}  // namespace tidegate::command

#endif  // TIDEGATE_NODE_COMMAND_COMMAND_H_
