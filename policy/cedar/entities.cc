#include "policy/cedar/entities.h"

#include <algorithm>
#include <set>

#include "absl/container/flat_hash_map.h"
#include "policy/cedar/entity_store.h"
#include "policy/cedar/text.h"

namespace tidegate::cedar {
namespace {

absl::Status Refuse(std::string_view what) { return Invalid(Cat("cedar: ", what)); }

bool SameContents(const Entities::Node& node, const Entity& entity) {
  std::vector<EntityUid> parents = entity.parents;
  std::sort(parents.begin(), parents.end());
  parents.erase(std::unique(parents.begin(), parents.end()), parents.end());
  return node.parents == parents && node.attrs == Value::Record(entity.attrs) &&
         node.tags == Value::Record(entity.tags);
}

// A hostile chain of n entities has n²/2 pairs of descendant and ancestor.
constexpr size_t kMaxClosure = 5'000'000;

// Gives each new node its ancestors by a depth-first walk with a stack of its own, so that long chains are harmless.
class Closure {
 public:
  Closure(Entities::Layers& layers, const std::vector<EntityUid>& order) : layers_(layers), order_(order) {}

  absl::Status Run() {
    for (const EntityUid& uid : order_) {
      if (absl::Status s = Visit(&layers_.nodes.at(uid)); !s.ok()) return s;
    }
    return absl::OkStatus();
  }

 private:
  enum class Mark : uint8_t { kNew, kOpen, kDone };
  struct Frame {
    Entities::Node* node;
    size_t next_parent;
  };

  absl::Status Visit(Entities::Node* start) {
    if (marks_[start] == Mark::kDone) return absl::OkStatus();
    std::vector<Frame> stack = {{start, 0}};
    marks_[start] = Mark::kOpen;
    while (!stack.empty()) {
      Frame& frame = stack.back();
      if (frame.next_parent == frame.node->parents.size()) {
        Finish(*frame.node);
        total_ += frame.node->ancestors.size();
        if (total_ > kMaxClosure) return Refuse("the hierarchy of entities has too many levels for its size");
        marks_[frame.node] = Mark::kDone;
        stack.pop_back();
        continue;
      }
      const auto own = layers_.nodes.find(frame.node->parents[frame.next_parent++]);
      if (own == layers_.nodes.end()) continue;
      Mark& mark = marks_[&own->second];
      if (mark == Mark::kOpen) {
        return Refuse(Cat("entity `", own->first.ToString(), "` is its own ancestor"));
      }
      if (mark == Mark::kNew) {
        mark = Mark::kOpen;
        stack.push_back({&own->second, 0});
      }
    }
    return absl::OkStatus();
  }

  void Finish(Entities::Node& node) {
    for (const EntityUid& parent : node.parents) {
      node.ancestors.insert(parent);
      if (const Entities::Node* up = layers_.Find(parent))
        node.ancestors.insert(up->ancestors.begin(), up->ancestors.end());
    }
  }

  Entities::Layers& layers_;
  const std::vector<EntityUid>& order_;
  absl::flat_hash_map<const Entities::Node*, Mark> marks_;
  size_t total_ = 0;
};

}  // namespace

Entities::Entities() {
  static const auto* const empty = new std::shared_ptr<const Layers>(std::make_shared<Layers>());
  layers_ = *empty;
}

absl::StatusOr<Entities> Entities::Make(std::vector<Entity> entities) { return Layer(Entities(), std::move(entities)); }

absl::StatusOr<Entities> Entities::Layer(const Entities& base, std::vector<Entity> entities) {
  auto layers = std::make_shared<Layers>();
  if (!base.layers_->nodes.empty() || base.layers_->base != nullptr) layers->base = base.layers_;
  layers->nodes.reserve(entities.size());
  std::vector<EntityUid> order;
  order.reserve(entities.size());
  for (Entity& e : entities) {
    const auto [at, inserted] = layers->nodes.try_emplace(e.uid);
    Node& node = at->second;
    if (!inserted) {
      if (SameContents(node, e)) continue;
      return Refuse(Cat("entity `", e.uid.ToString(), "` comes twice with different contents"));
    }
    order.push_back(e.uid);
    node.attrs = Value::Record(std::move(e.attrs));
    node.tags = Value::Record(std::move(e.tags));
    node.parents = std::move(e.parents);
    std::sort(node.parents.begin(), node.parents.end());
    node.parents.erase(std::unique(node.parents.begin(), node.parents.end()), node.parents.end());
  }
  if (absl::Status s = Closure(*layers, order).Run(); !s.ok()) return s;
  return Entities(std::move(layers));
}

const Entities::Node* Entities::Layers::Find(const EntityUid& uid) const {
  for (const Layers* layer = this; layer != nullptr; layer = layer->base.get()) {
    const auto found = layer->nodes.find(uid);
    if (found != layer->nodes.end()) return &found->second;
  }
  return nullptr;
}

const Entities::Node* Entities::Find(const EntityUid& uid) const { return layers_->Find(uid); }

bool Entities::In(const EntityUid& descendant, const EntityUid& ancestor) const {
  if (descendant == ancestor) return true;
  const Node* node = Find(descendant);
  return node != nullptr && node->ancestors.contains(ancestor);
}

bool Entities::Has(const EntityUid& uid) const { return Find(uid) != nullptr; }

const Value* Entities::Attrs(const EntityUid& uid) const {
  const Node* node = Find(uid);
  return node == nullptr ? nullptr : &node->attrs;
}

const Value* Entities::Tags(const EntityUid& uid) const {
  const Node* node = Find(uid);
  return node == nullptr ? nullptr : &node->tags;
}

std::vector<EntityUid> Entities::Ancestors(const EntityUid& uid) const {
  const Node* node = Find(uid);
  if (node == nullptr) return {};
  std::vector<EntityUid> out(node->ancestors.begin(), node->ancestors.end());
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<EntityUid> Entities::Parents(const EntityUid& uid) const {
  const Node* node = Find(uid);
  return node == nullptr ? std::vector<EntityUid>() : node->parents;
}

std::vector<EntityUid> Entities::Uids() const {
  std::set<EntityUid> uids;
  for (const Layers* layer = layers_.get(); layer != nullptr; layer = layer->base.get()) {
    for (const auto& [uid, node] : layer->nodes) uids.insert(uid);
  }
  return {uids.begin(), uids.end()};
}

size_t Entities::size() const {
  if (layers_->base == nullptr) return layers_->nodes.size();
  return Uids().size();
}

}  // namespace tidegate::cedar
