// Two nodes that mean well.
#include <atomic>

#include "tests/unit/exchange/endpoints.h"

namespace tidegate::exchange {
namespace {

using Conversation = Endpoints;

TEST_F(Conversation, PairingOverTheWire) {
  const auto invitation = charity_->Invite({.address = server_->address()}, partner::At(Now()));
  ASSERT_TRUE(invitation.ok()) << invitation.status();
  const auto reply = police_->Accept(invitation->text, invitation->spoken_code, "", partner::At(Now()));
  ASSERT_TRUE(reply.ok()) << reply.status();
  const auto met = IntroduceOnce("harbour", "127.0.0.1:7999", *police_, kHere, 10000);
  ASSERT_TRUE(met.ok()) << met.status();
  EXPECT_EQ((*met)->reply, "") << "they have taken it";
  ASSERT_NE(charity_->Find("northshire-police"), nullptr);
  EXPECT_EQ(charity_->Find("northshire-police")->address, "") << "their word counts once we have confirmed them";
  EXPECT_FALSE(charity_->InvitationOpen(Now()));

  ASSERT_TRUE(charity_->Confirm("northshire-police", reply->fingerprint, {}, partner::At(Now())).ok());
  ASSERT_TRUE(police_->Confirm("harbour", invitation->fingerprint, {}, partner::At(Now())).ok());
  ASSERT_TRUE(IntroduceOnce("harbour", "127.0.0.1:7999", *police_, kHere, 10000).ok());
  EXPECT_EQ(charity_->Find("northshire-police")->address, "127.0.0.1:7999");
  EXPECT_TRUE(police_->Find("harbour")->active());
  EXPECT_TRUE(charity_->Find("northshire-police")->active());
}

TEST_F(Conversation, ParcelsComeAndAreAcknowledged) {
  PairNodes();
  const std::string large(parcel::kMaxChunkBytes, 'x');
  source_.Send(MadeUpParcel(1, {"one ", "two"}));
  source_.Send(MadeUpParcel(2, {large, large, "end"}));
  Follow();
  ASSERT_TRUE(Soon([&] { return source_.receipts().size() == 2; }));
  EXPECT_EQ(sink_.parcels()[0], "one two");
  EXPECT_EQ(sink_.parcels()[1], large + large + "end");
  EXPECT_EQ(source_.receipts(), (std::vector<std::string>{"receipt for 1", "receipt for 2"}));
  EXPECT_EQ(sink_.continued(), (std::vector<std::pair<uint64_t, uint64_t>>{{1, 2}}));
  EXPECT_EQ(source_.cursors()[0], "where we stand");
  EXPECT_EQ(source_.greeted_with(), std::vector<std::string>{"largest note"});
  EXPECT_EQ(sink_.greeted(), std::vector<std::string>{"what I hold of yours"});
  ASSERT_TRUE(Soon([&] { return State().caught_up; }));
  EXPECT_EQ(server_->Following(), std::vector<std::string>{"northshire-police"});
  const int before = sink_.caught_up();
  source_.Send(MadeUpParcel(3, {"live"}));
  ASSERT_TRUE(Soon([&] { return sink_.caught_up() > before && sink_.parcels().size() == 3; }));
  EXPECT_TRUE(State().connected);
  EXPECT_EQ(State().parcels, 3u);
  EXPECT_EQ(State().last_error, "");
  EXPECT_EQ(State().error_since_ms, 0u);
  EXPECT_LT(std::abs(State().clock_skew_ms), 5000);
}

TEST_F(Conversation, NobodyIsDialledBeforeWeHaveConfirmedThem) {
  const auto invitation = charity_->Invite({.address = server_->address()}, partner::At(Now()));
  const auto reply = police_->Accept(invitation->text, invitation->spoken_code, "", partner::At(Now()));
  Follow();
  followers_->Hurry();
  EXPECT_TRUE(followers_->States().empty());
  EXPECT_EQ(charity_->Find("northshire-police"), nullptr);
  // Our confirmation is enough: the reply goes with the first introduction, and theirs comes when it comes.
  ASSERT_TRUE(police_->Confirm("harbour", invitation->fingerprint, {}, partner::At(Now())).ok());
  ASSERT_TRUE(Soon([&] { return charity_->Find("northshire-police") != nullptr; }));
  EXPECT_TRUE(source_.cursors().empty());
  ASSERT_TRUE(charity_->Confirm("northshire-police", reply->fingerprint, {}, partner::At(Now())).ok());
  EXPECT_TRUE(Soon([&] { return State().caught_up; }));
}

TEST_F(Conversation, ANewLetterIsTakenFromWhomWeKnowButNeverConfirmed) {
  for (int letter = 0; letter < 2; ++letter) {
    const auto invitation = charity_->Invite({.address = server_->address()}, partner::At(Now()));
    ASSERT_TRUE(police_->Accept(invitation->text, invitation->spoken_code, "", partner::At(Now())).ok());
    ASSERT_TRUE(IntroduceOnce("harbour", "", *police_, kHere, 10000).ok()) << letter;
  }
  EXPECT_EQ(charity_->SendingPsk("northshire-police", Now())->key, police_->ReceivingPsk("harbour", 0)->key);
}

TEST_F(Conversation, BothSidesLearnThatTheirPairSecretsDiffer) {
  const auto first = charity_->Invite({.address = server_->address()}, partner::At(Now()));
  ASSERT_TRUE(police_->Accept(first->text, first->spoken_code, "", partner::At(Now())).ok());
  ASSERT_TRUE(IntroduceOnce("harbour", "", *police_, kHere, 10000).ok());
  // A second letter, whose invitation is given up before the reply comes.
  const auto second = charity_->Invite({.address = server_->address()}, partner::At(Now()));
  ASSERT_TRUE(police_->Accept(second->text, second->spoken_code, "", partner::At(Now())).ok());
  ASSERT_TRUE(charity_->CancelInvitations(partner::At(Now())).ok());
  EXPECT_FALSE(IntroduceOnce("harbour", "", *police_, kHere, 10000).ok());
  EXPECT_EQ(charity_->Find("northshire-police")->state(), "pairing failed");
  EXPECT_EQ(police_->Find("harbour")->state(), "pairing failed");
  EXPECT_TRUE(log_.Has("refused at layer identity"));
}

TEST_F(Conversation, AnAddressThatIsNotAllowedIsNotDialled) {
  const auto invitation = charity_->Invite({.address = server_->address()}, partner::At(Now()));
  ASSERT_TRUE(police_->Accept(invitation->text, invitation->spoken_code, "", partner::At(Now())).ok());
  const absl::Status refused = IntroduceOnce("harbour", "", *police_, {}, 10000).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  EXPECT_NE(refused.message().find("allow = [\"loopback\"]"), absl::string_view::npos) << refused;
  EXPECT_EQ(charity_->Find("northshire-police"), nullptr);
}

TEST_F(Conversation, TheStreamComesBackAfterARestart) {
  PairNodes();
  Follow();
  ASSERT_TRUE(Soon([&] { return State().caught_up; }));
  const std::string address = server_->address();
  server_.reset();
  ASSERT_TRUE(Soon([&] { return !State().connected; }));
  auto again = Server::Start({.listen = address}, *charity_, source_);
  ASSERT_TRUE(again.ok()) << again.status();
  server_ = *std::move(again);
  EXPECT_TRUE(Soon([&] { return State().caught_up; }));
}

TEST_F(Conversation, StoppingIsPrompt) {
  PairNodes();
  Follow();
  ASSERT_TRUE(Soon([&] { return State().caught_up; }));
  const auto before = std::chrono::steady_clock::now();
  followers_->Stop();
  server_->Stop();
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(5));
  EXPECT_EQ(source_.ended(), 1);
}

TEST_F(Conversation, SuspendingCutsTheOpenStream) {
  PairNodes();
  Follow();
  ASSERT_TRUE(Soon([&] { return State().caught_up; }));
  ASSERT_TRUE(charity_->SetSuspended("northshire-police", true, partner::At(Now())).ok());
  ASSERT_TRUE(Soon([&] { return source_.ended() == 1 && server_->Following().empty(); }));
  ASSERT_TRUE(Soon([&] { return log_.Has("`northshire-police` is suspended"); })) << "and it is kept out";
  const size_t before = source_.cursors().size();
  ASSERT_TRUE(charity_->SetSuspended("northshire-police", false, partner::At(Now())).ok());
  EXPECT_TRUE(Soon([&] { return source_.cursors().size() > before && State().caught_up; })) << "resuming lets it in";
}

TEST_F(Conversation, SuspendingStopsUsFromFollowing) {
  PairNodes();
  Follow();
  ASSERT_TRUE(Soon([&] { return State().caught_up; }));
  ASSERT_TRUE(police_->SetSuspended("harbour", true, partner::At(Now())).ok());
  EXPECT_TRUE(Soon([&] { return followers_->States().empty() && source_.ended() == 1; }));
}

// Asked where we stand with one partner, it does not answer before it is released.
class HeldUpSink : public TestSink {
 public:
  absl::StatusOr<std::string> Cursor(const partner::PartnerPtr& partner) override {
    if (partner->organisation == "quayside") {
      held_up = true;
      EXPECT_TRUE(Soon([this] { return released.load(); }));
    }
    return TestSink::Cursor(partner);
  }
  std::atomic<bool> held_up = false;
  std::atomic<bool> released = false;
};

TEST_F(Conversation, SuspendingOnePartnerDoesNotWaitForTheFollowerOfAnother) {
  PairNodes();
  partner::TestNode quayside("quayside", "charity", Now());
  TestSource theirs;
  const auto server = Server::Start({.listen = "127.0.0.1:0"}, *quayside, theirs);
  ASSERT_TRUE(server.ok()) << server.status();
  partner::Pair(quayside, police_, false, Now(), (*server)->address());
  HeldUpSink sink;
  auto followers = Followers::Start({.first_backoff_ms = 10, .most_backoff_ms = 100, .reach = kHere}, *police_, sink);
  ASSERT_TRUE(followers.ok()) << followers.status();
  ASSERT_TRUE(Soon([&] { return source_.cursors().size() == 1 && sink.held_up; }));
  ASSERT_TRUE(police_->SetSuspended("quayside", true, partner::At(Now())).ok());
  ASSERT_TRUE(Soon([&] { return (*followers)->States().size() == 1; }));
  ASSERT_TRUE(police_->SetSuspended("harbour", true, partner::At(Now())).ok());
  EXPECT_TRUE(Soon([&] { return source_.ended() == 1; }));
  EXPECT_TRUE((*followers)->States().empty());
  EXPECT_FALSE(sink.released) << "the other one is held up all the while";
  // Followed again, it waits for the end of the follower that it had.
  ASSERT_TRUE(police_->SetSuspended("quayside", false, partner::At(Now())).ok());
  sink.released = true;
  EXPECT_TRUE(Soon([&] { return theirs.cursors().size() == 1 && (*followers)->States().size() == 1; }));
}

TEST_F(Conversation, ASlowReaderHoldsUpNobodyElse) {
  PairNodes();
  partner::TestNode bank("first-bank", "bank", Now());
  partner::Pair(charity_, bank, false, Now(), server_->address());
  // The bank opens its stream and reads nothing.
  const auto stub = DialAs(bank.identity(), server_->address());
  grpc::ClientContext context;
  const auto reader = stub->Follow(&context, v1::Cursor());
  ASSERT_TRUE(Soon([&] { return source_.cursors().size() == 1; }));
  source_.Send(MadeUpParcel(1, std::vector<std::string>(200, std::string(parcel::kMaxChunkBytes, 'x'))));
  // 50 MB do not fit into any buffer on the way, so its writer now waits; the police are served meanwhile.
  Follow();
  ASSERT_TRUE(Soon([&] { return State().caught_up; }));
  source_.Send(MadeUpParcel(2, {"for whoever reads"}));
  EXPECT_TRUE(Soon([&] { return sink_.parcels().size() == 1; }));
  // Suspending frees the writer that waits.
  ASSERT_TRUE(charity_->SetSuspended("first-bank", true, partner::At(Now())).ok());
  EXPECT_TRUE(Soon([&] { return server_->Following() == std::vector<std::string>{"northshire-police"}; }));
  context.TryCancel();
  reader->Finish();
}

TEST_F(Conversation, ReceiptsThatACrashLeftBehindGoFirst) {
  PairNodes();
  sink_.LeaveUnacknowledged("from before, one");
  sink_.LeaveUnacknowledged("from before, two");
  source_.Send(MadeUpParcel(1, {"new"}));
  Follow();
  ASSERT_TRUE(Soon([&] { return source_.receipts().size() == 3; }));
  const std::vector<std::string> order = {"from before, one", "from before, two", "receipt for 1"};
  EXPECT_EQ(source_.receipts(), order);
  EXPECT_TRUE(Soon([&] { return sink_.acknowledged() == order; }));
}

TEST_F(Conversation, ARefusedParcelIsReportedAndTriedAgain) {
  PairNodes();
  sink_.RefuseFromNowOn();
  source_.Send(MadeUpParcel(1, {"bad"}));
  Follow();
  ASSERT_TRUE(Soon([&] { return source_.receipts().size() == 1; })) << "the refusal is told to the sender";
  EXPECT_TRUE(Soon([&] { return log_.Has("refused at layer proof"); }));
  EXPECT_TRUE(Soon([&] { return source_.cursors().size() >= 2; })) << "and the feed is asked for again";
}

}  // namespace
}  // namespace tidegate::exchange
