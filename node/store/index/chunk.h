// Postings and the chunks that they lie in: a page's worth, in the order of their terms. Reached by index.h; FORMAT.md,
// "Postings".
#ifndef TIDEGATE_NODE_STORE_INDEX_CHUNK_H_
#define TIDEGATE_NODE_STORE_INDEX_CHUNK_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "crypto/vault/vault.h"

namespace tidegate::index {

using Term = vault::BlindTermBytes;

// A term and an arrival, in the order in which they are kept. The term is two numbers because sorting and merging
// compare hundreds of thousands of them.
struct Posting {
  Posting() = default;
  Posting(const Term& term, uint64_t number) : seq(number) {
    for (size_t i = 0; i < 8; ++i) {
      high = high << 8 | term[i];
      low = low << 8 | term[8 + i];
    }
  }
  Term term() const;
  bool SameTerm(const Posting& other) const { return high == other.high && low == other.low; }
  bool operator==(const Posting&) const = default;
  bool operator<(const Posting& other) const {
    if (high != other.high) return high < other.high;
    if (low != other.low) return low < other.low;
    return seq < other.seq;
  }
  template <typename H>
  friend H AbslHashValue(H h, const Posting& p) {
    return H::combine(std::move(h), p.high, p.low, p.seq);
  }

  uint64_t high = 0, low = 0, seq = 0;
};

// Sorts, and leaves each posting once.
void SortPostings(std::vector<Posting>& postings);

// With LMDB's head of sixteen bytes, a page of 4,096.
inline constexpr size_t kMostChunkBytes = 4080;
// At the end of a chunk stands a CRC-32 of its key and its entries. It shows that an accident on disk changed the
// chunk, even if the chunk can still be read. It is no protection against somebody who computes the check again.
inline constexpr size_t kCheckBytes = 4;
void AddCheck(std::string_view key, std::string& chunk);
// The entries of a chunk that ends with a check. Nothing if the check disagrees.
std::optional<std::string_view> CheckedEntries(std::string_view key, std::string_view chunk);

// Fills one chunk after the other.
class ChunkBuilder {
 public:
  // Room for `most` bytes of entries.
  explicit ChunkBuilder(size_t most = kMostChunkBytes - kCheckBytes) : most_(most) {}
  // Adds a posting. Postings ascend strictly. False if there is no room: then call Take, and add the posting again.
  bool Add(const Posting& posting);
  bool empty() const { return bytes_.empty(); }
  const Posting& first() const { return first_; }
  // The finished chunk; the builder is empty afterwards.
  std::string Take();

 private:
  void CloseEntry();

  const size_t most_;
  std::string bytes_;
  Posting first_, last_;
  size_t numbers_at_ = 0;  // where the open entry's numbers begin; 0 = none is open
};

// Reads a chunk in its order. Everything that ChunkBuilder writes is accepted, and nothing else.
class ChunkReader {
 public:
  explicit ChunkReader(std::string_view bytes) : rest_(bytes) {}
  // Moves to the next posting; false at the end and on damage.
  bool Next();
  // Moves to the next term's first posting, without reading what is left of this term's.
  bool NextTerm();
  const Posting& posting() const { return posting_; }
  bool damaged() const { return damaged_; }

 private:
  bool Damaged();

  std::string_view rest_;     // entries after this one
  std::string_view numbers_;  // what is left of this entry
  Posting posting_;
  bool began_ = false, damaged_ = false;
};

}  // namespace tidegate::index

#endif  // TIDEGATE_NODE_STORE_INDEX_CHUNK_H_
