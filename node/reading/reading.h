// reading: the only way to see a record.
//   Takes    who looks and why; what they look for; `as_partner`, to see exactly what that partner would be sent
//   Gives    Seen: what the gate lets them see, verified; NotFound, or PermissionDenied with the rule that refuses. Of
//            records without their contents: who was sent one, what a plan changes of some, what the register says
//   May call search, decision, partner, ledger, store, policy, policy/review, record, text, threads
//   Must     let no contents be seen without an Access (or, as a partner, a Disclosure) for that very record; write who
//            looked, why, at what and for what into the register before it names a record (decision 0032)
//   Never    fill in a reason that was not given; show without a reason what is held; show what another wrote and has
//            expired
//   Threads  any
//   Spec     policy/POLICY.md, "Gates"; docs/audit-events.md
#ifndef TIDEGATE_NODE_READING_READING_H_
#define TIDEGATE_NODE_READING_READING_H_

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/hash.h"
#include "node/decision/decision.h"
#include "node/ledger/ledger.h"
#include "node/partner/partner.h"
#include "node/record/record.h"
#include "node/search/search.h"
#include "node/store/store.h"
#include "policy/policy.h"
#include "policy/review/review.h"

namespace tidegate::reading {

// Who looks, why, and by which verb. The reason stands in the register as it is.
struct Look {
  const policy::Principal& who;
  const std::string& reason;
  std::string_view verb;
};
inline constexpr size_t kMostReasonBytes = 2000;

// What this node could prove about a record from its author's log.
struct Proof {
  bool author_signature = false;  // of the log's checkpoint
  bool log_proof = false;         // the record is where the log has it
  uint64_t log_size = 0;          // of that checkpoint
  std::string problem;            // why not; holds no contents
};

// All that somebody needs to verify a record without this node.
struct Evidence {
  std::string view;          // record::EncodeView of what is seen, no more
  std::string verifier_key;  // of the author's log
  std::string checkpoint;
  uint64_t log_index = 0;
  std::vector<std::pair<uint64_t, crypto::Hash>> leaves;  // that the proof covers, ascending by position
  std::vector<crypto::Hash> proof;                        // RFC 6962 multiproof
};

// A field that the record has and that its asker may not see, or not as finely as it is held here.
struct NotShown {
  std::string name, field_class;
  std::string why;  // the rule that forbids it
};

// One record as somebody may see it.
struct Seen {
  record::Statement statement;
  // Empty if this node no longer holds any field of the record. Then it knows only `statement`.
  std::optional<record::VerifiedView> view;
  crypto::Hash leaf{};
  std::string state;  // current, amended, recalled, withdrawn, forked; of our own: expired
  std::string origin;
  bool own = false;  // this organisation wrote it, and it is shown as it is held here
  uint64_t log_index = 0;
  uint64_t arrival = 0;
  uint64_t arrived_ms = 0;
  std::vector<std::string> givers;
  // Facts that only this node has. Empty if the record is shown as a partner would see it.
  std::vector<std::string> recipients, tags;
  Proof proof;
  std::optional<Evidence> evidence;
  std::vector<NotShown> not_shown;
  // The record may be an answer to the query or not: it says "March", and the query asked for one day of March.
  bool may = false;
};

// A page ends where it has as many records as were asked for, or this many bytes of contents: a record has 8 MiB at
// most.
inline constexpr size_t kMostPageBytes = size_t{8} << 20;

// Rows that an answer leaves out because they are damaged on disk.
struct Unread {
  uint32_t count = 0;
  std::vector<uint64_t> arrivals;  // the first of them, at most 20
  void Add(uint64_t seq) {
    ++count;
    if (arrivals.size() < kMostUnreadNamed) arrivals.push_back(seq);
  }
  void Add(const Unread& other) {
    count += other.count;
    for (const uint64_t seq : other.arrivals) {
      if (arrivals.size() < kMostUnreadNamed) arrivals.push_back(seq);
    }
  }
  static constexpr size_t kMostUnreadNamed = 20;
};

struct Page {
  std::vector<Seen> records;  // newest first; at least one, if there is one
  std::string cursor;         // for the next page; empty if this was the last
  bool stopped = false;       // the question cost what it may before the page was full: the cursor goes on
  uint64_t looked = 0;        // records that were compared with the question, without those that the asker may not see
  Unread unread;
};

// How many records answer a question.
struct Counted {
  uint64_t count = 0;
  std::map<std::string, std::map<std::string, uint64_t>> facets;  // by facet, by value
  uint64_t looked = 0;                                            // as of a Page
  Unread unread;
  bool stopped = false;  // these are counts of a part: the cursor goes on, and its counts are to be added
  std::string cursor;
};

// What stands around a record.
struct RevisionLine {
  uint32_t revision = 0;
  uint64_t created_ms = 0, arrived_ms = 0;
  std::string state;
  crypto::Hash leaf{};
  bool readable = false;  // its contents are held here
};
inline constexpr size_t kMostAround = 50;
inline constexpr size_t kMostRevisionLines = 20;
inline constexpr size_t kMostSharedIdentifiers = 20;
// An identifier that other records say too. Only records that the asker may see are counted, and only where they may
// see the identifier.
struct SharedIdentifier {
  std::string identifier;    // SCHEME:VALUE
  size_t records = 0;        // others than the one that is shown; at least one
  size_t organisations = 0;  // that wrote them
  bool more = false;         // there are more records than were counted
};
struct Around {
  std::vector<Seen> links, sightings;   // that name it, newest first, at most kMostAround of each
  std::vector<Seen> ends;               // the records at the links' other ends, where they may be read
  bool more = false;                    // there are more links or sightings
  std::vector<RevisionLine> revisions;  // newest first, at most kMostRevisionLines
  size_t revision_count = 0;
  std::vector<SharedIdentifier> shared;  // in the record's order, at most kMostSharedIdentifiers
  Unread unread;
};

// Records that hang together with one.
inline constexpr size_t kMostRelated = 500;
inline constexpr size_t kMostRelatedDepth = 5;
struct RelatedRecord {
  Seen seen;
  size_t distance = 0;  // steps from the record that was asked about, which is the first
};
struct RelatedEdge {
  size_t from = 0, to = 0;  // places in `nodes`
  std::string how;          // `reference`: `from` names `to` in a field; `identifier`: both have it
  std::string what;         // the field, or SCHEME:VALUE
};
struct Related {
  std::vector<RelatedRecord> nodes;  // at most kMostRelated
  std::vector<RelatedEdge> edges;
  std::vector<std::string> common;  // identifiers that more than 1,000 records have, so that they tie none here
  bool more = false;                // a bound was reached: there may be others
  Unread unread;
};

// Every revision of a record, newest first.
inline constexpr size_t kMostHistory = 100;
struct History {
  std::vector<Seen> revisions;  // at most kMostHistory; at least one
  bool more = false;            // there are earlier ones
  Unread unread;                // revisions, newest first
};

// Why a partner gets what it gets of one record.
struct Explained {
  review::Explanation explanation;
  policy::Digest version{};
  bool disclosed = false;  // at least one field would go
  std::optional<policy::Refusal> refusal;
  record::Handling handling;
  std::vector<std::string> narratives;  // that go and say what another field withholds; no contents
  std::vector<policy::SeenError> errors;
};

// A holder of one revision of a record.
struct HeldBy {
  ledger::Holding holding;
  std::vector<std::string> openings;  // `field@rung`: what it may hold
};
struct Holders {
  record::RecordId id{};
  std::string origin;       // who wrote the record; empty if no revision of it can be read
  bool own = false;         // we did
  bool here = false;        // this node holds it, neither erased nor recalled
  uint32_t unreadable = 0;  // revisions that are damaged on disk; the register still says who holds them
  std::vector<HeldBy> partners;
};

// What a plan changes in the newest records, for people to look at. It has names of fields and of rungs, and no
// contents.
struct RungChange {
  std::string field;
  std::string before, after;  // empty: nothing goes
};
struct Example {
  record::RecordId id{};
  std::vector<RungChange> changes;
};
struct NarrativeWarning {
  record::RecordId id{};
  std::string text;  // which narrative would say what which field withholds
};
struct PartnerExamples {
  std::string partner;
  std::vector<Example> examples;           // at most three
  std::vector<NarrativeWarning> warnings;  // likewise
};
struct Examples {
  uint32_t examined = 0;  // how many records were looked at
  std::vector<PartnerExamples> partners;
  Unread unread;
};
// How many of the newest records examples are looked for in.
inline constexpr size_t kExamined = 500;

// A question to the register. An entry must meet all conditions that are given.
struct AuditQuestion {
  ledger::Filter filter;
  std::string record;      // an id
  std::string identifier;  // SCHEME:VALUE that somebody searched for
  std::string user = {};   // who did it
  // A checkpoint that the register signed (Register::SizeAt): only what was entered after it.
  std::string since_checkpoint = {};
  // Each stands in the entry's user, reason, source, partner, verb or change, in any case of letters.
  std::vector<std::string> words = {};
  size_t limit = 0;
  uint64_t before = std::numeric_limits<uint64_t>::max();
};
struct Left {
  std::string record;               // its id; empty if the record cannot be read
  std::vector<std::string> fields;  // `field@rung`
  bool notice = false;              // takes back: `fields` is all that may still be held
  uint64_t held_until_ms = 0;       // its author's not-before, if it was waited for
};
struct Audited {
  ledger::Listed listed;
  std::string partner;                    // that the entry is about; empty: none
  std::vector<record::RecordId> records;  // that the entry is about
  std::vector<Left> left = {};            // of an intent: what left, of the record alone where one was asked for
  bool in_part = false;                   // it names records of which the asker is not to know: they are left out
};
struct AuditPage {
  std::vector<Audited> entries;         // newest first
  uint64_t next = 0;                    // `before` of the next page; 0 when this was the last
  std::vector<uint64_t> unreadable;     // entries that are damaged and left out, newest first; at most 20
  std::string note;                     // why it is empty, where a name may be misspelt
  Unread unread;                        // records that the entries are about: what they say of those is not whole
  std::vector<uint64_t> withheld = {};  // entries of which the asker is not to know, newest first
};

// Everything that the node holds about one person, and everything that was done with it. `records` and `entries` never
// have anything that reveals a suspicious-activity report, because that would tip somebody off.
inline constexpr size_t kMostSubjectRecords = 500;
inline constexpr size_t kMostSubjectEntries = 5000;
struct SubjectRecord {
  Seen seen;
  std::vector<HeldBy> holders;  // to whom it was disclosed
};
struct SubjectReport {
  std::vector<SubjectRecord> records;
  std::vector<Audited> entries;  // newest first, with the records of this person alone
  // For a user with the role `screening` alone: what nobody may tell the person.
  std::vector<SubjectRecord> withheld;
  std::vector<Audited> withheld_entries;
  bool more = false;                 // a bound was reached: there may be others
  std::vector<uint64_t> unreadable;  // entries that are damaged, at most 20
  Unread unread;                     // records that the entries are about: what they say of those is not whole
};

// The kinds of news that came from others since somebody looked.
enum class NewsKind : uint8_t {
  kAlert,
  kAmendedAlert,
  kSighting,    // on a record of ours: sightings go to their author alone
  kRecall,      // by its author, of whatever kind
  kWithdrawal,  // an alert that the last of its givers took back
};
struct News {
  NewsKind what = NewsKind::kAlert;
  record::RecordId id{};
  std::string kind, origin;
  uint64_t arrival = 0, at_ms = 0;
  std::optional<Seen> seen = {};  // where a reason was given, and the asker may read it
};
inline constexpr size_t kMostNews = 100;                      // of one look
inline constexpr uint64_t kMostNewsRows = uint64_t{1} << 15;  // arrivals that one look goes through
struct NewsPage {
  std::vector<News> news;  // oldest first
  uint64_t looked = 0;     // the last arrival that was gone through: `news` has all the news up to it
  bool more = false;       // there are later arrivals
  Unread unread;           // arrivals of which nobody can say whether they are news
};

// What one question may cost: entries of the index that it looks at, where opening a record counts as 32.
struct Work {
  uint64_t of_a_page = search::kMostWork;
  uint64_t of_a_count = uint64_t{1} << 22;  // and of an order by when records were seen
  size_t shared = 1000;  // records of one identifier or reference that RelatedTo tells one by one, and AroundOf counts
};

class Ids;            // private to the room
class Labels;         // private to the room
class VerifiedNotes;  // private to the room
class Concern;        // private to the room

class Reading {
 public:
  // All outlive the Reading.
  Reading(store::Store& store, ledger::Log& log, ledger::Register& disclosures, const partner::Directory& directory,
          const decision::Decisions& decisions, std::function<uint64_t()> now_ms, Work work = {});
  ~Reading();

  // Wherever an id is taken here, it may be the beginning of one (ids.h). This is the whole id that is meant, for what
  // takes no other. A beginning says that the id is held; it never means a record of which this user may not know.
  absl::StatusOr<std::string> WholeId(const policy::Principal& who, const std::string& typed) const;
  // The same where a beginning means one of certain ids alone. A whole id is given back whichever it is.
  absl::StatusOr<std::string> WholeIdAmong(const std::string& typed,
                                           const std::function<bool(const record::RecordId&)>& among) const;

  // Whether a record of this id is held of which this user may know. True where its row cannot be read.
  bool Knows(const policy::Principal& who, const std::string& id, std::string_view origin = {}) const;
  // Whether a record under this id is a suspicious-activity report, and this user does not screen. For lists that name
  // records to people who read none, as those who settle what an upgrade left.
  bool IsKeptFrom(const policy::Principal& who, const record::RecordId& id) const;
  // Whether this user may do that to the record; true where none is held.
  bool May(const policy::Principal& who, policy::Action action, const std::string& id,
           std::string_view origin = {}) const;

  // Whether this user may learn that it is held: they may read it, or what the register says of it. True where none is
  // held.
  bool MayKnowOf(const policy::Principal& who, const std::string& id, std::string_view origin = {}) const;
  // What is said where no such record is held.
  static absl::Status NotHeld(std::string_view id);

  // One record, by its id. NotFound also where this user may not read it. `as_partner` empty: as it is held here.
  // `origin` says whose is meant where several authors use the id (store::Reader::FindById).
  absl::StatusOr<Seen> Show(const Look& look, const std::string& id, const std::string& as_partner, bool evidence,
                            std::string_view origin = {});
  // Shows an earlier revision as this node holds it. NotFound if there is no revision of that number.
  absl::StatusOr<Seen> ShowRevision(const Look& look, const std::string& id, uint32_t revision,
                                    std::string_view origin = {});
  // Leaves out and names the revisions that cannot be read. DataLoss if none of them can.
  absl::StatusOr<History> HistoryOf(const Look& look, const std::string& id, std::string_view origin = {});
  // The surroundings of a record that Show gave. The register gets an entry with the records that it names.
  absl::StatusOr<Around> AroundOf(const Look& look, const Seen& seen);
  // Records that answer the question and that the asker, or the partner, may see.
  // A question about records that are no longer held (search::Gone) finds what is left of each. The index does not know
  // them, so the node looks at the arrivals one by one, and a page may be `stopped`. No partner is sent any of them.
  absl::StatusOr<Page> Find(const Look& look, const search::Question& question, const std::string& as_partner);
  // The same in the order of when they were seen, the latest first. ResourceExhausted if that is too much: it has to
  // look at all that the question finds.
  absl::StatusOr<Page> FindBySeen(const Look& look, const search::Question& question, const std::string& as_partner);
  // How many records Find would give in all its pages, and by each facet (search::FacetNames). Counts what the asker,
  // or the partner, may see and nothing else.
  absl::StatusOr<Counted> Count(const Look& look, const search::Question& question, const std::string& as_partner,
                                const std::vector<std::string>& facets);
  // Calls `write` for each record that answers and arrives, is amended, recalled or taken back from now on, until it
  // gives false or `cancelled` does true. What is recalled has no fields left, so it answers what asks for none.
  absl::Status Follow(const Look& look, const search::Question& question, uint64_t after,
                      const std::function<bool(const Seen&)>& write, const std::function<bool()>& cancelled);
  // This user has looked at what is new up to this arrival: only what comes later is new to them (`is:new`). It never
  // goes back. InvalidArgument for an arrival that has not come.
  absl::Status MarkSeen(const policy::Principal& who, uint64_t arrival);
  // The number after which Follow begins if nothing that is found now is to come again.
  uint64_t Newest() const { return store_.LastCommitted(); }
  absl::StatusOr<Explained> Explain(const Look& look, const std::string& id, const std::string& partner,
                                    std::string_view origin = {});

  // News beyond the arrival `after`, at most `limit`, of at most `rows` arrivals. A caller that names the records to
  // somebody must call TellNews instead.
  absl::StatusOr<NewsPage> NewsSince(uint64_t after, size_t limit, uint64_t rows) const;
  // The same with an entry in the register about the records that it names. Without a reason it shows no contents of
  // them (decision 0032).
  absl::StatusOr<NewsPage> TellNews(const Look& look, uint64_t after);

  // What hangs together with a record, up to `depth` steps away: what shares an identifier with it, what it names and
  // what names it. Links are nodes, because they have an author and handling of their own. `origin` as in Show.
  // InvalidArgument for a depth that is not from 1 to kMostRelatedDepth.
  absl::StatusOr<Related> RelatedTo(const Look& look, const std::string& id, std::string_view origin, size_t depth);

  // Which partners may hold a record of ours, for a record that was shown (Show has written who looked).
  absl::StatusOr<std::vector<HeldBy>> PartnersHolding(const record::Statement& statement) const;

  // These three show no contents, so they are answered without a reason too (decision 0032). The first two stand in the
  // register with the records that they name.
  absl::StatusOr<Holders> HoldersOf(const Look& look, const std::string& id, std::string_view origin = {});
  // For each partner, what changes in the newest of our own records if `after` replaces the policies in force. It
  // leaves out records that the asker could not read even with a reason.
  absl::StatusOr<Examples> ExamplesOf(const Look& look, const std::shared_ptr<const policy::Engine>& after);
  // Lists entries of the register. For a record: what was done to it, by which import, where it went, and what may have
  // let it go there (policies that came into force, and changes about partners who were sent it). InvalidArgument for
  // an unknown kind of entry. NotFound, with the nearest name, for a record or partner that the register and this node
  // do not know.
  absl::StatusOr<AuditPage> Audit(const policy::Principal& who, const AuditQuestion& question) const;
  // For a request for subject access: the records with this identifier that the asker may read, the looks, changes and
  // disclosures of each, and the searches for the identifier.
  absl::StatusOr<SubjectReport> AboutSubject(const Look& look, const std::string& identifier);

 private:
  class Glance;      // one snapshot, one engine, one look
  class Neighbours;  // what a term of the index leads to
  class Sweep;       // all that a question finds
  class Web;         // what hangs together
  static absl::Status CheckReason(const Look& look);
  absl::Status AddShared(Glance& glance, const Seen& seen, Around& around) const;
  // Every revision of the record that is meant, ascending by arrival, those that cannot be read among them.
  absl::StatusOr<std::vector<uint64_t>> RevisionsMeant(const store::Reader& reader, const record::RecordId& id,
                                                       std::string_view origin) const;
  // The id that `typed` means, or begins, for this user.
  absl::StatusOr<record::RecordId> Meant(const store::Reader& reader, const policy::Principal& who,
                                         const std::string& typed) const;
  // The newest revision; `origin` as in Show.
  absl::StatusOr<store::StoredRecord> Held(const store::Reader& reader, const record::RecordId& id,
                                           std::string_view origin) const;
  // Whether this user may learn that the row is held.
  bool MayKnowOf(const store::Reader& reader, const policy::Principal& who, const store::StoredRecord& record) const;
  absl::Status CheckKnown(const AuditQuestion& question, const Concern* about) const;
  absl::StatusOr<std::optional<Seen>> SeenIfAnswers(const Look& look, const record::RecordId& id,
                                                    const std::string& origin, const search::Meaning& meaning);
  absl::Status CheckOrigin(const search::Question& question, const Page& found) const;
  // What the question means to this asker, here and now.
  absl::StatusOr<search::Plan> PlanOf(const store::Reader& reader, const Look& look, const search::Question& question,
                                      bool as_held) const;
  // The same without looking anything up: whether it is about what is no longer held. PlanOf refuses a wrong one.
  bool AsksForGone(const search::Question& question) const;
  // Calls `visit` for what is left of each record that answers, until it gives false, nothing is left or the rows of
  // one page are gone through.
  struct GoneSweep;
  absl::StatusOr<GoneSweep> SweepGone(const Look& look, const search::Question& question, const std::string& as_partner,
                                      absl::FunctionRef<bool(Seen&&)> visit);
  absl::StatusOr<Page> FindGone(const Look& look, const search::Question& question, const std::string& as_partner);
  absl::Status ListSubject(const std::vector<vault::BlindTermBytes>& asked, bool screening,
                           SubjectReport& report) const;
  absl::Status Record(const Look& look, std::vector<record::RecordId> records,
                      std::vector<vault::BlindTermBytes> asked = {});

  store::Store& store_;
  ledger::Log& log_;
  ledger::Register& disclosures_;
  const partner::Directory& directory_;
  const decision::Decisions& decisions_;
  const std::function<uint64_t()> now_ms_;
  const Work work_;
  const std::unique_ptr<Ids> ids_;
  const std::unique_ptr<Labels> labels_;
  const std::unique_ptr<VerifiedNotes> notes_;
};

}  // namespace tidegate::reading

#endif  // TIDEGATE_NODE_READING_READING_H_
