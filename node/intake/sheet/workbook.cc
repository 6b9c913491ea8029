#include "node/intake/sheet/workbook.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "node/intake/sheet/archive.h"
#include "node/intake/sheet/rows.h"
#include "node/intake/text.h"

namespace tidegate::intake {
namespace {

constexpr std::string_view kZip = "PK\x03\x04";
constexpr std::string_view kEmptyZip = "PK\x05\x06";
constexpr std::string_view kOldOffice = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";  // OLE: .xls, and XLSX with a password
constexpr std::size_t kOleHeadBytes = std::size_t{64} << 10;                 // in which an OLE file names its streams

absl::StatusOr<std::string> HeadOf(const Source& source) {
  if (source.in_memory) return std::string(source.bytes.substr(0, kOleHeadBytes));
  const int own = source.file >= 0 ? -1 : open(source.name.c_str(), O_RDONLY | O_CLOEXEC);
  const int file = source.file >= 0 ? source.file : own;
  std::string head(kOleHeadBytes, '\0');
  const ssize_t got = file < 0 ? -1 : pread(file, head.data(), head.size(), 0);
  const int why = errno;
  if (own >= 0) close(own);
  if (got < 0) return absl::NotFoundError(Cat({"intake: cannot read `", source.name, "`: ", std::strerror(why)}));
  head.resize(static_cast<std::size_t>(got));
  return head;
}

// The name of a stream, as an OLE file writes it: UTF-16, low byte first.
bool NamesStream(std::string_view head, std::string_view name) {
  std::string wide;
  for (char c : name) wide.append({c, '\0'});
  return head.find(wide) != std::string_view::npos;
}

absl::Status NoWorkbook(const std::string& file, std::string_view head) {
  if (StartsWith(head, kOldOffice)) {
    if (NamesStream(head, "EncryptedPackage")) {
      return Refused({"intake: `", file, "` is protected with a password; save it without one and import it again"});
    }
    return Refused({"intake: `", file, "` is in the old format .xls; save it as .xlsx, .ods or CSV and import that"});
  }
  const std::string_view text = Trim(head);
  if (StartsWith(text, "<")) {
    return Refused({"intake: `", file, "` is a web page or XML by the name of a spreadsheet; open it in a spreadsheet ",
                    "program, save it as .xlsx, .ods or CSV and import that"});
  }
  return Refused({"intake: `", file,
                  "` is no spreadsheet in .xlsx or .ods; if it is a text file with columns, say "
                  "--format csv"});
}

}  // namespace

absl::StatusOr<bool> IsWorkbook(const Source& source) {
  absl::StatusOr<std::string> head = HeadOf(source);
  if (!head.ok()) return head.status();
  if (StartsWith(*head, kZip) || StartsWith(*head, kEmptyZip) || StartsWith(*head, kOldOffice)) return true;
  const std::string name = Lower(source.name);
  const bool called_so = EndsWith(name, ".xls") || EndsWith(name, ".xlsx") || EndsWith(name, ".ods");
  return called_so && StartsWith(Trim(*head), "<");
}

absl::StatusOr<std::unique_ptr<Workbook>> Workbook::Open(const Source& source, const Limits& limits) {
  absl::StatusOr<std::string> head = HeadOf(source);
  if (!head.ok()) return head.status();
  if (!StartsWith(*head, kZip) && !StartsWith(*head, kEmptyZip)) return NoWorkbook(source.name, *head);
  absl::StatusOr<std::unique_ptr<Archive>> archive = Archive::Open(source, limits);
  if (!archive.ok()) return archive.status();
  if ((*archive)->Has(kXlsxRelations)) return OpenXlsx(*std::move(archive), limits);
  if ((*archive)->Has(kOdsContent)) return OpenOds(*std::move(archive), limits);
  return Refused({"intake: `", source.name, "` is an archive, but no spreadsheet in .xlsx or .ods"});
}

}  // namespace tidegate::intake
