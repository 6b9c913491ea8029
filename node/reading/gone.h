// How far a look at records that are no longer held came. Private to the room.
#ifndef TIDEGATE_NODE_READING_GONE_H_
#define TIDEGATE_NODE_READING_GONE_H_

#include <cstdint>
#include <string>

#include "node/reading/reading.h"

namespace tidegate::reading {

struct Reading::GoneSweep {
  uint64_t next = 0;     // where to go on; 0 if nothing is left
  bool stopped = false;  // the rows, or the time, of one page ended before it was full
  uint64_t looked = 0;   // what is left of records, as far as it was compared with the question
  Unread unread;
  std::string origin;  // whom the question asks for
};

}  // namespace tidegate::reading

#endif  // TIDEGATE_NODE_READING_GONE_H_
