#include "node/intake/report/yaml.h"

#include <yaml.h>

#include <utility>

namespace tidegate::intake {
namespace {

constexpr std::size_t kMostEntries = 512;
constexpr std::size_t kMostItems = 1024;
// libyaml does not bound it, and what it does for each token grows with it.
constexpr std::size_t kMostDepth = 64;

std::string_view ScalarOf(const yaml_event_t& event) {
  return {reinterpret_cast<const char*>(event.data.scalar.value), event.data.scalar.length};
}

// The text of a value. The line end that a block has behind its last line is not the author's.
std::string_view ValueText(const yaml_event_t& event) {
  std::string_view text = ScalarOf(event);
  const yaml_scalar_style_t style = event.data.scalar.style;
  if (style != YAML_LITERAL_SCALAR_STYLE && style != YAML_FOLDED_SCALAR_STYLE) return text;
  while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  return text;
}

// YAML 1.2, the core schema: what stands for nothing if it is not quoted.
bool SaysNothing(const yaml_event_t& event) {
  const std::string_view text = ScalarOf(event);
  const bool plain = event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
  return text.empty() || (plain && (text == "~" || text == "null" || text == "Null" || text == "NULL"));
}

// libyaml's parser and its current event, which both end with this object.
class Events {
 public:
  explicit Events(std::string_view text) {
    ready_ = yaml_parser_initialize(&parser_) == 1;
    if (!ready_) return;
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }
  Events(const Events&) = delete;
  Events& operator=(const Events&) = delete;
  ~Events() {
    Drop();
    if (ready_) yaml_parser_delete(&parser_);
  }

  // Goes to the next event. False at a fault; afterwards there is no event.
  bool Next() {
    Drop();
    held_ = ready_ && yaml_parser_parse(&parser_, &event_) == 1;
    return held_;
  }
  const yaml_event_t& event() const { return event_; }
  yaml_event_type_t type() const { return held_ ? event_.type : YAML_NO_EVENT; }
  std::size_t line() const { return event_.start_mark.line; }

  // Passes over the rest of the value whose first event this is; false at a fault.
  bool PassOver() {
    std::size_t depth = 0;
    do {
      if (type() == YAML_SEQUENCE_START_EVENT || type() == YAML_MAPPING_START_EVENT) ++depth;
      if (type() == YAML_SEQUENCE_END_EVENT || type() == YAML_MAPPING_END_EVENT) --depth;
      too_deep_ = too_deep_ || depth > kMostDepth;
      if (too_deep_) return false;
      if (depth > 0 && !Next()) return false;
    } while (depth > 0);
    return true;
  }

  std::string Problem() const {
    if (too_deep_) return "it nests deeper than 64";
    return ready_ && parser_.problem != nullptr ? parser_.problem : "it cannot be read";
  }
  std::size_t ProblemLine() const {
    if (too_deep_) return line();
    return ready_ ? parser_.problem_mark.line : 0;
  }

 private:
  void Drop() {
    if (held_) yaml_event_delete(&event_);
    held_ = false;
  }

  yaml_parser_t parser_{};
  yaml_event_t event_{};
  bool ready_ = false;
  bool held_ = false;
  bool too_deep_ = false;
};

// Each function has its first event in `events` and ends with its last one there; false at a fault.
bool TakeList(Events* events, YamlEntry* entry) {
  entry->list = true;
  while (events->Next() && events->type() != YAML_SEQUENCE_END_EVENT) {
    if (events->type() != YAML_SCALAR_EVENT) {
      entry->unread = events->type() == YAML_ALIAS_EVENT ? "refers to another value" : "has lists or keys of its own";
      if (!events->PassOver()) return false;
    } else if (entry->values.size() == kMostItems) {
      entry->unread = "has more than 1024 items";
    } else if (!SaysNothing(events->event())) {
      entry->values.emplace_back(ScalarOf(events->event()));
    }
  }
  if (!entry->unread.empty()) entry->values.clear();
  return events->type() == YAML_SEQUENCE_END_EVENT;
}

bool TakeValue(Events* events, YamlEntry* entry) {
  switch (events->type()) {
    case YAML_SCALAR_EVENT:
      if (!SaysNothing(events->event())) entry->values.emplace_back(ValueText(events->event()));
      return true;
    case YAML_SEQUENCE_START_EVENT:
      return TakeList(events, entry);
    case YAML_ALIAS_EVENT:
      entry->unread = "refers to another value";
      return true;
    default:
      entry->unread = "has keys of its own";
      return events->PassOver();
  }
}

bool TakeMapping(Events* events, YamlMapping* read) {
  while (events->Next() && events->type() != YAML_MAPPING_END_EVENT) {
    YamlEntry entry;
    entry.line = events->line();
    const bool named = events->type() == YAML_SCALAR_EVENT;
    if (named) entry.key = ScalarOf(events->event());
    if (!events->PassOver() || !events->Next() || !TakeValue(events, &entry)) return false;
    if (!named || entry.key.empty()) continue;
    if (read->entries.size() == kMostEntries) {
      read->fault = "it has more than 512 keys";
      read->line = entry.line;
      return true;
    }
    read->entries.push_back(std::move(entry));
  }
  return events->type() == YAML_MAPPING_END_EVENT;
}

}  // namespace

YamlMapping ReadYaml(std::string_view text) {
  YamlMapping read;
  Events events(text);
  bool sound = events.Next() && events.Next();  // the stream, the document
  if (sound && events.type() == YAML_STREAM_END_EVENT) return read;
  sound = sound && events.Next();
  if (sound && events.type() != YAML_MAPPING_START_EVENT) {
    read.mapping = false;
    sound = events.PassOver();
  } else if (sound) {
    sound = TakeMapping(&events, &read);
  }
  while (sound && read.fault.empty() && events.type() != YAML_STREAM_END_EVENT) sound = events.Next();
  if (!sound) {
    read.fault = events.Problem();
    read.line = events.ProblemLine();
  }
  return read;
}

}  // namespace tidegate::intake
