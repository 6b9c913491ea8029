// The process that reads a foreign file: it gives up every right, then reads.
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <iterator>
#include <optional>
#include <utility>

#include "crypto/bytes.h"
#include "node/intake/csv/encoding.h"
#include "node/intake/frames.h"
#include "node/intake/reader_pipes.h"
#include "node/intake/text.h"
#include "node/intake/zones.h"

// Sanitizers keep memory aside that no limit allows, and call what the filter forbids.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TIDEGATE_READER_UNCONFINED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define TIDEGATE_READER_UNCONFINED 1
#endif
#endif

namespace tidegate::intake {
namespace {

constexpr rlim_t kMostMemory = rlim_t{1} << 30;  // of data; a file is read in far less
constexpr int kUnconfined = 3;                   // exit codes, for who looks at them
constexpr int kBadRequest = 4;
constexpr int kGone = 5;

#ifndef TIDEGATE_READER_UNCONFINED

#if defined(__x86_64__)
constexpr unsigned kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr unsigned kArchitecture = AUDIT_ARCH_AARCH64;
#else
#error "say which architecture the filter of system calls is for"
#endif

// Reading what is open, writing frames, memory, and the end. No opening, no socket, no process, no signal to another.
constexpr std::array kAllowed = {
    __NR_read,
    __NR_pread64,
    __NR_write,
    __NR_lseek,
    __NR_fstat,
    __NR_close,
    __NR_brk,
    __NR_mmap,
    __NR_munmap,
    __NR_mremap,
    __NR_madvise,
    __NR_futex,
    __NR_exit,
    __NR_exit_group,
    __NR_rt_sigreturn,
    __NR_clock_gettime,
    __NR_getrandom,
    __NR_sched_yield,
    __NR_getpid,
    __NR_gettid,
    __NR_tgkill,
    __NR_rt_sigprocmask,
    __NR_restart_syscall,
    __NR_mprotect,
    __NR_nanosleep,
    __NR_clock_nanosleep,
    __NR_sched_getaffinity,
#ifdef __NR_newfstatat
    __NR_newfstatat,
#endif
};

bool FilterSystemCalls() {
  sock_filter filter[5 + kAllowed.size() * 2 + 1];
  std::size_t n = 0;
  const auto add = [&](sock_filter step) { filter[n++] = step; };
  add(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)));
  add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0));
  add(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
  add(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
  for (const int number : kAllowed) {
    add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(number), 0, 1));
    add(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  }
  add(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
  sock_fprog program{static_cast<unsigned short>(n), filter};
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

bool Limit(__rlimit_resource what, rlim_t most) {
  const rlimit limit{most, most};
  return setrlimit(what, &limit) == 0;
}

bool Confine() {
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_DUMPABLE, 0) == 0 && Limit(RLIMIT_CORE, 0) &&
         Limit(RLIMIT_FSIZE, 0) && Limit(RLIMIT_NPROC, 0) && Limit(RLIMIT_DATA, kMostMemory) &&
         Limit(RLIMIT_NOFILE, kSourceFile + 1) && FilterSystemCalls();
}

#else

bool Confine() { return true; }

#endif

std::optional<Assignment> ReadAssignment() {
  std::string bytes;
  std::array<char, 1 << 16> piece;
  while (bytes.size() <= kMostFrameBytes) {
    const ssize_t got = read(kRequestFile, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    bytes.append(piece.data(), static_cast<std::size_t>(got));
  }
  if (bytes.size() < kFrameHead) return std::nullopt;
  absl::StatusOr<Assignment> assignment = DecodeAssignment(std::string_view(bytes).substr(kFrameHead));
  if (!assignment.ok()) return std::nullopt;
  return *std::move(assignment);
}

// Frames on their way out, many to a write.
class Frames {
 public:
  absl::Status Put(absl::StatusOr<std::string> frame) {
    if (!frame.ok()) return frame.status();
    waiting_.append(*frame);
    return waiting_.size() < kEnough ? absl::OkStatus() : Flush();
  }
  absl::Status Flush() {
    absl::Status written = WriteAll(kFramesFile, waiting_);
    waiting_.clear();
    return written;
  }

 private:
  static constexpr std::size_t kEnough = std::size_t{256} << 10;
  std::string waiting_;
};

absl::Status PutItems(std::vector<Item>& items, Frames* frames) {
  for (const Item& item : items) {
    absl::StatusOr<std::string> frame = EncodeItem(item);
    // An item that is too large for a frame is refused like any other item.
    if (!frame.ok()) frame = EncodeReject(RejectOf(item, "", "", MessageOf(frame.status())));
    if (absl::Status put = frames->Put(std::move(frame)); !put.ok()) return put;
  }
  return frames->Put(EncodeBatchEnd());
}

absl::StatusOr<Summary> PutProposal(const Assignment& assignment, Frames* frames) {
  Source source;
  source.name = assignment.name;
  source.file = kSourceFile;
  absl::StatusOr<Proposal> proposal = Suggest(source, assignment.suggest, {});
  if (!proposal.ok()) return proposal.status();
  if (absl::Status put = frames->Put(EncodeProposal(*proposal)); !put.ok()) return put;
  return Summary();
}

}  // namespace

absl::Status WriteAll(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return absl::UnavailableError("intake: the other side is gone");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return absl::OkStatus();
}

int RunReader() {
  // The node's own message. Before this process gives up its rights, it only looks up names in the mapping.
  std::optional<Assignment> assignment = ReadAssignment();
  if (!assignment.has_value()) return kBadRequest;
  // Made before, not within: these open files.
  record::Catalogue::Kinds();
  Lower("\u00C9");
  PrepareEncodings(assignment->mapping);
  PrepareZones(assignment->mapping, !assignment->suggest.kind.empty());
  (void)record::CanonicalIdentifier("phone", "020 7946 0000", "GB");
  // libzip asks for the time zone of an archive's dates. The C library reads no file for a zone that is set already.
  setenv("TZ", "UTC0", 1);
  tzset();
  if (!Confine()) return kUnconfined;

  Frames frames;
  absl::StatusOr<Summary> summary = Summary();
  std::optional<Mapping> mapping;
  if (!assignment->mapping.empty()) {
    absl::StatusOr<Mapping> parsed = Mapping::Parse(assignment->mapping, assignment->mapping_name);
    if (parsed.ok()) {
      mapping = *std::move(parsed);
    } else {
      summary = parsed.status();
    }
  }
  if (summary.ok() && assignment->suggest.kind.empty()) {
    Limits limits;
    limits.batch_items = assignment->batch_items;
    Source source;
    source.name = assignment->name;
    source.file = kSourceFile;
    source.system = assignment->system;
    const Mapping* const rules = mapping.has_value() ? &*mapping : nullptr;
    absl::StatusOr<Defaults> defaults = DefaultsOf(assignment->format, rules, assignment->settings, assignment->home);
    if (!defaults.ok()) summary = defaults.status();
    if (summary.ok()) {
      summary = Read(
          assignment->format, source, rules, *defaults, limits,
          [&](std::vector<Item>& items) { return PutItems(items, &frames); },
          [&](const Reject& reject) { return frames.Put(EncodeReject(reject)); },
          [&](const TableHead& head) { return frames.Put(EncodeTableHead(head)); });
    }
  }
  if (summary.ok() && !assignment->suggest.kind.empty()) summary = PutProposal(*assignment, &frames);
  absl::Status ended = frames.Put(EncodeReadEnd(summary.status(), summary.ok() ? *summary : Summary()));
  if (ended.ok()) ended = frames.Flush();
  return ended.ok() ? 0 : kGone;
}

}  // namespace tidegate::intake
