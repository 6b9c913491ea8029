#include "node/api/instant.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace tidegate::api {

absl::StatusOr<uint64_t> InstantOf(const std::string& text, bool end) {
  absl::Time at;
  std::string why;
  if (absl::ParseTime("%Y-%m-%d", text, &at, &why)) {
    if (end) at += absl::Hours(24);
  } else if (!absl::ParseTime(absl::RFC3339_full, text, &at, &why)) {
    return absl::InvalidArgumentError(
        absl::StrCat("api: `", text, "` is no time; write 2026-03-04 or 2026-03-04T09:30:00Z"));
  }
  return static_cast<uint64_t>(std::max<int64_t>(absl::ToUnixMillis(at), 0));
}

}  // namespace tidegate::api
