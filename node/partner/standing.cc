// Our administrator's decisions about a partner, and the pair secrets that it shares with us.
#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "node/partner/directory.h"
#include "threads/threads.h"

namespace tidegate::partner {
namespace {

std::string Listed(const std::vector<std::string>& names) {
  return names.empty() ? "none" : absl::StrJoin(names, ", ");
}

std::string Said(const std::string& fact) { return fact.empty() ? "unset" : fact; }

absl::Status CheckFacts(const Facts& facts) {
  if (facts.sector.has_value() && !facts.sector->empty()) {
    if (absl::Status fine = CheckName("sector", *facts.sector); !fine.ok()) return fine;
  }
  if (facts.country.has_value() && !facts.country->empty()) {
    const std::string& country = *facts.country;
    if (country.size() != 2 || !absl::ascii_isupper(country[0]) || !absl::ascii_isupper(country[1])) {
      return absl::InvalidArgumentError("partner: the country must be an ISO 3166 alpha-2 code such as `GB`");
    }
  }
  for (const auto& [what, names] :
       {std::pair{"purpose", &facts.purposes}, std::pair{"legal basis", &facts.legal_bases}}) {
    if (!names->has_value()) continue;
    for (const std::string& name : **names) {
      if (absl::Status fine = CheckName(what, name); !fine.ok()) return fine;
    }
  }
  return absl::OkStatus();
}

void TakeFacts(const Facts& facts, PartnerRow& row) {
  if (facts.sector.has_value()) row.sector = *facts.sector;
  if (facts.country.has_value()) row.country = *facts.country;
  if (facts.purposes.has_value()) row.purposes = *facts.purposes;
  if (facts.legal_bases.has_value()) row.legal_bases = *facts.legal_bases;
  SortUnique(row.purposes);
  SortUnique(row.legal_bases);
}

constexpr char kStays[] = "not to be removed any more";

absl::Status CheckConfirmable(std::string_view organisation, const PartnerRow& row) {
  const std::string name(organisation);
  if (row.mismatched) {
    return absl::FailedPreconditionError(absl::StrCat("partner: the pairing with `", name,
                                                      "` has failed: both sides came to different secrets; `tidegate "
                                                      "partner cancel ",
                                                      name, "` on both sides, then invite again"));
  }
  if (!row.leaving) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("partner: `", name, "` is being removed"));
}

}  // namespace

absl::Status Directory::State::CheckFingerprint(std::string_view organisation, std::string_view typed) const {
  const std::shared_ptr<const Book> now = book();
  const auto known = now->partners.find(organisation);
  if (known == now->partners.end()) return UnknownPartner(*now, organisation);
  if (SameFingerprint(typed, known->second->fingerprint)) return absl::OkStatus();
  if (SameFingerprint(typed, now->rows.find(organisation)->second.letter_fingerprint)) return absl::OkStatus();
  return absl::PermissionDeniedError(absl::StrCat("partner: this is not the fingerprint of `",
                                                  std::string(organisation),
                                                  "`; compare again by telephone, and do not go on while they differ"));
}

absl::StatusOr<PartnerPtr> Directory::State::Confirm(std::string_view organisation, std::string_view fingerprint,
                                                     const Facts& facts, const Deed& deed, const AlsoWrite& also) {
  if (absl::Status fine = CheckFacts(facts); !fine.ok()) return fine;
  const auto confirm = [&](PartnerRow& row) -> absl::StatusOr<std::string> {
    if (absl::Status same = CheckFingerprint(organisation, fingerprint); !same.ok()) return same;
    if (absl::Status fine = CheckConfirmable(organisation, row); !fine.ok()) return fine;
    row.confirmed_by_us = true;
    row.to_review = false;
    TakeFacts(facts, row);
    return absl::StrCat("confirmed by us; sector: ", Said(row.sector), "; country: ", Said(row.country),
                        "; agreed purposes: ", Listed(row.purposes), "; agreed legal bases: ", Listed(row.legal_bases));
  };
  return Alter(organisation, deed, confirm, /*protects=*/false, also);
}

absl::StatusOr<Partner> Directory::State::Supposed(std::string_view organisation, const Facts& facts) const {
  if (absl::Status fine = CheckFacts(facts); !fine.ok()) return fine;
  const std::shared_ptr<const Book> now = book();
  const auto known = now->rows.find(organisation);
  if (known == now->rows.end()) return UnknownPartner(*now, organisation);
  if (absl::Status fine = CheckConfirmable(organisation, known->second); !fine.ok()) return fine;
  PartnerRow row = known->second;
  row.confirmed_by_us = row.confirmed_by_them = true;
  TakeFacts(facts, row);
  absl::StatusOr<Partner> partner = PartnerFrom(row, *identity_);
  if (partner.ok()) partner->circles = now->partners.find(organisation)->second->circles;
  return partner;
}

absl::Status Directory::State::SetSuspended(std::string_view organisation, bool suspended, const Deed& deed) {
  return Alter(
             organisation, deed,
             [&](PartnerRow& row) -> absl::StatusOr<std::string> {
               if (row.suspended == suspended) return std::string();
               row.suspended = suspended;
               return std::string(suspended ? "suspended" : "resumed");
             },
             suspended)
      .status();
}

absl::Status Directory::State::Resume(std::string_view organisation, const Deed& deed, const AlsoWrite& also) {
  const auto resume = [](PartnerRow& row) -> absl::StatusOr<std::string> {
    std::vector<std::string> what;
    if (row.suspended) what.emplace_back("resumed");
    if (row.leaving) what.emplace_back(kStays);
    row.suspended = row.leaving = false;
    return absl::StrJoin(what, "; ");
  };
  return Alter(organisation, deed, resume, /*protects=*/false, also).status();
}

absl::StatusOr<PartnerPtr> Directory::State::SetAddress(std::string_view organisation, std::string_view address,
                                                        const Deed& deed) {
  if (!address.empty()) {
    if (absl::Status fine = CheckAddress(address); !fine.ok()) return fine;
  }
  return Alter(organisation, deed, [&](PartnerRow& row) -> absl::StatusOr<std::string> {
    if (row.address == address) return std::string();
    row.address = std::string(address);
    return address.empty() ? "no address is dialled any more"
                           : absl::StrCat("dialled at ", row.address, " from now on");
  });
}

absl::Status Directory::State::SetLeaving(std::string_view organisation, bool leaving, const Deed& deed) {
  return Alter(
             organisation, deed,
             [&](PartnerRow& row) -> absl::StatusOr<std::string> {
               if (row.leaving == leaving) return std::string();
               row.leaving = leaving;
               return std::string(leaving ? "to be removed: asked to give back what it holds" : kStays);
             },
             leaving)
      .status();
}

absl::Status Directory::State::Remove(std::string_view organisation, const std::string& what, const Deed& deed,
                                      const AlsoWrite& also) {
  {
    threads::MutexLock lock(write_mutex_);
    const std::shared_ptr<const Book> now = book();
    const auto known = now->rows.find(organisation);
    if (known == now->rows.end()) return UnknownPartner(*now, organisation);
    const std::string name = known->first;
    // If nobody compared the fingerprint, this may have been anybody, so its key verifies nothing.
    std::optional<FormerRow> former;
    if (known->second.confirmed_by_us) former = FormerRow{known->second.key_notice, deed.at_ms};
    if (absl::Status erased = Erase(organisation, {deed, name, what, true}, former, also); !erased.ok()) return erased;
    paces_.erase(name);
  }
  Tell();
  return absl::OkStatus();
}

absl::StatusOr<PairPsk> Directory::State::SendingPsk(std::string_view organisation, uint64_t now_ms) {
  const std::shared_ptr<const Book> now = book();
  const auto known = now->rows.find(organisation);
  if (known == now->rows.end()) return UnknownPartner(organisation);
  const uint64_t since = known->second.since_ms;
  const uint64_t days = now_ms > since ? (now_ms - since) / kDayMs : 0;
  threads::MutexLock lock(write_mutex_);
  absl::StatusOr<uint32_t> newest = secrets_.Newest(organisation);
  if (!newest.ok()) return newest.status();
  // If the clock jumped, do not throw away more of the chain than a partner could follow.
  const uint32_t epoch =
      static_cast<uint32_t>(std::clamp<uint64_t>(days, *newest, uint64_t{*newest} + kMaxPskEpochsAhead));
  if (absl::Status advanced = secrets_.Advance(organisation, epoch); !advanced.ok()) return advanced;
  return secrets_.At(organisation, epoch);
}

absl::Status Directory::State::AdvancePsk(std::string_view organisation, uint32_t epoch) {
  threads::MutexLock lock(write_mutex_);
  return secrets_.Advance(organisation, epoch);
}

}  // namespace tidegate::partner
