// A record that release 0.1.0 recalled stays recalled. That release did not keep the keys by which a source knows a
// record; what is left is the file that it came from, its kind and its handling. INTAKE.md, "What was recalled".
#ifndef TIDEGATE_NODE_FLOW_OLD_RECALLS_H_
#define TIDEGATE_NODE_FLOW_OLD_RECALLS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/ledger/ledger.h"
#include "node/record/record.h"
#include "node/store/store.h"

namespace tidegate::flow {

// Looks once in the life of a store for recalls without a note, and keeps what they were of, by file.
// `author`: this node's own.
absl::Status FindOldRecalls(store::Store& store, const ledger::Register& disclosures, const crypto::Hash& author);

// The recalled records that were imported from files of one name.
class OldRecalls {
 public:
  static absl::StatusOr<OldRecalls> Of(const store::Reader& reader, std::string_view file);
  bool empty() const { return looks_.empty(); }
  // Whether a new record made of this draft may be one of them.
  bool MayBe(const record::Draft& draft) const;

 private:
  std::vector<std::string> looks_;
};

// An import of files of that name has gone through: notes the keys of what may have been recalled, and forgets the
// name.
absl::Status SettleOldRecalls(store::Store& store, std::string_view file, const std::vector<std::string>& source_keys,
                              uint64_t now_ms);

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_OLD_RECALLS_H_
