#include "node/decision/versions.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "crypto/bytes.h"

namespace tidegate::decision {
namespace {

constexpr std::string_view kVersionLabel = crypto::Label("TDGpol1");
constexpr std::string_view kPendingLabel = crypto::Label("TDGpnd1");

void PrintSources(const std::vector<policy::PolicySource>& sources, crypto::ByteWriter& writer) {
  writer.U16(static_cast<uint16_t>(sources.size()));
  for (const policy::PolicySource& source : sources) writer.Lp16(source.file).Lp32(source.text);
}

std::vector<policy::PolicySource> ReadSources(crypto::ByteReader& reader) {
  std::vector<policy::PolicySource> sources;
  const uint16_t count = reader.U16();
  if (count > kMostSources) reader.Fail();
  for (uint16_t i = 0; i < count && reader.ok(); ++i) {
    policy::PolicySource& source = sources.emplace_back();
    source.file = std::string(reader.Lp16());
    source.text = std::string(reader.Lp32());
  }
  return sources;
}

}  // namespace

std::string VersionKey(uint32_t number) { return absl::StrCat("version/", number); }

std::string EncodeVersion(const PolicyVersion& version) {
  crypto::ByteWriter writer;
  writer.Raw(kVersionLabel).U32(version.number).Raw(crypto::View(version.digest)).U64(version.applied_ms);
  writer.Lp16(version.user).Lp16(version.reason);
  PrintSources(version.sources, writer);
  if (!version.approver.empty()) writer.Lp16(version.approver);
  return writer.Take();
}

absl::StatusOr<PolicyVersion> DecodeVersion(std::string_view bytes) {
  crypto::ByteReader reader(bytes);
  // Version 0.1 began with the number, which is never as large as the label.
  if (bytes.starts_with(kVersionLabel)) reader.Raw(kVersionLabel.size());
  PolicyVersion version;
  version.number = reader.U32();
  version.digest = reader.Array<32>();
  version.applied_ms = reader.U64();
  version.user = std::string(reader.Lp16());
  version.reason = std::string(reader.Lp16());
  version.sources = ReadSources(reader);
  if (reader.ok() && reader.remaining() > 0) {
    version.approver = std::string(reader.Lp16());
    if (version.approver.empty()) reader.Fail();
  }
  if (auto status = reader.Finish("policy version"); !status.ok()) {
    return absl::DataLossError(absl::StrCat("decision: ", status.message()));
  }
  return version;
}

std::string EncodePending(const PendingApplication& pending) {
  crypto::ByteWriter writer;
  writer.Raw(kPendingLabel).Raw(crypto::View(pending.plan)).U64(pending.proposed_ms);
  writer.Lp16(pending.user).Lp16(pending.reason);
  PrintSources(pending.sources, writer);
  return writer.Take();
}

absl::StatusOr<PendingApplication> DecodePending(std::string_view bytes) {
  crypto::ByteReader reader(bytes);
  if (reader.Raw(kPendingLabel.size()) != kPendingLabel) reader.Fail();
  PendingApplication pending;
  pending.plan = reader.Array<32>();
  pending.proposed_ms = reader.U64();
  pending.user = std::string(reader.Lp16());
  pending.reason = std::string(reader.Lp16());
  pending.sources = ReadSources(reader);
  if (auto status = reader.Finish("pending application"); !status.ok()) {
    return absl::DataLossError(absl::StrCat("decision: ", status.message()));
  }
  return pending;
}

absl::StatusOr<std::vector<PolicyVersion>> Decisions::History() const {
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  std::vector<PolicyVersion> versions;
  for (uint32_t number = in_force().number; number > 0; --number) {
    auto bytes = (*snapshot)->GetNamed(store::Named::kPolicyVersion, kVersionScope, VersionKey(number));
    auto version = bytes.ok() ? DecodeVersion(*bytes) : bytes.status();
    if (store::Damaged(version.status())) {
      version.emplace();
      version->number = number;
      version->reason = "(this version cannot be read; run `tidegate verify`)";
    }
    if (!version.ok()) return version.status();
    version->sources.clear();
    versions.push_back(*std::move(version));
  }
  auto baseline = Version(0);
  if (!baseline.ok()) return baseline.status();
  versions.push_back(*std::move(baseline));
  return versions;
}

absl::StatusOr<PolicyVersion> Decisions::Version(uint32_t number) const {
  if (number == 0) {
    auto engine = Compile({});
    if (!engine.ok()) return engine.status();
    PolicyVersion baseline;
    baseline.digest = (*engine)->version();
    return baseline;
  }
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto bytes = (*snapshot)->GetNamed(store::Named::kPolicyVersion, kVersionScope, VersionKey(number));
  if (absl::IsNotFound(bytes.status())) {
    return absl::NotFoundError(
        absl::StrCat("decision: there is no policy version ", number, "; the newest is ", in_force().number));
  }
  if (!bytes.ok()) return bytes.status();
  return DecodeVersion(*bytes);
}

}  // namespace tidegate::decision
