#include "node/api/advice.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace tidegate::api {
namespace {

bool Names(const std::vector<policy::Rule>& rules, std::string_view id) {
  return std::any_of(rules.begin(), rules.end(), [&](const policy::Rule& rule) { return rule.id == id; });
}

// A policy of the baseline keeps the record, or one of its fields.
bool Blocks(const review::Explanation& explanation, std::string_view id) {
  return Names(explanation.refused_by, id) ||
         std::any_of(explanation.fields.begin(), explanation.fields.end(),
                     [&](const review::FieldExplanation& field) { return Names(field.forbidden_by, id); });
}

std::string Confirm(const partner::Partner& partner) {
  return absl::StrCat("`tidegate partner confirm ", partner.organisation, " --fingerprint \"", partner.fingerprint,
                      "\"");
}

std::string Purpose(const partner::Partner& partner, const policy::Party& party, const std::string& id,
                    const record::Handling& handling) {
  const std::vector<std::string> stated = handling.purposes;
  const std::string first = stated.empty() ? "prevention" : stated.front();
  if (party.purposes.empty()) {
    return absl::StrCat("you agreed no purpose with ", partner.organisation, ": ", Confirm(partner), " --purpose ",
                        first, "`");
  }
  if (stated.empty()) {
    return absl::StrCat("the record says no purpose, so it is for nobody: `tidegate amend ", id,
                        " --set purpose=", party.purposes.front(), "`");
  }
  return absl::StrCat("the record is for ", absl::StrJoin(stated, ", "), "; with ", partner.organisation,
                      " you agreed ", absl::StrJoin(party.purposes, ", "),
                      ". You can change either: ", Confirm(partner), " --purpose ",
                      absl::StrJoin(party.purposes, " --purpose "), " --purpose ", first, "`");
}

std::string Basis(const partner::Partner& partner, const policy::Party& party, const std::string& id,
                  const record::Handling& handling) {
  if (handling.legal_basis.empty()) {
    return absl::StrCat("the record says no legal basis, so nothing personal goes: `tidegate amend ", id,
                        " --set legal-basis=", party.legal_bases.empty() ? "gdpr-6-1-f" : party.legal_bases.front(),
                        "`, with the basis that you have");
  }
  return absl::StrCat("the record's legal basis is ", absl::StrJoin(handling.legal_basis, ", "), "; with ",
                      partner.organisation, " you agreed ", absl::StrJoin(party.legal_bases, ", "));
}

}  // namespace

std::vector<std::string> AdviceFor(const partner::Partner& partner, const policy::Party& party, const std::string& id,
                                   const record::Handling& handling, const review::Explanation& explanation) {
  std::vector<std::string> advice;
  if (!party.confirmed) {
    advice.push_back(absl::StrCat(partner.organisation, " is not confirmed by both sides: compare fingerprints, then ",
                                  Confirm(partner), "`"));
  }
  if (Blocks(explanation, "baseline.purpose")) advice.push_back(Purpose(partner, party, id, handling));
  if (Blocks(explanation, "baseline.legal-basis")) advice.push_back(Basis(partner, party, id, handling));
  if (Blocks(explanation, "baseline.tlp-red") && handling.effective_tlp() == record::Tlp::kRed) {
    advice.push_back(
        absl::StrCat("the record is TLP:RED (or says no TLP, which counts as RED): it goes to recipients "
                     "that it names and to nobody else"));
  }
  if (party.sector.empty() || party.country.empty()) {
    advice.push_back(absl::StrCat("the ", party.sector.empty() ? "sector" : "country", " of ", partner.organisation,
                                  " is not set: no permit that asks for it applies. Say it: ", Confirm(partner),
                                  party.sector.empty() ? " --sector SECTOR`" : " --country COUNTRY`"));
  }
  if (party.circles.empty() && !explanation.travels) {
    advice.push_back(absl::StrCat(partner.organisation, " is in no circle: `tidegate circle add CIRCLE ",
                                  partner.organisation, "`, if your policies are for circles"));
  }
  return advice;
}

}  // namespace tidegate::api
