// Finds where a JSON value ends, without reading what it says. The bytes may arrive in pieces.
#ifndef TIDEGATE_NODE_INTAKE_JSON_SCAN_H_
#define TIDEGATE_NODE_INTAKE_JSON_SCAN_H_

#include <cstddef>
#include <cstdint>
#include <string>
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

// Copies an object that is too long for memory, without the members that are too long. The bytes may arrive in pieces.
class ObjectCutter {
 public:
  // A member with more than `longest` bytes is cut. What is left has at most `most` bytes, or else there is no copy.
  ObjectCutter(std::size_t longest, std::size_t most) : longest_(longest), most_(most) {}

  // Takes the next bytes of the object.
  void Feed(std::string_view bytes);
  // The copy. Empty if the bytes are not a whole object, if nothing was cut, or if too much is left.
  std::string Take();
  // The names of the members that were cut, as they are written.
  const std::vector<std::string>& cut() const { return cut_; }
  // Whether all of these were texts, so that no other member was within them.
  bool only_texts() const { return only_texts_; }

 private:
  enum class Place { kOpen, kBetween, kName, kColon, kBeforeValue, kValue, kEnd, kBroken };

  void EndMember();

  std::size_t longest_, most_;
  Place place_ = Place::kOpen;
  ValueScanner scanner_;
  std::string name_, member_;  // of the member at hand, in quotes; its text so far
  bool long_ = false;          // the member at hand is cut
  bool text_ = false;          // its value is a string
  bool only_texts_ = true;
  std::string copy_;
  std::vector<std::string> cut_;
};

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_JSON_SCAN_H_
