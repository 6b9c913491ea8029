#include "node/intake/stix/markings.h"

#include <algorithm>

#include "node/intake/text.h"
#include "node/stix/stix.h"

namespace tidegate::intake {
namespace {

using record::Tlp;

constexpr std::size_t kMaxDefinitions = 10'000;
constexpr std::size_t kMaxStatements = 64;  // of one marking

bool IsPredefined(std::string_view id) {
  const auto known = stix::TlpMarkings();
  return std::any_of(known.begin(), known.end(), [id](const stix::TlpMarking& one) { return one.id == id; });
}

// Reads a member that should name a TLP. An unknown word makes the marking unknown.
void LearnTlp(const simdjson::dom::element& word, Marking* marking) {
  std::string_view text;
  std::optional<Tlp> tlp;
  if (word.get_string().get(text) == simdjson::SUCCESS) tlp = stix::TlpOfWord(text);
  if (!tlp.has_value()) marking->strange = true;
  marking->tlp = Stricter(marking->tlp, tlp);
}

void LearnExtensions(const simdjson::dom::element& value, Marking* marking) {
  simdjson::dom::object extensions;
  if (value.get_object().get(extensions) != simdjson::SUCCESS) {
    marking->strange = true;
    return;
  }
  for (simdjson::dom::key_value_pair extension : extensions) {
    simdjson::dom::element word;
    if (extension.key == stix::kTlp2Extension && extension.value[stix::kTlp2Property].get(word) == simdjson::SUCCESS) {
      LearnTlp(word, marking);
    } else {
      marking->strange = true;
    }
  }
}

void LearnBody(const simdjson::dom::element& value, Marking* marking) {
  simdjson::dom::object body;
  if (value.get_object().get(body) != simdjson::SUCCESS) {
    marking->strange = true;
    return;
  }
  for (simdjson::dom::key_value_pair member : body) {
    std::string_view statement;
    if (member.key == "tlp") {
      LearnTlp(member.value, marking);
    } else if (member.key == "statement" && member.value.get_string().get(statement) == simdjson::SUCCESS &&
               !Trim(statement).empty()) {
      marking->statements.emplace_back(statement);
    } else {
      marking->strange = true;
    }
  }
}

// The text of a statement goes where the marked object goes. So the object is as strict as the definition's own
// marking.
void LearnOwnMarking(StixObject* definition, Marking* marking) {
  if (marking->statements.empty()) return;
  if (definition->Take("granular_markings") != nullptr) marking->strange = true;
  const simdjson::dom::element* value = definition->Take("object_marking_refs");
  if (value == nullptr) return;
  simdjson::dom::array refs;
  if (value->get_array().get(refs) != simdjson::SUCCESS) {
    marking->strange = true;
    return;
  }
  for (const simdjson::dom::element ref : refs) {
    std::string_view id;
    const bool is_text = ref.get_string().get(id) == simdjson::SUCCESS;
    if (is_text && id == definition->id) continue;
    const auto known = stix::TlpMarkings();
    const auto own =
        std::find_if(known.begin(), known.end(), [id](const stix::TlpMarking& one) { return one.id == id; });
    if (is_text && own != known.end()) {
      marking->tlp = Stricter(marking->tlp, own->tlp);
    } else {
      marking->strange = true;
    }
  }
}

// A definition that says nothing at all has not told what it means.
Marking MeaningOf(StixObject* definition) {
  Marking marking;
  if (const simdjson::dom::element* extensions = definition->Take("extensions")) LearnExtensions(*extensions, &marking);
  if (const simdjson::dom::element* body = definition->Take("definition")) LearnBody(*body, &marking);
  if (!marking.tlp.has_value() && marking.statements.empty()) marking.strange = true;
  LearnOwnMarking(definition, &marking);
  return marking;
}

}  // namespace

StixMarkings::StixMarkings() {
  for (const stix::TlpMarking& marking : stix::TlpMarkings()) known_[std::string(marking.id)].tlp = marking.tlp;
}

void StixMarkings::Learn(StixObject* definition) {
  if (IsPredefined(definition->id)) return;
  auto known = known_.find(definition->id);
  if (known == known_.end()) {
    // A definition that is not kept is unknown, and counts as the strictest.
    if (known_.size() < kMaxDefinitions) known_.emplace(definition->id, MeaningOf(definition));
    return;
  }
  Marking again = MeaningOf(definition);
  Marking& marking = known->second;
  if (marking.tlp.has_value() != again.tlp.has_value()) marking.strange = true;  // whether it has one is in dispute
  marking.tlp = Stricter(marking.tlp, again.tlp);
  marking.strange |= again.strange;
  for (std::string& statement : again.statements) {
    bool held = std::count(marking.statements.begin(), marking.statements.end(), statement) != 0;
    if (!held && marking.statements.size() < kMaxStatements) marking.statements.push_back(std::move(statement));
    if (marking.statements.size() >= kMaxStatements) marking.strange = true;
  }
}

const Marking* StixMarkings::Find(std::string_view id) const {
  auto found = known_.find(id);
  return found == known_.end() ? nullptr : &found->second;
}

std::optional<Tlp> Stricter(std::optional<Tlp> a, std::optional<Tlp> b) {
  if (!a.has_value()) return b;
  if (!b.has_value()) return a;
  return std::max(*a, *b);
}

}  // namespace tidegate::intake
