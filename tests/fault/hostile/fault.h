// One fault: a conversation that a hostile partner has with a real node, played once honestly and once with the fault.
// To add faults, write a file hostile/FAMILY.cc with a table of its own, and name it in main.cc.
#ifndef TIDEGATE_TESTS_FAULT_HOSTILE_FAULT_H_
#define TIDEGATE_TESTS_FAULT_HOSTILE_FAULT_H_

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"

namespace tidegate::hostile {

class Scene;

// The result of a conversation.
struct Outcome {
  bool taken = false;  // the node did what it was asked
  std::string held;    // where it did not: "refused by seal", or in words what it kept to

  static Outcome Taken() { return {true, {}}; }
  static Outcome Held(std::string how) { return {false, std::move(how)}; }
};

struct Fault {
  std::string_view name;   // as --only takes it
  std::string_view holds;  // what Outcome::held must be once the fault is there
  // It leaves its nodes unfit for others, so it gets nodes of its own.
  bool alone = false;
  // The same conversation twice: with `lie` false it must be taken, with `lie` true it must hold. An error is a
  // conversation that could not be had at all.
  absl::StatusOr<Outcome> (*play)(Scene& scene, bool lie) = nullptr;
};

// The families. Each is one file.
std::span<const Fault> ConversationFaults();  // conversation.cc: handshakes, introductions, cursors
std::span<const Fault> ReceiptFaults();       // receipts.cc: what a partner signs, and asks for again
std::span<const Fault> ParcelFaults();        // parcels.cc: each layer that a parcel meets
std::span<const Fault> BudgetFaults();        // budgets.cc: each limit of [limits], reached and gone beyond
std::span<const Fault> TrustFaults();         // trust.cc: who a partner says that it is, and where

}  // namespace tidegate::hostile

#endif  // TIDEGATE_TESTS_FAULT_HOSTILE_FAULT_H_
