// What hangs together with a record: records that share an identifier with it, that it names or that name it, and those
// at the other end of a link.
#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "node/reading/glance.h"
#include "node/reading/neighbours.h"

namespace tidegate::reading {
namespace {

constexpr std::string_view kLinkKind = "link";

}  // namespace

// Grows from one record, breadth first, and sees nothing but what the gate lets its asker see.
class Reading::Web {
 public:
  // Tells at most `shared` records of one identifier or reference one by one.
  Web(Glance& glance, Related& related, size_t shared)
      : glance_(glance),
        related_(related),
        shared_(shared),
        neighbours_(glance, Neighbours::For::kShown, related.unread) {}

  absl::Status Grow(const store::StoredRecord& from, size_t depth) {
    auto seen = glance_.See(from);
    if (!seen.ok()) return seen.status();
    Add(*std::move(seen), 0);
    while (!open_.empty()) {
      const size_t at = open_.front();
      open_.pop_front();
      if (related_.nodes[at].distance >= depth) continue;
      if (auto status = Around(at); !status.ok()) return status;
    }
    related_.more = related_.more || neighbours_.cut();
    return absl::OkStatus();
  }

 private:
  // The node of that record; a new one where there is room.
  std::optional<size_t> Add(Seen seen, size_t distance) {
    if (!seen.view) return std::nullopt;
    const auto [at, fresh] = nodes_.try_emplace(seen.arrival, related_.nodes.size());
    if (!fresh) return at->second;
    if (related_.nodes.size() == kMostRelated) {
      nodes_.erase(at);
      related_.more = true;
      return std::nullopt;
    }
    related_.nodes.push_back({std::move(seen), distance});
    open_.push_back(related_.nodes.size() - 1);
    return related_.nodes.size() - 1;
  }

  void Tie(size_t from, size_t to, std::string how, std::string what) {
    if (from == to) return;
    const bool both_ways = how == "identifier";
    const auto key = std::tuple(both_ways ? std::min(from, to) : from, both_ways ? std::max(from, to) : to, how, what);
    if (ties_.insert(key).second) related_.edges.push_back({from, to, std::move(how), std::move(what)});
  }

  absl::Status Around(size_t at) {
    // Copies: adding nodes moves the list.
    const Seen of = related_.nodes[at].seen;
    const bool link = of.view->kind().name == kLinkKind;
    for (size_t i = 0; i < of.view->size(); ++i) {
      const record::Slot& slot = of.view->slot(i);
      for (const record::Scalar& item : of.view->value(i).items) {
        if (const auto* reference = std::get_if<record::Reference>(&item)) {
          if (auto status = Names(at, *reference, slot); !status.ok()) return status;
        }
        const auto* identifier = std::get_if<record::Identifier>(&item);
        if (link || identifier == nullptr || identifier->masked || !slot.searchable) continue;
        if (auto status = Shares(at, *identifier); !status.ok()) return status;
      }
    }
    return NamedBy(at, of.statement.record_id);
  }

  absl::Status Names(size_t at, const record::Reference& reference, const record::Slot& slot) {
    const auto seq = Referred(glance_.reader(), reference.id, related_.unread);
    if (!seq.ok()) return seq.status();
    if (!*seq) return absl::OkStatus();
    auto seen = neighbours_.At(**seq);
    if (!seen.ok()) return seen.status();
    if (!*seen) return absl::OkStatus();
    if (const auto to = Add(**std::move(seen), related_.nodes[at].distance + 1)) {
      Tie(at, *to, "reference", std::string(slot.name));
    }
    return absl::OkStatus();
  }

  absl::Status Shares(size_t at, const record::Identifier& identifier) {
    const std::string text = identifier.scheme + ":" + identifier.value;
    if (!asked_.insert(text).second) return absl::OkStatus();
    std::vector<Seen> sharing;
    auto whole = neighbours_.Saying(identifier, shared_, sharing);
    if (!whole.ok()) return whole.status();
    if (!*whole) {
      related_.common.push_back(text);
      return absl::OkStatus();
    }
    for (Seen& one : sharing) {
      if (const auto to = Add(std::move(one), related_.nodes[at].distance + 1)) Tie(at, *to, "identifier", text);
    }
    return absl::OkStatus();
  }

  absl::Status NamedBy(size_t at, const record::RecordId& id) {
    std::vector<Seen> naming;
    auto whole = neighbours_.Having(store::Where::Has(record::ReferenceTerm(id)), shared_, naming);
    if (!whole.ok()) return whole.status();
    if (!*whole) related_.more = true;
    for (Seen& one : naming) {
      std::string field;
      for (size_t i = 0; i < one.view->size(); ++i) {
        for (const record::Scalar& item : one.view->value(i).items) {
          const auto* reference = std::get_if<record::Reference>(&item);
          if (reference != nullptr && reference->id == id) field = std::string(one.view->slot(i).name);
        }
      }
      if (field.empty()) continue;
      if (const auto from = Add(std::move(one), related_.nodes[at].distance + 1)) Tie(*from, at, "reference", field);
    }
    return absl::OkStatus();
  }

  Glance& glance_;
  Related& related_;
  const size_t shared_;
  Neighbours neighbours_;
  std::map<uint64_t, size_t> nodes_;  // by arrival
  std::deque<size_t> open_;
  std::set<std::string> asked_;  // identifiers
  std::set<std::tuple<size_t, size_t, std::string, std::string>> ties_;
};

absl::StatusOr<Related> Reading::RelatedTo(const Look& look, const std::string& id, std::string_view origin,
                                           size_t depth) {
  if (depth == 0 || depth > kMostRelatedDepth) {
    return absl::InvalidArgumentError("reading: a depth is from 1 to 5");
  }
  auto glance = Glance::Begin(*this, look, "");
  if (!glance.ok()) return glance.status();
  auto meant = Meant((*glance)->reader(), look.who, id);
  if (!meant.ok()) return meant.status();
  auto record = Held((*glance)->reader(), *meant, origin);
  if (!record.ok()) return record.status();
  if (!(*glance)->MayKnowOf(*record)) return NotHeld(record::FormatRecordId(*meant));
  Related related;
  if (auto status = Web(**glance, related, work_.shared).Grow(*record, depth); !status.ok()) return status;
  std::vector<record::RecordId> named;
  for (const RelatedRecord& node : related.nodes) named.push_back(node.seen.statement.record_id);
  glance->reset();
  if (auto status = Record(look, std::move(named)); !status.ok()) return status;
  return related;
}

}  // namespace tidegate::reading
