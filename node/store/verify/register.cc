// The register's entries against its log, and its indices against the entries.
#include <set>

#include "absl/strings/str_cat.h"
#include "crypto/merkle/merkle.h"
#include "node/store/verify/run.h"

namespace tidegate::verify {
namespace {

constexpr uint64_t kBlock = 4096;
constexpr uint64_t kErasedAnswer = 3;

std::string Text(Fields& in) { return std::string(in.Take(in.Fixed(2))); }

class RegisterPass {
 public:
  explicit RegisterPass(Run& run) : run_(run), disk_(run.disk) {}

  void Entries();
  void Parcels();
  void Disclosures();

 private:
  struct Parcel {
    uint64_t intent = 0;
    uint64_t at_ms = 0;
    bool notices = false;
    std::optional<uint64_t> manifest, receipt;
    uint64_t answer = 0, receipts = 0;
    bool partly = false;
    std::array<uint64_t, 3> onward{};
  };

  void Entry(uint64_t index, std::string_view bytes);
  void Intent(uint64_t index, Fields in);
  std::string ParcelKey(std::string_view partner, uint64_t parcel) const {
    const vault::BlindTermBytes blind = disk_.vault().BlindTerm(kOrderedBlind | kParcel, partner);
    return BigEndian(kParcel, 1) + std::string(crypto::View(blind)) + BigEndian(parcel);
  }

  Run& run_;
  Disk& disk_;
  std::map<std::string, Parcel> parcels_;             // by key
  std::map<std::string, std::set<uint64_t>> blocks_;  // offsets by key
};

void RegisterPass::Entries() {
  uint64_t expected = 0;
  disk_.ForEach("ordered", BigEndian(kRegisterEntry, 1), [&](std::string_view key, std::string_view sealed) {
    Fields name(After(key, 1));
    const uint64_t index = name.Fixed(8);
    const std::string where = absl::StrCat("entry ", index);
    if (!name.done() || index != expected) {
      disk_.Found("register", absl::StrCat("entry ", expected), absl::StrCat("is missing: ", index, " comes next"));
    }
    expected = index + 1;
    ++disk_.report().register_entries;
    std::optional<std::string> plain = disk_.Unseal("ordered", key, sealed, "register " + where);
    if (!plain.has_value()) return true;
    std::optional<crypto::Hash> leaf = run_.register_log.Leaf(index);
    if (!leaf.has_value() || *leaf != merkle::LeafHash(*plain)) {
      disk_.Found("register", where, "is not the leaf of the register's log");
    }
    Entry(index, *plain);
    return true;
  });
  if (expected != run_.register_log.size()) {
    disk_.Found("register", absl::StrCat("entry ", expected),
                absl::StrCat("the log has ", run_.register_log.size(), " leaves and there are ", expected, " entries"));
  }
}

void RegisterPass::Entry(uint64_t index, std::string_view bytes) {
  Fields in(bytes);
  const std::string_view label = in.Take(8).substr(0, 7);
  if (label == "TDGlin1") return Intent(index, in);
  if (label == "TDGlma1" || label == "TDGlre1" || label == "TDGlre2" || label == "TDGlre3") {
    in.Fixed(8);
    const std::string partner = Text(in);
    const uint64_t number = in.Fixed(8);
    auto parcel = parcels_.find(ParcelKey(partner, number));
    if (!in.ok() || parcel == parcels_.end()) {
      disk_.Found("register", absl::StrCat("entry ", index), "is about a parcel that was never intended");
      return;
    }
    if (label == "TDGlma1") {
      parcel->second.manifest = index;
      return;
    }
    parcel->second.receipt = index;
    ++parcel->second.receipts;
    parcel->second.answer = in.Fixed(1);
    in.Take(in.Fixed(4));
    in.Take(in.Fixed(2));
    for (uint64_t& count : parcel->second.onward) count = in.Fixed(8);
    parcel->second.partly = false;
    if (label == "TDGlre2" || label == "TDGlre3") {
      const uint64_t erased = in.Fixed(4);
      in.Take(2 * erased);
      const uint64_t refused = in.Fixed(4);
      in.Take(2 * refused);
      const uint64_t withheld = label == "TDGlre3" ? in.Fixed(4) : 0;
      in.Take(2 * withheld);
      parcel->second.partly = refused > 0 || withheld > 0 || (erased > 0 && parcel->second.answer != kErasedAnswer);
    }
    if (!in.done()) disk_.Found("register", absl::StrCat("entry ", index), "is damaged");
    return;
  }
  for (std::string_view known : {"TDGlac1", "TDGlac2", "TDGlch1", "TDGlch2", "TDGlpo1", "TDGlpo2", "TDGlpp1", "TDGlpp2",
                                 "TDGlpw1", "TDGlpa1", "TDGlpa2", "TDGlrf1", "TDGlrf2", "TDGlkp1", "TDGlex1"}) {
    if (label == known) return;
  }
  disk_.Found("register", absl::StrCat("entry ", index), "has no label that LEDGER.md knows");
}

void RegisterPass::Intent(uint64_t index, Fields in) {
  const std::string where = absl::StrCat("entry ", index);
  Parcel parcel;
  parcel.intent = index;
  parcel.at_ms = in.Fixed(8);
  const std::string partner = Text(in);
  const uint64_t number = in.Fixed(8);
  in.Take(32);
  Text(in);
  const uint64_t patterns = in.Fixed(2);
  for (uint64_t i = 0; in.ok() && i < patterns; ++i) Text(in);
  const uint64_t records = in.Fixed(4);
  const vault::BlindTermBytes blind = disk_.vault().BlindTerm(kOrderedBlind | kDisclosure, partner);
  for (uint64_t i = 0; in.ok() && i < records; ++i) {
    const uint64_t seq = in.Fixed(8);
    const std::string leaf(in.Take(32));
    parcel.notices |= in.Fixed(1) == 1;
    in.Fixed(2);
    if (run_.index.Arrivals(run_.IndexTerm(kLeafBlind, leaf)) != std::vector<uint64_t>{seq}) {
      disk_.Found("register", where, absl::StrCat("names arrival ", seq, " under a leaf that is not its own"));
    }
    const std::string key =
        BigEndian(kDisclosure, 1) + std::string(crypto::View(blind)) + BigEndian(seq / kBlock) + BigEndian(index);
    blocks_[key].insert(seq % kBlock);
  }
  if (!in.done()) disk_.Found("register", where, "is damaged");
  if (!parcels_.emplace(ParcelKey(partner, number), parcel).second) {
    disk_.Found("register", where, "intends a parcel a second time");
  }
}

void RegisterPass::Parcels() {
  disk_.ForEach("ordered", BigEndian(kParcel, 1), [&](std::string_view key, std::string_view sealed) {
    const std::string where = absl::StrCat("parcel ", Hex(After(key, 1)));
    auto expected = parcels_.find(std::string(key));
    std::optional<std::string> plain = disk_.Unseal("ordered", key, sealed, where);
    if (expected == parcels_.end()) {
      disk_.Found("parcels", where, "is in the index and not in the register");
      return true;
    }
    const Parcel parcel = expected->second;
    parcels_.erase(expected);
    if (!plain.has_value()) return true;
    Fields in(*plain);
    const bool labelled = plain->starts_with(std::string_view("TDGpar1\0", 8));
    if (labelled) in.Take(8);
    Text(in);
    in.Fixed(8);
    Parcel stored;
    stored.intent = in.Fixed(8);
    stored.at_ms = in.Fixed(8);
    const uint64_t flags = in.Fixed(1);
    stored.notices = flags & 1;
    if (flags & 2) stored.manifest = in.Fixed(8);
    if (flags & 4) {
      stored.receipt = in.Fixed(8);
      stored.answer = in.Fixed(1);
      for (uint64_t& count : stored.onward) count = in.Fixed(8);
      // Rows of version 0.1 do not count an only one.
      stored.receipts = labelled || in.remaining() > 0 ? in.Fixed(1) : parcel.receipts;
    }
    stored.partly = flags & 8;
    const bool same = in.done() && stored.intent == parcel.intent && stored.at_ms == parcel.at_ms &&
                      stored.notices == parcel.notices && stored.manifest == parcel.manifest &&
                      stored.receipt == parcel.receipt && stored.answer == parcel.answer &&
                      stored.receipts == parcel.receipts && stored.partly == parcel.partly &&
                      stored.onward == parcel.onward;
    if (!same) disk_.Found("parcels", where, "does not agree with the register");
    return true;
  });
  for (const auto& [key, parcel] : parcels_) {
    disk_.Found("parcels", absl::StrCat("entry ", parcel.intent), "its parcel is missing from the index");
  }
}

void RegisterPass::Disclosures() {
  disk_.ForEach("ordered", BigEndian(kDisclosure, 1), [&](std::string_view key, std::string_view sealed) {
    const std::string where = absl::StrCat("disclosure ", Hex(After(key, 1)));
    std::optional<std::string> plain = disk_.Unseal("ordered", key, sealed, where);
    auto expected = blocks_.find(std::string(key));
    if (expected == blocks_.end()) {
      disk_.Found("disclosures", where, "is in the index and not in the register");
      return true;
    }
    std::string offsets;
    for (uint64_t offset : expected->second) offsets += BigEndian(offset, 2);
    const bool same = plain.has_value() && (*plain == std::string("TDGdsc1\0", 8) + offsets || *plain == offsets);
    if (plain.has_value() && !same) disk_.Found("disclosures", where, "does not agree with the register");
    blocks_.erase(expected);
    return true;
  });
  for (const auto& [key, offsets] : blocks_) {
    disk_.Found("disclosures", Hex(After(key, 1)), "is missing from the index");
  }
}

// Other rooms' ordered values need only open.
void CheckOthers(Run& run) {
  run.disk.ForEach("ordered", "", [&](std::string_view key, std::string_view sealed) {
    const auto table = key.empty() ? uint8_t{0} : static_cast<uint8_t>(key.front());
    if ((table > kParcel && table != kKin) || table == 0) {
      run.disk.Unseal("ordered", key, sealed, absl::StrCat("table ", table, " entry ", Hex(After(key, 1))));
    }
    return true;
  });
}

}  // namespace

void CheckRegister(Run& run) {
  RegisterPass pass(run);
  pass.Entries();
  pass.Parcels();
  pass.Disclosures();
  CheckOthers(run);
}

}  // namespace tidegate::verify
