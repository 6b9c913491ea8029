// What a record that is derived from others (a sighting, a link, a request) has of their handling: all of it, and where
// several are meant, the strictest.
//
// Takes:      drafts of what it is derived from, as their author, or their holder, has them
// Gives:      Inheritance, and whether a draft keeps to it
// Must never: give anything that is looser than any of them (LooserMarking)
// Threads:    any
// Spec page:  RECORD.md, "Derived records"
#ifndef TIDEGATE_NODE_RECORD_DERIVE_H_
#define TIDEGATE_NODE_RECORD_DERIVE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/record/view.h"

namespace tidegate::record {

// What is inherited: handling with its conditions as the author said them, tags and named recipients. It has no fields.
struct Inheritance {
  Handling handling;
  LocalFacts local;
  bool operator==(const Inheritance&) const = default;
};

// Of one record. Its TLP is that of its strictest field, since what is said about a record tells of all its fields.
// `own` says that this node wrote it: whom another author named is not known here.
Inheritance InheritanceOf(const VerifiedView& view, const LocalFacts& local, bool own);

// The strictest of both, by each word of the handling. Purposes and legal bases are those that both have.
Inheritance Join(const Inheritance& a, const Inheritance& b);

// Gives a draft what it inherits, before anybody sets anything.
void Inherit(Draft& draft, const Inheritance& inherited);
// Makes a draft that says things of its own as strict as what it inherits, word by word. Purposes, legal bases and
// recipients that it does not state are those inherited.
void Tighten(Draft& draft, const Inheritance& inherited);
// FailedPrecondition names the word that would be looser than what is inherited, and what that is.
absl::Status KeepsTo(const Draft& draft, const Inheritance& inherited);

}  // namespace tidegate::record

#endif  // TIDEGATE_NODE_RECORD_DERIVE_H_
