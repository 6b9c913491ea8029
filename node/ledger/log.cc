// A log as tiles of 256 hashes (c2sp.org/tlog-tiles): tile (level, i) holds the roots of 256 subtrees of 256^level
// leaves each. Only perfect roots are kept; the right edge is computed when asked for.
#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "crypto/merkle/merkle.h"
#include "node/ledger/layout.h"
#include "node/ledger/ledger.h"
#include "threads/threads.h"

namespace tidegate::ledger {
namespace {

constexpr size_t kHashBytes = std::tuple_size_v<Hash>;

absl::Status Damaged(std::string_view origin, std::string_view what) {
  return absl::DataLossError(
      absl::StrCat("ledger: `", std::string(origin), "`: ", std::string(what), "; run `tidegate verify`"));
}

// The hashes of a tile; DataLoss if it has none, too many or a part of one.
absl::StatusOr<std::vector<Hash>> ParseTile(std::string_view bytes) {
  if (bytes.empty() || bytes.size() % kHashBytes != 0 || bytes.size() > kTileWidth * kHashBytes) {
    return absl::DataLossError("ledger: a log tile is damaged; run `tidegate verify`");
  }
  std::vector<Hash> hashes(bytes.size() / kHashBytes);
  for (size_t i = 0; i < hashes.size(); ++i) std::copy_n(bytes.begin() + i * kHashBytes, kHashBytes, hashes[i].begin());
  return hashes;
}

std::string PrintTile(const std::vector<Hash>& hashes) {
  std::string bytes;
  bytes.reserve(hashes.size() * kHashBytes);
  for (const Hash& hash : hashes) bytes.append(crypto::View(hash));
  return bytes;
}

// The perfect nodes of a log, read tile by tile from one transaction.
class TileReader {
 public:
  TileReader(const store::Reader& reader, store::Ordered table) : reader_(reader), table_(table) {}

  // Node `index` of `level` as merkle::NodeSource means it.
  absl::StatusOr<Hash> Node(unsigned level, uint64_t index) {
    const unsigned tile_level = level / kTileHeight;
    const unsigned above = level % kTileHeight;
    const uint64_t first = index << above;
    absl::StatusOr<Opened*> tile = Tile(tile_level, first >> kTileHeight);
    if (!tile.ok()) return tile.status();
    const uint64_t at = (first % kTileWidth) >> above;
    const std::vector<Hash>& row = (*tile)->Row(above);
    if (at >= row.size()) return absl::DataLossError("ledger: a log tile is too short; run `tidegate verify`");
    return row[at];
  }

  absl::StatusOr<Hash> Range(uint64_t begin, uint64_t end) {
    return merkle::RootOfRange(begin, end, [this](unsigned level, uint64_t index) { return Node(level, index); });
  }

  absl::StatusOr<Hash> Root(uint64_t size) { return size == 0 ? merkle::EmptyRoot() : Range(0, size); }

 private:
  // A tile with the nodes above its leaves: row `above` has those of 2^above leaves, as far as all of them are there.
  // Each row is computed once, because the proofs of records that arrived together share most of it.
  class Opened {
   public:
    explicit Opened(std::vector<Hash> leaves) { rows_.push_back(std::move(leaves)); }
    const std::vector<Hash>& Row(unsigned above) {
      while (rows_.size() <= above) {
        const std::vector<Hash>& below = rows_.back();
        std::vector<Hash> row(below.size() / 2);
        for (size_t i = 0; i < row.size(); ++i) row[i] = merkle::NodeHash(below[2 * i], below[2 * i + 1]);
        rows_.push_back(std::move(row));
      }
      return rows_[above];
    }

   private:
    std::vector<std::vector<Hash>> rows_;
  };

  absl::StatusOr<Opened*> Tile(unsigned level, uint64_t index) {
    const auto key = std::pair(level, index);
    if (auto found = tiles_.find(key); found != tiles_.end()) return &found->second;
    absl::StatusOr<std::string> bytes = reader_.GetOrdered(table_, TileKey(level, index));
    if (!bytes.ok()) return bytes.status();
    absl::StatusOr<std::vector<Hash>> tile = ParseTile(*bytes);
    if (!tile.ok()) return tile.status();
    // A proof over a long batch touches neighbours; more than this is a walk through the whole log.
    if (tiles_.size() >= 64) tiles_.clear();
    return &tiles_.emplace(key, *std::move(tile)).first->second;
  }

  const store::Reader& reader_;
  const store::Ordered table_;
  std::map<std::pair<unsigned, uint64_t>, Opened> tiles_;
};

// Leaves on disk: the length of the last tile says it.
absl::StatusOr<uint64_t> SizeOf(const store::Reader& reader, store::Ordered table) {
  uint64_t size = 0;
  const auto read_last = [&size](std::string_view key,
                                 const absl::StatusOr<std::string_view>& tile) -> absl::StatusOr<bool> {
    if (!tile.ok()) return tile.status();
    crypto::ByteReader fields(key);
    fields.U8();
    const uint64_t index = fields.U64();
    if (absl::Status whole = fields.Finish("tile key"); !whole.ok()) return whole;
    if (absl::Status whole = ParseTile(*tile).status(); !whole.ok()) return whole;
    size = index * kTileWidth + tile->size() / kHashBytes;
    return false;
  };
  absl::Status status = reader.ForEachOrdered(table, std::string_view("\0", 1), "", true, read_last);
  if (!status.ok()) return status;
  return size;
}

}  // namespace

class Log::State {
 public:
  State(store::Store& store_in, std::string name_in, store::Ordered tiles_in, std::string origin,
        const crypto::SigningKey& key_in)
      : store(store_in),
        name(std::move(name_in)),
        tiles(tiles_in),
        key(key_in),
        verifier{std::move(origin), key_in.public_key()} {}

  store::Store& store;
  const std::string name;
  const store::Ordered tiles;
  const crypto::SigningKey& key;
  const checkpoint::VerifierKey verifier;

  threads::Mutex mutex;
  uint64_t size ABSL_GUARDED_BY(mutex) = 0;        // on disk
  SignedHead head ABSL_GUARDED_BY(mutex);          // the newest signed
  bool head_stored ABSL_GUARDED_BY(mutex) = true;  // whether the store has it
};

// The leaves that one transaction adds. The unfinished tile of each level is written once, at the end.
class Log::Tail : public store::Deferred {
 public:
  explicit Tail(State& state) : state_(state) {}

  absl::Status Load(const store::Reader& reader) {
    absl::StatusOr<uint64_t> size = SizeOf(reader, state_.tiles);
    if (!size.ok()) return size.status();
    size_ = *size;
    uint64_t nodes = size_;
    for (unsigned level = 0; nodes > 0; ++level, nodes /= kTileWidth) {
      edge_.emplace_back();
      if (nodes % kTileWidth == 0) continue;
      absl::StatusOr<std::string> bytes = reader.GetOrdered(state_.tiles, TileKey(level, nodes / kTileWidth));
      if (!bytes.ok()) return bytes.status();
      absl::StatusOr<std::vector<Hash>> tile = ParseTile(*bytes);
      if (!tile.ok()) return tile.status();
      if (tile->size() != nodes % kTileWidth) return Damaged(state_.verifier.name, "the tiles do not fit each other");
      edge_[level] = *std::move(tile);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<uint64_t> Push(store::WriteTransaction& transaction, const Hash& leaf) {
    Hash node = leaf;
    uint64_t index = size_;  // of the node, in its level
    for (unsigned level = 0;; ++level, index /= kTileWidth) {
      if (level == edge_.size()) edge_.emplace_back();
      edge_[level].push_back(node);
      if (edge_[level].size() < kTileWidth) break;
      node = merkle::RootOf(edge_[level]);
      absl::Status status =
          transaction.PutOrdered(state_.tiles, TileKey(level, index / kTileWidth), PrintTile(edge_[level]));
      if (!status.ok()) return status;
      edge_[level].clear();
    }
    return size_++;
  }

  absl::Status Flush(store::WriteTransaction& transaction) override {
    uint64_t nodes = size_;
    for (unsigned level = 0; level < edge_.size(); ++level, nodes /= kTileWidth) {
      if (edge_[level].empty()) continue;
      absl::Status status =
          transaction.PutOrdered(state_.tiles, TileKey(level, nodes / kTileWidth), PrintTile(edge_[level]));
      if (!status.ok()) return status;
    }
    // The head signed last travels with the next commit: signing needs no commit of its own.
    threads::MutexLock lock(state_.mutex);
    if (state_.head_stored) return absl::OkStatus();
    note_ = state_.head.note;
    return transaction.PutNamed(store::Named::kLedger, state_.name, kHeadItem, state_.head.note);
  }

  void Committed() override {
    threads::MutexLock lock(state_.mutex);
    state_.size = std::max(state_.size, size_);
    if (!note_.empty() && note_ == state_.head.note) state_.head_stored = true;
  }

 private:
  State& state_;
  uint64_t size_ = 0;
  std::vector<std::vector<Hash>> edge_;  // by level; the hashes of the unfinished tile
  std::string note_;                     // the head that this transaction stores
};

Log::Log(std::unique_ptr<State> state) : state_(std::move(state)) {}
Log::~Log() = default;

absl::StatusOr<std::unique_ptr<Log>> Log::Open(store::Store& store, std::string_view name, store::Ordered tiles,
                                               std::string origin, const crypto::SigningKey& key) {
  if (absl::Status status = checkpoint::CheckName(origin); !status.ok()) return status;
  auto state = std::make_unique<State>(store, std::string(name), tiles, std::move(origin), key);
  absl::StatusOr<std::unique_ptr<store::Snapshot>> snapshot = store.Read();
  if (!snapshot.ok()) return snapshot.status();
  absl::StatusOr<uint64_t> size = SizeOf(**snapshot, tiles);
  if (!size.ok()) return size.status();
  {
    const threads::MutexLock lock(state->mutex);
    state->size = *size;
  }
  absl::StatusOr<std::string> note = (*snapshot)->GetNamed(store::Named::kLedger, state->name, kHeadItem);
  if (absl::IsNotFound(note.status())) return std::unique_ptr<Log>(new Log(std::move(state)));
  if (!note.ok()) return note.status();
  absl::StatusOr<checkpoint::Checkpoint> head = checkpoint::VerifyCheckpoint(*note, state->verifier);
  if (!head.ok()) {
    return Damaged(state->verifier.name,
                   absl::StrCat("the stored checkpoint is not this log's: ", head.status().message()));
  }
  {
    const threads::MutexLock lock(state->mutex);
    state->head = {head->size, head->root, *std::move(note)};
  }
  std::unique_ptr<Log> log(new Log(std::move(state)));
  if (absl::Status status = log->CompareWith(*head); !status.ok()) {
    // A store that fails says nothing about the log.
    if (!absl::IsDataLoss(status) && !absl::IsFailedPrecondition(status)) return status;
    return Damaged(head->origin,
                   "the log on disk is not what was signed: it was rolled back or altered, and must not "
                   "be signed again; restore it or open a new epoch");
  }
  return log;
}

absl::StatusOr<uint64_t> Log::Append(store::WriteTransaction& transaction, const Hash& leaf_hash) {
  auto* tail = static_cast<Tail*>(transaction.Attached(this));
  if (tail == nullptr) {
    auto fresh = std::make_unique<Tail>(*state_);
    if (absl::Status status = fresh->Load(transaction); !status.ok()) return status;
    tail = static_cast<Tail*>(transaction.Attach(this, std::move(fresh)));
  }
  return tail->Push(transaction, leaf_hash);
}

uint64_t Log::size() const {
  threads::MutexLock lock(state_->mutex);
  return state_->size;
}
const std::string& Log::origin() const { return state_->verifier.name; }
const checkpoint::VerifierKey& Log::verifier_key() const { return state_->verifier; }

absl::StatusOr<SignedHead> Log::Checkpoint() {
  threads::MutexLock lock(state_->mutex);
  const uint64_t size = state_->size;
  if (state_->head.size == size && !state_->head.note.empty()) return state_->head;
  const SignedHead before = state_->head;
  lock.Unlock();
  absl::StatusOr<Hash> root = Root(size);
  if (!root.ok()) return root.status();
  if (before.size > size) return Damaged(origin(), "it is shorter than what was signed");
  absl::StatusOr<std::string> note = checkpoint::SignCheckpoint({origin(), size, *root}, state_->key);
  if (!note.ok()) return note.status();
  SignedHead head{size, *root, *std::move(note)};
  lock.Lock();
  // Another thread may have signed a later one meanwhile.
  if (head.size > state_->head.size || state_->head.note.empty()) {
    state_->head = head;
    state_->head_stored = false;
  }
  return head;
}

absl::StatusOr<Hash> Log::Root(uint64_t size) const {
  absl::StatusOr<std::unique_ptr<store::Snapshot>> snapshot = state_->store.Read();
  if (!snapshot.ok()) return snapshot.status();
  TileReader tiles(**snapshot, state_->tiles);
  return tiles.Root(size);
}

absl::StatusOr<Hash> Log::Leaf(uint64_t position) const {
  absl::StatusOr<std::unique_ptr<store::Snapshot>> snapshot = state_->store.Read();
  if (!snapshot.ok()) return snapshot.status();
  TileReader tiles(**snapshot, state_->tiles);
  return tiles.Node(0, position);
}

absl::Status Log::CheckSize(uint64_t size) const {
  const uint64_t have = this->size();
  if (size <= have) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("ledger: `", origin(), "` has ", have, " leaves, and ", size, " were asked about"));
}

absl::StatusOr<std::vector<Hash>> Log::Prove(std::span<const uint64_t> positions, uint64_t size) const {
  if (absl::Status status = CheckSize(size); !status.ok()) return status;
  absl::StatusOr<std::unique_ptr<store::Snapshot>> snapshot = state_->store.Read();
  if (!snapshot.ok()) return snapshot.status();
  TileReader tiles(**snapshot, state_->tiles);
  return merkle::ProveMulti(size, positions,
                            [&tiles](uint64_t begin, uint64_t end) { return tiles.Range(begin, end); });
}

absl::StatusOr<std::vector<Hash>> Log::Inclusion(uint64_t position, uint64_t size) const {
  if (absl::Status status = CheckSize(size); !status.ok()) return status;
  absl::StatusOr<std::unique_ptr<store::Snapshot>> snapshot = state_->store.Read();
  if (!snapshot.ok()) return snapshot.status();
  TileReader tiles(**snapshot, state_->tiles);
  return merkle::InclusionProof(position, size,
                                [&tiles](uint64_t begin, uint64_t end) { return tiles.Range(begin, end); });
}

namespace {

class InclusionsOfOneSize final : public Log::Inclusions {
 public:
  InclusionsOfOneSize(std::unique_ptr<store::Snapshot> snapshot, store::Ordered tiles, uint64_t size)
      : snapshot_(std::move(snapshot)), tiles_(*snapshot_, tiles), size_(size) {}
  absl::StatusOr<std::vector<Hash>> Of(uint64_t position) override {
    return merkle::InclusionProof(position, size_,
                                  [this](uint64_t begin, uint64_t end) { return tiles_.Range(begin, end); });
  }

 private:
  const std::unique_ptr<store::Snapshot> snapshot_;
  TileReader tiles_;
  const uint64_t size_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Log::Inclusions>> Log::InclusionsIn(uint64_t size) const {
  if (absl::Status status = CheckSize(size); !status.ok()) return status;
  absl::StatusOr<std::unique_ptr<store::Snapshot>> snapshot = state_->store.Read();
  if (!snapshot.ok()) return snapshot.status();
  return std::make_unique<InclusionsOfOneSize>(*std::move(snapshot), state_->tiles, size);
}

absl::StatusOr<std::vector<Hash>> Log::Consistency(uint64_t old_size, uint64_t new_size) const {
  if (absl::Status status = CheckSize(new_size); !status.ok()) return status;
  absl::StatusOr<std::unique_ptr<store::Snapshot>> snapshot = state_->store.Read();
  if (!snapshot.ok()) return snapshot.status();
  TileReader tiles(**snapshot, state_->tiles);
  return merkle::ConsistencyProof(old_size, new_size,
                                  [&tiles](uint64_t begin, uint64_t end) { return tiles.Range(begin, end); });
}

absl::Status Log::CompareWith(const checkpoint::Checkpoint& theirs) const {
  if (theirs.origin != origin()) {
    return absl::InvalidArgumentError(absl::StrCat("ledger: a checkpoint is not of the log `", origin(), "`"));
  }
  const uint64_t have = size();
  if (theirs.size > have) {
    return absl::FailedPreconditionError(absl::StrCat("ledger: `", origin(), "` has ", have, " leaves here and ",
                                                      theirs.size,
                                                      " elsewhere: this node was restored from a backup; "
                                                      "recover the tail or open a new epoch before authoring"));
  }
  absl::StatusOr<Hash> root = Root(theirs.size);
  if (!root.ok()) return root.status();
  if (*root != theirs.root) return Damaged(origin(), "another root of the same size was signed");
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Log>> AuthorLog::Open(store::Store& store, std::string origin,
                                                     const crypto::SigningKey& key) {
  return Log::Open(store, "author", store::Ordered::kLogTile, std::move(origin), key);
}

}  // namespace tidegate::ledger
