// Messages of operator.proto as JSON, as that file says: the names of its fields, zeros and empty lists printed, every
// number a JSON number. (protobuf's own printer quotes 64-bit integers.)
#ifndef TIDEGATE_NODE_COMMAND_JSON_H_
#define TIDEGATE_NODE_COMMAND_JSON_H_

#include <google/protobuf/message.h>

#include <string>

namespace tidegate::command {

// `indent` spaces a level; below 0 all of it in one line.
std::string JsonOf(const google::protobuf::Message& message, int indent);

}  // namespace tidegate::command

#endif  // TIDEGATE_NODE_COMMAND_JSON_H_
