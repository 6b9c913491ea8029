// The JSON of the command line: the shape that other people's programs read.
#include "node/command/json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tidegate/v1/operator.pb.h"

namespace tidegate::command {
namespace {

nlohmann::json Parsed(const google::protobuf::Message& message, int indent = 1) {
  return nlohmann::json::parse(JsonOf(message, indent));
}

TEST(Json, CountsAreNumbersAlsoBeyondThirtyTwoBits) {
  v1::StatusReply status;
  status.set_log_size(uint64_t{1} << 53);
  const nlohmann::json json = Parsed(status);
  EXPECT_TRUE(json["log_size"].is_number_unsigned());
  EXPECT_EQ(json["log_size"], uint64_t{1} << 53);
  EXPECT_EQ(json["records"], 0) << "a zero is printed";
  EXPECT_EQ(json["partners"], nlohmann::json::array()) << "an empty list too";
}

TEST(Json, AFoundRecordHasTheShapeThatProgramsRead) {
  v1::FindRecordsReply reply;
  v1::Record& record = *reply.add_records();
  record.set_id("f71fd44ca55258e85a6dff0583d11b8a");
  record.mutable_handling()->set_tlp("AMBER");
  v1::Field& field = *record.add_fields();
  field.set_name("amount");
  field.set_text("3 GBP");
  field.mutable_value()->set_number_value(3);
  const nlohmann::json json = Parsed(reply);
  EXPECT_EQ(json["cursor"], "");
  ASSERT_EQ(json["records"].size(), 1u);
  const nlohmann::json& one = json["records"][0];
  for (const char* name : {"id", "title", "kind", "revision", "state", "origin", "handling", "fields"}) {
    EXPECT_TRUE(one.contains(name)) << name;
  }
  EXPECT_EQ(one["handling"]["tlp"], "AMBER");
  EXPECT_EQ(one["handling"]["conditions"], nlohmann::json::array());
  for (const char* name : {"name", "text", "rung", "class"}) EXPECT_TRUE(one["fields"][0].contains(name)) << name;
  EXPECT_EQ(one["fields"][0]["value"].dump(), "3") << "a whole number is printed as one";
  EXPECT_FALSE(one.contains("evidence")) << "what was not asked for is not there";
}

TEST(Json, OptionalNumbersThatAreNotSetAreLeftOutAndBytesAreBase64) {
  v1::AuditEntry entry;
  EXPECT_FALSE(Parsed(entry).contains("policy_number"));
  entry.set_policy_number(0);
  EXPECT_EQ(Parsed(entry)["policy_number"], 0);
  v1::Evidence evidence;
  evidence.set_view("\x01\xff");
  EXPECT_EQ(Parsed(evidence)["view"], "Af8=");
}

TEST(Json, OneLineForStreams) {
  v1::AuditEntry entry;
  entry.set_reason("two\nlines");
  EXPECT_EQ(JsonOf(entry, -1).find('\n'), std::string::npos);
}

}  // namespace
}  // namespace tidegate::command
