// The author's side: a draft becomes leaves, a root, a statement and the full view.
#include <algorithm>
#include <utility>

#include "crypto/merkle/merkle.h"
#include "node/record/label.h"
#include "node/record/opening.h"
#include "node/record/value/encoding.h"
#include "node/record/value/refusal.h"
#include "node/record/view_maker.h"

namespace tidegate::record {
namespace {

// The field at the finest rung its author knows; finer rungs are random, so that nobody learns that they are unknown.
absl::StatusOr<Opened> OpenField(const Slot& slot, const Field& field, SeedPieces& random) {
  absl::StatusOr<std::string> value = value::EncodeValidValue(slot, field.value);
  if (!value.ok()) return value.status();
  absl::StatusOr<std::string> attributes = EncodeAttributes(field.attributes);
  if (!attributes.ok()) return RefuseField(slot, {"its attributes are not valid"});
  Opened opened;
  opened.slot = slot.number;
  opened.rung = FinestRung(slot, field.value);
  opened.type = TypeNumber(slot);
  opened.attributes = *std::move(attributes);
  opened.salt = random.NextSalt();
  opened.finer.reserve(opened.rung);
  for (uint8_t r = 0; r < opened.rung; ++r) {
    opened.finer.push_back(random.NextHash());
    opened.salt = NextSalt(opened.salt);
  }
  opened.value = *std::move(value);
  return opened;
}

// How much randomness a record takes: a leaf or a salt for each slot, and the rungs that its author does not know.
size_t CountPieces(const Draft& draft) {
  size_t count = draft.kind->slots.size();
  for (const auto& [number, field] : draft.fields) {
    if (number < draft.kind->slots.size()) count += FinestRung(draft.kind->slots[number], field.value);
  }
  return count;
}

// The draft's handling as it is signed: never without TLP, and with the warning that a tag of this node must travel.
Handling SignedHandling(Draft& draft) {
  const bool sar = TaggedSar(draft);
  Handling handling = std::move(draft.handling);
  handling.tlp = handling.effective_tlp();
  const bool stated =
      std::find(handling.conditions.begin(), handling.conditions.end(), kSarCondition) != handling.conditions.end();
  if (sar && !stated) handling.conditions.emplace_back(kSarCondition);
  return handling;
}

absl::Status CheckContext(const CommitContext& context) {
  const bool put = context.act == Act::kPut;
  if (context.act == Act::kRecall) return Refuse({"a recall is committed by CommitRecall"});
  if (put && (context.revision != 0 || context.prev_leaf != Hash{})) return Refuse({"a put has no revision before it"});
  if (!put && (context.revision == 0 || context.prev_leaf == Hash{})) return Refuse({"an amend follows a revision"});
  return absl::OkStatus();
}

Statement StatementOf(const Draft& draft, const CommitContext& context, std::string handling) {
  Statement statement;
  statement.kind = draft.kind->number;
  statement.schema_version = draft.kind->schema_version;
  statement.record_id = context.record_id;
  statement.revision = context.revision;
  statement.prev_leaf = context.prev_leaf;
  statement.author_fpr = context.author_fpr;
  statement.created_ms = context.created_ms;
  statement.act = context.act;
  statement.handling = std::move(handling);
  statement.n = static_cast<uint16_t>(draft.kind->slots.size());
  return statement;
}

struct Leaves {
  std::vector<Hash> hashes;
  std::vector<uint64_t> present;
};

// One leaf for each slot of the kind; opened fields go into `view`, their contents from the draft into `maker`.
absl::StatusOr<Leaves> CommitFields(Draft& draft, const Seed& seed, View& view, ViewMaker& maker) {
  Leaves leaves;
  SeedPieces random(seed, CountPieces(draft));
  leaves.hashes.reserve(draft.kind->slots.size());
  leaves.present.reserve(draft.fields.size());
  view.opened.reserve(draft.fields.size());
  maker.ReserveFields(draft.fields.size());
  size_t bytes = 0;
  auto next = draft.fields.begin();
  for (const Slot& slot : draft.kind->slots) {
    if (next == draft.fields.end() || next->first != slot.number) {
      leaves.hashes.push_back(random.NextHash());
      continue;
    }
    Field& field = (next++)->second;
    absl::StatusOr<Opened> opened = OpenField(slot, field, random);
    if (!opened.ok()) return opened.status();
    leaves.hashes.push_back(LeafOfOpened(*opened, CoarserValues(slot, opened->rung, field.value)));
    leaves.present.push_back(slot.number);
    bytes += opened->value.size();
    view.opened.push_back(*std::move(opened));
    maker.AddField(std::move(field));
  }
  if (next != draft.fields.end()) return Refuse({"the draft has a field that its kind does not have"});
  if (bytes > kMaxViewBytes / 2)
    return Refuse({"the record's values have more than ", std::to_string(kMaxViewBytes / 2), " bytes together"});
  return leaves;
}

}  // namespace

bool TaggedSar(const Draft& draft) {
  const auto is_sar = [](std::string_view tag) { return tag == kSarTag || tag == "suspicious-activity-report"; };
  if (std::any_of(draft.local.tags.begin(), draft.local.tags.end(), is_sar)) return true;
  for (const auto& [number, field] : draft.fields) {
    if (number >= draft.kind->slots.size() || draft.kind->slots[number].label_fact != LabelFact::kTag) continue;
    for (const Scalar& item : field.value.items) {
      const auto* code = std::get_if<CodeValue>(&item);
      if (code != nullptr && is_sar(code->code)) return true;
    }
  }
  return false;
}

void SettleTags(std::vector<std::string>& tags) {
  const CodeList* list = Catalogue::FindCodeList("tag");
  for (std::string& tag : tags) {
    const Code* code = list == nullptr ? nullptr : Catalogue::ResolveCode(*list, tag);
    if (code != nullptr) tag = code->code;
  }
  std::sort(tags.begin(), tags.end());
  tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
}

absl::StatusOr<VerifiedView> Commit(Draft draft, const CommitContext& context, const Seed& seed) {
  if (draft.kind == nullptr || draft.fields.empty()) return Refuse({"a record needs a kind and at least one field"});
  if (absl::Status valid = CheckContext(context); !valid.ok()) return valid;
  Handling handling = SignedHandling(draft);
  absl::StatusOr<std::string> encoded = EncodeHandling(handling);
  if (!encoded.ok()) return encoded.status();

  Statement statement = StatementOf(draft, context, *std::move(encoded));
  View view;
  const uint64_t n = statement.n;
  ViewMaker maker(std::move(statement), std::move(handling), draft.kind);
  absl::StatusOr<Leaves> leaves = CommitFields(draft, seed, view, maker);
  if (!leaves.ok()) return leaves.status();
  absl::StatusOr<std::vector<Hash>> proof = merkle::ProveMulti(n, leaves->present, merkle::SpanSource(leaves->hashes));
  if (!proof.ok()) return proof.status();
  view.proof = *std::move(proof);

  maker.SetSeed(seed);
  maker.SetFieldsRoot(merkle::RootOf(leaves->hashes));
  view.statement = EncodeStatement(maker.statement());
  const Hash leaf = LogLeaf(view.statement);
  return std::move(maker).Finish(std::move(view), leaf);
}

absl::StatusOr<VerifiedView> CommitRecall(const Statement& recalled, const Hash& author_fpr, uint64_t created_ms) {
  if (recalled.act == Act::kRecall) return Refuse({"the record is recalled already"});
  if (recalled.revision == UINT32_MAX) return Refuse({"the record has no revision left"});
  absl::StatusOr<Handling> before = DecodeHandling(recalled.handling);
  if (!before.ok()) return before.status();
  Handling handling;
  handling.tlp = before->effective_tlp();
  absl::StatusOr<std::string> encoded = EncodeHandling(handling);
  if (!encoded.ok()) return encoded.status();

  Statement statement = recalled;
  statement.act = Act::kRecall;
  statement.revision = recalled.revision + 1;
  statement.prev_leaf = LogLeaf(EncodeStatement(recalled));
  statement.author_fpr = author_fpr;
  statement.created_ms = created_ms;
  statement.handling = *std::move(encoded);
  statement.n = 0;
  statement.fields_root = merkle::EmptyRoot();
  View view;
  view.statement = EncodeStatement(statement);
  return Verify(std::move(view));
}

}  // namespace tidegate::record
