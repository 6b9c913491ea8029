// `tidegate verify FILE`: a record and its proofs, checked without a node.
#ifndef TIDEGATE_NODE_COMMAND_EVIDENCE_H_
#define TIDEGATE_NODE_COMMAND_EVIDENCE_H_

#include <string>

#include "node/command/session.h"

namespace tidegate::command {

// Verifies what `show --evidence` wrote, and prints what is proved: fields, handling, author and log. If the readable
// part of the file, which has no proof, says something else, it names the place and ends with kRefused.
void VerifyEvidence(Session& session, const std::string& path);

}  // namespace tidegate::command

#endif  // TIDEGATE_NODE_COMMAND_EVIDENCE_H_
