// The digest of an excerpt (LEDGER.md, "Excerpts").
#include "crypto/bytes.h"
#include "node/ledger/excerpt/excerpt.h"

namespace tidegate::excerpt {
namespace {

constexpr std::string_view kScopeLabel = crypto::Label("TDGexs1");
constexpr std::string_view kLineLabel = crypto::Label("TDGexl1");
constexpr std::string_view kDigestLabel = crypto::Label("TDGexd1");

}  // namespace

Digest::Digest(std::string_view origin, const Scope& scope) {
  crypto::ByteWriter head;
  head.Raw(kScopeLabel).Lp16(origin).U64(scope.first).U64(scope.end).Lp16(scope.record);
  state_ = crypto::HashOf({head.view()});
}

void Digest::Add(uint64_t index, const Hash& leaf, std::string_view shown) {
  crypto::ByteWriter line;
  line.Raw(kLineLabel).Raw(state_).U64(index).Raw(leaf).U32(static_cast<uint32_t>(shown.size()));
  state_ = crypto::HashOf({line.view(), shown});
  if (++count_ % stride_ != 0) return;
  marks_.push_back(state_);
  if (marks_.size() <= kMostMarks) return;
  // Every second mark goes. The last one is of an odd place, so it goes too.
  stride_ *= 2;
  size_t kept = 0;
  for (size_t i = 1; i < marks_.size(); i += 2) marks_[kept++] = marks_[i];
  marks_.resize(kept);
}

Hash Digest::Of(uint64_t count, uint64_t stride, const std::vector<Hash>& marks, const Hash& state) {
  crypto::Sha256 hash;
  crypto::ByteWriter head;
  head.Raw(kDigestLabel).U64(count).U64(stride).U32(static_cast<uint32_t>(marks.size()));
  hash.Update(head.view());
  for (const Hash& mark : marks) hash.Update(crypto::View(mark));
  return hash.Update(crypto::View(state)).Finish();
}

}  // namespace tidegate::excerpt
