// A derived record (a sighting, a link, a request) inherits the handling of the records that it is about. Where there
// are several, the strictest holds.
//
//   Takes    the records that it is about, as this node holds them
//   Gives    Inheritance, and whether a draft keeps to it
//   Never    give a marking that is looser than that of one of these records (LooserMarking)
//   Threads  any
//   Spec     node/record/RECORD.md, "Derived records"
#ifndef TIDEGATE_NODE_RECORD_DERIVE_H_
#define TIDEGATE_NODE_RECORD_DERIVE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/record/view.h"

namespace tidegate::record {

// The markings that a derived record inherits: the handling, with its conditions as the author wrote them, the tags and
// the named recipients.
struct Inheritance {
  Handling handling;
  LocalFacts local;
  bool operator==(const Inheritance&) const = default;
};

// The markings that one record passes on. The TLP is that of its strictest field, because a record about it may speak
// of all its fields. `own` says that this node wrote the record. If somebody else wrote it, we do not know whom the
// author named.
Inheritance InheritanceOf(const VerifiedView& view, const LocalFacts& local, bool own);

// The stricter of both, marking by marking. Purposes and legal bases are those that both have.
Inheritance Join(const Inheritance& a, const Inheritance& b);

// Gives a new draft what it inherits. Call it before anything else is set.
void Inherit(Draft& draft, const Inheritance& inherited);
// Makes a draft that has markings of its own as strict as what it inherits, marking by marking. If it has no purposes,
// legal bases or recipients, it takes the inherited ones.
void Tighten(Draft& draft, const Inheritance& inherited);
// OK, or FailedPrecondition: it names the marking that would be looser, and what the draft inherits.
absl::Status KeepsTo(const Draft& draft, const Inheritance& inherited);

}  // namespace tidegate::record

#endif  // TIDEGATE_NODE_RECORD_DERIVE_H_
