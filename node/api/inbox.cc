#include "node/api/inbox.h"

#include <algorithm>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "node/api/display.h"
#include "node/api/seen.h"

namespace tidegate::api {
namespace {

constexpr size_t kMostImportItems = 100;
constexpr size_t kMostImportsRead = 10'000;  // newest ones; older ones are no news any more
constexpr size_t kMostCounted = 1000;
constexpr uint64_t kMostRowsCounted = 4096;
// A healthy partner renews its key each week, for 37 days.
constexpr uint64_t kSoonMs = uint64_t{14} * 24 * 3600 * 1000;

std::string PrintLooked(const flow::LookedAt& looked) { return absl::StrCat(looked.arrival, ".", looked.import); }

absl::StatusOr<flow::LookedAt> ParseLooked(const std::string& cursor) {
  const std::vector<std::string> parts = absl::StrSplit(cursor, '.');
  flow::LookedAt looked;
  if (parts.size() != 2 || !absl::SimpleAtoi(parts[0], &looked.arrival) ||
      !absl::SimpleAtoi(parts[1], &looked.import)) {
    return absl::InvalidArgumentError("api: that cursor is not one that `inbox` gave");
  }
  return looked;
}

std::string_view NameOf(reading::NewsKind kind) {
  switch (kind) {
    case reading::NewsKind::kAlert:
      return "alert";
    case reading::NewsKind::kAmendedAlert:
      return "amended alert";
    case reading::NewsKind::kSighting:
      return "sighting";
    case reading::NewsKind::kRecall:
      return "recall";
    case reading::NewsKind::kWithdrawal:
      return "withdrawal";
  }
  return "";
}

std::string InWords(const reading::News& news) {
  switch (news.what) {
    case reading::NewsKind::kAlert:
      return absl::StrCat("`", news.origin, "` sent an alert");
    case reading::NewsKind::kAmendedAlert:
      return absl::StrCat("`", news.origin, "` amended an alert");
    case reading::NewsKind::kSighting:
      return absl::StrCat("`", news.origin, "` says what came of a record of ours");
    case reading::NewsKind::kRecall:
      return absl::StrCat("`", news.origin, "` recalled a record (", news.kind, "); this node holds nothing of it now");
    case reading::NewsKind::kWithdrawal:
      return absl::StrCat("`", news.origin, "` took an alert back; this node holds nothing of it now");
  }
  return "";
}

void FillNews(const reading::News& news, v1::InboxItem& item) {
  item.set_what(std::string(NameOf(news.what)));
  item.set_id(record::FormatRecordId(news.id));
  item.set_record_kind(news.kind);
  item.set_origin(news.origin);
  item.set_time(FormatTime(news.at_ms));
  item.set_text(InWords(news));
  item.set_to_do(absl::StrCat("show ", item.id(), " --reason WHY"));
  if (!news.seen) return;
  const v1::Record record = RecordOf(*news.seen);
  item.set_title(record.title());
  if (news.what != reading::NewsKind::kSighting) return;
  for (const v1::Field& field : record.fields()) {
    if (field.name() == "reference") item.set_about(field.text());
    if (field.name() == "outcome" && item.title().empty()) {
      item.set_title(field.names_size() > 0 ? field.names(0) : field.text());
    }
  }
}

bool Unfinished(const flow::ImportNote& note) { return note.recall_began_ms != 0 && note.recall_ended_ms == 0; }

// Whether an import left something for somebody to decide.
bool LeftSomething(const flow::ImportNote& note, uint64_t looked) {
  return Unfinished(note) || (note.number > looked && note.ended_ms != 0 && note.conflicts + note.rejected > 0);
}

void FillImport(const flow::ImportNote& note, const char* what, std::string text, std::string to_do,
                v1::InboxReply& reply) {
  v1::InboxItem& item = *reply.add_items();
  item.set_what(what);
  item.set_import(note.number);
  item.set_time(FormatTime(note.ended_ms == 0 ? note.began_ms : note.ended_ms));
  item.set_title(note.file);
  item.set_text(std::move(text));
  item.set_to_do(std::move(to_do));
}

// Ascending, those that left something.
absl::StatusOr<std::vector<flow::ImportNote>> Remarkable(const flow::Authoring& author, uint64_t looked) {
  auto notes = author.Imports(std::numeric_limits<uint64_t>::max(), kMostImportsRead);
  if (!notes.ok()) return notes;
  std::erase_if(*notes, [looked](const flow::ImportNote& note) { return !LeftSomething(note, looked); });
  std::reverse(notes->begin(), notes->end());
  return notes;
}

// Gives the last import of which all is told.
uint64_t FillImports(const std::vector<flow::ImportNote>& notes, uint64_t looked, v1::InboxReply& reply) {
  uint64_t last = looked;
  size_t told = 0;
  for (const flow::ImportNote& note : notes) {
    if (Unfinished(note)) {
      FillImport(note, "unfinished recall",
                 absl::StrCat("the recall of import ", note.number, " by `", note.recalled_by, "` did not end"),
                 absl::StrCat("recall --import ", note.number, " --reason WHY"), reply);
    }
    if (note.number <= looked) continue;
    if (told == kMostImportItems) {
      reply.set_more(true);
      break;
    }
    ++told;
    last = note.number;
    if (note.conflicts > 0) {
      FillImport(note, "conflicts",
                 absl::StrCat("import ", note.number, " left ", note.conflicts, " records that changed there and here"),
                 "import the file again with --take source or --take ours", reply);
    }
    if (note.rejected > 0) {
      FillImport(
          note, "rejects",
          absl::StrCat("import ", note.number, " rejected ", note.rejected, note.rejected == 1 ? " item" : " items"),
          note.rejects_file.empty() ? "correct them in their source, and import it again"
                                    : absl::StrCat("correct them in ", note.rejects_file, " and import that"),
          reply);
    }
  }
  return last;
}

bool ExpiresSoon(const partner::Partner& partner, uint64_t now_ms) {
  return partner.active() && partner.kem.expires_ms < now_ms + kSoonMs;
}

void FillKeys(const partner::Directory& directory, uint64_t now_ms, v1::InboxReply& reply) {
  for (const partner::PartnerPtr& partner : directory.List()) {
    if (!ExpiresSoon(*partner, now_ms)) continue;
    v1::InboxItem& item = *reply.add_items();
    item.set_what("expiring key");
    item.set_origin(partner->organisation);
    item.set_time(FormatTime(partner->kem.expires_ms));
    const bool gone = partner->kem.expires_ms <= now_ms;
    item.set_text(absl::StrCat("the key of `", partner->organisation, "` ", gone ? "expired" : "expires", " at ",
                               item.time(), gone ? ": nothing can be sent to it" : ""));
    item.set_to_do("see in `status` why it was not reached: its node renews the key when they meet");
  }
}

}  // namespace

absl::StatusOr<v1::InboxReply> Inbox(const store::Store& store, reading::Reading& reading,
                                     const flow::Authoring& author, const partner::Directory& directory,
                                     const policy::Principal& who, uint64_t now_ms, const v1::InboxRequest& request) {
  auto looked = flow::LookedUpTo(store);
  if (!looked.ok()) return looked.status();
  auto page = reading.TellNews({who, request.asker().reason(), "inbox"}, looked->arrival);
  if (!page.ok()) return page.status();
  v1::InboxReply reply;
  for (const reading::News& news : page->news) FillNews(news, *reply.add_items());
  reply.set_more(page->more);
  TellUnread(page->unread, reply);
  auto notes = Remarkable(author, looked->import);
  if (!notes.ok()) return notes.status();
  const uint64_t import = FillImports(*notes, looked->import, reply);
  FillKeys(directory, now_ms, reply);
  reply.set_cursor(PrintLooked({page->looked, import}));
  return reply;
}

absl::StatusOr<v1::MarkInboxReply> MarkInbox(store::Store& store, reading::Reading& reading,
                                             const flow::Authoring& author, const policy::Principal& who,
                                             const v1::MarkInboxRequest& request) {
  flow::LookedAt looked;
  if (request.everything()) {
    looked.arrival = store.LastCommitted();
    auto last = author.Imports(std::numeric_limits<uint64_t>::max(), 1);
    if (!last.ok()) return last.status();
    if (!last->empty()) looked.import = last->front().number;
  } else {
    auto parsed = ParseLooked(request.cursor());
    if (!parsed.ok()) return parsed.status();
    looked = *parsed;
  }
  if (auto marked = flow::LookUpTo(store, looked); !marked.ok()) return marked;
  if (auto marked = reading.MarkSeen(who, looked.arrival); !marked.ok()) return marked;
  return v1::MarkInboxReply();
}

absl::Status FillInbox(const store::Store& store, const reading::Reading& reading, const flow::Authoring& author,
                       const partner::Directory& directory, uint64_t now_ms, v1::StatusReply& reply) {
  auto looked = flow::LookedUpTo(store);
  if (!looked.ok()) return looked.status();
  auto page = reading.NewsSince(looked->arrival, kMostCounted, kMostRowsCounted);
  if (!page.ok()) return page.status();
  v1::InboxCounts& counts = *reply.mutable_inbox();
  for (const reading::News& news : page->news) {
    switch (news.what) {
      case reading::NewsKind::kAlert:
      case reading::NewsKind::kAmendedAlert:
        counts.set_alerts(counts.alerts() + 1);
        break;
      case reading::NewsKind::kSighting:
        counts.set_sightings(counts.sightings() + 1);
        break;
      case reading::NewsKind::kRecall:
        counts.set_recalls(counts.recalls() + 1);
        break;
      case reading::NewsKind::kWithdrawal:
        counts.set_withdrawals(counts.withdrawals() + 1);
        break;
    }
  }
  counts.set_at_least(page->more);
  auto notes = Remarkable(author, looked->import);
  if (!notes.ok()) return notes.status();
  counts.set_imports(static_cast<uint32_t>(notes->size()));
  for (const partner::PartnerPtr& partner : directory.List()) {
    counts.set_keys(counts.keys() + (ExpiresSoon(*partner, now_ms) ? 1 : 0));
  }
  return absl::OkStatus();
}

}  // namespace tidegate::api
