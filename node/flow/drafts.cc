#include "node/flow/drafts.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "text/text.h"

namespace tidegate::flow {
namespace {

void AssignList(std::vector<std::string>& list, std::string_view value) {
  list.clear();
  const std::string text(value);
  for (absl::string_view item : absl::StrSplit(text, ';')) {
    item = absl::StripAsciiWhitespace(item);
    if (!item.empty()) list.emplace_back(item);
  }
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
}

// The refusal of a field that this kind does not have. It names those that can be set.
absl::Status UnknownField(const record::Kind& kind, std::string_view field) {
  std::vector<std::string_view> known = {"recipient", "tag"};
  for (const record::Slot& slot : kind.slots) known.push_back(slot.name);
  for (const record::HandlingWord& word : record::kHandlingWords) {
    known.push_back(word.name);
    if (!word.one.empty()) known.push_back(word.one);
  }
  const std::string kind_name(kind.name);
  return absl::InvalidArgumentError(absl::StrCat("flow: kind `", kind_name, "` has no field `",
                                                 std::string(field.substr(0, 40)), "`", text::DidYouMean(field, known),
                                                 "; `tidegate fields ", kind_name, "` lists them"));
}

// An empty value takes the field out.
absl::Status Assign(record::Draft& draft, std::string_view field, std::string_view value) {
  if (field == "recipient" || field == "recipients") {
    AssignList(draft.local.named_recipients, value);
    return absl::OkStatus();
  }
  if (field == "tag") {
    AssignList(draft.local.tags, value);
    record::SettleTags(draft.local.tags);
    return absl::OkStatus();
  }
  const std::string_view slot = field.substr(0, field.find('.'));
  if (draft.kind->FindSlot(slot) == nullptr) {
    const record::HandlingWord* word = record::HandlingWordSaid(field);
    return word == nullptr ? UnknownField(*draft.kind, slot) : draft.handling.Set(word->name, value);
  }
  if (value.empty()) {
    if (draft.ClearField(field)) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat("flow: there is no field `", std::string(field), "` to take out"));
  }
  return draft.SetField(field, value);
}

// A record has one TLP. If somebody sets it twice to different values, the last would hold, even if it is the looser
// one. So we ask which one they mean.
absl::Status OneTlp(const std::vector<Assignment>& assignments) {
  const std::string* first = nullptr;
  for (const Assignment& assignment : assignments) {
    if (assignment.field != "tlp") continue;
    if (first != nullptr && !absl::EqualsIgnoreCase(*first, assignment.value)) {
      return absl::InvalidArgumentError("flow: contradictory markings: `tlp` is set twice, to two values; set it once");
    }
    first = &assignment.value;
  }
  return absl::OkStatus();
}

// Whether what is assigned to it is a list whose items `;` separates.
bool TakesSeveral(const record::Draft& draft, const std::string& field) {
  if (field == "recipient" || field == "recipients" || field == "tag") return true;
  if (const record::Slot* slot = draft.kind->FindSlot(field)) return slot->repeated;
  const std::string said = absl::StrReplaceAll(field, {{"-", "_"}});
  return std::any_of(
      std::begin(record::kHandlingWords), std::end(record::kHandlingWords),
      [&said](const record::HandlingWord& word) { return word.several && (word.name == said || word.one == said); });
}

// A list may be set in several parts, which are joined. Everything else is set once: otherwise only the last value
// would count, and the person who typed the first one would not know.
absl::StatusOr<std::vector<Assignment>> Joined(const record::Draft& draft, const std::vector<Assignment>& assignments) {
  std::vector<Assignment> joined;
  for (const Assignment& assignment : assignments) {
    const auto before = std::find_if(joined.begin(), joined.end(),
                                     [&](const Assignment& one) { return one.field == assignment.field; });
    if (before == joined.end()) {
      joined.push_back(assignment);
    } else if (TakesSeveral(draft, assignment.field)) {
      absl::StrAppend(&before->value, before->value.empty() || assignment.value.empty() ? "" : ";", assignment.value);
    } else if (before->value != assignment.value) {
      return absl::InvalidArgumentError(
          absl::StrCat("flow: `", assignment.field, "` is set twice, to two values; set it once"));
    }
  }
  return joined;
}

// Tags as they were said, as an assignment would set them: `;` separates several.
absl::StatusOr<std::vector<std::string>> TagsSaid(const std::vector<std::string>& said) {
  std::vector<std::string> tags;
  for (const std::string& one : said) {
    std::vector<std::string> items;
    AssignList(items, one);
    if (items.empty()) return absl::InvalidArgumentError("flow: a tag has no word in it; write --add TAG");
    tags.insert(tags.end(), items.begin(), items.end());
  }
  record::SettleTags(tags);
  return tags;
}

bool IsAmong(const std::vector<std::string>& tags, std::string_view tag) {
  return std::find(tags.begin(), tags.end(), tag) != tags.end();
}

// Takes these codes out of the fields that say tags.
bool TakeOutOfFields(record::Draft& draft, const std::vector<std::string>& tags) {
  bool changed = false;
  for (auto at = draft.fields.begin(); at != draft.fields.end();) {
    std::vector<record::Scalar>& items = at->second.value.items;
    const bool says_tags = draft.kind->slots[at->first].label_fact == record::LabelFact::kTag;
    const size_t before = items.size();
    if (says_tags) {
      std::erase_if(items, [&tags](const record::Scalar& item) {
        const auto* code = std::get_if<record::CodeValue>(&item);
        return code != nullptr && IsAmong(tags, code->code);
      });
    }
    changed = changed || items.size() < before;
    at = items.size() < before && items.empty() ? draft.fields.erase(at) : std::next(at);
  }
  return changed;
}

}  // namespace

absl::StatusOr<record::Draft> DraftOf(const store::StoredRecord& record) {
  auto view = record::Verify(record.view);
  if (!view.ok()) return view.status();
  record::Draft draft;
  draft.kind = &view->kind();
  draft.handling = view->handling();
  draft.local = record.local;
  draft.local.source.as_imported = false;
  for (size_t i = 0; i < view->size(); ++i) {
    draft.fields[view->view().opened[i].slot] = {view->value(i), view->attributes(i)};
  }
  record::RestoreNames(draft);
  return draft;
}

absl::Status AssignAll(record::Draft& draft, const std::vector<Assignment>& assignments) {
  if (auto status = OneTlp(assignments); !status.ok()) return status;
  const auto joined = Joined(draft, assignments);
  if (!joined.ok()) return joined.status();
  for (const Assignment& assignment : *joined) {
    if (auto status = Assign(draft, assignment.field, assignment.value); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status AddToList(record::Draft& draft, const Assignment& one) {
  const record::Slot* slot = draft.kind->FindSlot(one.field);
  if (slot == nullptr || !slot->repeated) {
    return absl::InvalidArgumentError(
        absl::StrCat("flow: a ", std::string(draft.kind->name), " has no list `", one.field, "` to add to"));
  }
  auto said = record::Draft::Create(draft.kind->name);
  if (!said.ok()) return said.status();
  said->home = draft.home;
  if (auto status = said->SetField(one.field, one.value); !status.ok()) return status;
  const auto at = static_cast<uint16_t>(slot - draft.kind->slots.data());
  record::Field field = draft.fields[at];
  // What stands there already is left, and no word is said of it: who amends need not be who may see the list.
  for (record::Scalar& item : said->fields.begin()->second.value.items) {
    std::vector<record::Scalar>& items = field.value.items;
    if (std::find(items.begin(), items.end(), item) == items.end()) items.push_back(std::move(item));
  }
  if (auto status = draft.SetValue(one.field, std::move(field.value)); !status.ok()) return status;
  draft.fields[at].attributes = std::move(field.attributes);
  return absl::OkStatus();
}

absl::StatusOr<bool> ChangeTags(record::Draft& draft, const std::vector<std::string>& add,
                                const std::vector<std::string>& remove) {
  auto more = TagsSaid(add);
  if (!more.ok()) return more.status();
  auto fewer = TagsSaid(remove);
  if (!fewer.ok()) return fewer.status();
  for (const std::string& tag : *fewer) {
    if (IsAmong(*more, tag)) {
      return absl::InvalidArgumentError(
          absl::StrCat("flow: the tag `", tag, "` is both added and taken out; say which"));
    }
  }
  if (IsAmong(*fewer, record::kSarTag) && IsAmong(draft.handling.conditions, record::kSarCondition)) {
    return absl::FailedPreconditionError(absl::StrCat("flow: the tag `", std::string(record::kSarTag),
                                                      "` is signed with the record, as the condition `",
                                                      std::string(record::kSarCondition),
                                                      "`, and to take out the tag would not take that away. If it was "
                                                      "marked by mistake, recall the record and add it "
                                                      "anew without the tag"));
  }
  std::vector<std::string> tags = draft.local.tags;
  // A tag may stand there as an older version wrote it, in another spelling.
  std::erase_if(tags, [&fewer](const std::string& tag) {
    std::vector<std::string> settled = {tag};
    record::SettleTags(settled);
    return IsAmong(*fewer, settled.front());
  });
  tags.insert(tags.end(), more->begin(), more->end());
  record::SettleTags(tags);
  const bool in_fields = TakeOutOfFields(draft, *fewer);
  const bool changed = in_fields || tags != draft.local.tags;
  draft.local.tags = std::move(tags);
  return changed;
}

}  // namespace tidegate::flow
