// kinds, fields, codes: what may be said about a record. They read the catalogue that is compiled in, so no node need
// serve.
#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <sstream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "node/command/print.h"
#include "node/command/session.h"
#include "node/record/draft.h"
#include "node/record/value/ascii.h"
#include "node/record/value/catalogue.h"
#include "text/text.h"

namespace tidegate::command {
namespace {

using OrderedJson = nlohmann::ordered_json;

struct CatalogueOptions {
  std::string kind;
  std::string list;
  std::string word;
};

void PrintCatalogue(const OrderedJson& json) { std::cout << text::JsonTree(json, 1) << "\n"; }

template <typename... Parts>
std::string Sentence(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return out.str();
}

std::vector<std::string_view> KindNames() {
  std::vector<std::string_view> names;
  for (const value::Kind& kind : value::Catalogue::Kinds()) names.push_back(kind.name);
  return names;
}

void ListKinds(const Session& session) {
  if (session.json) {
    OrderedJson kinds = OrderedJson::array();
    for (const value::Kind& kind : value::Catalogue::Kinds()) {
      kinds.push_back(
          {{"kind", kind.name}, {"fields", kind.slots.size()}, {"stix", kind.stix_type}, {"help", kind.help}});
    }
    return PrintCatalogue(OrderedJson{{"kinds", std::move(kinds)}});
  }
  for (const value::Kind& kind : value::Catalogue::Kinds()) {
    std::cout << kind.name << " (" << kind.slots.size() << " fields)\n";
    PrintText(Sentence("    ", kind.help));
  }
}

std::string Joined(std::span<const std::string_view> words) {
  std::string joined;
  for (const std::string_view word : words) joined.append(joined.empty() ? "" : ", ").append(word);
  return joined;
}

// "list of codes `tag`", "quantity in years", "text".
std::string TypeText(const value::Slot& slot) {
  std::string type(slot.repeated ? "list of " : "");
  type += value::TypeName(slot.type);
  if (!slot.code_list.empty()) type.append(" of `").append(slot.code_list).append("`");
  if (!slot.unit.empty()) type.append(" in ").append(slot.unit);
  return type;
}

OrderedJson SlotJson(const value::Slot& slot) {
  return {{"name", slot.name},
          {"type", value::TypeName(slot.type)},
          {"repeated", slot.repeated},
          {"class", value::FieldClassName(slot.field_class)},
          {"precisions", OrderedJson(std::vector<std::string_view>(slot.rungs.begin(), slot.rungs.end()))},
          {"codes", slot.code_list},
          {"unit", slot.unit},
          {"searchable", slot.searchable},
          {"help", slot.help}};
}

void ListFields(Session& session, const CatalogueOptions& options) {
  const value::Kind* kind = value::Catalogue::FindKind(options.kind);
  if (kind == nullptr) {
    return session.Usage(absl::StrCat("there is no kind `", text::Line(options.kind), "`",
                                      text::DidYouMean(options.kind, KindNames()), "; `tidegate kinds` lists them"));
  }
  if (session.json) {
    OrderedJson fields = OrderedJson::array();
    for (const value::Slot& slot : kind->slots) fields.push_back(SlotJson(slot));
    OrderedJson handling = OrderedJson::array();
    for (const std::string_view word : record::HandlingWordNames()) handling.push_back(word);
    return PrintCatalogue(
        OrderedJson{{"kind", kind->name}, {"help", kind->help}, {"fields", fields}, {"handling", handling}});
  }
  PrintText(Sentence(kind->name, ": ", kind->help));
  std::cout << "\n";
  for (const value::Slot& slot : kind->slots) {
    PrintText(Sentence(slot.name, "  ", TypeText(slot), "; class ", value::FieldClassName(slot.field_class),
                       slot.rungs.size() > 1 ? "; precision " : "",
                       slot.rungs.size() > 1 ? Joined(slot.rungs) : std::string()));
    PrintText(Sentence("    ", slot.help));
  }
  std::cout << "\n";
  PrintText(Sentence("Handling, set in the same way: ", Joined(record::HandlingWordNames())));
  std::cout << "`tidegate codes LIST` shows the codes of a list.\n";
}

void ListCodeLists(const Session& session) {
  if (session.json) {
    OrderedJson lists = OrderedJson::array();
    for (const value::CodeList& list : value::kCatalogueData.code_lists) {
      lists.push_back(
          {{"list", list.name}, {"title", list.title}, {"source", list.source}, {"codes", list.codes.size()}});
    }
    return PrintCatalogue(OrderedJson{{"lists", std::move(lists)}});
  }
  std::vector<std::vector<std::string>> rows = {{"LIST", "CODES", "TITLE"}};
  for (const value::CodeList& list : value::kCatalogueData.code_lists) {
    rows.push_back({std::string(list.name), absl::StrCat(list.codes.size()), std::string(list.title)});
  }
  PrintTable(rows);
}

std::vector<const value::Code*> CodesThatMatch(const value::CodeList& list, std::string_view word) {
  std::vector<const value::Code*> codes;
  const std::string wanted = value::Lowered(word);
  for (const value::Code& code : list.codes) {
    const auto says = [&](std::string_view text) { return absl::StrContains(value::Lowered(text), wanted); };
    if (word.empty() || says(code.code) || says(code.label) || std::ranges::any_of(code.aliases, says)) {
      codes.push_back(&code);
    }
  }
  return codes;
}

void ListCodes(Session& session, const CatalogueOptions& options) {
  if (options.list.empty()) return ListCodeLists(session);
  const value::CodeList* list = value::Catalogue::FindCodeList(options.list);
  if (list == nullptr) {
    std::vector<std::string_view> names;
    for (const value::CodeList& known : value::kCatalogueData.code_lists) names.push_back(known.name);
    return session.Usage(absl::StrCat("there is no list of codes `", text::Line(options.list), "`",
                                      text::DidYouMean(options.list, names), "; `tidegate codes` lists them"));
  }
  const std::vector<const value::Code*> codes = CodesThatMatch(*list, options.word);
  if (codes.empty()) {
    const std::string_view nearest = value::Catalogue::NearestCode(*list, options.word);
    return (void)session.Check(absl::NotFoundError(absl::StrCat(
        "no code of `", options.list, "` says `", text::Line(options.word), "`", text::DidYouMean(nearest))));
  }
  if (session.json) {
    OrderedJson rows = OrderedJson::array();
    for (const value::Code* code : codes) {
      rows.push_back(
          {{"code", code->code},
           {"name", code->label},
           {"parent", code->parent},
           {"aliases", OrderedJson(std::vector<std::string_view>(code->aliases.begin(), code->aliases.end()))}});
    }
    return PrintCatalogue(
        OrderedJson{{"list", list->name}, {"title", list->title}, {"source", list->source}, {"codes", rows}});
  }
  PrintText(Sentence(list->title, ". Source: ", list->source, "\n\n"));
  std::vector<std::vector<std::string>> rows = {{"CODE", "NAME"}};
  for (const value::Code* code : codes) rows.push_back({std::string(code->code), std::string(code->label)});
  PrintTable(rows);
}

// This JSON is no message of operator.proto: the verb does not ask the node.
void AddOwnJson(CLI::App* verb, Session& session) { verb->add_flag("--json", session.json, "Print JSON"); }

}  // namespace

void AddCatalogue(CLI::App& app, Session& session) {
  auto options = std::make_shared<CatalogueOptions>();
  CLI::App* kinds = app.add_subcommand("kinds", "List the kinds of record that there are");
  kinds->footer("Example:\n  tidegate kinds");
  AddOwnJson(kinds, session);
  kinds->callback([&session] { ListKinds(session); });

  CLI::App* fields = app.add_subcommand("fields", "List the fields of a kind: type, precision and what each is for");
  fields->add_option("KIND", options->kind, "A kind, such as report")->required();
  fields->footer("Example:\n  tidegate fields report");
  AddOwnJson(fields, session);
  fields->callback([&session, options] { ListFields(session, *options); });

  CLI::App* codes = app.add_subcommand("codes", "List the codes of a list, or the lists");
  codes->add_option("LIST", options->list, "A list, such as exploitation; all lists are named without it");
  codes->add_option("WORD", options->word, "Only codes whose code, name or other spelling says this");
  codes->footer("Examples:\n  tidegate codes\n  tidegate codes exploitation\n  tidegate codes country united");
  AddOwnJson(codes, session);
  codes->callback([&session, options] { ListCodes(session, *options); });
}

}  // namespace tidegate::command
