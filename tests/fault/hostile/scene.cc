#include "tests/fault/hostile/scene.h"

#include <filesystem>
#include <fstream>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace tidegate::hostile {
namespace {

constexpr char kSharesAll[] = R"(
@id("scene.share") permit (principal, action == Action::"disclose", resource);
)";

bool Confirmed(const Node& node, const std::string& organisation) {
  absl::StatusOr<json> list = node.Ask({"partner", "list"});
  if (!list.ok()) return false;
  for (const json& partner : list->value("partners", json::array())) {
    if (partner["organisation"] == organisation && partner["state"] == "confirmed") return true;
  }
  return false;
}

bool Knows(const Node& node, const std::string& organisation) {
  absl::StatusOr<json> list = node.Ask({"partner", "list"});
  if (!list.ok()) return false;
  for (const json& partner : list->value("partners", json::array())) {
    if (partner["organisation"] == organisation) return true;
  }
  return false;
}

absl::Status Confirm(const Node& node, const std::string& organisation, const std::string& fingerprint) {
  std::vector<std::string> confirm = {"partner",   "confirm",   organisation, "--fingerprint",
                                      fingerprint, "--purpose", "prevention"};
  confirm.push_back("--dry-run");
  absl::StatusOr<json> shown = node.Ask(confirm);
  if (!shown.ok()) return shown.status();
  confirm.back() = "--plan";
  confirm.push_back((*shown)["would_go"]["digest"]);
  return node.Ask(confirm).status();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Scene>> Scene::Make(const std::string& program, const std::string& folder) {
  std::unique_ptr<Scene> scene(new Scene());
  scene->program_ = program;
  scene->folder_ = folder;
  std::filesystem::create_directories(folder);
  auto node = Node::Make(program, folder, "lantern-charity", "ngo");
  if (!node.ok()) return node.status();
  scene->node_ = *std::move(node);
  if (auto started = scene->node_->Start(); !started.ok()) return started;
  if (auto applied = scene->Apply(*scene->node_, kSharesAll); !applied.ok()) return applied;
  auto partner = scene->Another("mallow-bank");
  if (!partner.ok()) return partner.status();
  scene->partner_ = *std::move(partner);
  return scene;
}

Scene::~Scene() {
  partner_.reset();
  node_.reset();
  third_.reset();
  std::error_code error;
  std::filesystem::remove_all(folder_, error);
}

absl::StatusOr<std::unique_ptr<Partner>> Scene::Another(const std::string& organisation) {
  auto partner = Partner::Make(absl::StrCat(folder_, "/", organisation), organisation, "bank");
  if (!partner.ok()) return partner.status();
  if (auto paired = Pair(*node_, **partner); !paired.ok()) return paired;
  return partner;
}

absl::Status Scene::Pair(const Node& node, Partner& partner) {
  absl::StatusOr<json> invitation = node.Ask({"partner", "invite", partner.organisation(), "--without-code"});
  if (!invitation.ok()) return invitation.status();
  auto accepted = partner.Accept((*invitation)["invitation"], (*invitation)["fingerprint"], node.address());
  if (!accepted.ok()) return accepted.status();
  if (auto confirmed = Confirm(node, partner.organisation(), *accepted); !confirmed.ok()) return confirmed;
  if (auto introduced = partner.IntroduceHonestly(); !introduced.ok()) return introduced;
  if (!Until([&] { return Confirmed(node, partner.organisation()); })) {
    return absl::InternalError("the node and the partner that lies did not become partners");
  }
  return partner.AwaitStream();
}

absl::StatusOr<Node*> Scene::Third() {
  if (third_ != nullptr) return third_.get();
  auto node = Node::Make(program_, folder_, "northfield-police", "police");
  if (!node.ok()) return node.status();
  third_ = *std::move(node);
  if (auto started = third_->Start(); !started.ok()) return started;
  absl::StatusOr<json> invitation = node_->Ask({"partner", "invite", third_->organisation(), "--without-code"});
  if (!invitation.ok()) return invitation.status();
  const std::string letter = folder_ + "/third.invitation";
  std::ofstream(letter) << (*invitation)["invitation"].get<std::string>();
  if (auto accepted = third_->Ask({"partner", "accept", letter}); !accepted.ok()) return accepted.status();
  for (auto [one, other] : {std::pair(node_.get(), third_.get()), std::pair(third_.get(), node_.get())}) {
    if (!Until([&, a = one, b = other] { return Knows(*a, b->organisation()); })) {
      return absl::InternalError("the third node was not heard of");
    }
    absl::StatusOr<json> status = other->Ask({"status"});
    if (!status.ok()) return status.status();
    if (auto confirmed = Confirm(*one, other->organisation(), (*status)["fingerprint"]); !confirmed.ok()) {
      return confirmed;
    }
  }
  if (!Until([&] { return Confirmed(*node_, third_->organisation()) && Confirmed(*third_, node_->organisation()); })) {
    return absl::InternalError("the node and the third did not become partners");
  }
  return third_.get();
}

absl::Status Scene::Apply(const Node& node, const std::string& cedar) {
  const std::string path = folder_ + "/policies.cedar";
  std::ofstream(path) << cedar;
  absl::StatusOr<json> plan = node.Ask({"policy", "plan", path});
  if (!plan.ok()) return plan.status();
  return node
      .Ask({"policy", "apply", path, "--plan", (*plan)["digest"], "--user", "tester", "--reason", "hostile partners"})
      .status();
}

}  // namespace tidegate::hostile
