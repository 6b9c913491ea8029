// The store's own rows, chunks and list of runs: what is accepted re-encodes identically.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "node/store/index/chunk.h"
#include "node/store/index/runs.h"
#include "node/store/rows.h"

namespace store = tidegate::store;

namespace {

void Chunk(std::string_view bytes) {
  tidegate::index::ChunkReader reader(bytes);
  tidegate::index::ChunkBuilder builder;
  tidegate::index::Posting last;
  bool room = true;
  while (reader.Next()) {
    if (!(last < reader.posting())) std::abort();
    last = reader.posting();
    room = room && builder.Add(last);
  }
  if (room && !reader.damaged() && builder.Take() != bytes) std::abort();
  constexpr size_t kRoom = tidegate::index::kMostChunkBytes - tidegate::index::kCheckBytes;
  if (!room && bytes.size() <= kRoom && !reader.damaged()) std::abort();
  // Going on from term to term ends too.
  tidegate::index::ChunkReader terms(bytes);
  while (terms.NextTerm()) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (auto row = store::DecodeRow(bytes); row.ok()) {
    std::string again;
    store::EncodeRow(*row, again);
    if (again != bytes) std::abort();
  }
  if (auto proof = store::DecodeProof(bytes); proof.ok() && store::EncodeProof(*proof) != bytes) std::abort();
  if (auto key = store::DecodeCountKey(bytes); key.ok() && store::EncodeCountKey(*key) != bytes) std::abort();
  if (auto runs = tidegate::index::DecodeRuns(bytes); runs.ok() && tidegate::index::EncodeRuns(*runs) != bytes)
    std::abort();
  Chunk(bytes);
  return 0;
}
