#include "node/intake/stix_markings.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "node/intake/text.h"

namespace tidegate::intake {
namespace {

using record::Tlp;

constexpr std::size_t kMaxDefinitions = 10'000;
constexpr std::size_t kMaxStatements = 64;  // of one marking
// TLP 2.0 in STIX 2.1: the extension that its marking definitions carry.
constexpr std::string_view kTlp2Extension = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d";

struct Predefined {
  std::string_view id;
  Tlp tlp;
};
constexpr std::array<Predefined, 9> kPredefined = {{
    // TLP 2.0
    {"marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487", Tlp::kClear},
    {"marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb", Tlp::kGreen},
    {"marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421", Tlp::kAmber},
    {"marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003", Tlp::kAmberStrict},
    {"marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1", Tlp::kRed},
    // TLP 1, STIX 2.1 section 7.2.1.4
    {"marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9", Tlp::kClear},
    {"marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da", Tlp::kGreen},
    {"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82", Tlp::kAmber},
    {"marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed", Tlp::kRed},
}};

bool IsPredefined(std::string_view id) {
  return std::any_of(kPredefined.begin(), kPredefined.end(), [id](const Predefined& known) { return known.id == id; });
}

// What a member that should name a TLP says; a strange word makes the marking strange.
void LearnTlp(const simdjson::dom::element& word, Marking* marking) {
  std::string_view text;
  std::optional<Tlp> tlp;
  if (word.get_string().get(text) == simdjson::SUCCESS) tlp = TlpOfWord(text);
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
    if (extension.key == kTlp2Extension && extension.value["tlp_2_0"].get(word) == simdjson::SUCCESS) {
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

// A definition that says nothing at all has not told what it means.
Marking MeaningOf(StixObject* definition) {
  Marking marking;
  if (const simdjson::dom::element* extensions = definition->Take("extensions")) LearnExtensions(*extensions, &marking);
  if (const simdjson::dom::element* body = definition->Take("definition")) LearnBody(*body, &marking);
  if (!marking.tlp.has_value() && marking.statements.empty()) marking.strange = true;
  return marking;
}

}  // namespace

StixMarkings::StixMarkings() {
  for (const Predefined& marking : kPredefined) known_[std::string(marking.id)].tlp = marking.tlp;
}

void StixMarkings::Learn(StixObject* definition) {
  if (IsPredefined(definition->id)) return;
  auto known = known_.find(definition->id);
  if (known == known_.end()) {
    // What is not kept is unknown, and counts as the strictest.
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

std::optional<Tlp> TlpOfWord(std::string_view word) {
  std::string upper;
  for (char c : Trim(word)) upper.push_back(absl::ascii_toupper(static_cast<unsigned char>(c)));
  if (StartsWith(upper, "TLP:") || StartsWith(upper, "TLP-") || StartsWith(upper, "TLP_")) upper.erase(0, 4);
  upper = std::string(Trim(upper));
  if (upper == "WHITE") return Tlp::kClear;
  if (upper == "AMBER-STRICT" || upper == "AMBER_STRICT" || upper == "AMBER STRICT") return Tlp::kAmberStrict;
  return record::ParseTlp(upper);
}

std::optional<Tlp> Stricter(std::optional<Tlp> a, std::optional<Tlp> b) {
  if (!a.has_value()) return b;
  if (!b.has_value()) return a;
  return std::max(*a, *b);
}

}  // namespace tidegate::intake
