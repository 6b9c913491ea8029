// The members of our extension: STIX.md, "Our extension".
#include <array>

#include "node/stix/stix.h"

namespace tidegate::stix {
namespace {

constexpr std::array<std::string_view, 8> kMembers = {"extension_type", "kind",       "fields", "attributes",
                                                      "handling",       "recipients", "tags",   "references"};

}  // namespace

std::span<const std::string_view> ExtensionMembers() { return kMembers; }

}  // namespace tidegate::stix
