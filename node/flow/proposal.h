// proposal: a change about a partner that may let more go, and the word of the first of two people for it, as it waits
// in the store.
#ifndef TIDEGATE_NODE_FLOW_PROPOSAL_H_
#define TIDEGATE_NODE_FLOW_PROPOSAL_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/partner/partner.h"
#include "node/store/store.h"
#include "policy/policy.h"

namespace tidegate::flow {

enum class ProposalKind : uint8_t { kConfirm = 1, kCircle = 2, kResume = 3, kLeaveCircle = 4 };

// A confirmation with what we say of the partner, a circle that it is put into or taken out of, or the end of its
// suspension or removal.
struct Proposal {
  std::string organisation;
  ProposalKind kind = ProposalKind::kConfirm;
  std::string fingerprint = {};  // of a confirmation
  partner::Facts facts = {};     // likewise
  std::string circle = {};       // of a circle

  // The change in words: `confirm, sector: police`.
  std::string InWords() const;
};

// A change that one person proposed and a second person has not approved.
struct FirstWord {
  policy::Digest digest{};           // of what was shown
  partner::Deed deed;                // whose word, why and when
  std::optional<Proposal> proposal;  // none in a row of an older version, which kept only the word
};

// At most this many proposals wait. The oldest makes room for a new one, so that a proposal which nobody approves does
// not stop others.
inline constexpr size_t kMostProposals = 64;

absl::Status KeepFirstWord(store::WriteTransaction& transaction, const FirstWord& word);
// NotFound if nothing waits under that digest.
absl::StatusOr<FirstWord> FirstWordFor(const store::Reader& reader, const policy::Digest& digest);
absl::Status ForgetFirstWord(store::WriteTransaction& transaction, const policy::Digest& digest);
// Oldest first, those that cannot be read among them.
absl::StatusOr<std::vector<FirstWord>> FirstWords(const store::Reader& reader);

// The row, as PARTNER.md, "At rest", has it.
std::string EncodeFirstWord(const FirstWord& word);
// Gives no digest: that is the row's key.
absl::StatusOr<FirstWord> DecodeFirstWord(std::string_view bytes);

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_PROPOSAL_H_
