#include "node/search/gone.h"

#include <algorithm>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "text/text.h"

namespace tidegate::search {
namespace {

// The state, if the condition is that something is gone.
std::optional<State> OfGone(const Meaning& meaning) {
  const auto* state = meaning.is == Meaning::Is::kCondition ? std::get_if<State>(&meaning.condition) : nullptr;
  if (state == nullptr || (*state != State::kRecalled && *state != State::kWithdrawn)) return std::nullopt;
  return *state;
}
bool IsOfGone(const Meaning& meaning) { return OfGone(meaning).has_value(); }

void Note(State state, Gone& gone) { (state == State::kRecalled ? gone.recalled : gone.withdrawn) = true; }

// Whether something that is gone may be an answer by this part alone, which is asked to hold or to fail.
bool MayMean(const Meaning& meaning, bool holds) {
  if (meaning.is == Meaning::Is::kCondition) return holds && IsOfGone(meaning);
  const bool below = meaning.is == Meaning::Is::kNot ? !holds : holds;
  return std::any_of(meaning.of.begin(), meaning.of.end(),
                     [below](const Meaning& part) { return MayMean(part, below); });
}

absl::Status Collect(const Meaning& meaning, Gone& gone) {
  if (const auto state = OfGone(meaning)) {
    Note(*state, gone);
    return absl::OkStatus();
  }
  if (meaning.is == Meaning::Is::kAll) {
    for (const Meaning& part : meaning.of) {
      if (auto status = Collect(part, gone); !status.ok()) return status;
    }
    return absl::OkStatus();
  }
  if (meaning.is == Meaning::Is::kAny && !meaning.of.empty() &&
      std::all_of(meaning.of.begin(), meaning.of.end(), IsOfGone)) {
    for (const Meaning& part : meaning.of) Note(*OfGone(part), gone);
    return absl::OkStatus();
  }
  if (!MayMean(meaning, true)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "search: `is:recalled` and `is:withdrawn` stand beside the other conditions, outside OR and NOT: records that "
      "are "
      "held and records that are gone are looked up apart, so ask twice");
}

// What is left of a record that is gone: who wrote it, of which kind, and when.
struct IsLeft {
  bool operator()(const OfKind&) const { return true; }
  bool operator()(const ByOrigin&) const { return true; }
  bool operator()(State) const { return true; }
  bool operator()(const Newer&) const { return true; }
  bool operator()(const At& asked) const { return asked.clock == Clock::kCreated || asked.clock == Clock::kArrived; }
  template <typename Other>
  bool operator()(const Other&) const {
    return false;
  }
};

bool AsksForContents(const Meaning& meaning) {
  if (meaning.is == Meaning::Is::kCondition) return !std::visit(IsLeft(), meaning.condition);
  return std::any_of(meaning.of.begin(), meaning.of.end(), AsksForContents);
}

}  // namespace

absl::StatusOr<Gone> GoneIn(const Meaning& meaning) {
  Gone gone;
  if (auto status = Collect(meaning, gone); !status.ok()) return status;
  if (gone.any() && AsksForContents(meaning)) {
    return absl::InvalidArgumentError(
        "search: of a record that is no longer held, neither contents nor handling are left to ask for; ask with "
        "kind:, "
        "origin:, created:, arrived:, is:own, is:received or is:new");
  }
  return gone;
}

absl::StatusOr<State> GoneState(std::string_view word) {
  if (word == "recalled") return State::kRecalled;
  if (word == "withdrawn") return State::kWithdrawn;
  const std::vector<std::string_view> known = {"recalled", "withdrawn"};
  return absl::InvalidArgumentError(absl::StrCat("search: `", std::string(word),
                                                 "` is not a state; the states are `recalled` and `withdrawn`",
                                                 text::DidYouMean(word, known)));
}

}  // namespace tidegate::search
