#include "node/intake/report/front_matter.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "node/intake/text.h"

namespace tidegate::intake {
namespace {

constexpr std::size_t kMaxEntries = 256;
constexpr std::size_t kMaxListItems = 1024;
constexpr std::string_view kFence = "---";

absl::Status AtLine(std::size_t line, std::initializer_list<std::string_view> what) {
  return Refused({"line ", std::to_string(line), ": ", Cat(what)});
}

bool IsKeyByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

// Without a comment: ` #` and what follows.
std::string_view WithoutComment(std::string_view text) {
  std::size_t hash = text.find(" #");
  return Trim(text.substr(0, hash));
}

class FrontMatterParser {
 public:
  explicit FrontMatterParser(std::string_view text) : text_(text) {}

  absl::StatusOr<FrontMatter> Parse() {
    if (StartsWith(text_, "\xEF\xBB\xBF")) position_ = 3;
    std::string_view line;
    if (!TakeLine(&line) || Trim(line) != kFence || line.front() != '-') {
      return Refused({"no front matter: a report begins with a line `---`, `key: value` lines and another `---`"});
    }
    while (true) {
      if (!TakeLine(&line)) return AtLine(number_, {"the front matter has no closing line `---`"});
      std::string_view trimmed = Trim(line);
      if (StartsWith(line, kFence) && trimmed == kFence) break;
      if (trimmed.empty() || trimmed.front() == '#') continue;
      absl::Status taken = TakeEntry(line);
      if (!taken.ok()) return taken;
    }
    found_.body = text_.substr(position_);
    return std::move(found_);
  }

 private:
  // The next line without its end; false after the last.
  bool TakeLine(std::string_view* line) {
    if (position_ >= text_.size()) return false;
    std::size_t end = std::min(text_.find('\n', position_), text_.size());
    *line = text_.substr(position_, end - position_);
    position_ = std::min(end + 1, text_.size());
    ++number_;
    if (!line->empty() && line->back() == '\r') line->remove_suffix(1);
    return true;
  }

  // The next line if it is indented (or, for lists, begins with `-`), or blank where `blank` may be.
  bool TakeIndented(bool dash, bool blank, std::string_view* line) {
    std::size_t position = position_;
    std::size_t number = number_;
    bool indented = TakeLine(line) && !StartsWith(*line, kFence) &&
                    ((blank && Trim(*line).empty()) ||
                     (!line->empty() && (line->front() == ' ' || (dash && line->front() == '-'))));
    if (!indented) {
      position_ = position;
      number_ = number;
    }
    return indented;
  }

  absl::Status TakeEntry(std::string_view line) {
    std::size_t colon = line.find(':');
    std::string_view key = line.substr(0, colon);
    bool name = colon != std::string_view::npos && !key.empty() && std::all_of(key.begin(), key.end(), IsKeyByte);
    if (!name) return AtLine(number_, {"not `key: value`; quote or indent what belongs to the line above"});
    std::string_view rest = line.substr(colon + 1);
    if (!rest.empty() && rest.front() != ' ' && rest.front() != '\t') {
      return AtLine(number_, {"a space must follow `", key, ":`"});
    }
    if (found_.entries.size() == kMaxEntries) return AtLine(number_, {"too many keys"});
    FrontMatterEntry entry;
    entry.key = Lower(key);
    std::replace(entry.key.begin(), entry.key.end(), '-', '_');
    entry.line = number_;
    for (const FrontMatterEntry& other : found_.entries) {
      if (other.key == entry.key) return AtLine(number_, {"`", key, "` is there twice"});
    }
    absl::Status taken = TakeValue(Trim(rest), &entry);
    if (taken.ok()) found_.entries.push_back(std::move(entry));
    return taken;
  }

  absl::Status TakeValue(std::string_view rest, FrontMatterEntry* entry) {
    if (rest.empty() || rest.front() == '#') return TakeList(entry);
    if (rest.front() == '|' || rest.front() == '>') return TakeBlock(rest, entry);
    if (rest.front() == '[') return TakeFlowList(rest, entry);
    std::string value;
    absl::Status taken = TakeScalar(&rest, "", &value);
    if (!taken.ok()) return taken;
    rest = Trim(rest);
    if (!rest.empty() && rest.front() != '#') return AtLine(number_, {"text after the closing quote"});
    entry->values.push_back(std::move(value));
    return absl::OkStatus();
  }

  // One value at the front of `*rest`; a plain one ends at a comment or at one of `stops`.
  absl::Status TakeScalar(std::string_view* rest, std::string_view stops, std::string* value) {
    if (!rest->empty() && rest->front() == '\'') return TakeSingleQuoted(rest, value);
    if (!rest->empty() && rest->front() == '"') return TakeDoubleQuoted(rest, value);
    std::size_t end = std::min(rest->find_first_of(stops), rest->size());
    *value = WithoutComment(rest->substr(0, end));
    rest->remove_prefix(end);
    return absl::OkStatus();
  }

  absl::Status TakeSingleQuoted(std::string_view* rest, std::string* value) {
    for (std::size_t i = 1; i < rest->size(); ++i) {
      if ((*rest)[i] != '\'') {
        value->push_back((*rest)[i]);
      } else if (i + 1 < rest->size() && (*rest)[i + 1] == '\'') {
        value->push_back((*rest)[i++]);
      } else {
        rest->remove_prefix(i + 1);
        return absl::OkStatus();
      }
    }
    return AtLine(number_, {"a quote is not closed"});
  }

  absl::Status TakeDoubleQuoted(std::string_view* rest, std::string* value) {
    for (std::size_t i = 1; i < rest->size(); ++i) {
      char c = (*rest)[i];
      if (c == '"') {
        rest->remove_prefix(i + 1);
        return absl::OkStatus();
      }
      if (c == '\\') {
        static constexpr std::string_view kEscapes = "\"\\/nt";
        static constexpr std::string_view kMeanings = "\"\\/\n\t";
        std::size_t which = ++i < rest->size() ? kEscapes.find((*rest)[i]) : std::string_view::npos;
        if (which == std::string_view::npos) return AtLine(number_, {"an escape other than \\\" \\\\ \\/ \\n \\t"});
        c = kMeanings[which];
      }
      value->push_back(c);
    }
    return AtLine(number_, {"a quote is not closed"});
  }

  // `[a, "b", c]` on one line.
  absl::Status TakeFlowList(std::string_view rest, FrontMatterEntry* entry) {
    entry->list = true;
    rest.remove_prefix(1);
    while (true) {
      rest = Trim(rest);
      if (!rest.empty() && rest.front() == ']') break;
      std::string value;
      absl::Status taken = TakeScalar(&rest, ",]", &value);
      if (taken.ok()) taken = AddItem(std::move(value), entry);
      if (!taken.ok()) return taken;
      rest = Trim(rest);
      if (rest.empty() || (rest.front() != ',' && rest.front() != ']')) {
        return AtLine(number_, {"a list in brackets must close on its line"});
      }
      if (rest.front() == ',') rest.remove_prefix(1);
    }
    rest = Trim(rest.substr(1));
    if (!rest.empty() && rest.front() != '#') return AtLine(number_, {"text after the closing bracket"});
    return absl::OkStatus();
  }

  // `- item` lines, or none.
  absl::Status TakeList(FrontMatterEntry* entry) {
    std::string_view line;
    while (TakeIndented(true, false, &line)) {
      std::string_view item = Trim(line);
      if (item.empty() || item.front() == '#') continue;
      if (item.front() != '-' || (item.size() > 1 && item[1] != ' ')) return AtLine(number_, {"not a `- item`"});
      entry->list = true;
      item = Trim(item.substr(1));
      std::string value;
      absl::Status taken = TakeScalar(&item, "", &value);
      if (taken.ok() && !Trim(item).empty() && Trim(item).front() != '#') {
        taken = AtLine(number_, {"text after the closing quote"});
      }
      if (taken.ok()) taken = AddItem(std::move(value), entry);
      if (!taken.ok()) return taken;
    }
    return absl::OkStatus();
  }

  absl::Status AddItem(std::string value, FrontMatterEntry* entry) {
    if (entry->values.size() == kMaxListItems) return AtLine(number_, {"a list with too many items"});
    if (!value.empty()) entry->values.push_back(std::move(value));
    return absl::OkStatus();
  }

  // The indented lines below `|` (lines kept) or `>` (lines joined, an empty one breaking the paragraph).
  absl::Status TakeBlock(std::string_view mark, FrontMatterEntry* entry) {
    bool folded = mark.front() == '>';
    std::string_view style = WithoutComment(mark.substr(1));
    if (!style.empty() && style != "-" && style != "+") return AtLine(number_, {"a block begins with `|` or `>`"});
    std::string value;
    std::string_view line;
    std::size_t indent = 0;
    while (TakeIndented(false, true, &line)) {
      std::size_t spaces = std::min(line.find_first_not_of(' '), line.size());
      if (indent == 0 && spaces < line.size()) indent = spaces;
      if (spaces < line.size() && spaces < indent) return AtLine(number_, {"less indented than the block above"});
      std::string_view text = line.substr(std::min(indent, line.size()));
      if (value.empty() && text.empty()) continue;
      bool paragraph = value.empty() || (folded && value.back() == '\n');
      if (!paragraph) value.push_back(folded && !text.empty() ? ' ' : '\n');
      value.append(text);
    }
    while (!value.empty() && value.back() == '\n') value.pop_back();
    if (!value.empty()) entry->values.push_back(std::move(value));
    return absl::OkStatus();
  }

  std::string_view text_;
  std::size_t position_ = 0;
  std::size_t number_ = 0;
  FrontMatter found_;
};

}  // namespace

absl::StatusOr<FrontMatter> ParseFrontMatter(std::string_view text) { return FrontMatterParser(text).Parse(); }

}  // namespace tidegate::intake
