// The nodes that a fault is played with: one real node, one partner that lies, paired as people pair them.
#ifndef TIDEGATE_TESTS_FAULT_HOSTILE_SCENE_H_
#define TIDEGATE_TESTS_FAULT_HOSTILE_SCENE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "tests/fault/hostile/fault.h"
#include "tests/fault/hostile/node.h"
#include "tests/fault/hostile/partner.h"

namespace tidegate::hostile {

class Scene {
 public:
  // `program` is the tidegate of this build. Everything lies in `folder`, which must not exist.
  static absl::StatusOr<std::unique_ptr<Scene>> Make(const std::string& program, const std::string& folder);
  ~Scene();

  Node& node() { return *node_; }           // `lantern-charity`, which shares what is GREEN with every partner
  Partner& partner() { return *partner_; }  // `mallow-bank`, confirmed by both sides
  // An honest real node, `northfield-police`, paired with node(): made when first asked for.
  absl::StatusOr<Node*> Third();
  // Another partner that lies, confirmed by node().
  absl::StatusOr<std::unique_ptr<Partner>> Another(const std::string& organisation);

  // Puts these policies in force at a node.
  absl::Status Apply(const Node& node, const std::string& cedar);
  const std::string& folder() const { return folder_; }

 private:
  Scene() = default;
  // Both confirmed: `partner` took an invitation of `node`.
  static absl::Status Pair(const Node& node, Partner& partner);

  std::string program_, folder_;
  std::unique_ptr<Node> node_, third_;
  std::unique_ptr<Partner> partner_;
};

}  // namespace tidegate::hostile

#endif  // TIDEGATE_TESTS_FAULT_HOSTILE_SCENE_H_
