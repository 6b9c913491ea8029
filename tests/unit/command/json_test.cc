// The JSON of the command line: the shape that other people's programs read.
#include "node/command/json.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

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

// docs/json.md shows one reply whole; this is that reply.
TEST(Json, ThePageShowsWhatFindPrints) {
  std::ifstream file(std::string(TIDEGATE_SOURCE_DIR) + "/docs/json.md");
  std::ostringstream page;
  page << file.rdbuf();
  const size_t begin = page.str().find("```json\n"), end = page.str().find("\n```", begin);
  ASSERT_NE(end, std::string::npos);
  const nlohmann::json shown = nlohmann::json::parse(page.str().substr(begin + 8, end - begin - 8));

  v1::FindRecordsReply reply;
  v1::Record& record = *reply.add_records();
  record.set_id("71fd44ca55258e85a6dff0583d11b8a0");
  record.set_kind("report");
  record.set_revision(1);
  record.set_origin("lantern");
  record.set_log_index(7);
  record.set_log_size(9);
  record.set_created("2026-03-04T08:00:00Z");
  record.mutable_handling()->set_tlp("AMBER");
  record.mutable_handling()->add_purposes("prevention");
  record.mutable_handling()->set_line("TLP:AMBER");
  v1::Field& field = *record.add_fields();
  field.set_name("title");
  field.mutable_value()->set_string_value("Car wash, four workers");
  field.set_text("Car wash, four workers");
  field.set_rung("exact");
  field.set_class_("narrative");
  record.set_withheld(12);
  record.mutable_verification()->set_author_signature(true);
  record.mutable_verification()->set_log_proof(true);
  record.mutable_verification()->set_handling(true);
  record.set_state("current");
  record.set_title("Car wash, four workers");
  record.set_arrival(3);
  EXPECT_EQ(Parsed(reply), shown) << Parsed(reply).dump(2);
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
