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

// Warnings about a text that Draft::SetField or Handling::Set took for `name`: a time of day without a zone, or a place
// whose parts are not separated. Empty if there is no warning.
std::string DoubtAbout(const Kind& kind, std::string_view name, std::string_view text);

// Warnings about a draft that is written at `now_ms`: a time in the future for a field that needs a time in the past; a
// time that is years ahead; an expiry that is past; and what DoubtsAboutTags says.
std::vector<std::string> DoubtsAbout(const Draft& draft, uint64_t now_ms);

// Warnings about local tags that are nearly a tag of the catalogue. Policies would have read the tag of the catalogue.
std::vector<std::string> DoubtsAboutTags(const Draft& draft);

}  // namespace tidegate::record

#endif  // TIDEGATE_NODE_RECORD_DOUBTS_H_
