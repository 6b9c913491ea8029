#include "node/api/policy_review.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "node/api/display.h"
#include "node/api/policies.h"
#include "policy/review/review.h"
#include "text/text.h"

namespace tidegate::api {

namespace {

// False if it is nested deeper than any case.
bool ReadCases(const v1::CaseNode& from, size_t depth, review::CaseNode& node) {
  if (depth > review::kDeepestCase) return false;
  node.line = from.line();
  node.column = from.column();
  switch (from.value_case()) {
    case v1::CaseNode::kText:
      node.type = review::CaseNode::Type::kText;
      node.text = from.text();
      return true;
    case v1::CaseNode::kFlag:
      node.type = review::CaseNode::Type::kFlag;
      node.flag = from.flag();
      return true;
    case v1::CaseNode::kList:
      node.type = review::CaseNode::Type::kList;
      for (const v1::CaseNode& item : from.list().items()) {
        if (!ReadCases(item, depth + 1, node.items.emplace_back())) return false;
      }
      return true;
    case v1::CaseNode::kTable:
      node.type = review::CaseNode::Type::kTable;
      for (const v1::CaseMember& one : from.table().members()) {
        review::CaseMember& to = node.members.emplace_back();
        to.key = one.key();
        to.line = one.line();
        to.column = one.column();
        if (!ReadCases(one.value(), depth + 1, to.value)) return false;
      }
      return true;
    case v1::CaseNode::VALUE_NOT_SET:
      return true;
  }
  return true;
}

// An engine over the request's policies if it gives some, else over those in force. Null if the given policies have an
// error: `problems` then says which. It is an engine of its own, because cases and pages are about records that this
// node does not hold, and their errors must not count as errors of the node's records.
template <typename Request>
absl::StatusOr<std::shared_ptr<const policy::Engine>> EngineToTry(
    const decision::Decisions& decisions, const std::vector<std::string>& names,
    const decision::PolicyVersion& in_force, const Request& request,
    google::protobuf::RepeatedPtrField<v1::PolicyProblem>* problems) {
  if (!request.given()) return decisions.Compile(in_force.sources);
  const std::vector<policy::PolicySource> sources = SourcesOf(request.policies());
  if (FillProblems(decisions.Check(sources, names), problems)) return std::shared_ptr<const policy::Engine>();
  return decisions.Compile(sources);
}

std::vector<std::string> KindNames(const policy::Engine& engine) {
  std::vector<std::string> names;
  for (const policy::KindShape& kind : engine.kinds()) names.push_back(kind.name);
  return names;
}

}  // namespace

absl::StatusOr<v1::TestPoliciesReply> TestPolicies(const decision::Decisions& decisions,
                                                   const std::vector<std::string>& names,
                                                   const v1::TestPoliciesRequest& request) {
  if (request.parsed_size() != request.cases_size()) {
    return absl::InvalidArgumentError("api: each file of cases comes with what it was parsed to; use the command");
  }
  v1::TestPoliciesReply reply;
  const auto tried = EngineToTry(decisions, names, decisions.in_force(), request, reply.mutable_problems());
  if (!tried.ok()) return tried.status();
  if (*tried == nullptr) return reply;
  const std::shared_ptr<const policy::Engine>& engine = *tried;
  reply.set_policy_version(HexOf(engine->version()));
  const policy::KnownWords words = decisions.Words(names);
  bool unread = false;
  for (int i = 0; i < request.cases_size(); ++i) {
    const v1::PolicyFile& file = request.cases(i);
    review::CaseNode root;
    if (!ReadCases(request.parsed(i), 0, root)) {
      return absl::InvalidArgumentError("api: a file of cases is nested deeper than any case");
    }
    auto report = review::RunCases(*engine, root, file.text(), file.name(), words);
    if (!report.ok()) {  // told like what is wrong in a policy file
      unread = true;
      FillProblems({policy::DiagnosticFrom(file.name(), report.status())}, reply.mutable_problems());
      continue;
    }
    for (const review::CaseResult& result : report->cases) {
      v1::PolicyCase* out = reply.add_cases();
      out->set_file(file.name());
      out->set_line(result.line);
      out->set_name(result.name);
      out->set_passed(result.passed());
      for (const std::string& failure : result.failures) out->add_failures(failure);
    }
    reply.set_failed(reply.failed() + static_cast<uint32_t>(report->failed()));
    reply.set_passed(reply.passed() + static_cast<uint32_t>(report->cases.size() - report->failed()));
  }
  if (unread) {
    v1::TestPoliciesReply only;
    only.mutable_problems()->Swap(reply.mutable_problems());
    return only;
  }
  return reply;
}

absl::StatusOr<v1::PolicyMatrixReply> PolicyMatrix(const decision::Decisions& decisions,
                                                   const partner::Directory& directory,
                                                   const std::vector<std::string>& names,
                                                   const v1::PolicyMatrixRequest& request) {
  v1::PolicyMatrixReply reply;
  const decision::PolicyVersion in_force = decisions.in_force();
  const auto tried = EngineToTry(decisions, names, in_force, request, reply.mutable_problems());
  if (!tried.ok()) return tried.status();
  if (*tried == nullptr) return reply;
  const std::shared_ptr<const policy::Engine>& engine = *tried;
  review::MatrixQuestion question;
  question.stated = review::AnyOwnRecord(*engine);
  if (request.partners().empty()) question.partners = partner::Parties(directory);
  for (const std::string& name : request.partners()) {
    const auto partner = directory.Named(name);
    if (!partner.ok()) return partner.status();
    question.partners.push_back(partner::PartyOf(**partner));
  }
  for (const std::string& kind : request.kinds()) {
    const auto& kinds = engine->kinds();
    if (std::none_of(kinds.begin(), kinds.end(), [&](const policy::KindShape& k) { return k.name == kind; })) {
      return absl::InvalidArgumentError(
          absl::StrCat("api: `", kind, "` is no kind of record", text::DidYouMean(kind, KindNames(*engine))));
    }
    question.kinds.push_back(kind);
  }
  for (const std::string& tlp : request.tlps()) {
    if (std::find(std::begin(policy::kTlps), std::end(policy::kTlps), tlp) == std::end(policy::kTlps)) {
      std::vector<std::string> known(std::begin(policy::kTlps), std::end(policy::kTlps));
      return absl::InvalidArgumentError(absl::StrCat("api: `", tlp, "` is no TLP", text::DidYouMean(tlp, known),
                                                     "; it is one of ", absl::StrJoin(known, ", ")));
    }
    question.tlps.push_back(tlp);
  }
  const review::Matrix matrix = review::MakeMatrix(*engine, question);
  reply.set_policy_version(HexOf(matrix.version));
  if (!request.given()) reply.set_number(in_force.number);
  reply.set_assumptions(matrix.assumptions);
  reply.set_page(request.html() ? matrix.ToHtml() : matrix.ToString());
  for (const review::MatrixRow& row : matrix.rows) {
    v1::MatrixRow* out = reply.add_rows();
    out->set_partner(row.partner);
    out->set_kind(row.kind);
    out->set_tlp(row.tlp);
    out->set_named(row.named);
    out->set_travels(row.travels);
    for (const review::MatrixCell& cell : row.cells) {
      v1::MatrixCell* to = out->add_cells();
      to->set_class_(cell.field_class);
      to->set_open(static_cast<uint32_t>(cell.open));
      to->set_slots(static_cast<uint32_t>(cell.slots));
      for (const std::string& precision : cell.precisions) to->add_precisions(precision);
    }
    for (const std::string& rule : row.rules) out->add_rules(rule);
  }
  return reply;
}

}  // namespace tidegate::api
