// What the node holds about one person, and what was done with it: the answer to a request for subject access.
#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "node/reading/audited.h"
#include "node/reading/sweep.h"
#include "node/reading/unread.h"

namespace tidegate::reading {
namespace {

constexpr size_t kEntriesAtOnce = 1000;
constexpr size_t kMostUnreadNamed = 20;

bool IsReport(const label::Label& label) {
  return label.tags && std::any_of(label.tags->begin(), label.tags->end(), [](const std::string& tag) {
           return tag == record::kSarTag || tag == "suspicious-activity-report";
         });
}

// A suspicious-activity report, and what is derived from one. Its author's signed handling says so, or our own tag.
bool TipsOff(const Seen& seen) {
  record::LocalFacts local;
  local.tags = seen.tags;
  const label::Label label = record::LabelOf(*seen.view, local, seen.origin, seen.own);
  // Where the tags are not known, it may be one.
  return !label.tags || IsReport(label);
}

bool IsScreening(const policy::Principal& who) {
  return std::find(who.roles().begin(), who.roles().end(), "screening") != who.roles().end();
}

// An entry about what was done with records. Decisions about partners and policies are not about a person.
bool IsOfRecords(const ledger::Entry& entry) {
  return std::holds_alternative<ledger::Consultation>(entry) || std::holds_alternative<ledger::Change>(entry) ||
         std::holds_alternative<ledger::Intent>(entry) || std::holds_alternative<ledger::Receipt>(entry) ||
         std::holds_alternative<ledger::KeepingDecided>(entry);
}

// Which of some records an entry is about.
class Subjects {
 public:
  absl::Status Add(const store::Reader& reader, const ledger::Register& disclosures,
                   const std::vector<SubjectRecord>& records) {
    for (const SubjectRecord& record : records) {
      const record::RecordId id = record.seen.statement.record_id;
      if (!known_.insert(id).second) continue;
      auto concern = Concern::Of(reader, disclosures, id);
      if (!concern.ok()) return concern.status();
      concerns_.emplace_back(id, *std::move(concern));
    }
    return absl::OkStatus();
  }

  // The entry with these records alone; nothing if it names none of them.
  absl::StatusOr<std::optional<Audited>> Of(const store::Reader& reader, const ledger::Listed& listed, Unread& unread) {
    std::optional<Audited> found;
    for (auto& [id, concern] : concerns_) {
      auto names = concern.Names(listed.entry);
      if (!names.ok()) return names.status();
      if (!*names) continue;
      auto one = AuditedOf(reader, listed, &concern, unread);
      if (!one.ok()) return one.status();
      if (!found) {
        found = *std::move(one);
        found->records.clear();
      } else {
        found->left.insert(found->left.end(), one->left.begin(), one->left.end());
      }
      found->records.push_back(id);
    }
    return found;
  }

  // Whether the entry names no other records than these. Only looks name their records one by one.
  bool AreAllOf(const ledger::Entry& entry) const {
    const auto* look = std::get_if<ledger::Consultation>(&entry);
    return look == nullptr || std::all_of(look->records.begin(), look->records.end(),
                                          [this](const record::RecordId& id) { return known_.count(id) > 0; });
  }

 private:
  std::set<record::RecordId> known_;
  std::vector<std::pair<record::RecordId, Concern>> concerns_;
};

}  // namespace

absl::StatusOr<SubjectReport> Reading::AboutSubject(const Look& look, const std::string& identifier) {
  SubjectReport report;
  const bool screening = IsScreening(look.who);
  search::Question question;
  question.identifier = identifier;
  std::vector<record::RecordId> shown;
  auto sweep = Sweep::Begin(*this, look, question, "", search::kMostWork);
  if (!sweep.ok()) return sweep.status();
  const auto swept = (*sweep)->Run([&](Glance& glance, const store::StoredRecord& record, Seen&& seen) {
    if (!seen.view) return true;
    glance.Prove(record, seen);
    const bool withheld = TipsOff(seen);
    if (withheld && !screening) return true;
    shown.push_back(seen.statement.record_id);
    (withheld ? report.withheld : report.records).push_back({std::move(seen), {}});
    return shown.size() < kMostSubjectRecords;
  });
  if (!swept.ok()) return swept;
  report.more = (*sweep)->stopped() || (*sweep)->next() != 0 || (*sweep)->unread().count > 0;
  for (std::vector<SubjectRecord>* list : {&report.records, &report.withheld}) {
    for (SubjectRecord& record : *list) {
      auto holders = PartnersHolding(record.seen.statement);
      if (!holders.ok()) return holders.status();
      record.holders = *std::move(holders);
    }
  }
  const std::vector<vault::BlindTermBytes> asked = (*sweep)->asked();
  sweep->reset();
  if (auto listed = ListSubject(asked, screening, report); !listed.ok()) return listed;
  // As the last step, so that this look is not in the answer itself.
  if (auto status = Record(look, std::move(shown), asked); !status.ok()) return status;
  return report;
}

absl::Status Reading::ListSubject(const std::vector<vault::BlindTermBytes>& asked, bool screening,
                                  SubjectReport& report) const {
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  Subjects told, withheld;
  if (auto added = told.Add(**snapshot, disclosures_, report.records); !added.ok()) return added;
  if (auto added = withheld.Add(**snapshot, disclosures_, report.withheld); !added.ok()) return added;
  ledger::Filter filter;
  for (uint64_t before = std::numeric_limits<uint64_t>::max(); before != 0;) {
    auto page = disclosures_.List(filter, kEntriesAtOnce, before);
    if (!page.ok()) return page.status();
    for (const ledger::Listed& listed : page->entries) {
      if (!IsOfRecords(listed.entry)) continue;
      const bool searched = std::any_of(
          asked.begin(), asked.end(), [&](const vault::BlindTermBytes& term) { return AskedFor(listed.entry, term); });
      auto entry = told.Of(**snapshot, listed, report.unread);
      if (!entry.ok()) return entry.status();
      if (!*entry && searched) {
        auto search = AuditedOf(**snapshot, listed, nullptr, report.unread);
        if (!search.ok()) return search.status();
        search->records.clear();
        *entry = *std::move(search);
      }
      // A look that shows other records beside these may be about a suspicious-activity report.
      const bool tells_more = !told.AreAllOf(listed.entry);
      if (*entry && !tells_more) {
        report.entries.push_back(**std::move(entry));
      } else if (screening) {
        auto hidden = withheld.Of(**snapshot, listed, report.unread);
        if (!hidden.ok()) return hidden.status();
        const bool hides = hidden->has_value();
        if (hides) report.withheld_entries.push_back(**std::move(hidden));
        if (*entry && !hides) report.entries.push_back(**std::move(entry));
      } else if (*entry && !searched) {
        // The answer says that somebody looked at these records, and not why: the reason may be about the other record.
        if (auto* access = std::get_if<ledger::Consultation>(&(*entry)->listed.entry)) access->reason.clear();
        report.entries.push_back(**std::move(entry));
      }
      if (report.entries.size() + report.withheld_entries.size() >= kMostSubjectEntries) {
        report.more = true;
        return absl::OkStatus();
      }
    }
    for (const uint64_t index : page->unreadable) {
      if (report.unreadable.size() < kMostUnreadNamed) report.unreadable.push_back(index);
    }
    before = page->next;
  }
  return absl::OkStatus();
}

// What a row that cannot be read was, nobody knows, and it names nobody.
bool Reading::IsKeptFrom(const policy::Principal& who, const record::RecordId& id) const {
  if (IsScreening(who)) return false;
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return true;
  const auto arrivals = (*snapshot)->ArrivalsUnder(id);
  if (!arrivals.ok()) return true;
  return std::any_of(arrivals->begin(), arrivals->end(), [&](uint64_t seq) {
    const auto record = (*snapshot)->GetRecord(seq);
    const auto view =
        record.ok() ? record::Verify(record->view) : absl::StatusOr<record::VerifiedView>(record.status());
    return view.ok() && IsReport(record::LabelOf(*view, record->local, record->origin, record->own));
  });
}

}  // namespace tidegate::reading
