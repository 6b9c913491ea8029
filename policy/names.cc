#include "policy/names.h"

#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "policy/principal.h"
#include "text/text.h"

namespace tidegate::policy {
namespace {

constexpr std::string_view kSubjects[] = {"victim",   "suspect",      "convicted",   "witness",
                                          "reporter", "professional", "undetermined"};

}  // namespace

Names::Names(const World& world, const Vocabulary& vocabulary)
    : vocabulary_(vocabulary), catalogued_(!world.shapes().empty()) {
  for (const cedar::EntityUid& uid : world.base().Uids()) known_[uid.type()].insert(uid.id());
  for (const auto& [what, words] : vocabulary.words) {
    for (const KnownWord& word : words) known_[what].insert(word.word);
  }
  known_["Role"].insert(std::begin(kRoles), std::end(kRoles));
  known_["Role"].insert(vocabulary.roles.begin(), vocabulary.roles.end());
  known_["SubjectCategory"].insert(std::begin(kSubjects), std::end(kSubjects));
}

bool Names::Exists(const std::string& what, const std::string& word) const {
  const auto known = known_.find(what);
  return known != known_.end() && known->second.contains(word);
}

std::string Names::Meant(const std::string& what, const std::string& word) const {
  const auto words = vocabulary_.words.find(what);
  if (words != vocabulary_.words.end()) {
    text::Nearest nearest(word);
    for (const KnownWord& known : words->second) {
      nearest.Offer(known.word, known.word);
      for (const std::string& spelling : known.spellings) nearest.Offer(spelling, known.word);
    }
    if (!nearest.best().empty()) return absl::StrCat(" (did you mean `", std::string(nearest.best()), "`?)");
  }
  const auto known = known_.find(what);
  if (known == known_.end()) return cedar::Expected(word, {});
  return cedar::Expected(word, {known->second.begin(), known->second.end()});
}

bool Names::ComeFromPeople(const std::string& type) const {
  return type == "Circle" || type == "Role" || vocabulary_.words.contains(type);
}

bool Names::ComeWithTheNode(const std::string& type) const {
  if (ComeFromPeople(type)) return false;
  const bool ours = type == "Tlp" || type == "Pap" || type == "SubjectCategory" || type == "Area";
  const bool catalogue = type == "FieldClass" || type == "Precision" || type == "Kind" || type == "Slot";
  return ours || (catalogue && catalogued_);
}

void RefuseUnknownNames(RuleSet& set, const World& world, const Vocabulary& vocabulary) {
  const Names names(world, vocabulary);
  for (const CompiledRule& rule : set.compiled) {
    if (rule.baseline) continue;
    for (const cedar::EntityUid& uid : rule.policy.EntityLiterals()) {
      if (!names.ComeWithTheNode(uid.type()) || names.Exists(uid.type(), uid.id())) continue;
      set.diagnostics.push_back(
          FindingAt(Severity::kError, rule.policy.PlaceOf(uid),
                    absl::StrCat("there is no ", uid.ToString(), names.Meant(uid.type(), uid.id()))));
    }
  }
}

}  // namespace tidegate::policy
