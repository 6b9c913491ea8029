// A parcel's chunks: how long plaintext is cut, padded, sealed, and put together again.
#include <algorithm>
#include <bit>
#include <utility>

#include "absl/strings/str_cat.h"
#include "crypto/envelope/envelope.h"

namespace tidegate::envelope {
namespace {

constexpr char kPadMark = '\x80';
constexpr size_t kMaxChunkSize = size_t{1} << 30;

absl::Status CheckShape(const StreamShape& shape) {
  if (!std::has_single_bit(shape.chunk_size) || !std::has_single_bit(shape.least_last) ||
      shape.least_last > shape.chunk_size || shape.chunk_size > kMaxChunkSize) {
    return absl::InvalidArgumentError(
        "envelope: chunk_size and least_last must be powers of two, and least_last at most chunk_size");
  }
  return absl::OkStatus();
}

// The length to which `size` bytes and the mark are padded.
size_t PaddedSize(size_t size, const StreamShape& shape) { return std::max(shape.least_last, std::bit_ceil(size + 1)); }

std::string_view View(const std::array<char, 13>& aad) { return {aad.data(), aad.size()}; }

}  // namespace

std::array<char, 13> ChunkAad(uint32_t index, bool last) {
  std::array<char, 13> aad{};
  const std::string_view label = crypto::Label("TDGchk1");
  std::copy(label.begin(), label.end(), aad.begin());
  for (size_t i = 0; i < 4; ++i) aad[8 + i] = static_cast<char>(index >> (24 - 8 * i));
  aad[12] = last ? 1 : 0;
  return aad;
}

absl::StatusOr<crypto::Hash> KeyCommitment(const Context& context) {
  crypto::Hash commitment;
  if (absl::Status status = context.Export("TDG key commitment", commitment); !status.ok()) return status;
  return commitment;
}

StreamSealer::StreamSealer(Context context, StreamShape shape, const crypto::Hash& commitment)
    : context_(std::move(context)), shape_(shape), commitment_(commitment) {}

absl::StatusOr<StreamSealer> StreamSealer::Create(Context context, StreamShape shape) {
  if (absl::Status fit = CheckShape(shape); !fit.ok()) return fit;
  if (context.sequence() != 0) return absl::FailedPreconditionError("envelope: a stream needs a context of its own");
  absl::StatusOr<crypto::Hash> commitment = KeyCommitment(context);
  if (!commitment.ok()) return commitment.status();
  return StreamSealer(std::move(context), shape, *commitment);
}

absl::Status StreamSealer::Flush(bool last, ChunkSink sink) {
  // The last number stays free for the last chunk.
  if (chunks_ >= kMaxChunks - (last ? 0 : 1)) return absl::OutOfRangeError("envelope: a stream has too many chunks");
  const std::array<char, 13> aad = ChunkAad(static_cast<uint32_t>(chunks_), last);
  if (absl::Status status = context_.SealInPlace(View(aad), buffer_); !status.ok()) return status;
  digest_.Update(buffer_);
  ++chunks_;
  return sink(std::exchange(buffer_, {}));
}

absl::Status StreamSealer::Write(std::string_view plaintext, ChunkSink sink) {
  if (!open_) return absl::FailedPreconditionError("envelope: this stream has ended");
  while (!plaintext.empty()) {
    const size_t take = std::min(plaintext.size(), shape_.chunk_size - buffer_.size());
    buffer_.reserve(buffer_.size() + take + crypto::kAeadTagSize);
    buffer_.append(plaintext.substr(0, take));
    plaintext.remove_prefix(take);
    if (buffer_.size() < shape_.chunk_size) break;
    if (absl::Status status = Flush(false, sink); !status.ok()) {
      open_ = false;
      return status;
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<StreamClaims> StreamSealer::Finish(ChunkSink sink) {
  if (!open_) return absl::FailedPreconditionError("envelope: this stream has ended");
  open_ = false;
  const size_t padded = PaddedSize(buffer_.size(), shape_);
  buffer_.reserve(padded + crypto::kAeadTagSize);
  buffer_.push_back(kPadMark);
  buffer_.resize(padded, '\0');
  if (absl::Status status = Flush(true, sink); !status.ok()) return status;
  return StreamClaims{commitment_, static_cast<uint32_t>(chunks_), digest_.Finish()};
}

StreamOpener::StreamOpener(Context context, const StreamClaims& claims, StreamShape shape)
    : context_(std::move(context)), claims_(claims), shape_(shape) {}

absl::StatusOr<StreamOpener> StreamOpener::Create(Context context, const StreamClaims& claims, StreamShape shape) {
  if (absl::Status fit = CheckShape(shape); !fit.ok()) return fit;
  if (context.sequence() != 0) return absl::FailedPreconditionError("envelope: a stream needs a context of its own");
  if (claims.chunks == 0) return absl::InvalidArgumentError("envelope: a stream has at least one chunk");
  absl::StatusOr<crypto::Hash> commitment = KeyCommitment(context);
  if (!commitment.ok()) return commitment.status();
  if (!crypto::ConstantTimeEqual(crypto::View(*commitment), crypto::View(claims.commitment))) {
    return absl::UnauthenticatedError("envelope: the stream was sealed under another key than we derive");
  }
  return StreamOpener(std::move(context), claims, shape);
}

absl::Status StreamOpener::CheckSize(size_t plaintext_size, bool last) const {
  const bool fits = last ? std::has_single_bit(plaintext_size) && plaintext_size >= shape_.least_last &&
                               plaintext_size <= shape_.chunk_size
                         : plaintext_size == shape_.chunk_size;
  if (fits) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("envelope: chunk ", seen_, " of ", claims_.chunks, " holds ",
                                                 plaintext_size, " bytes, which no sealer makes"));
}

absl::StatusOr<std::string> StreamOpener::Open(std::string chunk) {
  if (failed_) return absl::FailedPreconditionError("envelope: this stream has failed before");
  failed_ = true;  // until this chunk is found good
  if (seen_ == claims_.chunks) {
    return absl::OutOfRangeError(absl::StrCat("envelope: a chunk follows the last of ", claims_.chunks));
  }
  if (chunk.size() < crypto::kAeadTagSize) {
    return absl::InvalidArgumentError(absl::StrCat("envelope: chunk ", seen_, " is shorter than its tag"));
  }
  const bool last = seen_ + 1 == claims_.chunks;
  if (absl::Status fit = CheckSize(chunk.size() - crypto::kAeadTagSize, last); !fit.ok()) return fit;
  digest_.Update(chunk);
  const std::array<char, 13> aad = ChunkAad(seen_, last);
  if (!context_.OpenInPlace(View(aad), chunk).ok()) {
    return absl::UnauthenticatedError(
        absl::StrCat("envelope: chunk ", seen_, " of ", claims_.chunks, " does not verify in its place"));
  }
  if (last) {
    const size_t mark = chunk.find_last_not_of('\0');
    if (mark == chunk.npos || chunk[mark] != kPadMark || PaddedSize(mark, shape_) != chunk.size()) {
      return absl::InvalidArgumentError("envelope: the last chunk's padding is wrong");
    }
    chunk.resize(mark);
  }
  ++seen_;
  failed_ = false;
  return chunk;
}

absl::Status StreamOpener::Finish() {
  if (failed_) return absl::FailedPreconditionError("envelope: this stream has failed before");
  failed_ = true;  // nothing may follow
  if (seen_ != claims_.chunks) {
    return absl::DataLossError(absl::StrCat("envelope: the stream ends after chunk ", seen_, " of ", claims_.chunks));
  }
  if (digest_.Finish() != claims_.digest) {
    return absl::DataLossError("envelope: the chunks are not those that the manifest names");
  }
  return absl::OkStatus();
}

}  // namespace tidegate::envelope
