#include "node/intake/report/front_matter.h"

#include <algorithm>
#include <optional>
#include <sstream>
#include <utility>

#include "node/intake/json_scan.h"
#include "node/intake/report/yaml.h"
#include "node/intake/text.h"
#include "simdjson.h"
#include "text/text.h"
#include "toml++/toml.h"

namespace tidegate::intake {
namespace {

constexpr std::size_t kMostHeadBytes = std::size_t{128} << 10;
constexpr std::size_t kMostKeys = 512;
constexpr std::string_view kYamlFence = "---";
constexpr std::string_view kTomlFence = "+++";

struct Line {
  std::string_view text;  // without its end
  std::size_t begin = 0;
};

std::vector<Line> LinesOf(std::string_view text) {
  std::vector<Line> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    if (EndsWith(line, "\r")) line.remove_suffix(1);
    lines.push_back({line, at});
    at = end + 1;
  }
  return lines;
}

bool IsFence(std::string_view line, std::string_view fence) {
  return StartsWith(line, fence) && Trim(line.substr(fence.size())).empty();
}

// The name before the colon, where a line at the margin begins a key; empty otherwise.
std::string_view KeyOf(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return {};
  if (colon + 1 < line.size() && line[colon + 1] != ' ' && line[colon + 1] != '\t') return {};
  const std::string_view key = line.substr(0, colon);
  return key.find_first_of(" \t#'\"[]{},-&*!|>%@`") == 0 || key.find_first_of("\"'{}[],#") != key.npos
             ? std::string_view()
             : Trim(key);
}

std::string PlainKey(std::string_view key) {
  std::string plain = Lower(Trim(key));
  std::replace(plain.begin(), plain.end(), '-', '_');
  return plain;
}

// --- YAML

class YamlHead {
 public:
  // `first` is the number of the head's first line in the file.
  YamlHead(std::string_view head, std::size_t first, FrontMatter* found)
      : head_(head), lines_(LinesOf(head)), first_(first), found_(*found) {}

  // False if the head is no front matter: it has no key.
  bool Take() {
    const bool keyed =
        std::any_of(lines_.begin(), lines_.end(), [](const Line& line) { return !KeyOf(line.text).empty(); });
    YamlMapping read = ReadYaml(head_);
    if (read.fault.empty() && read.mapping) {
      Add(std::move(read), 0);
      return true;
    }
    if (!keyed) return false;
    TakeByKey();
    return true;
  }

 private:
  void Add(YamlMapping read, std::size_t line) {
    for (YamlEntry& entry : read.entries) {
      found_.entries.push_back({PlainKey(entry.key), std::move(entry.values), entry.list, first_ + line + entry.line,
                                std::move(entry.unread)});
    }
  }

  // A key and the lines below it that belong to it: indented ones, items of a list, empty ones and comments.
  void TakeByKey() {
    for (std::size_t at = 0; at < lines_.size();) {
      const std::size_t begin = at++;
      if (found_.entries.size() == kMostKeys) {
        found_.faults.push_back({first_ + begin, "the front matter has more than 512 keys"});
        return;
      }
      while (at < lines_.size() && KeyOf(lines_[at].text).empty()) ++at;
      const std::size_t end = at < lines_.size() ? lines_[at].begin : head_.size();
      TakeBlock(begin, head_.substr(lines_[begin].begin, end - lines_[begin].begin));
    }
  }

  void TakeBlock(std::size_t line, std::string_view block) {
    const std::string_view key = KeyOf(lines_[line].text);
    if (key.empty()) {  // before the first key
      if (!Trim(block).empty() && !StartsWith(Trim(block), "#")) {
        found_.faults.push_back({first_ + line, "stands before the first key of the front matter and is none"});
      }
      return;
    }
    YamlMapping read = ReadYaml(block);
    if (read.fault.empty() && read.mapping) return Add(std::move(read), line);
    FrontMatterEntry entry{PlainKey(key), {}, false, first_ + line, {}};
    // `title: Police: six held` is no YAML, and everybody who reads it knows what the title is.
    const std::string_view text = Trim(block.substr(block.find(':') + 1));
    const bool one_line = !text.empty() && text.find('\n') == text.npos;
    if (one_line && std::string_view("\"'[{&*!|>").find(text.front()) == std::string_view::npos) {
      entry.values.emplace_back(text);
      found_.taken_as_text.push_back(entry.line);
    } else {
      entry.unread = Cat({"is no YAML (", read.fault.empty() ? "it has no key" : read.fault, ")"});
    }
    found_.entries.push_back(std::move(entry));
  }

  std::string_view head_;
  std::vector<Line> lines_;
  std::size_t first_;
  FrontMatter& found_;
};

// How long a head without fences is: lines `Key: value` before the first empty line, a title among them, as Pelican and
// MultiMarkdown have them. 0 if there is none.
std::size_t UnfencedHead(std::string_view text) {
  bool titled = false;
  for (const Line& line : LinesOf(text)) {
    if (Trim(line.text).empty()) return titled ? line.begin : 0;
    const std::string_view key = KeyOf(line.text);
    const bool goes_on = line.begin > 0 && (StartsWith(line.text, " ") || StartsWith(line.text, "\t"));
    if (key.empty() && !goes_on) return 0;
    titled = titled || PlainKey(key) == "title";
  }
  return 0;
}

// --- TOML

std::optional<std::string> TomlText(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (node.is_array() || node.is_table()) return std::nullopt;
  std::ostringstream out;
  node.visit([&out](const auto& value) {
    if constexpr (toml::is_value<decltype(value)>) out << std::boolalpha << value.get();
  });
  return out.str();
}

FrontMatterEntry EntryOf(std::string_view key, const toml::node& node, std::size_t first) {
  FrontMatterEntry entry{PlainKey(key), {}, node.is_array(), first + node.source().begin.line - 1, {}};
  if (const toml::array* items = node.as_array()) {
    for (const toml::node& item : *items) {
      std::optional<std::string> text = TomlText(item);
      if (text.has_value()) {
        entry.values.push_back(*std::move(text));
      } else {
        entry.unread = "has lists or keys of its own";
      }
    }
    if (!entry.unread.empty()) entry.values.clear();
  } else if (std::optional<std::string> text = TomlText(node)) {
    if (!text->empty()) entry.values.push_back(*std::move(text));
  } else {
    entry.unread = "has keys of its own";
  }
  return entry;
}

void TakeToml(std::string_view head, std::size_t first, FrontMatter* found) {
  if (std::string beyond = text::TomlBeyondBounds(head); !beyond.empty()) {
    found->faults.push_back({first, Cat({"the front matter is no TOML that this node reads: ", beyond})});
    return;
  }
  try {
    const toml::table table = toml::parse(head);
    for (const auto& [key, node] : table) found->entries.push_back(EntryOf(key.str(), node, first));
  } catch (const toml::parse_error& error) {
    const std::size_t line = error.source().begin.line;
    found->faults.push_back({first + (line > 0 ? line - 1 : 0), "the front matter is no TOML from here on"});
  }
  std::sort(found->entries.begin(), found->entries.end(),
            [](const FrontMatterEntry& a, const FrontMatterEntry& b) { return a.line < b.line; });
}

// --- JSON

bool JsonText(const simdjson::dom::element& value, std::string* text) {
  std::string_view words;
  if (value.get_string().get(words) == simdjson::SUCCESS) {
    *text = words;
    return true;
  }
  if (value.is_array() || value.is_object()) return false;
  *text = value.is_null() ? std::string() : simdjson::minify(value);
  return true;
}

FrontMatterEntry EntryOf(std::string_view key, const simdjson::dom::element& value, std::size_t line) {
  FrontMatterEntry entry{PlainKey(key), {}, value.is_array(), line, {}};
  std::string text;
  simdjson::dom::array items;
  if (value.get_array().get(items) == simdjson::SUCCESS) {
    for (simdjson::dom::element item : items) {
      if (JsonText(item, &text)) {
        entry.values.push_back(text);
      } else {
        entry.unread = "has lists or keys of its own";
      }
    }
    if (!entry.unread.empty()) entry.values.clear();
  } else if (JsonText(value, &text)) {
    if (!text.empty()) entry.values.push_back(text);
  } else {
    entry.unread = "has keys of its own";
  }
  return entry;
}

// An object before the text, as Hugo has it. False if the text does not begin with one.
bool TakeJson(std::string_view text, std::size_t first, FrontMatter* found) {
  if (!StartsWith(text, "{") || SkipBlank(text, 1) >= text.size() || text[SkipBlank(text, 1)] != '"') return false;
  constexpr std::size_t kDeepest = 64;
  ValueScanner scanner;
  const std::size_t end = scanner.Feed(text.substr(0, kMostHeadBytes));
  const std::size_t line_end = std::min(text.find('\n', end), text.size());
  if (!scanner.Done() || scanner.Depth() > kDeepest || !Trim(text.substr(end, line_end - end)).empty()) {
    found->faults.push_back(
        {first,
         "the front matter that begins here is no JSON object on lines of its own, 128 KiB and 64 levels at most"});
    return true;
  }
  found->body = text.substr(std::min(line_end + 1, text.size()));
  const std::string head(text.substr(0, end));
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(head).get_object().get(object) != simdjson::SUCCESS) {
    found->faults.push_back({first, "the front matter that begins here is no JSON"});
    return true;
  }
  const std::vector<JsonMember> members = MembersOf(head);
  std::size_t index = 0;
  for (simdjson::dom::key_value_pair member : object) {
    const std::size_t begin = index < members.size() ? members[index++].begin : 0;
    const auto lines = std::count(head.begin(), head.begin() + static_cast<std::ptrdiff_t>(begin), '\n');
    found->entries.push_back(EntryOf(member.key, member.value, first + static_cast<std::size_t>(lines)));
  }
  return true;
}

// A head that an import put before a text that it refused: the text's own head comes behind it.
bool IsReasonAlone(std::string_view head) {
  const std::vector<Line> lines = LinesOf(head);
  return StartsWith(head, "# x_tidegate_reason:") && std::all_of(lines.begin(), lines.end(), [](const Line& line) {
           return Trim(line.text).empty() || StartsWith(line.text, "#");
         });
}

FrontMatter ShiftedBy(std::size_t lines, FrontMatter found) {
  for (FrontMatterEntry& entry : found.entries) entry.line += lines;
  for (FrontMatterFault& fault : found.faults) fault.line += lines;
  for (std::size_t& line : found.taken_as_text) line += lines;
  return found;
}

}  // namespace

FrontMatter ParseFrontMatter(std::string_view text) {
  FrontMatter found;
  if (StartsWith(text, "\xEF\xBB\xBF")) text.remove_prefix(3);
  found.body = text;
  const std::size_t start = text.find_first_not_of("\r\n");  // empty lines may come first
  if (start == std::string_view::npos) return found;
  const std::size_t before =
      static_cast<std::size_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(start), '\n'));
  const std::string_view fenced = text.substr(start);
  const std::string_view opening = fenced.substr(0, fenced.find('\n'));
  if (TakeJson(fenced, before + 1, &found)) return found;
  const bool toml = IsFence(opening, kTomlFence);
  if (!toml && !IsFence(opening, kYamlFence)) {
    const std::size_t head = UnfencedHead(fenced);
    if (head > 0 && head <= kMostHeadBytes && YamlHead(fenced.substr(0, head), before + 1, &found).Take()) {
      found.body = fenced.substr(head);
    }
    return found;
  }

  const std::size_t head_begin = std::min(opening.size() + 1, fenced.size());
  const std::vector<Line> lines = LinesOf(fenced.substr(head_begin));
  const auto closes = [toml](const Line& line) {
    return toml ? IsFence(line.text, kTomlFence) : IsFence(line.text, kYamlFence) || IsFence(line.text, "...");
  };
  const auto closing = std::find_if(lines.begin(), lines.end(), closes);
  const std::size_t first = before + 2;  // the head's first line
  if (closing == lines.end()) {
    const auto says =
        std::find_if(lines.begin(), lines.end(), [](const Line& line) { return !Trim(line.text).empty(); });
    if (says != lines.end() && (toml || !KeyOf(says->text).empty())) {  // otherwise the line is a rule of Markdown
      found.faults.push_back({before + 1, Cat({"the front matter that begins here is not closed by a line `",
                                               toml ? kTomlFence : kYamlFence, "`"})});
    }
    return found;
  }
  const std::string_view head = fenced.substr(head_begin, closing->begin);
  const std::size_t body = fenced.find('\n', head_begin + closing->begin);
  const std::string_view rest = body == std::string_view::npos ? std::string_view() : fenced.substr(body + 1);
  if (!toml && IsReasonAlone(head)) {
    const auto above = std::count(text.begin(), text.end() - static_cast<std::ptrdiff_t>(rest.size()), '\n');
    return ShiftedBy(static_cast<std::size_t>(above), ParseFrontMatter(rest));
  }
  if (head.size() > kMostHeadBytes) {
    found.faults.push_back({before + 1, "the front matter is longer than 128 KiB"});
  } else if (toml) {
    TakeToml(head, first, &found);
  } else if (!YamlHead(head, first, &found).Take()) {
    return found;
  }
  found.body = rest;
  return found;
}

}  // namespace tidegate::intake
