// attach: a record names a file by its digest, size and type. The file itself stays where it is.
#include <sys/stat.h>

#include <cstdint>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "crypto/hash.h"
#include "node/command/print.h"
#include "node/command/session.h"
#include "node/command/waiting.h"
#include "text/text.h"

namespace tidegate::command {
namespace {

constexpr uint64_t kMostAttachedBytes = uint64_t{64} << 30;
constexpr size_t kPieceBytes = size_t{1} << 20;

struct AttachOptions {
  std::string id;
  std::string file;
  std::string media_type;
};

struct Digested {
  std::string sha256;  // hex
  uint64_t size = 0;
};

// By the end of its name; another type is said with --media-type.
std::string MediaTypeOf(const std::string& file) {
  constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
      {"pdf", "application/pdf"},
      {"jpg", "image/jpeg"},
      {"jpeg", "image/jpeg"},
      {"png", "image/png"},
      {"gif", "image/gif"},
      {"heic", "image/heic"},
      {"tif", "image/tiff"},
      {"tiff", "image/tiff"},
      {"txt", "text/plain"},
      {"md", "text/markdown"},
      {"csv", "text/csv"},
      {"json", "application/json"},
      {"eml", "message/rfc822"},
      {"zip", "application/zip"},
      {"mp3", "audio/mpeg"},
      {"m4a", "audio/mp4"},
      {"wav", "audio/wav"},
      {"mp4", "video/mp4"},
      {"mov", "video/quicktime"},
      {"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
      {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
      {"odt", "application/vnd.oasis.opendocument.text"},
      {"ods", "application/vnd.oasis.opendocument.spreadsheet"}};
  const size_t dot = file.rfind('.');
  const std::string end = dot == std::string::npos ? "" : absl::AsciiStrToLower(file.substr(dot + 1));
  for (const auto& [name, type] : kTypes) {
    if (end == name) return std::string(type);
  }
  return "application/octet-stream";
}

absl::StatusOr<Digested> Digest(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return absl::NotFoundError(absl::StrCat("cannot read `", path, "`"));
  if (!S_ISREG(status.st_mode)) return absl::InvalidArgumentError(absl::StrCat("`", path, "` is no file"));
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat("cannot read `", path, "`"));
  crypto::Sha256 hash;
  Digested digested;
  std::string piece(kPieceBytes, '\0');
  while (file) {
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    const auto read = static_cast<size_t>(file.gcount());
    hash.Update(std::string_view(piece).substr(0, read));
    digested.size += read;
    if (digested.size > kMostAttachedBytes) {
      return absl::InvalidArgumentError(absl::StrCat("`", path, "` is larger than ", kMostAttachedBytes >> 30, " GiB"));
    }
  }
  if (file.bad()) return absl::InvalidArgumentError(absl::StrCat("`", path, "` could not be read to its end"));
  const crypto::Hash sha256 = hash.Finish();
  digested.sha256 = absl::BytesToHexString(std::string(crypto::View(sha256)));
  return digested;
}

void Attach(Session& session, const AttachOptions& options) {
  const auto digested = [&] {
    const Waiting waiting;
    return Digest(options.file);
  }();
  if (!session.Check(digested.status())) return;
  const std::string type = options.media_type.empty() ? MediaTypeOf(options.file) : options.media_type;
  v1::AmendRecordRequest request;
  request.set_id(options.id);
  v1::Assignment* attachment = request.add_add();
  attachment->set_field("attachments");
  attachment->set_value(absl::StrCat(digested->sha256, " ", digested->size, " ", type));
  v1::AuthoredReply reply;
  if (!session.Ask(&v1::Operator::Stub::AmendRecord, request, reply)) return;
  if (session.json) return PrintJson(reply);
  std::cout << reply.id() << "\n";
  std::cerr << "revision " << reply.revision() << " names the file: SHA-256 " << digested->sha256 << ", "
            << digested->size << " bytes, " << text::Line(type)
            << "\nthe file itself is not stored and goes to nobody: keep it\n";
  for (const std::string& warning : reply.warnings()) PrintWarning(warning);
}

}  // namespace

void AddAttach(CLI::App& app, Session& session) {
  auto options = std::make_shared<AttachOptions>();
  CLI::App* attach = app.add_subcommand("attach", "Name a file in one of our records: its SHA-256, size and type");
  attach->add_option("ID", options->id, "The record's id, or its first 4 digits or more")->required();
  attach->add_option("FILE", options->file, "The file, at most 64 GiB")->required();
  attach->add_option("--media-type", options->media_type,
                     "Its type, such as image/jpeg; otherwise taken from the end of the file's name");
  attach->footer(
      "The record gets a new revision that proves which file was meant. The node stores neither the file's contents\n"
      "nor its name, and sends them to nobody.\n"
      "Example:\n"
      "  tidegate --node ~/lantern attach ID photo.jpg --reason \"sent by the witness\"");
  AddJson(attach, session);
  AddAsker(attach, session);
  attach->callback([&session, options] { Attach(session, *options); });
}

}  // namespace tidegate::command
