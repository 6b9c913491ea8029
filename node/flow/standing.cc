#include "node/flow/standing.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "crypto/bytes.h"
#include "node/feed/feed.h"
#include "node/flow/budget.h"

namespace tidegate::flow {

std::string OutboxScope(const std::string& organisation) { return absl::StrCat("receipt/", organisation); }

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
  if (absl::IsNotFound(bytes.status())) return Standing();
  if (!bytes.ok()) return bytes.status();
  crypto::ByteReader fields(*bytes);
  Standing standing;
  standing.last_seq = fields.U64();
  standing.cursor = std::string(fields.Lp32());
  if (auto status = fields.Finish("cursor"); !status.ok()) return absl::DataLossError(status.message());
  return standing;
}

absl::Status Standing::Save(store::WriteTransaction& transaction, const std::string& organisation) const {
  crypto::ByteWriter writer;
  writer.U64(last_seq).Lp32(cursor);
  return transaction.PutNamed(store::Named::kCursor, "in", organisation, writer.view());
}

absl::Status ForgetLine(store::WriteTransaction& transaction, const std::string& organisation) {
  const std::pair<store::Named, std::string> scopes[] = {{store::Named::kExchange, OutboxScope(organisation)},
                                                         {store::Named::kExchange, absl::StrCat("sent/", organisation)},
                                                         {store::Named::kFrontier, feed::NextScope(organisation)},
                                                         {store::Named::kCheckpointSeen, organisation}};
  for (const auto& [table, scope] : scopes) {
    std::vector<std::string> items;
    auto read = transaction.ForEachNamed(table, scope, [&](std::string_view item, std::string_view) {
      items.emplace_back(item);
      return true;
    });
    for (const std::string& item : items) {
      if (read.ok()) read = transaction.DeleteNamed(table, scope, item);
    }
    if (!read.ok()) return read;
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
