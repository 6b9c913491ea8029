// One evaluated authorisation of the baseline and the sample policies, by our engine and by the official one.
//   bench_cedar questions POLICIES FILE    writes what official.cjs reads: policies and requests with their entities
//   bench_cedar measure POLICIES REPEATS   prints the microseconds of an authorisation in each repeat, as JSON
// POLICIES is a folder of .cedar files. Both engines get the same requests, and for each only the entities that it
// names and their ancestors. Ours has them in memory, as in a node; the official engine's call takes them as JSON.
#include "policy/cedar/cedar.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "policy/baseline/baseline.h"
#include "policy/rules.h"
#include "policy/world.h"
#include "tests/bench/workload/workload.h"

namespace tidegate::bench {
namespace {

using nlohmann::json;

struct Question {
  cedar::Request request;
  cedar::Entities entities;
};

std::vector<policy::PolicySource> Samples(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".cedar") files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  std::vector<policy::PolicySource> sources;
  for (const std::string& file : files) {
    std::stringstream text;
    text << std::ifstream(file).rdbuf();
    sources.push_back({file, text.str()});
  }
  return sources;
}

std::string AllPolicies(const std::vector<policy::PolicySource>& samples) {
  std::string text;
  for (const policy::BaselineFile& file : policy::BaselinePolicies()) text.append(file.text).append("\n");
  for (const policy::PolicySource& source : samples) text.append(source.text).append("\n");
  return text;
}

// The entities that the request can reach, and no more: those that it names, with all their ancestors.
std::vector<Question> Questions(const std::vector<policy::PolicySource>& samples) {
  policy::Vocabulary vocabulary;
  vocabulary.self = "harbour";
  vocabulary.circles = {"banks", "police"};
  const policy::RuleSet rules = policy::Compile(samples);
  const policy::World world = bench::Must(policy::World::Make(record::Shapes(), vocabulary, rules.schema));
  const record::VerifiedView view = Committed(1);
  const policy::Label label = record::LabelOf(view, {}, "harbour", true);
  const policy::KindPlaces& kind = *world.FindKind(std::string_view("phone"));
  const policy::LabelView facts{&label, true, false, nullptr};
  const std::vector<cedar::Entity> fields = world.Fields(kind, facts);
  std::vector<Question> questions;
  for (size_t partner = 0; partner < 4; ++partner) {
    const policy::Party party{"partner-" + std::to_string(partner),
                              partner % 2 == 0 ? "bank" : "police",
                              "GB",
                              {partner % 2 == 0 ? "banks" : "police"},
                              {"prevention"},
                              {},
                              true};
    const cedar::Entity principal = world.Principal(party);
    for (const cedar::Entity& field : fields) {
      Question question;
      question.request = {principal.uid, policy::actions::Disclose(), field.uid, cedar::Value::Record({})};
      question.entities = bench::Must(cedar::Entities::Layer(world.base(), {principal, field}));
      questions.push_back(std::move(question));
    }
  }
  return questions;
}

std::pair<std::string, std::string> NameOf(const json& entity) {
  return {entity["uid"]["type"].get<std::string>(), entity["uid"]["id"].get<std::string>()};
}

json Uid(const cedar::EntityUid& uid) { return {{"type", uid.type()}, {"id", uid.id()}}; }

// The entities of one request, their ancestors, and the entities that they name, as JSON for the official engine.
json Reachable(const Question& question) {
  std::set<std::pair<std::string, std::string>> wanted;
  for (const cedar::EntityUid* uid : {&question.request.principal, &question.request.resource}) {
    wanted.emplace(uid->type(), uid->id());
    for (const cedar::EntityUid& up : question.entities.Ancestors(*uid)) wanted.emplace(up.type(), up.id());
  }
  const json all = json::parse(question.entities.ToJson());
  // Attributes may name entities too. Add those until there is nothing more to add.
  for (bool grew = true; grew;) {
    grew = false;
    for (const json& entity : all) {
      if (!wanted.contains(NameOf(entity))) continue;
      const auto add = [&](auto&& self, const json& value) -> void {
        if (value.is_object() && value.contains("type") && value.contains("id") && value["type"].is_string()) {
          grew |= wanted.emplace(value["type"].get<std::string>(), value["id"].get<std::string>()).second;
        }
        if (value.is_structured()) {
          for (const json& inner : value) self(self, inner);
        }
      };
      add(add, entity);
    }
  }
  json entities = json::array();
  for (const json& entity : all) {
    if (wanted.contains(NameOf(entity))) entities.push_back(entity);
  }
  return entities;
}

int WriteQuestions(const std::string& folder, const std::string& file) {
  const auto samples = Samples(folder);
  const auto policies = bench::Must(cedar::PolicySet::Parse(AllPolicies(samples), "all.cedar"));
  json requests = json::array();
  for (const Question& question : Questions(samples)) {
    const auto answer = cedar::Authorize(policies, question.request, question.entities);
    requests.push_back({{"principal", Uid(question.request.principal)},
                        {"action", Uid(question.request.action)},
                        {"resource", Uid(question.request.resource)},
                        {"context", json::object()},
                        {"entities", Reachable(question)},
                        {"ours", answer.decision == cedar::Decision::kAllow ? "allow" : "deny"}});
  }
  std::ofstream(file) << json({{"policies", AllPolicies(samples)}, {"requests", requests}});
  return 0;
}

int Measure(const std::string& folder, int repeats) {
  const auto samples = Samples(folder);
  const auto policies = bench::Must(cedar::PolicySet::Parse(AllPolicies(samples), "all.cedar"));
  const std::vector<Question> questions = Questions(samples);
  json micros = json::array();
  size_t allowed = 0;
  for (int repeat = 0; repeat < repeats + 1; ++repeat) {
    const auto start = std::chrono::steady_clock::now();
    size_t asked = 0;
    while (std::chrono::steady_clock::now() - start < std::chrono::milliseconds(150)) {
      for (const Question& question : questions) {
        allowed += cedar::Authorize(policies, question.request, question.entities).decision == cedar::Decision::kAllow;
      }
      asked += questions.size();
    }
    const std::chrono::duration<double, std::micro> spent = std::chrono::steady_clock::now() - start;
    if (repeat > 0) micros.push_back(spent.count() / static_cast<double>(asked));
  }
  std::cout << json({{"micros", micros}, {"requests", questions.size()}, {"allowed", allowed > 0}}) << std::endl;
  return 0;
}

}  // namespace
}  // namespace tidegate::bench

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() == 3 && words[0] == "questions") return tidegate::bench::WriteQuestions(words[1], words[2]);
  if (words.size() == 3 && words[0] == "measure") return tidegate::bench::Measure(words[1], std::stoi(words[2]));
  std::cerr << "bench_cedar: see the top of cedar.cc\n";
  return 2;
}
