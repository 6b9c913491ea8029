#include "node/users/rows.h"

#include <algorithm>
#include <iterator>

#include "crypto/bytes.h"
#include "policy/policy.h"

namespace tidegate::users {
namespace {

constexpr std::string_view kAccountLabel = crypto::Label("TDGusr1");
constexpr std::string_view kSessionLabel = crypto::Label("TDGses1");
constexpr std::string_view kTokenLabel = crypto::Label("TDGtok1");

absl::Status Unreadable(std::string_view what) {
  return absl::DataLossError("users: " + std::string(what) + " is damaged; run `tidegate verify`");
}

bool IsRole(std::string_view role) {
  return std::find(std::begin(policy::kRoles), std::end(policy::kRoles), role) != std::end(policy::kRoles);
}

}  // namespace

std::string EncodeAccount(const AccountRow& row) {
  crypto::ByteWriter out;
  out.Raw(kAccountLabel).U8(row.enabled ? 1 : 0).U64(row.made_ms).U64(row.password_ms);
  out.U8(static_cast<uint8_t>(row.roles.size()));
  for (const std::string& role : row.roles) out.Lp8(role);
  out.Raw(row.password.salt).U32(row.password.cost.operations).U64(row.password.cost.memory).Raw(row.password.key);
  return out.Take();
}

absl::StatusOr<AccountRow> DecodeAccount(std::string_view bytes) {
  crypto::ByteReader in(bytes);
  if (in.Raw(kAccountLabel.size()) != kAccountLabel) return Unreadable("an account");
  AccountRow row;
  const uint8_t enabled = in.U8();
  row.enabled = enabled == 1;
  row.made_ms = in.U64();
  row.password_ms = in.U64();
  const uint8_t roles = in.U8();
  bool fine = enabled <= 1 && roles > 0;
  for (uint8_t i = 0; in.ok() && fine && i < roles; ++i) {
    std::string role(in.Lp8());
    fine = IsRole(role) && (row.roles.empty() || row.roles.back() < role);
    row.roles.push_back(std::move(role));
  }
  row.password.salt = in.Array<16>();
  row.password.cost.operations = in.U32();
  row.password.cost.memory = in.U64();
  row.password.key = in.Array<32>();
  if (!fine || !in.Finish("account").ok()) return Unreadable("an account");
  return row;
}

std::string EncodeSession(const SessionRow& row) {
  crypto::ByteWriter out;
  out.Raw(kSessionLabel).Lp8(row.user).U64(row.began_ms).U64(row.ends_ms);
  return out.Take();
}

absl::StatusOr<SessionRow> DecodeSession(std::string_view bytes) {
  crypto::ByteReader in(bytes);
  if (in.Raw(kSessionLabel.size()) != kSessionLabel) return Unreadable("a session");
  SessionRow row;
  row.user = std::string(in.Lp8());
  row.began_ms = in.U64();
  row.ends_ms = in.U64();
  if (row.user.empty() || !in.Finish("session").ok()) return Unreadable("a session");
  return row;
}

crypto::Hash HashOfToken(std::string_view token) { return crypto::HashOf({kTokenLabel, token}); }

}  // namespace tidegate::users
