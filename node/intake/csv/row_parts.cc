#include "node/intake/csv/row_parts.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "node/intake/text.h"

namespace tidegate::intake {
namespace {

constexpr std::size_t kLongestIdentity = Limits().identity_bytes;
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

// The source key of a further record of each row that has no number of its own: the row's own key and the name of the
// `[[also]]`.
void NameAfter(const Item& own, const std::string& name, Item* item) {
  item->source_key = Cat({own.source_key, "#", name});
  if (!own.former_key.empty()) item->former_key = Cat({own.former_key, "#", name});
  item->identity = own.identity;
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
  keys_[rules_.name] = own.source_key;
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
    if (part->rules.each_row) NameAfter(own, part->rules.name, &item);
    item.repeats = !part->rules.each_row;
    keys_[part->rules.name] = item.source_key;
    items->push_back(std::move(item));
  }
  own_key_ = own.source_key;
  if (!good) return false;
  own_at_ = items->size();
  if (rules_.links.empty()) {
    items->push_back(std::move(own));
    return true;
  }
  std::vector<Item> links;
  for (const LinkRule& rule : rules_.links) MakeLinks(rule, row, own, &links);
  items->push_back(std::move(own));
  items->insert(items->end(), std::make_move_iterator(links.begin()), std::make_move_iterator(links.end()));
  return true;
}

const Mapping::Rules& RowParts::RulesOf(const std::string& name) const {
  const auto found =
      std::find_if(parts_.begin(), parts_.end(), [&name](const Part& part) { return part.rules.name == name; });
  return found == parts_.end() ? rules_ : found->rules;  // the mapping was read: there is one
}

const std::string& RowParts::System() const {
  const std::string& said = parts_.front().binding.system;
  return said.empty() ? rules_.source : said;
}

std::vector<std::string> RowParts::OtherRows(const LinkRule& rule, const TableRow& row) const {
  std::vector<std::string> keys;
  const std::size_t at = parts_.front().binding.index[rule.other_row->column];
  if (at >= row.fields.size()) return keys;
  for (std::string_view identity : SplitList(TrimBlank(row.fields[at]), rule.other_row->split)) {
    const std::string lowered = Lower(identity);
    if (std::find(rules_.unknown.begin(), rules_.unknown.end(), lowered) != rules_.unknown.end()) continue;
    if (identity.size() > kLongestIdentity || !record::IsCleanText(identity)) continue;
    std::string key = Cat({"csv:", System(), ":", RulesOf(rule.to).kind->name, ":", identity});
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(std::move(key));
  }
  return keys;
}

void RowParts::MakeLinks(const LinkRule& rule, const TableRow& row, const Item& own, std::vector<Item>* items) const {
  const auto from = keys_.find(rule.from);
  if (from == keys_.end()) return;
  if (!rule.other_row.has_value()) {
    const auto to = keys_.find(rule.to);
    if (to != keys_.end()) MakeLink(rule, from->second, to->second, own, items);
    return;
  }
  for (const std::string& to : OtherRows(rule, row)) {
    if (to == from->second) continue;  // a row that names itself says nothing
    MakeLink(rule, from->second, to, own, items);
    items->back().may_dangle = true;
    items->back().original = {};
  }
}

void RowParts::MakeLink(const LinkRule& rule, const std::string& from, const std::string& to, const Item& own,
                        std::vector<Item>* items) const {
  Item& link = items->emplace_back();
  link.draft = rule.draft;
  link.draft.handling = own.draft.handling;
  link.draft.local.named_recipients = own.draft.local.named_recipients;
  const record::Kind& kind = *link.draft.kind;
  link.references = {{kind.FindSlot("from")->number, from, {}}, {kind.FindSlot("to")->number, to, {}}};
  const record::Slot& verb_slot = *kind.FindSlot("verb");
  const std::string verb = record::EncodeValue(verb_slot, link.draft.fields[verb_slot.number].value);
  const std::string text = Cat({std::to_string(from.size()), " ", from, std::to_string(to.size()), " ", to, verb});
  link.source_key = Cat({"csv:", System(), ":link:sha256:", HexOf(crypto::HashOf({kLinkLabel, text}))});
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
