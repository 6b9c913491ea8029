// "did you mean": the candidate nearest to a mistyped name.
#ifndef TIDEGATE_NODE_INTAKE_NEAREST_H_
#define TIDEGATE_NODE_INTAKE_NEAREST_H_

#include <string>
#include <string_view>
#include <vector>

namespace tidegate::intake {

// The candidate with the fewest edits (insert, drop, change, swap of neighbours; case does not count), if they are at
// most a third of the name's length; else empty. Bounded: names longer than 64 bytes are near to nothing.
std::string_view Nearest(std::string_view name, const std::vector<std::string>& candidates);

// "; did you mean `x`?" or, where nothing is near, "".
std::string DidYouMean(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_NEAREST_H_
