// Turns what reading shows into messages, and compares two revisions.
#ifndef TIDEGATE_NODE_API_SEEN_H_
#define TIDEGATE_NODE_API_SEEN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "node/reading/reading.h"
#include "tidegate/v1/operator.pb.h"

namespace tidegate::api {

v1::Record RecordOf(const reading::Seen& seen);

// The differences between two revisions: fields, words of handling, recipients and tags.
std::vector<v1::ValueChange> ChangesBetween(const v1::Record& before, const v1::Record& after);

// Writes into a reply what the reply leaves out.
template <typename Reply>
void TellUnread(const reading::Unread& unread, Reply& reply) {
  reply.set_unreadable(unread.count);
  for (const uint64_t seq : unread.arrivals) reply.add_unreadable_arrivals(std::to_string(seq));
}

}  // namespace tidegate::api

#endif  // TIDEGATE_NODE_API_SEEN_H_
