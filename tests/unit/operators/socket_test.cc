// The operators' socket: its permissions are the gate, and no node takes another's place.
#include <grp.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/operators/operators.h"
#include "tests/unit/api/agency.h"
#include "tidegate/v1/operator.grpc.pb.h"

namespace tidegate::operators {
namespace {

class SocketTest : public testing::Test {
 protected:
  api::Agency agency_;
  const std::string path_ = agency_.folder() + "/operator.sock";
};

TEST_F(SocketTest, OnlyItsOwnerMayOpenIt) {
  const auto server = Server::Start(path_, agency_.api());
  ASSERT_TRUE(server.ok()) << server.status();
  struct stat status {};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_TRUE(S_ISSOCK(status.st_mode));
  EXPECT_EQ(status.st_mode & 0777u, 0600u);
}

// The user's name travels in the call's metadata; the edge decides whether it believes it.
TEST_F(SocketTest, ANameIsKeptAsItWasSaidAndNoneIsTheOwnerOfTheSocket) {
  const auto server = Server::Start(path_, agency_.api());
  ASSERT_TRUE(server.ok()) << server.status();
  const auto stub = v1::Operator::NewStub(grpc::CreateChannel("unix:" + path_, grpc::InsecureChannelCredentials()));
  const std::string id = agency_.Author("report", {{"title", "x"}});
  const auto show = [&](const std::string& user) {
    grpc::ClientContext context;
    if (!user.empty()) context.AddMetadata("tidegate-user-bin", user);
    v1::ShowRecordRequest request;
    request.set_id(id);
    request.mutable_asker()->set_reason("case 7");
    v1::Record shown;
    return stub->ShowRecord(&context, request, &shown);
  };
  ASSERT_TRUE(show("José").ok());
  ASSERT_TRUE(show("").ok());
  EXPECT_EQ(show(std::string(201, 'a')).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  const auto entries = agency_.Audit();
  ASSERT_EQ(entries.size(), 2u) << "nothing was shown to who gave a name that is too long";
  EXPECT_EQ(entries[0].user(), "owner of the socket");
  EXPECT_EQ(entries[1].user(), "José");
}

// Whoever reaches the socket of a node without users has every role: a group must not.
TEST_F(SocketTest, AGroupIsLetInOnceThereAreUsers) {
  group* const own = getgrgid(getegid());
  ASSERT_NE(own, nullptr);
  const auto server = Server::Start(path_, agency_.api(), own->gr_name);
  ASSERT_TRUE(server.ok()) << server.status();
  const auto mode = [this] {
    struct stat status {};
    EXPECT_EQ(stat(path_.c_str(), &status), 0);
    return status.st_mode & 0777u;
  };
  EXPECT_EQ(mode(), 0600u);
  const auto stub = v1::Operator::NewStub(grpc::CreateChannel("unix:" + path_, grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  v1::AddUserRequest request;
  request.set_name("sue");
  request.add_roles("administrator");
  request.set_password("lantern-otter-viola-brick");
  v1::UserReply reply;
  const grpc::Status added = stub->AddUser(&context, request, &reply);
  ASSERT_TRUE(added.ok()) << added.error_message();
  EXPECT_EQ(mode(), 0660u);
}

TEST_F(SocketTest, AGroupThatTheMachineDoesNotHaveIsRefused) {
  const auto server = Server::Start(path_, agency_.api(), "no-such-group-here");
  EXPECT_TRUE(absl::IsNotFound(server.status())) << server.status();
  EXPECT_EQ(access(path_.c_str(), F_OK), -1);
}

TEST_F(SocketTest, ASecondNodeIsRefusedWhileTheFirstAnswers) {
  const auto first = Server::Start(path_, agency_.api());
  ASSERT_TRUE(first.ok()) << first.status();
  const auto second = Server::Start(path_, agency_.api());
  EXPECT_TRUE(absl::IsFailedPrecondition(second.status())) << second.status();
}

TEST_F(SocketTest, AFileThatAKilledNodeLeftIsReplaced) {
  {
    // Bound and never listened on again: what a kill leaves.
    const auto dead = Server::Start(path_, agency_.api());
    ASSERT_TRUE(dead.ok());
    ASSERT_EQ(rename(path_.c_str(), (path_ + ".kept").c_str()), 0);
    (*dead)->Stop();
    ASSERT_EQ(rename((path_ + ".kept").c_str(), path_.c_str()), 0);
  }
  const auto server = Server::Start(path_, agency_.api());
  EXPECT_TRUE(server.ok()) << server.status();
}

TEST_F(SocketTest, APathThatIsTooLongIsSaid) {
  const auto server = Server::Start(agency_.folder() + "/" + std::string(200, 'x'), agency_.api());
  EXPECT_FALSE(server.ok());
}

}  // namespace
}  // namespace tidegate::operators
