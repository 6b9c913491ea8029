#include "node/intake/csv/row_parts.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "node/intake/text.h"

namespace tidegate::intake {
namespace {

constexpr std::string_view kLinkLabel = crypto::Label("TGCSL01");

void AddNew(const std::vector<std::string>& from, std::vector<std::string>* to) {
  for (const std::string& column : from) {
    if (std::find(to->begin(), to->end(), column) == to->end()) to->push_back(column);
  }
}

std::vector<std::string> NeededBy(const Mapping::Rules& rules) {
  std::vector<std::string> needed;
  for (std::size_t i = 0; i < rules.columns.size(); ++i) {
    if (!rules.optional[i]) needed.push_back(rules.columns[i]);
  }
  return needed;
}

Binding BindingOf(const Mapping::Rules& rules, Binding binding, const std::vector<std::string>& columns) {
  binding.index.clear();
  for (const std::string& column : rules.columns) {
    const auto found = std::find(columns.begin(), columns.end(), column);
    binding.index.push_back(found == columns.end() ? kAbsent : static_cast<std::size_t>(found - columns.begin()));
  }
  return binding;
}

}  // namespace

std::vector<std::string> AllColumns(const Mapping::Rules& rules) {
  std::vector<std::string> columns = rules.columns;
  for (const auto& further : rules.also) AddNew(further->columns, &columns);
  return columns;
}

std::vector<std::string> NeededColumns(const Mapping::Rules& rules) {
  std::vector<std::string> columns = NeededBy(rules);
  for (const auto& further : rules.also) AddNew(NeededBy(*further), &columns);
  return columns;
}

RowParts::RowParts(const Mapping::Rules& rules, const Binding& binding, const std::vector<std::string>& columns)
    : rules_(rules) {
  parts_.emplace_back(rules, BindingOf(rules, binding, columns));
  for (const auto& further : rules.also) parts_.emplace_back(*further, BindingOf(*further, binding, columns));
}

bool RowParts::Make(const TableRow& row, std::vector<Item>* items, std::vector<Fault>* faults) {
  items->clear();
  keys_.clear();
  Item own;
  bool good = parts_.front().maker.Make(row, &own, faults);
  if (parts_.size() > 1) keys_[rules_.name] = own.source_key;
  for (auto part = parts_.begin() + 1; part != parts_.end(); ++part) {
    Item item;
    std::vector<Fault> further;
    const bool made = part->maker.Make(row, &item, &further);
    if (part->maker.said_nothing()) continue;
    if (!made) faults->insert(faults->end(), further.begin(), further.end());
    good = good && made;
    // If a row says how far it may go, none of its parts goes further.
    if (!part->rules.marks) {
      item.draft.handling = own.draft.handling;
      item.draft.local.named_recipients = own.draft.local.named_recipients;
    }
    item.repeats = true;
    keys_[part->rules.name] = item.source_key;
    items->push_back(std::move(item));
  }
  if (!good) return false;
  if (parts_.size() == 1) {
    items->push_back(std::move(own));
    return true;
  }
  std::vector<Item> links;
  for (const LinkRule& rule : rules_.links) MakeLink(rule, own, &links);
  items->push_back(std::move(own));
  items->insert(items->end(), std::make_move_iterator(links.begin()), std::make_move_iterator(links.end()));
  return true;
}

void RowParts::MakeLink(const LinkRule& rule, const Item& own, std::vector<Item>* items) const {
  const auto from = keys_.find(rule.from);
  const auto to = keys_.find(rule.to);
  if (from == keys_.end() || to == keys_.end()) return;
  Item& link = items->emplace_back();
  link.draft = rule.draft;
  link.draft.handling = own.draft.handling;
  link.draft.local.named_recipients = own.draft.local.named_recipients;
  const record::Kind& kind = *link.draft.kind;
  link.references = {{kind.FindSlot("from")->number, from->second, {}}, {kind.FindSlot("to")->number, to->second, {}}};
  const record::Slot& verb_slot = *kind.FindSlot("verb");
  const std::string verb = record::EncodeValue(verb_slot, link.draft.fields[verb_slot.number].value);
  const std::string text = Cat({std::to_string(from->second.size()), " ", from->second,
                                std::to_string(to->second.size()), " ", to->second, verb});
  link.source_key = Cat({"csv:", parts_.front().binding.system.empty() ? rules_.source : parts_.front().binding.system,
                         ":link:sha256:", HexOf(crypto::HashOf({kLinkLabel, text}))});
  link.identity = "the records that it links";
  link.position = own.position;
  link.original = own.original;
  link.well_formed = own.well_formed;
  link.repeats = true;
}

std::map<std::string, LeftOutCells> RowParts::LeftOut() const {
  std::map<std::string, LeftOutCells> all;
  for (const Part& part : parts_) {
    for (const auto& [column, cells] : part.maker.left_out()) {
      LeftOutCells& sum = all[column];
      sum.count += cells.count;
      if (sum.rows.empty()) sum.rows = cells.rows;
    }
  }
  return all;
}

RowMaker::Doubts RowParts::Doubts() const {
  RowMaker::Doubts all;
  for (const Part& part : parts_) {
    for (const auto& [doubt, count] : part.maker.doubts()) all[doubt] += count;
  }
  return all;
}

}  // namespace tidegate::intake
