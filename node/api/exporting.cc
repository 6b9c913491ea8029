#include "node/api/exporting.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "crypto/checkpoint/checkpoint.h"
#include "crypto/merkle/merkle.h"
#include "node/api/auditing.h"
#include "node/api/deciding.h"
#include "node/api/instant.h"
#include "node/ledger/excerpt/excerpt.h"
#include "text/text.h"

namespace tidegate::api {
namespace {

// Entries that are looked at in one go. A page of the register names at most 20 damaged ones, and of consecutive
// entries each must be named.
constexpr size_t kConsecutive = 16;
constexpr size_t kIndicesAtOnce = 256;
constexpr size_t kPieceBytes = size_t{1} << 20;

// One entry of the excerpt, but for its proof.
struct Item {
  uint64_t index = 0;
  crypto::Hash leaf{};
  std::string entry;  // empty: damaged
  std::string shown;
};

std::string ShownJson(const v1::AuditEntry& entry) {
  nlohmann::json json = {{"index", entry.index()},   {"time", entry.time()},      {"kind", entry.kind()},
                         {"user", entry.user()},     {"reason", entry.reason()},  {"partner", entry.partner()},
                         {"source", entry.source()}, {"summary", entry.summary()}};
  json["records"] = std::vector<std::string>(entry.records().begin(), entry.records().end());
  json["policy_version"] = entry.policy_version();
  if (entry.has_policy_number()) json["policy_number"] = entry.policy_number();
  if (entry.import() != 0) json["import"] = entry.import();
  if (entry.asked_size() > 0) json["asked"] = std::vector<std::string>(entry.asked().begin(), entry.asked().end());
  for (const v1::LeftRecord& left : entry.left()) {
    nlohmann::json one = {{"record", left.record()},
                          {"notice", left.notice()},
                          {"fields", std::vector<std::string>(left.fields().begin(), left.fields().end())}};
    if (!left.held_until().empty()) one["held_until"] = left.held_until();
    json["left"].push_back(std::move(one));
  }
  return text::JsonTree(json);
}

// The entries of one excerpt. They can be read several times.
class Entries {
 public:
  Entries(const ledger::Register& disclosures, const decision::Decisions& decisions, const reading::Reading& reading,
          const policy::Principal& who)
      : disclosures_(disclosures), decisions_(decisions), reading_(reading), who_(who) {}

  // Finds which entries are meant.
  absl::Status Mean(const v1::ExportAuditRequest& request) {
    const uint64_t size = disclosures_.log().size();
    auto history = decisions_.History();
    if (!history.ok()) return history.status();
    history_ = *std::move(history);
    if (!request.record().empty()) return MeanRecord(request.record(), size);
    ledger::Filter filter;
    for (const auto& [text, end, into] :
         {std::tuple(&request.from(), false, &filter.since_ms), std::tuple(&request.to(), true, &filter.until_ms)}) {
      if (text->empty()) continue;
      auto at = InstantOf(*text, end);
      if (!at.ok()) return at.status();
      *into = *at;
    }
    return MeanTimes(filter, size);
  }

  const excerpt::Scope& scope() const { return scope_; }
  std::string InWords() const {
    if (!scope_.record.empty()) return absl::StrCat("what is about record ", scope_.record);
    return absl::StrCat("entries ", scope_.first, " to ", scope_.end - 1);
  }

  absl::Status ForEach(const std::function<absl::Status(const Item&)>& visit) const {
    const size_t step = scope_.record.empty() ? kConsecutive : kIndicesAtOnce;
    const uint64_t count = scope_.record.empty() ? scope_.end - scope_.first : indices_.size();
    for (uint64_t at = 0; at < count; at += step) {
      const uint64_t last = std::min<uint64_t>(at + step, count) - 1;
      auto page = Look(IndexOf(at), IndexOf(last) + 1);
      if (!page.ok()) return page.status();
      for (const Item& item : *page) {
        if (auto status = visit(item); !status.ok()) return status;
      }
    }
    return absl::OkStatus();
  }

 private:
  uint64_t IndexOf(uint64_t at) const { return scope_.record.empty() ? scope_.first + at : indices_[at]; }

  absl::Status MeanRecord(const std::string& record, uint64_t size) {
    auto id = reading_.WholeId(who_, record);
    if (!id.ok()) return id.status();
    scope_ = {.first = 0, .end = size, .record = *id};
    reading::AuditQuestion question;
    question.record = *id;
    question.limit = kIndicesAtOnce;
    for (question.before = size; question.before != 0;) {
      auto page = reading_.Audit(who_, question);
      if (!page.ok()) return page.status();
      for (const reading::Audited& one : page->entries) indices_.push_back(one.listed.index);
      // What cannot be read may be about the record.
      indices_.insert(indices_.end(), page->unreadable.begin(), page->unreadable.end());
      if (indices_.size() > excerpt::kMostEntries) return TooMany();
      question.before = page->next;
    }
    if (indices_.empty()) {
      return absl::NotFoundError(absl::StrCat("api: no entry of the register is about record ", *id));
    }
    std::sort(indices_.begin(), indices_.end());
    return absl::OkStatus();
  }

  // Takes everything from the first entry of those times to the last one, so that the file can prove that it leaves
  // nothing out. If somebody set the node's clock back meanwhile, entries of other times stand between them.
  absl::Status MeanTimes(const ledger::Filter& filter, uint64_t size) {
    for (uint64_t before = size; before != 0;) {
      auto page = disclosures_.List(filter, kIndicesAtOnce, before);
      if (!page.ok()) return page.status();
      for (const ledger::Listed& one : page->entries) {
        if (scope_.end == 0) scope_.end = one.index + 1;
        scope_.first = one.index;
      }
      before = page->next;
    }
    if (scope_.end == 0) return absl::NotFoundError("api: the register has no entry of those times");
    return scope_.end - scope_.first > excerpt::kMostEntries ? TooMany() : absl::OkStatus();
  }

  static absl::Status TooMany() {
    return absl::InvalidArgumentError(absl::StrCat("api: an excerpt has at most ", excerpt::kMostEntries,
                                                   " entries; name a shorter time with --from and --to"));
  }

  // The items of [first, end), ascending.
  absl::StatusOr<std::vector<Item>> Look(uint64_t first, uint64_t end) const {
    reading::AuditQuestion question;
    question.record = scope_.record;
    question.filter.from = first;
    question.limit = end - first;
    std::vector<Item> items;
    for (question.before = end; question.before > first && question.before != 0;) {
      auto page = reading_.Audit(who_, question);
      if (!page.ok()) return page.status();
      // Of an entry that the asker is not to know whole, the file has the hash: it still proves that nothing was
      // altered.
      std::vector<uint64_t> hashed = page->unreadable;
      hashed.insert(hashed.end(), page->withheld.begin(), page->withheld.end());
      for (const reading::Audited& audited : page->entries) {
        if (audited.in_part) {
          hashed.push_back(audited.listed.index);
          continue;
        }
        std::string bytes = ledger::EncodeEntry(audited.listed.entry);
        v1::AuditEntry shown;
        FillEntry(audited, history_, &shown);
        items.push_back({audited.listed.index, merkle::LeafHash(bytes), std::move(bytes), ShownJson(shown)});
      }
      for (const uint64_t index : hashed) {
        auto leaf = disclosures_.log().Leaf(index);
        if (!leaf.ok()) return leaf.status();
        items.push_back({index, *leaf, "", ""});
      }
      question.before = page->next;
    }
    // Entries about the record that came after the search do not belong to this excerpt.
    if (!scope_.record.empty()) {
      std::erase_if(items, [this](const Item& item) {
        return !std::binary_search(indices_.begin(), indices_.end(), item.index);
      });
    }
    std::sort(items.begin(), items.end(), [](const Item& a, const Item& b) { return a.index < b.index; });
    return items;
  }

  const ledger::Register& disclosures_;
  const decision::Decisions& decisions_;
  const reading::Reading& reading_;
  const policy::Principal& who_;
  std::vector<decision::PolicyVersion> history_;
  excerpt::Scope scope_;
  std::vector<uint64_t> indices_;  // of an excerpt about a record
};

// Gathers text and gives it on in pieces.
class Pieces {
 public:
  explicit Pieces(const std::function<bool(const v1::ExportAuditPart&)>& write) : write_(write) {}
  absl::Status Add(std::string_view text) {
    while (!text.empty()) {
      const std::string_view some = text.substr(0, kPieceBytes - part_.text().size());
      part_.mutable_text()->append(some);
      text.remove_prefix(some.size());
      if (part_.text().size() < kPieceBytes) continue;
      if (auto status = Flush(); !status.ok()) return status;
    }
    return absl::OkStatus();
  }
  absl::Status Flush() {
    if (!write_(part_)) return absl::CancelledError("api: the asker has gone");
    part_.Clear();
    return absl::OkStatus();
  }
  v1::ExportAuditPart& part() { return part_; }

 private:
  const std::function<bool(const v1::ExportAuditPart&)>& write_;
  v1::ExportAuditPart part_;
};

// Adds proofs that the tree of `size` entries continues the heads of earlier excerpts.
absl::Status AddEarlier(const ledger::Register& disclosures, std::optional<uint64_t> asked, uint64_t size,
                        excerpt::Head& head) {
  auto sizes = disclosures.ExcerptedSizes();
  if (!sizes.ok()) return sizes.status();
  if (asked) sizes->push_back(*asked);
  std::sort(sizes->begin(), sizes->end());
  sizes->erase(std::unique(sizes->begin(), sizes->end()), sizes->end());
  for (const uint64_t earlier : *sizes) {
    if (earlier == 0 || earlier > size) continue;
    if (head.earlier.size() >= excerpt::kMostEarlier && earlier != asked) continue;
    auto root = disclosures.log().Root(earlier);
    if (!root.ok()) return root.status();
    auto proof = disclosures.log().Consistency(earlier, size);
    if (!proof.ok()) return proof.status();
    if (head.earlier.size() == excerpt::kMostEarlier) head.earlier.pop_back();
    head.earlier.push_back({earlier, *root, *std::move(proof)});
  }
  return absl::OkStatus();
}

// Enters the seal into the register, and gives the first line of the file.
absl::StatusOr<excerpt::Head> SealIt(store::Store& store, ledger::Register& disclosures, const excerpt::Seal& seal,
                                     const excerpt::Digest& digest, const excerpt::Scope& scope,
                                     std::optional<uint64_t> earlier, uint64_t* size) {
  excerpt::Head head;
  head.scope = scope;
  head.stride = digest.stride();
  head.marks = digest.marks();
  head.state = digest.state();
  head.seal = excerpt::EncodeSeal(seal);
  auto entered = store.Write(store::Purpose::kProtection, [&](store::WriteTransaction& transaction) {
    auto index = disclosures.Append(transaction, seal);
    if (index.ok()) head.seal_index = *index;
    return index.status();
  });
  if (!entered.ok()) return entered;
  auto signed_head = disclosures.log().Checkpoint();
  if (!signed_head.ok()) return signed_head.status();
  *size = signed_head->size;
  auto proof = disclosures.log().Inclusion(head.seal_index, *size);
  if (!proof.ok()) return proof.status();
  head.seal_proof = *std::move(proof);
  head.note = signed_head->note;
  head.key = checkpoint::PrintVerifierKey(disclosures.log().verifier_key());
  if (auto status = AddEarlier(disclosures, earlier, *size, head); !status.ok()) return status;
  auto kept = store.Write(store::Purpose::kProtection, [&](store::WriteTransaction& transaction) {
    return disclosures.KeepExcerpted(transaction, *size);
  });
  if (!kept.ok()) return kept;
  return head;
}

}  // namespace

absl::Status ExportAudit(store::Store& store, ledger::Register& disclosures, const decision::Decisions& decisions,
                         const reading::Reading& reading, const policy::Principal& who, uint64_t now_ms,
                         const v1::ExportAuditRequest& request,
                         const std::function<bool(const v1::ExportAuditPart&)>& write) {
  auto act = ActOf(who, request.asker(), now_ms);
  if (!act.ok()) return act.status();
  if (!request.record().empty() && (!request.from().empty() || !request.to().empty())) {
    return absl::InvalidArgumentError("api: give either --record, or --from and --to");
  }
  std::optional<uint64_t> earlier;
  if (!request.against().empty()) {
    auto size = disclosures.SizeAt(request.against());
    if (!size.ok()) return size.status();
    earlier = *size;
  }
  Entries entries(disclosures, decisions, reading, who);
  if (auto status = entries.Mean(request); !status.ok()) return status;
  excerpt::Digest digest(disclosures.log().origin(), entries.scope());
  auto digested = entries.ForEach([&](const Item& item) {
    digest.Add(item.index, item.leaf, item.shown);
    return absl::OkStatus();
  });
  if (!digested.ok()) return digested;
  const excerpt::Seal seal{
      .at_ms = now_ms,
      .user = act->deed().user,
      .reason = act->deed().reason,
      .what = entries.InWords(),
      .count = digest.count(),
      .digest = excerpt::Digest::Of(digest.count(), digest.stride(), digest.marks(), digest.state())};
  uint64_t size = 0;
  auto head = SealIt(store, disclosures, seal, digest, entries.scope(), earlier, &size);
  if (!head.ok()) return head.status();
  Pieces pieces(write);
  if (auto status = pieces.Add(excerpt::PrintHead(*head)); !status.ok()) return status;
  excerpt::Digest again(disclosures.log().origin(), entries.scope());
  auto written = entries.ForEach([&](const Item& item) -> absl::Status {
    again.Add(item.index, item.leaf, item.shown);
    auto proof = disclosures.log().Inclusion(item.index, size);
    if (!proof.ok()) return proof.status();
    const std::string line = excerpt::PrintLine({item.index, item.leaf, item.entry, item.shown, *std::move(proof)});
    if (line.size() > excerpt::kMostLineBytes) {
      return absl::ResourceExhaustedError(absl::StrCat("api: entry ", item.index, " is too large for an excerpt"));
    }
    pieces.part().set_entries(again.count());
    if (item.entry.empty()) pieces.part().add_damaged(item.index);
    return pieces.Add(line);
  });
  if (!written.ok()) return written;
  if (again.state() != digest.state()) {
    return absl::AbortedError(
        "api: a record that the register names changed while the excerpt was written; it is not valid: run the export "
        "again");
  }
  pieces.part().set_entries(again.count());
  pieces.part().set_whole(true);
  return pieces.Flush();
}

}  // namespace tidegate::api
