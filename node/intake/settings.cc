// The importer's values for every item, from `--set`.
#include <utility>

#include "node/intake/intake.h"
#include "node/intake/target.h"
#include "node/intake/text.h"
#include "text/text.h"

namespace tidegate::intake {
namespace {

absl::Status Wrong(const Setting& setting, std::string_view why) {
  return Refused({"intake: --set ", std::string_view(setting.field).substr(0, 40), ": ", why});
}

// The kinds of which the items of a source can be.
std::vector<const record::Kind*> KindsOf(Format format, const Mapping* mapping) {
  if (mapping != nullptr) return {record::Catalogue::FindKind(mapping->kind())};
  if (format == Format::kReport) return {record::Catalogue::FindKind("report")};
  std::vector<const record::Kind*> kinds;
  for (const record::Kind& kind : record::Catalogue::Kinds()) kinds.push_back(&kind);
  return kinds;
}

}  // namespace

absl::StatusOr<Defaults> DefaultsOf(Format format, const Mapping* mapping, const std::vector<Setting>& settings,
                                    std::string home) {
  Defaults defaults;
  defaults.home = std::move(home);
  const std::vector<const record::Kind*> kinds = KindsOf(format, mapping);
  record::Draft said;  // the handling and the local facts
  for (const Setting& setting : settings) {
    std::optional<Target> meant;
    absl::Status written;
    for (const record::Kind* kind : kinds) {
      std::optional<Target> target = TargetSaid(*kind, setting.field);
      if (!target.has_value()) continue;
      absl::StatusOr<record::Draft> tried = record::Draft::Create(kind->name);
      if (!tried.ok()) return tried.status();
      tried->home = defaults.home;
      if (!meant.has_value() || !written.ok()) written = Write(*target, setting.value, &*tried);
      meant = std::move(target);
    }
    if (!meant.has_value()) {
      return Wrong(setting,
                   Cat({"there is no such field", text::DidYouMean(setting.field, NamesSaid(*kinds.front()))}));
    }
    if (!written.ok()) return Wrong(setting, MessageOf(written));
    if (meant->room == Target::Room::kField) {
      defaults.fields.push_back(setting);
    } else if (absl::Status set = Write(*meant, setting.value, &said); !set.ok()) {
      return Wrong(setting, MessageOf(set));
    }
  }
  defaults.handling = said.handling;
  defaults.local = said.local;
  return defaults;
}

}  // namespace tidegate::intake
