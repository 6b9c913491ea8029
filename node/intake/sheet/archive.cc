#include "node/intake/sheet/archive.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "node/intake/text.h"

namespace tidegate::intake {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{64} << 10;

absl::Status Damaged(std::string_view file) {
  return Refused({"intake: `", file, "` is damaged or was cut short; save it again and import it again"});
}

// Where libzip reads: the open file or the bytes of a Source.
class ArchiveBytes {
 public:
  ArchiveBytes() { zip_error_init(&error_); }
  ArchiveBytes(const ArchiveBytes&) = delete;
  ArchiveBytes& operator=(const ArchiveBytes&) = delete;
  ~ArchiveBytes() {
    zip_error_fini(&error_);
    if (own_ >= 0) close(own_);
  }

  absl::Status Open(const Source& source) {
    bytes_ = source.bytes;
    in_memory_ = source.in_memory;
    size_ = bytes_.size();
    if (!in_memory_) {
      file_ = source.file;
      if (file_ < 0) file_ = own_ = open(source.name.c_str(), O_RDONLY | O_CLOEXEC);
      struct stat facts {};
      if (file_ < 0 || fstat(file_, &facts) != 0) {
        return absl::NotFoundError(Cat({"intake: cannot open `", source.name, "`: ", std::strerror(errno)}));
      }
      if (!S_ISREG(facts.st_mode)) return Refused({"intake: `", source.name, "` is not a regular file"});
      size_ = static_cast<std::uint64_t>(facts.st_size);
    }
    if (size_ <= kMostArchiveBytes) return absl::OkStatus();
    return Refused({"intake: `", source.name, "` is larger than ", std::to_string(kMostArchiveBytes >> 20),
                    " MiB; save the sheet as CSV and import that"});
  }

  static zip_int64_t Answer(void* self, void* data, zip_uint64_t length, zip_source_cmd_t command) {
    return static_cast<ArchiveBytes*>(self)->Do(data, length, command);
  }

 private:
  zip_int64_t Do(void* data, zip_uint64_t length, zip_source_cmd_t command) {
    switch (command) {
      case ZIP_SOURCE_OPEN:
        at_ = 0;
        return 0;
      case ZIP_SOURCE_READ:
        return Read(static_cast<char*>(data), length);
      case ZIP_SOURCE_SEEK: {
        const zip_int64_t to = zip_source_seek_compute_offset(at_, size_, data, length, &error_);
        if (to < 0) return -1;
        at_ = static_cast<std::uint64_t>(to);
        return 0;
      }
      case ZIP_SOURCE_TELL:
        return static_cast<zip_int64_t>(at_);
      case ZIP_SOURCE_STAT: {
        auto* facts = static_cast<zip_stat_t*>(data);
        if (length < sizeof *facts) return -1;
        zip_stat_init(facts);
        facts->size = size_;
        facts->valid |= ZIP_STAT_SIZE;
        return sizeof *facts;
      }
      case ZIP_SOURCE_ERROR:
        return zip_error_to_data(&error_, data, length);
      case ZIP_SOURCE_CLOSE:
      case ZIP_SOURCE_FREE:
        return 0;
      case ZIP_SOURCE_SUPPORTS:
        return ZIP_SOURCE_SUPPORTS_SEEKABLE;
      default:
        zip_error_set(&error_, ZIP_ER_OPNOTSUPP, 0);
        return -1;
    }
  }

  zip_int64_t Read(char* to, zip_uint64_t length) {
    length = std::min<zip_uint64_t>(length, size_ - std::min(at_, size_));
    std::uint64_t done = 0;
    while (!in_memory_ && done < length) {
      const ssize_t got = pread(file_, to + done, length - done, static_cast<off_t>(at_ + done));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) {
        zip_error_set(&error_, ZIP_ER_READ, errno);
        return -1;
      }
      if (got == 0) break;
      done += static_cast<std::uint64_t>(got);
    }
    if (in_memory_ && length > 0) {
      std::memcpy(to, bytes_.data() + at_, length);
      done = length;
    }
    at_ += done;
    return static_cast<zip_int64_t>(done);
  }

  std::string_view bytes_;
  bool in_memory_ = false;
  int file_ = -1;
  int own_ = -1;
  std::uint64_t size_ = 0;
  std::uint64_t at_ = 0;
  zip_error_t error_;
};

class ZipPart : public ArchivePart {
 public:
  ZipPart(zip_file_t* part, const std::string& file, std::uint64_t most)
      : part_(part), file_(file), most_(most), piece_(kPieceBytes, '\0') {}
  ZipPart(const ZipPart&) = delete;
  ZipPart& operator=(const ZipPart&) = delete;
  ~ZipPart() override { zip_fclose(part_); }

  absl::StatusOr<std::string_view> Next() override {
    const zip_int64_t got = zip_fread(part_, piece_.data(), piece_.size());
    if (got < 0) return Damaged(file_);
    given_ += static_cast<std::uint64_t>(got);
    if (given_ > most_) {
      return Refused({"intake: `", file_, "` unpacks to more than ", std::to_string(most_),
                      " bytes; save the sheet as CSV and import that"});
    }
    return std::string_view(piece_).substr(0, static_cast<std::size_t>(got));
  }

 private:
  zip_file_t* part_;
  const std::string& file_;
  const std::uint64_t most_;
  std::string piece_;
  std::uint64_t given_ = 0;
};

class ZipArchive : public Archive {
 public:
  ZipArchive(std::string file, const Limits& limits) : file_(std::move(file)), limits_(limits) {}
  ZipArchive(const ZipArchive&) = delete;
  ZipArchive& operator=(const ZipArchive&) = delete;
  ~ZipArchive() override {
    if (zip_ != nullptr) zip_discard(zip_);
  }

  absl::Status Open(const Source& source) {
    if (absl::Status opened = bytes_.Open(source); !opened.ok()) return opened;
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* from = zip_source_function_create(&ArchiveBytes::Answer, &bytes_, &error);
    if (from != nullptr) zip_ = zip_open_from_source(from, ZIP_RDONLY, &error);
    if (from != nullptr && zip_ == nullptr) zip_source_free(from);
    zip_error_fini(&error);
    if (zip_ == nullptr) return Damaged(file_);
    if (zip_get_num_entries(zip_, 0) <= static_cast<zip_int64_t>(kMostArchiveParts)) return absl::OkStatus();
    return Refused({"intake: `", file_, "` has more than ", std::to_string(kMostArchiveParts), " parts"});
  }

  bool Has(const std::string& name) const override { return Find(name) >= 0; }

  absl::StatusOr<std::unique_ptr<ArchivePart>> Part(const std::string& name) const override {
    const zip_int64_t found = Find(name);
    if (found < 0) return absl::NotFoundError(Cat({"intake: `", file_, "` lacks its part `", name, "`"}));
    const auto index = static_cast<zip_uint64_t>(found);
    zip_stat_t facts;
    zip_stat_init(&facts);
    if (zip_stat_index(zip_, index, 0, &facts) != 0) return Damaged(file_);
    if ((facts.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && facts.encryption_method != ZIP_EM_NONE) {
      return Refused({"intake: `", file_, "` is protected with a password; save it without one and import it again"});
    }
    if (facts.comp_method != ZIP_CM_STORE && facts.comp_method != ZIP_CM_DEFLATE) {
      return Refused({"intake: `", file_, "` is compressed in a way that no spreadsheet program uses; save it again"});
    }
    zip_file_t* part = zip_fopen_index(zip_, index, 0);
    if (part == nullptr) return Damaged(file_);
    return std::make_unique<ZipPart>(part, file_, limits_.unpacked_bytes);
  }

  const std::string& file() const override { return file_; }

 private:
  zip_int64_t Find(const std::string& name) const { return zip_name_locate(zip_, name.c_str(), ZIP_FL_NOCASE); }

  const std::string file_;
  const Limits& limits_;
  ArchiveBytes bytes_;
  zip_t* zip_ = nullptr;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Archive>> Archive::Open(const Source& source, const Limits& limits) {
  auto archive = std::make_unique<ZipArchive>(source.name, limits);
  if (absl::Status opened = archive->Open(source); !opened.ok()) return opened;
  return archive;
}

}  // namespace tidegate::intake
