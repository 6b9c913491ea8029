// The small tables of other rooms, for code that has a transaction and no Reader. Private to the room.
#ifndef TIDEGATE_NODE_STORE_TABLES_H_
#define TIDEGATE_NODE_STORE_TABLES_H_

#include <string>
#include <string_view>

#include "node/store/transaction.h"

namespace tidegate::store {

// They do what the functions of Reader and WriteTransaction with these names do.
absl::StatusOr<std::string> GetNamedIn(const Transaction& transaction, Named table, std::string_view scope,
                                       std::string_view item);
// `retention`: the class whose key seals the value.
absl::Status PutNamedIn(Transaction& transaction, Named table, std::string_view scope, std::string_view item,
                        std::string_view value, std::string_view retention = "");
// The beginning of all keys of `named` for one scope.
std::string NamedPrefix(const Transaction& transaction, Named table, std::string_view scope);
absl::Status ForEachNamedIn(const Transaction& transaction, Named table, std::string_view scope, Damage& damage,
                            absl::FunctionRef<absl::StatusOr<bool>(std::string_view, std::string_view)> visit);

}  // namespace tidegate::store

#endif  // TIDEGATE_NODE_STORE_TABLES_H_
