// Why a field goes or does not, in words.
#ifndef TIDEGATE_POLICY_REVIEW_EXPLAIN_H_
#define TIDEGATE_POLICY_REVIEW_EXPLAIN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "policy/policy.h"

namespace tidegate::review {

// One field of an explanation, in the order of the kind's slots; only fields that are present.
struct FieldExplanation {
  uint16_t slot = 0;
  std::string name;
  std::string field_class;
  std::string marking;                     // the field's own marking in words, or empty
  int8_t rung = policy::kWithheld;         // what goes
  std::string precision;                   // its name, or "withheld"
  std::vector<policy::Rule> permitted_by;  // permits of the rung that goes
  std::vector<policy::Rule> forbidden_by;  // forbids of the next finer rung (or of the field)
  // The nearest permits that did not apply. Their conditions would have to be true.
  std::vector<policy::Rule> would_permit;
  std::string sentence;
  // Conditions that must all become true before the field goes, or goes more finely. Empty if it goes at its finest,
  // and if an instant (release or expiry) keeps the whole record.
  std::vector<std::string> needs;
};

struct Explanation {
  std::string partner;
  bool travels = false;
  std::string sentence;
  // If the record does not travel: what forbids it. Empty if no permit applies, or if an instant keeps it.
  std::vector<policy::Rule> refused_by;
  std::vector<FieldExplanation> fields;

  std::string ToString() const;  // a table for people
};

// Says, field by field, what goes to the partner, at which rung, and why. For a field that does not go, it says what
// forbids it or what is missing. It agrees with Engine::Disclose. `now_ms` is compared with the candidate's instants.
Explanation Explain(const policy::Engine& engine, const policy::PartyHandle& party, const policy::Candidate& candidate,
                    int64_t now_ms);

}  // namespace tidegate::review

#endif  // TIDEGATE_POLICY_REVIEW_EXPLAIN_H_
