#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "crypto/hash.h"
#include "node/decision/decision.h"
#include "node/decision/versions.h"
#include "threads/threads.h"

namespace tidegate::decision {
namespace {

// Names of the catalogue's code lists whose nesting policies use.
constexpr std::string_view kExploitationList = "exploitation";
constexpr std::string_view kSectorList = "sector";
constexpr std::string_view kCountryList = "country";

// How policies name the words of a code list: by a Cedar type, or by a fact of the label.
constexpr std::pair<std::string_view, std::string_view> kWordLists[] = {
    {"Country", kCountryList},
    {"Sector", kSectorList},
    {"Exploitation", kExploitationList},
    {"Purpose", "purpose"},
    {"legal_basis", "legal-basis"},
    {"retention", "retention"},
    {"onward", "onward"},
    {"handling_code", "handling-code"},
    {"source_grade", "source-grade"},
    {"intelligence_grade", "intelligence-grade"},
    {"basis", "basis"},
};

policy::Digest Sha256(std::string_view bytes) { return crypto::HashOf({bytes}); }

// The version in force, which stands in two rows. Where both are damaged the node must not guess what is allowed.
absl::StatusOr<PolicyVersion> NewestVersion(const store::Reader& reader) {
  auto bytes = reader.GetNamed(store::Named::kPolicyVersion, kVersionScope, kNewest);
  auto newest = bytes.ok() ? DecodeVersion(*bytes) : bytes.status();
  if (!store::Damaged(newest.status())) return newest;
  for (uint32_t number = 1;; ++number) {
    bytes = reader.GetNamed(store::Named::kPolicyVersion, kVersionScope, VersionKey(number));
    if (absl::IsNotFound(bytes.status())) return newest;
    newest = bytes.ok() ? DecodeVersion(*bytes) : bytes.status();
  }
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

std::vector<policy::KnownWord> WordsOf(std::string_view list_name) {
  std::vector<policy::KnownWord> words;
  const record::CodeList* list = record::Catalogue::FindCodeList(list_name);
  if (list == nullptr) return words;
  for (const record::Code& code : list->codes) {
    policy::KnownWord& word = words.emplace_back();
    word.word = std::string(code.code);
    word.spellings.emplace_back(code.label);
    word.spellings.insert(word.spellings.end(), code.aliases.begin(), code.aliases.end());
  }
  return words;
}

}  // namespace

Decisions::Decisions(store::Store& store, std::string self) : store_(store), self_(std::move(self)) {}

absl::StatusOr<std::unique_ptr<Decisions>> Decisions::Open(store::Store& store, std::string self) {
  std::unique_ptr<Decisions> decisions(new Decisions(store, std::move(self)));
  auto snapshot = store.Read();
  if (!snapshot.ok()) return snapshot.status();
  PolicyVersion in_force;
  auto newest = NewestVersion(**snapshot);
  if (!newest.ok() && !absl::IsNotFound(newest.status())) return newest.status();
  if (newest.ok()) in_force = *std::move(newest);
  auto engine = decisions->Compile(in_force.sources);
  if (!engine.ok()) {
    return absl::DataLossError(absl::StrCat("decision: policy version ", in_force.number,
                                            " no longer validates: ", engine.status().message()));
  }
  in_force.digest = (*engine)->version();
  const threads::MutexLock lock(decisions->mutex_);
  decisions->in_force_ = std::move(in_force);
  decisions->engine_ = *std::move(engine);
  return decisions;
}

std::shared_ptr<const policy::Engine> Decisions::engine() const {
  threads::MutexLock lock(mutex_);
  return engine_;
}

PolicyVersion Decisions::in_force() const {
  threads::MutexLock lock(mutex_);
  return in_force_;
}

void Decisions::SetCircles(std::vector<std::string> circles) {
  threads::MutexLock lock(mutex_);
  circles_ = std::move(circles);
}

policy::Vocabulary Decisions::VocabularyNow() const {
  policy::Vocabulary vocabulary;
  vocabulary.self = self_;
  vocabulary.exploitation = ParentsOf(kExploitationList);
  vocabulary.sectors = ParentsOf(kSectorList);
  vocabulary.countries = ParentsOf(kCountryList);
  threads::MutexLock lock(mutex_);
  vocabulary.circles = circles_;
  return vocabulary;
}

policy::KnownWords Decisions::Words(const std::vector<std::string>& organisations) const {
  policy::KnownWords words;
  for (const auto& [what, list] : kWordLists) words.emplace(what, WordsOf(list));
  for (const std::string& name : organisations) words["Organisation"].push_back({name, {}});
  // Tags are free words: one that is in no list may still be on a record.
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return words;
  auto holdings = (*snapshot)->Holdings();
  if (!holdings.ok()) return words;
  std::vector<policy::KnownWord>& tags = words["tags"];
  tags = WordsOf("tag");
  for (const policy::RecordCount& count : holdings->records) {
    if (!count.label.tags.has_value()) continue;
    for (const std::string& tag : *count.label.tags) tags.push_back({tag, {}});
  }
  return words;
}

std::vector<policy::Diagnostic> Decisions::Check(const std::vector<policy::PolicySource>& sources,
                                                 const std::vector<std::string>& organisations) const {
  policy::Vocabulary vocabulary = VocabularyNow();
  vocabulary.words = Words(organisations);
  return review::Check(sources, record::Shapes(), vocabulary);
}

absl::StatusOr<std::shared_ptr<const policy::Engine>> Decisions::Compile(
    const std::vector<policy::PolicySource>& sources) const {
  if (sources.size() > kMostSources) {
    return absl::InvalidArgumentError(absl::StrCat("decision: more than ", kMostSources, " policy files"));
  }
  constexpr size_t kLongestName = 4096;
  const auto long_name = [](const policy::PolicySource& source) { return source.file.size() > kLongestName; };
  if (std::any_of(sources.begin(), sources.end(), long_name)) {
    return absl::InvalidArgumentError("decision: a policy file's name is too long");
  }
  return policy::Engine::Create(sources, record::Shapes(), VocabularyNow(), &Sha256);
}

absl::StatusOr<review::Plan> Decisions::Plan(const policy::Engine& after,
                                             const std::vector<policy::Party>& partners) const {
  return Compare(*engine(), after, partners);
}

absl::StatusOr<review::Plan> Decisions::Compare(const policy::Engine& before, const policy::Engine& after,
                                                const std::vector<policy::Party>& partners) const {
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto holdings = (*snapshot)->Holdings();
  if (!holdings.ok()) return holdings.status();
  return review::MakePlan(before, after, OwnOf(*std::move(holdings), self_), partners);
}

policy::Holdings OwnOf(policy::Holdings held, const std::string& self) {
  const auto foreign = [&self](const auto& count) { return count.label.origin != self; };
  std::erase_if(held.records, foreign);
  std::erase_if(held.fields, foreign);
  return held;
}

}  // namespace tidegate::decision
