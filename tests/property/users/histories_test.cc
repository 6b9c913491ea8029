// Any history of accounts, logins, ends of sessions, hours that pass and restarts leaves what a plain model says: who
// is let in with which password, whose token is whose, and at least one enabled administrator.
#include <gtest/gtest.h>

#include <iostream>
#include <map>
#include <random>
#include <set>

#include "tests/support/full.h"
#include "tests/unit/users/house.h"

namespace tidegate::users {
namespace {

struct Person {
  std::set<std::string> roles;
  std::string password;
  bool enabled = true;
};
struct Ticket {
  std::string token, user;
  uint64_t ends_ms = 0;
};

class Histories : public testing::Test {
 protected:
  static constexpr const char* kNames[] = {"sue", "ana", "ben", "kit"};
  static constexpr const char* kSaid[] = {kGood, kOther};
  static constexpr const char* kRoles[] = {"analyst", "administrator", "auditor"};

  template <typename Words>
  std::string Any(const Words& words) {
    return words[std::uniform_int_distribution<size_t>(0, std::size(words) - 1)(dice_)];
  }

  bool OtherAdministrator(const std::string& name) const {
    for (const auto& [one, person] : people_) {
      if (one != name && person.enabled && person.roles.count("administrator") > 0) return true;
    }
    return false;
  }
  bool Needed(const std::string& name) const {
    const Person& person = people_.at(name);
    return person.enabled && person.roles.count("administrator") > 0 && !OtherAdministrator(name);
  }
  void EndAllOf(const std::string& name) {
    std::erase_if(tickets_, [&](const Ticket& one) { return one.user == name; });
  }

  void Add(const std::string& name) {
    const std::string role = Any(kRoles), password = Any(kSaid);
    const bool expected = people_.count(name) == 0 && (!people_.empty() || role == "administrator");
    EXPECT_EQ(house_.accounts().Add(name, {role}, password, house_.By()).ok(), expected) << name;
    if (expected) people_[name] = {{role}, password, true};
  }
  void SetRole(const std::string& name) {
    const std::string role = Any(kRoles);
    const bool expected = people_.count(name) > 0 && !(Needed(name) && role != "administrator");
    EXPECT_EQ(house_.accounts().SetRoles(name, {role}, house_.By()).ok(), expected) << name;
    if (!expected) return;
    people_[name].roles = {role};
    EndAllOf(name);
  }
  void Disable(const std::string& name) {
    const bool expected = people_.count(name) > 0 && !Needed(name);
    EXPECT_EQ(house_.accounts().Disable(name, house_.By()).ok(), expected) << name;
    if (!expected) return;
    people_[name].enabled = false;
    EndAllOf(name);
  }
  void Enable(const std::string& name) {
    EXPECT_EQ(house_.accounts().Enable(name, house_.By()).ok(), people_.count(name) > 0) << name;
    if (people_.count(name) > 0) people_[name].enabled = true;
  }
  void SetPassword(const std::string& name) {
    const std::string password = Any(kSaid);
    EXPECT_EQ(house_.accounts().SetPassword(name, password, house_.By()).ok(), people_.count(name) > 0) << name;
    if (people_.count(name) == 0) return;
    people_[name].password = password;
    EndAllOf(name);
  }
  void LogIn(const std::string& name) {
    const std::string password = Any(kSaid);
    house_.now_ms += 2000;  // all of them together are slower than the bound of a minute
    const auto in = house_.accounts().LogIn(name, password);
    if (absl::IsResourceExhausted(in.status())) return;  // too many wrong ones for that name
    const bool expected = people_.count(name) > 0 && people_[name].enabled && people_[name].password == password;
    EXPECT_EQ(in.ok(), expected) << name;
    if (in.ok()) tickets_.push_back({in->token, name, in->session.ends_ms});
    ForgetTheOldest(name);
  }
  void ForgetTheOldest(const std::string& name) {
    size_t open = 0;
    for (const Ticket& one : tickets_) open += one.user == name && one.ends_ms > house_.now_ms ? 1 : 0;
    if (open <= kMostSessionsOfOne) return;
    for (auto one = tickets_.begin(); one != tickets_.end(); ++one) {
      if (one->user == name && one->ends_ms > house_.now_ms) {
        tickets_.erase(one);
        return;
      }
    }
  }
  void LogOut() {
    if (tickets_.empty()) return;
    const size_t at = std::uniform_int_distribution<size_t>(0, tickets_.size() - 1)(dice_);
    const Ticket ticket = tickets_[at];
    EXPECT_TRUE(house_.accounts().LogOut(ticket.token).ok());
    tickets_.erase(tickets_.begin() + static_cast<std::ptrdiff_t>(at));
    gone_.push_back(ticket.token);
  }

  void Step() {
    const std::string name = Any(kNames);
    switch (std::uniform_int_distribution<int>(0, 11)(dice_)) {
      case 0:
        return Add(name);
      case 1:
        return SetRole(name);
      case 2:
        return Disable(name);
      case 3:
        return Enable(name);
      case 4:
        return SetPassword(name);
      case 5:
        return LogOut();
      case 6:
        return house_.Restart();
      case 7:
        house_.now_ms += uint64_t{60} * 60 * 1000;
        return;
      default:
        return LogIn(name);
    }
  }

  void Compare() {
    EXPECT_EQ(house_.accounts().any(), !people_.empty());
    EXPECT_EQ(house_.accounts().List().size(), people_.size());
    for (const Ticket& one : tickets_) {
      const auto user = house_.accounts().Recognise(one.token);
      EXPECT_EQ(user.ok(), one.ends_ms > house_.now_ms) << one.user;
      if (!user.ok()) continue;
      EXPECT_EQ(user->name, one.user);
      EXPECT_EQ(std::set<std::string>(user->roles.begin(), user->roles.end()), people_.at(one.user).roles);
    }
    for (const std::string& token : gone_) EXPECT_FALSE(house_.accounts().Recognise(token).ok());
    bool administrator = people_.empty();
    for (const User& user : house_.accounts().List()) {
      administrator = administrator || (user.enabled && std::find(user.roles.begin(), user.roles.end(),
                                                                  "administrator") != user.roles.end());
    }
    EXPECT_TRUE(administrator);
  }

  House house_;
  std::mt19937_64 dice_;
  std::map<std::string, Person> people_;
  std::vector<Ticket> tickets_;
  std::vector<std::string> gone_;
};

TEST_F(Histories, LeaveWhatAPlainModelSays) {
  const char* said = std::getenv("TIDEGATE_SEED");
  const uint64_t seed = said != nullptr ? std::strtoull(said, nullptr, 10) : std::random_device{}();
  std::cout << "TIDEGATE_SEED=" << seed << "\n";
  dice_.seed(seed);
  const int steps = support::Full() ? 5000 : 250;
  for (int i = 0; i < steps && !HasFailure(); ++i) {
    Step();
    Compare();
  }
}

}  // namespace
}  // namespace tidegate::users
