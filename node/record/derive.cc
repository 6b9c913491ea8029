#include "node/record/derive.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "node/record/value/refusal.h"
#include "policy/label/label.h"

namespace tidegate::record {
namespace {

using Words = std::vector<std::string>;

Words Sorted(Words words) {
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  return words;
}

Words Both(const Words& a, const Words& b) {
  const Words left = Sorted(a), right = Sorted(b);
  Words both;
  std::set_intersection(left.begin(), left.end(), right.begin(), right.end(), std::back_inserter(both));
  return both;
}

Words Either(Words a, const Words& b) {
  a.insert(a.end(), b.begin(), b.end());
  return Sorted(std::move(a));
}

// By an ascending list of words. An empty word is looser than each of them, any other that is not among them stricter.
std::string Stricter(std::string_view a, std::string_view b, std::span<const std::string_view> ascending) {
  const auto rank = [&](std::string_view word) {
    return word.empty() ? -1 : std::find(ascending.begin(), ascending.end(), word) - ascending.begin();
  };
  return std::string(rank(a) < rank(b) ? b : a);
}

std::string StricterCode(std::string_view a, std::string_view b) {
  if (a == b) return std::string(a);
  return a == "C" || b == "C" ? "C" : "";  // of `P` and nothing said, nothing is
}

// A record that may go to the whole world needs no purpose to go; it takes none from the other.
bool NeedsNoPurpose(const Handling& handling) {
  return handling.purposes.empty() && handling.effective_tlp() == Tlp::kClear;
}

Words PurposesOf(const Handling& a, const Handling& b) {
  if (NeedsNoPurpose(a)) return Sorted(b.purposes);
  return NeedsNoPurpose(b) ? Sorted(a.purposes) : Both(a.purposes, b.purposes);
}

std::optional<uint64_t> Earlier(const std::optional<uint64_t>& a, const std::optional<uint64_t>& b) {
  return a && b ? std::min(a, b) : (a ? a : b);
}

std::string Listed(const Words& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : "; ") + word;
  return text.empty() ? "none" : text;
}

// The inherited value, in words, under a name that LooserMarking gives.
std::string InWords(std::string_view name, const Inheritance& inherited) {
  const Handling& handling = inherited.handling;
  if (name == "tlp") return std::string(TlpName(handling.effective_tlp()));
  if (name == "pap") return handling.pap;
  if (name == "handling_code") return handling.handling_code;
  if (name == "conditions") return Listed(handling.conditions);
  if (name == "purposes") return Listed(handling.purposes);
  if (name == "legal_basis") return Listed(handling.legal_basis);
  if (name == "onward") return std::string(handling.effective_onward());
  if (name == "recipients") return Listed(inherited.local.named_recipients);
  if (name == "tags") return Listed(inherited.local.tags);
  return "another time";
}

}  // namespace

Inheritance InheritanceOf(const VerifiedView& view, const LocalFacts& local, bool own) {
  Inheritance inherited;
  inherited.handling = view.handling();
  Handling& handling = inherited.handling;
  // Grades say how good that record is, not how this one is to be handled.
  handling.source_grade.clear();
  handling.intelligence_grade.clear();
  Tlp strictest = handling.effective_tlp();
  Words tags = local.tags;
  for (size_t i = 0; i < view.size(); ++i) {
    strictest = std::max(strictest, view.attributes(i).tlp.value_or(Tlp::kClear));
    if (view.slot(i).label_fact != LabelFact::kTag) continue;
    for (const Scalar& item : view.value(i).items) {
      if (const auto* code = std::get_if<CodeValue>(&item)) tags.push_back(code->code);
    }
  }
  handling.tlp = strictest;
  handling.conditions = Sorted(ConditionsSaid(handling, local));
  handling.purposes = Sorted(std::move(handling.purposes));
  handling.legal_basis = Sorted(std::move(handling.legal_basis));
  const Words& conditions = handling.conditions;
  if (std::find(conditions.begin(), conditions.end(), kSarCondition) != conditions.end()) tags.emplace_back(kSarTag);
  inherited.local.tags = Sorted(std::move(tags));
  if (own) inherited.local.named_recipients = Sorted(local.named_recipients);
  return inherited;
}

Inheritance Join(const Inheritance& a, const Inheritance& b) {
  Inheritance both;
  Handling& handling = both.handling;
  handling.tlp = std::max(a.handling.effective_tlp(), b.handling.effective_tlp());
  handling.handling_code = StricterCode(a.handling.handling_code, b.handling.handling_code);
  handling.conditions = Either(a.handling.conditions, b.handling.conditions);
  handling.purposes = PurposesOf(a.handling, b.handling);
  // Two that have no purpose in common: nothing serves both, and CLEAR without purpose would say "any".
  const bool none_common = handling.purposes.empty() && !(NeedsNoPurpose(a.handling) && NeedsNoPurpose(b.handling));
  if (none_common) handling.tlp = std::max(*handling.tlp, Tlp::kGreen);
  handling.legal_basis = Both(a.handling.legal_basis, b.handling.legal_basis);
  constexpr std::string_view kOnward[] = {kOnwardYes, kOnwardUnnamed, kOnwardAsk, kOnwardNo};
  handling.onward = Stricter(a.handling.effective_onward(), b.handling.effective_onward(), kOnward);
  handling.pap = Stricter(a.handling.pap, b.handling.pap, label::kPaps);
  handling.expiry_ms = Earlier(a.handling.expiry_ms, b.handling.expiry_ms);
  handling.not_before_ms = std::max(a.handling.not_before_ms, b.handling.not_before_ms);
  if (a.handling.retention == b.handling.retention) handling.retention = a.handling.retention;
  both.local.tags = Either(a.local.tags, b.local.tags);
  both.local.named_recipients = Both(a.local.named_recipients, b.local.named_recipients);
  return both;
}

void Inherit(Draft& draft, const Inheritance& inherited) {
  draft.handling = inherited.handling;
  draft.local.tags = inherited.local.tags;
  draft.local.named_recipients = inherited.local.named_recipients;
}

void Tighten(Draft& draft, const Inheritance& inherited) {
  Inheritance own{draft.handling, {}};
  own.local.tags = draft.local.tags;
  own.local.named_recipients = draft.local.named_recipients;
  if (own.handling.purposes.empty()) own.handling.purposes = inherited.handling.purposes;
  if (own.handling.legal_basis.empty()) own.handling.legal_basis = inherited.handling.legal_basis;
  if (own.local.named_recipients.empty()) own.local.named_recipients = inherited.local.named_recipients;
  Inheritance both = Join(own, inherited);
  both.handling.source_grade = draft.handling.source_grade;
  both.handling.intelligence_grade = draft.handling.intelligence_grade;
  if (!draft.handling.retention.empty()) both.handling.retention = draft.handling.retention;
  Inherit(draft, both);
}

absl::Status KeepsTo(const Draft& draft, const Inheritance& inherited) {
  Draft limit;
  limit.kind = draft.kind;
  limit.handling = inherited.handling;
  limit.local = inherited.local;
  const std::string looser = LooserMarking(limit, draft);
  if (looser.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      Joined({"record: `", looser, "` would be looser than in the records that this record is about, which say: ",
              InWords(looser, inherited), "; make it as strict, or stricter"}));
}

}  // namespace tidegate::record
