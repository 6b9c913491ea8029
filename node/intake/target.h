// Targets: where a text of a source goes. A mapping names them on its right-hand side, and front matter as its keys.
#ifndef TIDEGATE_NODE_INTAKE_TARGET_H_
#define TIDEGATE_NODE_INTAKE_TARGET_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/record/draft.h"

namespace tidegate::intake {

// A text goes to a field of the kind (or to a part or attribute of one), to the record's handling, or to the local
// facts.
struct Target {
  enum class Room : std::uint8_t { kField, kHandling, kRecipients, kTags };
  Room room = Room::kField;
  std::string name;                    // as Draft::SetField or Handling::Set takes it
  const record::Slot* slot = nullptr;  // of a kField
  std::string part;                    // kField: what follows the dot, empty for the field itself
  bool many = false;                   // takes a list separated by `;`
  bool operator==(const Target& other) const { return room == other.room && name == other.name; }
};

// Reads `kind.field`, `kind.field.part`, `handling.name`, `local.recipients` or `local.tags`. Errors name the nearest
// known name.
absl::StatusOr<Target> ParseTarget(const record::Kind& kind, std::string_view text);

// Reads a name as people say it, in front matter and with `--set`: a field with or without a part, a word of the
// handling in the singular or plural, with `-` or `_`, `recipient`, `tag`, and the aliases of reports (`date`,
// `reference`). Null if it is none of them.
std::optional<Target> TargetSaid(const record::Kind& kind, std::string_view name);
// The names that TargetSaid knows, for a kind.
std::vector<std::string> NamesSaid(const record::Kind& kind);

// Writes `text` to `target`. The error names the field.
absl::Status Write(const Target& target, std::string_view text, record::Draft* draft);

// Adds tags to the draft, and keeps them ascending and distinct.
void AddTags(const std::vector<std::string_view>& tags, record::Draft* draft);

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_TARGET_H_
