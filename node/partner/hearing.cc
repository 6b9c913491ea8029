// When nodes meet, a partner says something about itself. This file decides which part of it we take.
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "node/partner/directory.h"
#include "threads/threads.h"

namespace tidegate::partner {
namespace {

constexpr uint64_t kHourMs = uint64_t{3600} * 1000;

// A notice may never change who the partner is, nor what it says it is. No policy reads the latter, but if a partner
// suddenly calls itself something else, people should talk to it.
absl::Status CheckUnchanged(const KeyNotice& before, const KeyNotice& after) {
  if (after.governance_key != before.governance_key || after.names != before.names || after.log_key != before.log_key) {
    return absl::PermissionDeniedError("partner: a key notice is not of the pinned governance key and log");
  }
  if (after.sector != before.sector || after.country != before.country) {
    return absl::PermissionDeniedError(absl::StrCat(
        "partner: a key notice changes what `", before.names.organisation, "` calls itself, from ", before.sector, ", ",
        before.country, " to ", after.sector, ", ", after.country, "; speak with them, and pair again if it is right"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> Directory::State::TakeNotices(const Heard& heard, const Partner& known,
                                                          PartnerRow& row) const {
  std::vector<std::string> taken;
  KeyNotice keys = known.keys;
  if (!heard.key_notice.empty() && heard.key_notice != row.key_notice.Encode()) {
    absl::StatusOr<SignedNotice> notice = SignedNotice::Decode(heard.key_notice);
    if (!notice.ok()) return notice.status();
    absl::StatusOr<KeyNotice> read = ReadKeyNotice(*notice);
    if (!read.ok()) return read.status();
    if (absl::Status same = CheckUnchanged(known.keys, *read); !same.ok()) return same;
    if (read->version > known.keys.version) {
      if (read->version != known.keys.version + 1 || read->previous != crypto::HashOf({row.key_notice.bytes})) {
        return absl::FailedPreconditionError("partner: a key notice does not follow the one we know");
      }
      const std::shared_ptr<const Book> now = book();
      const auto holder = now->by_tls.find(read->tls_spki);
      if (holder != now->by_tls.end() && holder->second->organisation != known.organisation) {
        return absl::PermissionDeniedError("partner: a key notice shows another partner's TLS key");
      }
      row.key_notice = *std::move(notice);
      keys = *std::move(read);
      taken.push_back(absl::StrCat("its key notice ", keys.version, " taken"));
    }
  }
  if (!heard.kem_notice.empty() && heard.kem_notice != row.kem_notice.Encode()) {
    absl::StatusOr<SignedNotice> notice = SignedNotice::Decode(heard.kem_notice);
    if (!notice.ok()) return notice.status();
    absl::StatusOr<KemNotice> kem = ReadKemNotice(*notice, keys);
    if (!kem.ok()) return kem.status();
    if (kem->created_ms > known.kem.created_ms) {
      row.kem_notice = *std::move(notice);
      taken.push_back("its new KEM key taken");
    }
  }
  return absl::StrJoin(taken, "; ");
}

absl::Status Directory::State::CheckProof(const Heard& heard, const PartnerRow& known, uint64_t now_ms) {
  if (!known.their_proof.has_value() || heard.proof.empty()) return absl::OkStatus();  // version 0.1 shows none
  if (crypto::ConstantTimeEqual(heard.proof, crypto::View(*known.their_proof))) return absl::OkStatus();
  PartnerRow row = known;
  row.mismatched = true;
  // An active pairing carries on: this proof is of another pairing, and by it they can harm nobody but themselves.
  if (!EverActive(known) && !known.mismatched) {
    absl::StatusOr<PartnerPtr> put = Put(std::move(row), {.at_ms = now_ms}, "the pair secrets differ: pairing failed");
    if (!put.ok()) return put.status();
  }
  return absl::PermissionDeniedError(
      "partner: they have come to another pair secret than we, so one side took another letter; `tidegate partner "
      "cancel` on both sides, then invite again");
}

absl::Status Directory::State::Paced(std::string_view organisation, uint64_t now_ms) {
  Pace& pace = paces_[std::string(organisation)];
  if (now_ms >= pace.since_ms + kHourMs || now_ms < pace.since_ms) pace = {now_ms, 0};
  if (pace.changes >= kMaxChangesHeardAnHour) {
    return absl::ResourceExhaustedError("partner: too many changes of its keys and address within an hour");
  }
  ++pace.changes;
  return absl::OkStatus();
}

absl::StatusOr<PartnerPtr> Directory::State::Hear(std::string_view organisation, const Heard& heard, uint64_t now_ms) {
  if (!heard.address.empty()) {
    if (absl::Status fine = CheckAddress(heard.address); !fine.ok()) return fine;
  }
  absl::StatusOr<PartnerPtr> partner;
  absl::Status proved;
  const uint64_t before_hearing = generation();
  {
    threads::MutexLock lock(write_mutex_);
    const std::shared_ptr<const Book> now = book();
    const auto known = now->rows.find(organisation);
    if (known == now->rows.end()) return UnknownPartner(organisation);
    const PartnerPtr before = now->partners.find(organisation)->second;
    proved = CheckProof(heard, known->second, now_ms);
    if (proved.ok()) {
      PartnerRow row = known->second;
      absl::StatusOr<std::string> notices = TakeNotices(heard, *before, row);
      if (!notices.ok()) return notices.status();
      std::vector<std::string> told;
      if (!notices->empty()) told.push_back(*notices);
      // We take the address that they name once we have confirmed them, and only when they name a new one. So the
      // address that our administrator set holds until they move.
      if (row.confirmed_by_us && !heard.address.empty() && heard.address != row.claimed_address) {
        told.push_back(absl::StrCat("says that it is at ", heard.address, " now"));
        row.address = row.claimed_address = heard.address;
      }
      if (!told.empty()) {
        if (absl::Status paced = Paced(organisation, now_ms); !paced.ok()) return paced;
      }
      if (heard.confirmed && !row.confirmed_by_them) told.push_back("has confirmed us");
      const bool taken = heard.reply_taken && !row.reply.empty();
      if (told.empty() && !taken && !row.mismatched) return before;
      row.confirmed_by_them = row.confirmed_by_them || heard.confirmed;
      row.mismatched = false;
      if (taken) row.reply.clear();
      partner = Put(std::move(row), {.at_ms = now_ms}, absl::StrJoin(told, "; "));
      if (partner.ok() && taken) {
        if (absl::Status forgotten = secrets_.ForgetLetter(organisation); !forgotten.ok()) return forgotten;
      }
    }
  }
  if (generation() != before_hearing) Tell();
  if (!proved.ok()) return proved;
  return partner;
}

}  // namespace tidegate::partner
