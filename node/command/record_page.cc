// Records for people (print.h).
#include <algorithm>
#include <iostream>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "node/command/print.h"
#include "text/text.h"

namespace tidegate::command {
namespace {

constexpr size_t kWide = 132;       // lines in which whole ids and all columns fit
constexpr size_t kLeastOfAnId = 8;  // digits
constexpr size_t kMostTitleWidth = 48;

std::string Mark(bool verified) { return verified ? "yes" : "NO"; }

// A field's text, with the names of its codes.
std::string ValueOf(const v1::Field& field) {
  if (field.names_size() == 0) return field.text();
  const std::vector<std::string> codes = absl::StrSplit(field.text(), '\n');
  std::vector<std::string> lines;
  for (int i = 0; i < field.names_size(); ++i) {
    const std::string code = static_cast<size_t>(i) < codes.size() ? codes[static_cast<size_t>(i)] : "";
    lines.push_back(code == field.names(i) ? code : absl::StrCat(field.names(i), " (", code, ")"));
  }
  return absl::StrJoin(lines, "\n");
}

std::string ShownAs(const v1::Field& field) {
  std::vector<std::string> parts;
  if (field.rung() != "whole" && field.rung() != "exact") parts.push_back(field.rung());
  parts.push_back(field.class_());
  if (!field.marking().empty()) parts.push_back(field.marking());
  if (!field.basis().empty()) parts.push_back(field.basis());
  if (!field.asserted_by().empty()) parts.push_back(absl::StrCat("said by ", field.asserted_by()));
  return absl::StrJoin(parts, ", ");
}

std::string FieldText(const v1::Record& record, std::string_view name) {
  for (const v1::Field& field : record.fields()) {
    if (field.name() == name) {
      return field.names_size() > 0 ? absl::StrJoin(field.names(), ", ") : field.text();
    }
  }
  return "";
}

void PrintHead(const v1::Record& record, size_t width) {
  PrintSentence(record.handling().line(), width);
  PrintSentence(
      absl::StrCat(record.kind(), " ", record.id(), ", revision ", record.revision(), ", ", record.state(), ", by ",
                   record.origin(), record.vouched() ? " (author's key vouched for, not confirmed)" : ""),
      width);
  std::string times = absl::StrCat("created ", record.created());
  if (!record.arrived().empty()) absl::StrAppend(&times, ", stored here ", record.arrived());
  if (record.given_by_size() > 0) absl::StrAppend(&times, ", given by ", absl::StrJoin(record.given_by(), ", "));
  PrintSentence(times, width);
  const v1::Handling& handling = record.handling();
  std::vector<std::string> more;
  if (!handling.legal_basis().empty()) more.push_back(absl::StrCat("legal basis ", handling.legal_basis()));
  if (!handling.not_before().empty()) more.push_back(absl::StrCat("not before ", handling.not_before()));
  if (!handling.retention().empty()) more.push_back(absl::StrCat("retention ", handling.retention()));
  if (record.tags_size() > 0) more.push_back(absl::StrCat("tags ", absl::StrJoin(record.tags(), ", ")));
  if (!more.empty()) PrintSentence(absl::StrJoin(more, ", "), width);
}

void PrintFields(const v1::Record& record, size_t width) {
  if (record.fields_size() == 0 && record.withheld() == 0) {
    std::cout << "this node no longer holds any of its fields\n";
    return;
  }
  std::vector<std::vector<std::string>> rows = {{"FIELD", "VALUE", "SHOWN AS"}};
  for (const v1::Field& field : record.fields()) rows.push_back({field.name(), ValueOf(field), ShownAs(field)});
  PrintFitted(std::move(rows), width);
  if (record.not_shown_size() > 0) std::cout << "\n";
  for (const v1::NotShown& field : record.not_shown()) {
    PrintSentence(absl::StrCat(field.name(), " (", field.class_(), "): ", field.why()), width);
  }
  if (record.withheld() == 0) return;
  std::cout << "\n";
  PrintSentence(
      absl::StrCat(record.withheld(),
                   " further fields of this kind are withheld, or were never filled: only the author knows which"),
      width);
}

std::string Counted(uint32_t count, std::string_view what) {
  return absl::StrCat(count, " ", std::string(what), count == 1 ? "" : "s");
}

void PrintAround(const v1::Record& record, size_t width) {
  const v1::Around& around = record.around();
  if (around.links_size() > 0) std::cout << "links:\n";
  for (const v1::LinkLine& link : around.links()) {
    const std::string other = absl::StrCat(
        link.other().substr(0, kLeastOfAnId), link.other_kind().empty() ? "" : absl::StrCat(" ", link.other_kind()),
        link.other_title().empty() ? "" : absl::StrCat(" \"", link.other_title(), "\""));
    const std::string sentence = link.from_here() ? absl::StrCat("this ", link.verb_name(), " ", other)
                                                  : absl::StrCat(other, " ", link.verb_name(), " this");
    PrintSentence(absl::StrCat(sentence, " (link ", link.id().substr(0, kLeastOfAnId), ", by ", link.origin(), ")"),
                  width, "  ");
  }
  if (around.sightings_size() > 0) std::cout << "sightings:\n";
  for (const v1::SightingLine& one : around.sightings()) {
    PrintSentence(absl::StrCat(one.created(), " ", one.origin(), ": ", one.outcome_name(),
                               one.note().empty() ? "" : absl::StrCat(", \"", one.note(), "\"")),
                  width, "  ");
  }
  if (around.more()) std::cout << "and more; `tidegate find --kind link` lists them\n";
  for (const v1::SharedIdentifier& one : around.shared()) {
    PrintSentence(absl::StrCat(one.identifier(), ": also in ", one.more() ? "more than " : "",
                               Counted(one.records(), "record"), " of ", Counted(one.organisations(), "organisation")),
                  width);
  }
  if (around.shared_size() > 0) {
    PrintSentence(absl::StrCat("`tidegate related ", record.id().substr(0, kLeastOfAnId), "` lists them"), width);
  }
  if (around.revision_count() > 1) {
    std::vector<std::string> revisions;
    for (const v1::Revision& one : around.revisions()) {
      revisions.push_back(absl::StrCat(one.revision(), " of ", one.created().substr(0, 10), " ", one.state()));
    }
    PrintSentence(absl::StrCat("revisions: ", absl::StrJoin(revisions, "; "), ". `tidegate history ",
                               record.id().substr(0, kLeastOfAnId), "` tells what changed"),
                  width);
  }
  if (around.holders_size() > 0) PrintSentence(absl::StrCat("held by ", absl::StrJoin(around.holders(), "; ")), width);
}

// As many digits as tell these ids from each other.
size_t DigitsThatTell(const std::vector<v1::Record>& records) {
  std::set<std::string> whole;
  for (const v1::Record& record : records) whole.insert(record.id());
  for (size_t digits = kLeastOfAnId; digits < 32; ++digits) {
    std::set<std::string> cut;
    for (const std::string& id : whole) cut.insert(id.substr(0, digits));
    if (cut.size() == whole.size()) return digits;
  }
  return 32;
}

std::string MarkingOf(const v1::Handling& handling) {
  if (handling.tlp().empty()) return "-";  // nothing of it is held
  std::string marking = absl::StrCat("TLP:", handling.tlp());
  if (!handling.grade().empty()) absl::StrAppend(&marking, " ", handling.grade());
  if (handling.conditions_size() > 0) absl::StrAppend(&marking, " (", absl::StrJoin(handling.conditions(), ", "), ")");
  if (!handling.onward().empty() && handling.onward() != "no")
    absl::StrAppend(&marking, " onward: ", handling.onward());
  return marking;
}

// A cell that holds one line of at most `width` columns.
std::string Cut(const std::string& cell, size_t width) {
  std::string line = cell.substr(0, cell.find('\n'));
  if (text::Width(text::Line(line)) <= width) return line;
  std::string cut;
  uint32_t c = 0;
  for (size_t at = 0; at < line.size();) {
    const size_t length = std::max<size_t>(text::DecodeUtf8(line, at, &c), 1);
    if (text::Width(text::Line(cut + line.substr(at, length))) + 3 > width) break;
    cut += line.substr(at, length);
    at += length;
  }
  return cut + "...";
}

}  // namespace

void PrintRecord(const v1::Record& record, size_t width) {
  PrintHead(record, width);
  std::cout << "\n";
  PrintFields(record, width);
  if (record.recipients_size() > 0) {
    PrintSentence(absl::StrCat("named recipients: ", absl::StrJoin(record.recipients(), ", ")), width);
  }
  PrintAround(record, width);
  const v1::Verification& verification = record.verification();
  PrintSentence(
      absl::StrCat("verified: author signature ", Mark(verification.author_signature()), ", log proof ",
                   Mark(verification.log_proof()), ", handling ", Mark(verification.handling()), "; log index ",
                   record.log_index(), " of ", record.log_size(), ", author key ", record.author_fingerprint()),
      width);
  if (!verification.problem().empty()) std::cout << "problem: " << text::Lines(verification.problem()) << "\n";
}

void PrintNews(const v1::Record& record, bool json) {
  if (json) return PrintJsonLine(record);
  std::string_view news = record.revision() > 0 ? "AMENDED" : "NEW";
  if (record.state() == "recalled") news = "RECALLED";
  if (record.state() == "withdrawn") news = "WITHDRAWN";
  std::cout << news << "\n";
  PrintRecord(record);
  std::cout << std::endl;
}

void PrintRecordList(const std::vector<v1::Record>& records, size_t width) {
  const bool wide = width >= kWide;
  const size_t digits = wide ? 32 : DigitsThatTell(records);
  std::vector<std::vector<std::string>> rows = {
      {"MARKING", "ID", "KIND", "BY", "CREATED", "OBSERVED", "PLACE", "EXPLOITATION", "TITLE"}};
  const bool observed = std::any_of(records.begin(), records.end(),
                                    [](const v1::Record& record) { return !FieldText(record, "observed").empty(); });
  for (const v1::Record& record : records) {
    std::string kind = record.kind();
    if (record.state() != "current") absl::StrAppend(&kind, ", ", record.state());
    if (record.may()) absl::StrAppend(&kind, ", may");
    rows.push_back({MarkingOf(record.handling()), record.id().substr(0, digits), kind, record.origin(),
                    wide || !observed ? record.created().substr(0, 10) : "", Cut(FieldText(record, "observed"), 22),
                    Cut(FieldText(record, "place"), wide ? 40 : 24), Cut(FieldText(record, "exploitation"), 24),
                    Cut(record.title(), kMostTitleWidth)});
  }
  if (records.empty()) {
    PrintLine(absl::StrJoin(std::vector<std::string>{"MARKING", "ID", "KIND", "BY", "CREATED", "TITLE"}, "  "), true);
    return;
  }
  PrintFitted(std::move(rows), width);
}

void PrintChanges(const google::protobuf::RepeatedPtrField<v1::ValueChange>& changes, size_t width) {
  std::vector<std::vector<std::string>> rows = {{"FIELD", "BEFORE", "AFTER"}};
  for (const v1::ValueChange& change : changes) {
    rows.push_back({change.field(), change.before().empty() ? "-" : change.before(),
                    change.after().empty() ? "-" : change.after()});
  }
  if (!changes.empty()) PrintFitted(std::move(rows), width);
}

}  // namespace tidegate::command
