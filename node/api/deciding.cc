#include "node/api/deciding.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "crypto/hash.h"
#include "node/api/display.h"

namespace tidegate::api {

absl::StatusOr<flow::Act> ActOf(const policy::Principal& who, const v1::Asker& asker, uint64_t now_ms) {
  if (asker.reason().size() > flow::kMostReasonBytes) {
    return absl::InvalidArgumentError(absl::StrCat("api: a reason has at most ", flow::kMostReasonBytes, " bytes"));
  }
  return flow::Act(who, asker.reason(), now_ms);
}

absl::StatusOr<policy::Digest> ShownDigest(const std::string& hex) {
  const std::string bytes = absl::HexStringToBytes(hex);
  auto digest = crypto::HashFrom(bytes);
  if (!digest.ok() || absl::BytesToHexString(bytes) != hex) {
    return absl::InvalidArgumentError("api: a plan is the digest that `--dry-run` printed");
  }
  return digest;
}

void Fill(const flow::Weighed& weighed, v1::WouldGo* out) {
  out->set_digest(HexOf(weighed.digest));
  out->set_records(static_cast<uint32_t>(weighed.effect.records_gained));
  out->set_fields(static_cast<uint32_t>(weighed.effect.fields_gained));
  out->set_finer(static_cast<uint32_t>(weighed.effect.fields_finer));
  out->set_personal(static_cast<uint32_t>(weighed.effect.personal_gained));
  out->set_needs_plan(weighed.opens());
  out->set_persons(static_cast<uint32_t>(weighed.named.persons));
  out->set_persons_at_least(!weighed.named.all);
}

}  // namespace tidegate::api
