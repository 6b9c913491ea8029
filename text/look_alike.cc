// Names that people mistake for each other.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "text/text.h"

namespace tidegate::text {
namespace {

// Letters that people mistake for others, in print or in handwriting: first single ones, then pairs, until nothing
// changes any more. So `i` is an `l` before `rl` is an `n`. No two digits become the same letter, so names that differ
// by a number do not look alike.
constexpr std::array<std::pair<char, char>, 8> kSingleLetters = {
    {{'0', 'o'}, {'1', 'l'}, {'i', 'l'}, {'2', 'z'}, {'5', 's'}, {'8', 'b'}, {'9', 'g'}, {'q', 'g'}}};
constexpr std::array<std::pair<std::string_view, char>, 6> kPairsOfLetters = {
    {{"rn", 'm'}, {"rl", 'n'}, {"nn", 'm'}, {"vv", 'w'}, {"uu", 'w'}, {"cl", 'd'}}};

char LooksLike(char letter) {
  for (const auto& [single, like] : kSingleLetters) {
    if (letter == single) return like;
  }
  return letter;
}

std::string WithoutPairs(std::string_view letters) {
  std::string joined;
  for (size_t at = 0; at < letters.size(); ++at) {
    const auto* pair = std::find_if(kPairsOfLetters.begin(), kPairsOfLetters.end(),
                                    [&](const auto& one) { return letters.substr(at, one.first.size()) == one.first; });
    joined += pair == kPairsOfLetters.end() ? letters[at] : pair->second;
    at += pair == kPairsOfLetters.end() ? 0 : pair->first.size() - 1;
  }
  return joined;
}

}  // namespace

std::string Skeleton(std::string_view name) {
  std::string skeleton;
  for (const char c : name) {
    if (c != '-') skeleton += LooksLike(c);
  }
  for (size_t before = 0; before != skeleton.size();) {
    before = skeleton.size();
    skeleton = WithoutPairs(skeleton);
  }
  return skeleton;
}

}  // namespace tidegate::text
