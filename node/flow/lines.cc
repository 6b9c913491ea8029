#include "node/flow/lines.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace tidegate::flow {
namespace {
constexpr uint64_t kIntroduceTimeoutMs = 5000;
}

void Lines::Connect(exchange::FollowerOptions dialling, const exchange::Server& server,
                    exchange::Followers& followers) {
  dialling_ = std::move(dialling);
  server_ = &server;
  followers_ = &followers;
}

absl::Status Lines::Introduce(const std::string& organisation) {
  if (followers_ == nullptr) return absl::UnavailableError("flow: the lines to partners are not open yet");
  auto partner =
      exchange::IntroduceOnce(organisation, dialling_.address, directory_, dialling_.reach, kIntroduceTimeoutMs);
  followers_->Hurry();
  return partner.status();
}

std::vector<Line> Lines::List() const {
  std::vector<Line> lines;
  if (server_ == nullptr) return lines;
  const std::vector<std::string> following = server_->Following();
  const std::vector<exchange::FollowState> states = followers_->States();
  for (const partner::PartnerPtr& partner : directory_.List()) {
    Line& line = lines.emplace_back();
    line.organisation = partner->organisation;
    line.state = std::string(partner->state());
    line.quantum_safe = partner->quantum_safe;
    line.sector = partner->sector;
    line.country = partner->country;
    line.claimed_sector = partner->keys.sector;
    line.claimed_country = partner->keys.country;
    line.purposes = partner->purposes;
    line.legal_bases = partner->legal_bases;
    line.address = partner->address;
    line.followed = std::find(following.begin(), following.end(), partner->organisation) != following.end();
    line.received = receive_.ReceivedFrom(partner->organisation);
    const Used used = receive_.UsedBy(partner->organisation);
    line.held_records = used.records;
    line.received_bytes = used.bytes;
    for (const exchange::FollowState& state : states) {
      if (state.organisation != partner->organisation) continue;
      line.following = state.connected;
      line.caught_up = state.caught_up;
      line.last_contact_ms = state.last_contact_ms;
      line.last_error = state.last_error;
      line.error_since_ms = state.error_since_ms;
    }
    if (line.last_error.empty() && partner->active() && partner->address.empty()) {
      line.last_error = absl::StrCat("it is not dialled, for no address of it is known: `tidegate partner set ",
                                     partner->organisation, " --address HOST:PORT`");
    }
  }
  return lines;
}

}  // namespace tidegate::flow
