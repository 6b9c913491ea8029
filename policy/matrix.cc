#include "policy/matrix.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "policy/encoding.h"
#include "text/text.h"

namespace tidegate::policy {
namespace {

const std::vector<std::string>& AllTlps() {
  static const auto& tlps = *new std::vector<std::string>{"CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"};
  return tlps;
}

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

MatrixRow RowOf(const Engine& engine, const Party& partner, const KindShape& kind, const Label& label) {
  const std::shared_ptr<const Mask> mask = engine.MaskFor(engine.Intern(partner), engine.Intern(label), kind.number);
  MatrixRow row{partner.organisation, kind.name, *label.tlp, mask->travels, {}, {}};
  std::map<std::string, MatrixCell> cells;
  std::map<std::string, std::set<std::string>> precisions;
  for (size_t slot = 0; slot < kind.slots.size(); ++slot) {
    MatrixCell& cell = cells[kind.slots[slot].field_class];
    ++cell.slots;
    if (mask->rungs[slot] == kWithheld) continue;
    ++cell.open;
    precisions[kind.slots[slot].field_class].insert(
        kind.slots[slot].precisions[static_cast<size_t>(mask->rungs[slot])]);
  }
  for (auto& entry : cells) {
    entry.second.field_class = entry.first;
    entry.second.precisions.assign(precisions[entry.first].begin(), precisions[entry.first].end());
    row.cells.push_back(std::move(entry.second));
  }
  for (const uint16_t rule : mask->deciding) row.rules.push_back(engine.rules()[rule].id);
  row.rules = SortedUnique(std::move(row.rules));
  return row;
}

bool Asked(const std::vector<std::string>& names, const std::string& name) {
  return names.empty() || std::find(names.begin(), names.end(), name) != names.end();
}

std::string AssumptionsOf(const Label& assumed) {
  const auto said = [](const Fact& fact) { return fact.value_or("absent"); };
  const auto listed = [](const FactSet& facts, const char* otherwise) {
    if (!facts.has_value()) return std::string("absent");
    return facts->empty() ? std::string(otherwise) : Joined(*facts);
  };
  return absl::StrCat("A record of `", said(assumed.origin), "`, handling code ", said(assumed.handling_code), ", PAP ",
                      said(assumed.pap), ", onward ", said(assumed.onward), ", subjects ",
                      listed(assumed.subjects, "none stated"), ", tags ", listed(assumed.tags, "none"), ", purposes ",
                      listed(assumed.purposes, "as agreed with the partner"), ", legal basis ",
                      listed(assumed.legal_basis, "as agreed with the partner"),
                      "; fields without marking of their own.");
}

}  // namespace

Label TypicalRecord(const Engine& engine) {
  Label label;
  const std::vector<std::string> none;
  label.handling_code.emplace("P");
  label.source_grade.emplace("1");
  label.intelligence_grade.emplace("B");
  label.pap = std::string(kUnstated);
  label.onward.emplace("no");
  label.retention = std::string(kUnstated);
  label.origin = engine.self();
  label.subjects = {{"undetermined"}};
  for (FactSet* facts : {&label.purposes, &label.legal_basis, &label.conditions, &label.named_recipients,
                         &label.exploitation, &label.countries, &label.tags}) {
    *facts = none;
  }
  return label;
}

Matrix MakeMatrix(const Engine& engine, const MatrixQuestion& question) {
  Matrix matrix;
  matrix.version = engine.version();
  matrix.assumptions = AssumptionsOf(question.assumed);
  for (const Party& partner : question.partners) {
    Label label = question.assumed;
    if (label.purposes.has_value() && label.purposes->empty()) label.purposes = partner.purposes;
    if (label.legal_basis.has_value() && label.legal_basis->empty()) label.legal_basis = partner.legal_bases;
    for (const KindShape& kind : engine.kinds()) {
      if (!Asked(question.kinds, kind.name)) continue;
      for (const std::string& tlp : AllTlps()) {
        if (!Asked(question.tlps, tlp)) continue;
        label.kind = kind.name;
        label.tlp = tlp;
        matrix.rows.push_back(RowOf(engine, partner, kind, label));
      }
    }
  }
  return matrix;
}

std::string Matrix::ToString() const {
  std::string text = absl::StrCat("policy version ", Hex(version), "\n", assumptions, "\n");
  for (const MatrixRow& row : rows) {
    absl::StrAppend(&text, row.partner, "  ", row.kind, "  TLP:", row.tlp, row.travels ? "" : "  nothing", "\n");
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
                            {"travels", row.travels},
                            {"classes", cells},
                            {"rules", row.rules}});
  }
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string Matrix::ToHtml() const {
  std::set<std::string> classes;
  for (const MatrixRow& row : rows) {
    for (const MatrixCell& cell : row.cells) classes.insert(cell.field_class);
  }
  std::string html =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Who gets what</title><style>\n"
      "body{font:14px/1.4 sans-serif;margin:2em}table{border-collapse:collapse}\n"
      "th,td{border:1px solid #999;padding:.3em .6em;text-align:left;vertical-align:top}\n"
      "td.no{color:#999}thead{display:table-header-group}tr{page-break-inside:avoid}\n"
      "</style></head><body>\n<h1>Who gets what</h1>\n";
  absl::StrAppend(&html, "<p>Policy version <code>", Hex(version), "</code></p>\n<p>", text::Html(assumptions),
                  "</p>\n<table><thead><tr><th>Partner</th><th>Kind</th><th>TLP</th>");
  for (const std::string& name : classes) absl::StrAppend(&html, "<th>", text::Html(name), "</th>");
  html += "<th>By</th></tr></thead><tbody>\n";
  for (const MatrixRow& row : rows) {
    absl::StrAppend(&html, "<tr><td>", text::Html(row.partner), "</td><td>", text::Html(row.kind), "</td><td>",
                    text::Html(row.tlp), "</td>");
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

}  // namespace tidegate::policy
