#include "policy/engine.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "policy/baseline/baseline.h"
#include "policy/core.h"
#include "policy/labels.h"
#include "policy/names.h"
#include "text/text.h"

namespace tidegate::policy {
namespace {

constexpr char kNotDecidable[] =
    "the record's kind is unknown here, or partner and label belong to another policy version; nothing goes";

// What nobody can see is no reason.
bool IsBlank(std::string_view text) { return text::Visible(text).empty(); }

}  // namespace

absl::StatusOr<std::shared_ptr<const Engine>> Engine::Create(const std::vector<PolicySource>& sources,
                                                             const std::vector<KindShape>& kinds,
                                                             const Vocabulary& vocabulary, HashFunction hash) {
  RuleSet set = Compile(sources);
  absl::StatusOr<World> world = World::Make(kinds, vocabulary, set.schema);
  if (!world.ok()) return world.status();
  if (set.rules != nullptr) RefuseUnknownNames(set, *world, vocabulary);
  if (!set.ok()) {
    std::string message = "policy: the policies cannot be used; correct them and try again";
    for (const Diagnostic& found : set.diagnostics) {
      if (found.severity == Severity::kError) absl::StrAppend(&message, "\n", found.ToString());
    }
    return absl::InvalidArgumentError(message);
  }
  return std::shared_ptr<const Engine>(
      new Engine(std::make_unique<Core>(std::move(set), *std::move(world), vocabulary, hash)));
}

Engine::Engine(std::unique_ptr<Core> core) : core_(std::move(core)) {}
Engine::~Engine() = default;

const Digest& Engine::version() const { return core_->version(); }

Digest Engine::PartyDigest(const Party& party) const { return core_->Hash(EncodeParty(party)); }

Digest Engine::DecisionVersion(const Party& party) const {
  Writer out;
  out.Text("tidegate decision version 1");
  const Digest& version = core_->version();
  out.Text(std::string_view(reinterpret_cast<const char*>(version.data()), version.size()));
  out.Text(EncodeParty(party));
  return core_->Hash(std::move(out).Take());
}

HashFunction Engine::hash_function() const { return core_->hash_function(); }
const std::string& Engine::self() const { return core_->self(); }
const std::vector<Rule>& Engine::rules() const { return *core_->set().rules; }
std::string Engine::PolicyText(size_t rule) const { return core_->set().compiled[rule].policy.ToText(); }
const std::vector<KindShape>& Engine::kinds() const { return core_->world().shapes(); }

const KindShape* Engine::FindKind(uint32_t number) const {
  const KindPlaces* kind = core_->world().FindKind(number);
  return kind == nullptr ? nullptr : &kind->shape;
}

LabelHandle Engine::Intern(const Label& label) const { return core_->Intern(label); }
MarkingHandle Engine::Intern(const FieldMarking& marking) const { return core_->Intern(marking); }
PartyHandle Engine::Intern(const Party& party) const { return core_->Intern(party); }

std::shared_ptr<const Mask> Engine::MaskFor(const PartyHandle& party, const LabelHandle& label, uint32_t kind,
                                            const MarkingHandle& marking) const {
  const std::optional<Scene> scene = core_->SceneOf(party, label, kind, marking);
  std::shared_ptr<const CachedMask> cached =
      scene.has_value() ? core_->MaskFor(*scene) : core_->ClosedMask(kind, kNotDecidable);
  const Mask* mask = &cached->mask;
  return std::shared_ptr<const Mask>(std::move(cached), mask);
}

Ruling<Disclosure> Engine::Disclose(const PartyHandle& party, const Candidate& candidate, int64_t now_ms) const {
  const std::optional<Scene> scene = core_->SceneOf(party, candidate.label, candidate.kind, nullptr);
  if (!scene.has_value()) return Refusal{{}, kNotDecidable};
  if (candidate.not_before_ms.has_value() && now_ms < *candidate.not_before_ms) {
    return Refusal{{}, "the author releases it later (not-before)"};
  }
  if (candidate.expiry_ms.has_value() && now_ms >= *candidate.expiry_ms) return Refusal{{}, "it has expired"};
  const std::shared_ptr<const CachedMask> cached = core_->MaskFor(*scene);
  if (!cached->mask.travels) return *cached->refusal;

  Disclosure disclosure;
  disclosure.rule_indices_ = cached->mask.deciding;
  disclosure.rungs_.assign(cached->mask.rungs.size(), kWithheld);
  for (const HeldField& field : candidate.fields) {
    if (field.slot >= disclosure.rungs_.size()) return Refusal{{}, "it has a field that its kind does not have"};
    if (field.marking == nullptr) {
      disclosure.rungs_[field.slot] = GoingRung(cached->mask.rungs[field.slot], field.rungs);
      continue;
    }
    const std::optional<Scene> own = core_->SceneOf(party, candidate.label, candidate.kind, field.marking);
    if (!own.has_value()) return Refusal{{}, kNotDecidable};
    const std::shared_ptr<const CachedMask> marked = core_->MaskFor(*own);
    disclosure.rungs_[field.slot] = GoingRung(marked->mask.rungs[field.slot], field.rungs);
    for (const uint16_t rule : marked->mask.PermitsOf(field.slot)) disclosure.rule_indices_.push_back(rule);
  }
  disclosure.partner_ = party->party.organisation;
  disclosure.leaf_ = candidate.leaf;
  disclosure.rules_ = core_->set().rules;
  disclosure.purposes_ = cached->purposes;
  disclosure.version_ = core_->version();
  disclosure.not_before_ms_ = candidate.not_before_ms;
  disclosure.expiry_ms_ = candidate.expiry_ms;
  return disclosure;
}

Ruling<Admission> Engine::Admit(const PartyHandle& sender, const Arrival& arrival, int64_t now_ms) const {
  const std::optional<Scene> scene = core_->SceneOf(sender, arrival.label, arrival.kind, nullptr);
  if (!scene.has_value()) return Refusal{{}, kNotDecidable};
  if (arrival.expiry_ms.has_value() && now_ms >= *arrival.expiry_ms) return Refusal{{}, "it has expired"};
  const Fact& origin = arrival.label->label.origin;
  const bool from_author = origin.has_value() && *origin == sender->party.organisation;
  const std::shared_ptr<const Verdict> verdict = core_->Admit(*scene, from_author, arrival.author_confirmed);
  if (!verdict->allowed) return *verdict->refusal;
  Admission admission;
  admission.sender_ = sender->party.organisation;
  admission.leaf_ = arrival.leaf;
  admission.rule_ids_ = verdict->rule_ids;
  admission.version_ = core_->version();
  return admission;
}

Ruling<Access> Engine::Read(const Principal& principal, const Leaf& leaf, uint32_t kind, const LabelHandle& label,
                            std::string_view reason) const {
  if (label == nullptr || label->engine != core_->serial() || label->kind == nullptr ||
      label->kind->shape.number != kind) {
    return Refusal{{}, kNotDecidable};
  }
  const std::shared_ptr<const Verdict> verdict = core_->Read(principal, *label, !IsBlank(reason));
  if (!verdict->allowed) return *verdict->refusal;
  Access access(principal);
  access.reason_ = std::string(reason);
  access.leaf_ = leaf;
  access.version_ = core_->version();
  return access;
}

Ruling<Access> Engine::Read(const Principal& principal, const Candidate& candidate, std::string_view reason) const {
  Ruling<Access> ruling = Read(principal, candidate.leaf, candidate.kind, candidate.label, reason);
  if (!ruling.allowed()) return ruling;
  Access access = *std::move(ruling);
  access.rungs_.assign(candidate.label->kind->shape.slots.size(), kWithheld);
  access.narrows_ = false;
  const bool reasoned = !IsBlank(reason);
  const std::shared_ptr<const Sight> plain = core_->SightOf(principal, *candidate.label, nullptr, reasoned);
  for (const HeldField& field : candidate.fields) {
    if (field.slot >= access.rungs_.size() || (field.marking != nullptr && field.marking->engine != core_->serial())) {
      return Refusal{{}, kNotDecidable};
    }
    const std::shared_ptr<const Sight> sight =
        field.marking == nullptr ? plain : core_->SightOf(principal, *candidate.label, field.marking.get(), reasoned);
    const int8_t rung = GoingRung(sight->rungs[field.slot], field.rungs);
    access.rungs_[field.slot] = rung;
    const bool finest = rung != kWithheld && (field.rungs & ((1u << rung) - 1)) == 0;
    if (finest) continue;
    access.narrows_ = true;
    access.hidden_.push_back({field.slot, sight->why[field.slot]});
  }
  return access;
}

Ruling<Right> Engine::Allow(const Principal& principal, Action action, Area area) const {
  const std::shared_ptr<const Verdict> verdict = core_->Allow(principal, action, area);
  if (!verdict->allowed) return *verdict->refusal;
  return Right(principal, action, area);
}

bool Engine::May(const Principal& principal, Action action, uint32_t kind, const LabelHandle& label) const {
  if (label == nullptr || label->engine != core_->serial() || label->kind == nullptr) return false;
  return label->kind->shape.number == kind && core_->May(principal, action, *label)->allowed;
}

Ruling<Access> Engine::Search(const Principal& principal, std::string_view scope, std::string_view reason) const {
  if (IsBlank(reason)) return core_->WithoutReason(principal);
  Access access(principal);
  access.reason_ = std::string(reason);
  access.scope_ = std::string(scope);
  access.version_ = core_->version();
  return access;
}

bool Engine::Sees(const Access& access, uint32_t kind, const LabelHandle& label) const {
  if (label == nullptr || label->engine != core_->serial() || label->kind == nullptr) return false;
  if (label->kind->shape.number != kind || access.policy_version() != core_->version()) return false;
  return core_->Read(access.principal(), *label, !IsBlank(access.reason()))->allowed;
}

bool Engine::CouldRead(const Principal& principal, uint32_t kind, const LabelHandle& label) const {
  if (label == nullptr || label->engine != core_->serial() || label->kind == nullptr) return false;
  return label->kind->shape.number == kind && core_->Read(principal, *label, true)->allowed;
}

std::vector<SeenError> Engine::ErrorsSeen() const { return core_->ErrorsSeen(); }

std::vector<PolicySource> BaselineSources() {
  std::vector<PolicySource> sources;
  for (const BaselineFile& file : BaselinePolicies()) {
    sources.push_back({std::string(file.name), std::string(file.text)});
  }
  return sources;
}

}  // namespace tidegate::policy
