#include "node/config.h"

#include <fcntl.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <sstream>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "node/node.h"
#include "text/text.h"

namespace tidegate::node {
namespace {

struct Key {
  std::string_view name;
  std::string Config::*member;
  bool required;
};

constexpr std::array<Key, 8> kKeys = {{
    {"federation", &Config::federation, true},
    {"organisation", &Config::organisation, true},
    {"node", &Config::node, true},
    {"sector", &Config::sector, true},
    {"country", &Config::country, true},
    {"listen", &Config::listen, true},
    {"advertise", &Config::advertise, false},
    {"master_key_file", &Config::master_key_file, false},
}};

// The one key that is a number.
constexpr std::string_view kApprovals = "approvals";
constexpr int64_t kMostApprovals = 2;

constexpr std::string_view kExchange = "exchange";
constexpr std::string_view kAllow = "allow";
struct Allowed {
  std::string_view word;
  bool AllowedAddresses::*member;
};
constexpr std::array<Allowed, 3> kAllowed = {{{"loopback", &AllowedAddresses::loopback},
                                              {"link-local", &AllowedAddresses::link_local},
                                              {"private", &AllowedAddresses::private_networks}}};

// A key of a table that holds a number.
struct Number {
  std::string_view name;
  uint64_t least, most;
  uint64_t& (*member)(Config& config);
};
constexpr uint64_t kMostOfALimit = uint64_t{1} << 40;
constexpr std::string_view kLimits = "limits";
constexpr std::array<Number, 4> kPartnerLimits = {{
    {"partner_records", 1, kMostOfALimit, [](Config& c) -> uint64_t& { return c.limits.records; }},
    {"partner_mib", 1, kMostOfALimit, [](Config& c) -> uint64_t& { return c.limits.mib; }},
    {"partner_entries_a_day", 1, kMostOfALimit, [](Config& c) -> uint64_t& { return c.limits.entries; }},
    {"partner_resent_parcels", 1, kMostOfALimit, [](Config& c) -> uint64_t& { return c.limits.resent; }},
}};
constexpr std::string_view kStore = "store";
constexpr std::array<Number, 1> kStoreKeys = {{
    {"reserve_mib", 4, uint64_t{1} << 20, [](Config& c) -> uint64_t& { return c.store.reserve_mib; }},
}};

constexpr std::string_view kOperator = "operator";
constexpr std::string_view kGroup = "group";

std::string PathOf(const std::string& directory) { return absl::StrCat(directory, "/", kConfigFile); }

absl::Status AtLine(const std::string& path, const toml::node& node, std::string_view problem) {
  return absl::InvalidArgumentError(
      absl::StrCat("node: `", path, "` line ", node.source().begin.line, ": ", std::string(problem)));
}

// `prefix` is the table's name with its dot, or empty.
std::string Unknown(std::string_view prefix, std::string_view key, const std::vector<std::string_view>& known) {
  return absl::StrCat("unknown key `", std::string(prefix), text::Line(key), "`", text::DidYouMean(key, known));
}

absl::Status ReadAllow(const std::string& path, const toml::node& value, AllowedAddresses& allow) {
  const toml::array* words = value.as_array();
  if (words == nullptr) return AtLine(path, value, "`allow` must be a list of words in quotes");
  for (const toml::node& each : *words) {
    const auto word = each.value<std::string>();
    const auto* known = std::find_if(kAllowed.begin(), kAllowed.end(),
                                     [&](const Allowed& allowed) { return word && allowed.word == *word; });
    if (known == kAllowed.end()) {
      return AtLine(path, each, "`allow` may hold `loopback`, `link-local` and `private`, each in quotes");
    }
    allow.*(known->member) = true;
  }
  return absl::OkStatus();
}

absl::Status ReadExchange(const std::string& path, const toml::node& value, Config& config) {
  const toml::table* table = value.as_table();
  if (table == nullptr) return AtLine(path, value, "`exchange` must be a table: `[exchange]`");
  for (const auto& [name, entry] : *table) {
    if (name.str() != kAllow) {
      return AtLine(path, entry, Unknown("exchange.", name.str(), {kAllow}));
    }
    if (absl::Status read = ReadAllow(path, entry, config.allow); !read.ok()) return read;
  }
  return absl::OkStatus();
}

absl::Status ReadOperator(const std::string& path, const toml::node& value, Config& config) {
  const toml::table* table = value.as_table();
  if (table == nullptr) return AtLine(path, value, "`operator` must be a table: `[operator]`");
  for (const auto& [name, entry] : *table) {
    if (name.str() != kGroup) return AtLine(path, entry, Unknown("operator.", name.str(), {kGroup}));
    const auto group = entry.value<std::string>();
    if (!group || group->empty()) return AtLine(path, entry, "`group` must be the name of a Unix group, in quotes");
    config.operator_group = *group;
  }
  return absl::OkStatus();
}

// A table of numbers, such as `[limits]`.
template <typename Numbers>
absl::Status ReadNumbers(const std::string& path, std::string_view title, const toml::node& value,
                         const Numbers& numbers, Config& config) {
  const std::string name(title);
  const toml::table* table = value.as_table();
  if (table == nullptr) return AtLine(path, value, absl::StrCat("`", name, "` must be a table: `[", name, "]`"));
  for (const auto& [key, entry] : *table) {
    const auto known = std::find_if(numbers.begin(), numbers.end(),
                                    [&word = key](const Number& number) { return number.name == word.str(); });
    if (known == numbers.end()) {
      std::vector<std::string_view> names;
      names.reserve(numbers.size());
      for (const Number& number : numbers) names.push_back(number.name);
      return AtLine(path, entry, Unknown(absl::StrCat(name, "."), key.str(), names));
    }
    const auto number = entry.template value_exact<int64_t>();
    if (!number || *number < 0 || static_cast<uint64_t>(*number) < known->least ||
        static_cast<uint64_t>(*number) > known->most) {
      return AtLine(path, entry,
                    absl::StrCat("`", std::string(known->name), "` must be a number from ", known->least, " to ",
                                 known->most, ", without quotes"));
    }
    known->member(config) = static_cast<uint64_t>(*number);
  }
  return absl::OkStatus();
}

absl::StatusOr<toml::table> ParseToml(const std::string& path) {
  try {
    return toml::parse_file(path);
  } catch (const toml::parse_error& error) {
    return absl::InvalidArgumentError(
        absl::StrCat("node: `", path, "` line ", error.source().begin.line, ": ", std::string(error.description())));
  }
}

absl::Status ReadApprovals(const std::string& path, const toml::node& value, Config& config) {
  const auto people = value.value_exact<int64_t>();
  if (!people || *people < 1 || *people > kMostApprovals) {
    return AtLine(path, value, "`approvals` must be 1 or 2, without quotes");
  }
  config.approvals = static_cast<uint32_t>(*people);
  return absl::OkStatus();
}

// One of kKeys: a text.
absl::Status ReadText(const std::string& path, std::string_view name, const toml::node& value, Config& config) {
  const auto* known =
      std::find_if(std::begin(kKeys), std::end(kKeys), [&](const Key& key) { return key.name == name; });
  if (known == std::end(kKeys)) {
    std::vector<std::string_view> names = {kApprovals, kExchange, kLimits, kStore, kOperator};
    for (const Key& key : kKeys) names.push_back(key.name);
    return AtLine(path, value, Unknown("", name, names));
  }
  auto text = value.value<std::string>();
  if (!text) return AtLine(path, value, absl::StrCat("`", std::string(name), "` must be text in quotes"));
  config.*(known->member) = *text;
  return absl::OkStatus();
}

absl::Status ReadEntry(const std::string& path, std::string_view name, const toml::node& value, Config& config) {
  if (name == kApprovals) return ReadApprovals(path, value, config);
  if (name == kExchange) return ReadExchange(path, value, config);
  if (name == kLimits) return ReadNumbers(path, kLimits, value, kPartnerLimits, config);
  if (name == kStore) return ReadNumbers(path, kStore, value, kStoreKeys, config);
  if (name == kOperator) return ReadOperator(path, value, config);
  return ReadText(path, name, value, config);
}

}  // namespace

std::vector<std::string> AllowedAddresses::Words() const {
  std::vector<std::string> words;
  for (const Allowed& allowed : kAllowed) {
    if (this->*(allowed.member)) words.emplace_back(allowed.word);
  }
  return words;
}

absl::StatusOr<Config> LoadConfig(const std::string& directory) {
  const std::string path = PathOf(directory);
  if (absl::Status reach = CheckReach(directory, kConfigFile); !reach.ok()) return reach;
  if (access(path.c_str(), R_OK) != 0) {
    return absl::NotFoundError(
        absl::StrCat("node: no node in `", directory, "`; make one with `tidegate --node ", directory, " init`"));
  }
  const absl::StatusOr<toml::table> table = ParseToml(path);
  if (!table.ok()) return table.status();
  Config config;
  for (const auto& [name, value] : *table) {
    if (absl::Status read = ReadEntry(path, name.str(), value, config); !read.ok()) return read;
  }
  for (const Key& key : kKeys) {
    if (key.required && (config.*(key.member)).empty()) {
      return absl::InvalidArgumentError(absl::StrCat("node: `", path, "`: `", std::string(key.name), "` is missing"));
    }
  }
  return config;
}

absl::Status SaveConfig(const std::string& directory, const Config& config) {
  toml::table table;
  for (const Key& key : kKeys) {
    if (!(config.*(key.member)).empty()) table.insert(key.name, config.*(key.member));
  }
  if (config.approvals != 1) table.insert(kApprovals, static_cast<int64_t>(config.approvals));
  toml::array allow;
  for (const std::string& word : config.allow.Words()) allow.push_back(word);
  if (!allow.empty()) table.insert(kExchange, toml::table{{kAllow, allow}});
  std::ostringstream text;
  text << table << "\n";
  const std::string path = PathOf(directory);
  const std::string partial = absl::StrCat(path, ".partial");
  if (access(path.c_str(), F_OK) == 0) return absl::AlreadyExistsError(absl::StrCat("node: `", path, "` exists"));
  const int file = open(partial.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return absl::InternalError(absl::StrCat("node: cannot write `", partial, "`: ", std::strerror(errno)));
  const std::string bytes = std::move(text).str();
  const bool written =
      write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) && fsync(file) == 0;
  close(file);
  if (!written || rename(partial.c_str(), path.c_str()) != 0) {
    return absl::InternalError(absl::StrCat("node: cannot write `", path, "`: ", std::strerror(errno)));
  }
  return absl::OkStatus();
}

}  // namespace tidegate::node
