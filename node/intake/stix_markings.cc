#include "node/intake/stix_markings.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "node/intake/text.h"

namespace tidegate::intake {
namespace {

using record::Tlp;

constexpr std::size_t kMaxDefinitions = 10'000;
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

std::optional<Tlp> TlpOf(const simdjson::dom::element& word) {
  std::string_view text;
  if (word.get_string().get(text) != simdjson::SUCCESS) return std::nullopt;
  std::string upper(text);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return absl::ascii_toupper(static_cast<unsigned char>(c)); });
  return upper == "WHITE" ? Tlp::kClear : record::ParseTlp(upper);
}

}  // namespace

StixMarkings::StixMarkings() {
  for (const Predefined& marking : kPredefined) known_[std::string(marking.id)].tlp = marking.tlp;
}

void StixMarkings::Learn(StixObject* definition) {
  if (known_.size() >= kMaxDefinitions || known_.count(definition->id) != 0) return;
  Marking& marking = known_[std::string(definition->id)];
  simdjson::dom::element word;
  if (const simdjson::dom::element* extensions = definition->Take("extensions")) {
    if ((*extensions)[kTlp2Extension]["tlp_2_0"].get(word) == simdjson::SUCCESS) marking.tlp = TlpOf(word);
  }
  const simdjson::dom::element* body = definition->Take("definition");
  if (body == nullptr) return;
  if ((*body)["tlp"].get(word) == simdjson::SUCCESS) marking.tlp = Stricter(marking.tlp, TlpOf(word));
  std::string_view statement;
  if ((*body)["statement"].get_string().get(statement) == simdjson::SUCCESS) marking.statement = statement;
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
