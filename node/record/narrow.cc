// Narrower views for partners, and views of one leaf put together.
#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "node/record/opening.h"
#include "node/record/value/refusal.h"
#include "node/record/view_maker.h"

namespace tidegate::record {
namespace {

// The slots of the kind a statement names; a verified view always has one.
absl::StatusOr<const Kind*> KindOf(const Statement& statement) {
  const Kind* kind = Catalogue::FindKind(statement.kind, statement.schema_version);
  if (kind == nullptr || kind->slots.size() != statement.n) return Refuse({"opening: the view is of an unknown kind"});
  return kind;
}

absl::Status CheckPositions(const View& view, size_t n) {
  int last = -1;
  for (const Opened& opened : view.opened) {
    if (opened.slot <= last || opened.slot >= n) return Refuse({"opening: the view's fields are out of order"});
    last = opened.slot;
  }
  return absl::OkStatus();
}

std::vector<uint16_t> PositionsOf(const View& view) {
  std::vector<uint16_t> positions;
  positions.reserve(view.opened.size());
  for (const Opened& opened : view.opened) positions.push_back(opened.slot);
  return positions;
}

absl::StatusOr<Value> ValueAt(const Slot& slot, const Opened& opened) {
  if (opened.rung >= slot.rung_count() || opened.finer.size() != opened.rung) {
    return Refuse({"opening: field `", slot.name, "` is opened at no rung of its own"});
  }
  return DecodeValue(slot, opened.value);
}

// The leaf of a field that is closed from now on.
absl::StatusOr<Hash> ClosedLeaf(const Slot& slot, const Opened& opened) {
  if (opened.rung + 1 == slot.rung_count()) return LeafOfOpened(opened, {});
  absl::StatusOr<Value> value = ValueAt(slot, opened);
  if (!value.ok()) return value.status();
  return LeafOfOpened(opened, CoarserValues(slot, opened.rung, *std::move(value)));
}

// The same field at a coarser rung: what was opened becomes a hash, the salt moves on, the value is coarsened.
absl::StatusOr<Opened> CoarserOpening(const Slot& slot, const Opened& opened, uint8_t rung) {
  absl::StatusOr<Value> value = ValueAt(slot, opened);
  if (!value.ok()) return value.status();
  Opened out;
  out.slot = opened.slot;
  out.rung = rung;
  out.type = opened.type;
  out.attributes = opened.attributes;
  out.finer.reserve(rung);
  out.finer = opened.finer;
  out.salt = opened.salt;
  out.finer.push_back(RungHash(out.salt, slot.number, opened.rung, opened.type, opened.attributes, opened.value));
  for (auto r = static_cast<uint8_t>(opened.rung + 1); r <= rung; ++r) {
    out.salt = NextSalt(out.salt);
    *value = CoarsenTo(slot, *value, r);
    out.value = EncodeValue(slot, *value);
    if (r < rung) out.finer.push_back(RungHash(out.salt, slot.number, r, out.type, out.attributes, out.value));
  }
  return out;
}

}  // namespace

// The state that is kept between one narrowing and the next.
class Narrower::State {
 public:
  State(const View& view, Statement statement, const Kind& kind, HeldTree tree)
      : view_(view),
        statement_(std::move(statement)),
        kind_(kind),
        leaf_(LogLeaf(view.statement)),
        tree_(std::move(tree)) {}

  const View& view() const { return view_; }
  const Statement& statement() const { return statement_; }
  const Hash& leaf() const { return leaf_; }

  // Several partners have the same mask. The second time that a mask comes, its encoding is kept for all that follow.
  const Encoded* Made(std::span<const int8_t> finest) const {
    for (const Mask& mask : masks_) {
      if (mask.Is(finest)) return mask.encoded ? &*mask.encoded : nullptr;
    }
    return nullptr;
  }
  void Keep(std::span<const int8_t> finest, const Encoded& encoded) {
    constexpr size_t kMostMasks = 64, kMostKeptBytes = 8192;
    const auto known = std::find_if(masks_.begin(), masks_.end(), [&](const Mask& mask) { return mask.Is(finest); });
    if (known == masks_.end()) {
      if (masks_.size() < kMostMasks) masks_.push_back({std::vector<int8_t>(finest.begin(), finest.end()), {}});
    } else if (kept_bytes_ + encoded.view.size() <= kMostKeptBytes) {
      kept_bytes_ += encoded.view.size();
      known->encoded = encoded;
    }
  }

  // A narrower view in parts; what is opened lies in the view or among what was coarsened.
  struct Parts {
    std::vector<const Opened*> opened;
    std::vector<Hash> proof;
  };
  absl::StatusOr<Parts> Narrow(std::span<const int8_t> finest) {
    if (finest.size() != statement_.n) return Refuse({"a mask has one rung for each slot of the kind"});
    Parts parts;
    parts.opened.reserve(view_.opened.size());
    std::vector<uint16_t> kept;
    kept.reserve(view_.opened.size());
    for (const Opened& opened : view_.opened) {
      const int8_t permitted = finest[opened.slot];
      if (permitted < 0) continue;
      const Slot& slot = kind_.slots[opened.slot];
      if (permitted >= slot.rung_count())
        return Refuse({"a mask names a rung that field `", slot.name, "` does not have"});
      absl::StatusOr<const Opened*> shown =
          permitted <= opened.rung ? &opened : Coarser(slot, opened, static_cast<uint8_t>(permitted));
      if (!shown.ok()) return shown.status();
      parts.opened.push_back(*shown);
      kept.push_back(opened.slot);
    }
    if (kept.empty()) return absl::FailedPreconditionError("record: nothing of the record may be shown");
    absl::StatusOr<std::vector<Hash>> proof = tree_.Prove(kept, [this](uint16_t slot) {
      const auto opened =
          std::find_if(view_.opened.begin(), view_.opened.end(), [slot](const Opened& o) { return o.slot == slot; });
      return ClosedLeaf(kind_.slots[slot], *opened);
    });
    if (!proof.ok()) return proof.status();
    parts.proof = *std::move(proof);
    return parts;
  }

 private:
  absl::StatusOr<const Opened*> Coarser(const Slot& slot, const Opened& opened, uint8_t rung) {
    for (const Opened& made : coarser_) {
      if (made.slot == opened.slot && made.rung == rung) return &made;
    }
    absl::StatusOr<Opened> made = CoarserOpening(slot, opened, rung);
    if (!made.ok()) return made.status();
    return &coarser_.emplace_back(*std::move(made));
  }

  const View& view_;
  const Statement statement_;
  const Kind& kind_;
  const Hash leaf_;
  HeldTree tree_;
  std::deque<Opened> coarser_;  // addresses stay
  struct Mask {
    std::vector<int8_t> finest;
    std::optional<Encoded> encoded;
    bool Is(std::span<const int8_t> other) const { return std::ranges::equal(finest, other); }
  };
  std::vector<Mask> masks_;
  size_t kept_bytes_ = 0;
};

Narrower::Narrower(std::unique_ptr<State> state) : state_(std::move(state)) {}
Narrower::Narrower(Narrower&&) noexcept = default;
Narrower& Narrower::operator=(Narrower&&) noexcept = default;
Narrower::~Narrower() = default;
const Statement& Narrower::statement() const { return state_->statement(); }
const Hash& Narrower::leaf() const { return state_->leaf(); }

absl::StatusOr<Narrower> Narrower::Of(const View& view) {
  absl::StatusOr<Statement> statement = ParseStatement(view.statement);
  if (!statement.ok()) return statement.status();
  absl::StatusOr<const Kind*> kind = KindOf(*statement);
  if (!kind.ok()) return kind.status();
  if (absl::Status ordered = CheckPositions(view, statement->n); !ordered.ok()) return ordered;
  absl::StatusOr<HeldTree> tree = HeldTree::Make(statement->n, PositionsOf(view), view.proof);
  if (!tree.ok()) return tree.status();
  return Narrower(std::make_unique<State>(view, *std::move(statement), **kind, *std::move(tree)));
}

absl::StatusOr<View> Narrower::Narrow(std::span<const int8_t> finest) {
  absl::StatusOr<State::Parts> parts = state_->Narrow(finest);
  if (!parts.ok()) return parts.status();
  View out;
  out.statement = state_->view().statement;
  out.opened.reserve(parts->opened.size());
  for (const Opened* opened : parts->opened) out.opened.push_back(*opened);
  out.proof = std::move(parts->proof);
  return out;
}

absl::StatusOr<Narrower::Encoded> Narrower::Encode(std::span<const int8_t> finest) {
  if (const Encoded* made = state_->Made(finest)) return *made;
  absl::StatusOr<State::Parts> parts = state_->Narrow(finest);
  if (!parts.ok()) return parts.status();
  Encoded out;
  out.view = EncodeView(state_->view().statement, parts->opened, parts->proof);
  out.openings.reserve(parts->opened.size());
  for (const Opened* opened : parts->opened) out.openings.push_back({opened->slot, opened->rung});
  state_->Keep(finest, out);
  return out;
}

absl::StatusOr<View> Narrow(const View& view, std::span<const int8_t> finest) {
  absl::StatusOr<Statement> statement = ParseStatement(view.statement);
  if (!statement.ok()) return statement.status();
  if (statement->act == Act::kRecall) return view;
  absl::StatusOr<Narrower> narrower = Narrower::Of(view);
  if (!narrower.ok()) return narrower.status();
  return narrower->Narrow(finest);
}

absl::StatusOr<View> Merge(const View& a, const View& b) {
  if (a.statement != b.statement) return Refuse({"only views of one statement can be merged"});
  absl::StatusOr<Statement> statement = ParseStatement(a.statement);
  if (!statement.ok()) return statement.status();
  if (statement->act == Act::kRecall) return a;
  for (const View* view : {&a, &b}) {
    if (absl::Status ordered = CheckPositions(*view, statement->n); !ordered.ok()) return ordered;
  }
  View out;
  out.statement = a.statement;
  auto left = a.opened.begin();
  auto right = b.opened.begin();
  while (left != a.opened.end() || right != b.opened.end()) {
    if (right == b.opened.end() || (left != a.opened.end() && left->slot < right->slot)) {
      out.opened.push_back(*left++);
    } else if (left == a.opened.end() || right->slot < left->slot) {
      out.opened.push_back(*right++);
    } else {
      out.opened.push_back(right->rung < left->rung ? *right : *left);
      ++left;
      ++right;
    }
  }
  const std::vector<uint16_t> a_positions = PositionsOf(a);
  const std::vector<uint16_t> b_positions = PositionsOf(b);
  absl::StatusOr<std::vector<Hash>> proof = MergeProofs(statement->n, {a_positions, a.proof}, {b_positions, b.proof});
  if (!proof.ok()) return proof.status();
  out.proof = *std::move(proof);
  return out;
}

}  // namespace tidegate::record
