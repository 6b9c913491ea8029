// Accounts and sessions: in memory as they are in the store, which is written first.
#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "crypto/secret.h"
#include "node/users/passwords.h"
#include "node/users/rows.h"
#include "node/users/throttle.h"
#include "node/users/users.h"
#include "policy/policy.h"
#include "text/text.h"
#include "threads/threads.h"

namespace tidegate::users {
namespace {

constexpr size_t kMostNameBytes = 64;
constexpr size_t kTokenBytes = 32;
constexpr size_t kIdDigits = 12;
constexpr std::string_view kAdministrator = "administrator";

absl::Status WrongNameOrPassword() {
  return absl::UnauthenticatedError("users: the name or the password is wrong, or the account is disabled");
}

absl::Status NoSession() {
  return absl::UnauthenticatedError("users: this session has ended or never was; log in: `tidegate login NAME`");
}

absl::Status CheckUserName(std::string_view name) {
  bool fine = !name.empty() && name.size() <= kMostNameBytes;
  bool between = false;  // a letter or digit stands before
  for (const char c : name) {
    const bool mark = c == '-' || c == '.' || c == '_';
    fine = fine && (absl::ascii_islower(static_cast<unsigned char>(c)) ||
                    absl::ascii_isdigit(static_cast<unsigned char>(c)) || (mark && between));
    between = !mark;
  }
  if (fine && between) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "users: a user's name is 1 to 64 lower-case letters a-z and digits, with single `-`, `.` or `_` between them, so "
      "that it cannot look like another");
}

absl::StatusOr<std::vector<std::string>> RolesOf(const std::vector<std::string>& said) {
  const std::vector<std::string_view> known(std::begin(policy::kRoles), std::end(policy::kRoles));
  std::set<std::string> roles;
  for (const std::string& role : said) {
    if (std::find(known.begin(), known.end(), role) == known.end()) {
      std::string list;
      for (const std::string_view one : known) absl::StrAppend(&list, list.empty() ? "" : ", ", std::string(one));
      return absl::InvalidArgumentError(absl::StrCat("users: there is no role `", role, "`",
                                                     text::DidYouMean(role, known), "; the roles are ", list));
    }
    roles.insert(role);
  }
  if (roles.empty()) return absl::InvalidArgumentError("users: a user has at least one role; give --role");
  return std::vector<std::string>(roles.begin(), roles.end());
}

std::string SkeletonOf(std::string_view name) {
  std::string letters;
  for (const char c : name) {
    if (c != '.' && c != '_') letters.push_back(c);
  }
  return text::Skeleton(letters);
}

struct HeldSession {
  crypto::Hash hash{};
  SessionRow row;
};

using Book = std::map<std::string, AccountRow>;

bool IsAdministrator(const AccountRow& row) {
  return row.enabled && std::find(row.roles.begin(), row.roles.end(), kAdministrator) != row.roles.end();
}

std::string ItemOf(const crypto::Hash& hash) { return absl::BytesToHexString(std::string(crypto::View(hash))); }

Session Told(const HeldSession& held) {
  return {ItemOf(held.hash).substr(0, kIdDigits), held.row.user, held.row.began_ms, held.row.ends_ms};
}

}  // namespace

class Accounts::State {
 public:
  State(store::Store& store, std::function<uint64_t()> now_ms, Options options)
      : store_(store), now_ms_(std::move(now_ms)), options_(std::move(options)), work_(options_.cost) {}

  absl::Status Load() {
    auto snapshot = store_.Read();
    if (!snapshot.ok()) return snapshot.status();
    Book accounts;
    std::map<crypto::Hash, SessionRow> sessions;
    store::Damage damage, ended;  // a session that cannot be read is none
    auto read = (*snapshot)->ForEachNamed(store::Named::kUser, kAccountScope, damage,
                                          [&](std::string_view name, std::string_view bytes) -> absl::StatusOr<bool> {
                                            auto row = DecodeAccount(bytes);
                                            if (!row.ok()) return row.status();
                                            accounts.insert_or_assign(std::string(name), *std::move(row));
                                            return true;
                                          });
    if (!read.ok()) return read;
    read = (*snapshot)->ForEachNamed(store::Named::kUser, kSessionScope, ended,
                                     [&](std::string_view item, std::string_view bytes) -> absl::StatusOr<bool> {
                                       auto row = DecodeSession(bytes);
                                       if (!row.ok()) return row.status();
                                       auto hash = crypto::HashFrom(absl::HexStringToBytes(std::string(item)));
                                       if (!hash.ok()) return absl::DataLossError("users: a session is damaged");
                                       sessions.insert_or_assign(*hash, *std::move(row));
                                       return true;
                                     });
    if (!read.ok()) return read;
    threads::MutexLock lock(mutex_);
    accounts_ = std::move(accounts);
    sessions_ = std::move(sessions);
    damaged_ = damage.rows > 0;
    return absl::OkStatus();
  }

  bool any() const {
    threads::MutexLock lock(mutex_);
    return damaged_ || !accounts_.empty();
  }

  absl::StatusOr<User> Add(const std::string& name, const std::vector<std::string>& said, std::string_view password,
                           const Deed& deed) {
    if (auto status = CheckUserName(name); !status.ok()) return status;
    auto roles = RolesOf(said);
    if (!roles.ok()) return roles.status();
    if (auto status = CheckNewPassword(password, name); !status.ok()) return status;
    auto digested = work_.Digest(password);
    if (!digested.ok()) return digested.status();
    threads::MutexLock writing(writing_);
    const bool first = !any();
    if (auto status = CheckNew(name, *roles, first); !status.ok()) return status;
    if (auto status = CheckNotDamaged(name); !status.ok()) return status;
    const AccountRow row{*std::move(roles), true, deed.at_ms, deed.at_ms, *digested};
    const std::string what = absl::StrCat("made as ", absl::StrJoin(row.roles, ", "),
                                          first ? ", the first user, by the Unix account that runs the node" : "");
    return Put(name, row, false, {deed, name, what});
  }

  absl::StatusOr<User> Alter(const std::string& name, const Deed& deed, std::string what, bool ends,
                             const std::function<void(AccountRow&)>& alter) {
    threads::MutexLock writing(writing_);
    auto row = Known(name);
    if (!row.ok()) return row.status();
    const bool was = IsAdministrator(*row);
    alter(*row);
    if (was && !IsAdministrator(*row) && Administrators() == 1) {
      return absl::FailedPreconditionError(
          absl::StrCat("users: `", name,
                       "` is the last enabled administrator; give the role to somebody else before you take it away"));
    }
    return Put(name, *row, ends, {deed, name, std::move(what)});
  }

  absl::StatusOr<User> SetRoles(const std::string& name, const std::vector<std::string>& said, const Deed& deed) {
    auto roles = RolesOf(said);
    if (!roles.ok()) return roles.status();
    const std::string what = absl::StrCat("roles: ", absl::StrJoin(*roles, ", "));
    return Alter(name, deed, what, true, [&](AccountRow& row) { row.roles = *roles; });
  }

  absl::StatusOr<User> SetPassword(const std::string& name, std::string_view password, const Deed& deed) {
    if (auto status = CheckNewPassword(password, name); !status.ok()) return status;
    if (auto known = Known(name); !known.ok()) return known.status();
    auto digested = work_.Digest(password);
    if (!digested.ok()) return digested.status();
    return Alter(name, deed, "password set", true, [&](AccountRow& row) {
      row.password = *digested;
      row.password_ms = deed.at_ms;
    });
  }

  std::vector<User> List() const {
    threads::MutexLock lock(mutex_);
    std::vector<User> all;
    for (const auto& [name, row] : accounts_) all.push_back(ToldUser(name, row));
    return all;
  }

  absl::StatusOr<LoggedIn> LogIn(const std::string& name, std::string_view password, bool own_account) {
    // Said of the request alone, before anything is looked up.
    if (name.size() > kMostNameBytes || password.size() > kMostPasswordBytes) return WrongNameOrPassword();
    const uint64_t now_ms = now_ms_();
    const Throttle::Turn turn = throttle_.Try(name, now_ms, own_account);
    if (turn.wait_ms > 0) {
      return absl::ResourceExhaustedError(
          absl::StrCat("users: too many wrong passwords; try again in ", (turn.wait_ms + 999) / 1000, " seconds"));
    }
    // The nearest name is not looked for: the time that takes would tell that nobody has this one.
    const std::optional<AccountRow> known = Find(name);
    const AccountRow row = known ? *known : AccountRow{{}, false, 0, 0, work_.Nobody()};
    const auto matches = work_.Matches(password, row.password);
    if (!matches.ok()) return matches.status();
    const bool right = *matches && row.enabled;
    if (!right) return Wrong(name, known.has_value(), turn.wrong, now_ms);
    throttle_.Right(name, own_account);
    return Begin(name, row, now_ms);
  }

  absl::StatusOr<User> Recognise(std::string_view token) const {
    const crypto::Hash hash = HashOfToken(token);
    threads::MutexLock lock(mutex_);
    const auto session = sessions_.find(hash);
    if (session == sessions_.end() || session->second.ends_ms <= now_ms_()) return NoSession();
    const auto account = accounts_.find(session->second.user);
    if (account == accounts_.end() || !account->second.enabled) return NoSession();
    return ToldUser(account->first, account->second);
  }

  absl::Status LogOut(std::string_view token) {
    const crypto::Hash hash = HashOfToken(token);
    threads::MutexLock writing(writing_);
    std::string user;
    {
      threads::MutexLock lock(mutex_);
      const auto session = sessions_.find(hash);
      if (session == sessions_.end()) return NoSession();
      user = session->second.user;
    }
    return Remove({hash}, {{user, "", now_ms_()}, user, "logged out"});
  }

  std::vector<Session> SessionsOf(const std::string& user) const {
    std::vector<Session> all;
    for (const HeldSession& held : Open(user, now_ms_())) all.push_back(Told(held));
    return all;
  }

  absl::StatusOr<Session> End(const std::string& id, const std::string& user, const Deed& deed) {
    threads::MutexLock writing(writing_);
    for (const HeldSession& held : Open(user, now_ms_())) {
      const Session told = Told(held);
      if (told.id != id) continue;
      auto removed = Remove({held.hash}, {deed, told.user, absl::StrCat("session ", told.id, " ended")});
      if (!removed.ok()) return removed;
      return told;
    }
    return absl::NotFoundError(
        absl::StrCat("users: there is no session `", id, "`; `session list` has those there are"));
  }

 private:
  User ToldUser(const std::string& name, const AccountRow& row) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const auto sessions =
        std::count_if(sessions_.begin(), sessions_.end(), [&](const auto& one) { return one.second.user == name; });
    return {name, row.roles, row.enabled, row.made_ms, row.password_ms, static_cast<size_t>(sessions)};
  }

  std::optional<AccountRow> Find(const std::string& name) const {
    threads::MutexLock lock(mutex_);
    const auto known = accounts_.find(name);
    return known == accounts_.end() ? std::nullopt : std::optional(known->second);
  }

  // Whether the store has a row of that name which cannot be read, and which is therefore not among the accounts.
  absl::Status CheckNotDamaged(const std::string& name) const {
    auto snapshot = store_.Read();
    if (!snapshot.ok()) return snapshot.status();
    if (absl::IsNotFound((*snapshot)->GetNamed(store::Named::kUser, kAccountScope, name).status())) {
      return absl::OkStatus();
    }
    return absl::AlreadyExistsError(
        absl::StrCat("users: there is an account `", name,
                     "` that cannot be read, and its name is not given again; run `tidegate verify`, and take another "
                     "name"));
  }

  absl::StatusOr<AccountRow> Known(const std::string& name) const {
    threads::MutexLock lock(mutex_);
    const auto known = accounts_.find(name);
    if (known != accounts_.end()) return known->second;
    std::vector<std::string> names;
    for (const auto& [one, row] : accounts_) names.push_back(one);
    return absl::NotFoundError(absl::StrCat("users: there is no user `", name, "`", text::DidYouMean(name, names)));
  }

  size_t Administrators() const {
    threads::MutexLock lock(mutex_);
    return static_cast<size_t>(
        std::count_if(accounts_.begin(), accounts_.end(), [](const auto& one) { return IsAdministrator(one.second); }));
  }

  absl::Status CheckNew(const std::string& name, const std::vector<std::string>& roles, bool first) const {
    if (first && std::find(roles.begin(), roles.end(), kAdministrator) == roles.end()) {
      return absl::FailedPreconditionError(
          "users: the first user is an administrator: from then on nobody is let in without logging in, and only an "
          "administrator makes users; give --role administrator");
    }
    threads::MutexLock lock(mutex_);
    if (accounts_.size() >= kMostUsers) {
      return absl::ResourceExhaustedError(absl::StrCat("users: there are ", kMostUsers, " users, and no more"));
    }
    const std::string skeleton = SkeletonOf(name);
    for (const auto& [known, row] : accounts_) {
      if (known == name) return absl::AlreadyExistsError(absl::StrCat("users: there is a user `", name, "` already"));
      if (SkeletonOf(known) != skeleton) continue;
      return absl::AlreadyExistsError(
          absl::StrCat("users: `", name, "` looks like `", known, "`, who is a user already; take another name"));
    }
    return absl::OkStatus();
  }

  absl::Status Record(store::WriteTransaction& transaction, const Change& change) const {
    return options_.record ? options_.record(transaction, change) : absl::OkStatus();
  }

  // People must be able to cut somebody off, and to log in for it, on a full disk too.
  absl::Status Write(const store::Store::Body& body) { return store_.Write(store::Purpose::kProtection, body); }

  absl::StatusOr<User> Put(const std::string& name, const AccountRow& row, bool ends_sessions, const Change& change)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(writing_) {
    std::vector<crypto::Hash> ended;
    if (ends_sessions) {
      for (const HeldSession& held : Open(name, 0)) ended.push_back(held.hash);
    }
    auto written = Write([&](store::WriteTransaction& transaction) -> absl::Status {
      for (const crypto::Hash& hash : ended) {
        auto gone = transaction.DeleteNamed(store::Named::kUser, kSessionScope, ItemOf(hash));
        if (!gone.ok()) return gone;
      }
      auto put = transaction.PutNamed(store::Named::kUser, kAccountScope, name, EncodeAccount(row));
      return put.ok() ? Record(transaction, change) : put;
    });
    if (!written.ok()) return written;
    threads::MutexLock lock(mutex_);
    for (const crypto::Hash& hash : ended) sessions_.erase(hash);
    accounts_[name] = row;
    return ToldUser(name, row);
  }

  absl::Status Remove(const std::vector<crypto::Hash>& hashes, const Change& change)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(writing_) {
    auto written = Write([&](store::WriteTransaction& transaction) -> absl::Status {
      for (const crypto::Hash& hash : hashes) {
        auto gone = transaction.DeleteNamed(store::Named::kUser, kSessionScope, ItemOf(hash));
        if (!gone.ok()) return gone;
      }
      return Record(transaction, change);
    });
    if (!written.ok()) return written;
    threads::MutexLock lock(mutex_);
    for (const crypto::Hash& hash : hashes) sessions_.erase(hash);
    return absl::OkStatus();
  }

  // The entry is written whether or not somebody has the name: it costs the same.
  absl::Status Wrong(const std::string& name, bool known, uint32_t wrong, uint64_t now_ms) {
    if (wrong == Throttle::kFree) {
      const std::string account = known ? name : "";
      const Change change{
          {account, "", now_ms},
          account,
          absl::StrCat(Throttle::kFree, " wrong passwords in a row", known ? "" : ", for a name that nobody has")};
      // The answer is the same if the entry cannot be written.
      Write([&](store::WriteTransaction& transaction) { return Record(transaction, change); }).IgnoreError();
    }
    return WrongNameOrPassword();
  }

  // `verified` is the account as its password was compared with.
  absl::StatusOr<LoggedIn> Begin(const std::string& name, const AccountRow& verified, uint64_t now_ms) {
    LoggedIn in;
    in.token = absl::BytesToHexString(crypto::Random(kTokenBytes));
    HeldSession held{HashOfToken(in.token), {name, now_ms, now_ms + options_.session_ms}};
    in.session = Told(held);
    threads::MutexLock writing(writing_);
    const auto now = Known(name);
    if (!now.ok() || !now->enabled || now->password.key != verified.password.key) return WrongNameOrPassword();
    in.roles = now->roles;
    const std::vector<crypto::Hash> making_room = Ended(name, now_ms);
    const Change change{{name, "", now_ms}, name, absl::StrCat("logged in, session ", in.session.id)};
    auto written = Write([&](store::WriteTransaction& transaction) -> absl::Status {
      for (const crypto::Hash& hash : making_room) {
        auto gone = transaction.DeleteNamed(store::Named::kUser, kSessionScope, ItemOf(hash));
        if (!gone.ok()) return gone;
      }
      auto put = transaction.PutNamed(store::Named::kUser, kSessionScope, ItemOf(held.hash), EncodeSession(held.row));
      return put.ok() ? Record(transaction, change) : put;
    });
    if (!written.ok()) return written;
    threads::MutexLock lock(mutex_);
    for (const crypto::Hash& hash : making_room) sessions_.erase(hash);
    sessions_[held.hash] = held.row;
    return in;
  }

  // Sessions that make room for another of `name`: all that have ended by themselves, and the oldest of hers.
  std::vector<crypto::Hash> Ended(const std::string& name, uint64_t now_ms) const {
    std::vector<crypto::Hash> ended;
    {
      threads::MutexLock lock(mutex_);
      for (const auto& [hash, row] : sessions_) {
        if (row.ends_ms <= now_ms) ended.push_back(hash);
      }
    }
    const std::vector<HeldSession> open = Open(name, now_ms);
    for (size_t i = kMostSessionsOfOne - 1; i < open.size(); ++i) ended.push_back(open[i].hash);
    return ended;
  }

  // Sessions that end after `now_ms`, the latest first; of everybody where `user` is empty.
  std::vector<HeldSession> Open(const std::string& user, uint64_t now_ms) const {
    std::vector<HeldSession> open;
    {
      threads::MutexLock lock(mutex_);
      for (const auto& [hash, row] : sessions_) {
        if (row.ends_ms > now_ms && (user.empty() || row.user == user)) open.push_back({hash, row});
      }
    }
    std::sort(open.begin(), open.end(), [](const HeldSession& a, const HeldSession& b) {
      return std::pair(b.row.began_ms, b.hash) < std::pair(a.row.began_ms, a.hash);
    });
    return open;
  }

  store::Store& store_;
  const std::function<uint64_t()> now_ms_;
  const Options options_;
  PasswordWork work_;
  Throttle throttle_;
  threads::Mutex writing_;  // one change at a time, taken before `mutex_`
  mutable threads::Mutex mutex_;
  Book accounts_ ABSL_GUARDED_BY(mutex_);
  std::map<crypto::Hash, SessionRow> sessions_ ABSL_GUARDED_BY(mutex_);
  bool damaged_ ABSL_GUARDED_BY(mutex_) = false;  // an account cannot be read
};

absl::StatusOr<std::unique_ptr<Accounts>> Accounts::Open(store::Store& store, std::function<uint64_t()> now_ms,
                                                         Options options) {
  auto state = std::make_unique<State>(store, std::move(now_ms), std::move(options));
  if (auto status = state->Load(); !status.ok()) return status;
  return std::unique_ptr<Accounts>(new Accounts(std::move(state)));
}

Accounts::Accounts(std::unique_ptr<State> state) : state_(std::move(state)) {}
Accounts::~Accounts() = default;

bool Accounts::any() const { return state_->any(); }
absl::StatusOr<User> Accounts::Add(const std::string& name, const std::vector<std::string>& roles,
                                   std::string_view password, const Deed& deed) {
  return state_->Add(name, roles, password, deed);
}
absl::StatusOr<User> Accounts::SetRoles(const std::string& name, const std::vector<std::string>& roles,
                                        const Deed& deed) {
  return state_->SetRoles(name, roles, deed);
}
absl::StatusOr<User> Accounts::SetPassword(const std::string& name, std::string_view password, const Deed& deed) {
  return state_->SetPassword(name, password, deed);
}
absl::StatusOr<User> Accounts::Disable(const std::string& name, const Deed& deed) {
  return state_->Alter(name, deed, "disabled", true, [](AccountRow& row) { row.enabled = false; });
}
absl::StatusOr<User> Accounts::Enable(const std::string& name, const Deed& deed) {
  return state_->Alter(name, deed, "enabled", false, [](AccountRow& row) { row.enabled = true; });
}
std::vector<User> Accounts::List() const { return state_->List(); }
absl::StatusOr<LoggedIn> Accounts::LogIn(const std::string& name, std::string_view password, bool own_account) {
  return state_->LogIn(name, password, own_account);
}
absl::StatusOr<User> Accounts::Recognise(std::string_view token) const { return state_->Recognise(token); }
absl::Status Accounts::LogOut(std::string_view token) { return state_->LogOut(token); }
std::vector<Session> Accounts::Sessions(const std::string& user) const { return state_->SessionsOf(user); }
absl::StatusOr<Session> Accounts::End(const std::string& id, const std::string& user, const Deed& deed) {
  return state_->End(id, user, deed);
}

}  // namespace tidegate::users
