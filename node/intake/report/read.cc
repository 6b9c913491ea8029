// A report with front matter to one item.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "node/intake/batch.h"
#include "node/intake/dates.h"
#include "node/intake/report/front_matter.h"
#include "node/intake/target.h"
#include "node/intake/text.h"
#include "node/intake/window.h"
#include "text/text.h"

namespace tidegate::intake {
namespace {

constexpr std::string_view kReportLabel = crypto::Label("TGREP01");

// What is wrong, and with which key.
struct KeyFault {
  std::string key;
  absl::Status status;
};

// Keys with names of their own; all others are a field of `report` (with its part), a name of the handling, or unknown.
struct KeyAlias {
  std::string_view key;
  std::string_view target;
};
constexpr KeyAlias kKeyAliases[] = {
    {"date", "report.reported"},
    {"sanitised", "report.narrative.sanitised"},
    {"heading", "report.narrative.heading"},
    {"recipients", "local.recipients"},
    {"reference", "report.external_id"},
};

class ReportMaker {
 public:
  ReportMaker(std::string_view text, std::string_view system, Batch* batch)
      : text_(text), system_(system), batch_(*batch) {}

  absl::Status Run() {
    absl::StatusOr<FrontMatter> parsed = Parse();
    if (!parsed.ok()) return batch_.AddReject(0, "", "", MessageOf(parsed.status()), text_);
    Item item;
    item.original = text_;
    KeyFault fault = Make(*parsed, &item);
    if (!fault.status.ok()) return batch_.AddReject(0, "", fault.key, MessageOf(fault.status), text_);
    return batch_.Add(std::move(item));
  }

 private:
  absl::StatusOr<FrontMatter> Parse() const {
    if (!IsUtf8(text_)) return Refused({"not UTF-8; save the file as UTF-8 and import it again"});
    return ParseFrontMatter(text_);
  }

  KeyFault Make(const FrontMatter& front, Item* item) {
    absl::StatusOr<record::Draft> draft = record::Draft::Create("report");
    if (!draft.ok()) return {"", draft.status()};
    item->draft = *std::move(draft);
    if (!Trim(front.body).empty()) {
      absl::Status set = item->draft.SetField("narrative", front.body);
      if (!set.ok()) return {"", set};
    }
    std::string title;
    std::string identity;
    for (const FrontMatterEntry& entry : front.entries) {
      absl::Status taken = TakeEntry(entry, item);
      if (!taken.ok()) return {entry.key, taken};
      if (entry.values.empty()) continue;
      if (entry.key == "title") title = entry.values.front();
      if (entry.key == "url" && identity.empty()) identity = "url:" + entry.values.front();
      if (entry.key == "reference" || entry.key == "external_id") identity = entry.values.front();
    }
    if (title.empty()) return {"title", Refused({"a report needs a `title`"})};
    if (item->draft.fields.count(item->draft.kind->FindSlot("narrative")->number) == 0) {
      return {"", Refused({"no text follows the front matter"})};
    }
    if (identity.size() > batch_.limits().identity_bytes || !record::IsCleanText(identity)) {
      return {"reference", Refused({"is too long or has control characters, so it cannot identify the report"})};
    }
    item->identity = identity.empty() ? "title and text" : "reference";
    if (identity.empty()) identity = TitleAndText(title, front.body);
    item->source_key = Cat({system_.empty() ? "report" : "report@", system_, ":", identity});
    if (!system_.empty()) item->former_key = "report:" + identity;
    return {};
  }

  // Without a name of its own a report is known by what it says.
  static std::string TitleAndText(const std::string& title, std::string_view body) {
    crypto::Hash hash = crypto::HashOf({kReportLabel, std::to_string(title.size()), ":", title, body});
    return HexOf(hash);
  }

  absl::Status TakeEntry(const FrontMatterEntry& entry, Item* item) {
    const record::Kind& kind = *item->draft.kind;
    if (entry.key == "draft") {
      bool is_draft = !entry.values.empty() && EqualIgnoringCase(entry.values.front(), "true");
      return is_draft ? Refused({"its author marked it as a draft"}) : absl::OkStatus();
    }
    if (entry.values.empty()) return absl::OkStatus();
    if (entry.key == "url") return AddUrl(entry, item);
    absl::StatusOr<Target> target = ParseTarget(kind, TargetName(kind, entry.key));
    if (!target.ok()) return TakeUnknown(kind, entry);
    if (!target->part.empty() && item->draft.fields.count(target->slot->number) == 0) {
      return Refused({"`", target->name, "` must come after the field that it is about"});
    }
    if (entry.values.size() > 1 && !target->many) return Refused({"`", entry.key, "` takes one value, not a list"});
    std::string joined;
    for (const std::string& value : entry.values) {
      bool time = target->slot != nullptr && target->slot->type == record::Type::kTime && target->part.empty();
      std::string text = time ? DropSeconds(value) : value;
      if (!joined.empty()) joined.push_back(';');
      joined.append(target->many && entry.list ? EscapeListItem(text) : text);
    }
    return Write(*target, joined, &item->draft);
  }

  static std::string TargetName(const record::Kind& kind, std::string_view key) {
    for (const KeyAlias& alias : kKeyAliases) {
      if (alias.key == key) return std::string(alias.target);
    }
    std::string_view field = key.substr(0, key.find('.'));
    if (kind.FindSlot(field) != nullptr) return Cat({kind.name, ".", key});
    return Cat({"handling.", key});
  }

  // A page's address is how the world knows it.
  static absl::Status AddUrl(const FrontMatterEntry& entry, Item* item) {
    record::Draft scratch = item->draft;
    absl::Status set = scratch.SetField("external_id", Cat({"url:", EscapeListItem(entry.values.front())}));
    if (!set.ok()) return set;
    std::uint16_t slot = item->draft.kind->FindSlot("external_id")->number;
    std::vector<record::Scalar>& held = item->draft.fields[slot].value.items;
    for (record::Scalar& scalar : scratch.fields[slot].value.items) {
      if (std::find(held.begin(), held.end(), scalar) == held.end()) held.push_back(std::move(scalar));
    }
    return absl::OkStatus();
  }

  // A key that nobody knows is left out and named; one that is nearly a known key is a slip that could cost a marking,
  // and refuses the report.
  absl::Status TakeUnknown(const record::Kind& kind, const FrontMatterEntry& entry) {
    std::vector<std::string> known = {"title", "date", "url", "draft", "recipients", "sanitised", "heading"};
    for (const record::HandlingWord& word : record::kHandlingWords) known.emplace_back(word.name);
    for (const record::Slot& slot : kind.slots) known.emplace_back(slot.name);
    std::string_view near = text::NearestOf(entry.key, known);
    if (!near.empty()) return Refused({"unknown key `", entry.key, "`; did you mean `", near, "`?"});
    batch_.Warn(Cat({"front matter key `", entry.key, "` has no field here and was left out"}));
    return absl::OkStatus();
  }

  std::string_view text_;
  std::string_view system_;
  Batch& batch_;
};

}  // namespace

absl::Status ReadReport(const Source& source, Batch* batch) {
  std::string held;
  std::string_view text = source.bytes;
  if (!source.in_memory) {
    absl::StatusOr<std::string> read = ReadWhole(source, batch->limits().report_bytes);
    if (!read.ok()) return read.status();
    held = *std::move(read);
    text = held;
  }
  if (text.size() > batch->limits().report_bytes) {
    return Refused({"intake: `", source.name, "` is longer than a report may be"});
  }
  absl::Status made = ReportMaker(text, source.system, batch).Run();
  return made.ok() ? batch->Flush() : made;
}

}  // namespace tidegate::intake
