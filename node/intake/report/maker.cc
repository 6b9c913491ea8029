#include "node/intake/report/maker.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "node/intake/dates.h"
#include "node/intake/report/heading.h"
#include "node/intake/report/written_date.h"
#include "node/intake/text.h"
#include "text/text.h"

namespace tidegate::intake {
namespace {

std::vector<std::string_view> TextLinesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// The record room's message, without the names that a reject or a warning puts in front of it.
std::string_view WhyOf(const absl::Status& status) {
  std::string_view why = MessageOf(status);
  if (StartsWith(why, "record: ")) why.remove_prefix(8);
  if (StartsWith(why, "handling: ")) why.remove_prefix(10);
  if (StartsWith(why, "field `")) why.remove_prefix(std::min(why.find("`: ") + 3, why.size()));
  return why;
}

std::string JoinedBy(char separator, const std::vector<std::string>& values) {
  std::string joined;
  for (const std::string& value : values) {
    if (!joined.empty()) joined.push_back(separator);
    joined.append(value);
  }
  return joined;
}

// Whether policies see the field's values in the label, so that a misspelt one could open what it should close.
bool IsSeenByPolicies(const record::Slot& slot) { return slot.label_fact != record::LabelFact::kNone; }

bool IsOneSlipOfCode(const record::Slot& slot, std::string_view word) {
  const record::CodeList* const list = record::Catalogue::FindCodeList(slot.code_list);
  if (list == nullptr) return false;
  const auto slipped = [word](std::string_view known) { return text::IsOneSlip(word, known); };
  return std::any_of(list->codes.begin(), list->codes.end(), [&](const record::Code& code) {
    return slipped(code.code) || slipped(code.label) || std::any_of(code.aliases.begin(), code.aliases.end(), slipped);
  });
}

// The name of a marking of which `key` may be a slip, where the marking would take the value.
std::string_view MarkingMeant(std::string_view key, const std::string& value) {
  for (const record::HandlingWord& word : record::kHandlingWords) {
    const bool near = text::IsOneSlip(key, word.name) || (!word.one.empty() && text::IsOneSlip(key, word.one));
    record::Handling scratch;
    if (near && scratch.Set(word.name, value).ok()) return word.name;
  }
  for (const std::string_view recipients : {"recipients", "recipient"}) {
    if (text::IsOneSlip(key, recipients)) return recipients;
  }
  return {};
}

}  // namespace

void ReportMaker::Fault(const FrontMatterEntry& entry, std::string_view reason) {
  report_.faults.push_back({entry.line, entry.key, std::string(reason)});
}

void ReportMaker::Warn(const FrontMatterEntry& entry, std::string_view what) {
  batch_.Warn(Cat({"line ", std::to_string(entry.line), ": `", entry.key, "` ", what}));
}

Report ReportMaker::Make(const FrontMatter& front, Item* item) {
  report_ = Report();
  report_.body = front.body;
  for (const FrontMatterFault& fault : front.faults) report_.faults.push_back({fault.line, "", fault.reason});
  for (const std::size_t line : front.taken_as_text) {
    batch_.Warn(
        Cat({"line ", std::to_string(line), ": the value is no YAML and was taken as it is; put it in quotes"}));
  }
  absl::StatusOr<record::Draft> draft = record::Draft::Create("report");
  if (!draft.ok()) {
    report_.faults.push_back({0, "", std::string(MessageOf(draft.status()))});
    return std::move(report_);
  }
  draft->home = batch_.home();
  TakeBody(front.body, &*draft);
  // Parts and attributes speak of fields, so the fields come first.
  for (const bool parts : {false, true}) {
    for (std::size_t i = 0; i < front.entries.size(); ++i) {
      const bool part = front.entries[i].key.find('.') != std::string::npos;
      if (part == parts && !Repeats(front, i)) Take(front.entries[i], &*draft);
    }
  }
  TakeTitle(&*draft);
  KeepMarkingOfText(front, item->original, &*draft);
  item->draft = *std::move(draft);
  return std::move(report_);
}

// If a marking is given twice with two values, neither counts. Of any other key the first value counts.
bool ReportMaker::Repeats(const FrontMatter& front, std::size_t index) {
  const FrontMatterEntry& entry = front.entries[index];
  const record::Kind& kind = *record::Catalogue::FindKind("report");
  const std::optional<Target> target = TargetSaid(kind, entry.key);
  for (std::size_t i = 0; i < index; ++i) {
    const FrontMatterEntry& other = front.entries[i];
    const std::optional<Target> meant = other.key == entry.key ? target : TargetSaid(kind, other.key);
    if (other.key != entry.key && !(target.has_value() && meant.has_value() && *target == *meant)) continue;
    if (other.values == entry.values && other.unread == entry.unread) return true;
    if (target.has_value() && (target->room != Target::Room::kField || !target->part.empty())) {
      Fault(entry, Cat({"`", entry.key, "` is there twice, first in line ", std::to_string(other.line)}));
    } else {
      Warn(entry, Cat({"was said in line ", std::to_string(other.line), " already; that one holds"}));
    }
    return true;
  }
  return false;
}

void ReportMaker::TakeBody(std::string_view body, record::Draft* draft) {
  if (Trim(body).empty()) {
    report_.faults.push_back({0, "", "no text follows the front matter"});
  } else if (absl::Status set = draft->SetField("narrative", body); !set.ok()) {
    report_.faults.push_back({0, "narrative", std::string(WhyOf(set))});
  }
}

void ReportMaker::Take(const FrontMatterEntry& entry, record::Draft* draft) {
  if (entry.key == "draft" || entry.key == "published") {
    const bool withheld =
        !entry.values.empty() && EqualIgnoringCase(entry.values.front(), entry.key == "draft" ? "true" : "false");
    if (withheld) Fault(entry, "its author marked it as a draft");
    if (withheld || entry.key == "draft") return;
  }
  if (entry.key == "url") return TakeUrl(entry, draft);
  const std::optional<Target> target = TargetSaid(*draft->kind, entry.key);
  if (!target.has_value()) return TakeUnknown(entry, *draft);
  const bool marks = target->room != Target::Room::kField || !target->part.empty();
  if (!entry.unread.empty()) {
    return marks ? Fault(entry, entry.unread) : Warn(entry, Cat({entry.unread, " and was left out"}));
  }
  if (entry.values.empty()) return;
  if (marks) return TakeHandling(entry, *target, draft);
  TakeField(entry, *target, draft);
}

// A marking, of the report or of one of its fields.
void ReportMaker::TakeHandling(const FrontMatterEntry& entry, const Target& target, record::Draft* draft) {
  if (target.slot != nullptr && draft->fields.count(target.slot->number) == 0) {
    return Warn(entry, Cat({"speaks of `", target.slot->name, "`, which the report does not have, and was left out"}));
  }
  if (entry.values.size() > 1 && !target.many) return Fault(entry, "takes one value, not a list");
  const bool parted = std::any_of(entry.values.begin(), entry.values.end(),
                                  [&entry](const std::string& one) { return entry.list && one.find(';') != one.npos; });
  if (parted && target.many) return Fault(entry, "an item has a `;`, which separates items");
  absl::Status written = Write(target, JoinedBy(';', entry.values), draft);
  if (!written.ok()) Fault(entry, WhyOf(written));
}

std::string ReportMaker::Understood(const FrontMatterEntry& entry, const Target& target, const std::string& value,
                                    const record::Draft& draft) {
  const record::Slot& slot = *target.slot;
  std::string text = slot.type == record::Type::kTime ? DropSeconds(value) : value;
  const auto readable = [&](const std::string& one) {
    return record::ParseValue(slot, target.many ? EscapeListItem(one) : one, draft.home);
  };
  absl::StatusOr<record::Value> read = readable(text);
  if (read.ok()) return text;
  std::string why(WhyOf(read.status()));
  if (slot.type == record::Type::kTime) {
    absl::StatusOr<std::string> date = WrittenDate(value);
    if (date.ok()) return *date;
    why = MessageOf(date.status());
  }
  if (IsSeenByPolicies(slot) && IsOneSlipOfCode(slot, value)) {
    Fault(entry, why);
  } else if (slot.type == record::Type::kCode) {
    Warn(entry, Cat({"has a value without a code here, which was left out (`tidegate codes ", slot.code_list, "`)"}));
  } else {
    Warn(entry, Cat({"was left out: ", why}));
  }
  return {};
}

void ReportMaker::TakeField(const FrontMatterEntry& entry, const Target& target, record::Draft* draft) {
  if (entry.values.size() > 1 && !target.many) return Warn(entry, "takes one value, not a list, and was left out");
  if (entry.key == "reference" || entry.key == "external_id") report_.identity = entry.values.front();
  std::vector<std::string> values = entry.values;
  const record::Slot& slot = *target.slot;
  if (target.many && !entry.list) {
    // `a; b`, and of codes `a, b`.
    if (draft->SetField(target.name, values.front()).ok()) return;
    std::string text = std::move(values.front());
    if (slot.type == record::Type::kCode) std::replace(text.begin(), text.end(), ',', ';');
    const std::vector<std::string_view> parts = SplitList(text, ';');
    values.assign(parts.begin(), parts.end());
  }
  std::string joined;
  for (const std::string& value : values) {
    const std::string text = Understood(entry, target, value, *draft);
    if (text.empty()) continue;
    if (!joined.empty()) joined.push_back(';');
    joined.append(target.many ? EscapeListItem(text) : text);
    if (const std::string doubt = record::DoubtAbout(*draft->kind, slot.name, text); !doubt.empty()) {
      batch_.Warn(Cat({"line ", std::to_string(entry.line), ": ", doubt}));
    }
  }
  if (joined.empty()) return;
  if (absl::Status set = draft->SetField(target.name, joined); !set.ok()) {
    Warn(entry, Cat({"was left out: ", WhyOf(set)}));
  } else if (entry.key == "title") {
    report_.title = joined;
  }
}

// A page's address is how the world knows it.
void ReportMaker::TakeUrl(const FrontMatterEntry& entry, record::Draft* draft) {
  if (entry.values.size() != 1 || !entry.unread.empty()) return Warn(entry, "is not one address and was left out");
  record::Draft scratch = *draft;
  absl::Status set = scratch.SetField("external_id", Cat({"url:", EscapeListItem(entry.values.front())}));
  if (!set.ok()) return Warn(entry, Cat({"was left out: ", WhyOf(set)}));
  if (report_.identity.empty()) report_.identity = "url:" + entry.values.front();
  std::uint16_t slot = draft->kind->FindSlot("external_id")->number;
  std::vector<record::Scalar>& held = draft->fields[slot].value.items;
  for (record::Scalar& scalar : scratch.fields[slot].value.items) {
    if (std::find(held.begin(), held.end(), scalar) == held.end()) held.push_back(std::move(scalar));
  }
}

// A key that nobody knows is left out and named. One that may be a slip of a marking refuses the report: the marking
// would be lost.
void ReportMaker::TakeUnknown(const FrontMatterEntry& entry, const record::Draft& draft) {
  const std::size_t dot = entry.key.find('.');
  std::string_view meant = MarkingMeant(entry.key, JoinedBy(';', entry.values));
  if (dot != std::string::npos && draft.kind->FindSlot(std::string_view(entry.key).substr(0, dot)) != nullptr) {
    const std::string_view part = std::string_view(entry.key).substr(dot + 1);
    for (const std::string_view word : record::kAttributeWords) {
      if (text::IsOneSlip(part, word)) meant = word;
    }
  }
  if (!meant.empty()) return Fault(entry, Cat({"unknown key `", entry.key, "`", text::DidYouMean(meant)}));
  left_out_.push_back(entry.line);
  batch_.Warn(Cat({"front matter key `", entry.key, "` has no field here and was left out",
                   text::DidYouMean(entry.key, NamesSaid(*draft.kind))}));
}

// The title comes from the front matter, from the first heading, or from the importer.
void ReportMaker::TakeTitle(record::Draft* draft) {
  const std::uint16_t slot = draft->kind->FindSlot("title")->number;
  if (draft->fields.count(slot) == 0) {
    std::string heading = FirstHeading(report_.body);
    if (!heading.empty() && draft->SetField("title", heading).ok()) report_.title = std::move(heading);
  }
  if (absl::Status set = batch_.SetMissing(draft); !set.ok()) {
    report_.faults.push_back({0, "", std::string(WhyOf(set))});
  }
  if (draft->fields.count(slot) > 0) return;
  report_.faults.push_back(
      {0, "title", "a report needs a `title`: in its front matter, as a heading, or with --set title=TEXT"});
}

// The lines of the file in which the keys stand that were left out, each up to the next key or the body.
std::string ReportMaker::LeftOutLines(const FrontMatter& front, std::string_view text) const {
  text.remove_suffix(std::min(text.size(), report_.body.size()));
  const std::vector<std::string_view> lines = TextLinesOf(text);
  std::string left;
  for (std::size_t begin : left_out_) {
    std::size_t end = lines.size() + 1;
    for (const FrontMatterEntry& entry : front.entries) {
      if (entry.line > begin) end = std::min(end, entry.line);
    }
    for (std::size_t line = begin; line < end && line > 0 && line <= lines.size(); ++line) {
      left.append(lines[line - 1]).push_back('\n');
    }
  }
  return left;
}

// If no key of the front matter gives a TLP, the importer's TLP counts, unless the text itself names a stricter one. If
// a key gives one, a stricter one elsewhere in the front matter counts: of two markings the stricter counts. The body
// does not count then, because it may quote markings of others.
void ReportMaker::KeepMarkingOfText(const FrontMatter& front, std::string_view text, record::Draft* draft) {
  const std::optional<record::Tlp> importers = batch_.tlp();
  if (draft->handling.tlp.has_value()) {
    const std::optional<record::Tlp> other = StrictestTlpNamed(LeftOutLines(front, text));
    if (!other.has_value() || *other <= *draft->handling.tlp) return;
    draft->handling.tlp = other;
    return batch_.Warn("a key that was left out names a stricter TLP; the stricter one holds");
  }
  const std::optional<record::Tlp> named = StrictestTlpNamed(text);
  if (draft->handling.tlp.has_value() || !importers.has_value() || !named.has_value() || *named <= *importers) return;
  draft->handling.tlp = named;
  batch_.Warn("the text names a stricter TLP than --set gives; the stricter one holds");
}

}  // namespace tidegate::intake
