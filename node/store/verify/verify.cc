#include "node/store/verify/verify.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "crypto/secret.h"
#include "node/record/index_terms.h"
#include "node/store/verify/run.h"

namespace tidegate::verify {

void PairSum::Add(const Digest& digest) {
  uint64_t low = 0, high = 0;
  for (size_t i = 0; i < 8; ++i) {
    low = low << 8 | digest[i];
    high = high << 8 | digest[8 + i];
  }
  low_ += low;
  high_ += high + (low_ < low ? 1 : 0);
  ++count_;
}

bool DecodeArrival(std::string_view plain, ArrivalRow& row) {
  Fields in(plain);
  if (in.Fixed(1) != 1) return false;
  row.event = static_cast<uint8_t>(in.Fixed(1));
  row.at_ms = in.Number();
  if (row.event > 8) return false;
  if (!row.is_record()) {
    row.subject = in.Number();
    return in.ok();
  }
  const uint64_t flags = in.Fixed(1);
  row.own = flags & 1;
  row.erased = flags & 2;
  row.superseded = flags & 4;
  row.forked = flags & 8;
  row.final = flags & 16;
  row.label = static_cast<uint32_t>(in.Number());
  row.origin = static_cast<uint32_t>(in.Number());
  row.log_index = in.Number();
  row.proof = in.Number();
  const uint64_t claims = in.Number();
  if (claims > in.remaining()) in.Fail();
  for (uint64_t i = 0; in.ok() && i < claims; ++i) {
    ClaimRow claim;
    claim.giver = static_cast<uint32_t>(in.Number());
    const uint64_t openings = in.Number();
    if (openings > in.remaining()) in.Fail();
    for (uint64_t j = 0; in.ok() && j < openings; ++j) {
      const auto slot = static_cast<uint16_t>(in.Number());
      claim.openings.push_back({slot, static_cast<uint8_t>(in.Fixed(1))});
    }
    row.claims.push_back(std::move(claim));
  }
  row.local = in.Bytes();
  row.view = in.Rest();
  return in.ok() && flags < 32;
}

Run::Run(Disk& disk_in, const Options& options_in)
    : disk(disk_in),
      options(options_in),
      index(disk_in),
      author_log(disk_in, kLogTile, "author log"),
      register_log(disk_in, kRegisterTile, "register log"),
      pair_key(crypto::Random(32)) {}

std::optional<std::string> Run::Interned(uint8_t what, uint32_t id, const std::string& where) {
  const auto key = std::pair(what, id);
  if (auto found = interned_.find(key); found != interned_.end()) return found->second;
  const std::string name = BigEndian(what, 1) + BigEndian(id, 4);
  std::optional<std::string_view> sealed = disk.Raw("labels", name);
  if (!sealed.has_value()) {
    disk.Found("labels", where, absl::StrCat("names the string ", what, "/", id, ", which is missing"));
    return std::nullopt;
  }
  std::optional<std::string> plain = disk.Unseal("labels", name, *sealed, absl::StrCat("string ", what, "/", id));
  if (!plain.has_value()) return std::nullopt;
  if (interned_.size() > 16384) interned_.clear();
  interned_[key] = *plain;
  return plain;
}

uint32_t Run::NumberOf(uint8_t what, std::string_view bytes) {
  const std::string key =
      BigEndian(0x80u | what, 1) + std::string(crypto::View(disk.vault().BlindTerm(kInternBlind + what, bytes)));
  std::optional<std::string_view> number = disk.Raw("labels", key);
  return number.has_value() ? static_cast<uint32_t>(Fields(*number).Fixed(4)) : 0;
}

Digest Run::DigestOf(const vault::BlindTermBytes& term, uint64_t number) const {
  return crypto::Blake2b128(pair_key, {crypto::View(term), BigEndian(number)});
}

vault::BlindTermBytes Run::IndexTerm(uint16_t slot, std::string_view text) const {
  vault::BlindTermBytes term = disk.vault().BlindTerm(slot, text);
  const bool name = slot == kRecordBlind || slot == record::kSourceTerm;
  term[0] = static_cast<uint8_t>((term[0] & 0x7f) | (name ? 0x80 : 0));
  return term;
}

std::array<vault::BlindTermBytes, 2> Run::NamesOf(const crypto::Hash& leaf, const record::RecordId& id) const {
  return {IndexTerm(kLeafBlind, crypto::View(leaf)), IndexTerm(kRecordBlind, crypto::View(id))};
}

std::vector<vault::BlindTermBytes> Run::TermsOf(const ArrivalRow& row, const record::VerifiedView& view,
                                                std::string_view origin, const record::LocalFacts& local) {
  std::vector<std::string> givers;
  for (const ClaimRow& claim : row.claims) {
    std::optional<std::string> giver = Interned(kParties, claim.giver, "a claim");
    if (giver.has_value()) givers.push_back(*std::move(giver));
  }
  std::vector<vault::BlindTermBytes> terms;
  for (const record::Term& term : record::IndexTermsOf({view, local, row.at_ms, row.own, row.forked, givers})) {
    terms.push_back(IndexTerm(term.slot, term.text));
  }
  terms.push_back(IndexTerm(kOriginBlind, origin));
  terms.push_back(IndexTerm(kLabelBlind, label::EncodeLabel(record::LabelOf(view, local, origin, row.own))));
  std::sort(terms.begin(), terms.end());
  terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
  return terms;
}

absl::StatusOr<Report> Verify(const std::string& folder, const vault::Vault& vault, const Options& options) {
  absl::StatusOr<std::unique_ptr<Disk>> disk = Disk::Open(folder, vault, options.pinned);
  if (!disk.ok()) return disk.status();
  if ((*disk)->altered()) return std::move((*disk)->report());
  Run run(**disk, options);
  CheckMeta(run);
  run.index.Load();
  CheckLogs(run);
  CheckArrivals(run);
  CheckKin(run);
  CheckPostings(run);
  CheckCounts(run);
  CheckStrings(run);
  CheckProofs(run);
  CheckNamed(run);
  CheckRegister(run);
  return std::move((*disk)->report());
}

}  // namespace tidegate::verify
