// The inside of the engine: interned facts, columns, masks. Private to policy and policy/review.
//
// The engine puts a mask together from columns. A column is one policy's outcome at every place (a field at a rung) of
// a kind, for those facts of partner, label and marking that this policy reads. A policy that does not ask which field
// it is about has a column of one place. Each policy reads few facts, so few columns serve many labels. A new label
// usually costs a few look-ups and some bit operations, and no evaluation.
#ifndef TIDEGATE_POLICY_CORE_H_
#define TIDEGATE_POLICY_CORE_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "policy/bounded_cache.h"
#include "policy/engine.h"
#include "policy/rules.h"
#include "policy/world.h"
#include "threads/threads.h"

namespace tidegate::policy {

// The number of some facts of a label, a partner or a marking. Two labels with one number look the same to every policy
// that reads these facts; so do two partners and two markings. What has kNotNumbered is never cached.
using Projection = uint32_t;
inline constexpr Projection kNotNumbered = 0;
// The projection of a field without marking, or of one whose marking no policy of a set reads.
inline constexpr Projection kUnmarked = 1;

class InternedLabel {
 public:
  Label label;
  uint64_t engine = 0;
  const KindPlaces* kind = nullptr;  // of label.kind; null if unknown
  bool own = false;
  // By [named][set of facts]; the last one is of all facts that any policy reads.
  std::vector<Projection> projections[2];
};

class InternedMarking {
 public:
  FieldMarking marking;
  uint64_t engine = 0;
  std::vector<Projection> projections;
};

class InternedParty {
 public:
  Party party;
  uint64_t engine = 0;
  cedar::Entity entity;
  std::vector<Projection> projections;
};

// Bits by place of a kind.
using PlaceBits = absl::InlinedVector<uint64_t, 4>;

struct Column {
  PlaceBits satisfied;
  PlaceBits erred;
};

struct CachedMask {
  Mask mask;
  std::optional<Refusal> refusal;  // if it does not travel
  std::shared_ptr<const std::vector<std::string>> purposes;
};

// The answer about a whole record, for `admit` and `read`.
struct Verdict {
  bool allowed = false;
  std::shared_ptr<const std::vector<std::string>> rule_ids;
  std::optional<Refusal> refusal;
};

// What a user may see of the fields of a kind, at which rung, and why not more. It is for records with one label and
// fields with one marking.
struct Sight {
  Rungs rungs;
  std::vector<std::shared_ptr<const Refusal>> why;  // by slot; null where the finest rung may be seen
};

// The inputs of one decision about a disclosure.
struct Scene {
  const InternedParty& party;
  const InternedLabel& label;
  const KindPlaces& kind;
  const InternedMarking* marking = nullptr;
  bool named = false;

  LabelView view() const {
    return LabelView{&label.label, label.own, named, marking == nullptr ? nullptr : &marking->marking};
  }
};

class Engine::Core {
 public:
  Core(RuleSet set, World world, const Vocabulary& vocabulary, HashFunction hash);

  const RuleSet& set() const { return set_; }
  const World& world() const { return world_; }
  uint64_t serial() const { return serial_; }
  const std::string& self() const { return self_; }
  const Digest& version() const { return version_; }
  HashFunction hash_function() const { return hash_; }
  Digest Hash(std::string_view bytes) const { return hash_(bytes); }

  LabelHandle Intern(const Label& label);
  MarkingHandle Intern(const FieldMarking& marking);
  PartyHandle Intern(const Party& party);

  // None if a handle is of another engine, or if the label is of another kind. Then there is nothing to decide.
  std::optional<Scene> SceneOf(const PartyHandle& party, const LabelHandle& label, uint32_t kind,
                               const MarkingHandle& marking) const;
  // Never null.
  std::shared_ptr<const CachedMask> MaskFor(const Scene& scene);
  std::shared_ptr<const CachedMask> ClosedMask(uint32_t kind, std::string sentence) const;

  std::shared_ptr<const Verdict> Admit(const Scene& scene, bool from_author, bool author_confirmed);
  std::shared_ptr<const Verdict> Read(const Principal& principal, const InternedLabel& label, bool reasoned);
  // Never null. `marking` is null for a field without.
  std::shared_ptr<const Sight> SightOf(const Principal& principal, const InternedLabel& label,
                                       const InternedMarking* marking, bool reasoned);
  std::shared_ptr<const Verdict> Allow(const Principal& principal, Action action, Area area);
  std::shared_ptr<const Verdict> May(const Principal& principal, Action action, const InternedLabel& label);
  // The baseline's refusal to a user who reads any record without a reason.
  Refusal WithoutReason(const Principal& principal) const;

  // Evaluates one rule at one place now. It is for explanations.
  cedar::Outcome Evaluate(size_t rule, const cedar::Request& request, const cedar::Entities& entities);

  std::vector<SeenError> ErrorsSeen() const;

 private:
  struct ColumnKey {
    uint32_t rule, kind;
    Projection party, label, marking;
    bool operator==(const ColumnKey&) const = default;
    template <typename H>
    friend H AbslHashValue(H h, const ColumnKey& k) {
      return H::combine(std::move(h), k.rule, k.kind, k.party, k.label, k.marking);
    }
  };
  struct MaskKey {
    Projection party, label, marking;
    uint32_t kind;
    bool operator==(const MaskKey&) const = default;
    template <typename H>
    friend H AbslHashValue(H h, const MaskKey& k) {
      return H::combine(std::move(h), k.party, k.label, k.marking, k.kind);
    }
  };
  // Where in the lists of projections a rule's facts are found.
  struct Sets {
    size_t rule = 0;
    size_t party = 0, label = 0, marking = 0;
  };
  class Painter;  // evaluates columns of one scene, making its entities only when needed

  void ComputeVersion(const Vocabulary& vocabulary);
  void PlanProjections();
  Projection Number(char what, uint32_t facts, const std::string& bytes);
  std::shared_ptr<const CachedMask> MakeMask(const Scene& scene);
  std::shared_ptr<const Column> ColumnFor(const Sets& sets, const Scene& scene, Painter& painter);
  Refusal Explained(const Scene& scene, const PlaceBits& permitted, const std::vector<PlaceBits>& holds) const;
  std::shared_ptr<const Verdict> Decide(const cedar::Entity& principal, const cedar::Entity& resource,
                                        const cedar::EntityUid& action, cedar::Value context,
                                        const std::function<bool(const CompiledRule&)>& takes_part,
                                        const std::string& whom);
  std::shared_ptr<const Sight> MakeSight(const Principal& principal, const InternedLabel& label,
                                         const InternedMarking* marking, bool reasoned);

  RuleSet set_;
  World world_;
  HashFunction hash_;
  uint64_t serial_;
  std::string self_;
  Digest version_{};

  // The sets of facts that policies read, each once. The last one of each list is everything that any policy reads.
  std::vector<uint32_t> label_sets_, party_sets_, marking_sets_;
  std::vector<Sets> disclosing_;

  std::atomic<uint32_t> next_projection_{1};
  BoundedCache<std::string, Projection> numbers_;
  BoundedCache<ColumnKey, std::shared_ptr<const Column>> columns_;
  BoundedCache<MaskKey, std::shared_ptr<const CachedMask>> masks_;
  BoundedCache<std::string, std::shared_ptr<const Verdict>> verdicts_;
  BoundedCache<std::string, std::shared_ptr<const Sight>> sights_;

  mutable threads::Mutex errors_mutex_;
  std::map<std::pair<size_t, std::string>, uint64_t> errors_ ABSL_GUARDED_BY(errors_mutex_);
};

// The refusal for `whom`. `rules` are the indices of the rules that forbid. If there are none, the refusal says that no
// permit applied.
Refusal RefusalBy(const RuleSet& set, const std::vector<size_t>& rules, const std::string& whom);

}  // namespace tidegate::policy

#endif  // TIDEGATE_POLICY_CORE_H_
