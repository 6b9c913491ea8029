// The rejects file: where it lies, who may read it, and that it imports again.
#include "node/intake/rejects.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "node/intake/text.h"
#include "tests/unit/intake/collect.h"

namespace tidegate::intake {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kMapping =
    "kind=\"report\"\nsource=\"s\"\nidentity=[\"id\"]\n[columns]\nid=\"report.title\"\n"
    "when={to=\"report.observed\",date=\"%Y-%m-%d\"}\n";

// Imports `path` as `flow` does: items are counted, rejects go to the rejects file.
struct Imported {
  std::uint64_t items = 0;
  std::uint64_t rejected = 0;
  std::string path;
};

Imported Import(Format format, const std::string& path, std::string_view form = "") {
  absl::StatusOr<Mapping> mapping = Mapping::Parse(Cat({form, kMapping}), "m");
  EXPECT_TRUE(mapping.ok()) << mapping.status();
  absl::StatusOr<RejectsFile> file = RejectsFile::Open(format, path, "/nonexistent");
  EXPECT_TRUE(file.ok()) << file.status();
  absl::StatusOr<Summary> summary = Read(
      format, {path, {}, false}, format == Format::kCsv ? &*mapping : nullptr, {}, {},
      [](std::vector<Item>&) { return absl::OkStatus(); }, [&](const Reject& reject) { return file->Add(reject); },
      [&](const TableHead& head) {
        file->SetColumns(head.columns);
        return absl::OkStatus();
      });
  EXPECT_TRUE(summary.ok()) << summary.status();
  absl::StatusOr<std::uint64_t> kept = file->Finish();
  EXPECT_TRUE(kept.ok()) << kept.status();
  EXPECT_EQ(*kept, summary->rejected);
  return {summary->items, summary->rejected, file->path()};
}

std::string Replaced(std::string text, std::string_view from, std::string_view to) {
  std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos);
  return text.replace(at, from.size(), to);
}

mode_t ModeOf(const std::string& path) {
  struct stat about = {};
  EXPECT_EQ(stat(path.c_str(), &about), 0);
  return about.st_mode & 07777;
}

std::size_t CountOfFilesIn(const std::string& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

TEST(RejectsFile, ACsvIsCorrectedAndImportedAgain) {
  TemporaryFolder folder;
  WriteFile(folder / "r.csv",
            "id,when,more\r\n1,2025-01-01,\"a,\"\"b\"\"\nc\"\r\n2,soon,\"x, y\"\r\n3\r\n\"4,2025-01-01,z\r\n");
  umask(0);
  Imported first = Import(Format::kCsv, folder / "r.csv");
  EXPECT_EQ(first.items, 1u);
  EXPECT_EQ(first.rejected, 3u);
  EXPECT_EQ(first.path, folder / "r.csv.rejects.csv");
  EXPECT_EQ(ModeOf(first.path), 0600u);
  std::string text = ReadFile(first.path);
  EXPECT_THAT(text,
              HasSubstr("id,when,more,x_tidegate_row,x_tidegate_field,x_tidegate_reason,x_tidegate_original\r\n"));
  EXPECT_THAT(text, HasSubstr("2,soon,\"x, y\",3,when,"));
  EXPECT_THAT(text, HasSubstr("3,,,4,,"));
  // Imported as it is, everything is refused again and nothing is lost.
  Imported again = Import(Format::kCsv, first.path);
  EXPECT_EQ(again.items, 1u);  // row 3 now has all its fields
  EXPECT_EQ(again.rejected, 2u);
  EXPECT_THAT(ReadFile(again.path), HasSubstr("2,soon,\"x, y\",2,when,"));
  EXPECT_THAT(ReadFile(again.path), HasSubstr(",\"\"\"4,2025-01-01,z\"\r\n"));  // the broken row, whole
  text = Replaced(text, "2,soon", "2,2025-02-02");
  text = text.substr(0, text.rfind(",,,5"));
  WriteFile(first.path, text);
  Imported corrected = Import(Format::kCsv, first.path);
  EXPECT_EQ(corrected.items, 2u);
  EXPECT_EQ(corrected.rejected, 0u);
  EXPECT_EQ(ReadFile(first.path), text);  // what somebody corrected stays, and no name grew
  EXPECT_EQ(CountOfFilesIn(folder.path()), 2u);
}

TEST(RejectsFile, WhateverTheFormOfATableTheSameMappingReadsItsRejects) {
  constexpr std::string_view kForm = "separator=\";\"\nencoding=\"windows-1252\"\nheader_row=3\n";
  TemporaryFolder folder;
  WriteFile(folder / "r.txt",
            "Caf\xE9s;;\n;;\nid;when;more\n1;2025-01-01;x\nCaf\xE9, 2;soon;\"a;b\"\n\"3;soon;c\n4,5;soon\n");
  const Imported first = Import(Format::kCsv, folder / "r.txt", kForm);
  EXPECT_EQ(first.items, 1u);
  EXPECT_EQ(first.rejected, 3u);
  std::string text = ReadFile(first.path);
  EXPECT_THAT(text, HasSubstr("id,when,more,x_tidegate_row,"));
  EXPECT_THAT(text, HasSubstr("\"Caf\xC3\xA9, 2\",soon,a;b,5,when,"));
  EXPECT_THAT(text, HasSubstr("\"4,5\",soon,,7,,"));
  EXPECT_THAT(text, HasSubstr("\"\"\"3;soon;c\"\r\n"));
  EXPECT_EQ(Import(Format::kCsv, first.path, kForm).rejected, 3u);
  text = Replaced(text, "soon,a;b", "2025-01-02,ab");
  WriteFile(first.path, text);
  EXPECT_EQ(Import(Format::kCsv, first.path, kForm).items, 1u);
  // As a spreadsheet of another country saves it.
  for (char& c : text) c = c == ',' ? ';' : c;
  WriteFile(first.path, Replaced(text, "Caf\xC3\xA9", "Caf\xE9"));
  EXPECT_EQ(Import(Format::kCsv, first.path, kForm).items, 1u);
}

TEST(RejectsFile, ATableAtFaultItselfLeavesNoneBecauseItsRowsAreWhereTheyWere) {
  TemporaryFolder folder;
  WriteFile(folder / "r.csv", "id,wehn\n1,2025-01-01\n2,2025-01-01\n");
  absl::StatusOr<Mapping> mapping = Mapping::Parse(kMapping, "m");
  absl::StatusOr<RejectsFile> file = RejectsFile::Open(Format::kCsv, folder / "r.csv", "/nonexistent");
  ASSERT_TRUE(file.ok());
  Collected read = Collect(Format::kCsv, {folder / "r.csv"}, &*mapping);
  ASSERT_EQ(read.rejects.size(), 1u);
  EXPECT_TRUE(file->Add(read.rejects[0]).ok());
  EXPECT_EQ(*file->Finish(), 0u);
  EXPECT_EQ(CountOfFilesIn(folder.path()), 1u);
}

TEST(RejectsFile, ABundleIsCorrectedAndImportedAgain) {
  TemporaryFolder folder;
  std::string good = R"({"type":"incident","id":"incident--00000000-0000-4000-8000-000000000001","name":"a"})";
  std::string bad = R"({ "type":"incident","id":"incident--00000000-0000-4000-8000-000000000002","name":7})";
  WriteFile(folder / "b.json", Cat({R"({"type":"bundle","objects":[)", good, ",", bad, ",{\"x\":},8]}"}));
  Imported first = Import(Format::kStix, folder / "b.json");
  EXPECT_EQ(first.items, 1u);
  EXPECT_EQ(first.rejected, 3u);
  EXPECT_EQ(ModeOf(first.path), 0600u);
  std::string text = ReadFile(first.path);
  EXPECT_THAT(text, HasSubstr(R"("x_tidegate_reason":"must be a string","x_tidegate_field":"name",)"));
  Imported again = Import(Format::kStix, first.path);
  EXPECT_EQ(again.rejected, 3u);
  EXPECT_EQ(ReadFile(again.path).find("x_tidegate_reason"), ReadFile(again.path).find("{\"x_tidegate_reason") + 2);
  WriteFile(first.path, Replaced(text, "\"name\":7", "\"name\":\"b\""));
  EXPECT_EQ(Import(Format::kStix, first.path).items, 1u);
}

TEST(RejectsFile, AReasonIsTakenOutOfAnObjectAgain) {
  std::string stripped;
  EXPECT_TRUE(StripRejectReason(R"({"x_tidegate_reason":"a \"b\"","x_tidegate_field":"c","type":"d"})", &stripped));
  EXPECT_EQ(stripped, R"({"type":"d"})");
  EXPECT_TRUE(StripRejectReason(R"({ "x_tidegate_reason":"a"})", &stripped));
  EXPECT_EQ(stripped, "{}");
  EXPECT_FALSE(StripRejectReason(R"({"type":"x_tidegate_reason"})", &stripped));
  EXPECT_FALSE(StripRejectReason("", &stripped));
}

TEST(RejectsFile, AReportIsCopiedWithItsReason) {
  TemporaryFolder folder;
  WriteFile(folder / "r.md", "---\ntitle: t\ntlp: never\n---\nbody");
  Imported first = Import(Format::kReport, folder / "r.md");
  EXPECT_EQ(first.path, folder / "r.md.rejects.md");
  const std::string copy = ReadFile(first.path);
  EXPECT_EQ(copy.find("---\n# x_tidegate_reason: tlp: "), 0u) << copy;
  EXPECT_EQ(copy.substr(copy.find("title:")), "title: t\ntlp: never\n---\nbody");
  // Rejected again, it has one reason.
  WriteFile(folder / "again.md", copy);
  EXPECT_EQ(ReadFile(Import(Format::kReport, folder / "again.md").path), copy);
}

TEST(RejectsFile, WhatNoImportWroteIsNeitherRemovedNorReplaced) {
  TemporaryFolder folder;
  WriteFile(folder / "good.md", "---\ntitle: t\n---\nbody");
  WriteFile(folder / "good.md.rejects.md", "my own notes");
  Import(Format::kReport, folder / "good.md");
  EXPECT_EQ(ReadFile(folder / "good.md.rejects.md"), "my own notes");

  WriteFile(folder / "bad.md", "---\ntitle: t\ntlp: never\n---\nbody");
  WriteFile(folder / "elsewhere", "my own notes");
  std::filesystem::create_symlink(folder / "elsewhere", folder / "bad.md.rejects.md");
  const Imported imported = Import(Format::kReport, folder / "bad.md");
  EXPECT_EQ(imported.path, folder / "bad.md.rejects.1.md");
  EXPECT_THAT(ReadFile(imported.path), HasSubstr("tlp: never"));
  EXPECT_EQ(ReadFile(folder / "elsewhere"), "my own notes");
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "bad.md.rejects.md"));
}

// users.md 2.11: half a day of corrections was overwritten by the next import of the source.
TEST(RejectsFile, WhatSomebodyCorrectedIsNeverOverwritten) {
  TemporaryFolder folder;
  WriteFile(folder / "r.csv", "id,when\n1,2025-01-01\n2,soon\n");
  const std::string first = Import(Format::kCsv, folder / "r.csv").path;
  EXPECT_EQ(Import(Format::kCsv, folder / "r.csv").path, first) << "untouched, it is replaced";
  EXPECT_EQ(CountOfFilesIn(folder.path()), 2u);

  const std::string corrected = Replaced(ReadFile(first), "soon", "2025-01-02");
  WriteFile(first, corrected);
  const std::string second = Import(Format::kCsv, folder / "r.csv").path;
  EXPECT_EQ(second, folder / "r.csv.rejects.1.csv");
  EXPECT_EQ(ReadFile(first), corrected);
  EXPECT_THAT(ReadFile(second), HasSubstr("2,soon,"));
  EXPECT_EQ(Import(Format::kCsv, folder / "r.csv").path, second) << "the numbered one is untouched, and is replaced";

  WriteFile(second, ReadFile(second));  // saved again, without a change
  EXPECT_EQ(Import(Format::kCsv, folder / "r.csv").path, folder / "r.csv.rejects.2.csv");

  WriteFile(folder / "r.csv", "id,when\n1,2025-01-01\n");
  EXPECT_EQ(Import(Format::kCsv, folder / "r.csv").rejected, 0u);
  EXPECT_EQ(ReadFile(first), corrected);
  EXPECT_TRUE(std::filesystem::exists(second));
  EXPECT_FALSE(std::filesystem::exists(folder / "r.csv.rejects.2.csv")) << "what nobody touched goes";
}

TEST(RejectsFile, LosesNothingWhereEveryNameIsTaken) {
  TemporaryFolder folder;
  WriteFile(folder / "r.csv", "id,when\n2,soon\n");
  WriteFile(folder / "r.csv.rejects.csv", "mine");
  for (int i = 1; i < 100; ++i) WriteFile(folder / ("r.csv.rejects." + std::to_string(i) + ".csv"), "mine");
  absl::StatusOr<RejectsFile> file = RejectsFile::Open(Format::kCsv, folder / "r.csv", "/nonexistent");
  ASSERT_TRUE(file.ok());
  Reject reject;
  reject.original = "2,soon";
  ASSERT_TRUE(file->Add(reject).ok());
  EXPECT_THAT(std::string(MessageOf(file->Finish().status())), HasSubstr("move them away"));
  EXPECT_EQ(CountOfFilesIn(folder.path()), 101u);
}

TEST(RejectsFile, LiesWhereItIsAskedFor) {
  TemporaryFolder folder;
  std::filesystem::create_directories(folder / "usb");
  std::filesystem::create_directories(folder / "desk");
  std::filesystem::create_directories(folder / "node");
  WriteFile(folder / "usb/r.csv", "id,when\n2,soon\n");
  const auto path_of = [&](const std::string& place) {
    absl::StatusOr<RejectsFile> file = RejectsFile::Open(Format::kCsv, folder / "usb/r.csv", folder / "node", place);
    if (!file.ok()) return std::string(absl::StatusCodeToString(file.status().code()));
    Reject reject;
    reject.original = "2,soon";
    reject.well_formed = true;
    EXPECT_TRUE(file->Add(reject).ok());
    EXPECT_TRUE(file->Finish().ok());
    EXPECT_THAT(ReadFile(file->path()), HasSubstr("2,soon"));
    return file->path();
  };
  EXPECT_EQ(path_of(folder / "desk"), folder / "desk/r.csv.rejects.csv");
  EXPECT_EQ(path_of(folder / "desk/mine.csv"), folder / "desk/mine.csv");
  WriteFile(folder / "desk/mine.csv", "corrected");
  EXPECT_EQ(path_of(folder / "desk/mine.csv"), folder / "desk/mine.1.csv");
  EXPECT_EQ(path_of(folder / "desk/mine"), folder / "desk/mine");
  WriteFile(folder / "desk/mine", "corrected");
  EXPECT_EQ(path_of(folder / "desk/mine"), folder / "desk/mine.1");
  EXPECT_EQ(path_of(folder / "nowhere/mine.csv"), "NOT_FOUND");
  EXPECT_EQ(path_of(folder / "desk/mine/mine.csv"), "NOT_FOUND") << "a file is no folder";
  EXPECT_EQ(path_of(folder / "node"), "FAILED_PRECONDITION");
  EXPECT_EQ(path_of(folder / "node/mine.csv"), "FAILED_PRECONDITION");
  EXPECT_EQ(CountOfFilesIn(folder / "usb"), 1u);
}

TEST(RejectsFile, NothingRejectedLeavesNothingBehind) {
  TemporaryFolder folder;
  WriteFile(folder / "r.csv", "id,when\n1,soon\n");
  EXPECT_EQ(Import(Format::kCsv, folder / "r.csv").rejected, 1u);
  WriteFile(folder / "r.csv", "id,when\n1,2025-01-01\n");
  EXPECT_EQ(Import(Format::kCsv, folder / "r.csv").rejected, 0u);
  EXPECT_EQ(CountOfFilesIn(folder.path()), 1u);
}

TEST(RejectsFile, AnUnfinishedImportLeavesTheLastOnesFile) {
  TemporaryFolder folder;
  WriteFile(folder / "r.csv", "id,when\n1,x\n");
  WriteFile(folder / "r.csv.rejects.csv", "of the last import");
  {
    absl::StatusOr<RejectsFile> file = RejectsFile::Open(Format::kCsv, folder / "r.csv", "/nonexistent");
    Reject reject;
    reject.original = "1,x";
    ASSERT_TRUE(file->Add(reject).ok());
    EXPECT_EQ(CountOfFilesIn(folder.path()), 3u);
  }
  EXPECT_EQ(CountOfFilesIn(folder.path()), 2u);
  EXPECT_EQ(ReadFile(folder / "r.csv.rejects.csv"), "of the last import");
}

TEST(RejectsFile, NeverInTheNodesFolder) {
  TemporaryFolder folder;
  std::filesystem::create_directories(folder / "node/deep");
  WriteFile(folder / "node/deep/r.csv", "id\n");
  WriteFile(folder / "node-other.csv", "id\n");
  std::filesystem::create_symlink(folder / "node/deep/r.csv", folder / "link.csv");
  std::filesystem::create_directory_symlink(folder / "node/deep", folder / "linked");
  auto open = [&](const std::string& path) { return RejectsFile::Open(Format::kCsv, path, folder / "node").status(); };
  for (std::string_view inside : {"node/deep/r.csv", "link.csv", "linked/r.csv", "node/../node/deep/r.csv"}) {
    EXPECT_EQ(open(folder / inside).code(), absl::StatusCode::kFailedPrecondition) << inside;
  }
  EXPECT_TRUE(open(folder / "node-other.csv").ok());
  EXPECT_EQ(open(folder / "none.csv").code(), absl::StatusCode::kNotFound);
}

TEST(RejectsFile, SaysWhenItCannotBeWritten) {
  TemporaryFolder folder;
  std::filesystem::create_directories(folder / "gone");
  WriteFile(folder / "gone/r.csv", "id\n1\n");
  absl::StatusOr<RejectsFile> file = RejectsFile::Open(Format::kCsv, folder / "gone/r.csv", "/nonexistent");
  ASSERT_TRUE(file.ok());
  std::filesystem::remove_all(folder / "gone");
  Reject reject;
  reject.original = "1";
  EXPECT_THAT(std::string(MessageOf(file->Add(reject))), HasSubstr("cannot write the rejects file"));
}

}  // namespace
}  // namespace tidegate::intake
