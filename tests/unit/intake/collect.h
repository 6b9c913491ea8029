// Reads a source whole and keeps what intake says about it.
#ifndef TIDEGATE_TESTS_UNIT_INTAKE_COLLECT_H_
#define TIDEGATE_TESTS_UNIT_INTAKE_COLLECT_H_

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "node/intake/intake.h"

namespace tidegate::intake {

struct Collected {
  absl::Status status;
  std::vector<Item> items;
  std::vector<std::string> originals;  // beside items
  std::vector<Reject> rejects;
  Summary summary;
  TableHead head;
};

inline Collected Collect(Format format, const Source& source, const Mapping* mapping = nullptr,
                         const Defaults& defaults = {}, const Limits& limits = {}) {
  Collected collected;
  auto items = [&collected](std::vector<Item>& batch) {
    for (Item& item : batch) {
      collected.originals.emplace_back(item.original);
      collected.items.push_back(std::move(item));
    }
    return absl::OkStatus();
  };
  auto rejects = [&collected](const Reject& reject) {
    collected.rejects.push_back(reject);
    return absl::OkStatus();
  };
  absl::StatusOr<Summary> summary =
      Read(format, source, mapping, defaults, limits, items, rejects, [&collected](const TableHead& head) {
        collected.head = head;
        return absl::OkStatus();
      });
  collected.status = summary.status();
  if (summary.ok()) collected.summary = *std::move(summary);
  return collected;
}

inline Collected CollectText(Format format, std::string_view text, const Mapping* mapping = nullptr,
                             const Defaults& defaults = {}, const Limits& limits = {}) {
  return Collect(format, {"source", text, true}, mapping, defaults, limits);
}

// The value of a field as a person reads it; empty if the draft has no such field.
inline std::string Shown(const record::Draft& draft, std::string_view field) {
  const record::Slot* slot = draft.kind->FindSlot(field);
  auto found = slot == nullptr ? draft.fields.end() : draft.fields.find(slot->number);
  return found == draft.fields.end() ? "" : record::DisplayValue(*slot, found->second.value);
}

inline const record::Field* FieldOf(const record::Draft& draft, std::string_view field) {
  const record::Slot* slot = draft.kind->FindSlot(field);
  auto found = slot == nullptr ? draft.fields.end() : draft.fields.find(slot->number);
  return found == draft.fields.end() ? nullptr : &found->second;
}

inline std::string FullText(const record::Draft& draft, std::string_view field) {
  const record::Field* found = FieldOf(draft, field);
  if (found == nullptr) return "";
  const auto* narrative = std::get_if<record::Narrative>(&found->value.items.front());
  return narrative == nullptr ? "" : narrative->text;
}

inline std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline void WriteFile(const std::string& path, std::string_view bytes) {
  std::ofstream out(path, std::ios::binary);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

// A folder of its own, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "tidegate-intake-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace tidegate::intake

#endif  // TIDEGATE_TESTS_UNIT_INTAKE_COLLECT_H_
