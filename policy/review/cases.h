// An administrator's own tests of policies: one readable file says which partners and records there are, and what each
// partner must get.
#ifndef TIDEGATE_POLICY_REVIEW_CASES_H_
#define TIDEGATE_POLICY_REVIEW_CASES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "policy/policy.h"
#include "policy/review/case_file.h"

namespace tidegate::review {

struct CaseResult {
  std::string name;
  uint32_t line = 0;
  std::vector<std::string> failures;  // empty: it passed; else what was expected and what is so, with the rule
  bool passed() const { return failures.empty(); }
};

struct CaseReport {
  std::vector<CaseResult> cases;  // in the order of the file
  size_t failed() const;
  std::string ToString() const;  // a line for each failure, then `N passed, N failed`
};

// Runs a file of cases. As people write it, in TOML:
//
//   [partner.first-bank]              # the name is the organisation unless `organisation` says otherwise
//   sector = "bank"
//   country = "GB"
//   circles = ["lantern"]
//   purposes = ["prevention"]
//   legal_bases = ["gdpr-6-1-a"]       # `confirmed` is true unless it says false
//
//   [record.car-wash]
//   kind = "report"
//   tlp = "GREEN"                     # other facts by their names in Label; what is not said is unstated or empty,
//   purposes = ["prevention"]         # `origin` is our own, `onward` is "no"
//   absent = ["pap"]                  # facts this node was not given
//   finest.where = "place.locality"   # the finest rung held; every field is held whole unless it says otherwise
//   marking.story = { tlp = "AMBER" } # a field's own marking
//
//   [[case]]
//   name = "banks see regions"
//   record = "car-wash"
//   partner = "first-bank"            # or a list
//   expect = { where = "place.region", title = "whole", "*" = "withheld" }   # `*`: all that are not named
//
//   [[case]]
//   name = "red stays here"
//   record = "car-wash"
//   set = { tlp = "RED" }             # facts in place of the record's
//   partner = ["first-bank"]
//   refused_by = "baseline.tlp-red"   # or `refused = true`
//
// `words` are those of Vocabulary: a purpose, legal basis, country ... that is none of them is an error, with the
// nearest. Tags and organisations are free: a case may suppose them.
//
// `root` is what ParseCases gave for `text`, which is shown where something is wrong in it. Errors: kInvalidArgument in
// the form of a policy file's errors (`file:line:column: message`, the line, a caret; DiagnosticFrom takes it apart):
// an unknown name with the nearest known one, a value of the wrong type. At most 10,000 cases.
absl::StatusOr<CaseReport> RunCases(const policy::Engine& engine, const CaseNode& root, std::string_view text,
                                    const std::string& file, const policy::KnownWords& words = {});

}  // namespace tidegate::review

#endif  // TIDEGATE_POLICY_REVIEW_CASES_H_
