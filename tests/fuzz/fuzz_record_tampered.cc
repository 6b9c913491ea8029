// A good view with the bytes that the input says changed: it is refused, or it is another leaf, or nothing changed.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "node/record/record.h"

namespace record = tidegate::record;

namespace {

record::VerifiedView Good() {
  record::Draft draft = *record::Draft::Create("report");
  for (const auto& [name, text] : {std::pair{"title", "Seen at night"},
                                   {"place", "14 Harbour Lane|Grimsby|Lincolnshire|GB|53.5,-0.1"},
                                   {"observed", "2026-03-04T22:15Z"},
                                   {"identifiers", "phone:+447700900123"},
                                   {"wage", "20 GBP"}}) {
    if (!draft.SetField(name, text).ok()) std::abort();
  }
  record::Seed seed{};
  seed.fill(7);
  const record::VerifiedView full = *record::Commit(draft, record::CommitContext(), seed);
  std::vector<int8_t> mask(full.kind().slots.size(), -1);
  mask[full.kind().FindSlot("place")->number] = 2;
  mask[full.kind().FindSlot("wage")->number] = 1;
  mask[full.kind().FindSlot("title")->number] = 0;
  return *record::Verify(*record::Narrow(full.view(), mask));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const record::VerifiedView good = Good();
  static const std::string bytes = record::EncodeView(good.view());
  std::string changed = bytes;
  for (size_t i = 0; i + 3 <= size; i += 3) {
    const size_t at = (size_t{data[i]} << 8 | data[i + 1]) % changed.size();
    changed[at] = static_cast<char>(changed[at] ^ static_cast<char>(data[i + 2]));
  }
  absl::StatusOr<record::View> view = record::DecodeView(changed);
  if (!view.ok()) return 0;
  const absl::StatusOr<record::VerifiedView> verified = record::Verify(*std::move(view));
  if (changed == bytes && !verified.ok()) std::abort();
  if (changed != bytes && verified.ok() && verified->leaf() == good.leaf()) std::abort();
  return 0;
}
