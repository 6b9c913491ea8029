// Handshakes, introductions and cursors: what a caller can lie about before any parcel.
#include <array>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "crypto/certificate.h"
#include "crypto/secret.h"
#include "tests/fault/hostile/must.h"
#include "tests/fault/hostile/scene.h"

namespace tidegate::hostile {
namespace {

// The line of the node's log about a call that it did not answer.
absl::StatusOr<Outcome> OutcomeOf(const grpc::Status& status, const Node& node, size_t mark) {
  if (status.ok()) return Outcome::Taken();
  const std::string layer = node.RefusedSince(mark);
  if (!layer.empty()) return Outcome::Held("refused by " + layer);
  return absl::InternalError(absl::StrCat("the node named no layer: ", status.error_message()));
}

absl::StatusOr<Outcome> IntroduceWith(Scene& scene, const std::function<void(v1::Introduction&)>& change) {
  v1::Introduction request = scene.partner().HonestIntroduction();
  if (change) change(request);
  const size_t mark = scene.node().LogMark();
  return OutcomeOf(scene.partner().Dial().Introduce(request), scene.node(), mark);
}

absl::StatusOr<Outcome> CallWith(Scene& scene, const crypto::SecretBytes& key, int64_t not_before, int64_t not_after) {
  const std::string certificate = Must(crypto::SelfSign(key, "tidegate", not_before, not_after));
  const size_t mark = scene.node().LogMark();
  Caller caller(scene.node().address(), key, certificate);
  return OutcomeOf(caller.Introduce(scene.partner().HonestIntroduction()), scene.node(), mark);
}

int64_t NowSeconds() { return static_cast<int64_t>(NowMs() / 1000); }

absl::StatusOr<Outcome> Stranger(Scene& scene, bool lie) {
  const crypto::SecretBytes strange = Must(crypto::GenerateTlsKey());
  return CallWith(scene, lie ? strange : scene.partner().identity().tls_key(), NowSeconds() - 3600,
                  NowSeconds() + 3600);
}

absl::StatusOr<Outcome> ExpiredCertificate(Scene& scene, bool lie) {
  const int64_t end = lie ? NowSeconds() - 60 : NowSeconds() + 3600;
  return CallWith(scene, scene.partner().identity().tls_key(), NowSeconds() - 7200, end);
}

absl::StatusOr<Outcome> UnknownVersion(Scene& scene, bool lie) {
  return IntroduceWith(scene, [lie](v1::Introduction& request) {
    if (lie) request.set_version(99), request.set_minimum_version(99);
  });
}

absl::StatusOr<Outcome> NoCommonSuite(Scene& scene, bool lie) {
  return IntroduceWith(scene, [lie](v1::Introduction& request) {
    if (lie) request.clear_parcel_suites(), request.add_parcel_suites(77);
  });
}

absl::StatusOr<Outcome> ManyCheckpoints(Scene& scene, bool lie) {
  return IntroduceWith(scene, [lie](v1::Introduction& request) {
    for (int i = 0; i < (lie ? 9 : 8); ++i) request.add_checkpoints("a note that nobody signed");
  });
}

// A key notice under a governance key that nobody confirmed.
absl::StatusOr<Outcome> AnothersNotice(Scene& scene, bool lie) {
  auto other = Partner::Make(scene.folder() + "/impostor", scene.partner().organisation(), "bank");
  if (!other.ok()) return other.status();
  auto played = IntroduceWith(scene, [&](v1::Introduction& request) {
    if (lie) request.set_key_notice((*other)->identity().key_notice().Encode());
  });
  other->reset();
  std::error_code error;
  std::filesystem::remove_all(scene.folder() + "/impostor", error);
  return played;
}

absl::StatusOr<Outcome> ForgedKemNotice(Scene& scene, bool lie) {
  return IntroduceWith(scene, [&scene, lie](v1::Introduction& request) {
    if (!lie) return;
    std::string notice = scene.partner().identity().kem_notice().Encode();
    notice.back() = static_cast<char>(notice.back() ^ 1);
    request.set_kem_notice(notice);
  });
}

absl::StatusOr<Outcome> FollowWith(Scene& scene, const std::string& cursor) {
  const size_t mark = scene.node().LogMark();
  return OutcomeOf(scene.partner().Dial().Follow(cursor), scene.node(), mark);
}

absl::StatusOr<Outcome> LongCursor(Scene& scene, bool lie) {
  return FollowWith(scene, lie ? std::string(70000, 'c') : std::string());
}

// A cursor that the node sealed, as its own parcel brought it.
absl::StatusOr<std::string> CursorFor(Scene& scene, Partner& partner) {
  if (auto added = scene.node().AddReport("For a cursor"); !added.ok()) return added.status();
  std::vector<Brought> brought;
  if (grpc::Status followed = partner.Dial().Follow("", &brought); !followed.ok() || brought.empty()) {
    return absl::InternalError("the node brings nothing");
  }
  auto opened = OpenBrought(partner.directory(), *partner.victim(), "", brought.front());
  if (!opened.ok()) return opened.status();
  return opened->next_cursor;
}

absl::StatusOr<Outcome> FlippedCursor(Scene& scene, bool lie) {
  auto cursor = CursorFor(scene, scene.partner());
  if (!cursor.ok()) return cursor.status();
  if (lie) (*cursor)[cursor->size() / 2] = static_cast<char>((*cursor)[cursor->size() / 2] ^ 1);
  return FollowWith(scene, *cursor);
}

absl::StatusOr<Outcome> AnothersCursor(Scene& scene, bool lie) {
  if (!lie) {
    auto own = CursorFor(scene, scene.partner());
    if (!own.ok()) return own.status();
    return FollowWith(scene, *own);
  }
  auto other = scene.Another("tansy-bank");
  if (!other.ok()) return other.status();
  auto theirs = CursorFor(scene, **other);
  if (!theirs.ok()) return theirs.status();
  return FollowWith(scene, *theirs);
}

constexpr std::array kFaults = {
    Fault{"stranger", "refused by tls", false, Stranger},
    Fault{"expired-certificate", "refused by tls", false, ExpiredCertificate},
    Fault{"unknown-protocol", "refused by version", false, UnknownVersion},
    Fault{"no-common-suite", "refused by version", false, NoCommonSuite},
    Fault{"nine-checkpoints", "refused by limit", false, ManyCheckpoints},
    Fault{"notice-of-another-governance", "refused by identity", false, AnothersNotice},
    Fault{"forged-kem-notice", "refused by identity", false, ForgedKemNotice},
    Fault{"cursor-too-long", "refused by limit", false, LongCursor},
    Fault{"cursor-with-a-flipped-bit", "refused by sequence", false, FlippedCursor},
    Fault{"cursor-of-another-partner", "refused by sequence", true, AnothersCursor},
};

}  // namespace

std::span<const Fault> ConversationFaults() { return kFaults; }

}  // namespace tidegate::hostile
