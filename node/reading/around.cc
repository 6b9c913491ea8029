// The surroundings of one record: links and sightings that name it, the records at the links' other ends, its
// revisions, how many others say an identifier of it.
#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "node/reading/glance.h"
#include "node/reading/neighbours.h"
#include "node/reading/open.h"

namespace tidegate::reading {
namespace {

constexpr std::string_view kLink = "link", kSighting = "sighting";

// The ids of the records that a view's references name.
std::vector<record::RecordId> NamedIn(const record::VerifiedView& view) {
  std::vector<record::RecordId> ids;
  for (size_t i = 0; i < view.size(); ++i) {
    for (const record::Scalar& item : view.value(i).items) {
      if (const auto* reference = std::get_if<record::Reference>(&item)) ids.push_back(reference->id);
    }
  }
  return ids;
}

// Whether a reference to that id in `record` means the record whose newest revision is `newest`: others may use the id.
bool Means(const store::Reader& reader, const store::StoredRecord& record, const record::RecordId& id,
           uint64_t newest) {
  const auto named = decision::FindNamed(reader, record.local, id);
  return !named.ok() || *named == newest;
}

absl::Status AddRevisions(const store::Reader& reader, const record::RecordKey& key, Around& around) {
  auto revisions = reader.Revisions(key);
  if (!revisions.ok()) return revisions.status();
  around.revision_count = revisions->size();
  for (auto seq = revisions->rbegin(); seq != revisions->rend(); ++seq) {
    if (around.revisions.size() == kMostRevisionLines) break;
    const auto record = Readable(reader.GetRecord(*seq), *seq, around.unread);
    if (!record.ok()) return record.status();
    if (!*record) continue;
    const auto statement = Readable(record::ParseStatement((*record)->view.statement), *seq, around.unread);
    if (!statement.ok()) return statement.status();
    if (!*statement) continue;
    around.revisions.push_back({(*statement)->revision, (*statement)->created_ms, (*record)->arrived_ms,
                                StateOf(**record), record::LogLeaf((*record)->view.statement), !Gone(**record)});
  }
  return absl::OkStatus();
}

// The identifiers that are seen in a record and that an index leads to, each once.
std::vector<record::Identifier> IdentifiersIn(const record::VerifiedView& view) {
  std::vector<record::Identifier> found;
  for (size_t i = 0; i < view.size(); ++i) {
    if (!view.slot(i).searchable) continue;
    for (const record::Scalar& item : view.value(i).items) {
      const auto* identifier = std::get_if<record::Identifier>(&item);
      if (identifier == nullptr || identifier->masked) continue;
      if (std::find(found.begin(), found.end(), *identifier) == found.end()) found.push_back(*identifier);
    }
  }
  return found;
}

}  // namespace

absl::Status Reading::AddShared(Glance& glance, const Seen& seen, Around& around) const {
  if (!seen.view) return absl::OkStatus();
  Neighbours neighbours(glance, Neighbours::For::kCounted, around.unread);
  for (const record::Identifier& identifier : IdentifiersIn(*seen.view)) {
    if (around.shared.size() == kMostSharedIdentifiers || neighbours.cut()) break;
    std::vector<Seen> saying;
    const auto whole = neighbours.Saying(identifier, work_.shared, saying);
    if (!whole.ok()) return whole.status();
    SharedIdentifier shared{identifier.scheme + ":" + identifier.value, 0, 0, !*whole || neighbours.cut()};
    std::set<std::string> organisations;
    for (const Seen& one : saying) {
      if (one.arrival == seen.arrival) continue;
      ++shared.records;
      organisations.insert(one.origin);
    }
    shared.organisations = organisations.size();
    if (shared.records > 0) around.shared.push_back(std::move(shared));
  }
  return absl::OkStatus();
}

absl::StatusOr<Around> Reading::AroundOf(const Look& look, const Seen& seen) {
  auto glance = Glance::Begin(*this, look, "");
  if (!glance.ok()) return glance.status();
  const store::Reader& reader = (*glance)->reader();
  const record::RecordKey key{seen.statement.author_fpr, seen.statement.record_id};
  Around around;
  if (auto status = AddRevisions(reader, key, around); !status.ok()) return status;
  auto newest = reader.FindRecord(key);
  if (!newest.ok()) return newest.status();

  std::vector<record::RecordId> named;
  const auto see = [&](uint64_t seq, bool about_this, std::vector<Seen>& into) -> absl::Status {
    const auto record = Readable(reader.GetRecord(seq), seq, around.unread);
    if (!record.ok()) return record.status();
    if (!*record || (about_this && !Means(reader, **record, key.id, *newest))) return absl::OkStatus();
    auto one = Readable((*glance)->See(**record), seq, around.unread);
    if (!one.ok()) return one.status();
    if (!*one || !(*one)->view) return absl::OkStatus();
    named.push_back((*one)->statement.record_id);
    into.push_back(**std::move(one));
    return absl::OkStatus();
  };
  const auto gather = [&](std::string_view kind, std::vector<Seen>& into) -> absl::Status {
    store::Query query;
    query.where =
        store::Where::All({store::Where::OfKind(std::string(kind)), store::Where::Has(record::ReferenceTerm(key.id))});
    query.limit = kMostAround;
    query.work = search::kMostWork;
    auto page = reader.Find(query);
    if (!page.ok()) return page.status();
    around.more = around.more || page->next != 0;
    for (const uint64_t seq : page->seqs) {
      if (auto status = see(seq, /*about_this=*/true, into); !status.ok()) return status;
    }
    return absl::OkStatus();
  };
  if (auto status = gather(kLink, around.links); !status.ok()) return status;
  if (auto status = gather(kSighting, around.sightings); !status.ok()) return status;

  for (const Seen& link : around.links) {
    for (const record::RecordId& id : NamedIn(*link.view)) {
      if (id == key.id || std::find(named.begin(), named.end(), id) != named.end()) continue;
      const auto seq = Referred(reader, id, around.unread);
      if (!seq.ok()) return seq.status();
      if (!*seq) continue;
      if (auto status = see(**seq, /*about_this=*/false, around.ends); !status.ok()) return status;
    }
  }
  if (auto status = AddShared(**glance, seen, around); !status.ok()) return status;
  if (!named.empty()) {
    if (auto status = Record(look, std::move(named)); !status.ok()) return status;
  }
  return around;
}

}  // namespace tidegate::reading
