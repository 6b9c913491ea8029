// The line between two nodes of one process. It carries parcels one way and receipts back, and can lose, cut and repeat
// them, as a network and a crash do.
#ifndef TIDEGATE_TESTS_SUPPORT_LINE_H_
#define TIDEGATE_TESTS_SUPPORT_LINE_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/memory_node.h"

namespace tidegate::support {

// The fate of one parcel on its way.
enum class Fate {
  kArrives,      // stored, and its receipt taken
  kLost,         // the stream ends before it arrives
  kCut,          // it arrives without its last chunk
  kReceiptLost,  // stored, and its receipt waits in the outbox for the next meeting
  kTwice,        // offered once more after it was stored: the copy is refused
};

struct Meeting {
  size_t stored = 0;    // parcels that the receiver stored
  size_t refused = 0;   // and refused
  bool ended = false;   // by a fate, before the sender had said everything
  absl::Status status;  // of the sender's side
  absl::Status fault;   // the first of the receiver's side, or of a receipt's way back
};

// What a fault in a node's own work does.
enum class Faults { kFailTheTest, kAreTold };

// One Follow stream of `to` at `from`. `fate` is asked for each parcel; without it all arrive.
class Line {
 public:
  Line(MemoryNode& from, MemoryNode& to, Faults faults = Faults::kFailTheTest)
      : from_(from), to_(to), faults_(faults) {}

  // The newest contents of parcels that the receiver says it reads; 0 is what a node of version 0.1 says.
  uint32_t reads = parcel::kContents;

  // From now on those that wait in the receiver's outbox stay there.
  void LeaveReceipts() { brings_receipts_ = false; }

  // Meets until the sender has nothing more to say, or a fate ended the stream.
  Meeting Meet(const std::function<Fate(size_t)>& fate = nullptr) {
    const partner::PartnerPtr sender = to_.directory().Find(from_.name());
    const partner::PartnerPtr receiver = from_.directory().Find(to_.name());
    Meeting meeting;
    if (sender == nullptr || receiver == nullptr) {
      meeting.status = absl::NotFoundError("not paired");
      return meeting;
    }
    Deliver(sender, receiver, meeting);
    Stream stream(*this, sender, receiver, fate, meeting);
    const absl::StatusOr<std::string> cursor = to_.receiving().Cursor(sender);
    if (!Went(cursor.status(), meeting)) return meeting;
    const absl::Status status = from_.sharing().Follow(receiver, *cursor, stream, [&stream] { return stream.over(); });
    if (!stream.over()) meeting.status = status;
    if (!meeting.ended) Deliver(sender, receiver, meeting);
    return meeting;
  }

 private:
  class Chunks final : public exchange::ChunkReader {
   public:
    Chunks(std::vector<std::string> chunks, bool whole) : chunks_(std::move(chunks)), whole_(whole) {}
    absl::StatusOr<std::string> Next() override {
      const size_t end = chunks_.size() - (whole_ ? 0 : 1);
      if (next_ < end) return std::move(chunks_[next_++]);
      if (!whole_) return absl::UnavailableError("the stream broke");
      return std::string();
    }

   private:
    std::vector<std::string> chunks_;
    const bool whole_;
    size_t next_ = 0;
  };

  class Stream final : public exchange::ParcelWriter {
   public:
    Stream(Line& line, partner::PartnerPtr sender, partner::PartnerPtr receiver, std::function<Fate(size_t)> fate,
           Meeting& meeting)
        : line_(line),
          sender_(std::move(sender)),
          receiver_(std::move(receiver)),
          fate_(std::move(fate)),
          meeting_(meeting) {}

    bool over() const { return over_; }

    absl::Status Write(parcel::Sealed parcel) override {
      const Fate fate = fate_ ? fate_(number_) : Fate::kArrives;
      ++number_;
      if (fate == Fate::kLost) return End();
      auto arrived = Read(parcel, fate != Fate::kCut);
      if (!arrived.ok() && fate != Fate::kCut) line_.Went(arrived.status(), meeting_);
      if (!arrived.ok() || *arrived == nullptr) return End();
      auto received = (*arrived)->Store();
      if (!line_.Went(received.status(), meeting_)) return End();
      Take(*received, fate != Fate::kReceiptLost);
      if (fate == Fate::kReceiptLost || !received->refused.ok()) return End();
      if (fate != Fate::kTwice) return absl::OkStatus();
      auto again = Read(parcel, true);
      if (again.ok() && *again != nullptr) Take(Must((*again)->Store()), true);
      return End();
    }
    uint32_t reads() const override { return line_.reads; }
    absl::Status CaughtUp() override {
      over_ = true;
      return absl::CancelledError("everything was said");  // instead of waiting for more
    }

   private:
    absl::StatusOr<std::shared_ptr<exchange::ArrivedParcel>> Read(const parcel::Sealed& parcel, bool whole) {
      Chunks chunks(parcel.chunks, whole);
      const std::string signature(reinterpret_cast<const char*>(parcel.signature.data()), parcel.signature.size());
      return line_.to_.receiving().Read(sender_, parcel.manifest, signature, chunks, nullptr);
    }
    void Take(const exchange::ArrivedParcel::Received& received, bool acknowledge) {
      ++(received.refused.ok() ? meeting_.stored : meeting_.refused);
      if (!acknowledge) return;
      const absl::Status taken = line_.from_.sharing().Acknowledge(receiver_, received.receipt);
      if (taken.ok()) line_.Went(line_.to_.receiving().Acknowledged(sender_, received.receipt), meeting_);
    }
    absl::Status End() {
      over_ = true;
      meeting_.ended = true;
      return absl::CancelledError("the stream broke");
    }

    Line& line_;
    const partner::PartnerPtr sender_, receiver_;
    const std::function<Fate(size_t)> fate_;
    Meeting& meeting_;
    size_t number_ = 0;
    bool over_ = false;
  };

  // Receipts that wait in the receiver's outbox, as a follower brings them.
  void Deliver(const partner::PartnerPtr& sender, const partner::PartnerPtr& receiver, Meeting& meeting) {
    if (!brings_receipts_) return;
    const auto waiting = to_.receiving().Unacknowledged(sender);
    if (!Went(waiting.status(), meeting)) return;
    for (const parcel::SignedReceipt& receipt : *waiting) {
      if (!Went(from_.sharing().Acknowledge(receiver, receipt), meeting)) return;
      if (!Went(to_.receiving().Acknowledged(sender, receipt), meeting)) return;
    }
  }
  bool Went(const absl::Status& status, Meeting& meeting) const {
    if (faults_ == Faults::kFailTheTest) Must(status);
    if (!status.ok() && meeting.fault.ok()) meeting.fault = status;
    return status.ok();
  }

  MemoryNode& from_;
  MemoryNode& to_;
  const Faults faults_;
  bool brings_receipts_ = true;
};

}  // namespace tidegate::support

#endif  // TIDEGATE_TESTS_SUPPORT_LINE_H_
