#include "node/reading/neighbours.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace tidegate::reading {
namespace {

constexpr uint64_t kMostOpened = 20'000;         // rows of one question
constexpr size_t kMostBytes = size_t{64} << 20;  // of contents

}  // namespace

bool SaysIdentifier(const record::VerifiedView& view, const record::Identifier& identifier) {
  for (size_t i = 0; i < view.size(); ++i) {
    for (const record::Scalar& item : view.value(i).items) {
      const auto* said = std::get_if<record::Identifier>(&item);
      if (said != nullptr && *said == identifier) return true;
    }
  }
  return false;
}

absl::StatusOr<std::optional<Seen>> Reading::Neighbours::At(uint64_t seq) {
  if (opened_ >= kMostOpened || bytes_ >= kMostBytes) {
    cut_ = true;
    return std::optional<Seen>();
  }
  ++opened_;
  const auto record = Readable(glance_.reader().GetRecord(seq), seq, unread_);
  if (!record.ok()) return record.status();
  if (!*record || Gone(**record)) return std::optional<Seen>();
  auto seen = Readable(for_ == For::kShown ? glance_.See(**record) : glance_.Glimpse(**record), seq, unread_);
  if (seen.ok() && *seen && !(*seen)->view) seen->reset();
  if (seen.ok() && *seen) bytes_ += BytesOf(**seen);
  return seen;
}

absl::StatusOr<bool> Reading::Neighbours::Having(store::Where where, size_t most, std::vector<Seen>& into) {
  store::Query query;
  query.where = std::move(where);
  query.work = search::kMostWork;
  query.limit = 256;
  do {
    auto page = glance_.reader().Find(query);
    if (!page.ok()) return page.status();
    for (const uint64_t seq : page->seqs) {
      auto seen = At(seq);
      if (!seen.ok()) return seen.status();
      if (!*seen) continue;
      if (into.size() == most) return false;
      into.push_back(**std::move(seen));
    }
    query.before = page->next;
    if (page->stopped || opened_ >= kMostOpened) {
      cut_ = cut_ || page->next > 0;
      break;
    }
  } while (query.before > 0);
  return true;
}

absl::StatusOr<bool> Reading::Neighbours::Saying(const record::Identifier& identifier, size_t most,
                                                 std::vector<Seen>& into) {
  auto whole =
      Having(store::Where::Has({record::kIdentifierTerm, identifier.scheme + ":" + identifier.value}), most, into);
  if (!whole.ok()) return whole;
  into.erase(
      std::remove_if(into.begin(), into.end(), [&](const Seen& one) { return !SaysIdentifier(*one.view, identifier); }),
      into.end());
  return whole;
}

}  // namespace tidegate::reading
