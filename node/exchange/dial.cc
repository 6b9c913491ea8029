#include "node/exchange/dial.h"

#include <chrono>

#include "absl/strings/str_cat.h"
#include "node/door/door.h"
#include "node/exchange/address.h"
#include "node/exchange/introduction.h"
#include "node/exchange/refusal.h"

namespace tidegate::exchange {
namespace {

constexpr int kMaxChunkMessage =
    static_cast<int>(parcel::kMaxChunkBytes) + 4096;  // a chunk is the longest that we take

grpc::ChannelArguments Bounds() {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxChunkMessage);
  arguments.SetCompressionAlgorithm(GRPC_COMPRESS_NONE);
  arguments.SetInt(GRPC_ARG_MAX_METADATA_SIZE, 8192);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 20000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  return arguments;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Line>> Line::Open(const OwnCertificate& own, const partner::Directory& directory,
                                                 const partner::Partner& partner, const Reach& reach) {
  absl::StatusOr<std::string> target = DialTarget(partner.address, reach);
  if (!target.ok()) return target.status();
  return std::unique_ptr<Line>(new Line(v1::Exchange::NewStub(
      grpc::CreateCustomChannel(*target, PinnedChannelCredentials(own, directory, partner.organisation), Bounds()))));
}

absl::StatusOr<std::unique_ptr<OwnCertificate>> LetterCertificate(const partner::Directory& directory,
                                                                  std::string_view organisation) {
  const std::optional<crypto::Hash> letter = directory.LetterKeyFor(organisation);
  if (!letter.has_value()) return nullptr;
  const partner::Identity& identity = directory.identity();
  return OwnCertificate::Make(identity, door::LetterProof(*letter, identity.keys().tls_spki));
}

absl::StatusOr<Introduced> Introduce(Line& line, grpc::ClientContext& context, partner::Directory& directory,
                                     const partner::Partner& partner, std::string_view own_address,
                                     const Greeting& ours) {
  const v1::Introduction request = WriteIntroduction(directory, partner, own_address, ours);
  v1::Introduction answer;
  const grpc::Status called = line.stub().Introduce(&context, request, &answer);
  if (!called.ok()) return FromGrpc(called, "introducing ourselves");
  if (absl::Status fine = CheckIntroduction(answer); !fine.ok()) return fine;
  absl::StatusOr<partner::PartnerPtr> now = TakeIntroduction(directory, partner, answer);
  if (!now.ok()) return now.status();
  const int64_t skew = static_cast<int64_t>(answer.now_ms()) - static_cast<int64_t>(NowMs());
  return Introduced{*std::move(now), GreetingOf(answer), skew};
}

absl::StatusOr<partner::PartnerPtr> IntroduceOnce(std::string_view organisation, std::string_view own_address,
                                                  partner::Directory& directory, const Reach& reach,
                                                  uint64_t timeout_ms) {
  if (absl::Status required = CheckTls13(); !required.ok()) return required;
  const partner::PartnerPtr partner = directory.Find(organisation);
  if (partner == nullptr || partner->address.empty()) {
    return absl::NotFoundError(
        absl::StrCat("exchange: there is no address at which to dial `", std::string(organisation), "`"));
  }
  absl::StatusOr<std::unique_ptr<OwnCertificate>> own = LetterCertificate(directory, organisation);
  if (own.ok() && *own == nullptr) own = OwnCertificate::Make(directory.identity());
  if (!own.ok()) return own.status();
  absl::StatusOr<std::unique_ptr<Line>> line = Line::Open(**own, directory, *partner, reach);
  if (!line.ok()) return line.status();
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(timeout_ms));
  absl::StatusOr<Introduced> introduced = Introduce(**line, context, directory, *partner, own_address, {});
  if (!introduced.ok()) return introduced.status();
  return introduced->partner;
}

}  // namespace tidegate::exchange
