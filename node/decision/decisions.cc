#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "crypto/bytes.h"
#include "crypto/hash.h"
#include "node/decision/decision.h"

namespace tidegate::decision {
namespace {

constexpr std::string_view kScope = "policy";
constexpr size_t kMostSources = 256;

// Names of the catalogue's code lists whose nesting policies speak of.
constexpr std::string_view kExploitationList = "exploitation";
constexpr std::string_view kSectorList = "sector";

policy::Digest Sha256(std::string_view bytes) { return crypto::HashOf({bytes}); }

std::string VersionKey(uint32_t number) { return absl::StrCat("version/", number); }

std::string Encode(const PolicyVersion& version) {
  crypto::ByteWriter writer;
  writer.U32(version.number).Raw(crypto::View(version.digest)).U64(version.applied_ms);
  writer.Lp16(version.user).Lp16(version.reason).U16(static_cast<uint16_t>(version.sources.size()));
  for (const policy::PolicySource& source : version.sources) writer.Lp16(source.file).Lp32(source.text);
  return writer.Take();
}

absl::StatusOr<PolicyVersion> Decode(std::string_view bytes) {
  crypto::ByteReader reader(bytes);
  PolicyVersion version;
  version.number = reader.U32();
  const std::string_view digest = reader.Raw(version.digest.size());
  version.applied_ms = reader.U64();
  version.user = std::string(reader.Lp16());
  version.reason = std::string(reader.Lp16());
  const uint16_t sources = reader.U16();
  if (sources > kMostSources) reader.Fail();
  for (uint16_t i = 0; i < sources && reader.ok(); ++i) {
    policy::PolicySource& source = version.sources.emplace_back();
    source.file = std::string(reader.Lp16());
    source.text = std::string(reader.Lp32());
  }
  if (auto status = reader.Finish("policy version"); !status.ok()) {
    return absl::DataLossError(absl::StrCat("decision: ", status.message()));
  }
  std::copy(digest.begin(), digest.end(), version.digest.begin());
  return version;
}

std::vector<policy::CodeParent> ParentsOf(std::string_view list_name) {
  std::vector<policy::CodeParent> parents;
  const record::CodeList* list = record::Catalogue::FindCodeList(list_name);
  if (list == nullptr) return parents;
  for (const record::Code& code : list->codes) {
    if (!code.parent.empty()) parents.push_back({std::string(code.code), std::string(code.parent)});
  }
  return parents;
}

}  // namespace

Decisions::Decisions(store::Store& store, std::string self) : store_(store), self_(std::move(self)) {}

absl::StatusOr<std::unique_ptr<Decisions>> Decisions::Open(store::Store& store, std::string self) {
  std::unique_ptr<Decisions> decisions(new Decisions(store, std::move(self)));
  auto snapshot = store.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto newest = (*snapshot)->GetNamed(store::Named::kPolicyVersion, kScope, "newest");
  if (newest.ok()) {
    auto version = Decode(*newest);
    if (!version.ok()) return version.status();
    decisions->in_force_ = *std::move(version);
  } else if (!absl::IsNotFound(newest.status())) {
    return newest.status();
  }
  auto engine = decisions->Compile(decisions->in_force_.sources);
  if (!engine.ok()) {
    return absl::DataLossError(absl::StrCat("decision: policy version ", decisions->in_force_.number,
                                            " no longer validates: ", engine.status().message()));
  }
  decisions->in_force_.digest = (*engine)->version();
  decisions->engine_ = *std::move(engine);
  return decisions;
}

std::shared_ptr<const policy::Engine> Decisions::engine() const {
  std::lock_guard lock(mutex_);
  return engine_;
}

PolicyVersion Decisions::in_force() const {
  std::lock_guard lock(mutex_);
  return in_force_;
}

void Decisions::SetCircles(std::vector<std::string> circles) {
  std::lock_guard lock(mutex_);
  circles_ = std::move(circles);
}

policy::Vocabulary Decisions::VocabularyNow() const {
  policy::Vocabulary vocabulary;
  vocabulary.self = self_;
  vocabulary.exploitation = ParentsOf(kExploitationList);
  vocabulary.sectors = ParentsOf(kSectorList);
  std::lock_guard lock(mutex_);
  vocabulary.circles = circles_;
  return vocabulary;
}

std::vector<policy::Diagnostic> Decisions::Check(const std::vector<policy::PolicySource>& sources) const {
  return policy::Check(sources, record::Shapes(), VocabularyNow());
}

absl::StatusOr<std::shared_ptr<const policy::Engine>> Decisions::Compile(
    const std::vector<policy::PolicySource>& sources) const {
  if (sources.size() > kMostSources) {
    return absl::InvalidArgumentError(absl::StrCat("decision: more than ", kMostSources, " policy files"));
  }
  return policy::Engine::Create(sources, record::Shapes(), VocabularyNow(), &Sha256);
}

absl::StatusOr<policy::Plan> Decisions::Plan(const policy::Engine& after,
                                             const std::vector<policy::Party>& partners) const {
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto holdings = (*snapshot)->Holdings();
  if (!holdings.ok()) return holdings.status();
  return policy::MakePlan(*engine(), after, *holdings, partners);
}

absl::StatusOr<PolicyVersion> Decisions::Apply(
    const std::vector<policy::PolicySource>& sources, const policy::Digest& plan,
    const std::vector<policy::Party>& partners, std::string user, std::string reason, uint64_t now_ms,
    const std::function<absl::Status(store::WriteTransaction&, const PolicyVersion&)>& also) {
  std::lock_guard one_at_a_time(applying_);
  auto engine = Compile(sources);
  if (!engine.ok()) return engine.status();
  auto now = Plan(**engine, partners);
  if (!now.ok()) return now.status();
  if (now->digest != plan) {
    return absl::FailedPreconditionError(
        "decision: this is not the plan that was shown: policies, partners or labels have changed since; run `policy "
        "plan` again");
  }
  PolicyVersion version;
  version.number = in_force().number + 1;
  version.digest = (*engine)->version();
  version.sources = sources;
  version.applied_ms = now_ms;
  version.user = std::move(user);
  version.reason = std::move(reason);
  const std::string bytes = Encode(version);
  auto status = store_.Write([&](store::WriteTransaction& transaction) -> absl::Status {
    for (const std::string& key : {VersionKey(version.number), std::string("newest")}) {
      if (auto put = transaction.PutNamed(store::Named::kPolicyVersion, kScope, key, bytes); !put.ok()) return put;
    }
    return also(transaction, version);
  });
  if (!status.ok()) return status;
  {
    std::lock_guard lock(mutex_);
    engine_ = *std::move(engine);
    in_force_ = version;
  }
  store_.Nudge();
  return version;
}

}  // namespace tidegate::decision
