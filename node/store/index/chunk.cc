#include "node/store/index/chunk.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "crypto/bytes.h"
#include "node/store/index/varint.h"

namespace tidegate::index {
namespace {

constexpr size_t kTermBytes = 16;
// An entry's length is one byte until it is closed; most are that short.
constexpr size_t kMostShortEntry = 127;

// One pass of a radix sort: puts `from` in the order of eleven bits of its terms, and keeps the order of equals.
constexpr unsigned kDigitBits = 11;
void SortByDigit(const std::vector<Posting>& from, unsigned shift, std::vector<Posting>& to) {
  constexpr uint64_t kMask = (uint64_t{1} << kDigitBits) - 1;
  std::array<size_t, kMask + 1> begin{};
  for (const Posting& posting : from) ++begin[posting.high >> shift & kMask];
  size_t sum = 0;
  for (size_t& place : begin) sum += std::exchange(place, sum);
  to.resize(from.size());
  for (const Posting& posting : from) to[begin[posting.high >> shift & kMask]++] = posting;
}

// As four bytes, big-endian.
std::string CheckOf(std::string_view key, std::string_view entries) {
  uLong sum = crc32(0, nullptr, 0);
  for (const std::string_view bytes : {key, entries}) {
    sum = crc32(sum, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size()));
  }
  return crypto::ByteWriter(kCheckBytes).U32(static_cast<uint32_t>(sum)).Take();
}

uint64_t Load64(std::string_view bytes) {
  uint64_t number = 0;
  for (size_t i = 0; i < 8; ++i) number = number << 8 | static_cast<uint8_t>(bytes[i]);
  return number;
}

}  // namespace

Term Posting::term() const {
  Term bytes;
  for (size_t i = 0; i < 8; ++i) {
    bytes[i] = static_cast<uint8_t>(high >> (8 * (7 - i)));
    bytes[8 + i] = static_cast<uint8_t>(low >> (8 * (7 - i)));
  }
  return bytes;
}

// Terms are hashes, so their first 22 bits distinguish nearly all terms of a transaction; and a term's arrivals come in
// their order. Then two passes over memory sort them. Comparing them would cost some sixteen guesses for each.
void SortPostings(std::vector<Posting>& postings) {
  constexpr size_t kFew = 1024;
  if (postings.size() >= kFew) {
    std::vector<Posting> other;
    SortByDigit(postings, 64 - 2 * kDigitBits, other);
    SortByDigit(other, 64 - kDigitBits, postings);
  }
  constexpr unsigned kRest = 64 - 2 * kDigitBits;
  for (auto begin = postings.begin(); begin != postings.end();) {
    auto end = postings.size() < kFew ? postings.end() : std::next(begin);
    while (end != postings.end() && end->high >> kRest == begin->high >> kRest) ++end;
    if (!std::is_sorted(begin, end)) std::sort(begin, end);
    begin = end;
  }
  postings.erase(std::unique(postings.begin(), postings.end()), postings.end());
}

void AddCheck(std::string_view key, std::string& chunk) { chunk += CheckOf(key, chunk); }

std::optional<std::string_view> CheckedEntries(std::string_view key, std::string_view chunk) {
  if (chunk.size() <= kCheckBytes) return std::nullopt;
  const std::string_view entries = chunk.substr(0, chunk.size() - kCheckBytes);
  if (CheckOf(key, entries) != chunk.substr(entries.size())) return std::nullopt;
  return entries;
}

bool ChunkBuilder::Add(const Posting& posting) {
  if (numbers_at_ != 0 && posting.SameTerm(last_)) {
    const uint64_t step = posting.seq - last_.seq;
    const size_t numbers = bytes_.size() - numbers_at_ + VarintBytes(step);
    if (numbers_at_ + numbers + (numbers > kMostShortEntry ? 1 : 0) > most_) return false;
    PutVarint(step, bytes_);
    last_.seq = posting.seq;
    return true;
  }
  CloseEntry();
  if (bytes_.size() + kTermBytes + 1 + VarintBytes(posting.seq) > most_) return false;
  if (bytes_.empty()) {
    bytes_.reserve(most_ + kCheckBytes);
    first_ = posting;
  }
  char head[kTermBytes + 1];
  for (size_t i = 0; i < 8; ++i) {
    head[i] = static_cast<char>(posting.high >> (8 * (7 - i)));
    head[8 + i] = static_cast<char>(posting.low >> (8 * (7 - i)));
  }
  head[kTermBytes] = 0;
  bytes_.append(head, sizeof(head));
  numbers_at_ = bytes_.size();
  PutVarint(posting.seq, bytes_);
  last_ = posting;
  return true;
}

void ChunkBuilder::CloseEntry() {
  if (numbers_at_ == 0) return;
  const size_t numbers = bytes_.size() - numbers_at_;
  if (numbers <= kMostShortEntry) {
    bytes_[numbers_at_ - 1] = static_cast<char>(numbers);
  } else {
    std::string length;
    PutVarint(numbers, length);
    bytes_.replace(numbers_at_ - 1, 1, length);
  }
  numbers_at_ = 0;
}

std::string ChunkBuilder::Take() {
  CloseEntry();
  return std::exchange(bytes_, {});
}

bool ChunkReader::Damaged() {
  damaged_ = true;
  rest_ = numbers_ = {};
  return false;
}

bool ChunkReader::Next() {
  if (numbers_.empty()) return NextTerm();
  uint64_t step = 0;
  if (!TakeVarint(numbers_, step) || step == 0 || posting_.seq + step < posting_.seq) return Damaged();
  posting_.seq += step;
  return true;
}

bool ChunkReader::NextTerm() {
  if (rest_.empty()) {
    numbers_ = {};
    return false;
  }
  Posting next;
  if (rest_.size() < kTermBytes) return Damaged();
  next.high = Load64(rest_);
  next.low = Load64(rest_.substr(8));
  rest_.remove_prefix(kTermBytes);
  uint64_t length = 0;
  if (!TakeVarint(rest_, length) || length == 0 || length > rest_.size()) return Damaged();
  numbers_ = rest_.substr(0, length);
  rest_.remove_prefix(length);
  if (!TakeVarint(numbers_, next.seq) || next.seq == 0) return Damaged();
  if (began_ && (next.high < posting_.high || (next.high == posting_.high && next.low <= posting_.low))) {
    return Damaged();
  }
  began_ = true;
  posting_ = next;
  return true;
}

}  // namespace tidegate::index
