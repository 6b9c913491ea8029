// The two logs in their tiles, the heads signed for them, and the proofs of received records.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "crypto/checkpoint/checkpoint.h"
#include "crypto/fingerprint.h"
#include "crypto/merkle/merkle.h"
#include "node/store/verify/run.h"

namespace tidegate::verify {
namespace {

constexpr uint64_t kTile = 256;
constexpr size_t kHash = 32;

std::optional<std::vector<crypto::Hash>> Hashes(std::string_view bytes) {
  if (bytes.empty() || bytes.size() % kHash != 0 || bytes.size() > kTile * kHash) return std::nullopt;
  std::vector<crypto::Hash> hashes(bytes.size() / kHash);
  for (size_t i = 0; i < hashes.size(); ++i) std::copy_n(bytes.data() + i * kHash, kHash, hashes[i].begin());
  return hashes;
}

std::string TileName(unsigned level, uint64_t index) { return absl::StrCat("tile ", level, "/", index); }

// The head that was signed last and stored.
void CheckHead(Run& run, LogTiles& log, std::string_view name, const std::optional<checkpoint::VerifierKey>& key) {
  const auto blind = static_cast<uint16_t>(kNamedBlind | kLedgerTable);
  std::string place(1, static_cast<char>(kLedgerTable));
  place += crypto::View(run.disk.vault().BlindTerm(blind, name));
  place += crypto::View(run.disk.vault().BlindTerm(blind, "head"));
  std::optional<std::string_view> sealed = run.disk.Raw("named", place);
  if (!sealed.has_value()) return;  // nothing was signed yet, or not yet stored
  absl::StatusOr<std::string> plain = run.disk.Open("named", place, *sealed);
  if (!plain.ok()) return;  // CheckNamed says so
  Fields in(*plain);
  in.Take(in.Fixed(2));
  in.Take(in.Fixed(2));
  const std::string note(in.Rest());
  absl::StatusOr<checkpoint::Checkpoint> head =
      key.has_value() ? checkpoint::VerifyCheckpoint(note, *key) : checkpoint::ReadUnverified(note);
  if (!head.ok()) {
    run.disk.Found(log.name(), "the signed head", std::string(head.status().message()));
  } else if (head->size > log.size()) {
    run.disk.Found(log.name(), "the signed head",
                   absl::StrCat("is of ", head->size, " leaves, and the log has ", log.size(), ": it was rolled back"));
  } else if (log.Root(head->size) != head->root) {
    run.disk.Found(log.name(), "the signed head", "has another root than the log");
  }
}

}  // namespace

std::optional<std::vector<crypto::Hash>> LogTiles::Tile(unsigned level, uint64_t index) {
  const std::string key = BigEndian(table_, 1) + BigEndian(level, 1) + BigEndian(index);
  std::optional<std::string_view> sealed = disk_.Raw("ordered", key);
  if (!sealed.has_value()) return std::nullopt;
  absl::StatusOr<std::string> plain = disk_.Open("ordered", key, *sealed);
  return plain.ok() ? Hashes(*plain) : std::nullopt;
}

void LogTiles::Check() {
  // All roots of full tiles, level by level, against the level above.
  std::vector<crypto::Hash> below;
  bool sound = true;
  for (unsigned level = 0;; ++level) {
    const std::string prefix = BigEndian(table_, 1) + BigEndian(level, 1);
    std::vector<crypto::Hash> nodes, full;
    uint64_t tiles = 0;
    bool ended = false;
    disk_.ForEach("ordered", prefix, [&](std::string_view key, std::string_view sealed) {
      Fields name(After(key, 2));
      const uint64_t index = name.Fixed(8);
      const std::string where = TileName(level, index);
      if (!name.done() || index != tiles || ended) {
        disk_.Found(name_, where, "does not follow the tile before");
        sound = false;
      }
      ++tiles;
      std::optional<std::string> plain = disk_.Unseal("ordered", key, sealed, absl::StrCat(name_, " ", where));
      std::optional<std::vector<crypto::Hash>> hashes;
      if (plain.has_value()) hashes = Hashes(*plain);
      if (!hashes.has_value()) {
        if (plain.has_value()) disk_.Found(name_, where, "is damaged");
        sound = false;
        hashes.emplace(kTile);
      }
      ended = hashes->size() < kTile;
      if (!ended) full.push_back(merkle::RootOf(*hashes));
      if (level == 0) size_ = index * kTile + hashes->size();
      if (level > 0) nodes.insert(nodes.end(), hashes->begin(), hashes->end());
      return true;
    });
    if (level > 0 && sound && nodes != below) {
      const auto differ = std::mismatch(nodes.begin(), nodes.end(), below.begin(), below.end());
      const auto at = static_cast<uint64_t>(differ.first - nodes.begin());
      disk_.Found(name_, TileName(level, at / kTile), "does not agree with the tiles below it");
      sound = false;
    }
    if (tiles == 0) break;
    below = std::move(full);
  }
  if (!sound) disk_.Found(name_, "the log", "cannot be trusted from the first fault on");
}

std::optional<crypto::Hash> LogTiles::Leaf(uint64_t index) {
  if (index >= size_) return std::nullopt;
  if (cached_ != index / kTile) {
    std::optional<std::vector<crypto::Hash>> tile = Tile(0, index / kTile);
    tile_ = tile.has_value() ? *std::move(tile) : std::vector<crypto::Hash>();
    cached_ = index / kTile;
  }
  if (index % kTile >= tile_.size()) return std::nullopt;
  return tile_[index % kTile];
}

crypto::Hash LogTiles::Root(uint64_t size) {
  merkle::Accumulator tree;
  for (uint64_t i = 0; i < size; ++i) tree.Push(Leaf(i).value_or(crypto::Hash{}));
  return tree.Root();
}

bool DecodeProof(std::string_view plain, ProofRow& row) {
  Fields in(plain);
  if (in.Fixed(1) != 1) return false;
  row.author = in.Bytes();
  row.giver = in.Bytes();
  row.note = in.Bytes();
  row.log_size = in.Number();
  in.Take(kHash);
  const uint64_t leaves = in.Number();
  uint64_t position = 0;
  for (uint64_t i = 0; in.ok() && i < leaves; ++i) {
    position += in.Number();
    row.positions.push_back(position);
    std::optional<std::vector<crypto::Hash>> leaf = Hashes(in.Take(kHash));
    if (!leaf.has_value()) return false;
    row.leaves.push_back(leaf->front());
  }
  const uint64_t hashes = in.Number();
  for (uint64_t i = 0; in.ok() && i < hashes; ++i) {
    std::optional<std::vector<crypto::Hash>> hash = Hashes(in.Take(kHash));
    if (!hash.has_value()) return false;
    row.proof.push_back(hash->front());
  }
  return in.done();
}

void CheckLogs(Run& run) {
  run.author_log.Check();
  run.register_log.Check();
  run.disk.report().log_leaves = run.author_log.size();
  CheckHead(run, run.author_log, "author", run.options.log_key);
  CheckHead(run, run.register_log, "register", run.options.register_key);
}

void CheckProofs(Run& run) {
  uint64_t expected = 1;
  run.disk.ForEach("proofs", "", [&](std::string_view key, std::string_view sealed) {
    ++run.disk.report().proofs;
    const uint64_t id = Fields(key).Fixed(8);
    const std::string where = absl::StrCat("proof ", id);
    if (key.size() != 8 || id != expected) run.disk.Found("proofs", absl::StrCat("proof ", expected), "is missing");
    expected = id + 1;
    std::optional<std::string> plain = run.disk.Unseal("proofs", key, sealed, where);
    if (!plain.has_value()) return true;
    ProofRow row;
    if (!DecodeProof(*plain, row)) {
      run.disk.Found("proofs", where, "is damaged");
      return true;
    }
    absl::StatusOr<checkpoint::Checkpoint> head = checkpoint::ReadUnverified(row.note);
    if (head.ok()) {
      std::optional<checkpoint::VerifierKey> author;
      if (run.options.author_key) author = run.options.author_key(row.author, head->origin);
      if (author.has_value()) {
        head = checkpoint::VerifyCheckpoint(row.note, *author);
      } else {
        run.disk.report().unknown_authors += row.positions.size();
      }
    }
    if (!head.ok()) {
      run.disk.Found("proofs", where, absl::StrCat("its checkpoint: ", head.status().message()));
      return true;
    }
    absl::StatusOr<crypto::Hash> root = merkle::RootFromMulti(row.log_size, row.positions, row.leaves, row.proof);
    if (head->size != row.log_size || !root.ok() || *root != head->root) {
      run.disk.Found("proofs", where, "does not lead to the root that the author signed");
    }
    return true;
  });
}

}  // namespace tidegate::verify
