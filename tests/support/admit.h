// A received record gets into a store through its gate, in tests too: what a test receives, an engine that knows
// nothing but the baseline lets in.
#ifndef TIDEGATE_TESTS_SUPPORT_ADMIT_H_
#define TIDEGATE_TESTS_SUPPORT_ADMIT_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "crypto/hash.h"
#include "node/record/record.h"
#include "node/store/store.h"
#include "policy/policy.h"

namespace tidegate::support {

// The gate for a record of a confirmed partner's own.
inline absl::StatusOr<policy::Admission> AdmissionFor(const record::VerifiedView& view, const std::string& label,
                                                      const std::string& sender) {
  static const auto engine =
      policy::Engine::Create({}, record::Shapes(), {}, [](std::string_view bytes) { return crypto::HashOf({bytes}); });
  if (!engine.ok()) return engine.status();
  auto decoded = policy::DecodeLabel(label);
  if (!decoded.ok()) return decoded.status();
  policy::Arrival arrival;
  arrival.leaf = view.leaf();
  arrival.kind = view.statement().kind;
  arrival.label = (*engine)->Intern(*decoded);
  arrival.author_confirmed = true;
  const policy::PartyHandle party =
      (*engine)->Intern(policy::Party{sender, "bank", "GB", {}, {"prevention"}, {}, /*confirmed=*/true});
  auto ruling = (*engine)->Admit(party, arrival, 1'700'000'000'000);
  if (!ruling.allowed()) return absl::PermissionDeniedError(ruling.refusal().ToString());
  return *std::move(ruling);
}

// Admits as the receive step does, for every record that a test stores: an own one, a received one, a recall.
inline absl::StatusOr<store::PreparedPut> Prepared(const store::Store& store, const store::PutRequest& request) {
  if (request.giver.empty()) return store.Prepare(request);
  if (request.view->recall()) return store.PrepareRecall(request);
  auto received = store.PrepareReceived(request);
  if (!received.ok()) return received.status();
  auto admission = AdmissionFor(*request.view, received->label(), request.giver);
  if (!admission.ok()) return admission.status();
  return std::move(*received).Admit(*std::move(admission));
}

}  // namespace tidegate::support

#endif  // TIDEGATE_TESTS_SUPPORT_ADMIT_H_
