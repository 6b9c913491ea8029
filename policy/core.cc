#include "policy/core.h"

#include <algorithm>
#include <bit>
#include <functional>

#include "absl/strings/str_cat.h"
#include "policy/baseline/baseline.h"
#include "policy/labels.h"
#include "threads/threads.h"

namespace tidegate::policy {
namespace {

// Labels come from outside and can be many and long. So the engine keeps a bounded number of them, and numbers no fact
// that is too long: a decision about such a fact is made again each time.
constexpr size_t kMostNumbers = 1 << 15;
constexpr size_t kLongestNumbered = 512;
constexpr size_t kMostColumns = 1 << 17;
constexpr size_t kMostMasks = 1 << 15;
constexpr size_t kMostVerdicts = 1 << 14;
constexpr size_t kMostSights = 1 << 14;
constexpr size_t kMostErrors = 256;

uint64_t NextSerial() {
  static std::atomic<uint64_t> serial{0};
  return ++serial;
}

size_t Words(size_t places) { return (places + 63) / 64; }

bool Bit(const PlaceBits& bits, size_t place) { return (bits[place / 64] >> (place % 64) & 1) != 0; }
void SetBit(PlaceBits& bits, size_t place) { bits[place / 64] |= uint64_t{1} << (place % 64); }

// A column over all places: one of a policy that does not ask which field it is holds everywhere or nowhere.
PlaceBits Spread(const PlaceBits& bits, bool by_place, size_t words) {
  if (by_place) return bits;
  return PlaceBits(words, (bits[0] & 1) != 0 ? ~uint64_t{0} : 0);
}

void Or(PlaceBits& into, const PlaceBits& bits) {
  for (size_t i = 0; i < into.size(); ++i) into[i] |= bits[i];
}

// How many places are in both.
size_t Count(const PlaceBits& a, const PlaceBits& b) {
  size_t count = 0;
  for (size_t i = 0; i < a.size(); ++i) count += static_cast<size_t>(std::popcount(a[i] & b[i]));
  return count;
}

size_t IndexOf(std::vector<uint32_t>& sets, uint32_t set) {
  const auto found = std::find(sets.begin(), sets.end(), set);
  if (found != sets.end()) return static_cast<size_t>(found - sets.begin());
  sets.push_back(set);
  return sets.size() - 1;
}

// Facts of a marking that change what a policy sees: those it reads, and those that replace facts of the record it
// reads.
uint32_t MarkingFacts(const Reads& reads) {
  uint32_t facts = reads.marking;
  if ((reads.record & RecordBit("tlp")) != 0) facts |= kMarkingTlp;
  if ((reads.record & RecordBit("source_grade")) != 0) facts |= kMarkingSourceGrade;
  if ((reads.record & RecordBit("intelligence_grade")) != 0) facts |= kMarkingIntelligenceGrade;
  return facts;
}

std::vector<std::string> Intersection(const FactSet& a, const std::vector<std::string>& b) {
  std::vector<std::string> both;
  if (!a.has_value()) return both;
  for (const std::string& text : *a) {
    if (std::find(b.begin(), b.end(), text) != b.end()) both.push_back(text);
  }
  return SortedUnique(std::move(both));
}

}  // namespace

// The entities of one scene. They are made when the first column needs them; most masks need none.
class Engine::Core::Painter {
 public:
  Painter(Core& core, const Scene& scene) : core_(core), scene_(scene) {}

  Column Paint(size_t rule) {
    const bool by_place = core_.set_.compiled[rule].reads.field;
    const size_t places = by_place ? scene_.kind.places.size() : 1;
    Column column{PlaceBits(Words(places), 0), PlaceBits(Words(places), 0)};
    const absl::StatusOr<cedar::Entities>& entities = by_place ? AllPlaces() : OnePlace();
    cedar::Request request{scene_.party.entity.uid, actions::Disclose(), {}, cedar::Value::Record({})};
    for (size_t place = 0; place < places; ++place) {
      request.resource = scene_.kind.places[place].uid;
      const cedar::Outcome outcome = entities.ok() ? core_.Evaluate(rule, request, *entities) : cedar::Outcome::kError;
      if (outcome == cedar::Outcome::kSatisfied) SetBit(column.satisfied, place);
      if (outcome == cedar::Outcome::kError) SetBit(column.erred, place);
    }
    return column;
  }

 private:
  const absl::StatusOr<cedar::Entities>& OnePlace() {
    if (all_.has_value()) return *all_;
    if (!one_.has_value()) {
      one_ = cedar::Entities::Layer(
          core_.world_.base(),
          {scene_.party.entity, core_.world_.Field(scene_.kind, scene_.kind.places.front(), scene_.view())});
    }
    return *one_;
  }

  const absl::StatusOr<cedar::Entities>& AllPlaces() {
    if (!all_.has_value()) {
      std::vector<cedar::Entity> entities = core_.world_.Fields(scene_.kind, scene_.view());
      entities.push_back(scene_.party.entity);
      all_ = cedar::Entities::Layer(core_.world_.base(), std::move(entities));
    }
    return *all_;
  }

  Core& core_;
  const Scene& scene_;
  std::optional<absl::StatusOr<cedar::Entities>> one_, all_;
};

Engine::Core::Core(RuleSet set, World world, const Vocabulary& vocabulary, HashFunction hash)
    : set_(std::move(set)),
      world_(std::move(world)),
      hash_(hash),
      serial_(NextSerial()),
      self_(vocabulary.self),
      next_projection_(kUnmarked + 1),
      numbers_(kMostNumbers),
      columns_(kMostColumns),
      masks_(kMostMasks),
      verdicts_(kMostVerdicts),
      sights_(kMostSights) {
  PlanProjections();
  ComputeVersion(vocabulary);
}

void Engine::Core::ComputeVersion(const Vocabulary& vocabulary) {
  Writer out;
  out.Text("tidegate policy version 2");
  out.Text(self_);
  bool origin = false;
  // Sorted, because the order of the files changes no decision.
  std::vector<std::string> policies;
  for (size_t i = 0; i < set_.compiled.size(); ++i) {
    Writer policy;
    policy.Text((*set_.rules)[i].id);
    policy.Text(set_.compiled[i].policy.ToText());
    policies.push_back(std::move(policy).Take());
    origin = origin || (set_.compiled[i].reads.record & RecordBit("origin")) != 0;
  }
  out.Texts(SortedUnique(std::move(policies)));
  out.Text(BaselineSchema().text);
  out.Text("shapes");
  for (const KindShape& kind : world_.shapes()) {
    out.U32(kind.number);
    out.U32(kind.version);
    out.Text(kind.name);
    out.U32(static_cast<uint32_t>(kind.slots.size()));
    for (const SlotShape& slot : kind.slots) {
      out.U32(slot.number);
      out.Text(slot.name);
      out.Text(slot.field_class);
      out.Texts(slot.precisions);
    }
  }
  for (const auto* codes : {&vocabulary.exploitation, &vocabulary.sectors, &vocabulary.countries}) {
    std::vector<std::string> pairs;
    for (const CodeParent& code : *codes) pairs.push_back(absl::StrCat(code.child, "\n", code.parent));
    out.Texts(SortedUnique(std::move(pairs)));
  }
  // Who an author is matters only to policies that ask.
  std::vector<std::string> organisations;
  if (origin) {
    for (const Party& party : vocabulary.organisations) organisations.push_back(EncodeParty(party));
  }
  out.Texts(SortedUnique(std::move(organisations)));
  version_ = hash_(std::move(out).Take());
}

void Engine::Core::PlanProjections() {
  Reads all;
  all.record = RecordBit("purposes");  // a disclosure states them, whatever the policies read
  all.party = kPartyPurposes;
  for (size_t i = 0; i < set_.compiled.size(); ++i) {
    const Reads& reads = set_.compiled[i].reads;
    all.record |= reads.record;
    all.party |= reads.party;
    all.marking |= MarkingFacts(reads);
    if (!set_.compiled[i].discloses) continue;
    disclosing_.push_back(Sets{i, IndexOf(party_sets_, reads.party), IndexOf(label_sets_, reads.record),
                               IndexOf(marking_sets_, MarkingFacts(reads))});
  }
  // The name of a partner is in its refusals, so a mask is never shared between two.
  all.party |= kPartyIdentity;
  party_sets_.push_back(all.party);
  label_sets_.push_back(all.record);
  marking_sets_.push_back(all.marking);
}

Projection Engine::Core::Number(char what, uint32_t facts, const std::string& bytes) {
  if (bytes.size() > kLongestNumbered) return kNotNumbered;
  Writer key;
  key.U8(static_cast<uint8_t>(what));
  key.U32(facts);
  key.Text(bytes);
  const std::string name = std::move(key).Take();
  if (const std::optional<Projection> known = numbers_.Find(name)) return *known;
  uint32_t next = next_projection_.load();
  do {
    if (next == UINT32_MAX) return kNotNumbered;
  } while (!next_projection_.compare_exchange_weak(next, next + 1));
  return numbers_.Keep(name, next);
}

LabelHandle Engine::Core::Intern(const Label& label) {
  auto interned = std::make_shared<InternedLabel>();
  interned->label = label;
  Normalise(interned->label);
  interned->engine = serial_;
  interned->kind = world_.FindKind(label.kind);
  interned->own = label.origin.has_value() && *label.origin == self_ && !self_.empty();
  for (const bool named : {false, true}) {
    for (const uint32_t facts : label_sets_) {
      interned->projections[named].push_back(
          Number('L', facts, ProjectLabel(interned->label, facts, interned->own, named)));
    }
  }
  return interned;
}

MarkingHandle Engine::Core::Intern(const FieldMarking& marking) {
  if (marking.empty()) return nullptr;
  auto interned = std::make_shared<InternedMarking>();
  interned->marking = marking;
  interned->engine = serial_;
  for (const uint32_t facts : marking_sets_) {
    const std::string bytes = ProjectMarking(marking, facts);
    interned->projections.push_back(bytes.empty() ? kUnmarked : Number('M', facts, bytes));
  }
  return interned;
}

PartyHandle Engine::Core::Intern(const Party& party) {
  auto interned = std::make_shared<InternedParty>();
  interned->party = party;
  interned->engine = serial_;
  interned->entity = world_.Principal(party);
  for (const uint32_t facts : party_sets_) {
    interned->projections.push_back(Number('P', facts, ProjectParty(party, facts)));
  }
  return interned;
}

std::optional<Scene> Engine::Core::SceneOf(const PartyHandle& party, const LabelHandle& label, uint32_t kind,
                                           const MarkingHandle& marking) const {
  if (party == nullptr || label == nullptr || party->engine != serial_ || label->engine != serial_) return std::nullopt;
  if (marking != nullptr && marking->engine != serial_) return std::nullopt;
  if (label->kind == nullptr || label->kind->shape.number != kind || label->kind->places.empty()) return std::nullopt;
  const FactSet& named = label->label.named_recipients;
  return Scene{*party, *label, *label->kind, marking.get(),
               named.has_value() && std::binary_search(named->begin(), named->end(), party->party.organisation)};
}

std::shared_ptr<const CachedMask> Engine::Core::MaskFor(const Scene& scene) {
  const MaskKey key{scene.party.projections.back(), scene.label.projections[scene.named].back(),
                    scene.marking == nullptr ? kUnmarked : scene.marking->projections.back(), scene.kind.shape.number};
  const bool numbered = key.party != kNotNumbered && key.label != kNotNumbered && key.marking != kNotNumbered;
  if (!numbered) return MakeMask(scene);
  if (auto known = masks_.Find(key)) return *std::move(known);
  return masks_.Keep(key, MakeMask(scene));
}

std::shared_ptr<const CachedMask> Engine::Core::ClosedMask(uint32_t kind, std::string sentence) const {
  auto closed = std::make_shared<CachedMask>();
  const KindPlaces* places = world_.FindKind(kind);
  const size_t slots = places == nullptr ? 0 : places->shape.slots.size();
  closed->mask.rungs.assign(slots, kWithheld);
  closed->mask.permits_begin.assign(slots + 1, 0);
  closed->refusal = Refusal{{}, std::move(sentence)};
  closed->purposes = std::make_shared<const std::vector<std::string>>();
  return closed;
}

std::shared_ptr<const Column> Engine::Core::ColumnFor(const Sets& sets, const Scene& scene, Painter& painter) {
  const ColumnKey key{static_cast<uint32_t>(sets.rule), scene.kind.shape.number, scene.party.projections[sets.party],
                      scene.label.projections[scene.named][sets.label],
                      scene.marking == nullptr ? kUnmarked : scene.marking->projections[sets.marking]};
  const bool numbered = key.party != kNotNumbered && key.label != kNotNumbered && key.marking != kNotNumbered;
  if (numbered) {
    if (auto known = columns_.Find(key)) return *std::move(known);
  }
  auto painted = std::make_shared<const Column>(painter.Paint(sets.rule));
  return numbered ? columns_.Keep(key, std::move(painted)) : painted;
}

std::shared_ptr<const CachedMask> Engine::Core::MakeMask(const Scene& scene) {
  const size_t words = Words(scene.kind.places.size());
  PlaceBits permitted(words, 0), forbidden(words, 0);
  std::vector<PlaceBits> holds(disclosing_.size());  // by rule: where it permits, or where it forbids or errs
  Painter painter(*this, scene);
  for (size_t i = 0; i < disclosing_.size(); ++i) {
    const CompiledRule& rule = set_.compiled[disclosing_[i].rule];
    const std::shared_ptr<const Column> column = ColumnFor(disclosing_[i], scene, painter);
    holds[i] = Spread(column->satisfied, rule.reads.field, words);
    if (rule.policy.effect() == cedar::Effect::kPermit) {
      Or(permitted, holds[i]);
    } else {
      Or(holds[i], Spread(column->erred, rule.reads.field, words));
      Or(forbidden, holds[i]);
    }
  }

  auto made = std::make_shared<CachedMask>();
  Mask& mask = made->mask;
  const size_t slots = scene.kind.shape.slots.size();
  mask.rungs.assign(slots, kWithheld);
  for (size_t slot = 0; slot < slots; ++slot) {
    mask.permits_begin.push_back(static_cast<uint32_t>(mask.permits.size()));
    // Begin at the coarsest rung: somebody who holds a rung holds the coarser ones too, so all of them must be allowed.
    const size_t first = scene.kind.first[slot];
    size_t finest = scene.kind.first[slot + 1];
    while (finest > first && Bit(permitted, finest - 1) && !Bit(forbidden, finest - 1)) --finest;
    if (finest == scene.kind.first[slot + 1]) continue;
    mask.rungs[slot] = static_cast<int8_t>(finest - first);
    mask.travels = true;
    for (size_t i = 0; i < disclosing_.size(); ++i) {
      if (set_.compiled[disclosing_[i].rule].policy.effect() == cedar::Effect::kPermit && Bit(holds[i], finest)) {
        mask.permits.push_back(static_cast<uint16_t>(disclosing_[i].rule));
      }
    }
  }
  mask.permits_begin.push_back(static_cast<uint32_t>(mask.permits.size()));
  mask.deciding = mask.permits;
  std::sort(mask.deciding.begin(), mask.deciding.end());
  mask.deciding.erase(std::unique(mask.deciding.begin(), mask.deciding.end()), mask.deciding.end());
  made->purposes = std::make_shared<const std::vector<std::string>>(
      Intersection(scene.label.label.purposes, scene.party.party.purposes));
  if (!mask.travels) made->refusal = Explained(scene, permitted, holds);
  return made;
}

// Names the forbids that take away what is permitted, first those that take away most. Where nothing is permitted, it
// names those that hold everywhere.
Refusal Engine::Core::Explained(const Scene& scene, const PlaceBits& permitted,
                                const std::vector<PlaceBits>& holds) const {
  const bool any = Count(permitted, permitted) > 0;
  const size_t places = scene.kind.places.size();
  std::vector<std::pair<size_t, size_t>> blocking;  // how many places, rule
  for (size_t i = 0; i < disclosing_.size(); ++i) {
    if (set_.compiled[disclosing_[i].rule].policy.effect() == cedar::Effect::kPermit) continue;
    const size_t count = any ? Count(holds[i], permitted) : 0;
    bool everywhere = !any;
    for (size_t place = 0; place < places && everywhere; ++place) everywhere = Bit(holds[i], place);
    if (count > 0 || everywhere) blocking.emplace_back(count, disclosing_[i].rule);
  }
  std::stable_sort(blocking.begin(), blocking.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<size_t> blamed;
  blamed.reserve(blocking.size());
  for (const auto& entry : blocking) blamed.push_back(entry.second);
  Refusal refusal = RefusalBy(set_, blamed, scene.party.party.organisation);
  if (!any) {
    refusal.sentence = absl::StrCat("no policy permits to disclose any field of it to `",
                                    scene.party.party.organisation, "`; ", refusal.sentence);
  }
  return refusal;
}

Refusal RefusalBy(const RuleSet& set, const std::vector<size_t>& rules, const std::string& whom) {
  Refusal refusal;
  for (const size_t rule : rules) refusal.rules.push_back((*set.rules)[rule]);
  if (refusal.rules.empty()) {
    refusal.sentence = absl::StrCat("nothing forbids it to `", whom, "`, but without a permit nothing goes");
    return refusal;
  }
  const Rule& first = refusal.rules.front();
  refusal.sentence = absl::StrCat("forbidden to `", whom, "` by ", first.Where());
  if (!first.comment.empty()) absl::StrAppend(&refusal.sentence, ": ", first.comment);
  return refusal;
}

cedar::Outcome Engine::Core::Evaluate(size_t rule, const cedar::Request& request, const cedar::Entities& entities) {
  std::string error;
  const cedar::Outcome outcome = cedar::EvaluatePolicy(set_.compiled[rule].policy, request, entities, &error);
  if (outcome == cedar::Outcome::kError) {
    threads::MutexLock lock(errors_mutex_);
    const auto key = std::make_pair(rule, error);
    const auto found = errors_.find(key);
    if (found != errors_.end()) {
      ++found->second;
    } else if (errors_.size() < kMostErrors) {
      errors_.emplace(key, 1);
    }
  }
  return outcome;
}

std::vector<SeenError> Engine::Core::ErrorsSeen() const {
  std::vector<SeenError> seen;
  {
    threads::MutexLock lock(errors_mutex_);
    for (const auto& entry : errors_) {
      seen.push_back(SeenError{(*set_.rules)[entry.first.first], entry.first.second, entry.second});
    }
  }
  std::stable_sort(seen.begin(), seen.end(), [](const SeenError& a, const SeenError& b) { return a.times > b.times; });
  return seen;
}

std::shared_ptr<const Verdict> Engine::Core::Decide(const cedar::Entity& principal, const cedar::Entity& resource,
                                                    const cedar::EntityUid& action, cedar::Value context,
                                                    const std::function<bool(const CompiledRule&)>& takes_part,
                                                    const std::string& whom) {
  auto verdict = std::make_shared<Verdict>();
  std::vector<std::string> permits;
  std::vector<size_t> forbids;
  const absl::StatusOr<cedar::Entities> entities = cedar::Entities::Layer(world_.base(), {principal, resource});
  const cedar::Request request{principal.uid, action, resource.uid, std::move(context)};
  for (size_t i = 0; i < set_.compiled.size(); ++i) {
    if (!takes_part(set_.compiled[i])) continue;
    const cedar::Outcome outcome = entities.ok() ? Evaluate(i, request, *entities) : cedar::Outcome::kError;
    const bool permit = set_.compiled[i].policy.effect() == cedar::Effect::kPermit;
    if (permit && outcome == cedar::Outcome::kSatisfied) permits.push_back((*set_.rules)[i].id);
    if (!permit && outcome != cedar::Outcome::kNotSatisfied) forbids.push_back(i);
  }
  verdict->allowed = !permits.empty() && forbids.empty();
  if (!verdict->allowed) verdict->refusal = RefusalBy(set_, forbids, whom);
  verdict->rule_ids = std::make_shared<const std::vector<std::string>>(SortedUnique(std::move(permits)));
  return verdict;
}

std::shared_ptr<const Verdict> Engine::Core::Admit(const Scene& scene, bool from_author, bool author_confirmed) {
  const Projection party = scene.party.projections.back();
  const Projection label = scene.label.projections[scene.named].back();
  Writer key;
  key.U8('A');
  key.U32(party);
  key.U32(label);
  key.U32(scene.kind.shape.number);
  key.U8(static_cast<uint8_t>((from_author ? 1 : 0) | (author_confirmed ? 2 : 0)));
  const std::string name = std::move(key).Take();
  const bool numbered = party != kNotNumbered && label != kNotNumbered;
  if (numbered) {
    if (auto known = verdicts_.Find(name)) return *std::move(known);
  }
  cedar::Value context = cedar::Value::Record(
      {{"from_author", cedar::Value::Bool(from_author)}, {"author_confirmed", cedar::Value::Bool(author_confirmed)}});
  auto verdict = Decide(scene.party.entity, world_.Record(scene.kind, scene.view()), actions::Admit(),
                        std::move(context), std::mem_fn(&CompiledRule::admits), scene.party.party.organisation);
  return numbered ? verdicts_.Keep(name, std::move(verdict)) : verdict;
}

}  // namespace tidegate::policy
