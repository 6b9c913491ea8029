// What somebody of our own organisation may do: the actions and the areas of the node that rights speak of.
#ifndef TIDEGATE_POLICY_RIGHTS_H_
#define TIDEGATE_POLICY_RIGHTS_H_

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>

namespace tidegate::policy {

// Rights are decided over an area, and amend, recall, sight, audit and export over a record too. Reading a record and
// its fields is no right: it is the gate Access.
enum class Action : uint8_t {
  kConsult,  // see what an area has: lists, searches, what policies say
  kAuthor,   // add records, links, imports
  kAmend,
  kRecall,
  kSight,    // add a sighting of a record, or a link to it
  kApply,    // propose policies and put them in force
  kApprove,  // be the second person
  kGovern,   // change partners, circles, users, sessions of others
  kAudit,    // read the register
  kExport,
  kRequest,
  kScreen,
  kKeep,  // look after what is one's own: password, sessions, inbox
};
// As policies write them, by Action.
inline constexpr std::string_view kActionNames[] = {"consult", "author",  "amend",  "recall", "sight",
                                                    "apply",   "approve", "govern", "audit",  "export",
                                                    "request", "screen",  "keep"};
inline constexpr size_t kActions = std::size(kActionNames);
static_assert(kActions == static_cast<size_t>(Action::kKeep) + 1);

enum class Area : uint8_t {
  kNode,      // what `status` says
  kRecords,   // searches, listings and pages of records; what they show is decided record by record
  kHolders,   // who was sent a record
  kSearches,  // saved searches
  kPartners,  // partners, circles and plans about them
  kPolicies,
  kUsers,    // accounts of others, and their sessions
  kAccount,  // one's own
  kRegister,
};
// As policies write them, by Area.
inline constexpr std::string_view kAreaNames[] = {"node",     "records", "holders", "searches", "partners",
                                                  "policies", "users",   "account", "register"};
static_assert(std::size(kAreaNames) == static_cast<size_t>(Area::kRegister) + 1);

constexpr std::string_view NameOf(Action action) { return kActionNames[static_cast<size_t>(action)]; }
constexpr std::string_view NameOf(Area area) { return kAreaNames[static_cast<size_t>(area)]; }

}  // namespace tidegate::policy

#endif  // TIDEGATE_POLICY_RIGHTS_H_
