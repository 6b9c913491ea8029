// One fault for each layer that a parcel meets: what is sealed, signed and sent is a partner's own, and one thing in it
// is not what it should be.
#include <array>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "crypto/sign.h"
#include "tests/fault/hostile/must.h"
#include "tests/fault/hostile/scene.h"

namespace tidegate::hostile {
namespace {

Contents One(record::VerifiedView view) {
  Contents contents;
  contents.records.push_back(std::move(view));
  return contents;
}

// The text of the receipt, or of the node's log if no receipt came.
absl::StatusOr<Outcome> Play(Scene& scene, Contents contents, const Lie& lie) {
  const size_t mark = scene.node().LogMark();
  const auto receipt = scene.partner().Send(std::move(contents), lie);
  if (receipt.ok() && receipt->kind == parcel::Receipt::Kind::kRefused) return Outcome::Held(RefusedBy(*receipt));
  if (receipt.ok()) return receipt->unwanted.empty() ? Outcome::Taken() : Outcome::Held("refused by admission");
  const std::string layer = scene.node().RefusedSince(mark);
  if (layer.empty()) return receipt.status();
  return Outcome::Held("refused by " + layer);
}

absl::StatusOr<Outcome> PlayOne(Scene& scene, const Lie& lie) {
  return Play(scene, One(scene.partner().forger().Report("Sent by a partner")), lie);
}

void Flip(std::string& bytes, size_t at) { bytes[at] = static_cast<char>(bytes[at] ^ 1); }

// Replaces what stands once in a plaintext.
void Replace(std::string& plaintext, std::string_view what, std::string_view with) {
  const size_t at = plaintext.find(what);
  if (at == std::string::npos) std::abort();
  plaintext.replace(at, what.size(), with);
}

absl::StatusOr<Outcome> FlippedChunk(Scene& scene, bool lie) {
  Lie how;
  if (lie) how.sealed = [](parcel::Sealed& sealed) { Flip(sealed.chunks.front(), sealed.chunks.front().size() / 2); };
  return PlayOne(scene, how);
}

absl::StatusOr<Outcome> FlippedManifest(Scene& scene, bool lie) {
  Lie how;
  if (lie) how.sealed = [](parcel::Sealed& sealed) { Flip(sealed.manifest, sealed.manifest.size() - 1); };
  return PlayOne(scene, how);
}

absl::StatusOr<Outcome> SignedByAnother(Scene& scene, bool lie) {
  Lie how;
  if (lie) {
    how.sealed = [](parcel::Sealed& sealed) {
      sealed.signature = crypto::SigningKey::Generate().Sign(sealed.manifest);
    };
  }
  return PlayOne(scene, how);
}

absl::StatusOr<Outcome> AnotherFeed(Scene& scene, bool lie) {
  Lie how;
  if (lie) how.request = [](parcel::SealRequest& request) { request.feed.back() ^= 1; };
  return PlayOne(scene, how);
}

absl::StatusOr<Outcome> UnknownLayout(Scene& scene, bool lie) {
  Lie how;
  if (lie) how.sealed = [](parcel::Sealed& sealed) { sealed.manifest[6] = '9'; };  // TDGman9
  return PlayOne(scene, how);
}

absl::StatusOr<Outcome> UnknownSuite(Scene& scene, bool lie) {
  Lie how;
  if (lie) how.manifest = [](parcel::Manifest& manifest) { manifest.suite = static_cast<parcel::Suite>(9); };
  return PlayOne(scene, how);
}

absl::StatusOr<Outcome> OldNumber(Scene& scene, bool lie) {
  Lie how;
  if (lie) how.request = [](parcel::SealRequest& request) { request.seq = 1; };
  return PlayOne(scene, how);
}

absl::StatusOr<Outcome> AnotherCursor(Scene& scene, bool lie) {
  Lie how;
  if (lie) how.request = [](parcel::SealRequest& request) { request.after = crypto::HashOf({"elsewhere"}); };
  return PlayOne(scene, how);
}

absl::StatusOr<Outcome> ManyChunks(Scene& scene, bool lie) {
  Lie how;
  if (lie) how.manifest = [](parcel::Manifest& manifest) { manifest.chunks = 100000; };
  return PlayOne(scene, how);
}

absl::StatusOr<Outcome> ManyRecords(Scene& scene, bool lie) {
  Lie how;
  if (lie) how.manifest = [](parcel::Manifest& manifest) { manifest.n = 16385; };
  return PlayOne(scene, how);
}

absl::StatusOr<Outcome> AnotherSecret(Scene& scene, bool lie) {
  Lie how;
  if (lie) how.request = [](parcel::SealRequest& request) { request.psk = "0123456789abcdef0123456789abcdef"; };
  return PlayOne(scene, how);
}

absl::StatusOr<Outcome> AnotherKemKey(Scene& scene, bool lie) {
  Lie how;
  if (lie) how.kem = crypto::AgreementKey::Generate().public_key();
  return PlayOne(scene, how);
}

absl::StatusOr<Outcome> FutureSecret(Scene& scene, bool lie) {
  Lie how;
  if (lie) how.request = [](parcel::SealRequest& request) { request.psk_epoch += 100000; };
  return PlayOne(scene, how);
}

// The value of a field, changed after it was committed.
absl::StatusOr<Outcome> ChangedValue(Scene& scene, bool lie) {
  Lie how;
  if (lie) how.plaintext = [](std::string& plaintext) { Replace(plaintext, "Sent by a partner", "Sent by a pretner"); };
  return PlayOne(scene, how);
}

absl::StatusOr<Outcome> OtherContents(Scene& scene, bool lie) {
  Lie how;
  if (lie) how.manifest = [](parcel::Manifest& manifest) { manifest.contents[0] ^= 1; };
  return PlayOne(scene, how);
}

absl::StatusOr<Outcome> NotInTheLog(Scene& scene, bool lie) {
  Forger& forger = scene.partner().forger();
  Lie how;
  if (lie) {
    how.section = [&forger](parcel::Section& section) {
      // The log holds another leaf where this record is said to be.
      const uint64_t size = forger.log_size();
      forger.Forget(size - 1);
      forger.Append(crypto::HashOf({"another leaf"}));
      section.note = forger.Note(size);
      section.consistency = forger.Consistency(section.linked_size);
    };
  }
  return PlayOne(scene, how);
}

absl::StatusOr<Outcome> ByAnotherAuthor(Scene& scene, bool lie) {
  Forger& forger = scene.partner().forger();
  return Play(scene,
              One(lie ? forger.ReportBy(crypto::HashOf({"somebody else"}), "Sent by a partner")
                      : forger.Report("Sent by a partner")),
              {});
}

absl::StatusOr<Outcome> CheckpointByAnother(Scene& scene, bool lie) {
  Forger& forger = scene.partner().forger();
  Lie how;
  if (lie) {
    how.section = [&forger](parcel::Section& section) {
      const crypto::SigningKey other = crypto::SigningKey::Generate();
      section.note = forger.Note(forger.log_size(), std::nullopt, &other);
    };
  }
  return PlayOne(scene, how);
}

// Two logs of one size, both signed.
absl::StatusOr<Outcome> TwoLogs(Scene& scene, bool lie) {
  Forger& forger = scene.partner().forger();
  if (!lie) return PlayOne(scene, {});
  Lie how;
  how.section = [&forger](parcel::Section& section) {
    const uint64_t known = section.linked_size;
    section.note = forger.Note(known, crypto::HashOf({"another log"}));
    section.consistency.clear();
  };
  return PlayOne(scene, how);
}

absl::StatusOr<Outcome> UnprovedGrowth(Scene& scene, bool lie) {
  if (auto before = PlayOne(scene, {}); !before.ok() || !before->taken) return before;
  Lie how;
  if (lie) {
    how.section = [](parcel::Section& section) {
      if (!section.consistency.empty()) section.consistency.front()[0] ^= 1;
    };
  }
  return PlayOne(scene, how);
}

// A statement whose handling no rule of the house can read, in the log under the leaf of just that statement.
absl::StatusOr<Outcome> UnreadableHandling(Scene& scene, bool lie) {
  Forger& forger = scene.partner().forger();
  record::VerifiedView view = forger.Report("Sent by a partner");
  const std::string before = view.view().statement;
  record::Statement statement = view.statement();
  statement.handling.front() = '\x7f';  // the first tag
  const std::string after = record::EncodeStatement(statement);
  Lie how;
  if (lie) {
    how.section = [&forger, after](parcel::Section& section) {
      const uint64_t size = forger.log_size();
      forger.Forget(size - 1);
      forger.Append(record::LogLeaf(after));
      section.note = forger.Note(size);
      section.consistency = forger.Consistency(section.linked_size);
    };
    how.plaintext = [before, after](std::string& plaintext) { Replace(plaintext, before, after); };
  }
  return Play(scene, One(std::move(view)), how);
}

absl::StatusOr<Outcome> ExpiredRecord(Scene& scene, bool lie) {
  const std::string end = lie ? "2020-01-01T00:00Z" : "2099-01-01T00:00Z";
  return Play(scene, One(scene.partner().forger().Report("Sent by a partner", {{"expiry", end}})), {});
}

constexpr std::array kFaults = {
    Fault{"chunk-with-a-flipped-bit", "refused by seal", false, FlippedChunk},
    Fault{"manifest-with-a-flipped-bit", "refused by manifest", false, FlippedManifest},
    Fault{"manifest-signed-by-another", "refused by manifest", false, SignedByAnother},
    Fault{"parcel-of-another-feed", "refused by manifest", false, AnotherFeed},
    Fault{"manifest-of-an-unknown-layout", "refused by version", false, UnknownLayout},
    Fault{"parcel-of-an-unknown-suite", "refused by version", false, UnknownSuite},
    Fault{"parcel-with-an-old-number", "refused by sequence", false, OldNumber},
    Fault{"parcel-after-another-cursor", "refused by sequence", false, AnotherCursor},
    Fault{"hundred-thousand-chunks", "refused by limit", false, ManyChunks},
    Fault{"too-many-records", "refused by limit", false, ManyRecords},
    Fault{"sealed-under-another-secret", "refused by seal", false, AnotherSecret},
    Fault{"sealed-to-another-key", "refused by seal", false, AnotherKemKey},
    Fault{"sealed-under-a-secret-of-the-future", "refused by seal", false, FutureSecret},
    Fault{"value-changed-after-signing", "refused by opening", false, ChangedValue},
    Fault{"contents-other-than-promised", "refused by opening", false, OtherContents},
    Fault{"record-that-is-not-in-the-log", "refused by proof", false, NotInTheLog},
    Fault{"record-of-another-author", "refused by proof", false, ByAnotherAuthor},
    Fault{"checkpoint-by-another-key", "refused by checkpoint", false, CheckpointByAnother},
    Fault{"two-logs-of-one-size", "refused by checkpoint", false, TwoLogs},
    Fault{"growth-that-is-not-proved", "refused by checkpoint", false, UnprovedGrowth},
    Fault{"handling-that-cannot-be-read", "refused by handling", false, UnreadableHandling},
    Fault{"record-that-has-expired", "refused by admission", false, ExpiredRecord},
};

}  // namespace

std::span<const Fault> ParcelFaults() { return kFaults; }

}  // namespace tidegate::hostile
