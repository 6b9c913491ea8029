// Runs the program cedar_corpus on the shared vectors, with the corpus unpacked from its archive.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace {

namespace fs = std::filesystem;

fs::path Vectors() {
  const char* shared = std::getenv("TIDEGATE_SHARED");
  const fs::path base = shared != nullptr ? fs::path(shared) : fs::path(PROJECT_ROOT).parent_path() / "shared";
  return base / "vectors" / "cedar";
}

TEST(CedarCorpusTest, EveryCaseOfTheCorpusAgrees) {
  const fs::path vectors = Vectors();
  if (!fs::is_directory(vectors)) GTEST_SKIP() << "no Cedar vectors at " << vectors;
  const fs::path unpacked = fs::path(testing::TempDir()) / "cedar_corpus_vectors";
  fs::remove_all(unpacked);
  fs::create_directories(unpacked);
  fs::copy(vectors, unpacked, fs::copy_options::recursive);
  for (const auto& entry : fs::directory_iterator(vectors)) {
    if (entry.path().extension() != ".gz") continue;
    const std::string unpack = "tar xzf '" + entry.path().string() + "' -C '" + unpacked.string() + "'";
    ASSERT_EQ(std::system(unpack.c_str()), 0) << unpack;
  }
  const std::string run = std::string(CEDAR_CORPUS_PROGRAM) + " '" + unpacked.string() + "'";
  EXPECT_EQ(std::system(run.c_str()), 0) << run;
  fs::remove_all(unpacked);
}

TEST(CedarCorpusTest, ADirectoryWithoutCasesFails) {
  const fs::path empty = fs::path(testing::TempDir()) / "cedar_corpus_empty";
  fs::create_directories(empty);
  const std::string run = std::string(CEDAR_CORPUS_PROGRAM) + " '" + empty.string() + "' > /dev/null";
  EXPECT_NE(std::system(run.c_str()), 0);
}

}  // namespace
