#include "node/feed/frontier.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "crypto/bytes.h"
#include "crypto/hash.h"

namespace tidegate::feed {
namespace {

constexpr uint8_t kFormat = 2;
// Pieces are made by policy changes that were interrupted; merging keeps them few.
constexpr uint16_t kMostPieces = 512;
constexpr std::string_view kTable = "cursor";
// This is no decision version: work that bears it must be done under any version.
constexpr policy::Digest kNever = [] {
  policy::Digest never{};
  never.fill(0xff);
  return never;
}();

policy::Digest ReadDigest(crypto::ByteReader& reader) {
  policy::Digest digest{};
  const std::string_view bytes = reader.Raw(digest.size());
  std::copy(bytes.begin(), bytes.end(), digest.begin());
  return digest;
}

}  // namespace

std::optional<Work> Frontier::Next(const policy::Digest& decision, uint64_t newest) const {
  for (size_t i = 0; i < pieces_.size(); ++i) {
    if (pieces_[i].tightened != decision) return Work{Need::kTighten, {FirstOf(i), pieces_[i].last}};
  }
  for (size_t i = 0; i < pieces_.size(); ++i) {
    if (pieces_[i].decided != decision && !pieces_[i].postponed()) {
      return Work{Need::kLoosen, {FirstOf(i), pieces_[i].last}};
    }
  }
  if (end() < newest) return Work{Need::kNew, {end() + 1, newest}};
  for (size_t i = 0; i < pieces_.size(); ++i) {
    if (pieces_[i].postponed()) return Work{Need::kNew, {FirstOf(i), pieces_[i].last}};
  }
  return std::nullopt;
}

std::optional<Work> Frontier::At(const Work& work, uint64_t first, uint64_t newest) const {
  if (work.need != Need::kNew) return std::nullopt;
  if (end() < first && first <= newest) return Work{Need::kNew, {first, newest}};
  for (size_t i = 0; i < pieces_.size(); ++i) {
    if (pieces_[i].postponed() && FirstOf(i) <= first && first <= pieces_[i].last) {
      return Work{Need::kNew, {first, pieces_[i].last}};
    }
  }
  return std::nullopt;
}

void Frontier::Done(const Work& work, uint64_t last, const policy::Digest& decision) {
  if (work.need == Need::kNew && work.range.first > end()) {
    if (end() + 1 < work.range.first) pieces_.push_back({work.range.first - 1, decision, {}});
    pieces_.push_back({last, decision, decision});
    return Merge();
  }
  auto piece =
      std::find_if(pieces_.begin(), pieces_.end(), [&work](const Piece& one) { return one.last >= work.range.first; });
  if (piece == pieces_.end()) return;  // no work that Next or At gave
  if (FirstOf(static_cast<size_t>(piece - pieces_.begin())) < work.range.first) {
    Piece before = *piece;
    before.last = work.range.first - 1;
    piece = std::next(pieces_.insert(piece, before));
  }
  Piece done = *piece;
  done.last = std::min(last, piece->last);
  done.tightened = decision;
  if (work.need != Need::kTighten) {
    done.decided = decision;
  } else if (!done.postponed()) {
    // The feed may just have taken back something that the older version opened. If that version comes back, a piece
    // that still bore its name would pass for decided.
    done.decided = kNever;
  }
  if (done.last == piece->last) {
    *piece = done;
  } else {
    pieces_.insert(piece, done);
  }
  Merge();
}

void Frontier::Doubt(Range range) {
  std::vector<Piece> pieces;
  for (size_t i = 0; i < pieces_.size(); ++i) {
    Piece piece = pieces_[i];
    if (piece.last < range.first || range.last < FirstOf(i)) {
      pieces.push_back(piece);
      continue;
    }
    if (FirstOf(i) < range.first) {
      pieces.push_back(piece);
      pieces.back().last = range.first - 1;
    }
    pieces.push_back({std::min(piece.last, range.last), kNever, piece.postponed() ? policy::Digest{} : kNever});
    if (range.last < piece.last) pieces.push_back(piece);
  }
  pieces_ = std::move(pieces);
  Merge();
}

void Frontier::Merge() {
  std::vector<Piece> merged;
  for (const Piece& piece : pieces_) {
    if (!merged.empty() && merged.back().tightened == piece.tightened && merged.back().decided == piece.decided) {
      merged.back().last = piece.last;
    } else {
      merged.push_back(piece);
    }
  }
  pieces_ = std::move(merged);
}

std::string Frontier::Encode() const {
  crypto::ByteWriter writer;
  writer.U8(kFormat).U64(log_size_).U64(parcel_).U16(static_cast<uint16_t>(pieces_.size()));
  for (const Piece& piece : pieces_) writer.U64(piece.last).Raw(piece.tightened).Raw(piece.decided);
  return writer.Take();
}

absl::StatusOr<Frontier> Frontier::Decode(std::string_view bytes) {
  crypto::ByteReader reader(bytes);
  Frontier frontier;
  if (reader.U8() != kFormat) reader.Fail();
  frontier.log_size_ = reader.U64();
  frontier.parcel_ = reader.U64();
  const uint16_t pieces = reader.U16();
  if (pieces > kMostPieces) reader.Fail();
  uint64_t before = 0;
  for (uint16_t i = 0; i < pieces && reader.ok(); ++i) {
    Piece piece;
    piece.last = reader.U64();
    piece.tightened = ReadDigest(reader);
    piece.decided = ReadDigest(reader);
    if (piece.last <= before) reader.Fail();
    // The version before left the older name on what it had tightened and not loosened (Done).
    if (!piece.postponed() && piece.tightened != piece.decided) piece.decided = kNever;
    before = piece.last;
    frontier.pieces_.push_back(piece);
  }
  if (auto status = reader.Finish("cursor"); !status.ok()) return status;
  return frontier;
}

absl::StatusOr<std::string> Frontier::Seal(const vault::Vault& vault, std::string_view organisation) const {
  if (pieces_.size() > kMostPieces) return absl::ResourceExhaustedError("feed: a frontier fell into too many pieces");
  return vault.Seal(kTable, organisation, Encode());
}

absl::StatusOr<Frontier> Frontier::Open(const vault::Vault& vault, std::string_view organisation,
                                        std::string_view cursor) {
  if (cursor.empty()) return Frontier();
  auto bytes = vault.Open(kTable, organisation, cursor);
  if (!bytes.ok()) return bytes.status();
  return Decode(*bytes);
}

}  // namespace tidegate::feed
