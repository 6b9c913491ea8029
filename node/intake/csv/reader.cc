#include "node/intake/csv/reader.h"

#include <algorithm>
#include <cstring>

namespace tidegate::intake {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

CsvReader::CsvReader(std::string_view bytes, std::size_t max_row_bytes, std::size_t max_columns, Dialect dialect)
    : bytes_(bytes),
      max_row_bytes_(max_row_bytes),
      max_columns_(max_columns),
      dialect_(dialect),
      line_end_(dialect.lone_cr ? '\r' : '\n') {
  if (bytes_.substr(0, kByteOrderMark.size()) == kByteOrderMark) position_ = kByteOrderMark.size();
}

void CsvReader::Continue(std::string_view bytes) {
  bytes_ = bytes;
  position_ = 0;
}

// The position of the line end at or after `from`, or the end of the bytes.
std::size_t CsvReader::LineEnd(std::size_t from) const {
  if (from >= bytes_.size()) return bytes_.size();
  const void* found = std::memchr(bytes_.data() + from, line_end_, bytes_.size() - from);
  if (found == nullptr) return bytes_.size();
  std::size_t at = static_cast<std::size_t>(static_cast<const char*>(found) - bytes_.data());
  return !dialect_.lone_cr && at > from && bytes_[at - 1] == '\r' ? at - 1 : at;
}

bool CsvReader::EndsLine(std::size_t at) const {
  if (at == bytes_.size() || bytes_[at] == line_end_) return true;
  return bytes_[at] == '\r' && (at + 1 == bytes_.size() || bytes_[at + 1] == '\n');
}

std::size_t CsvReader::SkipLineEnd(std::size_t at) const {
  if (dialect_.lone_cr) return at < bytes_.size() && bytes_[at] == '\r' ? at + 1 : at;
  if (at < bytes_.size() && bytes_[at] == '\r') ++at;
  if (at < bytes_.size() && bytes_[at] == '\n') ++at;
  return at;
}

// `*at` is just behind the opening quote; leaves it just behind the closing one.
bool CsvReader::ParseQuoted(std::size_t* at, std::size_t limit, TableRow* row) {
  std::size_t run = *at;
  std::string* joined = nullptr;
  while (true) {
    const void* found = *at < limit ? std::memchr(bytes_.data() + *at, '"', limit - *at) : nullptr;
    if (found == nullptr) {
      row->fault = limit < bytes_.size() ? "a quoted field never closes within the longest row allowed"
                                         : "a quoted field never closes";
      return false;
    }
    std::size_t quote = static_cast<std::size_t>(static_cast<const char*>(found) - bytes_.data());
    bool doubled = quote + 1 < bytes_.size() && bytes_[quote + 1] == '"';
    if (doubled || joined != nullptr) {
      if (joined == nullptr) joined = &unescaped_.emplace_back();
      joined->append(bytes_.substr(run, quote - run + (doubled ? 1 : 0)));
    }
    if (!doubled) {
      row->fields.push_back(joined != nullptr ? std::string_view(*joined) : bytes_.substr(run, quote - run));
      *at = quote + 1;
      return true;
    }
    *at = run = quote + 2;
  }
}

// Reads the fields of the row at position_; `*end` is set behind its last byte. False, with a fault, if it is broken.
bool CsvReader::ParseFields(TableRow* row, std::size_t* end) {
  std::size_t at = position_;
  std::size_t limit = position_ + std::min(max_row_bytes_, bytes_.size() - position_);
  while (true) {
    if (row->fields.size() == max_columns_) {
      row->fault = "more than " + std::to_string(max_columns_) + " columns";
      return false;
    }
    if (at < limit && bytes_[at] == '"') {
      ++at;
      if (!ParseQuoted(&at, limit, row)) return false;
    } else {
      std::size_t start = at;
      while (at < limit && bytes_[at] != dialect_.separator && bytes_[at] != line_end_ && bytes_[at] != '"') {
        ++at;
      }
      if (at < limit && bytes_[at] == '"') {
        row->fault = "a quote inside an unquoted field; quote the whole field and double the quotes in it";
        return false;
      }
      std::size_t stop = at;
      const bool ends = at == bytes_.size() || bytes_[at] == line_end_;
      if (!dialect_.lone_cr && stop > start && ends && bytes_[stop - 1] == '\r') --stop;
      row->fields.push_back(bytes_.substr(start, stop - start));
    }
    if (at == limit && limit < bytes_.size()) {
      row->fault = "longer than " + std::to_string(max_row_bytes_) + " bytes";
      return false;
    }
    if (at < bytes_.size() && bytes_[at] == dialect_.separator) {
      ++at;
      continue;
    }
    if (EndsLine(at)) {
      *end = !dialect_.lone_cr && at > position_ && bytes_[at - 1] == '\r' ? at - 1 : at;
      return true;
    }
    row->fault = "text after a closing quote";
    return false;
  }
}

bool CsvReader::Next(TableRow* row) {
  row->fields.clear();
  row->fault.clear();
  unescaped_.clear();
  while (position_ < bytes_.size() && (bytes_[position_] == '\n' || bytes_[position_] == '\r')) {
    std::size_t after = SkipLineEnd(position_);
    if (after == position_) break;                                       // LF is a character of the cell
    if (bytes_[after - 1] != line_end_ && after < bytes_.size()) break;  // a lone CR starts a field, it ends no line
    position_ = after;
    ++number_;
  }
  if (position_ >= bytes_.size()) return false;
  row->number = ++number_;
  std::size_t end = 0;
  if (!ParseFields(row, &end)) {
    row->fields.clear();
    end = LineEnd(position_);
  }
  row->raw = bytes_.substr(position_, end - position_);
  position_ = SkipLineEnd(end);
  return true;
}

void AppendCsvField(std::string_view field, std::string* out) {
  if (field.find_first_of(",\"\r\n") == std::string_view::npos) {
    out->append(field);
    return;
  }
  out->push_back('"');
  for (char c : field) {
    if (c == '"') out->push_back('"');
    out->push_back(c);
  }
  out->push_back('"');
}

}  // namespace tidegate::intake
