// audit export, audit verify: a part of the register as a file, and its check on a machine without the node.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "crypto/hash.h"
#include "node/command/session.h"
#include "node/ledger/excerpt/excerpt.h"
#include "text/text.h"

namespace tidegate::command {
namespace {

constexpr size_t kMostNoteBytes = 64 << 10;

struct ExportOptions {
  std::string from, to, record, out, against;
  bool overwrite = false;
};

struct VerifyOptions {
  std::string file, against, key;
  bool entries = false;
};

// Where the excerpt goes: a new file that only this user may read, or standard output.
class Target {
 public:
  ~Target() {
    if (file_ < 0) return;
    close(file_);
    unlink(path_.c_str());  // it never became whole
  }

  absl::Status Open(const std::string& path, bool overwrite) {
    if (path.empty()) return absl::OkStatus();
    path_ = path;
    file_ = open(path.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | (overwrite ? O_TRUNC : O_EXCL), 0600);
    if (file_ >= 0) return absl::OkStatus();
    if (errno == EEXIST) {
      return absl::AlreadyExistsError(
          absl::StrCat("command: `", path, "` exists; choose another name, or give --overwrite to replace it"));
    }
    return Failed();
  }

  absl::Status Write(std::string_view text) {
    if (file_ < 0) {
      std::cout << text;
      return std::cout ? absl::OkStatus() : absl::InternalError("command: standard output does not take the excerpt");
    }
    while (!text.empty()) {
      const ssize_t written = write(file_, text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return Failed();
      text.remove_prefix(static_cast<size_t>(written));
    }
    return absl::OkStatus();
  }

  // The file is whole and stays.
  absl::Status Keep() {
    if (file_ < 0) return absl::OkStatus();
    const bool synced = fsync(file_) == 0;
    if (!synced) return Failed();
    const int file = std::exchange(file_, -1);
    return close(file) == 0 ? absl::OkStatus() : Failed();
  }

 private:
  absl::Status Failed() const {
    return absl::InternalError(absl::StrCat("command: cannot write `", path_, "`: ", std::strerror(errno)));
  }

  std::string path_;
  int file_ = -1;
};

// The checkpoint of an excerpt that verifies, or the checkpoint that a file holds.
absl::StatusOr<std::string> NoteOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat("cannot read `", path, "`"));
  if (file.peek() != '{') return ReadTextFile(path, kMostNoteBytes);
  auto checked = excerpt::Check(file, [](const excerpt::Line&) {});
  if (!checked.ok()) {
    return absl::Status(checked.status().code(),
                        absl::StrCat("the earlier file `", path, "`: ", checked.status().message()));
  }
  return checked->note;
}

void Export(Session& session, const ExportOptions& options) {
  v1::ExportAuditRequest request;
  *request.mutable_asker() = session.Asker();
  request.set_from(options.from);
  request.set_to(options.to);
  request.set_record(options.record);
  if (!options.against.empty()) {
    auto note = NoteOf(options.against);
    if (!session.Check(note.status())) return;
    request.set_against(*std::move(note));
  }
  auto stub = session.Connect();
  if (!stub) return;
  Target target;
  if (!session.Check(target.Open(options.out, options.overwrite))) return;
  grpc::ClientContext context;
  auto reader = stub->ExportAudit(&context, request);
  v1::ExportAuditPart part;
  uint64_t entries = 0;
  bool whole = false;
  std::vector<uint64_t> damaged;
  absl::Status written;
  while (written.ok() && reader->Read(&part)) {
    written = target.Write(part.text());
    entries = part.entries();
    whole = part.whole();
    damaged.insert(damaged.end(), part.damaged().begin(), part.damaged().end());
  }
  if (!written.ok()) context.TryCancel();
  const grpc::Status finished = reader->Finish();
  if (!session.Check(written) || !session.Check(finished)) return;
  if (!whole) return session.Fail("the node ended the excerpt before it was complete", kRefused);
  if (!session.Check(target.Keep())) return;
  std::cerr << entries << (entries == 1 ? " entry" : " entries") << " exported";
  if (!options.out.empty()) std::cerr << " to " << text::Line(options.out);
  std::cerr << "\n";
  if (damaged.empty()) return;
  session.exit_code = kPartly;
  std::cerr << "warning: the file proves that these entries were there, and does not say what they were, because you "
               "may not know all that they name or they are damaged on disk (`tidegate verify` tells): "
            << absl::StrJoin(damaged, ", ") << "\n";
}

std::string SecondsOf(uint64_t unix_ms) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromUnixMillis(static_cast<int64_t>(unix_ms)),
                          absl::UTCTimeZone());
}

std::string HexOf(const crypto::Hash& hash) { return absl::BytesToHexString(std::string(crypto::View(hash))); }

// Reads, checks, and compares with what the reader trusts and kept.
absl::StatusOr<excerpt::Checked> CheckFile(const VerifyOptions& options) {
  std::ifstream file(options.file, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat("cannot read `", options.file, "`"));
  auto checked = excerpt::Check(file, [](const excerpt::Line&) {});
  if (!checked.ok()) return checked.status();
  if (!options.key.empty()) {
    if (auto trusted = excerpt::CheckTrust(*checked, options.key); !trusted.ok()) return trusted;
  }
  if (!options.against.empty()) {
    auto note = NoteOf(options.against);
    if (!note.ok()) return note.status();
    if (auto continues = excerpt::CheckContinues(*checked, *note); !continues.ok()) return continues;
  }
  return checked;
}

void TellProblem(Session& session, const absl::Status& status) {
  session.exit_code = kRefused;
  const std::string problem(status.message());
  if (session.json) {
    std::cout << text::JsonTree(nlohmann::json{{"verified", false}, {"problem", problem}}, 2) << "\n";
  } else {
    std::cout << "NOT VERIFIED: " << text::Lines(problem) << "\n";
  }
}

void TellJson(const excerpt::Checked& checked, const VerifyOptions& options) {
  nlohmann::ordered_json json = {{"verified", true},
                                 {"register", checked.origin},
                                 {"register_size", checked.size},
                                 {"register_key", checked.key},
                                 {"fingerprint", HexOf(checked.fingerprint)},
                                 {"trusted", !options.key.empty()},
                                 {"continues", !options.against.empty()},
                                 {"first", checked.scope.first},
                                 {"end", checked.scope.end},
                                 {"record", checked.scope.record},
                                 {"count", checked.seal.count},
                                 {"damaged", checked.damaged}};
  json["sealed"] = {{"index", checked.seal_index},
                    {"time", SecondsOf(checked.seal.at_ms)},
                    {"user", checked.seal.user},
                    {"reason", checked.seal.reason},
                    {"what", checked.seal.what}};
  std::cout << text::JsonTree(json, 2) << "\n";
}

void Tell(const excerpt::Checked& checked, const VerifyOptions& options) {
  std::cout << "verified: " << checked.seal.count << (checked.seal.count == 1 ? " entry" : " entries") << " of "
            << text::Line(checked.origin) << "\n"
            << "holds: " << text::Line(checked.seal.what) << (checked.scope.record.empty() ? ", without a gap" : "")
            << "\n"
            << "sealed: in entry " << checked.seal_index << " of " << checked.size << ", "
            << SecondsOf(checked.seal.at_ms) << ", by " << text::Line(checked.seal.user)
            << (checked.seal.reason.empty() ? "" : ": " + text::Line(checked.seal.reason)) << "\n"
            << "register key: " << HexOf(checked.fingerprint)
            << (options.key.empty() ? ": compare it with what the organisation reads out" : ", which you trust")
            << "\n";
  if (!options.against.empty()) std::cout << "continues: what was kept earlier, and changed none of it\n";
  if (checked.damaged == 0) return;
  std::cout << "without contents: " << checked.damaged << (checked.damaged == 1 ? " entry" : " entries")
            << ", of which whoever exported may not know all, or which are damaged at the node: "
            << absl::StrJoin(checked.damaged_first, ", ") << "\n";
}

void VerifyExcerpt(Session& session, const VerifyOptions& options) {
  auto checked = CheckFile(options);
  if (!checked.ok()) return TellProblem(session, checked.status());
  if (checked->damaged > 0) session.exit_code = kPartly;
  if (options.entries) {
    // Only now we know that the entries are true, so we read the file again to print them.
    std::ifstream file(options.file, std::ios::binary);
    auto again = excerpt::Check(file, [](const excerpt::Line& line) {
      if (!line.shown.empty()) std::cout << line.shown << "\n";
    });
    if (!again.ok()) return TellProblem(session, again.status());
    return;
  }
  if (session.json) return TellJson(*checked, options);
  Tell(*checked, options);
}

}  // namespace

void AddAuditExport(CLI::App& audit, Session& session) {
  auto options = std::make_shared<ExportOptions>();
  CLI::App* write = audit.add_subcommand("export", "Write a part of the register as one signed file");
  write->add_option("--from", options->from, "From this date or time on: 2026-03-04 or 2026-03-04T09:30:00Z");
  write->add_option("--to", options->to, "Up to this date, or before this time");
  write->add_option("--record", options->record, "Instead: all that is about this record");
  write->add_option("--out", options->out, "The file to write, which only you can read; otherwise standard output");
  write->add_option("--against", options->against,
                    "An earlier excerpt, or a file from `audit checkpoint`: the new file proves that it continues it");
  write->add_flag("--overwrite", options->overwrite, "Replace the file that --out names");
  AddAsker(write, session);
  write->footer(
      "Whoever gets the file checks it with `tidegate audit verify FILE`, without a node. That it was written stands\n"
      "in the register. It holds entries of the register and no contents of records. Without --from, --to and\n"
      "--record it is the whole register.\n"
      "Example:\n"
      "  tidegate --node ~/lantern audit export --from 2026-03-01 --to 2026-03-31 --out march.register");
  write->callback([&session, options] { Export(session, *options); });

  auto checking = std::make_shared<VerifyOptions>();
  CLI::App* verify = audit.add_subcommand("verify", "Check a file that `audit export` wrote; needs no node");
  verify->add_option("FILE", checking->file, "The file")->required();
  verify->add_option("--against", checking->against,
                     "An earlier excerpt, or a file from `audit checkpoint`: the register may only have grown since");
  verify->add_option("--key", checking->key,
                     "The register's key or its fingerprint, as the organisation told it to you");
  verify->add_flag("--entries", checking->entries,
                   "If the file is verified, print its entries, one JSON object a line");
  AddJson(verify, session);
  verify->footer(
      "A file that was altered, cut or put in another order is refused (exit code 1), and the place is named.\n"
      "Example:\n  tidegate audit verify march.register --against february.register");
  verify->callback([&session, checking] { VerifyExcerpt(session, *checking); });
}

}  // namespace tidegate::command
