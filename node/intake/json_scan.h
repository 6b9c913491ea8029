// Finds where a JSON value ends, without reading what it says. The bytes may arrive in pieces.
#ifndef TIDEGATE_NODE_INTAKE_JSON_SCAN_H_
#define TIDEGATE_NODE_INTAKE_JSON_SCAN_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace tidegate::intake {

// The position of the first byte at or after `from` that is not JSON white space.
std::size_t SkipBlank(std::string_view bytes, std::size_t from);

// Follows one value from its first byte to its last. It counts brackets and knows strings, nothing more: only a parser
// can say whether the value is JSON.
class ValueScanner {
 public:
  // Takes the bytes that belong to the value and returns how many they were. Done() says whether the value is complete;
  // if it is not, this took all bytes and needs more.
  std::size_t Feed(std::string_view bytes);
  // A number or a literal ends only where something else follows.
  bool Done() const { return done_; }
  // The deepest nesting so far.
  std::size_t Depth() const { return deepest_; }

 private:
  bool TakeByte(char c);

  std::size_t depth_ = 0;
  std::size_t deepest_ = 0;
  bool plain_ = false;  // a number or a literal outside any bracket
  bool in_string_ = false;
  bool escaped_ = false;
  bool done_ = false;
};

// A member of a JSON object, by its place in the object's text.
struct JsonMember {
  std::string_view name;  // as it is written
  std::size_t begin = 0;  // of the name
  std::size_t end = 0;    // behind the value
};
// The members of a JSON object that a parser has read.
std::vector<JsonMember> MembersOf(std::string_view json);

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_JSON_SCAN_H_
