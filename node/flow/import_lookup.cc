#include "node/flow/import_lookup.h"

#include "absl/strings/str_cat.h"
#include "node/flow/import_stix.h"
#include "node/flow/import_waiting.h"

namespace tidegate::flow {

absl::StatusOr<std::optional<Held>> ImportLookup::FindHeld(const store::Reader& reader,
                                                           const std::string& source_key) const {
  if (withdrawn_.count(source_key) > 0) return std::optional<Held>();
  if (const ImportFresh::One* fresh = fresh_.Find(source_key); fresh != nullptr) {
    return std::optional<Held>(Held{fresh->id, std::nullopt, {}, fresh->passes_on});
  }
  return FindStored(reader, identity_.names().organisation, source_key);
}

absl::Status ImportLookup::LookUpEnds(const store::Reader& reader, Task& task) const {
  std::vector<intake::Reference> absent;
  for (const intake::Reference& reference : task.item->references) {
    auto held = FindHeld(reader, reference.source_key);
    for (auto other = reference.others.begin(); other != reference.others.end() && held.ok() && !*held; ++other) {
      held = FindHeld(reader, *other);
    }
    if (!held.ok()) return held.status();
    if (*held) {
      task.ends.push_back(**std::move(held));
      continue;
    }
    auto recalled = WasRecalled(reader, reference.source_key);
    if (!recalled.ok()) return recalled.status();
    task.end_recalled |= *recalled || withdrawn_.count(reference.source_key) > 0;
    absent.push_back(reference);
  }
  if (absent.empty()) return absl::OkStatus();
  if (!task.item->may_dangle) {
    task.absent = absent.front();
    return absl::OkStatus();
  }
  task.dangling = absent.size();
  task.waits = std::make_shared<const WaitingLink>(WaitingLinkOf(*task.item, absent));
  return Dangle(absent, *task.item);
}

Task ImportLookup::LookUp(const store::Reader& reader, intake::Item& item) {
  Task task;
  task.item = &item;
  // A row that cannot be read costs only the items that need it.
  auto looked = LookUpEnds(reader, task);
  if (looked.ok()) looked = LookUpHeld(reader, task);
  if (!looked.ok()) {
    task.reject = RejectFor(item, request_, std::string(looked.message()));
    return task;
  }
  if (task.reject || task.recalled || item.revoked) return task;
  if (format_ == intake::Format::kReport) {
    if (auto other = guard_.SeenInRun(request_.run, item.source_key, request_.path)) {
      task.reject = RejectFor(item, request_, absl::StrCat("same ", item.identity, " as `", *other, "`"));
      return task;
    }
  }
  task.kept_whole = TypeKeptWhole(item.draft);
  if (task.absent) {
    task.reject = intake::DanglingReference(item, request_.path, *task.absent);
  } else if (auto resolved = SetEnds(task); !resolved.ok()) {
    task.reject = RejectFor(item, request_, std::string(resolved.message()));
  }
  return task;
}

absl::Status ImportLookup::LookUpRecalled(const store::Reader& reader, Task& task) {
  const intake::Item& item = *task.item;
  task.recalled = task.end_recalled && !request_.again;  // an item that names a recalled record is left out too
  for (const std::string* key : {&item.source_key, &item.former_key}) {
    if (key->empty() || !any_recalled_) continue;
    auto recalled = RecalledAs(reader, *key);
    if (!recalled.ok()) return recalled.status();
    task.recalled |= recalled->has_value() && !request_.again;
    if (recalled->has_value()) task.recalled_as = **recalled;
  }
  if (!task.recalled && !item.revoked && !request_.again && old_recalls_.MayBe(item.draft)) {
    task.recalled = true;
    doubtful_.push_back(item.source_key);
  }
  return absl::OkStatus();
}

absl::Status ImportLookup::LookUpHeld(const store::Reader& reader, Task& task) {
  intake::Item& item = *task.item;
  if (!item.object.empty()) task.word = item.draft.local.source;
  auto held = FindHeld(reader, item.source_key);
  if (held.ok() && !*held && !item.former_key.empty()) {
    held = FindStored(reader, identity_.names().organisation, item.former_key);
    // Only a record of the release that knew no sources is adopted; another's stays another's.
    if (held.ok() && *held && (*held)->record->local.source.known()) held->reset();
  }
  if (!held.ok()) return held.status();
  task.held = *std::move(held);
  if (!task.held) return LookUpRecalled(reader, task);
  if (!task.held->record) {
    task.reject = RejectFor(item, request_, "the same thing as an earlier item of this file");
    return absl::OkStatus();
  }
  task.verdict = Judge(item.draft.local.source, item.revoked, task.held->record->local.source);
  if (task.verdict == Verdict::kOtherProducer) {
    task.reject = RejectFor(item, request_,
                            "another organisation's object is held under this id; keep this source's objects apart "
                            "with --source NAME");
  }
  if (task.verdict == Verdict::kCompare) return AddRevisions(reader, identity_.log_fingerprint(), *task.held);
  if (task.verdict != Verdict::kAmend || !item.may_dangle) return absl::OkStatus();
  auto waited = WaitingLinkFor(reader, *task.held->record);
  if (!waited.ok()) return waited.status();
  if (*waited) task.waited = std::make_shared<const WaitingLink>(**std::move(waited));
  return absl::OkStatus();
}

}  // namespace tidegate::flow
