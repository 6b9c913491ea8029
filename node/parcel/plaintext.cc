#include "node/parcel/plaintext.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace tidegate::parcel {
namespace {

constexpr std::string_view kPlaintextLabel = crypto::Label("TDGpcl1");
constexpr std::string_view kWholeRecallsLabel = crypto::Label("TDGpcl2");
constexpr size_t kPiece = 64 << 10;
constexpr size_t kMaxOpenings = policy::kMostSlots;
// The least bytes that one of each takes, so that a count is checked against what is left before anything is reserved.
constexpr size_t kLeastSection = 2 + 2 + 8 + 1 + 4 + 4 + 4;
constexpr size_t kLeastItem = 8 + 2 + 4;
constexpr size_t kLeastRecall = 8 + 2;
constexpr size_t kLeastWithdrawal = 32 + 2;
constexpr size_t kLeastInstant = 32 + 1 + 8;
constexpr size_t kLeastWholeRecall = 32 + 16;

uint32_t Count(size_t size) { return static_cast<uint32_t>(size); }

}  // namespace

absl::Status SectionWriter::Give() {
  given_ += piece_.size();
  if (given_ > limits_.plaintext_bytes) return absl::ResourceExhaustedError("parcel: more than one parcel may hold");
  const std::string piece = piece_.Take();
  return sink_(piece);
}

absl::Status SectionWriter::GiveIfFull() { return piece_.size() < kPiece ? absl::OkStatus() : Give(); }

absl::Status SectionWriter::WriteSection(const Section& section) {
  piece_.Lp16(section.vkey).Lp16(section.note).U64(section.linked_size);
  piece_.U8(static_cast<uint8_t>(section.consistency.size()));
  for (const Hash& hash : section.consistency) piece_.Raw(hash);
  piece_.U32(Count(section.log_proof.size()));
  for (const Hash& hash : section.log_proof) piece_.Raw(hash);
  piece_.U32(Count(section.items.size()));
  for (const Item& item : section.items) {
    piece_.U64(item.log_index()).Lp16(item.disclosed().purpose).Lp32(item.view_);
    if (absl::Status given = GiveIfFull(); !given.ok()) return given;
  }
  piece_.U32(Count(section.recalls.size()));
  for (const RecallItem& recall : section.recalls) {
    piece_.U64(recall.log_index).Lp16(recall.statement);
    if (absl::Status given = GiveIfFull(); !given.ok()) return given;
  }
  return absl::OkStatus();
}

void SectionWriter::WriteNotices(const SealRequest& request) {
  piece_.U32(Count(request.withdrawals.size()));
  for (const Withdrawal& withdrawal : request.withdrawals) {
    piece_.Raw(withdrawal.leaf).U16(static_cast<uint16_t>(withdrawal.allowed.size()));
    for (const record::SlotRung& opening : withdrawal.allowed) piece_.U16(opening.slot).U8(opening.rung);
  }
  piece_.U32(Count(request.instants.size()));
  for (const Instant& instant : request.instants) {
    piece_.Raw(instant.leaf).U8(static_cast<uint8_t>(instant.what)).U64(instant.at_ms);
  }
  if (request.whole_recalls.empty()) return;  // whoever reads contents 1 alone reads this
  piece_.U32(Count(request.whole_recalls.size()));
  for (const WholeRecall& recall : request.whole_recalls) piece_.Raw(recall.leaf).Raw(recall.record);
}

absl::Status SectionWriter::Write(const SealRequest& request, const Id16& parcel_salt) {
  piece_.Raw(request.whole_recalls.empty() ? kPlaintextLabel : kWholeRecallsLabel)
      .Raw(parcel_salt)
      .U16(static_cast<uint16_t>(request.sections.size()));
  for (const Section& section : request.sections) {
    if (absl::Status written = WriteSection(section); !written.ok()) return written;
  }
  WriteNotices(request);
  piece_.Lp16(request.next_cursor);
  return Give();
}

namespace {

class PlaintextReader {
 public:
  PlaintextReader(std::string_view plaintext, const Limits& limits) : in_(plaintext), limits_(limits) {}

  absl::StatusOr<RawPlaintext> Read() {
    const std::string_view label = in_.Raw(kPlaintextLabel.size());
    if (label != kPlaintextLabel && label != kWholeRecallsLabel) {
      return Refuse(Layer::kVersion, "the contents are of an unknown version");
    }
    RawPlaintext out;
    out.parcel_salt = in_.Array<16>();
    const uint32_t sections = in_.U16();
    if (sections > limits_.sections) return Refuse(Layer::kLimit, "too many sections");
    if (!Plausible(sections, kLeastSection)) return Malformed();
    out.sections.resize(sections);
    for (RawSection& section : out.sections) {
      if (absl::Status read = ReadSection(section); !read.ok()) return read;
    }
    if (absl::Status read = ReadWithdrawals(out); !read.ok()) return read;
    if (absl::Status read = ReadInstants(out); !read.ok()) return read;
    if (label == kWholeRecallsLabel) {
      if (absl::Status read = ReadWholeRecalls(out); !read.ok()) return read;
    }
    out.next_cursor = in_.Lp16();
    if (!in_.Finish("parcel").ok()) return Malformed();
    return out;
  }

 private:
  absl::Status Malformed() const {
    return Refuse(Layer::kOpening, absl::StrCat("the contents are not well-formed at byte ", in_.position()));
  }
  bool Plausible(uint64_t count, size_t least) const { return in_.ok() && count <= in_.remaining() / least; }

  // Every view, recall and notice counts towards one limit.
  absl::Status TakeCount(uint32_t& count, size_t least) {
    count = in_.U32();
    if (!in_.ok()) return Malformed();
    records_ += count;
    if (records_ > limits_.records) return Refuse(Layer::kLimit, "too many records");
    return Plausible(count, least) ? absl::OkStatus() : Malformed();
  }

  absl::Status ReadHashes(uint64_t count, std::vector<Hash>& out) {
    if (count > kMaxProofHashes) return Refuse(Layer::kLimit, "a proof is too long");
    if (!Plausible(count, 32)) return Malformed();
    out.reserve(count);
    for (uint64_t i = 0; i < count; ++i) out.push_back(in_.Array<32>());
    return absl::OkStatus();
  }

  absl::Status ReadSection(RawSection& section) {
    section.vkey = in_.Lp16();
    section.note = in_.Lp16();
    section.linked_size = in_.U64();
    if (absl::Status read = ReadHashes(in_.U8(), section.consistency); !read.ok()) return read;
    if (absl::Status read = ReadHashes(in_.U32(), section.log_proof); !read.ok()) return read;
    uint32_t count = 0;
    if (absl::Status read = TakeCount(count, kLeastItem); !read.ok()) return read;
    section.items.resize(count);
    for (size_t i = 0; i < count; ++i) {
      RawItem& item = section.items[i];
      item.log_index = in_.U64();
      item.purpose = in_.Lp16();
      item.view = in_.Lp32();
      if (!in_.ok()) return Malformed();
      if (i > 0 && item.log_index <= section.items[i - 1].log_index) {
        return Refuse(Layer::kProof, "the views of a section are not in the order of their log");
      }
    }
    if (absl::Status read = TakeCount(count, kLeastRecall); !read.ok()) return read;
    section.recalls.resize(count);
    for (size_t i = 0; i < count; ++i) {
      RawRecall& recall = section.recalls[i];
      recall.log_index = in_.U64();
      recall.statement = in_.Lp16();
      if (!in_.ok()) return Malformed();
      if (i > 0 && recall.log_index <= section.recalls[i - 1].log_index) {
        return Refuse(Layer::kProof, "the recalls of a section are not in the order of their log");
      }
    }
    return absl::OkStatus();
  }

  absl::Status ReadWithdrawals(RawPlaintext& out) {
    uint32_t count = 0;
    if (absl::Status read = TakeCount(count, kLeastWithdrawal); !read.ok()) return read;
    out.withdrawals.resize(count);
    for (Withdrawal& withdrawal : out.withdrawals) {
      withdrawal.leaf = in_.Array<32>();
      const uint32_t openings = in_.U16();
      if (openings > kMaxOpenings || !Plausible(openings, 3)) return Malformed();
      withdrawal.allowed.resize(openings);
      for (size_t i = 0; i < openings; ++i) {
        withdrawal.allowed[i].slot = in_.U16();
        withdrawal.allowed[i].rung = in_.U8();
        if (i > 0 && withdrawal.allowed[i].slot <= withdrawal.allowed[i - 1].slot) return Malformed();
      }
    }
    return absl::OkStatus();
  }

  absl::Status ReadInstants(RawPlaintext& out) {
    uint32_t count = 0;
    if (absl::Status read = TakeCount(count, kLeastInstant); !read.ok()) return read;
    out.instants.resize(count);
    for (Instant& instant : out.instants) {
      instant.leaf = in_.Array<32>();
      const uint8_t what = in_.U8();
      instant.at_ms = in_.U64();
      if (what != static_cast<uint8_t>(Instant::What::kMayBeUsed) &&
          what != static_cast<uint8_t>(Instant::What::kExpired)) {
        return Malformed();
      }
      instant.what = static_cast<Instant::What>(what);
    }
    return absl::OkStatus();
  }

  absl::Status ReadWholeRecalls(RawPlaintext& out) {
    uint32_t count = 0;
    if (absl::Status read = TakeCount(count, kLeastWholeRecall); !read.ok()) return read;
    if (count == 0) return Malformed();  // without any, the contents are 1
    out.whole_recalls.resize(count);
    for (WholeRecall& recall : out.whole_recalls) {
      recall.leaf = in_.Array<32>();
      recall.record = in_.Array<16>();
    }
    return absl::OkStatus();
  }

  crypto::ByteReader in_;
  const Limits& limits_;
  uint64_t records_ = 0;
};

}  // namespace

absl::StatusOr<RawPlaintext> ReadPlaintext(std::string_view plaintext, const Limits& limits) {
  return PlaintextReader(plaintext, limits).Read();
}

}  // namespace tidegate::parcel
