// The hop between two of our processes: bytes of sealed parcels as frames over a socket pair (node/door/DOOR.md),
// beside the same bytes without frames. A record that is shared makes this hop twice: out through the author's door,
// and in through the receiver's dialler.
#include <benchmark/benchmark.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "node/door/frame.h"

namespace tidegate::bench {
namespace {

constexpr size_t kPiece = 16 << 10;  // as TLS brings them
constexpr size_t kPieces = 64;
constexpr double kWireBytes = 1285;  // of a record: catchup.wire

void SendAll(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t length = send(file, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (length <= 0) return;
    bytes.remove_prefix(static_cast<size_t>(length));
  }
}

// Takes kPieces pieces, then says so with one byte. Repeats that until the other end closes.
void TakeAll(int file, bool frames) {
  std::string bytes(64 << 10, '\0');
  door::FrameReader reader;
  size_t taken = 0;
  while (true) {
    const ssize_t length = recv(file, bytes.data(), bytes.size(), 0);
    if (length <= 0) return;
    const std::string_view came(bytes.data(), static_cast<size_t>(length));
    if (!frames) {
      taken += came.size();
    } else {
      reader.Add(came);
      for (auto frame = reader.Next(); frame.ok() && frame->has_value(); frame = reader.Next()) {
        taken += (*frame)->payload.size();
      }
    }
    if (taken < kPieces * kPiece) continue;
    taken -= kPieces * kPiece;
    SendAll(file, "x");
  }
}

void Cross(benchmark::State& state, bool frames) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return state.SkipWithError("no socket pair");
  std::thread taker([&ends, frames] { TakeAll(ends[1], frames); });
  const std::string piece(kPiece, 'x');
  char answer = 0;
  for (auto _ : state) {
    for (size_t i = 0; i < kPieces; ++i) {
      if (frames) {
        SendAll(ends[0], door::EncodeFrame(door::Kind::kReceived, 1, 1, piece));
      } else {
        SendAll(ends[0], piece);
      }
    }
    benchmark::DoNotOptimize(recv(ends[0], &answer, 1, 0));
  }
  shutdown(ends[0], SHUT_RDWR);
  taker.join();
  close(ends[0]);
  close(ends[1]);
  state.counters["records"] = static_cast<double>(kPieces * kPiece) / kWireBytes;
}

void HopFrames(benchmark::State& state) { Cross(state, true); }
BENCHMARK(HopFrames)->UseRealTime();

void CeilingSocketPair(benchmark::State& state) { Cross(state, false); }
BENCHMARK(CeilingSocketPair)->UseRealTime();

}  // namespace
}  // namespace tidegate::bench
