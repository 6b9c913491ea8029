#include "policy/rules.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "policy/baseline/baseline.h"

namespace tidegate::policy {
namespace {

std::string_view Stripped(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::vector<std::string_view> Lines(std::string_view text) {
  std::vector<std::string_view> lines;
  for (size_t start = 0; start <= text.size();) {
    const size_t end = std::min(text.find('\n', start), text.size());
    lines.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return lines;
}

// The number before the next colon, both taken off `text`; 0 if there is none.
uint32_t TakeNumber(std::string_view& text) {
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end == text.data() + text.size() || *end != ':') return 0;
  text.remove_prefix(static_cast<size_t>(end - text.data()) + 1);
  return number;
}

// The comment lines directly above `line` (1-based), without their slashes.
std::string CommentAbove(const std::vector<std::string_view>& lines, uint32_t line) {
  std::string comment;
  if (line == 0 || line > lines.size()) return comment;
  size_t first = line - 1;
  while (first > 0 && Stripped(lines[first - 1]).starts_with("//")) --first;
  for (size_t i = first; i + 1 < line; ++i) {
    if (!comment.empty()) comment.push_back(' ');
    comment.append(Stripped(Stripped(lines[i]).substr(2)));
  }
  return comment;
}

bool Names(const cedar::ScopeConstraint& scope, const cedar::EntityUid& action) {
  if (scope.kind == cedar::ScopeConstraint::Kind::kAny) return true;
  return std::find(scope.entities.begin(), scope.entities.end(), action) != scope.entities.end();
}

class Compiler {
 public:
  RuleSet Run(const std::vector<PolicySource>& sources) {
    const BaselineFile& schema = BaselineSchema();
    absl::StatusOr<cedar::Schema> parsed = cedar::Schema::ParseHuman(schema.text, schema.name);
    if (!parsed.ok()) {
      set_.diagnostics.push_back(DiagnosticFrom(std::string(schema.name), parsed.status()));
      return std::move(set_);
    }
    set_.schema = *std::move(parsed);
    for (const BaselineFile& file : BaselinePolicies()) Add(std::string(file.name), file.text, /*baseline=*/true);
    for (const PolicySource& source : sources) Add(source.file, source.text, /*baseline=*/false);
    set_.rules = std::make_shared<const std::vector<Rule>>(std::move(rules_));
    return std::move(set_);
  }

 private:
  void Add(const std::string& file, std::string_view text, bool baseline) {
    absl::StatusOr<cedar::PolicySet> parsed = cedar::PolicySet::Parse(text, file, absl::StrCat(file, "#"));
    if (!parsed.ok()) {
      set_.diagnostics.push_back(DiagnosticFrom(file, parsed.status()));
      return;
    }
    const std::vector<std::string_view> lines = Lines(text);
    for (const cedar::Policy& unlinked : parsed->templates()) {
      Wrong(unlinked.place(), "a template decides nothing here; write the policy out");
    }
    for (const cedar::Policy& policy : parsed->policies()) {
      if (set_.compiled.size() >= kMostPolicies) {
        set_.diagnostics.push_back(
            Diagnostic{Severity::kError, file, 0, 0, absl::StrCat("more than ", kMostPolicies, " policies"), ""});
        return;
      }
      AddPolicy(policy, Describe(policy, file, lines), baseline);
    }
    Validate(*parsed);
  }

  void Wrong(const cedar::Place& place, std::string message) {
    set_.diagnostics.push_back(FindingAt(Severity::kError, place, std::move(message)));
  }

  Rule Describe(const cedar::Policy& policy, const std::string& file, const std::vector<std::string_view>& lines) {
    Rule rule;
    rule.file = file;
    rule.line = policy.position().line;
    const std::string* id = policy.Annotation("id");
    rule.id = id != nullptr && !id->empty() ? *id : absl::StrCat(file, ":", rule.line);
    rule.effect = policy.effect() == cedar::Effect::kPermit ? Effect::kPermit : Effect::kForbid;
    rule.comment = CommentAbove(lines, rule.line);
    return rule;
  }

  void AddPolicy(const cedar::Policy& policy, Rule rule, bool baseline) {
    const PolicyReading reading = ReadingOf(policy);
    for (const std::string& fact : reading.asked_for) {
      Wrong(policy.PlaceOfHas(fact), absl::StrCat("`has ", fact,
                                                  "` hides that a fact is missing; read the fact itself: a policy that "
                                                  "cannot read it permits nothing and forbids everything"));
    }
    if (!baseline && rule.id.starts_with(kBaselinePrefix)) {
      Wrong(policy.place(),
            absl::StrCat("the id `", rule.id, "` is kept for the policies of every node; choose another"));
    }
    const auto claimed = ids_.emplace(rule.id, absl::StrCat(rule.file, ":", rule.line));
    if (!claimed.second) {
      Wrong(policy.place(), absl::StrCat("the id `", rule.id, "` is taken by ", claimed.first->second));
    }
    const cedar::ScopeConstraint action = policy.action();
    CompiledRule compiled{policy,
                          reading.reads,
                          Names(action, actions::Disclose()),
                          Names(action, actions::Admit()),
                          Names(action, actions::Read()),
                          {},
                          baseline};
    for (size_t right = 0; right < kActions; ++right) {
      compiled.rights[right] =
          action.kind != cedar::ScopeConstraint::Kind::kAny && Names(action, actions::Of(static_cast<Action>(right)));
    }
    set_.compiled.push_back(std::move(compiled));
    rules_.push_back(std::move(rule));
  }

  void Validate(const cedar::PolicySet& parsed) {
    // Policies that were written before there were rights say `action` and mean records.
    const std::vector<cedar::EntityUid> unsaid = {actions::Disclose(), actions::Admit(), actions::Read()};
    const cedar::ValidationResult result = cedar::Validate(parsed, set_.schema, cedar::MixedLists::kSplit, &unsaid);
    for (const cedar::Finding& finding : result.errors) AddFinding(Severity::kError, finding);
    for (const cedar::Finding& finding : result.warnings) AddFinding(Severity::kWarning, finding);
  }

  void AddFinding(Severity severity, const cedar::Finding& finding) {
    set_.diagnostics.push_back(
        FindingAt(severity, cedar::Place{finding.position, finding.snippet}, std::string(finding.message)));
  }

  RuleSet set_;
  std::vector<Rule> rules_;
  std::map<std::string, std::string> ids_;
};

}  // namespace

bool RuleSet::ok() const {
  return std::none_of(diagnostics.begin(), diagnostics.end(),
                      [](const Diagnostic& found) { return found.severity == Severity::kError; });
}

RuleSet Compile(const std::vector<PolicySource>& sources) { return Compiler().Run(sources); }

std::string ConditionText(const cedar::Policy& policy, size_t most) {
  std::string text = policy.ConditionsText();
  std::replace(text.begin(), text.end(), '\n', ' ');
  text = std::string(Stripped(text));
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
  return text.substr(0, most) + "...";
}

Diagnostic FindingAt(Severity severity, const cedar::Place& place, std::string message) {
  return Diagnostic{severity,           place.position.file, place.position.line, place.position.column,
                    std::move(message), place.snippet};
}

Diagnostic DiagnosticFrom(const std::string& file, const absl::Status& status) {
  Diagnostic found;
  found.file = file;
  std::string_view message(status.message().data(), status.message().size());
  if (message.starts_with("policy: ")) message.remove_prefix(8);
  if (message.starts_with(file + ":")) message.remove_prefix(file.size() + 1);
  found.line = TakeNumber(message);
  if (found.line != 0) found.column = TakeNumber(message);
  const size_t end = std::min(message.find('\n'), message.size());
  found.message = std::string(Stripped(message.substr(0, end)));
  if (end < message.size()) found.excerpt = std::string(message.substr(end + 1));
  return found;
}

std::string Diagnostic::ToString() const {
  std::string text = file;
  if (line != 0) absl::StrAppend(&text, ":", line);
  if (column != 0) absl::StrAppend(&text, ":", column);
  absl::StrAppend(&text, ": ", severity == Severity::kError ? "error: " : "warning: ", message);
  if (!excerpt.empty()) absl::StrAppend(&text, "\n", excerpt);
  return text;
}

}  // namespace tidegate::policy
