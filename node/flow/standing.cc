#include "node/flow/standing.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "crypto/bytes.h"
#include "node/feed/feed.h"
#include "node/flow/budget.h"

namespace tidegate::flow {
namespace {

constexpr std::string_view kStandingLabel = crypto::Label("TDGstd1");
constexpr std::string_view kOutboxLabel = crypto::Label("TDGout1");
constexpr std::string_view kWithheldOutboxLabel = crypto::Label("TDGout2");  // with what is under legal hold
constexpr uint64_t kNoNumber = uint64_t{1} << 56;  // no node has sent so many parcels: a damaged label looks like it

}  // namespace

std::string OutboxScope(const std::string& organisation) { return absl::StrCat("receipt/", organisation); }

absl::Status KeepReceipt(store::WriteTransaction& transaction, const std::string& organisation,
                         const crypto::Hash& manifest_hash, const parcel::SignedReceipt& receipt) {
  crypto::ByteWriter row;
  row.Raw(receipt.withheld.empty() ? kOutboxLabel : kWithheldOutboxLabel);
  row.Lp32(receipt.bytes).Raw(crypto::View(receipt.signature));
  if (!receipt.withheld.empty()) row.Lp32(receipt.withheld);
  return transaction.PutNamed(store::Named::kExchange, OutboxScope(organisation), crypto::View(manifest_hash),
                              row.view());
}

absl::StatusOr<parcel::SignedReceipt> KeptReceipt(std::string_view row) {
  crypto::ByteReader fields(row);
  // A row of an older version begins with the length of the receipt, which is never as large as the label.
  const bool withheld = row.starts_with(kWithheldOutboxLabel);
  if (withheld || row.starts_with(kOutboxLabel)) fields.Raw(kOutboxLabel.size());
  parcel::SignedReceipt receipt;
  receipt.bytes = std::string(fields.Lp32());
  const std::string_view signature = fields.Raw(receipt.signature.size());
  if (withheld) receipt.withheld = std::string(fields.Lp32());
  if (withheld && receipt.withheld.empty()) fields.Fail();
  if (!fields.Finish("receipt").ok()) {
    return absl::DataLossError("flow: a receipt waiting to be delivered cannot be read");
  }
  std::copy(signature.begin(), signature.end(), receipt.signature.begin());
  return receipt;
}

absl::Status DeleteReceipts(store::WriteTransaction& transaction, const std::string& organisation,
                            const std::vector<crypto::Hash>& manifest_hashes) {
  for (const crypto::Hash& hash : manifest_hashes) {
    auto deleted = transaction.DeleteNamed(store::Named::kExchange, OutboxScope(organisation), crypto::View(hash));
    if (!deleted.ok() && !absl::IsNotFound(deleted)) return deleted;
  }
  return absl::OkStatus();
}

absl::StatusOr<Standing> Standing::Load(const store::Reader& reader, const std::string& organisation) {
  auto bytes = reader.GetNamed(store::Named::kCursor, "in", organisation);
  // Where it is damaged the sender begins from the start: what is held already is known by its leaf.
  if (absl::IsNotFound(bytes.status()) || store::Damaged(bytes.status())) return Standing();
  if (!bytes.ok()) return bytes.status();
  crypto::ByteReader fields(*bytes);
  // A row of an older version begins with the number, which is never as large as the label.
  const bool labelled = bytes->starts_with(kStandingLabel);
  if (labelled) fields.Raw(kStandingLabel.size());
  Standing standing;
  standing.last_seq = fields.U64();
  if (!labelled && standing.last_seq >= kNoNumber) fields.Fail();
  standing.cursor = std::string(fields.Lp32());
  return fields.Finish("cursor").ok() ? standing : Standing();
}

absl::Status Standing::Save(store::WriteTransaction& transaction, const std::string& organisation) const {
  crypto::ByteWriter writer;
  writer.Raw(kStandingLabel).U64(last_seq).Lp32(cursor);
  return transaction.PutNamed(store::Named::kCursor, "in", organisation, writer.view());
}

absl::Status ForgetLine(store::WriteTransaction& transaction, const std::string& organisation) {
  const std::pair<store::Named, std::string> scopes[] = {{store::Named::kExchange, OutboxScope(organisation)},
                                                         {store::Named::kExchange, feed::SentScope(organisation)},
                                                         {store::Named::kFrontier, feed::NextScope(organisation)},
                                                         {store::Named::kCheckpointSeen, organisation}};
  for (const auto& [table, scope] : scopes) {
    if (auto deleted = transaction.DeleteScope(table, scope); !deleted.ok()) return deleted;
  }
  // The list of what the partner was asked to erase stays (LEDGER.md, "Indices"): it may still hold that after it is
  // gone.
  for (const auto& [table, scope] : {std::pair{store::Named::kCursor, "in"}, {store::Named::kExchange, kUsedScope}}) {
    auto forgotten = transaction.DeleteNamed(table, scope, organisation);
    if (!forgotten.ok() && !absl::IsNotFound(forgotten)) return forgotten;
  }
  return absl::OkStatus();
}

}  // namespace tidegate::flow
