#include "node/command/selected.h"

#include <iostream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "node/record/value/value.h"
#include "text/text.h"

namespace tidegate::command {
namespace {

constexpr size_t kMostIds = 1'000'000;
constexpr size_t kMostIdBytes = 64;

// One id a line; empty lines are skipped.
absl::Status ReadIds(v1::Selection& selection) {
  std::string line;
  for (size_t number = 1; std::getline(std::cin, line); ++number) {
    const std::string id(absl::StripAsciiWhitespace(line));
    if (id.empty()) continue;
    if (id.size() > kMostIdBytes || !value::IsCleanText(id)) {
      return absl::InvalidArgumentError(
          absl::StrCat("standard input, line ", number, ": this is not an id; write one id on each line"));
    }
    if (static_cast<size_t>(selection.ids_size()) == kMostIds) {
      return absl::InvalidArgumentError(absl::StrCat("standard input has more than ", kMostIds, " ids"));
    }
    selection.add_ids(id);
  }
  return absl::OkStatus();
}

}  // namespace

void AddSelected(CLI::App* verb, Selected& selected) {
  verb->add_option("ID", selected.ids, "The record, or several; `-` reads ids from standard input, one on each line");
  verb->add_option("--import", selected.import, "All records that this import stored: `imports list` has its number");
  verb->add_option(
      "--query", selected.query,
      "Our records that answer this query, as `find` takes it: 'kind:report exploitation:labour seen:2026-03'");
  verb->add_option(
      "--where", selected.where,
      "Our records that match: kind=report, identifier=phone:+447700900011, tlp=AMBER, tag=child, since=2026-03-01, "
      "until=2026-03-31 (when we last wrote them), or a field of the kind; repeat it "
      "for several conditions");
}

absl::StatusOr<v1::Selection> SelectionOf(const Selected& selected) {
  if (selected.ids.empty() && selected.where.empty() && selected.query.empty() && selected.import == 0) {
    return absl::InvalidArgumentError(
        "say which records: their ids, `-` for a list on standard input, --import, --query or --where");
  }
  v1::Selection selection;
  for (const std::string& id : selected.ids) {
    if (id != "-") {
      selection.add_ids(id);
    } else if (auto read = ReadIds(selection); !read.ok()) {
      return read;
    }
  }
  selection.set_import(selected.import);
  auto where = ParseAssignments(selected.where, "--where");
  if (!where.ok()) return where.status();
  for (v1::Assignment& one : *where) *selection.add_where() = std::move(one);
  if (!selected.query.empty()) {
    v1::Assignment* query = selection.add_where();
    query->set_field("query");
    query->set_value(selected.query);
  }
  return selection;
}

void PrintFaults(const google::protobuf::RepeatedPtrField<v1::Fault>& faults, uint64_t all) {
  for (const v1::Fault& fault : faults) {
    std::cerr << "left out " << text::Line(fault.what()) << ": " << text::Line(fault.why()) << "\n";
  }
  const auto told = static_cast<uint64_t>(faults.size());
  if (all > told) std::cerr << "and " << all - told << " more are left out\n";
}

}  // namespace tidegate::command
