// The small tables of other rooms (store.h, Named and Ordered), for readers and writers.
#include "node/store/tables.h"

#include "absl/strings/str_cat.h"
#include "crypto/bytes.h"

namespace tidegate::store {
namespace {

// u8 table, blind scope, blind item.
std::string NamedKey(const Transaction& transaction, Named table, std::string_view scope, std::string_view item) {
  const uint16_t slot = static_cast<uint16_t>(kNamedBlind | static_cast<uint16_t>(table));
  std::string key = NamedPrefix(transaction, table, scope);
  key.append(crypto::View(transaction.Blind(slot, item)));
  return key;
}

std::string OrderedKey(Ordered table, std::string_view key) {
  return crypto::ByteWriter(1 + key.size()).U8(static_cast<uint8_t>(table)).Raw(key).Take();
}

absl::Status CheckNames(std::string_view scope, std::string_view item) {
  if (scope.size() <= 0xffff && item.size() <= 0xffff) return absl::OkStatus();
  return absl::InvalidArgumentError("store: a name in a table is longer than 65,535 bytes");
}

// LMDB takes keys of at most 511 bytes; ours stay far below.
constexpr size_t kMostOrderedKey = 60;

}  // namespace

std::string NamedPrefix(const Transaction& transaction, Named table, std::string_view scope) {
  const uint16_t slot = static_cast<uint16_t>(kNamedBlind | static_cast<uint16_t>(table));
  return crypto::ByteWriter(33).U8(static_cast<uint8_t>(table)).Raw(transaction.Blind(slot, scope)).Take();
}

absl::StatusOr<std::string> Reader::GetNamed(Named table, std::string_view scope, std::string_view item) const {
  return GetNamedIn(*transaction_, table, scope, item);
}

absl::StatusOr<std::string> GetNamedIn(const Transaction& transaction, Named table, std::string_view scope,
                                       std::string_view item) {
  if (absl::Status status = CheckNames(scope, item); !status.ok()) return status;
  absl::StatusOr<std::string> plain = transaction.GetSealed(Dbi::kNamed, NamedKey(transaction, table, scope, item));
  if (!plain.ok()) return plain.status();
  crypto::ByteReader reader(*plain);
  reader.Lp16();
  reader.Lp16();
  if (!reader.ok()) return absl::DataLossError("store: a named value is damaged; run `tidegate verify`");
  return plain->substr(reader.position());
}

absl::Status Reader::ForEachNamed(
    Named table, std::string_view scope, Damage& damage,
    absl::FunctionRef<absl::StatusOr<bool>(std::string_view, std::string_view)> visit) const {
  return ForEachNamedIn(*transaction_, table, scope, damage, visit);
}

absl::Status ForEachNamedIn(const Transaction& transaction, Named table, std::string_view scope, Damage& damage,
                            absl::FunctionRef<absl::StatusOr<bool>(std::string_view, std::string_view)> visit) {
  if (absl::Status status = CheckNames(scope, ""); !status.ok()) return status;
  const auto read = [&](std::string_view key, std::string_view sealed) -> absl::StatusOr<bool> {
    std::string plain;
    if (absl::Status status = transaction.OpenValue(Dbi::kNamed, key, sealed, plain); !status.ok()) return status;
    crypto::ByteReader reader(plain);
    reader.Lp16();
    std::string_view item = reader.Lp16();
    if (!reader.ok()) return absl::DataLossError("store: a named value is damaged; run `tidegate verify`");
    return visit(item, std::string_view(plain).substr(reader.position()));
  };
  return transaction.ForEach(Dbi::kNamed, NamedPrefix(transaction, table, scope), "", false,
                             [&](std::string_view key, std::string_view sealed) -> absl::StatusOr<bool> {
                               absl::StatusOr<bool> more = read(key, sealed);
                               if (!Damaged(more.status())) return more;
                               damage.Add(more.status());
                               return true;
                             });
}

absl::StatusOr<std::string> Reader::GetOrdered(Ordered table, std::string_view key) const {
  return transaction_->GetSealed(Dbi::kOrdered, OrderedKey(table, key));
}

absl::Status Reader::ForEachOrdered(Ordered table, std::string_view prefix, std::string_view from, bool descending,
                                    VisitOrdered visit) const {
  const std::string start = from.empty() ? std::string() : OrderedKey(table, from);
  return transaction_->ForEach(Dbi::kOrdered, OrderedKey(table, prefix), start, descending,
                               [&](std::string_view key, std::string_view sealed) -> absl::StatusOr<bool> {
                                 std::string plain;
                                 absl::Status status = transaction_->OpenValue(Dbi::kOrdered, key, sealed, plain);
                                 if (Damaged(status)) return visit(key.substr(1), status);
                                 if (!status.ok()) return status;
                                 return visit(key.substr(1), std::string_view(plain));
                               });
}

vault::BlindTermBytes Reader::Blind(Ordered table, std::string_view name) const {
  return transaction_->Blind(static_cast<uint16_t>(kOrderedBlind | static_cast<uint16_t>(table)), name);
}

absl::Status WriteTransaction::PutNamed(Named table, std::string_view scope, std::string_view item,
                                        std::string_view value) {
  return PutNamedIn(*transaction_, table, scope, item, value);
}

absl::Status PutNamedIn(Transaction& transaction, Named table, std::string_view scope, std::string_view item,
                        std::string_view value, std::string_view retention) {
  if (absl::Status status = CheckNames(scope, item); !status.ok()) return status;
  crypto::ByteWriter plain(4 + scope.size() + item.size() + value.size());
  plain.Lp16(scope).Lp16(item).Raw(value);
  return transaction.PutSealed(Dbi::kNamed, NamedKey(transaction, table, scope, item), plain.view(), retention);
}

absl::Status WriteTransaction::DeleteNamed(Named table, std::string_view scope, std::string_view item) {
  if (absl::Status status = CheckNames(scope, item); !status.ok()) return status;
  return transaction_->DeleteRaw(Dbi::kNamed, NamedKey(*transaction_, table, scope, item));
}

absl::Status WriteTransaction::DeleteScope(Named table, std::string_view scope) {
  if (absl::Status status = CheckNames(scope, ""); !status.ok()) return status;
  std::vector<std::string> keys;
  absl::Status read = transaction_->ForEach(Dbi::kNamed, NamedPrefix(*transaction_, table, scope), "", false,
                                            [&keys](std::string_view key, std::string_view) -> absl::StatusOr<bool> {
                                              keys.emplace_back(key);
                                              return true;
                                            });
  for (const std::string& key : keys) {
    if (read.ok()) read = transaction_->DeleteRaw(Dbi::kNamed, key);
  }
  return read;
}

absl::Status WriteTransaction::PutOrdered(Ordered table, std::string_view key, std::string_view value) {
  if (key.empty() || key.size() > kMostOrderedKey) {
    return absl::InvalidArgumentError(absl::StrCat("store: an ordered key has 1 to ", kMostOrderedKey, " bytes"));
  }
  return transaction_->PutSealed(Dbi::kOrdered, OrderedKey(table, key), value);
}

absl::Status WriteTransaction::DeleteOrdered(Ordered table, std::string_view key) {
  return transaction_->DeleteRaw(Dbi::kOrdered, OrderedKey(table, key));
}

absl::Status Transaction::PutSealed(Dbi table, std::string_view key, std::string_view value, std::string_view retention,
                                    unsigned flags) {
  const auto seal = [&](std::string_view retention_class) {
    sealed_.clear();
    return shared_->vault().SealAppend(DbiName(table), key, value, retention_class, sealed_);
  };
  absl::Status status = seal(retention);
  const bool keyless = absl::IsNotFound(status) && !retention.empty();
  if (keyless) {
    const absl::Status made = shared_->keys().NewEpoch(retention).status();
    status = made.ok() ? seal(retention)
                       : absl::Status(made.code(), absl::StrCat("store: there is no key for what is kept under `",
                                                                std::string(retention),
                                                                "`, and none can be made, so nothing is "
                                                                "written: ",
                                                                made.message()));
  }
  // Never under the key that is kept for good: the value would stay in the file after its class is destroyed, and
  // nobody would know (decision 0082).
  return status.ok() ? PutRaw(table, key, sealed_, flags) : status;
}

}  // namespace tidegate::store
