#include "node/door/confine.h"

#include <fcntl.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <string>

// tcmalloc's, where the program is linked with it (docs/decisions/0017); it keeps what is freed otherwise.
extern "C" void MallocExtension_ReleaseFreeMemory() __attribute__((weak));

namespace tidegate::door {
namespace {

#ifdef TIDEGATE_SANITIZED
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

constexpr int kAllowed[] = {
    // Sockets.
    SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(readv), SCMP_SYS(writev), SCMP_SYS(recvfrom), SCMP_SYS(sendto),
    SCMP_SYS(recvmsg), SCMP_SYS(sendmsg), SCMP_SYS(accept4), SCMP_SYS(close), SCMP_SYS(shutdown), SCMP_SYS(setsockopt),
    SCMP_SYS(getsockopt), SCMP_SYS(getpeername), SCMP_SYS(getsockname), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(dup),
    // Memory.
    SCMP_SYS(mmap), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(mprotect), SCMP_SYS(madvise), SCMP_SYS(brk),
    SCMP_SYS(mlock), SCMP_SYS(munlock),
    // Time, randomness, and the end.
    SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep),
    SCMP_SYS(getrandom), SCMP_SYS(futex), SCMP_SYS(sched_yield), SCMP_SYS(getpid), SCMP_SYS(gettid),
    SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigreturn), SCMP_SYS(restart_syscall), SCMP_SYS(exit),
    SCMP_SYS(exit_group)};

absl::Status Failed(const char* what) { return absl::InternalError(what); }

bool Limit(__rlimit_resource_t resource, size_t most) {
  rlimit now{};
  if (getrlimit(resource, &now) != 0) return false;
  now.rlim_cur = now.rlim_max = std::min<rlim_t>(most, now.rlim_max);
  return setrlimit(resource, &now) == 0;
}

// How many bytes count against RLIMIT_DATA already.
size_t DataBytes() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    size_t kibibytes = 0;
    if (word == "VmData:" && status >> kibibytes) return kibibytes << 10;
  }
  return 0;
}

absl::Status FilterSystemCalls() {
  const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
  if (filter == nullptr) return Failed("door: no memory for its filter of system calls");
  int failed = 0;
  for (const int call : kAllowed) failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0);
  // A process may send signals only to itself. Of a file it may only read and set the flags, because F_SETOWN would
  // send signals to others.
  const scmp_arg_cmp itself{0, SCMP_CMP_EQ, static_cast<scmp_datum_t>(getpid()), 0};
  failed |= seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, &itself);
  for (const int command : {F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC}) {
    const scmp_arg_cmp asked{1, SCMP_CMP_EQ, static_cast<scmp_datum_t>(command), 0};
    failed |= seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1, &asked);
  }
  failed |= seccomp_load(filter);
  seccomp_release(filter);
  return failed == 0 ? absl::OkStatus() : Failed("door: its filter of system calls cannot be loaded");
}

}  // namespace

size_t RaiseFiles(size_t most) {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return 64;
  if (files.rlim_cur < most) {
    rlimit raised = files;
    raised.rlim_cur = std::min<rlim_t>(files.rlim_max, most);
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0) files = raised;
  }
  return static_cast<size_t>(std::min<rlim_t>(files.rlim_cur, most));
}

void GiveMemoryBack() {
  if (MallocExtension_ReleaseFreeMemory != nullptr) MallocExtension_ReleaseFreeMemory();
}

absl::Status Confine() {
  if (!Limit(RLIMIT_CORE, 0) || prctl(PR_SET_DUMPABLE, 0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return Failed("door: it cannot give up what it does not need");
  }
  if (kSanitized) return absl::OkStatus();
  const size_t now = DataBytes();
  if (now == 0 || !Limit(RLIMIT_DATA, now + kMemoryBytes)) return Failed("door: its memory cannot be limited");
  return FilterSystemCalls();
}

}  // namespace tidegate::door
