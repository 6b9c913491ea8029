#include "node/reading/labels.h"

#include <utility>

#include "node/record/record.h"

namespace tidegate::reading {
namespace {

// A question asks each of them for each record that it finds.
constexpr size_t kMostHidden = 32;
// A decision about one takes a tenth of a microsecond.
constexpr size_t kMostKnown = 1024;

}  // namespace

store::Where AnyLabelled(const std::vector<std::string>& labels, std::vector<store::Where> others) {
  std::vector<store::Where> any = std::move(others);
  for (const std::string& label : labels) any.push_back(store::Where::Labelled(label));
  return store::Where::Any(std::move(any));
}

std::vector<std::string> Labels::Hidden(const store::Reader& reader,
                                        const std::shared_ptr<const policy::Engine>& engine,
                                        const policy::Access& search) {
  const auto last = reader.LastLabel();
  if (!last.ok() || *last > kMostKnown) return {};
  std::vector<std::string> hidden;
  const threads::MutexLock lock(mutex_);
  if (engine_ != engine) {
    engine_ = engine;
    known_.clear();
  }
  Learn(reader, *engine, *last);
  for (const Known& label : known_) {
    if (label.handle == nullptr || engine->Sees(search, label.kind, label.handle)) continue;
    if (hidden.size() == kMostHidden) return {};
    hidden.push_back(label.bytes);
  }
  return hidden;
}

void Labels::Learn(const store::Reader& reader, const policy::Engine& engine, uint32_t last) {
  while (known_.size() < last) {
    Known label;
    auto bytes = reader.LabelBytes(static_cast<uint32_t>(known_.size() + 1));
    const auto decoded = bytes.ok() ? policy::DecodeLabel(*bytes) : absl::StatusOr<policy::Label>(bytes.status());
    const record::Kind* const kind = decoded.ok() ? record::Catalogue::FindKind(decoded->kind) : nullptr;
    if (kind != nullptr) label = {*std::move(bytes), kind->number, engine.Intern(*decoded)};
    known_.push_back(std::move(label));
  }
}

}  // namespace tidegate::reading
