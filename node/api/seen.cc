#include "node/api/seen.h"

#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "node/api/display.h"

namespace tidegate::api {
namespace {

v1::Evidence Told(const reading::Evidence& evidence) {
  v1::Evidence out;
  out.set_view(evidence.view);
  out.set_verifier_key(evidence.verifier_key);
  out.set_checkpoint(evidence.checkpoint);
  out.set_log_index(evidence.log_index);
  for (const auto& [position, leaf] : evidence.leaves) {
    out.add_positions(position);
    out.add_leaves(std::string(crypto::View(leaf)));
  }
  for (const crypto::Hash& hash : evidence.proof) out.add_proof(std::string(crypto::View(hash)));
  return out;
}

// For a record that this node no longer holds: what its statement says.
void DisplayStatement(const reading::Seen& seen, v1::Record* out) {
  const record::Statement& statement = seen.statement;
  out->set_id(record::FormatRecordId(statement.record_id));
  out->set_revision(statement.revision);
  out->set_created(FormatTime(statement.created_ms));
  out->set_leaf(HexOf(seen.leaf));
  out->set_author_fingerprint(HexOf(statement.author_fpr));
  const record::Kind* kind = record::Catalogue::FindKind(statement.kind, statement.schema_version);
  if (kind != nullptr) out->set_kind(std::string(kind->name));
  auto handling = record::DecodeHandling(statement.handling);
  if (handling.ok()) out->mutable_handling()->set_line(HandlingLine(*handling));
  out->mutable_verification()->set_handling(handling.ok());
}

}  // namespace

v1::Record RecordOf(const reading::Seen& seen) {
  v1::Record out;
  out.set_origin(seen.origin);
  out.set_log_index(seen.log_index);
  out.set_log_size(seen.proof.log_size);
  out.set_arrived(FormatTime(seen.arrived_ms));
  out.set_arrival(seen.arrival);
  out.set_state(seen.state);
  for (const std::string& giver : seen.givers) out.add_given_by(giver);
  v1::Verification* verification = out.mutable_verification();
  verification->set_author_signature(seen.proof.author_signature);
  verification->set_log_proof(seen.proof.log_proof);
  verification->set_problem(seen.proof.problem);
  if (seen.view) {
    DisplayView(*seen.view, &out);
    verification->set_handling(true);
  } else {
    DisplayStatement(seen, &out);
  }
  for (const std::string& name : seen.recipients) out.add_recipients(name);
  for (const std::string& tag : seen.tags) out.add_tags(tag);
  for (const reading::NotShown& field : seen.not_shown) {
    v1::NotShown* told = out.add_not_shown();
    told->set_name(field.name);
    told->set_class_(field.field_class);
    told->set_why(field.why);
  }
  if (out.withheld() >= static_cast<uint32_t>(out.not_shown_size())) {
    out.set_withheld(out.withheld() - static_cast<uint32_t>(out.not_shown_size()));
  }
  out.set_own(seen.own);
  if (seen.own) out.set_withheld(0);  // nothing is withheld from whoever wrote it
  if (seen.may) out.set_may(true);
  if (seen.evidence) *out.mutable_evidence() = Told(*seen.evidence);
  return out;
}

namespace {

// The day that was given, where it was one.
std::string ExpiryOf(const v1::Handling& handling) {
  absl::Time at;
  std::string why;
  if (!absl::ParseTime(absl::RFC3339_full, handling.expiry(), &at, &why)) return handling.expiry();
  return record::DisplayExpiry(static_cast<uint64_t>(absl::ToUnixMillis(at)));
}

// All that a revision says, by the word with which it is set.
std::map<std::string, std::string> SaidBy(const v1::Record& record) {
  const v1::Handling& handling = record.handling();
  std::map<std::string, std::string> said = {{"tlp", handling.tlp()},
                                             {"grade", handling.grade()},
                                             {"conditions", absl::StrJoin(handling.conditions(), "; ")},
                                             {"purposes", absl::StrJoin(handling.purposes(), "; ")},
                                             {"legal_basis", handling.legal_basis()},
                                             {"onward", handling.onward()},
                                             {"pap", handling.pap()},
                                             {"expiry", ExpiryOf(handling)},
                                             {"not_before", handling.not_before()},
                                             {"retention", handling.retention()},
                                             {"recipients", absl::StrJoin(record.recipients(), "; ")},
                                             {"tag", absl::StrJoin(record.tags(), "; ")}};
  for (const v1::Field& field : record.fields()) {
    said[field.name()] = field.text();
    for (const auto& [word, value] : {std::pair<std::string, std::string>{"tlp", field.marking()},
                                      {"basis", field.basis()},
                                      {"grade", field.grade()},
                                      {"asserted_by", field.asserted_by()}}) {
      if (!value.empty()) said[absl::StrCat(field.name(), ".", word)] = value;
    }
  }
  return said;
}

}  // namespace

std::vector<v1::ValueChange> ChangesBetween(const v1::Record& before, const v1::Record& after) {
  std::map<std::string, std::pair<std::string, std::string>> both;
  for (const auto& [field, value] : SaidBy(before)) both[field].first = value;
  for (const auto& [field, value] : SaidBy(after)) both[field].second = value;
  std::vector<v1::ValueChange> changes;
  for (const auto& [field, values] : both) {
    if (values.first == values.second) continue;
    v1::ValueChange& change = changes.emplace_back();
    change.set_field(field);
    change.set_before(values.first);
    change.set_after(values.second);
  }
  return changes;
}

}  // namespace tidegate::api
