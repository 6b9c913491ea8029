// Pages for people to check: who gets what, and how two sets of policies differ.
#ifndef TIDEGATE_POLICY_REVIEW_MATRIX_H_
#define TIDEGATE_POLICY_REVIEW_MATRIX_H_

#include <cstdint>
#include <string>
#include <vector>

#include "policy/policy.h"

namespace tidegate::review {

// The question. An empty list of kinds or TLPs means all.
struct MatrixQuestion {
  std::vector<policy::Party> partners;
  std::vector<std::string> kinds;
  std::vector<std::string> tlps;
  // Facts about the records, beside kind and TLP. A fact that is absent here may have any value.
  policy::Label stated;
};

// The facts about a partner that policies read, on one line.
std::string DescribeParty(const policy::Party& party);

// The label of a record of our own, of which nothing else is known.
policy::Label AnyOwnRecord(const policy::Engine& engine);

// The fields of one class: how many of them may go, and the finest rungs that may.
struct MatrixCell {
  std::string field_class;
  size_t open = 0;
  size_t slots = 0;
  std::vector<std::string> precisions;  // sorted, unique
};

// The most that a record of the kind and TLP may give the partner, under the policies and what was agreed with the
// partner. The other facts of the record and the markings of its fields may be anything. The row may show more than one
// record gives, never less.
struct MatrixRow {
  std::string partner;
  std::string kind;
  std::string tlp;
  bool named = false;  // of records that name the partner as a recipient; only where that changes something
  bool travels = false;
  std::vector<MatrixCell> cells;   // by class, in alphabetical order
  std::vector<std::string> rules;  // ids of the permits that may open something, sorted
};

struct Matrix {
  policy::Digest version{};
  std::string assumptions;  // what the page says and for which records, in sentences
  std::vector<policy::Party> partners;
  std::vector<MatrixRow> rows;

  std::string ToString() const;  // a table
  std::string ToJson() const;
  std::string ToHtml() const;  // one self-contained page with room for a signature
};

Matrix MakeMatrix(const policy::Engine& engine, const MatrixQuestion& question);

// One policy that is not the same in two sets.
struct RuleDifference {
  enum class Kind { kAdded, kRemoved, kChanged };
  Kind kind = Kind::kAdded;
  policy::Rule rule;   // as it is after; as it was, if it was removed
  std::string before;  // canonical text, empty if added
  std::string after;   // empty if removed
};

// Policies with an @id are matched by it, others by their text. So a policy that was moved, or that got a comment, is
// no difference.
std::vector<RuleDifference> DiffRules(const policy::Engine& before, const policy::Engine& after);

}  // namespace tidegate::review

#endif  // TIDEGATE_POLICY_REVIEW_MATRIX_H_
