#include "node/store/describe.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "crypto/hash.h"
#include "node/record/index_terms.h"
#include "node/store/retention_class.h"

namespace tidegate::store {
namespace {

absl::Status CountAll(Transaction& transaction, uint32_t label, const Description& description, int64_t change) {
  transaction.Count({.label = label, .kind = description.kind}, change);
  for (const HeldField& field : description.held) {
    uint32_t marking = 0;
    if (!field.marking.empty()) {
      absl::StatusOr<uint32_t> id = transaction.Intern(Interned::kMarking, field.marking);
      if (!id.ok()) return id.status();
      marking = *id;
    }
    transaction.Count({label, description.kind, field.slot, field.rungs, marking}, change);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Identity> IdentityOf(const record::View& view) {
  absl::StatusOr<record::Statement> statement = record::ParseStatement(view.statement);
  if (!statement.ok())
    return absl::DataLossError(absl::StrCat("store: a statement is damaged: ", statement.status().message()));
  return Identity{*std::move(statement), record::LogLeaf(view.statement)};
}

Description Describe(const Held& held, Shared& shared) {
  const record::VerifiedView& view = held.view;
  Description description;
  description.kind = view.statement().kind;
  description.retention = RetentionClass(view.handling(), held.arrived_ms);
  description.label = label::EncodeLabel(record::LabelOf(view, held.local, held.origin, held.own));
  description.held.reserve(view.size());
  for (size_t i = 0; i < view.size(); ++i) {
    const record::Opened& opened = view.view().opened[i];
    HeldField& field = description.held.emplace_back();
    field.slot = opened.slot;
    field.rungs = label::HeldFrom(static_cast<int8_t>(opened.rung), view.slot(i).rung_count());
    // Most fields are marked as their record is.
    if (opened.attributes.empty()) continue;
    const label::FieldMarking marking = record::MarkingOf(view.attributes(i));
    if (!marking.empty()) field.marking = label::EncodeMarking(marking);
  }
  TermBlinder blinder(shared);
  std::vector<Term>& terms = description.terms;
  terms.reserve(128);
  const record::Indexed indexed{view, held.local, held.arrived_ms, held.own, held.forked, held.givers};
  record::VisitIndexTerms(
      indexed, [&](uint16_t slot, std::string_view text) { terms.push_back(blinder.IndexTermOf(slot, text)); });
  terms.push_back(blinder.IndexTermOf(kOriginBlind, held.origin));
  terms.push_back(blinder.IndexTermOf(kLabelBlind, description.label));
  return description;
}

absl::StatusOr<Description> DescribeRow(const Transaction& transaction, const Row& row) {
  absl::StatusOr<record::View> view = record::DecodeHeld(row.view);
  if (!view.ok()) return absl::DataLossError(absl::StrCat("store: a record is damaged: ", view.status().message()));
  absl::StatusOr<record::VerifiedView> verified = record::Verify(*std::move(view));
  if (!verified.ok()) {
    return absl::DataLossError(absl::StrCat("store: a record is damaged: ", verified.status().message()));
  }
  absl::StatusOr<record::LocalFacts> local = record::DecodeLocalFacts(row.local);
  if (!local.ok()) return absl::DataLossError(absl::StrCat("store: a record is damaged: ", local.status().message()));
  absl::StatusOr<std::string> origin = transaction.InternedBytes(Interned::kParty, row.origin);
  if (!origin.ok()) return origin.status();
  std::vector<std::string> givers;
  for (const RowClaim& claim : row.claims) {
    absl::StatusOr<std::string> giver = transaction.InternedBytes(Interned::kParty, claim.giver);
    // A name that does not open stops neither a recall nor an expiry. Its term stays in the index.
    if (Damaged(giver.status()) || absl::IsNotFound(giver.status())) continue;
    if (!giver.ok()) return giver.status();
    givers.push_back(*std::move(giver));
  }
  const Held held{*verified, *local, *origin, row.own, row.at_ms, std::move(givers), row.forked};
  return Describe(held, transaction.shared());
}

absl::StatusOr<std::vector<Term>> IndexedUnder(const Transaction& transaction, const Row& row) {
  std::vector<Term> terms;
  Shared& shared = transaction.shared();
  if (row.own || !IsRecord(row.event)) terms.push_back(shared.IndexTermOf(kOwnBlind, ""));
  if (!IsRecord(row.event)) return terms;
  absl::StatusOr<record::View> view = record::DecodeHeld(row.view);
  if (!view.ok()) return absl::DataLossError(absl::StrCat("store: a record is damaged: ", view.status().message()));
  absl::StatusOr<Identity> identity = IdentityOf(*view);
  if (!identity.ok()) return identity.status();
  terms.push_back(shared.IndexTermOf(kLeafBlind, crypto::View(identity->leaf)));
  terms.push_back(shared.IndexTermOf(kRecordBlind, crypto::View(identity->statement.record_id)));
  if (!IsShown(row)) return terms;
  absl::StatusOr<Description> description = DescribeRow(transaction, row);
  if (!description.ok()) return description.status();
  terms.insert(terms.end(), description->terms.begin(), description->terms.end());
  return terms;
}

absl::Status Count(Transaction& transaction, uint32_t label, const Description& description) {
  return CountAll(transaction, label, description, 1);
}

void IndexGiver(Transaction& transaction, uint64_t seq, std::string_view giver) {
  transaction.AddTerm(transaction.shared().IndexTermOf(record::kGiverTerm, giver), seq);
}

absl::Status UnindexGiver(Transaction& transaction, uint64_t seq, std::string_view giver) {
  return transaction.RemoveTerm(transaction.shared().IndexTermOf(record::kGiverTerm, giver), seq);
}

void IndexFork(Transaction& transaction, uint64_t seq) {
  const record::Term forked = record::ForkedTerm();
  transaction.AddTerm(transaction.shared().IndexTermOf(forked.slot, forked.text), seq);
}

absl::Status Index(Transaction& transaction, uint64_t seq, uint32_t label, const Description& description) {
  for (const Term& term : description.terms) transaction.AddTerm(term, seq);
  return CountAll(transaction, label, description, 1);
}

absl::Status Unindex(Transaction& transaction, uint64_t seq, uint32_t label, const Description& description) {
  for (const Term& term : description.terms) {
    if (absl::Status status = transaction.RemoveTerm(term, seq); !status.ok()) return status;
  }
  return CountAll(transaction, label, description, -1);
}

absl::Status Reindex(Transaction& transaction, uint64_t seq, uint32_t old_label, Description before, uint32_t new_label,
                     Description after) {
  for (std::vector<Term>* terms : {&before.terms, &after.terms}) {
    std::sort(terms->begin(), terms->end());
    terms->erase(std::unique(terms->begin(), terms->end()), terms->end());
  }
  std::vector<Term> gone, come;
  std::set_difference(before.terms.begin(), before.terms.end(), after.terms.begin(), after.terms.end(),
                      std::back_inserter(gone));
  std::set_difference(after.terms.begin(), after.terms.end(), before.terms.begin(), before.terms.end(),
                      std::back_inserter(come));
  for (const Term& term : gone) {
    if (absl::Status status = transaction.RemoveTerm(term, seq); !status.ok()) return status;
  }
  for (const Term& term : come) transaction.AddTerm(term, seq);
  if (absl::Status status = CountAll(transaction, old_label, before, -1); !status.ok()) return status;
  return CountAll(transaction, new_label, after, 1);
}

}  // namespace tidegate::store
