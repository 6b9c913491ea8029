// cedar_corpus DIR: runs the cases of Cedar's own integration tests and corpus against our engine.
//
// A case is a JSON file in DIR/tests or DIR/corpus-tests that names policies, schema and entities (paths from DIR) and
// lists requests with the decision, the determining policies and the erring policies that Cedar gives. Every request
// and every validation counts as one. Failures are named; the last line is `N passed, N failed`; exit code 1 if any
// failed.

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "policy/cedar/cedar.h"

namespace {

namespace fs = std::filesystem;
namespace cedar = tidegate::cedar;
using Json = nlohmann::json;

std::string ReadFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::string Message(const absl::Status& status) { return std::string(status.message()); }

class Tally {
 public:
  void Check(bool ok, const std::string& what) {
    ok ? ++passed_ : ++failed_;
    if (!ok) std::printf("FAILED %s\n", what.c_str());
  }
  void FailAll(size_t count, const std::string& what) {
    failed_ += count;
    std::printf("FAILED %s (counts %zu)\n", what.c_str(), count);
  }
  int Report() const {
    std::printf("%zu passed, %zu failed\n", passed_, failed_);
    return failed_ == 0 ? 0 : 1;
  }

 private:
  size_t passed_ = 0;
  size_t failed_ = 0;
};

std::set<std::string> Texts(const Json& list) {
  std::set<std::string> out;
  for (const Json& item : list) out.insert(item.get<std::string>());
  return out;
}

std::string Joined(const std::set<std::string>& texts) {
  std::string out = "[";
  for (const std::string& t : texts) out += (out.size() > 1 ? ", " : "") + t;
  return out + "]";
}

cedar::EntityUid Uid(const Json& json) {
  return {json.at("type").get<std::string>(), json.at("id").get<std::string>()};
}

class CaseRunner {
 public:
  CaseRunner(const fs::path& root, Tally& tally) : root_(root), tally_(tally) {}

  void Run(const fs::path& file) {
    name_ = fs::relative(file, root_).string();
    const Json test = Json::parse(ReadFile(file));
    const Json& requests = test.at("requests");
    const size_t checks = requests.size() + 1;
    const auto schema = cedar::Schema::ParseHuman(Text(test, "schema"), test.at("schema").get<std::string>());
    if (!schema.ok()) return tally_.FailAll(checks, name_ + ": schema: " + Message(schema.status()));
    const auto policies = cedar::PolicySet::Parse(Text(test, "policies"), test.at("policies").get<std::string>());
    if (!policies.ok()) return tally_.FailAll(checks, name_ + ": policies: " + Message(policies.status()));
    CheckValidation(test, *policies, *schema);
    const auto entities = cedar::Entities::FromJson(Text(test, "entities"), &*schema);
    if (!entities.ok()) return tally_.FailAll(requests.size(), name_ + ": " + Message(entities.status()));
    for (size_t i = 0; i < requests.size(); ++i) CheckRequest(requests[i], i, *policies, *schema, *entities);
  }

 private:
  std::string Text(const Json& test, const char* member) {
    return ReadFile(root_ / test.at(member).get<std::string>());
  }

  void CheckValidation(const Json& test, const cedar::PolicySet& policies, const cedar::Schema& schema) {
    const cedar::ValidationResult result = cedar::Validate(policies, schema);
    const bool expected = test.at("shouldValidate").get<bool>();
    std::string what = name_ + ": validation: expected " + (expected ? "valid" : "invalid");
    if (expected && !result.valid()) what += ": " + result.errors[0].ToString();
    tally_.Check(result.valid() == expected, what);
  }

  void CheckRequest(const Json& json, size_t index, const cedar::PolicySet& policies, const cedar::Schema& schema,
                    const cedar::Entities& entities) {
    const std::string name = name_ + ": request " + std::to_string(index);
    cedar::Request request;
    request.principal = Uid(json.at("principal"));
    request.action = Uid(json.at("action"));
    request.resource = Uid(json.at("resource"));
    auto context = cedar::ContextFromJson(json.at("context").dump(), &schema, &request.action);
    if (!context.ok()) return tally_.FailAll(1, name + ": " + Message(context.status()));
    request.context = *std::move(context);
    if (json.value("validateRequest", true)) {
      const absl::Status valid = cedar::ValidateRequest(request, schema);
      if (!valid.ok()) return tally_.FailAll(1, name + ": " + Message(valid));
    }
    const cedar::Response response = cedar::Authorize(policies, request, entities);
    const std::string decision = response.decision == cedar::Decision::kAllow ? "allow" : "deny";
    const std::set<std::string> reason(response.reason.begin(), response.reason.end());
    std::set<std::string> errors;
    for (const cedar::PolicyError& e : response.errors) errors.insert(e.policy_id);
    const std::string wanted = json.at("decision").get<std::string>();
    tally_.Check(decision == wanted && reason == Texts(json.at("reason")) && errors == Texts(json.at("errors")),
                 name + ": got " + decision + " " + Joined(reason) + " errors " + Joined(errors) + ", expected " +
                     wanted + " " + Joined(Texts(json.at("reason"))) + " errors " + Joined(Texts(json.at("errors"))));
  }

  const fs::path& root_;
  Tally& tally_;
  std::string name_;
};

// The case files below a folder, sorted; none if there is no such folder.
std::vector<fs::path> Cases(const fs::path& folder) {
  std::vector<fs::path> cases;
  if (!fs::is_directory(folder)) return cases;
  constexpr std::string_view kEntities = ".entities.json";
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    const bool entities = name.size() >= kEntities.size() &&
                          name.compare(name.size() - kEntities.size(), kEntities.size(), kEntities) == 0;
    if (entry.is_regular_file() && entry.path().extension() == ".json" && !entities) cases.push_back(entry.path());
  }
  std::sort(cases.begin(), cases.end());
  return cases;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: cedar_corpus DIR\n");
    return 2;
  }
  const fs::path root = argv[1];
  Tally tally;
  CaseRunner runner(root, tally);
  size_t count = 0;
  for (const char* folder : {"tests", "corpus-tests"}) {
    for (const fs::path& file : Cases(root / folder)) {
      ++count;
      try {
        runner.Run(file);
      } catch (const std::exception& e) {  // nlohmann-json and filesystem throw: the case file is not as expected
        tally.FailAll(1, file.string() + ": " + e.what());
      }
    }
  }
  if (!fs::is_directory(root / "corpus-tests")) {
    for (const auto& entry : fs::is_directory(root) ? fs::directory_iterator(root) : fs::directory_iterator()) {
      if (entry.path().extension() == ".gz") {
        std::printf("note: %s is not unpacked; its corpus-tests are not run\n", entry.path().filename().c_str());
      }
    }
  }
  if (count == 0) tally.FailAll(1, root.string() + ": holds no cases in tests/ or corpus-tests/");
  return tally.Report();
}
