// Makes what one row becomes: its own record, the further ones of `[[also]]`, and the links between them.
#ifndef TIDEGATE_NODE_INTAKE_CSV_ROW_PARTS_H_
#define TIDEGATE_NODE_INTAKE_CSV_ROW_PARTS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "node/intake/csv/mapping.h"
#include "node/intake/csv/row_maker.h"
#include "node/intake/rows.h"

namespace tidegate::intake {

// Every column that the mapping names, for any of its records.
std::vector<std::string> AllColumns(const Mapping::Rules& rules);
// Those that a file may not lack.
std::vector<std::string> NeededColumns(const Mapping::Rules& rules);

class RowParts {
 public:
  // `rules` must outlive it. `columns` are the file's; the rest of `binding` is for every part.
  RowParts(const Mapping::Rules& rules, const Binding& binding, const std::vector<std::string>& columns);

  bool Skips(const TableRow& row) const { return parts_.front().maker.Skips(row); }
  // Sets `items` to the row's, in an order in which each comes after what it refers to; the row's own record is the
  // last that is no link. A link to a record of another row, which may come later or never, may lack that end. If the
  // row says nothing of a further record, this record and its links are left out. False, with the faults, if one of
  // them cannot be made: then the row becomes nothing.
  bool Make(const TableRow& row, std::vector<Item>* items, std::vector<Fault>* faults);
  // Where the row's own record stands among the items of the last Make.
  std::size_t own_at() const { return own_at_; }
  // Its key, also if the row has faults. Empty if the row does not say which it is.
  const std::string& own_key() const { return own_key_; }
  RowMaker::Doubts Doubts() const;
  // By column, of all records of a row.
  std::map<std::string, LeftOutCells> LeftOut() const;

 private:
  struct Part {
    Part(const Mapping::Rules& of, Binding where) : rules(of), binding(std::move(where)), maker(of, binding) {}
    const Mapping::Rules& rules;
    Binding binding;
    RowMaker maker;
  };
  // Makes no link if the row lacks one of its ends.
  void MakeLinks(const LinkRule& rule, const TableRow& row, const Item& own, std::vector<Item>* items) const;
  void MakeLink(const LinkRule& rule, const std::string& from, const std::string& to, const Item& own,
                std::vector<Item>* items) const;
  // The keys of the records of other rows that the row names.
  std::vector<std::string> OtherRows(const LinkRule& rule, const TableRow& row) const;
  const Mapping::Rules& RulesOf(const std::string& name) const;
  const std::string& System() const;

  const Mapping::Rules& rules_;
  std::deque<Part> parts_;  // the row's own first
  std::size_t own_at_ = 0;
  std::string own_key_;
  std::map<std::string, std::string> keys_;  // of the items of the row at hand, by the names of their records
};

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_CSV_ROW_PARTS_H_
