// Interned strings and named values: each opens, and stands where its own name says.
#include "absl/strings/str_cat.h"
#include "node/record/index_terms.h"
#include "node/store/verify/run.h"

namespace tidegate::verify {
namespace {

// The tables in the order of `totals`.
constexpr std::string_view kCounted[] = {"arrivals", "postings", "labels", "counts", "proofs", "named", "ordered"};

std::optional<std::string> Meta(Disk& disk, std::string_view key) {
  std::optional<std::string_view> sealed = disk.Raw("meta", key);
  if (!sealed.has_value()) {
    disk.Found("meta", std::string(key), "is missing");
    return std::nullopt;
  }
  return disk.Unseal("meta", key, *sealed, std::string(key));
}

}  // namespace

void CheckMeta(Run& run) {
  Disk& disk = run.disk;
  uint64_t known = 0;
  for (std::string_view key : {"format", "edition", "totals", "runs", "checks", "anew"})
    known += disk.Raw("meta", key).has_value();
  if (disk.Entries("meta") > known) disk.Found("meta", "the table", "has entries that nobody wrote");
  std::optional<std::string> format = Meta(disk, "format"), totals = Meta(disk, "totals");
  if (format.has_value() && *format != "tidegate store 3" && *format != "tidegate store 2") {
    disk.Found("meta", "format", "is unknown");
  }
  // Terms of another edition are not those that this program would look for.
  const std::optional<std::string_view> edition = disk.Raw("meta", "edition");
  std::optional<std::string> made;
  if (edition.has_value()) made = disk.Unseal("meta", "edition", *edition, "edition");
  run.terms_are_known = made.has_value() && *made == record::IndexEdition();
  if (!totals.has_value()) return;
  Fields in(*totals);
  const uint64_t last = in.Fixed(8);
  if (last > 0 && !disk.Raw("arrivals", BigEndian(last)).has_value()) {
    disk.Found("arrivals", absl::StrCat("arrival ", last), "is missing: it was the last one");
  }
  for (std::string_view table : kCounted) {
    const uint64_t entries = in.Fixed(8);
    if (entries == disk.Entries(table)) continue;
    disk.Found(std::string(table), "the table",
               absl::StrCat("has ", disk.Entries(table), " entries where ", entries, " were written"));
  }
  if (!in.done()) disk.Found("meta", "totals", "is damaged");
}

void CheckStrings(Run& run) {
  uint64_t forward = 0, backward = 0;
  std::map<uint8_t, uint64_t> last;
  run.disk.ForEach("labels", "", [&](std::string_view key, std::string_view value) {
    Fields name(key);
    const auto what = static_cast<uint8_t>(name.Fixed(1));
    if (what & 0x80) {
      ++backward;
      return true;
    }
    const uint64_t id = name.Fixed(4);
    const std::string where = absl::StrCat("string ", what, "/", id);
    if (!name.done() || what < kLabels || what > kMarkings || id != ++last[what]) {
      run.disk.Found("labels", where, "is out of its order");
      last[what] = id;
    }
    ++forward;
    std::optional<std::string> plain = run.disk.Unseal("labels", key, value, where);
    if (plain.has_value() && run.NumberOf(what, *plain) != id) {
      run.disk.Found("labels", where, "is not found by its bytes");
    }
    if (plain.has_value() && what == kLabels && !label::DecodeLabel(*plain).ok()) {
      run.disk.Found("labels", where, "is no label");
    }
    return true;
  });
  if (forward != backward) {
    run.disk.Found("labels", "the table", absl::StrCat(forward, " strings and ", backward, " ways back to them"));
  }
}

void CheckNamed(Run& run) {
  run.disk.ForEach("named", "", [&](std::string_view key, std::string_view sealed) {
    const auto table = key.empty() ? uint8_t{0} : static_cast<uint8_t>(key.front());
    const std::string where = absl::StrCat("table ", table, " entry ", Hex(After(key, 1)));
    std::optional<std::string> plain = run.disk.Unseal("named", key, sealed, where);
    if (!plain.has_value()) return true;
    Fields in(*plain);
    const std::string_view scope = in.Take(in.Fixed(2)), item = in.Take(in.Fixed(2));
    if (!in.ok()) {
      run.disk.Found("named", where, "is damaged");
      return true;
    }
    const auto blind = static_cast<uint16_t>(kNamedBlind | table);
    std::string expected(1, static_cast<char>(table));
    expected += crypto::View(run.disk.vault().BlindTerm(blind, scope));
    expected += crypto::View(run.disk.vault().BlindTerm(blind, item));
    if (expected != key) run.disk.Found("named", where, "does not stand under its own name");
    return true;
  });
}

}  // namespace tidegate::verify
