// Reading a foreign file in a process of its own: the side of the node.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include "crypto/bytes.h"
#include "node/intake/frames.h"
#include "node/intake/reader_pipes.h"
#include "node/intake/text.h"

namespace tidegate::intake {
namespace {

absl::Status CannotStart(std::string_view what) {
  return absl::UnavailableError(
      Cat({"intake: cannot start the process that reads files: ", what, ": ", std::strerror(errno)}));
}

class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { Close(); }
  int get() const { return number_; }
  void Set(int number) {
    Close();
    number_ = number;
  }
  void Close() {
    if (number_ >= 0) close(number_);
    number_ = -1;
  }

 private:
  int number_;
};

absl::Status OpenSource(const std::string& name, Descriptor* file) {
  file->Set(open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file->get() < 0) {
    return absl::NotFoundError(Cat({"intake: cannot open `", name, "`: ", std::strerror(errno)}));
  }
  struct stat about = {};
  if (fstat(file->get(), &about) == 0 && S_ISREG(about.st_mode)) return absl::OkStatus();
  return Refused({"intake: `", name, "` is not a regular file; import from a file on disk"});
}

// Only what a sanitizer is told by its environment goes on to the reader.
std::vector<char*> SanitizersEnvironment() {
  std::vector<char*> kept;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    std::string_view text = *entry;
    if (text.substr(0, text.find('=')).find("SAN_OPTIONS") != std::string_view::npos) kept.push_back(*entry);
  }
  kept.push_back(nullptr);
  return kept;
}

// The process that reads the file. The destructor ends it and waits for it.
class ReaderProcess {
 public:
  ~ReaderProcess() {
    from_.Close();
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    Await();
  }

  // The assignment lies in memory that has a descriptor: nobody waits for somebody to read it.
  absl::Status Start(const std::string& program, int source, std::string_view assignment) {
    Descriptor request(memfd_create("assignment", MFD_CLOEXEC));
    if (request.get() < 0 || !WriteAll(request.get(), assignment).ok() || lseek(request.get(), 0, SEEK_SET) != 0) {
      return CannotStart("what it is to read");
    }
    int out[2];
    if (pipe2(out, O_CLOEXEC) != 0) return CannotStart("a pipe");
    from_.Set(out[0]);
    Descriptor out_write(out[1]);
    fcntl(out[1], F_SETPIPE_SZ, kPipeBytes);  // fewer changes between the two; without it they go on as well

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, request.get(), kRequestFile);
    posix_spawn_file_actions_adddup2(&actions, out[1], kFramesFile);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, source, kSourceFile);
    posix_spawn_file_actions_addclosefrom_np(&actions, kSourceFile + 1);
    std::string verb(kReaderVerb), name = "tidegate";
    char* arguments[] = {name.data(), verb.data(), nullptr};
    std::vector<char*> environment = SanitizersEnvironment();
    errno = posix_spawn(&pid_, program.c_str(), &actions, nullptr, arguments, environment.data());
    posix_spawn_file_actions_destroy(&actions);
    if (errno == 0) return absl::OkStatus();
    pid_ = -1;
    return CannotStart(program);
  }

  // The next frame without its head, valid until the next call.
  absl::StatusOr<std::string_view> Next() {
    absl::StatusOr<std::string_view> head = Take(kFrameHead);
    if (!head.ok()) return head;
    const std::uint32_t length = crypto::ByteReader(*head).U32();
    if (length > kMostFrameBytes)
      return absl::InternalError(
          "intake: the process that reads the file sent a frame that is too long; the import stopped there");
    return Take(length);
  }

 private:
  absl::StatusOr<std::string_view> Take(std::size_t count) {
    while (filled_ - at_ < count) {
      std::memmove(buffer_.data(), buffer_.data() + at_, filled_ - at_);
      filled_ -= at_;
      at_ = 0;
      if (buffer_.size() < count + kPipeBytes) buffer_.resize(count + kPipeBytes);
      const ssize_t got = read(from_.get(), buffer_.data() + filled_, buffer_.size() - filled_);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return Ended();
      filled_ += static_cast<std::size_t>(got);
    }
    at_ += count;
    return std::string_view(buffer_).substr(at_ - count, count);
  }

  absl::Status Ended() {
    const int how = Await();
    const std::string why = WIFSIGNALED(how) ? "was ended by signal " + std::to_string(WTERMSIG(how))
                                             : "ended with " + std::to_string(WEXITSTATUS(how));
    return absl::InternalError(Cat(
        {"intake: the process that reads the file ", why,
         " before the end of the file: the file or its mapping made it fail. Everything before that was imported"}));
  }

  int Await() {
    int how = 0;
    while (waitpid(pid_, &how, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return how;
  }

  static constexpr int kPipeBytes = 1 << 20;

  pid_t pid_ = -1;
  Descriptor from_;
  std::string buffer_;
  std::size_t at_ = 0;
  std::size_t filled_ = 0;
};

// Hands over what the frames say. Items wait with their bytes until their batch ends.
class Collector {
 public:
  Collector(std::size_t most, const ItemSink& items, const RejectSink& rejects, const TableSink& table)
      : most_(most), items_(items), rejects_(rejects), table_(table) {}

  absl::Status Take(std::string_view bytes) {
    absl::StatusOr<Frame> frame = DecodeFrame(bytes);
    if (!frame.ok()) return frame.status();
    if (auto* head = std::get_if<TableHead>(&*frame)) return TakeHead(*head);
    begun_ = true;
    if (auto* item = std::get_if<Item>(&*frame)) return TakeItem(std::move(*item));
    if (auto* reject = std::get_if<Reject>(&*frame)) return rejects_(*reject);
    if (std::holds_alternative<Proposal>(*frame)) {
      return absl::InternalError("intake: the process that reads the file sent something that nobody asked for");
    }
    if (auto* end = std::get_if<ReadEnd>(&*frame)) {
      end_ = std::move(*end);
      return absl::OkStatus();
    }
    return HandOver();
  }

  absl::Status HandOver() {
    if (queue_.empty()) return absl::OkStatus();
    for (std::size_t i = 0; i < queue_.size(); ++i) queue_[i].original = originals_[i];
    absl::Status taken = items_(queue_);
    queue_.clear();
    originals_.clear();
    return taken;
  }

  const std::optional<ReadEnd>& end() const { return end_; }

 private:
  // A table has one head, and it comes first.
  absl::Status TakeHead(const TableHead& head) {
    if (std::exchange(begun_, true))
      return absl::InternalError("intake: two heads of one table; the import stopped there");
    return table_ ? table_(head) : absl::OkStatus();
  }

  absl::Status TakeItem(Item item) {
    originals_.emplace_back(item.original);
    queue_.push_back(std::move(item));
    return queue_.size() < most_ ? absl::OkStatus() : HandOver();
  }

  const std::size_t most_;
  const ItemSink& items_;
  const RejectSink& rejects_;
  const TableSink& table_;
  bool begun_ = false;  // an item, a reject or a head was taken
  std::vector<Item> queue_;
  std::vector<std::string> originals_;
  std::optional<ReadEnd> end_;
};

}  // namespace

absl::StatusOr<Summary> ReadApart(const std::string& program, const Assignment& assignment, const ItemSink& items,
                                  const RejectSink& rejects, const TableSink& table) {
  absl::StatusOr<std::string> request = EncodeAssignment(assignment);
  if (!request.ok()) return request.status();
  Descriptor source;
  if (assignment.file >= 0) {
    source.Set(fcntl(assignment.file, F_DUPFD_CLOEXEC, 0));
  } else if (absl::Status opened = OpenSource(assignment.name, &source); !opened.ok()) {
    return opened;
  }
  ReaderProcess reader;
  if (absl::Status started = reader.Start(program, source.get(), *request); !started.ok()) return started;

  Collector collector(assignment.batch_items, items, rejects, table);
  while (!collector.end().has_value()) {
    absl::StatusOr<std::string_view> frame = reader.Next();
    absl::Status taken = frame.ok() ? collector.Take(*frame) : frame.status();
    if (taken.ok()) continue;
    // Hand over the items that were good before the reader ended.
    absl::Status handed = frame.ok() ? absl::OkStatus() : collector.HandOver();
    return handed.ok() ? taken : handed;
  }
  if (absl::Status handed = collector.HandOver(); !handed.ok()) return handed;
  if (!collector.end()->status.ok()) return collector.end()->status;
  return collector.end()->summary;
}

absl::StatusOr<Proposal> SuggestApart(const std::string& program, const std::string& path,
                                      const SuggestRequest& request) {
  Assignment assignment;
  assignment.format = Format::kCsv;
  assignment.name = path;
  assignment.suggest = request;
  absl::StatusOr<std::string> encoded = EncodeAssignment(assignment);
  if (!encoded.ok()) return encoded.status();
  Descriptor source;
  if (absl::Status opened = OpenSource(path, &source); !opened.ok()) return opened;
  ReaderProcess reader;
  if (absl::Status started = reader.Start(program, source.get(), *encoded); !started.ok()) return started;
  std::optional<Proposal> proposal;
  while (true) {
    absl::StatusOr<std::string_view> bytes = reader.Next();
    if (!bytes.ok()) return bytes.status();
    absl::StatusOr<Frame> frame = DecodeFrame(*bytes);
    if (!frame.ok()) return frame.status();
    if (auto* given = std::get_if<Proposal>(&*frame); given != nullptr && !proposal.has_value()) {
      proposal = std::move(*given);
      continue;
    }
    const auto* end = std::get_if<ReadEnd>(&*frame);
    if (end != nullptr && !end->status.ok()) return end->status;
    if (end != nullptr && proposal.has_value()) return *std::move(proposal);
    return absl::InternalError("intake: the process that reads the file sent something else than a proposal");
  }
}

}  // namespace tidegate::intake
