// The operators' socket: its permissions are the gate, and no node takes another's place.
#include <grp.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "absl/strings/str_cat.h"
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

constexpr char kMapping[] =
    "kind = \"report\"\nsource = \"calls\"\nidentity = [\"ref\"]\n[columns]\nwhat = \"report.title\"\ntlp = "
    "\"handling.tlp\"\n";

// A node with the users sue and ana, and a table of calls to import.
class ImportTest : public SocketTest {
 protected:
  void SetUp() override {
    const users::Deed deed{"sue", "a test", agency_.now_ms};
    for (const auto& [name, role] : {std::pair{"sue", "administrator"}, {"ana", "investigator"}}) {
      const auto added = agency_.accounts().Add(name, {role}, "lantern-otter-viola-brick", deed);
      ASSERT_TRUE(added.ok()) << added.status();
    }
  }
  void TearDown() override { unlink(file_.c_str()); }
  void Serve(const std::string& group = "") {
    auto server = Server::Start(path_, agency_.api(), group);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    stub_ = v1::Operator::NewStub(grpc::CreateChannel("unix:" + path_, grpc::InsecureChannelCredentials()));
  }
  std::string LogIn(const std::string& name) {
    auto in = agency_.accounts().LogIn(name, "lantern-otter-viola-brick");
    EXPECT_TRUE(in.ok()) << in.status();
    return in.ok() ? in->token : "";
  }
  void WriteCalls(int rows) const {
    std::ofstream out(file_);
    out << "ref,what,tlp\n";
    for (int i = 0; i < rows; ++i) out << "A-" << i << ",a van,GREEN\n";
  }
  v1::ImportRequest Request() const {
    v1::ImportRequest request;
    request.set_path(file_);
    request.set_format("csv");
    request.set_mapping(kMapping);
    return request;
  }
  // Calls `told` at each message.
  grpc::Status Import(const v1::ImportRequest& request, const std::string& token,
                      const std::function<void(const v1::ImportProgress&)>& told = {}, const std::string& own = "") {
    grpc::ClientContext context;
    context.AddMetadata("tidegate-session", token);
    if (!own.empty()) context.AddMetadata("tidegate-own-account", own);
    const auto stream = stub_->Import(&context, request);
    v1::ImportProgress progress;
    while (stream->Read(&progress)) {
      if (told) told(progress);
    }
    return stream->Finish();
  }

  const std::string file_ = agency_.folder() + "-calls.csv";
  std::unique_ptr<Server> server_;
  std::unique_ptr<v1::Operator::Stub> stub_;
};

TEST_F(ImportTest, StopsWhenItsSessionHasEnded) {
  ASSERT_NO_FATAL_FAILURE(Serve());
  constexpr int kRows = 20'000;
  WriteCalls(kRows);
  const std::string token = LogIn("ana");
  bool disabled = false;
  const grpc::Status ended = Import(Request(), token, [&](const v1::ImportProgress&) {
    if (std::exchange(disabled, true)) return;
    const auto done = agency_.accounts().Disable("ana", {"sue", "she left", agency_.now_ms});
    EXPECT_TRUE(done.ok()) << done.status();
  });
  EXPECT_EQ(ended.error_code(), grpc::StatusCode::UNAUTHENTICATED) << ended.error_message();
  EXPECT_NE(ended.error_message().find("stopped"), std::string::npos) << ended.error_message();
  const auto snapshot = agency_.store().Read();
  ASSERT_TRUE(snapshot.ok());
  EXPECT_LT((*snapshot)->LastSeq(), static_cast<uint64_t>(kRows));
}

// Whoever may use the socket of a shared node need not be who may read the files of the node's account.
TEST_F(ImportTest, ASharedNodeOpensNoFileForAnotherUnixAccount) {
  group* const own = getgrgid(getegid());
  ASSERT_NE(own, nullptr);
  ASSERT_NO_FATAL_FAILURE(Serve(own->gr_name));
  WriteCalls(1);
  const std::string token = LogIn("ana");
  const grpc::Status refused = Import(Request(), token);
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::PERMISSION_DENIED) << refused.error_message();
  EXPECT_EQ(Import(Request(), token, {}, std::string(64, '0')).error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ((*agency_.store().Read())->LastSeq(), 0u);
}

TEST_F(ImportTest, ASharedNodeOpensItForItsOwnAccountAndTakesContentsFromOthers) {
  group* const group_of_us = getgrgid(getegid());
  ASSERT_NE(group_of_us, nullptr);
  ASSERT_NO_FATAL_FAILURE(Serve(group_of_us->gr_name));
  struct stat facts {};
  const std::string secret_file = agency_.folder() + "/operator.own";
  ASSERT_EQ(stat(secret_file.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777u, 0600u) << "no group reads it";
  std::string secret;
  std::ifstream(secret_file) >> secret;
  WriteCalls(1);
  const std::string token = LogIn("ana");
  const grpc::Status own = Import(Request(), token, {}, secret);
  EXPECT_TRUE(own.ok()) << own.error_message();
  EXPECT_EQ((*agency_.store().Read())->LastSeq(), 1u);

  v1::ImportRequest sent = Request();
  sent.set_path("/no/such/folder/calls.csv");
  sent.set_contents("ref,what,tlp\nB-1,a van,GREEN\nB-2,a flat,NONSENSE\n");
  v1::ImportProgress last;
  const grpc::Status taken = Import(sent, token, [&](const v1::ImportProgress& told) { last = told; });
  ASSERT_TRUE(taken.ok()) << taken.error_message();
  EXPECT_EQ(last.stored(), 1u);
  EXPECT_EQ(last.rejected(), 1u);
  EXPECT_TRUE(last.rejects_file().empty());
  EXPECT_NE(last.ShortDebugString().find("no file has the rejected items"), std::string::npos);
  sent.set_rejects("/tmp/rejects.csv");
  EXPECT_EQ(Import(sent, token).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  server_.reset();
  EXPECT_NE(stat(secret_file.c_str(), &facts), 0) << "it is gone with the server";
}

// The command line sends no such file. Whoever writes a client of their own is refused, by the node or by gRPC's bound.
TEST_F(ImportTest, AFileThatIsSentHasABound) {
  ASSERT_NO_FATAL_FAILURE(Serve());
  const std::string token = LogIn("ana");
  v1::ImportRequest sent = Request();
  const std::string head = "ref,what,tlp\nB-1,a van,GREEN\n";
  sent.set_contents(head + std::string((size_t{60} << 20) + 1 - head.size(), '\n'));
  const grpc::Status refused = Import(sent, token);
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << refused.error_message();
  EXPECT_NE(refused.error_message().find("60 MiB"), std::string::npos) << refused.error_message();
  sent.set_contents(std::string(size_t{65} << 20, '\n'));
  EXPECT_EQ(Import(sent, token).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ((*agency_.store().Read())->LastSeq(), 0u);
}

TEST_F(ImportTest, ANodeThatIsNotSharedOpensTheFile) {
  ASSERT_NO_FATAL_FAILURE(Serve());
  WriteCalls(1);
  const grpc::Status imported = Import(Request(), LogIn("ana"));
  EXPECT_TRUE(imported.ok()) << imported.error_message();
  EXPECT_EQ((*agency_.store().Read())->LastSeq(), 1u);
}

// It would wait for somebody to write, and with it the thread of the call.
TEST_F(ImportTest, APipeIsRefusedAtOnce) {
  ASSERT_NO_FATAL_FAILURE(Serve());
  ASSERT_EQ(mkfifo(file_.c_str(), 0600), 0);
  const grpc::Status refused = Import(Request(), LogIn("ana"));
  EXPECT_NE(refused.error_message().find("regular file"), std::string::npos) << refused.error_message();
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
