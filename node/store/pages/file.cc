// The file and its two heads.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "node/store/pages/layout.h"
#include "node/store/pages/pages.h"

namespace tidegate::pages {
namespace {

constexpr char kFileTable[] = "file";
// A writer may be in the middle of writing a head. Then we read the head again, at most this often.
constexpr int kMostLooks = 16;

bool IsPageSize(uint64_t bytes) {
  return bytes >= kSmallestPage && bytes <= kLargestPage && (bytes & (bytes - 1)) == 0;
}

}  // namespace

absl::Status AsStatus(const Fault& fault) {
  return absl::DataLossError(absl::StrCat("store: table `", fault.table, "`, page ", fault.page, ": ", fault.what,
                                          "; the file was altered or the disk is failing: restore a backup"));
}

absl::StatusOr<std::unique_ptr<File>> File::Open(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return absl::NotFoundError(absl::StrCat("store: cannot read `", path, "`: ", std::strerror(errno)));
  }
  return std::unique_ptr<File>(new File(file));
}

File::~File() {
  if (file_ >= 0) close(file_);
}

bool File::Read(uint64_t offset, size_t length, char* out) const {
  if (offset > bytes_ || length > bytes_ - offset) return false;
  if (memory_ != nullptr) {
    std::memcpy(out, memory_ + offset, length);
    return true;
  }
  for (size_t done = 0; done < length;) {
    const ssize_t got = pread(file_, out + done, length - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    done += static_cast<size_t>(got);
  }
  return true;
}

std::optional<Fault> File::ReadHead(uint64_t page, Head& head, uint64_t& page_bytes) const {
  char bytes[kPageHead + kHeadBytes];
  // The first page says how long pages are.
  if (!Read(page == 0 ? 0 : page_bytes, sizeof(bytes), bytes)) {
    return Fault{kFileTable, page, "the file ends before it"};
  }
  if (At<uint16_t>(bytes + 10) != kMeta) return Fault{kFileTable, page, "it is no head of a store"};
  const char* const body = bytes + kPageHead;
  if (At<uint32_t>(body) != kMagic) return Fault{kFileTable, page, "it is no head of a store"};
  if (At<uint32_t>(body + 4) != kVersion) return Fault{kFileTable, page, "it is of another format of LMDB"};
  head.map_bytes = At<uint64_t>(body + 16);
  head.free_pages = ReadTree(body + 24);
  head.tables = ReadTree(body + 24 + kTreeBytes);
  head.last_page = At<uint64_t>(body + 24 + 2 * kTreeBytes);
  head.transaction = At<uint64_t>(body + 24 + 2 * kTreeBytes + 8);
  const uint64_t size = head.free_pages.pad;
  if (!IsPageSize(size) || (page != 0 && size != page_bytes)) return Fault{kFileTable, page, "pages of no such size"};
  page_bytes = size;
  if (head.free_pages.flags != kIntegerKeys) return Fault{kFileTable, page, "flags that this store never has"};
  if (head.transaction > kMostTransactions) return Fault{kFileTable, page, "a transaction of no possible number"};
  if (head.map_bytes > kMostMapBytes || head.last_page >= kMostMapBytes / size) {
    return Fault{kFileTable, page, "a size that no store has"};
  }
  return std::nullopt;
}

std::optional<Fault> File::ReadSize() {
  if (memory_ != nullptr) return std::nullopt;
  struct stat info {};
  if (fstat(file_, &info) != 0 || !S_ISREG(info.st_mode)) return Fault{kFileTable, 0, "it is no file"};
  bytes_ = static_cast<uint64_t>(info.st_size);
  return std::nullopt;
}

std::optional<Fault> File::ReadBothHeads() {
  page_bytes_ = 0;
  for (uint64_t page : {0, 1}) {
    if (auto fault = ReadHead(page, heads_[page], page_bytes_)) return fault;
  }
  return std::nullopt;
}

std::optional<Fault> File::ReadHeads() {
  if (auto fault = ReadSize()) return fault;
  std::optional<Fault> fault = ReadBothHeads();
  for (int looks = 0; looks < kMostLooks; ++looks) {
    const bool had_fault = fault.has_value();
    const std::array<Head, 2> before = heads_;
    fault = ReadBothHeads();
    if (!had_fault && !fault.has_value() && heads_ == before) break;
  }
  if (fault.has_value()) return fault;
  // We read the size last: the pages of a head are in the file before the head is, so an earlier size may be too small.
  if (auto unsized = ReadSize()) return unsized;
  if (bytes_ < 2 * page_bytes_) return Fault{kFileTable, 1, "the file ends inside of it"};
  return std::nullopt;
}

uint64_t File::newest() const { return std::max(heads_[0].transaction, heads_[1].transaction); }

bool File::Has(uint64_t transaction) const {
  return heads_[0].transaction == transaction || heads_[1].transaction == transaction;
}

}  // namespace tidegate::pages
