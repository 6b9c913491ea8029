// Policies as people check them: the page of who gets what, and what differs between two sets.
#ifndef TIDEGATE_POLICY_MATRIX_H_
#define TIDEGATE_POLICY_MATRIX_H_

#include <cstdint>
#include <string>
#include <vector>

#include "policy/engine.h"

namespace tidegate::policy {

// What is asked. An empty list of kinds or TLPs means all.
struct MatrixQuestion {
  std::vector<Party> partners;
  std::vector<std::string> kinds;
  std::vector<std::string> tlps;
  // The record that is assumed; its kind and TLP are filled in row by row. Where it has no purposes or no legal bases,
  // those agreed with the partner are assumed, so that the page shows what the marking decides.
  Label assumed;
};

// A record of our own, handling code P, no PAP, graded 1B, about people whose part nobody determined.
Label TypicalRecord(const Engine& engine);

// The fields of one class: how many of them go, and the finest rungs that do.
struct MatrixCell {
  std::string field_class;
  size_t open = 0;
  size_t slots = 0;
  std::vector<std::string> precisions;  // sorted, unique
};

struct MatrixRow {
  std::string partner;
  std::string kind;
  std::string tlp;
  bool travels = false;
  std::vector<MatrixCell> cells;   // by class, in alphabetical order
  std::vector<std::string> rules;  // ids of the permits that open something, sorted
};

struct Matrix {
  Digest version{};
  std::string assumptions;  // one sentence
  std::vector<MatrixRow> rows;

  std::string ToString() const;  // a table
  std::string ToJson() const;
  std::string ToHtml() const;  // one self-contained page with room for a signature
};

Matrix MakeMatrix(const Engine& engine, const MatrixQuestion& question);

// One policy that is not the same in two sets.
struct RuleDifference {
  enum class Kind { kAdded, kRemoved, kChanged };
  Kind kind = Kind::kAdded;
  Rule rule;           // as it is after; as it was, if it was removed
  std::string before;  // canonical text, empty if added
  std::string after;   // empty if removed
};

// Policies with an @id are matched by it, others by their text, so that moving or commenting one is no difference.
std::vector<RuleDifference> DiffRules(const Engine& before, const Engine& after);

}  // namespace tidegate::policy

#endif  // TIDEGATE_POLICY_MATRIX_H_
