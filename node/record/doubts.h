// Warnings about values that were taken as written although somebody may have meant something else. No warning quotes a
// value.
#ifndef TIDEGATE_NODE_RECORD_DOUBTS_H_
#define TIDEGATE_NODE_RECORD_DOUBTS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "node/record/draft.h"

namespace tidegate::record {

// About a text that Draft::SetField or Handling::Set took for `name`: a time of day without a zone, a place whose parts
// are not parted. Empty if there is none.
std::string DoubtAbout(const Kind& kind, std::string_view name, std::string_view text);

// About a draft that is written at `now_ms`: a time that has not come yet where only a past one makes sense, or that is
// years ahead; an expiry that is past; what DoubtsAboutTags says.
std::vector<std::string> DoubtsAbout(const Draft& draft, uint64_t now_ms);

// About tags that only this node has and that are nearly a tag of the catalogue, which policies would have read.
std::vector<std::string> DoubtsAboutTags(const Draft& draft);

}  // namespace tidegate::record

#endif  // TIDEGATE_NODE_RECORD_DOUBTS_H_
