// Which right each operation of the API asks for.
#ifndef TIDEGATE_NODE_API_RIGHTS_H_
#define TIDEGATE_NODE_API_RIGHTS_H_

#include <ostream>
#include <string_view>
#include <type_traits>
#include <utility>

#include "absl/status/statusor.h"
#include "policy/policy.h"

namespace tidegate::api {

// One rpc of operator.proto, and what its asker must be allowed. docs/users.md has the table of who is.
struct Needed {
  std::string_view operation;  // as operator.proto names it
  std::string_view verbs;      // of the command line, for people
  policy::Action action;
  policy::Area area;
};

// Every rpc but Login, which is for whom nobody knows yet.
inline constexpr Needed kNeeded[] = {
    {"Status", "status", policy::Action::kConsult, policy::Area::kNode},

    {"FindRecords", "find, search run", policy::Action::kConsult, policy::Area::kRecords},
    {"FollowRecords", "find --follow", policy::Action::kConsult, policy::Area::kRecords},
    {"CountRecords", "find --count, --facets", policy::Action::kConsult, policy::Area::kRecords},
    {"RelatedRecords", "related", policy::Action::kConsult, policy::Area::kRecords},
    {"ShowRecord", "show", policy::Action::kConsult, policy::Area::kRecords},
    {"History", "history", policy::Action::kConsult, policy::Area::kRecords},
    {"Alerts", "alerts", policy::Action::kConsult, policy::Area::kRecords},
    {"ExplainPolicy", "policy explain", policy::Action::kConsult, policy::Area::kRecords},
    {"Inbox", "inbox", policy::Action::kConsult, policy::Area::kRecords},
    {"MarkInbox", "inbox, inbox --mark-all", policy::Action::kKeep, policy::Area::kRecords},
    {"ListImports", "imports list", policy::Action::kConsult, policy::Area::kRecords},
    {"Holders", "holders", policy::Action::kConsult, policy::Area::kHolders},
    {"SaveSearch", "search save", policy::Action::kKeep, policy::Area::kSearches},
    {"ListSearches", "search list", policy::Action::kConsult, policy::Area::kSearches},
    {"RemoveSearch", "search remove", policy::Action::kKeep, policy::Area::kSearches},

    {"Import", "import", policy::Action::kAuthor, policy::Area::kRecords},
    {"AddRecord", "add", policy::Action::kAuthor, policy::Area::kRecords},
    {"LinkRecords", "link", policy::Action::kSight, policy::Area::kRecords},
    {"AmendRecord", "amend, attach, tag", policy::Action::kAmend, policy::Area::kRecords},
    {"AmendRecords", "amend --where, tag --where", policy::Action::kAmend, policy::Area::kRecords},
    {"SightRecord", "sighting", policy::Action::kSight, policy::Area::kRecords},
    {"RecallRecord", "recall", policy::Action::kRecall, policy::Area::kRecords},
    {"RecallRecords", "recall --where", policy::Action::kRecall, policy::Area::kRecords},

    {"ListPartners", "partner list", policy::Action::kConsult, policy::Area::kPartners},
    {"ListPartnerPlans", "partner plans", policy::Action::kConsult, policy::Area::kPartners},
    {"ListCircles", "circle list", policy::Action::kConsult, policy::Area::kPartners},
    {"InvitePartner", "partner invite", policy::Action::kGovern, policy::Area::kPartners},
    {"AcceptInvitation", "partner accept", policy::Action::kGovern, policy::Area::kPartners},
    {"ConfirmPartner", "partner confirm", policy::Action::kGovern, policy::Area::kPartners},
    {"SuspendPartner", "partner suspend, resume", policy::Action::kGovern, policy::Area::kPartners},
    {"SetPartner", "partner set", policy::Action::kGovern, policy::Area::kPartners},
    {"RemovePartner", "partner remove", policy::Action::kGovern, policy::Area::kPartners},
    {"CancelPairing", "partner cancel", policy::Action::kGovern, policy::Area::kPartners},
    {"ApprovePartnerPlan", "partner approve", policy::Action::kApprove, policy::Area::kPartners},
    {"WithdrawPartnerPlan", "partner withdraw", policy::Action::kGovern, policy::Area::kPartners},
    {"CreateCircle", "circle create", policy::Action::kGovern, policy::Area::kPartners},
    {"AddToCircle", "circle add", policy::Action::kGovern, policy::Area::kPartners},
    {"DropFromCircle", "circle drop", policy::Action::kGovern, policy::Area::kPartners},
    {"RemoveCircle", "circle remove", policy::Action::kGovern, policy::Area::kPartners},
    {"RenameCircle", "circle rename", policy::Action::kGovern, policy::Area::kPartners},
    {"SettleReview", "review --settle", policy::Action::kGovern, policy::Area::kPartners},

    {"CheckPolicies", "policy check", policy::Action::kConsult, policy::Area::kPolicies},
    {"ShowPolicies", "policy show", policy::Action::kConsult, policy::Area::kPolicies},
    {"TestPolicies", "policy test", policy::Action::kConsult, policy::Area::kPolicies},
    {"PolicyMatrix", "policy matrix", policy::Action::kConsult, policy::Area::kPolicies},
    {"PolicyHistory", "policy history", policy::Action::kConsult, policy::Area::kPolicies},
    {"DiffPolicies", "policy diff", policy::Action::kConsult, policy::Area::kPolicies},
    {"PlanPolicies", "policy plan", policy::Action::kApply, policy::Area::kPolicies},
    {"ApplyPolicies", "policy apply", policy::Action::kApply, policy::Area::kPolicies},
    {"WithdrawPolicies", "policy withdraw", policy::Action::kApply, policy::Area::kPolicies},
    {"ApprovePolicies", "policy approve", policy::Action::kApprove, policy::Area::kPolicies},

    {"ListAudit", "audit list, left, show", policy::Action::kAudit, policy::Area::kRegister},
    {"ExportAudit", "audit export", policy::Action::kAudit, policy::Area::kRegister},
    {"AuditSubject", "audit subject", policy::Action::kAudit, policy::Area::kRecords},

    {"ListDue", "review", policy::Action::kConsult, policy::Area::kRecords},
    {"DecideReview", "review ID --retain, --dispose, --amend", policy::Action::kRecall, policy::Area::kRecords},
    {"HoldRecord", "hold", policy::Action::kRecall, policy::Area::kRecords},
    {"ListHolds", "hold list", policy::Action::kConsult, policy::Area::kRecords},

    {"AddUser", "user add", policy::Action::kGovern, policy::Area::kUsers},
    {"ListUsers", "user list", policy::Action::kConsult, policy::Area::kUsers},
    {"SetUserRoles", "user role", policy::Action::kGovern, policy::Area::kUsers},
    {"DisableUser", "user disable", policy::Action::kGovern, policy::Area::kUsers},
    {"EnableUser", "user enable", policy::Action::kGovern, policy::Area::kUsers},
    {"SetPasswordOfAnother", "user passwd of another", policy::Action::kGovern, policy::Area::kUsers},
    {"ListAllSessions", "session list --all", policy::Action::kConsult, policy::Area::kUsers},
    {"EndSessionOfAnother", "session end of another's", policy::Action::kGovern, policy::Area::kUsers},
    {"SetPassword", "user passwd, one's own", policy::Action::kKeep, policy::Area::kAccount},
    {"ListSessions", "session list", policy::Action::kConsult, policy::Area::kAccount},
    {"EndSession", "session end, one's own", policy::Action::kKeep, policy::Area::kAccount},
    {"Logout", "logout", policy::Action::kKeep, policy::Area::kAccount},
};

// Names an operation of the table. Does not compile for a name that is not there.
class Operation {
 public:
  consteval Operation(const char* name) : needed_(nullptr) {  // NOLINT: implicit by design, as a word of a call
    for (const Needed& one : kNeeded) {
      if (one.operation == name) needed_ = &one;
    }
    if (needed_ == nullptr) throw "no such operation: give it a row in kNeeded";
  }
  const Needed& needed() const { return *needed_; }

 private:
  const Needed* needed_;
};

// The answer of an operation. Only who was given a Right can make one, so an operation that does not ask does not
// compile (tests/tidy/gates/right.cc).
template <typename T>
class [[nodiscard]] Answered : public absl::StatusOr<T> {
 public:
  Answered(policy::Right, absl::StatusOr<T> answer) : absl::StatusOr<T>(std::move(answer)) {}
  explicit Answered(const policy::Refusal& refusal)
      : absl::StatusOr<T>(absl::PermissionDeniedError("refused: " + refusal.ToString())) {}
};

// The same of an operation that tells its answer piece by piece and ends with a status.
class [[nodiscard]] AnsweredStatus {
 public:
  AnsweredStatus(policy::Right, absl::Status status) : status_(std::move(status)) {}
  explicit AnsweredStatus(const policy::Refusal& refusal)
      : status_(absl::PermissionDeniedError("refused: " + refusal.ToString())) {}
  operator absl::Status() const { return status_; }  // NOLINT: it is one
  bool ok() const { return status_.ok(); }
  const absl::Status& status() const { return status_; }
  friend std::ostream& operator<<(std::ostream& out, const AnsweredStatus& one) { return out << one.status_; }

 private:
  absl::Status status_;
};

}  // namespace tidegate::api

#endif  // TIDEGATE_NODE_API_RIGHTS_H_
