#include "node/flow/budget.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "crypto/bytes.h"
#include "node/parcel/parcel.h"
#include "threads/threads.h"

namespace tidegate::flow {
namespace {

constexpr std::string_view kUsedLabel = crypto::Label("TDGuse1");
constexpr uint64_t kDayMs = uint64_t{24} * 3600 * 1000;
constexpr uint64_t kMib = uint64_t{1} << 20;

absl::Status Reached(std::string_view what, uint64_t limit, std::string_view key) {
  return parcel::Refuse(parcel::Layer::kLimit, absl::StrCat("this partner has reached ", limit, " ", std::string(what),
                                                            ", the most that it may; raise `", std::string(key),
                                                            "` in [limits] of tidegate.toml"));
}

}  // namespace

absl::StatusOr<Used> Used::Load(const store::Reader& reader, const std::string& organisation) {
  auto bytes = reader.GetNamed(store::Named::kExchange, kUsedScope, organisation);
  // If the count is damaged, counting begins at zero. The limit protects the disk and must not cut a partner off for
  // ever.
  if (absl::IsNotFound(bytes.status()) || store::Damaged(bytes.status())) return Used();
  if (!bytes.ok()) return bytes.status();
  crypto::ByteReader in(*bytes);
  Used used;
  if (in.Raw(kUsedLabel.size()) != kUsedLabel) in.Fail();
  used.records = in.U64();
  used.bytes = in.U64();
  used.day = in.U64();
  used.entries = in.U64();
  return in.Finish("used").ok() ? used : Used();
}

absl::Status Used::Save(store::WriteTransaction& transaction, const std::string& organisation) const {
  crypto::ByteWriter out;
  out.Raw(kUsedLabel).U64(records).U64(bytes).U64(day).U64(entries);
  return transaction.PutNamed(store::Named::kExchange, kUsedScope, organisation, out.view());
}

absl::Status Used::GiveBackOne(store::WriteTransaction& transaction, const std::string& organisation) {
  auto used = Load(transaction, organisation);
  if (!used.ok()) return used.status();
  used->records -= std::min<uint64_t>(used->records, 1);
  return used->Save(transaction, organisation);
}

void Used::Enter(uint64_t count, uint64_t now_ms) {
  if (day != now_ms / kDayMs) entries = 0;
  day = now_ms / kDayMs;
  entries += count;
}

absl::Status Used::Within(const Limits& limits, uint64_t more_records, uint64_t more_bytes, uint64_t now_ms) const {
  if (records + more_records > limits.partner_records) {
    return Reached("records held here", limits.partner_records, "partner_records");
  }
  if ((bytes + more_bytes) / kMib >= limits.partner_mib) {
    return Reached("MiB of parcels", limits.partner_mib, "partner_mib");
  }
  return MayEnter(limits, now_ms);
}

absl::Status Used::MayEnter(const Limits& limits, uint64_t now_ms) const {
  if (day != now_ms / kDayMs || entries < limits.partner_entries_a_day) return absl::OkStatus();
  return Reached("entries of the register today", limits.partner_entries_a_day, "partner_entries_a_day");
}

Allowance::Left& Allowance::Filled(const std::string& organisation, uint64_t now_ms) {
  auto [place, fresh] = left_.try_emplace(organisation, Left{at_once_ * 1000, now_ms});
  Left& left = place->second;
  if (now_ms > left.at_ms) {
    left.thousandths = std::min(at_once_ * 1000, left.thousandths + (now_ms - left.at_ms) * a_second_);
    left.at_ms = now_ms;
  }
  return left;
}

bool Allowance::Has(const std::string& organisation, uint64_t now_ms) {
  threads::MutexLock lock(mutex_);
  return Filled(organisation, now_ms).thousandths >= 1000;
}

bool Allowance::Take(const std::string& organisation, uint64_t now_ms) {
  threads::MutexLock lock(mutex_);
  Left& left = Filled(organisation, now_ms);
  if (left.thousandths < 1000) return false;
  left.thousandths -= 1000;
  return true;
}

}  // namespace tidegate::flow
