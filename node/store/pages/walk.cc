// Everything that is reached from one head: the list of free pages, the tree of tables, and each table.
#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "node/store/pages/layout.h"
#include "node/store/pages/pages.h"

namespace tidegate::pages {
namespace {

constexpr size_t kMostTables = 64;
constexpr size_t kReadAtOnce = 4096;  // of a list of free pages

// Which tree is walked. The two that a head names have rules of their own.
enum class Kind { kFreePages, kTables, kTable };

// A table's name as it may be printed.
std::string Printable(std::string_view name) {
  const bool plain = !name.empty() && name.size() <= 32 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || c == '-' || c == '_';
  });
  return plain ? std::string(name) : absl::BytesToHexString(std::string(name.substr(0, 32)));
}

class Walk {
 public:
  Walk(const File& file, const Head& head) : file_(file), head_(head), size_(file.page_bytes()) {
    reached_.resize(std::min(head.last_page, file.bytes() / size_) + 1);
    reached_[0] = true;
    if (reached_.size() > 1) reached_[1] = true;
  }

  std::optional<Fault> Run() {
    if (head_.tables.flags != 0) return Fault{"tables", 0, "flags that this store never has"};
    if (auto fault = WalkTree("tables", Kind::kTables, head_.tables)) return fault;
    for (const auto& [name, tree] : tables_) {
      if (tree.flags != 0) return Fault{name, 0, "flags that this store never has"};
      if (auto fault = WalkTree(name, Kind::kTable, tree)) return fault;
    }
    // Last, so that a page that is both free and in use is named as free.
    return WalkTree("free pages", Kind::kFreePages, head_.free_pages);
  }

 private:
  struct Node {
    size_t at = 0, end = 0;
  };

  std::optional<Fault> Found(uint64_t page, std::string what) const { return Fault{table_, page, std::move(what)}; }

  // A page of a tree may be reached once, and lies in the file.
  std::optional<Fault> Reach(uint64_t from, uint64_t page) {
    if (page > head_.last_page || page >= reached_.size() || (page + 1) * size_ > file_.bytes()) {
      return Found(from, absl::StrCat("leads to page ", page, ", beyond the end"));
    }
    if (reached_[page]) return Found(from, absl::StrCat("leads to page ", page, ", which is reached twice"));
    reached_[page] = true;
    return std::nullopt;
  }

  std::optional<Fault> WalkTree(std::string table, Kind kind, const Tree& tree) {
    table_ = std::move(table);
    kind_ = kind;
    counted_ = Tree{};
    last_.clear();
    bound_.clear();
    if (tree.root == kNoPage) {
      const bool empty = tree.depth == 0 && tree.entries == 0;
      return empty ? std::nullopt : Found(0, "has entries and no root");
    }
    if (tree.depth == 0 || tree.depth > kDeepest) return Found(0, "has an impossible depth");
    depth_ = tree.depth;
    if (levels_.size() < depth_) levels_.resize(depth_, std::string(size_, '\0'));
    if (auto fault = Reach(0, tree.root)) return fault;
    if (auto fault = Visit(tree.root, 1)) return fault;
    const bool same = counted_.branch_pages == tree.branch_pages && counted_.leaf_pages == tree.leaf_pages &&
                      counted_.overflow_pages == tree.overflow_pages && counted_.entries == tree.entries;
    return same ? std::nullopt : Found(tree.root, "does not have the pages and entries that its head counts");
  }

  // At most as deep as the tree says it is.
  std::optional<Fault> Visit(uint64_t number, unsigned level) {
    std::string& page = levels_[level - 1];
    if (!file_.Read(number * size_, size_, page.data())) return Found(number, "cannot be read");
    if (At<uint64_t>(page.data()) != number) return Found(number, "is not the page that it says it is");
    const bool leaf = level == depth_;
    if (At<uint16_t>(page.data() + 10) != (leaf ? kLeaf : kBranch)) return Found(number, "is of the wrong kind");
    if (auto fault = CheckNodes(number, page, leaf)) return fault;
    const size_t nodes = (At<uint16_t>(page.data() + 12) - kPageHead) / 2;
    ++(leaf ? counted_.leaf_pages : counted_.branch_pages);
    if (leaf) counted_.entries += nodes;
    for (size_t i = 0; i < nodes; ++i) {
      const char* const node = page.data() + At<uint16_t>(page.data() + kPageHead + 2 * i);
      if (auto fault = leaf ? InOrder(number, node) : Bounds(number, node, i == 0)) return fault;
      auto fault = leaf ? VisitEntry(number, node) : VisitBelow(number, node, level);
      if (fault) return fault;
    }
    return std::nullopt;
  }

  // A key as it compares: LMDB counts transactions in the machine's byte order.
  std::string Comparable(const char* node) const {
    const size_t length = At<uint16_t>(node + 6);
    std::string key(node + kNodeHead, length);
    if (kind_ == Kind::kFreePages && length == sizeof(uint64_t)) {
      auto number = At<uint64_t>(node + kNodeHead);
      for (size_t i = length; i > 0; --i, number >>= 8) key[i - 1] = static_cast<char>(number & 0xff);
    }
    return key;
  }
  // A search in a tree that is out of order may never end.
  std::optional<Fault> InOrder(uint64_t number, const char* node) {
    std::string key = Comparable(node);
    if (key <= last_ || key < bound_) return Found(number, "has keys that are out of their order");
    last_ = std::move(key);
    return std::nullopt;
  }
  // The key of a branch lies above all before it and not above the first below it. The first of a page says nothing.
  std::optional<Fault> Bounds(uint64_t number, const char* node, bool first) {
    if (first) return std::nullopt;
    bound_ = Comparable(node);
    return bound_ > last_ ? std::nullopt : Found(number, "has keys that are out of their order");
  }

  // Bounds of the page, and that its nodes fill the space above `upper` without touching each other.
  std::optional<Fault> CheckNodes(uint64_t number, const std::string& page, bool leaf) {
    const size_t lower = At<uint16_t>(page.data() + 12), upper = At<uint16_t>(page.data() + 14);
    if (lower < kPageHead || lower % 2 != 0 || upper < lower || upper > size_ || upper % 2 != 0) {
      return Found(number, "has bounds that no page has");
    }
    const size_t nodes = (lower - kPageHead) / 2;
    // While it rebalances its list of free pages LMDB may leave a branch there with one node.
    const size_t least = leaf || kind_ == Kind::kFreePages ? 1 : 2;
    if (nodes < least) return Found(number, "has too few entries");
    nodes_.clear();
    for (size_t i = 0; i < nodes; ++i) {
      const size_t at = At<uint16_t>(page.data() + kPageHead + 2 * i);
      if (at % 2 != 0 || at < upper || at + kNodeHead > size_) return Found(number, "has an entry outside the page");
      const size_t bytes = NodeBytes(page.data() + at, leaf);
      if (bytes > size_ - at) return Found(number, "has an entry that ends outside the page");
      nodes_.push_back({at, at + bytes + bytes % 2});
    }
    std::sort(nodes_.begin(), nodes_.end(), [](const Node& a, const Node& b) { return a.at < b.at; });
    size_t end = upper;
    for (const Node& node : nodes_) {
      if (node.at != end) return Found(number, "has entries that overlap or leave a gap");
      end = node.end;
    }
    return end == size_ ? std::nullopt : Found(number, "has entries that overlap or leave a gap");
  }

  static size_t NodeBytes(const char* node, bool leaf) {
    const size_t key = At<uint16_t>(node + 6);
    if (!leaf) return kNodeHead + key;
    const bool big = (At<uint16_t>(node + 4) & kBigValue) != 0;
    return kNodeHead + key + (big ? sizeof(uint64_t) : ValueBytes(node));
  }
  static size_t ValueBytes(const char* node) {
    return At<uint16_t>(node) | static_cast<size_t>(At<uint16_t>(node + 2)) << 16;
  }

  std::optional<Fault> VisitBelow(uint64_t number, const char* node, unsigned level) {
    if (At<uint16_t>(node + 6) > kLongestKey) return Found(number, "has a key that is too long");
    const uint64_t below = ValueBytes(node) | static_cast<uint64_t>(At<uint16_t>(node + 4)) << 32;
    if (auto fault = Reach(number, below)) return fault;
    return Visit(below, level + 1);
  }

  std::optional<Fault> VisitEntry(uint64_t number, const char* node) {
    const uint16_t flags = At<uint16_t>(node + 4);
    const size_t key = At<uint16_t>(node + 6), value = ValueBytes(node);
    if (key == 0 || key > kLongestKey) return Found(number, "has a key of no possible length");
    const size_t most = ((size_ - kPageHead) / 2 & ~size_t{1}) - 2;  // of a node that LMDB keeps in its page
    if ((flags & kBigValue) == 0 && kNodeHead + key + value > most)
      return Found(number, "has a value that is too long");
    if (kind_ == Kind::kTables) return VisitTable(number, node, flags, key, value);
    if ((flags & ~kBigValue) != 0) return Found(number, "has an entry of the wrong kind");
    uint64_t at = 0;  // where the value begins, in the file
    if (flags == kBigValue) {
      const auto first = At<uint64_t>(node + kNodeHead + key);
      if (auto fault = VisitOverflow(number, first, value)) return fault;
      at = first * size_ + kPageHead;
    }
    if (kind_ != Kind::kFreePages) return std::nullopt;
    return VisitFree(number, node, key, value, at);
  }

  // Pages in a row that hold one long value.
  std::optional<Fault> VisitOverflow(uint64_t number, uint64_t first, size_t value) {
    if (auto fault = Reach(number, first)) return fault;
    char head[kPageHead];
    if (!file_.Read(first * size_, sizeof(head), head)) return Found(first, "cannot be read");
    if (At<uint64_t>(head) != first) return Found(first, "is not the page that it says it is");
    if (At<uint16_t>(head + 10) != kOverflow) return Found(first, "is of the wrong kind");
    const uint64_t pages = At<uint32_t>(head + 12);
    if (pages < (kPageHead - 1 + value) / size_ + 1) return Found(first, "is too short for its value");
    for (uint64_t page = first + 1; page < first + pages; ++page) {
      if (auto fault = Reach(number, page)) return fault;
    }
    counted_.overflow_pages += pages;
    return std::nullopt;
  }

  std::optional<Fault> VisitTable(uint64_t number, const char* node, uint16_t flags, size_t key, size_t value) {
    if (flags != kSubTree || value != kTreeBytes) return Found(number, "has an entry that is no table");
    if (tables_.size() == kMostTables) return Found(number, "has more tables than a store");
    tables_.emplace_back(Printable({node + kNodeHead, key}), ReadTree(node + kNodeHead + key));
    return std::nullopt;
  }

  // Which pages a transaction has freed: how many, then their numbers, descending. A page that is free must be in no
  // tree, or the next writer would write over it.
  std::optional<Fault> VisitFree(uint64_t number, const char* node, size_t key, size_t value, uint64_t at) {
    if (key != sizeof(uint64_t) || At<uint64_t>(node + kNodeHead) > head_.transaction) {
      return Found(number, "names a transaction that never took place");
    }
    if (value < 8 || value % 8 != 0) return Found(number, "has a list of no possible length");
    char bytes[kReadAtOnce];
    uint64_t left = 0, before = kNoPage;
    for (size_t done = 0; done < value; done += kReadAtOnce) {
      const size_t now = std::min(kReadAtOnce, value - done);
      if (at == 0) {
        std::copy_n(node + kNodeHead + key + done, now, bytes);
      } else if (!file_.Read(at + done, now, bytes)) {
        return Found(number, "has a list that cannot be read");
      }
      size_t i = 0;
      if (done == 0) {
        left = At<uint64_t>(bytes);
        if (left > value / 8 - 1) return Found(number, "has a list that is longer than its value");
        i = 8;
      }
      for (; i < now && left > 0; i += 8, --left) {
        const auto page = At<uint64_t>(bytes + i);
        if (page >= before) return Found(number, "has a list that is out of its order");
        before = page;
        if (page < 2 || page > head_.last_page) return Found(number, absl::StrCat("frees page ", page));
        if (page >= reached_.size()) continue;  // freed before it was ever written
        if (reached_[page]) return Found(number, absl::StrCat("frees page ", page, ", which is in use or freed twice"));
        reached_[page] = true;
      }
    }
    return std::nullopt;
  }

  const File& file_;
  const Head& head_;
  const uint64_t size_;
  std::vector<bool> reached_;
  std::vector<std::string> levels_;  // the page at hand at each level
  std::vector<Node> nodes_;
  std::vector<std::pair<std::string, Tree>> tables_;
  // The table of the tree that is being walked.
  std::string table_;
  Kind kind_ = Kind::kTables;
  unsigned depth_ = 0;
  std::string last_, bound_;  // the last key, and what the next one must not be below
  Tree counted_;
};

}  // namespace

std::optional<Fault> File::Walk(uint64_t transaction) const {
  // Where both have the same number, LMDB takes the first.
  const Head& head = heads_[0].transaction == transaction ? heads_[0] : heads_[1];
  return pages::Walk(*this, head).Run();
}

}  // namespace tidegate::pages
