// Writes one row into the store of a node that is not serving, as an earlier version with fewer rules wrote it. Then
// makes the node forget that this version has looked through the store. Prints the record's id.
//   old_record DIR report ID TITLE        under an id of the caller's choice: a twin of somebody else's
//   old_record DIR sighting SUBJECT TLP   of that record, marked as told, whatever the subject's marking
//   old_record DIR covert TITLE           its signed handling names a circle
//   old_record DIR partner NAME           the partner as version 0.1 kept it, by whose own word policies decided
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "crypto/bytes.h"
#include "crypto/secret.h"
#include "node/flow/flow.h"
#include "node/node.h"
#include "node/open.h"
#include "tests/e2e/need.h"

namespace tidegate {
namespace {

record::Draft DraftFor(const store::Store& store, const std::vector<std::string>& words) {
  record::Draft draft = Need(record::Draft::Create(words[1] == "sighting" ? "sighting" : "report"), "kind");
  Need(draft.handling.Set("purposes", "prevention"), "purpose");
  Need(draft.handling.Set("legal_basis", "gdpr-6-1-f"), "legal basis");
  if (words[1] == "sighting") {
    auto snapshot = Need(store.Read(), "store");
    const auto subject = Need(snapshot->FindById(Need(record::ParseRecordId(words[2]), "id")), "subject");
    draft.local.named_recipients = {Need(snapshot->GetRecord(subject), "subject").origin};
    Need(draft.SetField("reference", words[2]), "reference");
    Need(draft.SetField("outcome", "known"), "outcome");
    Need(draft.handling.Set("tlp", words[3]), "tlp");
    return draft;
  }
  Need(draft.SetField("title", words.back()), "title");
  Need(draft.handling.Set("tlp", "GREEN"), "tlp");
  if (words[1] == "covert") {
    draft.handling.handling_code = "C";
    draft.handling.conditions = {"circle:quiet"};
  }
  return draft;
}

// From a row `TDGptn3` to what version 0.1 wrote: `TDGptn1`, or `TDGptn2` where legal bases are agreed
// (node/partner/PARTNER.md, "At rest").
absl::Status MakePartnerOld(store::Store& store, const std::string& name) {
  return store.Write([&](store::WriteTransaction& transaction) -> absl::Status {
    auto bytes = transaction.GetNamed(store::Named::kPartner, "partners", name);
    if (!bytes.ok()) return bytes.status();
    constexpr uint8_t kOldFlags = 15;
    crypto::ByteReader in(*bytes);
    crypto::ByteWriter out(1024);
    in.Raw(8);
    out.Lp16(in.Lp16()).Lp16(in.Lp16()).Lp16(in.Lp16());
    in.Lp16();  // claimed address
    out.Lp16(in.Lp16()).Lp16(in.Lp16()).U8(in.U8() & kOldFlags).U64(in.U64());
    in.Lp8();  // sector
    in.Lp8();  // country
    bool with_bases = false;
    for (const bool bases : {false, true}) {
      const uint16_t count = in.U16();
      with_bases = bases && count > 0;
      if (!bases || with_bases) out.U16(count);
      for (uint16_t i = 0; i < count; ++i) out.Lp8(in.Lp8());
    }
    in.Lp8();  // both proofs
    in.Lp8();
    if (auto read = in.Finish("partner"); !read.ok()) return read;
    const std::string row = std::string(crypto::Label(with_bases ? "TDGptn2" : "TDGptn1")) + out.Take();
    return transaction.PutNamed(store::Named::kPartner, "partners", name, row);
  });
}

int Write(const std::vector<std::string>& words) {
  const std::string& directory = words[0];
  const node::Config config = Need(node::LoadConfig(directory), "config");
  auto vault = Need(vault::Vault::Open(node::KeyringPath(directory),
                                       Need(node::OpenMasterKey({}, config, node::Passphrase::kInUse), "key")),
                    "vault");
  const auto identity = Need(partner::Identity::Load(*vault), "identity");
  auto store = Need(store::Store::Open(node::StorePath(directory), *vault), "store");
  if (words[1] == "partner") {
    Need(MakePartnerOld(*store, words[2]), "partner");
    store->Close();
    return 0;
  }
  auto log = Need(ledger::AuthorLog::Open(*store, identity->names().Log(node::kLogEpoch), identity->log_key()), "log");
  const auto seed = Need(vault->GetSecret(node::kRegisterKey), "register key");
  const auto key = Need(crypto::SigningKey::FromSeed(seed.Expose()), "register key");
  auto disclosures = Need(ledger::Register::Open(*store, identity->names().Register(node::kLogEpoch), key), "register");
  const flow::Continuity continuity(*store, *log, &NowMs);
  flow::OwnRecords own(*store, *log, *disclosures, *identity, continuity, &NowMs);

  record::Draft draft = DraftFor(*store, words);
  flow::Chance chance;
  flow::Draw({&chance, 1});
  record::CommitContext context;
  context.author_fpr = identity->log_fingerprint();
  context.record_id = words[1] == "report" ? Need(record::ParseRecordId(words[2]), "id") : chance.id;
  context.created_ms = NowMs();
  const record::LocalFacts local = draft.local;
  Need(own.Store({Need(record::Commit(std::move(draft), context, chance.seed), "record"), local}, {}).status(),
       "store");
  const absl::Status forgotten = store->Write([](store::WriteTransaction& transaction) {
    return transaction.DeleteNamed(store::Named::kSetting, "leftovers", "way");
  });
  if (!absl::IsNotFound(forgotten)) Need(forgotten, "leftovers");
  std::cout << record::FormatRecordId(context.record_id) << "\n";
  store->Close();
  return 0;
}

}  // namespace
}  // namespace tidegate

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  const bool report = words.size() == 4 && words[1] == "report", sighting = words.size() == 4 && words[1] == "sighting";
  if (!report && !sighting && !(words.size() == 3 && (words[1] == "covert" || words[1] == "partner"))) {
    std::cerr << "old_record DIR report ID TITLE | sighting SUBJECT TLP | covert TITLE | partner NAME\n";
    return 2;
  }
  if (auto status = tidegate::crypto::InitialiseCrypto(); !status.ok()) return 2;
  return tidegate::Write(words);
}
