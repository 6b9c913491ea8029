// Evidence proves a record without a node. With any change in it, it proves nothing.
#include "node/command/evidence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "crypto/checkpoint/checkpoint.h"
#include "node/command/json.h"
#include "tests/unit/api/agency.h"

namespace tidegate::command {
namespace {

class EvidenceTest : public testing::Test {
 protected:
  EvidenceTest() {
    for (int i = 0; i < 5; ++i) agency_.Author("report", {{"title", "other " + std::to_string(i)}});
    v1::ShowRecordRequest request;
    request.set_id(agency_.Author("report", {{"title", "Nail bar"}}));
    request.set_evidence(true);
    request.mutable_asker()->set_reason("case 7");
    auto shown = agency_.api().ShowRecord(api::Agency::Who(), request);
    EXPECT_TRUE(shown.ok()) << shown.status();
    record_ = *shown;
  }
  // The exit code, and what was printed in `printed_`.
  // The file is what `show --json --evidence` prints.
  int Verify(const v1::Record& record) { return VerifyText(JsonOf(record, -1)); }
  int VerifyText(const std::string& text) {
    const std::string path = agency_.folder() + "/evidence.json";
    std::ofstream(path) << text;
    Session session;
    session.json = true;
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    VerifyEvidence(session, path);
    printed_ = testing::internal::GetCapturedStdout();
    printed_ += testing::internal::GetCapturedStderr();
    return session.exit_code;
  }

  api::Agency agency_;
  v1::Record record_;
  std::string printed_;
};

TEST_F(EvidenceTest, ProvesTheRecordAndSaysWhoseItIs) {
  EXPECT_EQ(Verify(record_), kSuccess) << printed_;
  EXPECT_THAT(printed_, testing::HasSubstr("Nail bar"));
  EXPECT_THAT(printed_, testing::HasSubstr("charity"));
}

TEST_F(EvidenceTest, OneFlippedBitAnywhereInTheViewProvesNothing) {
  const std::string view = record_.evidence().view();
  ASSERT_GT(view.size(), 100u);
  for (size_t i = 0; i < view.size(); ++i) {
    std::string altered = view;
    altered[i] = static_cast<char>(altered[i] ^ (1 << (i % 8)));
    v1::Record record = record_;
    record.mutable_evidence()->set_view(altered);
    ASSERT_NE(Verify(record), kSuccess) << "byte " << i << ": " << printed_;
  }
}

// An edit that anybody can make without touching the proof.
TEST_F(EvidenceTest, AnAlteredReadablePartIsNamed) {
  EXPECT_EQ(Verify(record_), kSuccess) << printed_;
  EXPECT_THAT(printed_, testing::HasSubstr("\"file_differs_in\": []"));
  const auto altered = [&](auto alter) {
    v1::Record record = record_;
    alter(record);
    EXPECT_EQ(Verify(record), kRefused) << printed_;
    return printed_;
  };
  EXPECT_THAT(altered([](v1::Record& r) { r.mutable_fields(0)->set_text("Another bar"); }),
              testing::HasSubstr("field `title`"));
  EXPECT_THAT(altered([](v1::Record& r) { r.mutable_fields(0)->set_value_json("\"Another bar\""); }),
              testing::HasSubstr("field `title`"));
  EXPECT_THAT(altered([](v1::Record& r) { r.mutable_fields()->RemoveLast(); }),
              testing::HasSubstr("field `title`, left out"));
  EXPECT_THAT(altered([](v1::Record& r) { *r.add_fields() = r.fields(0); }), testing::HasSubstr("told twice"));
  EXPECT_THAT(altered([](v1::Record& r) { r.add_fields()->set_name("informant"); }),
              testing::HasSubstr("field `informant`, which is not signed"));
  EXPECT_THAT(altered([](v1::Record& r) { r.mutable_handling()->set_tlp("CLEAR"); }),
              testing::HasSubstr("handling: tlp"));
  EXPECT_THAT(altered([](v1::Record& r) { r.mutable_handling()->add_purposes("training"); }),
              testing::HasSubstr("handling: purposes"));
  EXPECT_THAT(altered([](v1::Record& r) { r.mutable_handling()->set_expiry("2030-01-01T00:00:00Z"); }),
              testing::HasSubstr("handling: expiry"));
  EXPECT_THAT(altered([](v1::Record& r) { r.set_kind("alert"); }), testing::HasSubstr("kind"));
  EXPECT_THAT(altered([](v1::Record& r) { r.set_revision(7); }), testing::HasSubstr("revision"));
  EXPECT_THAT(altered([](v1::Record& r) { r.set_title("Another bar"); }), testing::HasSubstr("title"));
  EXPECT_THAT(altered([](v1::Record& r) { r.mutable_fields(0)->add_names("Bar"); }),
              testing::HasSubstr("field `title`"));
  EXPECT_THAT(altered([](v1::Record& r) { r.set_origin("police"); }), testing::HasSubstr("origin"));
  EXPECT_THAT(altered([](v1::Record& r) { r.set_leaf(std::string(64, '0')); }), testing::HasSubstr("leaf"));
  EXPECT_THAT(altered([](v1::Record& r) { r.set_log_index(r.log_index() + 1); }), testing::HasSubstr("log_index"));
  EXPECT_THAT(altered([](v1::Record& r) { r.mutable_handling()->set_line("TLP:CLEAR | may be passed on"); }),
              testing::HasSubstr("handling: line"));
}

TEST_F(EvidenceTest, ANameThatStandsTwiceIsNamed) {
  const std::string json = JsonOf(record_, -1);
  EXPECT_EQ(VerifyText("{\"kind\":\"alert\"," + json.substr(1)), kRefused);
  EXPECT_THAT(printed_, testing::HasSubstr("`kind`, told twice"));
}

TEST_F(EvidenceTest, ARecordUnderAnotherPlaceOfTheLogProvesNothing) {
  v1::Record record = record_;
  record.mutable_evidence()->set_log_index(0);
  EXPECT_EQ(Verify(record), kRefused);
  record = record_;
  record.mutable_evidence()->set_positions(0, 2);
  EXPECT_EQ(Verify(record), kRefused);
  record.mutable_evidence()->set_positions(0, uint64_t{1} << 63);
  EXPECT_EQ(Verify(record), kRefused);
}

TEST_F(EvidenceTest, AnotherKeyProvesNothing) {
  const api::Agency other("meridian");
  v1::Record record = record_;
  record.mutable_evidence()->set_verifier_key(checkpoint::PrintVerifierKey(other.log().verifier_key()));
  EXPECT_EQ(Verify(record), kRefused);
}

TEST_F(EvidenceTest, AProofThatIsTooShortOrTooLongProvesNothing) {
  v1::Record record = record_;
  record.mutable_evidence()->mutable_proof()->RemoveLast();
  EXPECT_EQ(Verify(record), kRefused);
  record = record_;
  record.mutable_evidence()->add_proof(std::string(32, 'x'));
  EXPECT_EQ(Verify(record), kRefused);
}

TEST_F(EvidenceTest, AFileWithoutEvidenceIsSaidToHaveNone) {
  for (const char* text : {"", "{}", "[1]", "{\"id\": \"x\"}", "\xff\xfe"}) {
    EXPECT_EQ(VerifyText(text), kUsage) << text;
    EXPECT_THAT(printed_, testing::HasSubstr("does not contain evidence"));
  }
}

}  // namespace
}  // namespace tidegate::command
