// Trees of JSON, printed and read again.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "text/text.h"

namespace tidegate::text {
namespace {

using Tree = nlohmann::ordered_json;

TEST(JsonTree, IsReadAgainAsItWas) {
  const Tree tree = {{"b", 1},
                     {"a", {1.5, -3, nullptr, true, "line\nand \"quotes\" and \\"}},
                     {"empty", {{"list", Tree::array()}, {"object", Tree::object()}}},
                     {"Łódź", "żółć"}};
  for (const int indent : {-1, 0, 2}) EXPECT_EQ(Tree::parse(JsonTree(tree, indent)), tree) << indent;
}

TEST(JsonTree, KeepsTheLayoutOfTheLibrary) {
  const Tree tree = {{"b", 1}, {"a", {1, {{"x", "y"}}}}, {"none", Tree::array()}};
  EXPECT_EQ(JsonTree(tree, 2), tree.dump(2));
  EXPECT_EQ(JsonTree(tree), tree.dump());
  const nlohmann::json sorted = {{"b", 1}, {"a", 2}};
  EXPECT_EQ(JsonTree(sorted), R"({"a":2,"b":1})");
}

// A name may be foreign as well as a value.
TEST(JsonTree, NothingInItHidesOrDraws) {
  const Tree tree = {{"a\x1b[2J", "\xE2\x80\xAEtxt.exe"}, {"del", "\x7f"}};
  EXPECT_EQ(JsonTree(tree), R"({"a\u001b[2J":"\u202etxt.exe","del":"\u007f"})");
  EXPECT_EQ(Tree::parse(JsonTree(tree)), tree);
}

TEST(JsonTree, BytesThatAreNoUtf8EndNothing) {
  Tree tree;
  tree["a"] = "b\xff";
  EXPECT_EQ(JsonTree(tree), "{\"a\":\"b\xEF\xBF\xBD\"}");
}

}  // namespace
}  // namespace tidegate::text
