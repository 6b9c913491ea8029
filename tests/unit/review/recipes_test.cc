// The recipes that docs/policy.md tells: each file checks without a finding, and each of its cases holds, over the
// catalogue that nodes have.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "crypto/hash.h"
#include "node/record/label.h"
#include "node/record/values.h"
#include "policy/review/review.h"
#include "tests/unit/review/run_text.h"

namespace tidegate::review {
namespace {

using namespace policy;  // what is reviewed

Digest Sha256(std::string_view bytes) { return crypto::HashOf({bytes}); }

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<CodeParent> ParentsOf(std::string_view list_name) {
  std::vector<CodeParent> parents;
  const record::CodeList* list = record::Catalogue::FindCodeList(list_name);
  if (list == nullptr) return parents;
  for (const record::Code& code : list->codes) {
    if (!code.parent.empty()) parents.push_back({std::string(code.code), std::string(code.parent)});
  }
  return parents;
}

Vocabulary RecipeVocabulary() {
  Vocabulary vocabulary;
  vocabulary.self = "harbour";
  vocabulary.circles = {"banks", "charities", "child-safeguarding", "fusion"};
  vocabulary.exploitation = ParentsOf("exploitation");
  vocabulary.sectors = ParentsOf("sector");
  vocabulary.countries = ParentsOf("country");
  for (const auto& [what, list] : {std::pair{"Country", "country"},
                                   {"Sector", "sector"},
                                   {"Purpose", "purpose"},
                                   {"legal_basis", "legal-basis"},
                                   {"retention", "retention"}}) {
    for (const record::Code& code : record::Catalogue::FindCodeList(list)->codes) {
      vocabulary.words[what].push_back({std::string(code.code), {}});
    }
  }
  return vocabulary;
}

std::vector<std::filesystem::path> Recipes() {
  std::vector<std::filesystem::path> recipes;
  for (const auto& entry : std::filesystem::directory_iterator(TIDEGATE_RECIPES)) {
    if (entry.path().extension() == ".cedar") recipes.push_back(entry.path());
  }
  std::sort(recipes.begin(), recipes.end());
  return recipes;
}

class Recipe : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(Recipe, ChecksWithoutAFinding) {
  const std::string name = GetParam().filename().string();
  for (const Diagnostic& found : Check({{name, ReadFile(GetParam())}}, record::Shapes(), RecipeVocabulary())) {
    ADD_FAILURE() << found.ToString();
  }
}

TEST_P(Recipe, HoldsInEachOfItsCases) {
  std::filesystem::path cases = GetParam();
  cases.replace_extension(".toml");
  const std::string name = GetParam().filename().string();
  const auto engine = Engine::Create({{name, ReadFile(GetParam())}}, record::Shapes(), RecipeVocabulary(), &Sha256);
  ASSERT_TRUE(engine.ok()) << engine.status();
  const auto report = RunText(**engine, ReadFile(cases), cases.filename().string(), RecipeVocabulary().words);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_GE(report->cases.size(), 3u);
  EXPECT_EQ(report->failed(), 0u) << report->ToString();
}

INSTANTIATE_TEST_SUITE_P(Shipped, Recipe, testing::ValuesIn(Recipes()), [](const auto& instance) {
  std::string name = instance.param.stem().string();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(Recipes, AreTen) { EXPECT_EQ(Recipes().size(), 10u); }

TEST(Samples, OfTheQuickstartSayWhatTheirCasesExpect) {
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(TIDEGATE_SAMPLES)) {
    if (entry.path().extension() != ".cedar") continue;
    ++files;
    Vocabulary vocabulary = RecipeVocabulary();
    vocabulary.circles.insert(vocabulary.circles.end(), {"harbour"});
    const std::string name = entry.path().filename().string();
    const std::vector<PolicySource> sources = {{name, ReadFile(entry.path())}};
    for (const Diagnostic& found : Check(sources, record::Shapes(), vocabulary)) ADD_FAILURE() << found.ToString();
    const auto engine = Engine::Create(sources, record::Shapes(), vocabulary, &Sha256);
    ASSERT_TRUE(engine.ok()) << engine.status();
    std::filesystem::path cases = entry.path();
    cases.replace_extension(".toml");
    const auto report = RunText(**engine, ReadFile(cases), cases.filename().string(), vocabulary.words);
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_GE(report->cases.size(), 3u) << name;
    EXPECT_EQ(report->failed(), 0u) << name << "\n" << report->ToString();
  }
  EXPECT_EQ(files, 3u);
}

}  // namespace
}  // namespace tidegate::review
