// import_stix: what only files of STIX make an import do: links and sightings without an end, objects that are kept
// whole. INTAKE.md, "An end that is not held".
#ifndef TIDEGATE_NODE_FLOW_IMPORT_STIX_H_
#define TIDEGATE_NODE_FLOW_IMPORT_STIX_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "node/flow/import.h"
#include "node/intake/intake.h"

namespace tidegate::flow {

inline constexpr std::string_view kDanglingWarning =
    "some links or sightings name what is not held here; they are kept without that end, as TLP:RED, and get it when "
    "an import brings it";
inline constexpr std::string_view kCompletedWarning =
    " links or sightings of earlier imports lacked an end that is held now; they are amended";

// The hash that notes what the source says of a link or sighting without these ends. `said`: the hash for the whole
// one.
crypto::Hash SaidWithoutEnds(const crypto::Hash& said, const std::vector<intake::Reference>& absent);
// The STIX id in a key `stix:ID` or `stix@SOURCE:ID`.
std::string_view ObjectOfKey(std::string_view source_key);

// Makes the link or sighting say in its note that these ends of it are not held. Nobody knows how they are marked, so
// it becomes RED and names no recipient. Its version comes just before the source's own: then the whole one is newer,
// and this one does not take its place.
absl::Status Dangle(const std::vector<intake::Reference>& absent, intake::Item& item);

// The type of an object that is kept whole; empty for a draft of any other kind, and for one that was cut.
std::string TypeKeptWhole(const record::Draft& draft);
// Counts an object that is kept whole; nothing if `type` is empty.
void CountWhole(const std::string& type, ImportProgress& told);

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_IMPORT_STIX_H_
