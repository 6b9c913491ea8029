// What a policy names and reads. It is for code that looks into policies and does not run them.

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
    for (const AttributePath& p : Paths(id)) {
      if (!p.entity.has_value() || !p.steps.empty() || p.tags) found_.insert(p);
    }
  }

  // Reads an operand that is compared, or looked up in the hierarchy. If it is a variable that is an entity, only its
  // name, type and ancestors are read.
  void ReadIdentity(NodeId id, bool ancestors) {
    for (AttributePath p : Paths(id)) {
      const bool bare = p.steps.empty() && !p.tags;
      if (bare && p.entity.has_value() && !ancestors) continue;
      p.identity = bare && (p.entity.has_value() || p.root != Variable::kContext);
      found_.insert(std::move(p));
    }
  }

  // The constants of one side, with the paths of the other.
  void Compare(NodeId path, NodeId constants, std::vector<ComparedConstant>& out) {
    std::vector<NodeId> nodes = {constants};
    if (const Node& set = body_.node(constants); set.op == Op::kSet) {
      nodes.assign(body_.kids.begin() + set.a, body_.kids.begin() + set.a + set.b);
    }
    for (const NodeId id : nodes) {
      const Node& n = body_.node(id);
      if (n.op != Op::kLiteral) continue;
      const Value& constant = body_.constant(n);
      if (!constant.is_entity() && !constant.is_string()) continue;
      const Place place = body_.source == nullptr ? Place() : body_.source->PlaceAt(n.at);
      for (AttributePath& p : Paths(path)) {
        if (!p.entity.has_value()) out.push_back({std::move(p), constant, place});
      }
    }
  }

  std::vector<AttributePath> Take() { return {found_.begin(), found_.end()}; }

 private:
  using Paths_t = std::vector<AttributePath>;

  // The paths that the value of `id` may lie on; everything it reads on the way is recorded.
  Paths_t Paths(NodeId id) {
    const Node& n = body_.node(id);
    switch (n.op) {
      case Op::kLiteral: {
        AttributePath named;
        if (!body_.constant(n).is_entity()) return {};
        named.entity = body_.constant(n).AsEntity();
        return {std::move(named)};
      }
      case Op::kVariable: {
        AttributePath variable;
        variable.root = static_cast<Variable>(n.a);
        return {std::move(variable)};
      }
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
    const Node& base = body_.node(n.a);
    if (base.op == Op::kRecord) return MemberOf(base, body_.strings[n.b]);
    Paths_t paths = Paths(n.a);
    for (AttributePath& p : paths) {
      if (!p.tags) p.steps.push_back(body_.strings[n.b]);  // what lies below a tag is covered by the tag
    }
    return paths;
  }

  // The paths of one member of a record literal. Cedar evaluates all members of the record.
  Paths_t MemberOf(const Node& record, const std::string& name) {
    Paths_t paths;
    for (uint32_t i = 0; i < record.b; ++i) {
      const NodeId value = body_.kids[record.a + 2 * i + 1];
      if (body_.strings[body_.kids[record.a + 2 * i]] == name) {
        paths = Paths(value);
      } else {
        Read(value);
      }
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
        Read(n.a);
        return;
      case Op::kIs:
        ReadIdentity(n.a, /*ancestors=*/false);
        return;
      case Op::kIsIn:
        ReadIdentity(n.a, /*ancestors=*/true);
        ReadIdentity(n.c, /*ancestors=*/false);
        return;
      case Op::kIn:
      case Op::kEqual:
      case Op::kNotEqual:
        ReadIdentity(n.a, /*ancestors=*/n.op == Op::kIn);
        ReadIdentity(n.b, /*ancestors=*/false);
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

std::vector<ComparedConstant> Policy::ComparedConstants() const {
  std::vector<ComparedConstant> found;
  PathCollector collector(*body_);
  for (const Node& n : body_->nodes) {
    switch (n.op) {
      case Op::kEqual:
      case Op::kNotEqual:
      case Op::kIn:
      case Op::kContains:
      case Op::kContainsAll:
      case Op::kContainsAny:
        collector.Compare(n.a, n.b, found);
        collector.Compare(n.b, n.a, found);
        break;
      default:
        break;
    }
  }
  return found;
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
