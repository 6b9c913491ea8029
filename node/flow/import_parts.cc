#include "node/flow/import_parts.h"

#include <functional>
#include <utility>

#include "node/flow/import_stix.h"

namespace tidegate::flow {
namespace {

// Between the key of an object and the name of a part.
constexpr char kPartMark = '#';
constexpr size_t kLinksAPage = 1000;

uint64_t HashOf(std::string_view text) { return std::hash<std::string_view>{}(text); }

bool IsPart(std::string_view key) { return key.find(kPartMark) != std::string_view::npos; }

// Whether the object's version in this file counts here: the node already holds what it says, takes it now, or somebody
// settled a conflict about it, after which it counts as said. (An object that the file made itself, earlier, is
// rejected.)
bool Counts(const Task& task) {
  if (task.reject || !task.held) return false;
  if (task.facts) return true;
  return task.verdict == Verdict::kUnchanged || task.verdict == Verdict::kAmend || task.verdict == Verdict::kWithdraw;
}

}  // namespace

void ImportParts::See(const intake::Item& item) {
  for (const std::string* key : {&item.source_key, &item.former_key}) {
    if (IsPart(*key)) seen_.insert(HashOf(*key));
  }
}

void ImportParts::Reject(const intake::Reject& reject) {
  if (!reject.object.empty()) rejected_.insert(HashOf(reject.object));
}

void ImportParts::Judged(const Task& task) {
  const intake::Item& item = *task.item;
  if (!item.has_parts) return;
  if (!task.held && task.record) counted_.insert(HashOf(item.source_key));
  const bool taken_back = item.revoked && task.recalled_as.has_value();  // its record was recalled here before
  if (!Counts(task) && !taken_back) return;
  Object object;
  object.id = taken_back ? *task.recalled_as : task.held->id;
  object.key = taken_back ? item.source_key : task.held->record->local.source_reference;
  object.item.object = item.object;
  object.item.identity = item.identity;
  object.item.position = item.position;
  object.item.draft.local.source = task.word;
  counted_.insert(HashOf(object.key));
  objects_.push_back(std::move(object));
}

bool ImportParts::SaysNoLonger(std::string_view part_key) const {
  const std::string_view object = part_key.substr(0, part_key.find(kPartMark));
  if (object.size() == part_key.size() || counted_.count(HashOf(object)) == 0 || Saw(part_key)) return false;
  return rejected_.count(HashOf(ObjectOfKey(object))) == 0;
}

bool ImportParts::Saw(std::string_view key) const { return seen_.count(HashOf(key)) > 0; }

absl::StatusOr<std::vector<intake::Item>> ImportParts::Lost(const store::Reader& reader,
                                                            const std::string& organisation) const {
  std::vector<intake::Item> lost;
  std::unordered_set<std::string> taken;
  for (const Object& object : objects_) {
    if (rejected_.count(HashOf(object.item.object)) > 0) continue;
    const std::string prefix = object.key + kPartMark;
    const auto withdraw = [&](const std::string& key) {
      if (Saw(key) || !taken.insert(key).second) return;
      intake::Item item;
      item.source_key = key;
      item.object = object.item.object;
      item.identity = object.item.identity;
      item.position = object.item.position;
      item.draft.local.source = object.item.draft.local.source;
      item.revoked = true;
      lost.push_back(std::move(item));
    };
    store::Query query;
    query.where = store::Where::All({store::Where::OfKind("link"), store::Where::Has(record::ReferenceTerm(object.id)),
                                     store::Where::By(organisation)});
    query.limit = kLinksAPage;
    do {
      const auto page = reader.Find(query);
      if (!page.ok()) return page.status();
      for (const uint64_t seq : page->seqs) {
        const auto link = reader.GetRecord(seq);
        if (store::Damaged(link.status())) continue;  // `verify` names it
        if (!link.ok()) return link.status();
        const std::string& key = link->local.source_reference;
        if (key.compare(0, prefix.size(), prefix) != 0) continue;
        withdraw(key);
        // A link to a fact within the object: OBJECT#NAME.
        const std::string_view target = std::string_view(key).substr(prefix.size());
        const std::string inner = object.item.object + kPartMark;
        if (target.substr(0, inner.size()) == inner) withdraw(prefix + std::string(target.substr(inner.size())));
      }
      query.before = page->next;
    } while (query.before != 0);
  }
  return lost;
}

}  // namespace tidegate::flow
