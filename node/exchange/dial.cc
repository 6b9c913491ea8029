#include "node/exchange/dial.h"

#include <chrono>

#include "absl/strings/str_cat.h"
#include "node/exchange/address.h"
#include "node/exchange/introduction.h"
#include "node/exchange/refusal.h"
#include "node/exchange/tls.h"
#include "tidegate/v1/exchange.pb.h"

namespace tidegate::exchange {
namespace {

constexpr uint64_t kConnectMs = 10000;

// The one that proves the inviter's letter, while the partner has not taken our reply.
absl::StatusOr<door::Certificate> CertificateFor(const partner::Directory& directory, std::string_view organisation) {
  const partner::Identity& identity = directory.identity();
  const std::optional<crypto::Hash> letter = directory.LetterKeyFor(organisation);
  return OwnCertificate(identity,
                        letter.has_value() ? door::LetterProof(*letter, identity.keys().tls_spki) : std::string());
}

}  // namespace

absl::StatusOr<std::unique_ptr<Line>> Line::Open(Switchboard& switchboard, const partner::Directory& directory,
                                                 const partner::Partner& partner, const Reach& reach,
                                                 const std::function<bool()>& cancelled) {
  absl::StatusOr<door::Certificate> own = CertificateFor(directory, partner.organisation);
  if (!own.ok()) return own.status();
  absl::StatusOr<std::vector<Target>> targets = DialTargets(partner.address, reach);
  if (!targets.ok()) return targets.status();
  absl::StatusOr<int> socket = ConnectTo(*targets, kConnectMs, cancelled);
  if (absl::IsUnavailable(socket.status())) {
    return absl::UnavailableError(
        absl::StrCat("exchange: cannot be reached: ", std::string(socket.status().message())));
  }
  if (!socket.ok()) return socket.status();
  std::unique_ptr<Line> line(new Line(switchboard, switchboard.Begin()));
  if (switchboard.dialler().Dial(line->connection_, *socket, partner.keys.tls_spki, *own)) return line;
  return FromLoss(door::Reason::kDiallerEnded, "dialling");
}

Line::~Line() {
  switchboard_.Forget(connection_);
  switchboard_.dialler().HangUp(connection_);
}

std::unique_ptr<Asking> Line::Begin(std::string_view method, std::string_view during) const {
  return std::make_unique<Asking>(switchboard_, connection_,
                                  absl::StrCat("/tidegate.v1.Exchange/", std::string(method)), during);
}

absl::StatusOr<Introduced> Introduce(Asking& asking, partner::Directory& directory, const partner::Partner& partner,
                                     std::string_view own_address, const Greeting& ours) {
  const v1::Introduction request = WriteIntroduction(directory, partner, own_address, ours);
  const absl::StatusOr<std::string> bytes = asking.Only(request.SerializeAsString(), kMaxIntroductionBytes);
  if (!bytes.ok()) return bytes.status();
  v1::Introduction answer;
  if (!answer.ParseFromString(*bytes)) {
    return parcel::Refuse(parcel::Layer::kManifest, "an answer that is no introduction");
  }
  if (absl::Status fine = CheckIntroduction(answer); !fine.ok()) return fine;
  absl::StatusOr<partner::PartnerPtr> now = TakeIntroduction(directory, partner, answer);
  if (!now.ok()) return now.status();
  const int64_t skew = static_cast<int64_t>(answer.now_ms()) - static_cast<int64_t>(NowMs());
  return Introduced{*std::move(now), GreetingOf(answer), skew};
}

absl::StatusOr<partner::PartnerPtr> IntroduceOnce(std::string_view organisation, std::string_view own_address,
                                                  partner::Directory& directory, const Reach& reach,
                                                  uint64_t timeout_ms) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  const partner::PartnerPtr partner = directory.Find(organisation);
  if (partner == nullptr || partner->address.empty()) {
    return absl::NotFoundError(
        absl::StrCat("exchange: there is no address at which to dial `", std::string(organisation), "`"));
  }
  Switchboard switchboard;
  const auto late = [deadline] { return std::chrono::steady_clock::now() > deadline; };
  absl::StatusOr<std::unique_ptr<Line>> line = Line::Open(switchboard, directory, *partner, reach, late);
  if (absl::IsCancelled(line.status())) {
    return absl::UnavailableError("exchange: cannot be reached: no answer in time");
  }
  if (!line.ok()) return line.status();
  const std::unique_ptr<Asking> asking = (*line)->Introducing();
  asking->SetDeadline(deadline);
  absl::StatusOr<Introduced> introduced = Introduce(*asking, directory, *partner, own_address, {});
  if (!introduced.ok()) return introduced.status();
  return introduced->partner;
}

}  // namespace tidegate::exchange
