// The store's own rows, chunks and list of runs: what is accepted re-encodes identically.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "node/store/index/chunk.h"
#include "node/store/index/runs.h"
#include "node/store/rows.h"

namespace index = tidegate::index;
namespace store = tidegate::store;

namespace {

void Chunk(std::string_view bytes) {
  index::ChunkReader reader(bytes);
  index::ChunkBuilder builder;
  index::Posting last;
  bool room = true;
  while (reader.Next()) {
    if (!(last < reader.posting())) std::abort();
    last = reader.posting();
    room = room && builder.Add(last);
  }
  if (room && !reader.damaged() && builder.Take() != bytes) std::abort();
  if (!room && bytes.size() <= index::kMostChunkBytes && !reader.damaged()) std::abort();
  // Going on from term to term ends too.
  index::ChunkReader terms(bytes);
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
  if (auto runs = index::DecodeRuns(bytes); runs.ok() && index::EncodeRuns(*runs) != bytes) std::abort();
  Chunk(bytes);
  return 0;
}
