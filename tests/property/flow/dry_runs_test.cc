// A dry run is the import without its commit: over random files and random histories it tells the same counts and the
// same lines in the same order. And an import that is done again has nothing left to do.
#include <algorithm>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "node/flow/import.h"
#include "policy/principal_mint.h"
#include "tests/property/crypto/dice.h"
#include "tests/support/memory_node.h"

namespace tidegate::flow {
namespace {

using property::Dice;
using support::Clock;
using support::Folder;
using support::MemoryNode;
using support::Must;

constexpr char kMapping[] = R"(kind = "report"
source = "calls"
identity = ["ref"]
[columns]
ref = { to = "report.external_id", scheme = "case" }
what = { to = "report.title", required = true }
seen = { to = "report.observed", date = "%Y-%m-%d" }
tlp = "handling.tlp"
about = { to = "report.related", refers = "report", optional = true }
)";
constexpr std::string_view kMarks[] = {"94868c89-83c2-464b-929b-a1a8aa3c8487", "bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
                                       "55d920b0-5e8b-4f79-9ee9-91f868d9b421", "e828b379-4e03-4974-9ac4-e53a884c97c1"};

template <size_t N>
std::string OneOf(Dice& dice, const std::string_view (&words)[N]) {
  return std::string(words[dice.Below(N)]);
}

std::string RandomTable(Dice& dice) {
  static constexpr std::string_view kTitles[] = {"a van", "a flat",        "two men",
                                                 "",      "a girl; a boy", "\"quoted, twice\""};
  static constexpr std::string_view kDays[] = {"2026-01-02", "2026-02-31", "", "2026-03-04"};
  static constexpr std::string_view kTlps[] = {"GREEN", "AMBER", "RED", "", "MAUVE", "CLEAR"};
  std::string text = "ref,what,seen,tlp\n";
  for (uint64_t i = dice.Length(30); i > 0; --i) {
    if (dice.Chance(30)) text += "\"broken\n";
    text += "R-" + std::to_string(dice.Below(25)) + "," + OneOf(dice, kTitles) + "," + OneOf(dice, kDays) + "," +
            OneOf(dice, kTlps) + "\n";
  }
  return text;
}

std::string StixId(std::string_view type, uint64_t number) {
  const std::string digits = std::to_string(number);
  return std::string(type) + "--00000000-0000-4000-8000-" + std::string(12 - digits.size(), '0') + digits;
}

std::string RandomObject(Dice& dice) {
  static constexpr std::string_view kTypes[] = {"incident",     "incident", "report",
                                                "relationship", "x-other",  "location"};
  static constexpr std::string_view kNames[] = {"\"Nail bar\"", "\"Car wash\"", "7", "\"\""};
  const std::string type = OneOf(dice, kTypes);
  std::string text = R"({"type":")" + type + R"(","spec_version":"2.1","id":")" + StixId(type, dice.Below(8)) +
                     R"(","created":"2020-01-01T00:00:00Z","modified":"202)" + std::to_string(dice.Below(5)) +
                     R"(-01-01T00:00:00Z","object_marking_refs":["marking-definition--)" + OneOf(dice, kMarks) + "\"]";
  if (dice.Chance(8)) text += R"(,"revoked":true)";
  if (dice.Chance(6)) text += R"(,"created_by_ref":")" + StixId("identity", dice.Below(2)) + "\"";
  if (type == "relationship") {
    text += R"(,"relationship_type":"related-to","source_ref":")" + StixId("incident", dice.Below(9)) +
            R"(","target_ref":")" + StixId("report", dice.Below(9)) + "\"";
  } else if (type == "report") {
    text += R"(,"name":"R","published":"2025-01-01T00:00:00Z","object_refs":[")" + StixId("incident", dice.Below(9)) +
            R"(",")" + StixId("location", dice.Below(9)) + "\"]";
  } else if (type == "location") {
    text += R"(,"country":"GB")";
  } else {
    text += R"(,"name":)" + OneOf(dice, kNames);
  }
  return text + "}";
}

std::string RandomBundle(Dice& dice) {
  std::string text = R"({"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":[)";
  const uint64_t count = 1 + dice.Length(25);
  for (uint64_t i = 0; i < count; ++i) {
    if (i > 0) text += ",";
    text += dice.Chance(30) ? R"({"broken":})" : RandomObject(dice);
  }
  return text + "]}";
}

std::string RandomReport(Dice& dice) {
  static constexpr std::string_view kTlps[] = {"GREEN", "AMBER", "RED", "MAUVE"};
  return "---\ntitle: T" + std::to_string(dice.Below(3)) + "\nreference: case:P-" + std::to_string(dice.Below(4)) +
         "\ntlp: " + OneOf(dice, kTlps) + "\n---\nA text.\n";
}

ImportFile RandomFile(Dice& dice, const Folder& folder) {
  ImportFile file;
  file.may_change = [](policy::Action, const record::RecordId&) { return true; };
  switch (dice.Below(3)) {
    case 0:
      file.path = folder.path() + "/table.csv";
      file.format = "csv";
      file.mapping = kMapping;
      file.mapping_name = "m";
      std::ofstream(file.path, std::ios::binary) << RandomTable(dice);
      break;
    case 1:
      file.path = folder.path() + "/bundle.json";
      file.format = "stix";
      std::ofstream(file.path, std::ios::binary) << RandomBundle(dice);
      break;
    default:
      file.path = folder.path() + "/report.md";
      file.format = "report";
      std::ofstream(file.path, std::ios::binary) << RandomReport(dice);
      break;
  }
  file.take = static_cast<Take>(dice.Chance(2) ? 0 : dice.Below(3));
  file.again = dice.Chance(5);
  file.allow_looser = dice.Chance(4);
  return file;
}

// All that a person sees of an import, but the ids of what is made: those that are not `known` before it.
std::string Told(const ImportProgress& told, const std::vector<std::string>& known = {}) {
  const auto shown = [&known](const std::string& text) {
    return record::ParseRecordId(text).ok() && std::find(known.begin(), known.end(), text) == known.end() ? "new"
                                                                                                          : text;
  };
  std::string text;
  for (const uint64_t count : {told.read, told.stored, told.amended, told.unchanged, told.rejected, told.recalled,
                               told.conflicts, told.kept, told.older, told.withdrawn, told.revoked, told.meanwhile}) {
    text += std::to_string(count) + " ";
  }
  for (const std::string& warning : told.warnings) text += "\nwarning " + warning;
  for (const ImportReject& reject : told.rejects) {
    text += "\nreject " + reject.position + "|" + reject.field + "|" + reject.reason;
  }
  for (const ImportConflict& conflict : told.listed) {
    text += "\nconflict " + conflict.position + "|" + conflict.record_id;
    for (const Difference& one : conflict.differences) {
      text += "|" + one.field + "|" + shown(one.source) + "|" + shown(one.ours);
    }
  }
  return text;
}

class DryRuns : public testing::Test {
 protected:
  ImportProgress Run(ImportFile file, bool dry) {
    file.dry_run = dry;
    ImportProgress last;
    const policy::Principal ana = policy::PrincipalMint::Mint("ana", true, policy::EveryRole());
    Must(node_.authoring().Import(ana, "a test", file, [&last](const ImportProgress& told) {
      last = told;
      return true;
    }));
    EXPECT_TRUE(last.done);
    known_.insert(known_.end(), last.ids.begin(), dry ? last.ids.begin() : last.ids.end());
    return last;
  }

  // Changes that people make between two imports. Either may be refused: nobody can amend a recalled record.
  void DoSomething(Dice& dice) {
    clock_.now_ms += 60'000;
    if (known_.empty()) return;
    const std::string& id = known_[dice.Below(known_.size())];
    switch (dice.Below(3)) {
      case 0:
        (void)node_.Amend(id, {{"tlp", dice.Chance(2) ? "RED" : "CLEAR"}});
        break;
      case 1:
        (void)node_.Recall(id);
        break;
      default:
        break;
    }
  }

  Clock clock_;
  Folder folder_;
  MemoryNode node_{"charity", "ngo", clock_};
  std::vector<std::string> known_;
};

TEST_F(DryRuns, TellWhatTheImportWillTell) {
  Dice dice("DryRuns.TellWhatTheImportWillTell");
  uint64_t stored = 0, amended = 0, conflicts = 0, withdrawn = 0, recalled = 0, kept = 0, rejected = 0;
  const auto all_seen = [&] { return stored && amended && conflicts && withdrawn && recalled && kept && rejected; };
  // Some seeds come late to what is rare: they go on until each was seen.
  for (int round = 0; round < Dice::Rounds(150) || (!all_seen() && round < Dice::Rounds(900)); ++round) {
    const ImportFile file = RandomFile(dice, folder_);
    std::ifstream read(file.path);
    const std::string text{std::istreambuf_iterator<char>(read), {}};
    const std::vector<std::string> known = known_;
    const ImportProgress foreseen = Run(file, true);
    const ImportProgress done = Run(file, false);
    ASSERT_EQ(Told(foreseen, known), Told(done, known)) << text;
    EXPECT_EQ(done.stored + done.amended, done.ids.size());
    stored += done.stored, amended += done.amended, conflicts += done.conflicts, withdrawn += done.withdrawn;
    recalled += done.recalled, kept += done.kept, rejected += done.rejected;
    const ImportProgress again = Run(file, false);
    ASSERT_EQ(again.stored + again.amended + again.withdrawn + again.kept, 0u)
        << Told(done) << "\n-- again: " << Told(again) << "\n"
        << text;
    for (uint64_t i = dice.Below(4); i > 0; --i) DoSomething(dice);
  }
  EXPECT_TRUE(all_seen());
}

}  // namespace
}  // namespace tidegate::flow
