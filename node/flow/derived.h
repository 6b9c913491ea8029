// derived: links and sightings. Which records they are about, and that they are handled no looser than those.
#ifndef TIDEGATE_NODE_FLOW_DERIVED_H_
#define TIDEGATE_NODE_FLOW_DERIVED_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/record/record.h"
#include "node/store/store.h"

namespace tidegate::flow {

// Whether records of the kind with this number are said about other records.
bool IsDerived(uint32_t kind);

// The ids of the records that a draft's references name.
std::vector<record::RecordId> RecordsNamedIn(const record::Draft& draft);

// The records that a draft's references name, as they are held now. `origin` says whose are meant where an id is used
// by several authors; without it, what the draft's own local facts say. NotFound names the id; FailedPrecondition for
// what was recalled, and for a sighting of one of our own records.
absl::StatusOr<std::vector<store::StoredRecord>> SubjectsOf(const store::Reader& reader, const record::Draft& draft,
                                                            std::string_view origin);

// The handling that is inherited from all of them. A sighting names the author of the record that it is about, and
// nobody else.
absl::StatusOr<record::Inheritance> InheritedFrom(const std::vector<store::StoredRecord>& subjects,
                                                  const record::Kind& kind);

// The handling that a link or sighting about this record inherits from it.
absl::StatusOr<record::Inheritance> PassedOnBy(const store::StoredRecord& subject);

// For a link or sighting from somebody else's file, about records of ours. Makes its handling as strict as what it
// inherits. A looser handling is not an error. FailedPrecondition if the record would expire before it is released. A
// sighting keeps the recipients that it names, unless its subject is RED or names recipients of its own.
absl::Status InheritInto(record::Draft& draft, const record::Inheritance& inherited);

// Says in the local facts whose records they are, where they are not ours.
absl::Status SayWhose(record::Draft& draft, const std::vector<store::StoredRecord>& subjects);

// AlreadyExists if we hold the same link: from, verb and to.
absl::Status NotLinkedYet(const store::Reader& reader, const record::Draft& link, std::string_view self);

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_DERIVED_H_
