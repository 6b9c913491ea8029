// A partner's frontier: how far down the arrival order its feed has been brought, and under which decisions. The cursor
// that a partner presents is its frontier, sealed by us, so that we need not trust what we are shown.
#ifndef TIDEGATE_NODE_FEED_FRONTIER_H_
#define TIDEGATE_NODE_FEED_FRONTIER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "crypto/vault/vault.h"
#include "policy/policy.h"

namespace tidegate::feed {

// Arrivals [first, last].
struct Range {
  uint64_t first = 0;
  uint64_t last = 0;
  friend bool operator==(const Range&, const Range&) = default;
};

// The work that a range of arrivals needs, in the order in which the feed must do it.
enum class Need {
  kTighten,  // the decision changed: take back what is no longer allowed
  kLoosen,   // the decision changed: open what is allowed now
  kNew,      // never looked at for this partner
};
struct Work {
  Need need = Need::kNew;
  Range range;
};

class Frontier {
 public:
  // The next piece of work under `decision` when the newest arrival is `newest`; none when the partner has everything.
  // Everything is tightened before anything is loosened, and loosened before anything new goes. New work may be begun
  // in its middle (At): what was passed over is postponed and comes last.
  std::optional<Work> Next(const policy::Digest& decision, uint64_t newest) const;
  // If `work` is new: the same kind of work, beginning at `first`. None if there is no such work.
  std::optional<Work> At(const Work& work, uint64_t first, uint64_t newest) const;
  // Notes that `work.range` was done under `decision`, up to the arrival `last`. A tightened range counts as decided
  // only after it was loosened too, even under the version that it was decided under before.
  void Done(const Work& work, uint64_t last, const policy::Digest& decision);
  // Notes that all work on `range` must be done again, under any version, because something else was sent since.
  void Doubt(Range range);

  size_t pieces() const { return pieces_.size(); }
  uint64_t end() const { return pieces_.empty() ? 0 : pieces_.back().last; }
  // The size of our log that the partner has verified by this path; 0 at first.
  uint64_t log_size() const { return log_size_; }
  void set_log_size(uint64_t size) { log_size_ = size; }
  // The number of the parcel that brought the partner here; 0 at first. It has none of those after it, and of those
  // before it not the ones that were lost when an earlier stream broke.
  uint64_t parcel() const { return parcel_; }
  void set_parcel(uint64_t number) { parcel_ = number; }

  std::string Encode() const;
  static absl::StatusOr<Frontier> Decode(std::string_view bytes);

  // Bound to the partner, so that no other partner's cursor passes for this one's.
  absl::StatusOr<std::string> Seal(const vault::Vault& vault, std::string_view organisation) const;
  static absl::StatusOr<Frontier> Open(const vault::Vault& vault, std::string_view organisation,
                                       std::string_view cursor);

  friend bool operator==(const Frontier&, const Frontier&) = default;

 private:
  // Arrivals after the piece before, up to `last`.
  struct Piece {
    uint64_t last = 0;
    policy::Digest tightened{};  // kNever: to be tightened under any version
    policy::Digest decided{};    // zero: postponed; kNever: to be loosened under any version
    bool postponed() const { return decided == policy::Digest{}; }
    friend bool operator==(const Piece&, const Piece&) = default;
  };
  uint64_t FirstOf(size_t piece) const { return piece == 0 ? 1 : pieces_[piece - 1].last + 1; }
  void Merge();

  std::vector<Piece> pieces_;
  uint64_t log_size_ = 0;
  uint64_t parcel_ = 0;
};

}  // namespace tidegate::feed

#endif  // TIDEGATE_NODE_FEED_FRONTIER_H_
