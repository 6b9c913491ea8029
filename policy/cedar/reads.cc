// What a policy names and reads, for those who look into policies rather than run them.

#include <algorithm>
#include <set>
#include <vector>

#include "policy/cedar/ast.h"
#include "policy/cedar/policy_set.h"

namespace tidegate::cedar {
namespace {

// Follows each expression to the paths its value may lie on. A value that is used otherwise than by going further down
// a path is read.
class PathCollector {
 public:
  explicit PathCollector(const PolicyBody& body) : body_(body) {}

  void Read(NodeId id) {
    for (const AttributePath& p : Paths(id)) found_.insert(p);
  }

  std::vector<AttributePath> Take() { return {found_.begin(), found_.end()}; }

 private:
  using Paths_t = std::vector<AttributePath>;

  // The paths that the value of `id` may lie on; everything it reads on the way is recorded.
  Paths_t Paths(NodeId id) {
    const Node& n = body_.node(id);
    switch (n.op) {
      case Op::kLiteral:
        return {};
      case Op::kVariable:
        return {{static_cast<Variable>(n.a), {}, false, false}};
      case Op::kIf: {
        Read(n.a);
        Paths_t paths = Paths(n.b);
        for (AttributePath& p : Paths(n.c)) paths.push_back(std::move(p));
        return paths;
      }
      case Op::kAttribute:
        return Extended(n);
      case Op::kHas:
        for (AttributePath p : Extended(n)) {
          p.presence = !p.tags;
          found_.insert(std::move(p));
        }
        return {};
      case Op::kGetTag:
      case Op::kHasTag:
        Read(n.b);
        return Tagged(n);
      default:
        ReadOperands(n);
        return {};
    }
  }

  Paths_t Extended(const Node& n) {
    Paths_t paths = Paths(n.a);
    for (AttributePath& p : paths) {
      if (!p.tags) p.steps.push_back(body_.strings[n.b]);  // what lies below a tag is covered by the tag
    }
    return paths;
  }

  Paths_t Tagged(const Node& n) {
    Paths_t paths = Paths(n.a);
    for (AttributePath& p : paths) {
      p.tags = true;
      found_.insert(p);
    }
    return n.op == Op::kGetTag ? paths : Paths_t{};
  }

  void ReadOperands(const Node& n) {
    switch (n.op) {
      case Op::kAnd:
      case Op::kOr:
      case Op::kSet:
      case Op::kCall:
        for (uint32_t i = 0; i < n.b; ++i) Read(body_.kids[n.a + i]);
        return;
      case Op::kRecord:
        for (uint32_t i = 0; i < n.b; ++i) Read(body_.kids[n.a + 2 * i + 1]);
        return;
      case Op::kNot:
      case Op::kNegate:
      case Op::kIsEmpty:
      case Op::kLike:
      case Op::kIs:
        Read(n.a);
        return;
      case Op::kIsIn:
        Read(n.a);
        Read(n.c);
        return;
      default:
        Read(n.a);
        Read(n.b);
        return;
    }
  }

  const PolicyBody& body_;
  std::set<AttributePath> found_;
};

void AddEntities(const Value& value, std::set<EntityUid>& out) {
  if (value.is_entity()) out.insert(value.AsEntity());
}

}  // namespace

std::vector<AttributePath> Policy::AttributePathsRead() const {
  PathCollector collector(*body_);
  for (const Condition& c : body_->conditions) collector.Read(c.expression);
  return collector.Take();
}

std::vector<EntityUid> Policy::EntityLiterals() const {
  std::set<EntityUid> out;
  for (const ScopeConstraint& c : {principal(), action(), resource()}) out.insert(c.entities.begin(), c.entities.end());
  for (const Node& n : body_->nodes) {
    if (n.op == Op::kLiteral) AddEntities(body_->constant(n), out);
  }
  return {out.begin(), out.end()};
}

}  // namespace tidegate::cedar
