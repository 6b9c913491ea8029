#include "node/flow/proposal.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "crypto/bytes.h"
#include "crypto/hash.h"

namespace tidegate::flow {
namespace {

constexpr std::string_view kWordLabel = crypto::Label("TDGgpr1");
constexpr std::string_view kProposalLabel = crypto::Label("TDGgpr2");
constexpr char kProposalScope[] = "proposals";
// Which facts a confirmation states. The other facts stay as they are.
constexpr uint8_t kStatesSector = 1, kStatesCountry = 2, kStatesPurposes = 4, kStatesBases = 8, kAllFacts = 15;

std::string ProposalItem(const policy::Digest& digest) {
  return absl::BytesToHexString(std::string(crypto::View(digest)));
}

void Write(crypto::ByteWriter& out, const std::vector<std::string>& names) {
  out.U16(static_cast<uint16_t>(names.size()));
  for (const std::string& name : names) out.Lp8(name);
}

std::vector<std::string> ReadNames(crypto::ByteReader& in) {
  std::vector<std::string> names(in.U16());
  for (std::string& name : names) name = std::string(in.Lp8());
  return names;
}

void Write(crypto::ByteWriter& out, const partner::Facts& facts) {
  out.U8(static_cast<uint8_t>((facts.sector ? kStatesSector : 0) | (facts.country ? kStatesCountry : 0) |
                              (facts.purposes ? kStatesPurposes : 0) | (facts.legal_bases ? kStatesBases : 0)));
  if (facts.sector) out.Lp8(*facts.sector);
  if (facts.country) out.Lp8(*facts.country);
  if (facts.purposes) Write(out, *facts.purposes);
  if (facts.legal_bases) Write(out, *facts.legal_bases);
}

partner::Facts FactsFrom(crypto::ByteReader& in) {
  partner::Facts facts;
  const uint8_t stated = in.U8();
  if (stated > kAllFacts) in.Fail();
  if ((stated & kStatesSector) != 0) facts.sector = std::string(in.Lp8());
  if ((stated & kStatesCountry) != 0) facts.country = std::string(in.Lp8());
  if ((stated & kStatesPurposes) != 0) facts.purposes = ReadNames(in);
  if ((stated & kStatesBases) != 0) facts.legal_bases = ReadNames(in);
  return facts;
}

std::string NamesOrNone(const std::vector<std::string>& words) {
  return words.empty() ? "none" : absl::StrJoin(words, ", ");
}

std::string FactOrUnset(const std::string& word) { return word.empty() ? "unset" : word; }

}  // namespace

std::string Proposal::InWords() const {
  if (kind == ProposalKind::kCircle) return absl::StrCat("put into the circle `", circle, "`");
  if (kind == ProposalKind::kLeaveCircle) return absl::StrCat("take out of the circle `", circle, "`");
  if (kind == ProposalKind::kResume) return "resume";
  std::string words = "confirm";
  if (facts.sector) absl::StrAppend(&words, "; sector: ", FactOrUnset(*facts.sector));
  if (facts.country) absl::StrAppend(&words, "; country: ", FactOrUnset(*facts.country));
  if (facts.purposes) absl::StrAppend(&words, "; agreed purposes: ", NamesOrNone(*facts.purposes));
  if (facts.legal_bases) absl::StrAppend(&words, "; agreed legal bases: ", NamesOrNone(*facts.legal_bases));
  return words;
}

std::string EncodeFirstWord(const FirstWord& word) {
  crypto::ByteWriter out(512);
  out.Raw(word.proposal ? kProposalLabel : kWordLabel).U64(word.deed.at_ms).Lp16(word.deed.user).Lp16(word.deed.reason);
  if (!word.proposal) return out.Take();
  const Proposal& proposal = *word.proposal;
  out.Lp16(proposal.organisation)
      .U8(static_cast<uint8_t>(proposal.kind))
      .Lp16(proposal.fingerprint)
      .Lp16(proposal.circle);
  Write(out, proposal.facts);
  return out.Take();
}

absl::StatusOr<FirstWord> DecodeFirstWord(std::string_view bytes) {
  crypto::ByteReader in(bytes);
  const std::string_view label = in.Raw(kProposalLabel.size());
  if (label != kProposalLabel && label != kWordLabel) in.Fail();
  FirstWord word;
  word.deed.at_ms = in.U64();
  word.deed.user = std::string(in.Lp16());
  word.deed.reason = std::string(in.Lp16());
  if (label == kProposalLabel) {
    Proposal& proposal = word.proposal.emplace();
    proposal.organisation = std::string(in.Lp16());
    const uint8_t kind = in.U8();
    if (kind < 1 || kind > 4) in.Fail();
    proposal.kind = static_cast<ProposalKind>(kind);
    proposal.fingerprint = std::string(in.Lp16());
    proposal.circle = std::string(in.Lp16());
    proposal.facts = FactsFrom(in);
  }
  if (absl::Status read = in.Finish("proposal"); !read.ok()) return read;
  return word;
}

namespace {

// Somebody can still withdraw a row that cannot be read, but nobody can approve it.
FirstWord WordFrom(std::string_view bytes, const policy::Digest& digest) {
  absl::StatusOr<FirstWord> word = DecodeFirstWord(bytes);
  if (!word.ok()) word = FirstWord{{}, {.user = "somebody (the row cannot be read)"}, std::nullopt};
  word->digest = digest;
  return *std::move(word);
}

}  // namespace

absl::StatusOr<std::vector<FirstWord>> FirstWords(const store::Reader& reader) {
  std::vector<FirstWord> words;
  store::Damage damage;  // such a row names no plan: what it said has to be said again
  absl::Status read = reader.ForEachNamed(store::Named::kPartner, kProposalScope, damage, [&](auto item, auto bytes) {
    auto digest = crypto::HashFrom(absl::HexStringToBytes(absl::string_view(item.data(), item.size())));
    if (digest.ok()) words.push_back(WordFrom(bytes, *digest));
    return true;
  });
  if (!read.ok()) return read;
  std::sort(words.begin(), words.end(), [](const FirstWord& a, const FirstWord& b) {
    return a.deed.at_ms != b.deed.at_ms ? a.deed.at_ms < b.deed.at_ms : a.digest < b.digest;
  });
  return words;
}

absl::Status KeepFirstWord(store::WriteTransaction& transaction, const FirstWord& word) {
  auto waiting = FirstWords(transaction);
  if (!waiting.ok()) return waiting.status();
  if (waiting->size() >= kMostProposals) {
    if (auto gone = ForgetFirstWord(transaction, waiting->front().digest); !gone.ok()) return gone;
  }
  return transaction.PutNamed(store::Named::kPartner, kProposalScope, ProposalItem(word.digest), EncodeFirstWord(word));
}

absl::StatusOr<FirstWord> FirstWordFor(const store::Reader& reader, const policy::Digest& digest) {
  auto bytes = reader.GetNamed(store::Named::kPartner, kProposalScope, ProposalItem(digest));
  if (!bytes.ok()) return bytes.status();
  return WordFrom(*bytes, digest);
}

absl::Status ForgetFirstWord(store::WriteTransaction& transaction, const policy::Digest& digest) {
  return transaction.DeleteNamed(store::Named::kPartner, kProposalScope, ProposalItem(digest));
}

}  // namespace tidegate::flow
