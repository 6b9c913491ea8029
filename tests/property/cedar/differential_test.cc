// Our engine beside the official one, on random worlds: what is accepted and refused, what validates, which entities
// and requests fit the schema, and for each request the decision with the ids of determining and erring policies.
//
// The official engine is a WebAssembly module from npm, run by Node.js. TIDEGATE_CEDAR_REQUESTS sets how many requests
// (20,000 unless told), TIDEGATE_SEED the seed.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "policy/cedar/cedar.h"
#include "tests/property/cedar/world.h"

namespace tidegate::cedar {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr size_t kRequestsPerWorld = 8;

int Shell(const std::string& command) { return std::system(command.c_str()); }

Json UidJson(const std::string& type, const std::string& id) { return {{"type", type}, {"id", id}}; }

// JavaScript's JSON rounds numbers beyond 2^53.
bool HasLargeNumber(const std::string& text) {
  size_t digits = 0;
  for (char c : text) {
    digits = c >= '0' && c <= '9' ? digits + 1 : 0;
    if (digits >= 16) return true;
  }
  return false;
}

// The policy or template of a set of one; null for other sets.
const Policy* OnlyPolicy(const PolicySet& set) {
  if (set.policies().size() + set.templates().size() != 1) return nullptr;
  return set.policies().empty() ? &set.templates()[0] : &set.policies()[0];
}

Json Question(const World& world) {
  Json q;
  q["schema"] = world.schema;
  q["entities"] = world.entities;
  q["policies"] = world.policies;
  q["template"] = Json::array();
  for (size_t i = 0; i < world.policies.size(); ++i) q["template"].push_back(false);
  q["policyJson"] = Json::array();
  for (const std::string& text : world.policies) {
    const auto set = PolicySet::Parse(text);
    const Policy* policy = set.ok() ? OnlyPolicy(*set) : nullptr;
    q["policyJson"].push_back(policy == nullptr ? "null" : policy->ToJson());
  }
  q["links"] = Json::array();
  for (const WorldLink& link : world.links) {
    q["template"][link.policy] = true;
    Json values = Json::object();
    if (link.principal) values["?principal"] = UidJson(link.principal->first, link.principal->second);
    if (link.resource) values["?resource"] = UidJson(link.resource->first, link.resource->second);
    q["links"].push_back({{"policy", link.policy}, {"id", link.id}, {"values", values}});
  }
  q["requests"] = Json::array();
  for (const WorldRequest& r : world.requests) {
    q["requests"].push_back({{"principal", UidJson(r.principal_type, r.principal_id)},
                             {"action", UidJson(r.action_type, r.action_id)},
                             {"resource", UidJson(r.resource_type, r.resource_id)},
                             {"context", r.context}});
  }
  q["schemaCandidates"] = world.schema_candidates;
  q["policyCandidates"] = world.policy_candidates;
  return q;
}

PolicySet::Slots SlotsOf(const WorldLink& link) {
  PolicySet::Slots slots;
  if (link.principal) slots[Slot::kPrincipal] = EntityUid(link.principal->first, link.principal->second);
  if (link.resource) slots[Slot::kResource] = EntityUid(link.resource->first, link.resource->second);
  return slots;
}

Request RequestOf(const WorldRequest& r) {
  Request request;
  request.principal = EntityUid(r.principal_type, r.principal_id);
  request.action = EntityUid(r.action_type, r.action_id);
  request.resource = EntityUid(r.resource_type, r.resource_id);
  return request;
}

class WorldComparison {
 public:
  WorldComparison(const World& world, const Json& answer) : world_(world), answer_(answer) {}

  void Run() {
    const auto schema = Schema::ParseHuman(world_.schema, "schema");
    Agree("schema", schema.ok(), answer_["schema"], schema.ok() ? "" : std::string(schema.status().message()));
    const PolicySet policies = Policies();
    CompareCandidates();
    const auto entities = Entities::FromJson(world_.entities);
    Agree("entities", entities.ok(), answer_["entities"],
          entities.ok() ? "" : std::string(entities.status().message()));
    if (schema.ok()) {
      CompareValidity(policies, *schema);
      const auto from_json = Schema::ParseJson(answer_["schemaJson"].get<std::string>());
      ASSERT_TRUE(from_json.ok()) << from_json.status() << answer_["schemaJson"];
      CompareValidity(policies, *from_json);
      const auto fitting = Entities::FromJson(world_.entities, &*schema);
      Agree("entities with schema", fitting.ok(), answer_["entitiesFit"],
            fitting.ok() ? "" : std::string(fitting.status().message()));
      for (size_t i = 0; i < world_.requests.size(); ++i) CompareFit(i, *schema);
    }
    if (!entities.ok()) return;
    for (size_t i = 0; i < world_.requests.size(); ++i) CompareDecision(i, policies, *entities);
  }

 private:
  void Agree(const std::string& what, const Json& ours, const Json& theirs, const std::string& detail) {
    EXPECT_EQ(ours, theirs) << what << "\n"
                            << detail << "\nschema:\n"
                            << world_.schema << "\nentities:\n"
                            << world_.entities;
  }

  PolicySet Policies() {
    PolicySet all;
    for (size_t i = 0; i < world_.policies.size(); ++i) {
      const std::string& text = world_.policies[i];
      const auto set = PolicySet::Parse(text, "policy", "policy");
      Agree("policy " + text, set.ok(), answer_["policies"][i], set.ok() ? "" : std::string(set.status().message()));
      if (!set.ok()) continue;
      CompareJson(i, *OnlyPolicy(*set));
      // Each is a text of its own, but is numbered by its place in the world.
      Json json = Json::parse(set->ToJson());
      Json numbered = {{"staticPolicies", Json::object()}, {"templates", Json::object()}};
      for (const char* kind : {"staticPolicies", "templates"}) {
        for (const auto& item : json[kind].items()) numbered[kind]["policy" + std::to_string(i)] = item.value();
      }
      const auto renamed = PolicySet::FromJson(numbered.dump());
      EXPECT_TRUE(renamed.ok()) << renamed.status();
      if (!renamed.ok()) continue;
      EXPECT_TRUE(all.Add(*renamed).ok());
    }
    for (const WorldLink& link : world_.links) {
      if (all.FindTemplate("policy" + std::to_string(link.policy)) == nullptr) continue;
      const absl::Status linked = all.Link("policy" + std::to_string(link.policy), link.id, SlotsOf(link));
      EXPECT_TRUE(linked.ok()) << linked;
    }
    return all;
  }

  void CompareJson(size_t i, const Policy& policy) {
    const Json& theirs = answer_["policyJson"][i];
    if (theirs.is_null() || HasLargeNumber(policy.ToText())) return;
    EXPECT_TRUE(theirs["same"].get<bool>()) << "our JSON is not the same policy to them\n" << policy.ToJson();
    const std::string text = theirs["json"].get<std::string>();
    const auto set = PolicySet::PolicyFromJson(text, "theirs");
    ASSERT_TRUE(set.ok()) << set.status() << text;
    EXPECT_TRUE(OnlyPolicy(*set)->SameMeaningAs(policy)) << policy.ToText() << "\nand their JSON\n" << text;
  }

  void CompareCandidates() {
    for (size_t i = 0; i < world_.policy_candidates.size(); ++i) {
      const auto set = PolicySet::Parse(world_.policy_candidates[i], "candidate");
      EXPECT_EQ(Json(set.ok()), answer_["policyCandidates"][i])
          << world_.policy_candidates[i] << "\n"
          << (set.ok() ? "" : std::string(set.status().message()));
    }
    for (size_t i = 0; i < world_.schema_candidates.size(); ++i) {
      const auto schema = Schema::ParseHuman(world_.schema_candidates[i], "candidate");
      EXPECT_EQ(Json(schema.ok()), answer_["schemaCandidates"][i])
          << world_.schema_candidates[i] << "\n"
          << (schema.ok() ? "" : std::string(schema.status().message()));
    }
  }

  void CompareValidity(const PolicySet& policies, const Schema& schema) {
    const ValidationResult result = Validate(policies, schema);
    std::set<std::string> invalid;
    std::string detail;
    for (const Finding& f : result.errors) {
      invalid.insert(f.policy_id);
      detail += f.ToString() + "\n";
    }
    Agree("validity", invalid, answer_["invalid"], detail + policies.ToText());
  }

  void CompareFit(size_t i, const Schema& schema) {
    Request request = RequestOf(world_.requests[i]);
    auto context = ContextFromJson(world_.requests[i].context, &schema, &request.action);
    std::string detail = context.ok() ? "" : std::string(context.status().message());
    bool fits = context.ok();
    if (fits) {
      request.context = *std::move(context);
      const absl::Status valid = ValidateRequest(request, schema);
      fits = valid.ok();
      detail = std::string(valid.message());
    }
    Agree("request " + world_.requests[i].context, fits, answer_["fits"][i], detail);
  }

  void CompareDecision(size_t i, const PolicySet& policies, const Entities& entities) {
    Request request = RequestOf(world_.requests[i]);
    auto context = ContextFromJson(world_.requests[i].context);
    ASSERT_TRUE(context.ok()) << context.status();
    request.context = *std::move(context);
    const Response response = Authorize(policies, request, entities);
    std::set<std::string> errors;
    std::string detail;
    for (const PolicyError& e : response.errors) {
      errors.insert(e.policy_id);
      detail += e.policy_id + ": " + e.message + "\n";
    }
    const Json ours = {{"decision", response.decision == Decision::kAllow ? "allow" : "deny"},
                       {"reason", std::set<std::string>(response.reason.begin(), response.reason.end())},
                       {"errors", errors}};
    Agree("decision of " + request.principal.ToString() + ", " + request.action.ToString() + ", " +
              request.resource.ToString() + ", " + world_.requests[i].context,
          ours, answer_["requests"][i], detail + policies.ToText());
  }

  const World& world_;
  const Json& answer_;
};

// The folder of the official engine, installed if need be; empty if that is not possible here.
fs::path OfficialEngine(const fs::path& folder) {
  fs::path module = folder / "node_modules" / "@cedar-policy" / "cedar-wasm";
  fs::create_directories(folder);
  for (const char* file : {"package.json", "package-lock.json"}) {
    fs::copy_file(fs::path(CEDAR_DIFFERENTIAL_SOURCE) / file, folder / file, fs::copy_options::overwrite_existing);
  }
  if (fs::exists(module / "package.json")) return module;
  const std::string install = "cd '" + folder.string() + "' && npm ci --no-audit --no-fund > npm.log 2>&1";
  return Shell(install) == 0 ? module : fs::path();
}

TEST(CedarDifferentialTest, AgreesWithTheOfficialEngine) {
  if (Shell("node --version > /dev/null 2>&1") != 0) GTEST_SKIP() << "Node.js is not installed";
  const fs::path folder = CEDAR_DIFFERENTIAL_BUILD;
  const fs::path module = OfficialEngine(folder);
  if (module.empty()) {
    // If the comparison must run, as in CI, a registry that cannot be reached is a failure.
    if (std::getenv("TIDEGATE_REQUIRE_CEDAR_WASM") != nullptr) FAIL() << "npm ci failed; see " << folder / "npm.log";
    GTEST_SKIP() << "npm ci failed; see " << folder / "npm.log";
  }
  const uint64_t seed = SeedOrDefault(413);
  const size_t worlds = (CountOrDefault("TIDEGATE_CEDAR_REQUESTS", 20'000) + kRequestsPerWorld - 1) / kRequestsPerWorld;
  {
    Random random(seed);
    std::ofstream questions(folder / "questions.jsonl");
    for (size_t i = 0; i < worlds; ++i) questions << Question(MakeWorld(random, kRequestsPerWorld)).dump() << "\n";
  }
  // Without --no-opt, Node.js 20 now and then aborts while it undoes an optimisation of the module's glue.
  const std::string ask = "node --no-opt '" + std::string(CEDAR_DIFFERENTIAL_SOURCE) + "/answer.cjs' '" +
                          module.string() + "' '" + (folder / "questions.jsonl").string() + "' '" +
                          (folder / "answers.jsonl").string() + "'";
  ASSERT_EQ(Shell(ask), 0) << ask;

  Random random(seed);
  std::ifstream answers(folder / "answers.jsonl");
  std::string line;
  size_t compared = 0;
  for (size_t i = 0; i < worlds; ++i) {
    ASSERT_TRUE(std::getline(answers, line)) << "the official engine gave " << i << " answers of " << worlds;
    const World world = MakeWorld(random, kRequestsPerWorld);
    WorldComparison(world, Json::parse(line)).Run();
    compared += world.requests.size();
    if (HasFailure()) FAIL() << "world " << i << " of seed " << seed;
  }
  std::printf("%zu requests in %zu worlds agree\n", compared, worlds);
}

}  // namespace
}  // namespace tidegate::cedar
