#include "node/record/catalogue/source.h"

#include <google/protobuf/io/tokenizer.h>

#include <fstream>
#include <iterator>
#include <utility>

namespace tidegate::catalogue {
namespace {

using google::protobuf::TextFormat;

// Turns the parser's zero-based positions into complaints.
class Collector final : public google::protobuf::io::ErrorCollector {
 public:
  Collector(std::string_view file, std::vector<Complaint>& complaints) : file_(file), complaints_(complaints) {}

  void AddError(int line, int /*column*/, const std::string& message) override {
    complaints_.push_back({file_, line + 1, message});
  }
  void AddWarning(int line, int column, const std::string& message) override { AddError(line, column, message); }

 private:
  std::string file_;
  std::vector<Complaint>& complaints_;
};

template <typename Message>
void ParseInto(std::string_view path, const std::string& text, std::vector<Parsed<Message>>& files,
               std::vector<Complaint>& complaints) {
  Parsed<Message> parsed;
  parsed.file = std::string(path);
  parsed.lines = std::make_unique<TextFormat::ParseInfoTree>();
  Collector collector(path, complaints);
  TextFormat::Parser parser;
  parser.RecordErrorsTo(&collector);
  parser.WriteLocationsTo(parsed.lines.get());
  if (parser.ParseFromString(text, &parsed.message)) files.push_back(std::move(parsed));
}

const google::protobuf::FieldDescriptor* Field(const google::protobuf::Message& message, const char* name) {
  return message.GetDescriptor()->FindFieldByName(name);
}

}  // namespace

std::string Describe(const Complaint& complaint) {
  std::string place = complaint.file;
  if (complaint.line > 0) place += ":" + std::to_string(complaint.line);
  return place + ": " + complaint.text;
}

int Place::LineOf(const google::protobuf::Message& message, const char* field, int index) const {
  if (tree_ == nullptr) return line_;
  const int line = tree_->GetLocation(Field(message, field), index).line;
  return line < 0 ? line_ : line + 1;
}

Place Place::Nested(const google::protobuf::Message& message, const char* field, int index) const {
  const TextFormat::ParseInfoTree* nested =
      tree_ == nullptr ? nullptr : tree_->GetTreeForNested(Field(message, field), index);
  return Place(file_, nested, LineOf(message, field, index));
}

FileKind KindOfFile(std::string_view path) {
  const size_t slash = path.rfind('/');
  const std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
  const std::string_view folder = slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
  if (name == "reserved.textproto") return FileKind::kReservation;
  if (folder == "codes" || folder.ends_with("/codes")) return FileKind::kCodes;
  return FileKind::kKind;
}

void Parse(std::string_view path, const std::string& text, Source& source, std::vector<Complaint>& complaints) {
  switch (KindOfFile(path)) {
    case FileKind::kKind:
      return ParseInto(path, text, source.kinds, complaints);
    case FileKind::kCodes:
      return ParseInto(path, text, source.codes, complaints);
    case FileKind::kReservation:
      return ParseInto(path, text, source.reservations, complaints);
  }
}

void Read(const std::string& path, Source& source, std::vector<Complaint>& complaints) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file.is_open() || file.bad()) {
    complaints.push_back({path, 0, "the file cannot be read"});
    return;
  }
  Parse(path, text, source, complaints);
}

}  // namespace tidegate::catalogue
