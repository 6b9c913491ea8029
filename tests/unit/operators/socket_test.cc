// The operators' socket: its permissions are the gate, and no node takes another's place.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "node/operators/operators.h"
#include "tests/unit/api/agency.h"

namespace tidegate::operators {
namespace {

// Nothing here writes; a call would be a fault of the test.
class NoActions final : public api::Actions {
 public:
  absl::Status Import(const v1::ImportRequest&, const std::function<bool(const v1::ImportProgress&)>&) override {
    return Not();
  }
  absl::StatusOr<v1::AuthoredReply> Add(const v1::AddRecordRequest&) override { return Not(); }
  absl::StatusOr<v1::AuthoredReply> Amend(const v1::AmendRecordRequest&) override { return Not(); }
  absl::StatusOr<v1::AuthoredReply> Link(const v1::LinkRecordsRequest&) override { return Not(); }
  absl::StatusOr<v1::AuthoredReply> Sight(const v1::SightRecordRequest&) override { return Not(); }
  absl::StatusOr<v1::RecallRecordReply> Recall(const v1::RecallRecordRequest&) override { return Not(); }
  absl::Status Introduce(const std::string&) override { return Not(); }
  std::string Address() const override { return ""; }
  std::vector<v1::PartnerStatus> Lines() const override { return {}; }

 private:
  static absl::Status Not() { return absl::UnimplementedError("not in this test"); }
};

class SocketTest : public testing::Test {
 protected:
  api::Agency agency_;
  NoActions actions_;
  const std::string path_ = agency_.folder() + "/operator.sock";
};

TEST_F(SocketTest, OnlyItsOwnerMayOpenIt) {
  const auto server = Server::Start(path_, agency_.rooms(), actions_);
  ASSERT_TRUE(server.ok()) << server.status();
  struct stat status {};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_TRUE(S_ISSOCK(status.st_mode));
  EXPECT_EQ(status.st_mode & 0777u, 0600u);
}

TEST_F(SocketTest, ASecondNodeIsRefusedWhileTheFirstAnswers) {
  const auto first = Server::Start(path_, agency_.rooms(), actions_);
  ASSERT_TRUE(first.ok()) << first.status();
  const auto second = Server::Start(path_, agency_.rooms(), actions_);
  EXPECT_TRUE(absl::IsFailedPrecondition(second.status())) << second.status();
}

TEST_F(SocketTest, AFileThatAKilledNodeLeftIsReplaced) {
  {
    // Bound and never listened on again: what a kill leaves.
    const auto dead = Server::Start(path_, agency_.rooms(), actions_);
    ASSERT_TRUE(dead.ok());
    ASSERT_EQ(rename(path_.c_str(), (path_ + ".kept").c_str()), 0);
    (*dead)->Stop();
    ASSERT_EQ(rename((path_ + ".kept").c_str(), path_.c_str()), 0);
  }
  const auto server = Server::Start(path_, agency_.rooms(), actions_);
  EXPECT_TRUE(server.ok()) << server.status();
}

TEST_F(SocketTest, APathThatIsTooLongIsSaid) {
  const auto server = Server::Start(agency_.folder() + "/" + std::string(200, 'x'), agency_.rooms(), actions_);
  EXPECT_FALSE(server.ok());
}

}  // namespace
}  // namespace tidegate::operators
