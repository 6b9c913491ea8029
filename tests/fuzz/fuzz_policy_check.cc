// Any policy text is checked without a crash, Create agrees with Check, and nothing that it makes opens a RED record.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "policy/review/review.h"

namespace {

using namespace tidegate::policy;  // NOLINT: a fuzz target's only names

Digest NoHash(std::string_view) { return {}; }

const std::vector<KindShape>& Kinds() {
  static const auto& kinds = *new std::vector<KindShape>{
      {1,
       1,
       "report",
       {{0, "title", "analytic", {"whole"}}, {1, "where", "location", {"place.exact", "place.region"}}}}};
  return kinds;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::vector<PolicySource> sources = {{"fuzz.cedar", std::string(reinterpret_cast<const char*>(data), size)}};
  Vocabulary vocabulary;
  vocabulary.self = "us";
  const auto found = tidegate::review::Check(sources, Kinds(), vocabulary);
  const bool errs =
      std::any_of(found.begin(), found.end(), [](const Diagnostic& one) { return one.severity == Severity::kError; });
  const auto engine = Engine::Create(sources, Kinds(), vocabulary, &NoHash);
  if (engine.ok() == errs) std::abort();
  if (!engine.ok()) return 0;
  Label label;
  label.kind = "report";
  label.tlp = "RED";
  label.origin = "us";
  const Party party{"them", "police", "GB", {}, {"prevention"}, {}, true};
  if ((*engine)->MaskFor((*engine)->Intern(party), (*engine)->Intern(label), 1)->travels) std::abort();
  return 0;
}
