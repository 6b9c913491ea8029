// Pages: reads the store's file as a file, before LMDB does. LMDB follows every pointer in its pages. An attacker who
// changed the pages could lead a process that holds keys along pointers of his own.
//
//   Takes    the file `data.mdb`, which may hold anything
//   Gives    nothing wrong, or the first page found wrong, with its table and the reason
//   May call nothing of this house; not LMDB either
//   Must     read no byte outside the file, reach no page twice, keep one page a level and one bit a page in memory
//   Threads  a File belongs to one thread; somebody else may write to the file as LMDB does
//   Spec     node/store/FORMAT.md, "Pages"
#ifndef TIDEGATE_NODE_STORE_PAGES_PAGES_H_
#define TIDEGATE_NODE_STORE_PAGES_PAGES_H_

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tidegate::pages {

struct Fault {
  std::string table;  // "file", "free pages", "tables", or the name of a table
  uint64_t page = 0;
  std::string what;
};
// DataLoss: `store: table `arrivals`, page 17: ...; the file was altered or the disk is failing: restore a backup`.
absl::Status AsStatus(const Fault& fault);

// How LMDB describes a tree in 48 bytes.
struct Tree {
  uint32_t pad = 0;
  uint16_t flags = 0, depth = 0;
  uint64_t branch_pages = 0, leaf_pages = 0, overflow_pages = 0, entries = 0, root = 0;
  bool operator==(const Tree&) const = default;
};
// One of the two pages that a file begins with; the one of the later transaction counts.
struct Head {
  uint64_t map_bytes = 0, last_page = 0, transaction = 0;
  Tree free_pages, tables;
  bool operator==(const Head&) const = default;
};

class File {
 public:
  // NotFound if there is no such file.
  static absl::StatusOr<std::unique_ptr<File>> Open(const std::string& path);
  // A file in memory, which outlives this.
  explicit File(std::string_view bytes) : memory_(bytes.data()), bytes_(bytes.size()) {}
  ~File();
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  // Reads the two heads. Call it first, and again if a writer may have gone on.
  std::optional<Fault> ReadHeads();
  uint64_t newest() const;  // the transaction that LMDB would begin with
  bool Has(uint64_t transaction) const;
  // Everything that is reached from the head of that transaction, which Has.
  std::optional<Fault> Walk(uint64_t transaction) const;

  uint64_t bytes() const { return bytes_; }
  uint64_t page_bytes() const { return page_bytes_; }
  // False if the file ends before, or cannot be read.
  bool Read(uint64_t offset, size_t length, char* out) const;

 private:
  explicit File(int file) : file_(file) {}
  std::optional<Fault> ReadHead(uint64_t page, Head& head, uint64_t& page_bytes) const;
  std::optional<Fault> ReadBothHeads();
  std::optional<Fault> ReadSize();

  const int file_ = -1;
  const char* const memory_ = nullptr;
  uint64_t bytes_ = 0;
  uint64_t page_bytes_ = 0;
  std::array<Head, 2> heads_;
};

}  // namespace tidegate::pages

#endif  // TIDEGATE_NODE_STORE_PAGES_PAGES_H_
