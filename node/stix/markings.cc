// Markings that have a meaning without a definition in the bundle: STIX.md, "Markings".
#include <array>
#include <string>

#include "absl/strings/ascii.h"
#include "node/record/value/ascii.h"
#include "node/stix/stix.h"

namespace tidegate::stix {
namespace {

using record::Tlp;

constexpr std::array<TlpMarking, 9> kTlpMarkings = {{
    {"marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487", Tlp::kClear},
    {"marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb", Tlp::kGreen},
    {"marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421", Tlp::kAmber},
    {"marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003", Tlp::kAmberStrict},
    {"marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1", Tlp::kRed},
    {"marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9", Tlp::kClear, false},
    {"marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da", Tlp::kGreen, false},
    {"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82", Tlp::kAmber, false},
    {"marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed", Tlp::kRed, false},
}};

}  // namespace

std::span<const TlpMarking> TlpMarkings() { return kTlpMarkings; }

std::optional<Tlp> TlpOfWord(std::string_view word) {
  std::string upper;
  for (char c : record::Trimmed(word)) upper.push_back(absl::ascii_toupper(static_cast<unsigned char>(c)));
  if (upper.starts_with("TLP:") || upper.starts_with("TLP-") || upper.starts_with("TLP_")) upper.erase(0, 4);
  const std::string_view tlp = record::Trimmed(upper);
  if (tlp == "WHITE") return Tlp::kClear;
  if (tlp == "AMBER-STRICT" || tlp == "AMBER_STRICT" || tlp == "AMBER STRICT") return Tlp::kAmberStrict;
  return record::ParseTlp(tlp);
}

}  // namespace tidegate::stix
