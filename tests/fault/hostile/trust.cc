// Claims of a partner about who and where it is: no claim decides anything.
#include <array>
#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/fault/hostile/must.h"
#include "tests/fault/hostile/scene.h"

namespace tidegate::hostile {
namespace {

absl::StatusOr<Outcome> Told(const grpc::Status& status, const Node& node, size_t mark) {
  if (status.ok()) return Outcome::Taken();
  const std::string layer = node.RefusedSince(mark);
  if (!layer.empty()) return Outcome::Held("refused by " + layer);
  return absl::InternalError(absl::StrCat("the node named no layer: ", status.error_message()));
}

absl::StatusOr<Outcome> Introduce(Scene& scene, const v1::Introduction& request) {
  const size_t mark = scene.node().LogMark();
  return Told(scene.partner().Dial().Introduce(request), scene.node(), mark);
}

// The bank's own governance says that it is a police force from now on.
absl::StatusOr<Outcome> PromotesItself(Scene& scene, bool lie) {
  v1::Introduction request = scene.partner().HonestIntroduction();
  if (lie) {
    request.set_key_notice(scene.partner().NextKeyNotice([](partner::KeyNotice& notice) { notice.sector = "police"; }));
  }
  return Introduce(scene, request);
}

absl::StatusOr<Outcome> MovesAbroad(Scene& scene, bool lie) {
  v1::Introduction request = scene.partner().HonestIntroduction();
  if (lie) {
    request.set_key_notice(scene.partner().NextKeyNotice([](partner::KeyNotice& notice) { notice.country = "FR"; }));
  }
  return Introduce(scene, request);
}

absl::StatusOr<Outcome> SchemeForAddress(Scene& scene, bool lie) {
  v1::Introduction request = scene.partner().HonestIntroduction();
  if (lie) request.set_address("unix:///run/secrets/socket:1");
  return Introduce(scene, request);
}

std::string LastProblem(Scene& scene) {
  absl::StatusOr<json> status = scene.node().Ask({"status"});
  if (!status.ok()) return "";
  for (const json& line : status->value("partners", json::array())) {
    if (line["organisation"] == scene.partner().organisation()) return line.value("last_error", "");
  }
  return "";
}

// The address of a cloud's secrets.
absl::StatusOr<Outcome> AddressInsideOurNetwork(Scene& scene, bool lie) {
  v1::Introduction request = scene.partner().HonestIntroduction();
  if (!lie) return Introduce(scene, request);
  request.set_address("169.254.169.254:80");
  if (auto told = Introduce(scene, request); !told.ok()) return told;
  // Makes the node dial it again. It first shows what would go again.
  const std::string& name = scene.partner().organisation();
  if (auto asked = scene.node().Ask({"partner", "suspend", name}); !asked.ok()) return asked.status();
  auto shown = scene.node().Ask({"partner", "resume", name, "--dry-run"});
  if (!shown.ok()) return shown.status();
  auto resumed = scene.node().Ask({"partner", "resume", name, "--plan", (*shown)["would_go"]["digest"]});
  if (!resumed.ok()) return resumed.status();
  if (Until([&] { return LastProblem(scene).find("is not dialled") != std::string::npos; })) {
    return Outcome::Held("not dialled");
  }
  return Outcome::Taken();
}

absl::StatusOr<Outcome> WrongProof(Scene& scene, bool lie) {
  v1::Introduction request = scene.partner().HonestIntroduction();
  if (lie) request.set_pair_proof(std::string(32, 'p'));
  return Introduce(scene, request);
}

// An invitation of the node, and the reply to it of an organisation called `name`.
absl::StatusOr<Outcome> ReplyAs(Scene& scene, const std::string& invitee, const std::string& name) {
  std::vector<std::string> invite = {"partner", "invite"};
  if (!invitee.empty()) invite.push_back(invitee);
  absl::StatusOr<json> invitation = scene.node().Ask(invite);
  if (!invitation.ok()) return invitation.status();
  const std::string folder = absl::StrCat(scene.folder(), "/guest-", name);
  auto guest = Partner::Make(folder, name, "bank");
  if (!guest.ok()) return guest.status();
  const size_t mark = scene.node().LogMark();
  auto replied = (*guest)->Reply((*invitation)["invitation"], (*invitation)["spoken_code"]);
  if (!replied.ok()) return replied.status();
  return Told(*replied, scene.node(), mark);
}

absl::StatusOr<Outcome> ReplyUnderAnothersName(Scene& scene, bool lie) {
  return ReplyAs(scene, "tansy-bank", lie ? "sorrel-bank" : "tansy-bank");
}

absl::StatusOr<Outcome> TwinName(Scene& scene, bool lie) {
  return ReplyAs(scene, "", lie ? "rnallow-bank" : "yarrow-bank");
}

constexpr std::array kFaults = {
    Fault{"notice-that-promotes-its-sector", "refused by identity", true, PromotesItself},
    Fault{"notice-that-moves-abroad", "refused by identity", true, MovesAbroad},
    Fault{"address-that-is-a-grpc-target", "refused by identity", false, SchemeForAddress},
    Fault{"address-inside-our-network", "not dialled", true, AddressInsideOurNetwork},
    Fault{"proof-of-another-pairing", "refused by identity", false, WrongProof},
    Fault{"reply-under-anothers-name", "refused by identity", true, ReplyUnderAnothersName},
    Fault{"name-that-looks-like-anothers", "refused by identity", true, TwinName},
};

}  // namespace

std::span<const Fault> TrustFaults() { return kFaults; }

}  // namespace tidegate::hostile
