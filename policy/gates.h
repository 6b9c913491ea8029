// The gates. Their constructors are private, and only the Engine calls them. So nobody can seal, admit or show a
// record, or answer our own people, without a decision. A gate for a record serves no other record.
#ifndef TIDEGATE_POLICY_GATES_H_
#define TIDEGATE_POLICY_GATES_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/types/span.h"
#include "policy/labels.h"
#include "policy/principal.h"
#include "policy/rights.h"

namespace tidegate::policy {

enum class Effect { kPermit, kForbid };

// One policy as people refer to it.
struct Rule {
  std::string id;     // @id("...") or `file:line`
  std::string file;   // `baseline/...` for the policies every node starts from
  uint32_t line = 0;  // 1-based
  Effect effect = Effect::kForbid;
  std::string comment;  // the comment lines directly above it, joined by spaces

  std::string Where() const;  // `id (file:line)`, fit to show: an id may be any text
};

// Why a gate was not made. `rules` are the forbids that held or erred. They are empty if no permit applied.
struct Refusal {
  std::vector<Rule> rules;
  std::string sentence;  // for people; holds no contents of the record

  std::string ToString() const;  // the sentence and `id (file:line)` of each rule
};

// The rungs that policy allows for one (partner, label, kind, field marking). Shared and immutable.
struct Mask {
  bool travels = false;  // some slot is open: the record itself may go
  Rungs rungs;           // per slot

  // Indices into Engine::rules() of the permits that open the slot at its rung; empty if it is withheld.
  absl::Span<const uint16_t> PermitsOf(size_t slot) const {
    if (slot + 1 >= permits_begin.size()) return {};
    return absl::MakeConstSpan(permits).subspan(permits_begin[slot], permits_begin[slot + 1] - permits_begin[slot]);
  }

  std::vector<uint16_t> permits;        // of slot 0, then of slot 1, ...
  std::vector<uint32_t> permits_begin;  // slots + 1 offsets into `permits`
  std::vector<uint16_t> deciding;       // all of them once, sorted: for the register
};

// Whether a gate can still be used. A move takes this along. So a gate that was given to the function that it allows
// allows nothing any more.
class Unused {
 public:
  Unused() = default;
  Unused(Unused&& other) noexcept : unused_(std::exchange(other.unused_, false)) {}
  Unused& operator=(Unused&& other) noexcept {
    unused_ = std::exchange(other.unused_, false);
    return *this;
  }
  explicit operator bool() const { return unused_; }

 private:
  bool unused_ = true;
};

// A record may leave: one leaf goes to one partner, at these rungs, under this policy version, between these instants.
class Disclosure {
 public:
  Disclosure(Disclosure&&) = default;
  Disclosure& operator=(Disclosure&&) = default;
  Disclosure(const Disclosure&) = delete;
  Disclosure& operator=(const Disclosure&) = delete;

  const std::string& partner() const { return partner_; }
  const Leaf& leaf() const { return leaf_; }
  // For each slot of the kind, the rung that goes, already limited to what is held. kWithheld where nothing goes.
  const Rungs& rungs() const { return rungs_; }
  // Ids of the permits that open fields of such a record, sorted. They go into the register.
  std::vector<std::string> RuleIds() const;
  const Digest& policy_version() const { return version_; }
  // The purposes that record and partner share, sorted.
  const std::vector<std::string>& purposes() const { return *purposes_; }
  std::optional<int64_t> not_before_ms() const { return not_before_ms_; }
  std::optional<int64_t> expiry_ms() const { return expiry_ms_; }

  // Whether this gate is for that leaf and partner at that time. Sealing asks it before it joins a record with a key.
  bool Allows(const Leaf& leaf, std::string_view partner, int64_t now_ms) const;

 private:
  friend class Engine;
  Disclosure() = default;

  Unused unused_;
  std::string partner_;
  Leaf leaf_{};
  Rungs rungs_;
  std::vector<uint16_t> rule_indices_;
  std::shared_ptr<const std::vector<Rule>> rules_;
  std::shared_ptr<const std::vector<std::string>> purposes_;
  Digest version_{};
  std::optional<int64_t> not_before_ms_;
  std::optional<int64_t> expiry_ms_;
};

// A record may enter: one leaf, from one partner.
class Admission {
 public:
  Admission(Admission&&) = default;
  Admission& operator=(Admission&&) = default;
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  const std::string& sender() const { return sender_; }
  const Leaf& leaf() const { return leaf_; }
  const std::vector<std::string>& rule_ids() const { return *rule_ids_; }
  const Digest& policy_version() const { return version_; }
  bool Allows(const Leaf& leaf, std::string_view sender) const { return unused_ && leaf_ == leaf && sender_ == sender; }

 private:
  friend class Engine;
  Admission() = default;

  Unused unused_;
  std::string sender_;
  Leaf leaf_{};
  std::shared_ptr<const std::vector<std::string>> rule_ids_;
  Digest version_{};
};

// A field that the record has, and that this user may not see, or may not see as finely as it is held.
struct HiddenField {
  uint16_t slot = 0;  // position in the kind's slots
  std::shared_ptr<const Refusal> why;
};

// This user may read, for this reason: one leaf, or a search over many (Engine::Sees then decides about each record).
class Access {
 public:
  Access(Access&&) = default;
  Access& operator=(Access&&) = default;
  Access(const Access&) = delete;
  Access& operator=(const Access&) = delete;

  const Principal& principal() const { return principal_; }
  const std::string& reason() const { return reason_; }
  const std::string& scope() const { return scope_; }        // of a search, else empty
  const std::optional<Leaf>& leaf() const { return leaf_; }  // of a single record
  const Digest& policy_version() const { return version_; }
  // False for a search: ask Engine::Sees.
  bool Allows(const Leaf& leaf) const { return unused_ && leaf_ == leaf; }
  // For each slot of the kind, the rung that may be seen, already limited to what is held. It is empty if the Access
  // was asked for without the record's fields. Then no field may be seen.
  const Rungs& rungs() const { return rungs_; }
  // False where everything that is held may be seen as it is held.
  bool narrows() const { return narrows_; }
  const std::vector<HiddenField>& hidden() const { return hidden_; }

 private:
  friend class Engine;
  explicit Access(Principal principal) : principal_(std::move(principal)) {}

  Unused unused_;
  Principal principal_;
  std::string reason_;
  std::string scope_;
  std::optional<Leaf> leaf_;
  Digest version_{};
  Rungs rungs_;
  bool narrows_ = true;
  std::vector<HiddenField> hidden_;
};

// This user may do one action in one area. Code that answers a user asks for it (node/api).
class Right {
 public:
  Right(Right&&) = default;
  Right& operator=(Right&&) = default;
  Right(const Right&) = delete;
  Right& operator=(const Right&) = delete;

  const Principal& principal() const { return principal_; }
  Action action() const { return action_; }
  Area area() const { return area_; }

 private:
  friend class Engine;
  Right(Principal principal, Action action, Area area)
      : principal_(std::move(principal)), action_(action), area_(area) {}

  Principal principal_;
  Action action_;
  Area area_;
};

// A gate, or why there is none. There is no third outcome: every failure is a refusal.
template <typename Gate>
class [[nodiscard]] Ruling {
 public:
  Ruling(Gate gate) : outcome_(std::move(gate)) {}           // NOLINT: implicit by design, as StatusOr
  Ruling(Refusal refusal) : outcome_(std::move(refusal)) {}  // NOLINT

  bool allowed() const { return std::holds_alternative<Gate>(outcome_); }
  explicit operator bool() const { return allowed(); }
  // Precondition: allowed().
  const Gate& operator*() const& { return std::get<Gate>(outcome_); }
  Gate&& operator*() && { return std::get<Gate>(std::move(outcome_)); }
  const Gate* operator->() const { return &std::get<Gate>(outcome_); }
  // Precondition: !allowed().
  const Refusal& refusal() const { return std::get<Refusal>(outcome_); }

 private:
  std::variant<Gate, Refusal> outcome_;
};

}  // namespace tidegate::policy

#endif  // TIDEGATE_POLICY_GATES_H_
