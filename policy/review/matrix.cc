#include "policy/review/matrix.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "policy/review/possible.h"
#include "text/text.h"

namespace tidegate::review {
namespace {

using namespace policy;  // what is reviewed

// A TLP that nobody knows: what a field may be marked with is not ours to say. It counts as stricter than RED.
constexpr std::string_view kUnknownTlp = "unknown";

std::string Joined(const std::vector<std::string>& texts, const char* between = ", ") {
  std::string joined;
  for (const std::string& text : texts) absl::StrAppend(&joined, joined.empty() ? "" : between, text);
  return joined;
}

std::string Hex(const Digest& digest) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (const uint8_t byte : digest) {
    hex.push_back(kDigits[byte >> 4]);
    hex.push_back(kDigits[byte & 15]);
  }
  return hex;
}

std::string InWords(const MatrixCell& cell) {
  if (cell.open == 0) return "-";
  return absl::StrCat(Joined(cell.precisions), " (", cell.open, " of ", cell.slots, ")");
}

// The most that may go of one kind to one partner, by the TLP that a field counts as.
class MostByTlp {
 public:
  MostByTlp(const Engine& engine, PartyHandle party, Label stated, bool named, uint32_t kind)
      : engine_(engine), party_(std::move(party)), stated_(std::move(stated)), named_(named), kind_(kind) {}

  const Mask& At(std::string_view tlp) {
    const auto [entry, fresh] = masks_.try_emplace(std::string(tlp));
    if (fresh) {
      stated_.tlp = std::string(tlp);
      entry->second = MostFor(engine_, party_, stated_, named_, kind_);
    }
    return entry->second;
  }

 private:
  const Engine& engine_;
  const PartyHandle party_;
  Label stated_;
  const bool named_;
  const uint32_t kind_;
  std::map<std::string, Mask> masks_;
};

MatrixRow RowOf(const Engine& engine, const Party& partner, const KindShape& kind, std::string_view tlp, bool named,
                MostByTlp& most) {
  MatrixRow row{partner.organisation, kind.name, std::string(tlp), named, most.At(tlp).travels, {}, {}};
  // A field may bear a stricter TLP than its record, and a policy may ask for just that.
  std::vector<const Mask*> masks;
  if (row.travels) {
    for (auto at = std::find(std::begin(kTlps), std::end(kTlps), tlp); at != std::end(kTlps); ++at) {
      masks.push_back(&most.At(*at));
    }
    masks.push_back(&most.At(kUnknownTlp));
  }
  std::map<std::string, MatrixCell> cells;
  std::map<std::string, std::set<std::string>> precisions;
  for (size_t slot = 0; slot < kind.slots.size(); ++slot) {
    const SlotShape& shape = kind.slots[slot];
    MatrixCell& cell = cells[shape.field_class];
    ++cell.slots;
    int8_t finest = kWithheld;
    for (const Mask* mask : masks) {
      if (mask->rungs[slot] != kWithheld && (finest == kWithheld || mask->rungs[slot] < finest)) {
        finest = mask->rungs[slot];
      }
    }
    if (finest == kWithheld) continue;
    ++cell.open;
    precisions[shape.field_class].insert(shape.precisions[static_cast<size_t>(finest)]);
  }
  for (auto& entry : cells) {
    entry.second.field_class = entry.first;
    entry.second.precisions.assign(precisions[entry.first].begin(), precisions[entry.first].end());
    row.cells.push_back(std::move(entry.second));
  }
  for (const Mask* mask : masks) {
    for (const uint16_t rule : mask->deciding) row.rules.push_back(engine.rules()[rule].id);
  }
  row.rules = SortedUnique(std::move(row.rules));
  return row;
}

bool Asked(const std::vector<std::string>& names, const std::string& name) {
  return names.empty() || std::find(names.begin(), names.end(), name) != names.end();
}

std::string AssumptionsOf(const Label& stated) {
  std::string said, open;
  for (const LabelFact& fact : kLabelFacts) {
    if (fact.name == "tlp" || fact.name == "named_recipients") continue;
    const std::string name(fact.name);
    if (fact.one != nullptr ? !(stated.*fact.one).has_value() : !(stated.*fact.many).has_value()) {
      absl::StrAppend(&open, open.empty() ? "" : ", ", name);
    } else if (fact.one != nullptr) {
      absl::StrAppend(&said, said.empty() ? "" : ", ", name, " `", *(stated.*fact.one), "`");
    } else {
      absl::StrAppend(&said, said.empty() ? "" : ", ", name, " `", Joined(*(stated.*fact.many)), "`");
    }
  }
  return absl::StrCat(
      "The most that may go to each partner, under these policies and what was agreed with it. This is about records "
      "with ",
      said, ". Their other facts (", open,
      ") and the markings of their fields may be anything. A single record may give less; none gives more. Where a "
      "record gives more because it names the partner as a recipient, a row of its own says so.");
}

bool SameCells(const MatrixRow& a, const MatrixRow& b) {
  return std::equal(
      a.cells.begin(), a.cells.end(), b.cells.begin(), b.cells.end(),
      [](const MatrixCell& x, const MatrixCell& y) { return x.open == y.open && x.precisions == y.precisions; });
}

}  // namespace

std::string DescribeParty(const Party& party) {
  const auto said = [](const std::string& text) { return text.empty() ? std::string("not set") : text; };
  const auto listed = [](const std::vector<std::string>& texts) { return texts.empty() ? "none" : Joined(texts); };
  return absl::StrCat("sector ", said(party.sector), ", country ", said(party.country), ", circles ",
                      listed(party.circles), ", agreed purposes ", listed(party.purposes), ", agreed legal bases ",
                      party.legal_bases.empty() ? "none named, so any is accepted" : Joined(party.legal_bases),
                      party.confirmed ? "" : ", NOT CONFIRMED");
}

Label AnyOwnRecord(const Engine& engine) {
  Label label;
  label.origin = engine.self();
  return label;
}

Matrix MakeMatrix(const Engine& engine, const MatrixQuestion& question) {
  Matrix matrix;
  matrix.version = engine.version();
  matrix.assumptions = AssumptionsOf(question.stated);
  matrix.partners = question.partners;
  for (const Party& partner : question.partners) {
    const PartyHandle party = engine.Intern(partner);
    for (const KindShape& kind : engine.kinds()) {
      if (!Asked(question.kinds, kind.name)) continue;
      Label stated = question.stated;
      stated.kind = kind.name;
      MostByTlp unnamed(engine, party, stated, false, kind.number), named(engine, party, stated, true, kind.number);
      for (const std::string_view tlp : kTlps) {
        if (!Asked(question.tlps, std::string(tlp))) continue;
        MatrixRow row = RowOf(engine, partner, kind, tlp, false, unnamed);
        MatrixRow to_named = RowOf(engine, partner, kind, tlp, true, named);
        const bool more = !SameCells(row, to_named);
        matrix.rows.push_back(std::move(row));
        if (more) matrix.rows.push_back(std::move(to_named));
      }
    }
  }
  return matrix;
}

std::string Matrix::ToString() const {
  std::string text = absl::StrCat("policy version ", Hex(version), "\n", assumptions, "\n\n");
  for (const Party& party : partners) {
    absl::StrAppend(&text, text::Line(party.organisation), ": ", text::Line(DescribeParty(party)), "\n");
  }
  text += "\n";
  for (const MatrixRow& row : rows) {
    absl::StrAppend(&text, text::Line(row.partner), "  ", row.kind, "  TLP:", row.tlp,
                    row.named ? "  if the record names them" : "", row.travels ? "" : "  nothing", "\n");
    if (!row.travels) continue;
    for (const MatrixCell& cell : row.cells) {
      if (cell.open > 0) absl::StrAppend(&text, "    ", cell.field_class, ": ", InWords(cell), "\n");
    }
  }
  return text;
}

std::string Matrix::ToJson() const {
  nlohmann::json json = {
      {"policy_version", Hex(version)}, {"assumptions", assumptions}, {"rows", nlohmann::json::array()}};
  for (const MatrixRow& row : rows) {
    nlohmann::json cells = nlohmann::json::array();
    for (const MatrixCell& cell : row.cells) {
      cells.push_back(
          {{"class", cell.field_class}, {"open", cell.open}, {"slots", cell.slots}, {"precisions", cell.precisions}});
    }
    json["rows"].push_back({{"partner", row.partner},
                            {"kind", row.kind},
                            {"tlp", row.tlp},
                            {"named", row.named},
                            {"travels", row.travels},
                            {"classes", cells},
                            {"rules", row.rules}});
  }
  return text::JsonTree(json, 2);
}

std::string Matrix::ToHtml() const {
  std::set<std::string> classes;
  for (const MatrixRow& row : rows) {
    for (const MatrixCell& cell : row.cells) classes.insert(cell.field_class);
  }
  std::string html =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Who gets what</title><style>\n"
      "body{font:14px/1.4 sans-serif;margin:2em}table{border-collapse:collapse;margin-bottom:1em}\n"
      "th,td{border:1px solid #999;padding:.3em .6em;text-align:left;vertical-align:top}\n"
      "td.no{color:#999}thead{display:table-header-group}tr{page-break-inside:avoid}\n"
      "</style></head><body>\n<h1>Who gets what</h1>\n";
  absl::StrAppend(&html, "<p>Policy version <code>", Hex(version), "</code></p>\n<p>", text::Html(assumptions),
                  "</p>\n");
  html += "<table><thead><tr><th>Partner</th><th>What we know of it and agreed</th></tr></thead><tbody>\n";
  for (const Party& party : partners) {
    absl::StrAppend(&html, "<tr><td>", text::Html(party.organisation), "</td><td>", text::Html(DescribeParty(party)),
                    "</td></tr>\n");
  }
  absl::StrAppend(&html, "</tbody></table>\n<table><thead><tr><th>Partner</th><th>Kind</th><th>TLP</th>");
  for (const std::string& name : classes) absl::StrAppend(&html, "<th>", text::Html(name), "</th>");
  html += "<th>By</th></tr></thead><tbody>\n";
  for (const MatrixRow& row : rows) {
    absl::StrAppend(&html, "<tr><td>", text::Html(row.partner), row.named ? " (if the record names them)" : "",
                    "</td><td>", text::Html(row.kind), "</td><td>", text::Html(row.tlp), "</td>");
    std::map<std::string, const MatrixCell*> cells;
    for (const MatrixCell& cell : row.cells) cells[cell.field_class] = &cell;
    for (const std::string& name : classes) {
      const auto found = cells.find(name);
      const bool open = found != cells.end() && found->second->open > 0;
      absl::StrAppend(&html, open ? "<td>" : "<td class=\"no\">", open ? text::Html(InWords(*found->second)) : "-",
                      "</td>");
    }
    absl::StrAppend(&html, "<td>", text::Html(Joined(row.rules)), "</td></tr>\n");
  }
  html +=
      "</tbody></table>\n<p>Checked by: ______________________ Date: ______________ Signature: "
      "______________________</p>\n</body></html>\n";
  return html;
}

std::vector<RuleDifference> DiffRules(const Engine& before, const Engine& after) {
  struct Policy {
    const Rule* rule;
    std::string text;
  };
  // Rules without an @id are called after their place, which says nothing of what they are.
  const auto by_name = [](const Engine& engine) {
    std::map<std::string, Policy> policies;
    for (size_t i = 0; i < engine.rules().size(); ++i) {
      const Rule& rule = engine.rules()[i];
      std::string text = engine.PolicyText(i);
      const bool anonymous = rule.id == absl::StrCat(rule.file, ":", rule.line);
      std::string name = anonymous ? absl::StrCat("text ", text) : absl::StrCat("id ", rule.id);
      while (policies.contains(name)) name += " again";
      policies.emplace(std::move(name), Policy{&rule, std::move(text)});
    }
    return policies;
  };
  const std::map<std::string, Policy> old_policies = by_name(before), new_policies = by_name(after);
  std::vector<RuleDifference> differences;
  for (const auto& entry : old_policies) {
    const auto found = new_policies.find(entry.first);
    if (found == new_policies.end()) {
      differences.push_back({RuleDifference::Kind::kRemoved, *entry.second.rule, entry.second.text, ""});
    } else if (found->second.text != entry.second.text) {
      differences.push_back(
          {RuleDifference::Kind::kChanged, *found->second.rule, entry.second.text, found->second.text});
    }
  }
  for (const auto& entry : new_policies) {
    if (old_policies.contains(entry.first)) continue;
    differences.push_back({RuleDifference::Kind::kAdded, *entry.second.rule, "", entry.second.text});
  }
  return differences;
}

}  // namespace tidegate::review
