// The lines to partners as `status` shows them, over real sockets on this machine: followed, following, not reached,
// not dialled.
#include "node/flow/lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/memory_node.h"

namespace tidegate::flow {
namespace {

using support::Clock;
using support::MemoryNode;
using support::Must;
using testing::HasSubstr;
using testing::IsEmpty;

// A node that listens and dials.
class Listening {
 public:
  explicit Listening(MemoryNode& node) {
    dialling_.reach.loopback = true;
    server_ =
        Must(exchange::Server::Start({.listen = "127.0.0.1:0", .advertise = ""}, node.directory(), node.sharing()));
    followers_ = Must(exchange::Followers::Start(dialling_, node.directory(), node.receiving()));
  }
  ~Listening() {
    followers_->Stop();
    server_->Stop();
  }
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;
  std::string address() const { return server_->address(); }
  void Connect(Lines& lines) { lines.Connect(dialling_, *server_, *followers_); }

 private:
  exchange::FollowerOptions dialling_;
  std::unique_ptr<exchange::Server> server_;
  std::unique_ptr<exchange::Followers> followers_;
};

class LinesTest : public testing::Test {
 protected:
  LinesTest() {
    support::Pair(charity_, bank_);
    support::Pair(police_, bank_);
  }
  partner::Deed By() const { return {.user = "ana", .at_ms = clock_.now_ms}; }
  static Line Of(const Lines& lines, const std::string& organisation) {
    for (const Line& line : lines.List()) {
      if (line.organisation == organisation) return line;
    }
    ADD_FAILURE() << "no line to " << organisation;
    return {};
  }
  static void Await(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!condition()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }

  Clock clock_;
  MemoryNode charity_{"charity", "ngo", clock_}, bank_{"bank", "bank", clock_}, police_{"police", "police", clock_};
};

TEST_F(LinesTest, BeforeTheyAreOpenThereAreNone) {
  Lines lines(bank_.directory(), bank_.receiving());
  EXPECT_THAT(lines.List(), IsEmpty());
  EXPECT_TRUE(absl::IsUnavailable(lines.Introduce("charity")));
  EXPECT_TRUE(lines.address().empty());
}

TEST_F(LinesTest, EachPartnerIsShownAsItsLineIs) {
  charity_.Apply(support::kShareAll);
  const std::string id = charity_.Add("report", {{"title", "Car wash"}, {"tlp", "GREEN"}, {"purpose", "prevention"}});
  Listening charity(charity_), bank(bank_);
  Lines at_charity(charity_.directory(), charity_.receiving()), at_bank(bank_.directory(), bank_.receiving());
  charity.Connect(at_charity);
  bank.Connect(at_bank);
  Must(bank_.directory().Invite({.invitee = "shelter", .without_code = true}, By()).status());
  Must(bank_.directory().SetAddress("charity", charity.address(), By()).status());
  Must(bank_.directory().SetAddress("police", "127.0.0.1:1", By()).status());
  Must(at_bank.Introduce("charity"));
  Await([&] { return Of(at_bank, "charity").caught_up && Of(at_bank, "charity").received == 1; });
  const Line to_charity = Of(at_bank, "charity");
  EXPECT_TRUE(to_charity.following);
  EXPECT_THAT(to_charity.last_error, IsEmpty());
  EXPECT_EQ(to_charity.state, "confirmed");
  EXPECT_EQ(to_charity.held_records, 1u);
  EXPECT_FALSE(bank_.Open(id).empty());
  Await([&] { return !Of(at_bank, "police").last_error.empty(); });
  EXPECT_FALSE(Of(at_bank, "police").following);
  // The charity is followed, and knows no address of the bank.
  const Line to_bank = Of(at_charity, "bank");
  EXPECT_TRUE(to_bank.followed);
  EXPECT_THAT(to_bank.last_error, HasSubstr("it is not dialled, for no address of it is known"));
  // Of a partner that is not active no address is missing.
  Must(charity_.directory().SetSuspended("bank", true, By()));
  EXPECT_THAT(Of(at_charity, "bank").last_error, IsEmpty());
}

}  // namespace
}  // namespace tidegate::flow
