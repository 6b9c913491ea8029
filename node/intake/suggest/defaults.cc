// What an empty cell of a column means, where the column has few words to say.
#include <algorithm>
#include <optional>
#include <utility>

#include "node/intake/suggest/choice.h"
#include "node/intake/text.h"
#include "text/text.h"

namespace tidegate::intake {
namespace {

constexpr std::uint64_t kEnoughRows = 3;  // of which it can be said that all say the same

// The word of the target that the text of a cell stands for; nothing if it is none.
std::optional<std::string> WordOf(const Offer& use, const std::string& text) {
  for (const auto& [from, code] : use.codes) {
    if (Lower(from) == Lower(text)) return code.empty() ? std::nullopt : std::optional<std::string>(code);
  }
  if (use.slot == nullptr) return text;
  if (use.part == "country") {
    const auto country = record::ParseCountry(text);
    return country.ok() ? std::optional<std::string>(*country) : std::nullopt;
  }
  if (use.part == "currency") return text;
  const record::CodeList* list = record::Catalogue::FindCodeList(use.slot->code_list);
  const record::Code* code = list == nullptr ? nullptr : record::Catalogue::ResolveCode(*list, text);
  if (code != nullptr) return std::string(code->code);
  return use.slot->type == record::Type::kTristate && record::ParseValue(*use.slot, text).ok()
             ? std::optional<std::string>(text)
             : std::nullopt;
}

bool IsOfFewWords(const Offer& use) {
  if (use.asleep || use.part == "joined") return false;
  if (use.slot == nullptr) return StartsWith(use.target, "handling.") && use.target != "handling.conditions";
  if (!use.part.empty()) return use.part == "country" || use.part == "currency";
  return use.slot->type == record::Type::kCode || use.slot->type == record::Type::kTristate;
}

void SayDefault(const ColumnProfile& column, std::uint64_t rows, Offer* use) {
  if (!IsOfFewWords(*use) || column.values().empty() || !column.unknown_words().empty()) return;
  const std::uint64_t empty = rows - std::min(rows, column.filled());
  const std::string of = Cat({std::to_string(empty), " of ", std::to_string(rows),
                              empty == 1 ? " rows says nothing here" : " rows say nothing here"});
  if (use->target == "handling.tlp") {
    if (empty == 0) return;
    use->options.emplace_back("default", "\"RED\"");
    use->doubts.push_back(Cat({of, empty == 1 ? ", and counts" : ", and count",
                               " as RED; if another marking is meant, write it as `default`"}));
    return;
  }
  const bool constant = column.values().size() == 1 && column.filled() >= kEnoughRows;
  const std::optional<std::string> word = constant ? WordOf(*use, column.values().begin()->first) : std::nullopt;
  if (word.has_value() && empty == 0) {
    use->options.emplace_back("default", text::Json(*word));
    use->doubts.push_back("every row says the same here; a later row that says nothing would be read so, too");
  } else if (word.has_value()) {
    use->doubts.push_back(Cat(
        {of, ", and the others all say the same; if an empty cell means that too, add default = ", text::Json(*word)}));
  } else if (empty * 2 >= rows) {
    use->doubts.push_back(Cat({of, "; if an empty cell means something, add default = \"...\" with the word for it"}));
  }
}

}  // namespace

// Of the row's own record only: a further record of which the row says nothing is left out, and a default would make
// one.
void SayDefaults(Choice* choice) {
  for (std::size_t i = 0; i < choice->uses.size(); ++i) {
    std::optional<Offer>& use = choice->uses[i];
    if (use.has_value()) SayDefault(choice->table.columns[i], choice->table.rows, &*use);
  }
}

}  // namespace tidegate::intake
