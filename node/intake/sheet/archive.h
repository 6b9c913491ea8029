// The parts of a ZIP archive (libzip), inflated a piece at a time. XLSX and ODS files are such archives.
//
// An archive is foreign: it can claim anything. Each bound below is held before memory is taken. Nothing is written, no
// file is opened but the source itself, and no code of libzip that decrypts or that knows further compressions is
// reached.
#ifndef TIDEGATE_NODE_INTAKE_SHEET_ARCHIVE_H_
#define TIDEGATE_NODE_INTAKE_SHEET_ARCHIVE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/intake/intake.h"

namespace tidegate::intake {

inline constexpr std::uint64_t kMostArchiveBytes = std::uint64_t{256} << 20;  // of the file
inline constexpr std::uint64_t kMostArchiveParts = 10'000;

// One part, read from its beginning to its end. The archive must outlive it.
class ArchivePart {
 public:
  virtual ~ArchivePart() = default;
  // The next bytes: at most `most`; none at the end. An error if the part is damaged or beyond Limits::unpacked_bytes.
  virtual absl::StatusOr<std::string_view> Next() = 0;
};

class Archive {
 public:
  // InvalidArgument if the source is no ZIP archive or is beyond a bound. The bytes of an in-memory source must outlive
  // the archive, and so must `limits`.
  static absl::StatusOr<std::unique_ptr<Archive>> Open(const Source& source, const Limits& limits);
  virtual ~Archive() = default;

  // True if there is a part of that name. Upper and lower case of ASCII letters are one, as in XLSX.
  virtual bool Has(const std::string& name) const = 0;
  // NotFound if there is none. InvalidArgument if the part is encrypted or compressed in an unusual way.
  virtual absl::StatusOr<std::unique_ptr<ArchivePart>> Part(const std::string& name) const = 0;
  // The path of the source, for messages.
  virtual const std::string& file() const = 0;
};

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_SHEET_ARCHIVE_H_
