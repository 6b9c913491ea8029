#include "node/api/where.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "node/api/instant.h"
#include "policy/policy.h"
#include "text/text.h"

namespace tidegate::api {
namespace {

absl::StatusOr<record::Tlp> TlpOf(const std::string& text) {
  if (const auto tlp = record::ParseTlp(absl::AsciiStrToUpper(text))) return *tlp;
  const std::vector<std::string> known(std::begin(policy::kTlps), std::end(policy::kTlps));
  return absl::InvalidArgumentError(absl::StrCat("api: `", text, "` is no TLP", text::DidYouMean(text, known)));
}

// The code that is meant, or for the node's own tags what was typed.
std::string TagOf(const std::string& text) {
  const record::CodeList* list = record::Catalogue::FindCodeList("tag");
  const record::Code* code = list == nullptr ? nullptr : record::Catalogue::ResolveCode(*list, text);
  return code == nullptr ? text : std::string(code->code);
}

bool Contains(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

bool HasCode(const record::VerifiedView& view, const std::string& tag) {
  const record::Slot* slot = view.kind().FindSlot("tags");
  const int at = slot == nullptr ? -1 : view.Find(slot->number);
  if (at < 0) return false;
  const std::vector<record::Scalar>& items = view.value(static_cast<size_t>(at)).items;
  return std::any_of(items.begin(), items.end(), [&tag](const record::Scalar& item) {
    const auto* coded = std::get_if<record::CodeValue>(&item);
    return coded != nullptr && coded->code == tag;
  });
}

}  // namespace

bool Where::Holds(const reading::Seen& seen) const {
  const uint64_t created_ms = seen.statement.created_ms;
  // Nothing is changed of what only may be meant.
  if (seen.may) return false;
  if (!seen.view || created_ms < since_ms || created_ms >= until_ms) return false;
  if (tlp && seen.view->handling().effective_tlp() != *tlp) return false;
  return std::all_of(tags.begin(), tags.end(),
                     [&seen](const std::string& tag) { return Contains(seen.tags, tag) || HasCode(*seen.view, tag); });
}

absl::StatusOr<Where> WhereOf(const google::protobuf::RepeatedPtrField<v1::Assignment>& where) {
  Where out;
  for (const v1::Assignment& one : where) {
    if (one.field() == "kind") {
      out.question.kind = one.value();
    } else if (one.field() == "query") {
      if (!out.question.query.empty()) {
        return absl::InvalidArgumentError("api: give one query; AND joins two of them: 'kind:report AND car'");
      }
      out.question.query = one.value();
    } else if (one.field() == "identifier") {
      out.question.identifier = one.value();
    } else if (one.field() == "tlp") {
      auto tlp = TlpOf(one.value());
      if (!tlp.ok()) return tlp.status();
      out.tlp = *tlp;
    } else if (one.field() == "tag") {
      out.tags.push_back(TagOf(one.value()));
    } else if (one.field() == "since" || one.field() == "until") {
      const bool end = one.field() == "until";
      auto at = InstantOf(one.value(), end);
      if (!at.ok()) return at.status();
      (end ? out.until_ms : out.since_ms) = *at;
    } else {
      out.question.fields.emplace_back(one.field(), one.value());
    }
  }
  return out;
}

}  // namespace tidegate::api
