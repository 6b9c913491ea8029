// The catalogue's files, read and kept with their line numbers. It is for build time: nothing that runs on a node is
// linked with it.
//
//   Takes    paths of *.textproto files, each of one schema message of catalogue.proto
//   Gives    their contents, and the line of every message and field, for errors that say where to look
//   May call protobuf's text format
//   Threads  one
//   Spec     node/record/CATALOGUE.md
#ifndef TIDEGATE_NODE_RECORD_CATALOGUE_SOURCE_H_
#define TIDEGATE_NODE_RECORD_CATALOGUE_SOURCE_H_

#include <google/protobuf/text_format.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "node/record/catalogue/catalogue.pb.h"

namespace tidegate::catalogue {

// A mistake and its place. Lines count from 1. Line 0 means the whole file.
struct Complaint {
  std::string file;
  int line = 0;
  std::string text;
};

// `file:line: text`, as compilers write it, so that editors can jump there.
std::string Describe(const Complaint& complaint);

// A place in a file: a message of a parsed file, whose fields can be asked for their lines.
class Place {
 public:
  Place() = default;
  Place(std::string_view file, const google::protobuf::TextFormat::ParseInfoTree* tree, int line)
      : file_(file), tree_(tree), line_(line) {}

  const std::string& file() const { return file_; }
  int line() const { return line_; }

  // The line of `field` (its index-th value where it repeats); the message's own line if the file does not write it.
  int LineOf(const google::protobuf::Message& message, const char* field, int index = -1) const;
  // The place of a nested message.
  Place Nested(const google::protobuf::Message& message, const char* field, int index) const;

 private:
  std::string file_;
  const google::protobuf::TextFormat::ParseInfoTree* tree_ = nullptr;
  int line_ = 1;
};

template <typename Message>
struct Parsed {
  Message message;
  std::unique_ptr<google::protobuf::TextFormat::ParseInfoTree> lines;
  std::string file;

  Place place() const { return Place(file, lines.get(), 1); }
};

// Everything the catalogue says, in the order of the files.
struct Source {
  std::vector<Parsed<Kind>> kinds;
  std::vector<Parsed<CodeFile>> codes;
  std::vector<Parsed<Reservation>> reservations;
};

enum class FileKind { kKind, kCodes, kReservation };

// What a file has, by its path: `codes/x.textproto` has code lists, `reserved.textproto` has the reserved numbers, any
// other file has one kind.
FileKind KindOfFile(std::string_view path);

// Parses `text` as the file named `path` and adds it to `source`. Every syntax error becomes a complaint.
void Parse(std::string_view path, const std::string& text, Source& source, std::vector<Complaint>& complaints);

// Reads the file and parses it.
void Read(const std::string& path, Source& source, std::vector<Complaint>& complaints);

}  // namespace tidegate::catalogue

#endif  // TIDEGATE_NODE_RECORD_CATALOGUE_SOURCE_H_
