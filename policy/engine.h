// The engine is one policy set, compiled. It never changes. It is thread-safe, and its caches are bounded.
#ifndef TIDEGATE_POLICY_ENGINE_H_
#define TIDEGATE_POLICY_ENGINE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "policy/gates.h"
#include "policy/labels.h"

namespace tidegate::policy {

// One policy file as read by the caller. `file` is a name for messages, not a path that anyone opens.
struct PolicySource {
  std::string file;
  std::string text;
};

struct CodeParent {
  std::string child;
  std::string parent;
};

// A word that policies may use, and the other spellings by which people mean it.
struct KnownWord {
  std::string word;
  std::vector<std::string> spellings;
};

// By Cedar type ("Purpose", "Country", "Organisation", ...) or, for facts whose values are strings, by the fact
// ("legal_basis", "retention", "tags", ...).
using KnownWords = std::map<std::string, std::vector<KnownWord>, std::less<>>;

// The names that policies may use beyond the baseline: who we are, whom we know, how codes nest.
struct Vocabulary {
  std::string self;                      // our own organisation, as Label::origin names it
  std::vector<Party> organisations;      // partners, for policies about a record's origin; may be empty
  std::vector<std::string> circles;      // every circle that exists; naming another is a lint
  std::vector<std::string> roles;        // of users, beyond kRoles
  std::vector<CodeParent> exploitation;  // child type in parent type
  std::vector<CodeParent> sectors;       // "police.local" in "police"
  std::vector<CodeParent> countries;     // "FR" in "EU"
  // For review::Check alone. It warns of a policy that uses another word. It does not look at types and facts that are
  // not listed here.
  KnownWords words;
};

enum class Severity { kError, kWarning };

// The policies that every node starts from, to show them.
std::vector<PolicySource> BaselineSources();

// One finding about a policy file. `excerpt` is the line with a caret under the place, or empty.
struct Diagnostic {
  Severity severity = Severity::kError;
  std::string file;
  uint32_t line = 0;  // 1-based; 0 if there is none
  uint32_t column = 0;
  std::string message;
  std::string excerpt;

  std::string ToString() const;
};

// Takes an error apart that the reader of a policy file or a case file gave. Its form is `file:line:column: message`,
// then the line and a caret.
Diagnostic DiagnosticFrom(const std::string& file, const absl::Status& status);

// A policy that erred: what went wrong, and how often since the engine was made.
struct SeenError {
  Rule rule;
  std::string message;
  uint64_t times = 0;
};

// Interned facts. They are cheap to copy and safe to keep and to share. Each serves the engine that made it, and no
// other.
class InternedLabel;
class InternedMarking;
class InternedParty;
using LabelHandle = std::shared_ptr<const InternedLabel>;
using MarkingHandle = std::shared_ptr<const InternedMarking>;  // null: the field bears no marking of its own
using PartyHandle = std::shared_ptr<const InternedParty>;

// A field that is present in a record.
struct HeldField {
  uint16_t slot = 0;  // position in the kind's slots
  HeldRungs rungs = 0;
  MarkingHandle marking;
};

// A record that might leave.
struct Candidate {
  Leaf leaf{};
  uint32_t kind = 0;
  LabelHandle label;
  std::vector<HeldField> fields;  // only those present
  std::optional<int64_t> not_before_ms;
  std::optional<int64_t> expiry_ms;
};

// A record that might enter.
struct Arrival {
  Leaf leaf{};
  uint32_t kind = 0;
  LabelHandle label;
  bool author_confirmed = false;  // we have confirmed the author's key, not only the sender's
  std::optional<int64_t> expiry_ms;
};

class Engine {
 public:
  // Parses and validates the baseline and `sources`. Errors: kInvalidArgument with every diagnostic, each on a line of
  // its own. Then there is no new engine, and the caller keeps the one that it has.
  static absl::StatusOr<std::shared_ptr<const Engine>> Create(const std::vector<PolicySource>& sources,
                                                              const std::vector<KindShape>& kinds,
                                                              const Vocabulary& vocabulary, HashFunction hash);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // The digest of everything that can change a decision, except the partner: policies, schema, shapes, codes, our name.
  const Digest& version() const;
  // The digest of a partner's facts.
  Digest PartyDigest(const Party& party) const;
  // The digest of both. Two equal decision versions give equal decisions for that partner.
  Digest DecisionVersion(const Party& party) const;

  HashFunction hash_function() const;
  const std::string& self() const;  // our own organisation
  const std::vector<Rule>& rules() const;
  // The text of a rule in Cedar's canonical format. Precondition: rule < rules().size().
  std::string PolicyText(size_t rule) const;
  const std::vector<KindShape>& kinds() const;
  const KindShape* FindKind(uint32_t number) const;

  LabelHandle Intern(const Label& label) const;
  MarkingHandle Intern(const FieldMarking& marking) const;  // null for an empty marking
  PartyHandle Intern(const Party& party) const;

  // The mask of what may go. It is looked up, or it is evaluated and kept. Never null. The mask of an unknown kind
  // opens nothing, and so does the mask for a handle of another engine.
  std::shared_ptr<const Mask> MaskFor(const PartyHandle& party, const LabelHandle& label, uint32_t kind,
                                      const MarkingHandle& marking = nullptr) const;

  // A record travels if the mask of its label, without field markings, opens some slot of its kind. Each field then
  // goes as the mask with the field's own marking says. The record is refused before `not_before_ms` and from
  // `expiry_ms` on.
  Ruling<Disclosure> Disclose(const PartyHandle& party, const Candidate& candidate, int64_t now_ms) const;

  Ruling<Admission> Admit(const PartyHandle& sender, const Arrival& arrival, int64_t now_ms) const;

  // Whether a user may do something in an area of the node.
  Ruling<Right> Allow(const Principal& principal, Action action, Area area) const;
  // Whether this user may do that to such a record. Opens nothing.
  bool May(const Principal& principal, Action action, uint32_t kind, const LabelHandle& label) const;

  // Whether a user may read one record, for the reason that the user gave. The policies decide about each field of the
  // candidate.
  Ruling<Access> Read(const Principal& principal, const Candidate& candidate, std::string_view reason) const;
  // The same without the fields of the record: then no field may be seen.
  Ruling<Access> Read(const Principal& principal, const Leaf& leaf, uint32_t kind, const LabelHandle& label,
                      std::string_view reason) const;
  // Whether a user may read many records, or look whether there are any. It is refused without a reason, because the
  // baseline would refuse each record. Sees then decides for each record.
  Ruling<Access> Search(const Principal& principal, std::string_view scope, std::string_view reason) const;
  bool Sees(const Access& access, uint32_t kind, const LabelHandle& label) const;
  // Whether this user may read such a record once they say why. Opens nothing.
  bool CouldRead(const Principal& principal, uint32_t kind, const LabelHandle& label) const;

  // The policies that have erred so far, the most frequent first. Their number is bounded.
  std::vector<SeenError> ErrorsSeen() const;

  class Core;
  // For policy/review, which alone reads policy/core.h.
  Core& core() const { return *core_; }

 private:
  explicit Engine(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

}  // namespace tidegate::policy

#endif  // TIDEGATE_POLICY_ENGINE_H_
