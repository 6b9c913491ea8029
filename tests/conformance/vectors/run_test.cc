// The runner itself: it must find what is wrong, and count it.
#include "tests/conformance/vectors/run.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace tidegate::conformance {
namespace {

// RFC 5869, first test case, in Wycheproof's form.
constexpr char kHkdf[] = R"({"algorithm": "HKDF-SHA-256", "schema": "hkdf_test_schema_v1.json", "numberOfTests": 1,
  "testGroups": [{"type": "HkdfTest", "keySize": 176, "tests": [{"tcId": 1, "result": "valid", "size": 42,
  "ikm": "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "salt": "000102030405060708090a0b0c",
  "info": "f0f1f2f3f4f5f6f7f8f9",
  "okm": "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"}]}]})";

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

struct Outcome {
  int passed;
  int failed;
  std::string printed;
};

Outcome RunOn(const std::string& text) {
  std::ostringstream out;
  Report report(out);
  RunText("file.json", text, report);
  report.PrintSummary();
  return {report.passed(), report.failed(), out.str()};
}

TEST(Runner, CountsAGoodVector) {
  const Outcome outcome = RunOn(kHkdf);
  EXPECT_EQ(outcome.printed, "1 passed, 0 failed\n");
}

TEST(Runner, NamesAWrongVector) {
  const Outcome outcome = RunOn(Replaced(kHkdf, "3cb25f25", "3cb25f26"));
  EXPECT_EQ(outcome.failed, 1);
  EXPECT_EQ(outcome.printed, "FAIL file.json: tcId 1: the result differs\n0 passed, 1 failed\n");
}

TEST(Runner, AcceptedThoughInvalidIsAFailure) {
  EXPECT_EQ(RunOn(Replaced(kHkdf, "\"valid\"", "\"invalid\"")).failed, 1);
}

TEST(Runner, DamageIsAFailure) {
  const std::string good = kHkdf;
  EXPECT_EQ(RunOn("").failed, 1);
  EXPECT_EQ(RunOn(good.substr(0, good.size() - 1)).failed, 1);
  EXPECT_EQ(RunOn("{}").failed, 1);
  EXPECT_EQ(RunOn("[]").failed, 1);
  EXPECT_EQ(RunOn("7").failed, 1);
  EXPECT_GE(RunOn(Replaced(good, "\"okm\"", "\"okn\"")).failed, 1);
  EXPECT_GE(RunOn(Replaced(good, "\"size\": 42", "\"size\": \"42\"")).failed, 1);
  EXPECT_GE(RunOn(Replaced(good, "0b0b", "0bxx")).failed, 1);
  EXPECT_GE(RunOn(Replaced(good, "numberOfTests\": 1", "numberOfTests\": 2")).failed, 1);
  EXPECT_GE(RunOn(Replaced(good, "HKDF-SHA-256", "HKDF-SHA-999")).failed, 1);
}

TEST(Runner, ConsistencyFromNothingIsRefusedAndSaid) {
  constexpr char kFile[] = R"({"size1": 0, "size2": 1, "root1": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    "root2": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "proof": [], "desc": "from nothing", "wantErr": true})";
  const Outcome outcome = RunOn(kFile);
  EXPECT_EQ(outcome.passed, 1);
  EXPECT_NE(outcome.printed.find("old size 0"), std::string::npos);
}

TEST(Runner, WhatWeDoNotOfferIsCountedApart) {
  constexpr char kFile[] = R"({"algorithm": "AES-GCM", "schema": "aead_test_schema_v1.json", "numberOfTests": 1,
    "testGroups": [{"keySize": 192, "ivSize": 96, "tagSize": 128, "tests": [{"tcId": 1, "result": "valid",
    "key": "00", "iv": "00", "aad": "", "msg": "", "ct": "", "tag": ""}]}]})";
  const Outcome outcome = RunOn(kFile);
  EXPECT_EQ(outcome.passed, 0);
  EXPECT_EQ(outcome.failed, 0);
  EXPECT_NE(outcome.printed.find("not applicable: 1"), std::string::npos);
}

TEST(Runner, WalksDirectoriesAndMissesNothing) {
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "vectors_run_test";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder / "deeper");
  std::ostringstream out;
  Report report(out);
  RunPath(folder, report);
  EXPECT_EQ(report.failed(), 1) << "an empty directory proves nothing";
  std::ofstream(folder / "LICENSE") << "words";
  std::ofstream(folder / "deeper" / "hkdf.json") << kHkdf;
  std::ofstream(folder / "damaged.json") << std::string(kHkdf).substr(0, 99);
  RunPath(folder, report);
  EXPECT_EQ(report.passed(), 1);
  EXPECT_EQ(report.failed(), 2);
  RunPath(folder / "missing.json", report);
  EXPECT_EQ(report.failed(), 3);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace tidegate::conformance
