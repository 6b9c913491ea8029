// leftovers: what an earlier version made or took and this one would not. Looked for once, in a thread of its own after
// the start, and kept in the store until somebody has dealt with it. Formats: FEED.md, "Leftovers".
#ifndef TIDEGATE_NODE_FLOW_LEFTOVERS_H_
#define TIDEGATE_NODE_FLOW_LEFTOVERS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/flow/act.h"
#include "node/flow/pause.h"
#include "node/ledger/ledger.h"
#include "node/partner/partner.h"
#include "node/store/store.h"

namespace tidegate::flow {

enum class LeftoverKind : uint8_t {
  kTwin = 1,         // an id under which records of several authors are held
  kLoose = 2,        // a link or sighting that is handled looser than what it is about
  kNamesOthers = 3,  // a record of ours whose signed handling names circles or organisations: it goes to nobody
  kTag = 4,          // a record of ours with a tag that is a code in other spelling: no policy reads it as the code
};
inline constexpr LeftoverKind kLeftoverKinds[] = {LeftoverKind::kTwin, LeftoverKind::kLoose, LeftoverKind::kNamesOthers,
                                                  LeftoverKind::kTag};

struct Leftover {
  LeftoverKind kind = LeftoverKind::kTwin;
  record::RecordId id{};
  std::vector<std::string> authors;  // organisations: of a twin several, of a loose one its author
  std::string looser;                // of a loose one: the word of its handling, `tlp`
  std::string limit;  // and what that would have to be; of one that names others its TLP; of a tag the code
  bool own = false;   // this node wrote it
};

struct LeftoverList {
  std::vector<Leftover> open;  // at most kMostKept of each kind
  bool more = false;           // there are more of some kind, looked for when these are dealt with
  bool looking = false;        // the store has not been looked through yet
};

// How many of each kind are kept. The others are found after these are settled.
inline constexpr size_t kMostKept = 100;

// Thread-safe. The store, the register and the clock outlive it; Stop comes before the store is closed.
class Leftovers {
 public:
  // Begins to look through the records that nobody has looked at yet. It takes a few hundred records at a time, so that
  // other readers and writers do not wait.
  Leftovers(store::Store& store, ledger::Register& disclosures, std::function<uint64_t()> now_ms);
  ~Leftovers();
  Leftovers(const Leftovers&) = delete;
  Leftovers& operator=(const Leftovers&) = delete;
  void Stop();

  // What was found and is still true. A record that was amended, recalled or erased meanwhile is left out.
  absl::StatusOr<LeftoverList> Open() const;
  // Somebody has looked at it and leaves it as it is: it is never listed again. In the register, with who and why.
  // NotFound for what is not listed.
  absl::Status Settle(const record::RecordId& id, const Act& act);

  // Looks through what is left to be looked through, in this thread. For tests and for the thread.
  absl::Status Look();

 private:
  void Run();
  void LookAndTell();
  absl::Status Begin();

  store::Store& store_;
  ledger::Register& disclosures_;
  const std::function<uint64_t()> now_ms_;
  Pause pause_;
  std::thread thread_;
};

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_LEFTOVERS_H_
