// Three agencies and a small catalogue, for the tests of the room.
#ifndef TIDEGATE_TESTS_UNIT_POLICY_AGENCIES_H_
#define TIDEGATE_TESTS_UNIT_POLICY_AGENCIES_H_

#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/hash.h"
#include "policy/policy.h"
#include "policy/principal_mint.h"

namespace tidegate::policy {

// A principal as an edge would mint it.
inline Principal Asking(const std::string& user, std::vector<std::string> roles) {
  return PrincipalMint::Mint(user, true, std::move(roles));
}

inline Digest Sha256(std::string_view bytes) { return crypto::HashOf({bytes}); }

inline constexpr uint32_t kReport = 1;
inline constexpr uint32_t kPerson = 3;

// Slots of the kind `report`, by position.
enum ReportSlot : uint16_t { kTitle, kWhere, kWhen, kExploitation, kName, kPhone, kInformant, kStory };

inline std::vector<KindShape> Catalogue() {
  return {
      {kReport,
       1,
       "report",
       {{0, "title", "analytic", {"whole"}},
        {1, "where", "location", {"place.exact", "place.locality", "place.region", "place.country"}},
        {2, "when", "time", {"time.minute", "time.day", "time.month", "time.year"}},
        {3, "exploitation", "analytic", {"code.exact", "code.parent"}},
        {4, "name", "personal", {"whole"}},
        {5, "phone", "identifier", {"identifier.whole", "identifier.masked"}},
        {6, "informant", "source", {"whole"}},
        {7, "story", "narrative", {"narrative.full", "narrative.sanitised", "narrative.heading"}}}},
      {kPerson,
       1,
       "person",
       {{0, "name", "personal", {"whole"}}, {1, "age", "personal", {"age.years", "age.band", "age.adult"}}}},
  };
}

inline Vocabulary CharityVocabulary() {
  Vocabulary vocabulary;
  vocabulary.self = "harbour";
  vocabulary.circles = {"lantern", "empty"};
  vocabulary.exploitation = {{"car-wash", "labour"}, {"nail-bar", "labour"}, {"prostitution", "sexual"}};
  vocabulary.sectors = {{"police.border", "police"}};
  vocabulary.countries = {{"FR", "EU"}};
  vocabulary.words["Sector"] = {{"police", {}}, {"bank", {}}, {"charity", {}}, {"fiu", {}}};
  vocabulary.words["Country"] = {{"GB", {"United Kingdom", "UK"}}, {"FR", {}}, {"EU", {}}};
  vocabulary.words["Purpose"] = {{"prevention", {}}, {"prosecution", {}}, {"safeguarding", {}}};
  vocabulary.words["Organisation"] = {
      {"harbour", {}}, {"northshire-police", {}}, {"first-bank", {}}, {"lighthouse", {}}};
  vocabulary.words["legal_basis"] = {{"consent", {}}, {"dpa-2018-part3", {}}, {"dpa-2018-sch1-14", {}}};
  vocabulary.words["retention"] = {{"mopi-3", {}}};
  vocabulary.words["tags"] = {{"exercise", {}}, {"child", {}}, {"informant", {}}, {"sar", {}}};
  return vocabulary;
}

inline Party Police() {
  return {"northshire-police", "police", "GB", {"lantern"}, {"prevention", "prosecution"}, {"dpa-2018-part3"}, true};
}
inline Party Bank() { return {"first-bank", "bank", "GB", {"lantern"}, {"prevention"}, {"dpa-2018-sch1-14"}, true}; }
inline Party Charity() {
  return {"lighthouse", "charity", "FR", {}, {"prevention", "safeguarding"}, {"consent"}, true};
}

// A record of our own that the baseline lets go to every confirmed partner.
inline Label OpenLabel() {
  Label label;
  label.kind = "report";
  label.tlp = "GREEN";
  label.handling_code = "P";
  label.source_grade = "1";
  label.intelligence_grade = "B";
  label.pap = "GREEN";
  label.onward = "no";
  label.retention = "mopi-3";
  label.origin = "harbour";
  label.purposes = {{"prevention"}};
  label.legal_basis = {{"consent", "dpa-2018-part3", "dpa-2018-sch1-14"}};
  label.conditions = std::vector<std::string>{};
  label.named_recipients = std::vector<std::string>{};
  label.subjects = {{"suspect"}};
  label.exploitation = {{"car-wash"}};
  label.countries = {{"FR", "GB"}};
  label.tags = std::vector<std::string>{};
  return label;
}

inline constexpr char kPermitAll[] = R"(
@id("all")
permit (principal, action == Action::"disclose", resource);
)";

// The sample of ARCHITECTURE.md §5, as written there.
inline constexpr char kSample[] = R"(
// The circle "lantern" sees GREEN records: where, to the region; when, to the month; what is done; never who.
permit (principal in Circle::"lantern", action == Action::"disclose", resource)
when   { resource.record.tlp in Tlp::"GREEN" &&
         resource in [Precision::"place.region", Precision::"time.month", FieldClass::"analytic"] };
forbid (principal, action == Action::"disclose", resource in FieldClass::"personal")
unless { principal.sector in Sector::"police" };
)";

inline std::shared_ptr<const Engine> EngineWith(std::string_view policies,
                                                const Vocabulary& vocabulary = CharityVocabulary()) {
  auto engine = Engine::Create({{"local.cedar", std::string(policies)}}, Catalogue(), vocabulary, &Sha256);
  if (!engine.ok()) {
    std::cerr << engine.status() << std::endl;
    std::abort();
  }
  return *std::move(engine);
}

inline Leaf LeafOf(uint8_t n) {
  Leaf leaf{};
  leaf[0] = n;
  return leaf;
}

// A report with every field at its finest.
inline Candidate FullReport(const Engine& engine, const Label& label, uint8_t leaf = 1) {
  Candidate candidate;
  candidate.leaf = LeafOf(leaf);
  candidate.kind = kReport;
  candidate.label = engine.Intern(label);
  const KindShape& kind = *engine.FindKind(kReport);
  for (size_t slot = 0; slot < kind.slots.size(); ++slot) {
    candidate.fields.push_back({static_cast<uint16_t>(slot), HeldFrom(0, kind.slots[slot].precisions.size()), nullptr});
  }
  return candidate;
}

inline Ruling<Disclosure> Disclose(const Engine& engine, const Party& party, const Label& label, int64_t now_ms = 0) {
  return engine.Disclose(engine.Intern(party), FullReport(engine, label), now_ms);
}

inline Rungs RungsFor(const Engine& engine, const Party& party, const Label& label) {
  return engine.MaskFor(engine.Intern(party), engine.Intern(label), kReport)->rungs;
}

inline void PrintTo(const Diagnostic& found, std::ostream* out) { *out << found.ToString(); }
inline void PrintTo(const Severity& severity, std::ostream* out) {
  *out << (severity == Severity::kError ? "error" : "warning");
}

// Whether a refusal blames this rule.
inline bool Blames(const Refusal& refusal, std::string_view id) {
  for (const Rule& rule : refusal.rules) {
    if (rule.id == id) return true;
  }
  return false;
}

}  // namespace tidegate::policy

#endif  // TIDEGATE_TESTS_UNIT_POLICY_AGENCIES_H_
