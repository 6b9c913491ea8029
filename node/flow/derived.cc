#include "node/flow/derived.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "node/decision/decision.h"
#include "node/flow/drafts.h"

namespace tidegate::flow {
namespace {

constexpr std::string_view kLink = "link", kSighting = "sighting";

absl::StatusOr<uint64_t> Find(const store::Reader& reader, const record::Draft& draft, const record::RecordId& id,
                              std::string_view origin) {
  if (origin.empty()) return decision::FindNamed(reader, draft.local, id);
  // One end of a link may be that author's, and the other end somebody else's.
  auto theirs = reader.FindById(id, origin);
  return absl::IsNotFound(theirs.status()) ? reader.FindById(id) : theirs;
}

absl::Status MaySayAbout(const record::Draft& draft, const store::StoredRecord& subject, const std::string& id) {
  if (subject.erased || subject.event == store::Event::kRecall) {
    return absl::FailedPreconditionError(
        absl::StrCat("flow: `", id, "` was recalled or withdrawn by its author; nothing more is said about it"));
  }
  if (draft.kind->name == kSighting && subject.own) {
    return absl::FailedPreconditionError(absl::StrCat(
        "flow: `", id, "` is your own record, and a sighting tells its author; say it with `tidegate amend ", id, "`"));
  }
  return absl::OkStatus();
}

absl::Status CanBeReleased(const record::Handling& handling) {
  if (!handling.expiry_ms || !handling.not_before_ms || *handling.expiry_ms > *handling.not_before_ms) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(
      "flow: one of these records expires before the other is released; nothing that is said about both can be shared");
}

// The fields that say which link it is.
constexpr std::string_view kLinkFields[] = {"from", "verb", "to"};

// What a link says there; nothing if it lacks that end.
record::Value ValueOf(const record::Draft& link, std::string_view name) {
  const auto field = link.fields.find(link.kind->FindSlot(name)->number);
  return field == link.fields.end() ? record::Value() : field->second.value;
}

}  // namespace

std::vector<record::RecordId> RecordsNamedIn(const record::Draft& draft) {
  std::vector<record::RecordId> ids;
  for (const auto& [slot, field] : draft.fields) {
    for (const record::Scalar& item : field.value.items) {
      if (const auto* reference = std::get_if<record::Reference>(&item)) ids.push_back(reference->id);
    }
  }
  return ids;
}

bool IsDerived(uint32_t kind) {
  static const uint32_t link = record::Catalogue::FindKind(kLink)->number;
  static const uint32_t sighting = record::Catalogue::FindKind(kSighting)->number;
  return kind == link || kind == sighting;
}

absl::StatusOr<std::vector<store::StoredRecord>> SubjectsOf(const store::Reader& reader, const record::Draft& draft,
                                                            std::string_view origin) {
  std::vector<store::StoredRecord> subjects;
  for (const record::RecordId& id : RecordsNamedIn(draft)) {
    const std::string name = record::FormatRecordId(id);
    auto seq = Find(reader, draft, id, origin);
    if (absl::IsNotFound(seq.status())) {
      return absl::NotFoundError(absl::StrCat("flow: no record `", name, "` is held here"));
    }
    if (!seq.ok()) return seq.status();
    auto subject = reader.GetRecord(*seq);
    if (!subject.ok()) return subject.status();
    if (auto may = MaySayAbout(draft, *subject, name); !may.ok()) return may;
    subjects.push_back(*std::move(subject));
  }
  return subjects;
}

absl::StatusOr<record::Inheritance> PassedOnBy(const store::StoredRecord& subject) {
  auto view = record::Verify(subject.view);
  if (!view.ok()) return view.status();
  return record::InheritanceOf(*view, subject.local, subject.own);
}

absl::StatusOr<record::Inheritance> InheritedFrom(const std::vector<store::StoredRecord>& subjects,
                                                  const record::Kind& kind) {
  std::optional<record::Inheritance> all;
  for (const store::StoredRecord& subject : subjects) {
    auto one = PassedOnBy(subject);
    if (!one.ok()) return one.status();
    all = all.has_value() ? record::Join(*all, *one) : *std::move(one);
  }
  if (!all.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat("flow: a ", std::string(kind.name), " says which record it is about"));
  }
  if (auto can = CanBeReleased(all->handling); !can.ok()) return can;
  if (kind.name == kSighting) all->local.named_recipients = {subjects.front().origin};
  return *std::move(all);
}

absl::Status InheritInto(record::Draft& draft, const record::Inheritance& inherited) {
  // A RED record goes only to those whom it names. A link or sighting about it must go to nobody else.
  const bool open = inherited.local.named_recipients.empty() && inherited.handling.effective_tlp() != record::Tlp::kRed;
  const std::vector<std::string> named = draft.local.named_recipients;
  record::Tighten(draft, inherited);
  if (draft.kind->name == kSighting && open) draft.local.named_recipients = named;
  return CanBeReleased(draft.handling);
}

absl::Status SayWhose(record::Draft& draft, const std::vector<store::StoredRecord>& subjects) {
  draft.local.about.clear();
  for (const store::StoredRecord& subject : subjects) {
    if (subject.own) continue;
    auto statement = record::ParseStatement(subject.view.statement);
    if (!statement.ok()) return statement.status();
    draft.local.about.push_back(record::AboutItem(statement->record_id, statement->author_fpr));
  }
  std::sort(draft.local.about.begin(), draft.local.about.end());
  auto last = std::unique(draft.local.about.begin(), draft.local.about.end());
  draft.local.about.erase(last, draft.local.about.end());
  return absl::OkStatus();
}

absl::Status NotLinkedYet(const store::Reader& reader, const record::Draft& link, std::string_view self) {
  for (const std::string_view name : kLinkFields) {
    if (!ValueOf(link, name).items.empty()) continue;
    return absl::InvalidArgumentError(absl::StrCat("flow: a link needs `", std::string(name), "`"));
  }
  const std::vector<record::RecordId> ends = RecordsNamedIn(link);
  store::Query query;
  std::vector<store::Where> all = {store::Where::OfKind(std::string(kLink)), store::Where::By(std::string(self))};
  for (const record::RecordId& end : ends) all.push_back(store::Where::Has(record::ReferenceTerm(end)));
  query.where = store::Where::All(std::move(all));
  for (;;) {
    auto page = reader.Find(query);
    if (!page.ok()) return page.status();
    for (const uint64_t seq : page->seqs) {
      auto held = reader.GetRecord(seq);
      if (!held.ok()) return held.status();
      auto draft = DraftOf(*held);
      if (!draft.ok()) return draft.status();
      const bool same = std::all_of(std::begin(kLinkFields), std::end(kLinkFields), [&](std::string_view name) {
        return ValueOf(*draft, name) == ValueOf(link, name);
      });
      if (!same) continue;
      auto statement = record::ParseStatement(held->view.statement);
      if (!statement.ok()) return statement.status();
      return absl::AlreadyExistsError(
          absl::StrCat("flow: the same link is there already: `", record::FormatRecordId(statement->record_id), "`"));
    }
    if (page->next == 0) return absl::OkStatus();
    query.before = page->next;
  }
}

}  // namespace tidegate::flow
