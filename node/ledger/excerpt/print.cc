// The lines of an excerpt: one JSON object each, in one form (LEDGER.md, "Excerpts").
#include <nlohmann/json.hpp>
#include <utility>

#include "crypto/checkpoint/checkpoint.h"
#include "node/ledger/excerpt/lines.h"
#include "text/text.h"

namespace tidegate::excerpt {
namespace {

using Json = nlohmann::json;

constexpr int kDeepest = 8;
constexpr size_t kMostProofHashes = 64;

std::string Base64(const Hash& hash) { return checkpoint::Base64Encode(crypto::View(hash)); }

Json Hashes(const std::vector<Hash>& hashes) {
  Json list = Json::array();
  for (const Hash& hash : hashes) list.push_back(Base64(hash));
  return list;
}

std::string OneLine(const Json& json) { return text::JsonTree(json) + "\n"; }

// Brackets nest no deeper than an excerpt's, so that no recursion over the tree grows with the input.
bool IsFlat(std::string_view line) {
  int depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quoted && c == '\\') {
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && (c == '{' || c == '[')) {
      if (++depth > kDeepest) return false;
    } else if (!quoted && (c == '}' || c == ']')) {
      --depth;
    }
  }
  return true;
}

// Reads values of one object. A value of another type than is asked for puts it in error.
class Object {
 public:
  explicit Object(const Json& json) : json_(json), ok_(json.is_object()) {}

  bool ok() const { return ok_; }
  uint64_t Number(const char* name) {
    const Json* value = Find(name);
    if (value == nullptr || !value->is_number_unsigned()) return Fail(), 0;
    return value->get<uint64_t>();
  }
  std::string Text(const char* name) {
    const Json* value = Find(name);
    if (value == nullptr || !value->is_string()) return Fail(), std::string();
    return value->get<std::string>();
  }
  std::string Bytes(const char* name) {
    auto bytes = checkpoint::Base64Decode(Text(name));
    if (!bytes.ok()) return Fail(), std::string();
    return *std::move(bytes);
  }
  Hash OneHash(const char* name) { return HashOfText(Text(name)); }
  std::vector<Hash> ManyHashes(const char* name, size_t most) {
    std::vector<Hash> hashes;
    const Json* value = Find(name);
    if (value == nullptr || !value->is_array() || value->size() > most) return Fail(), hashes;
    for (const Json& one : *value) {
      if (!one.is_string()) return Fail(), hashes;
      hashes.push_back(HashOfText(one.get<std::string>()));
    }
    return hashes;
  }
  // Null if there is none.
  const Json* Find(const char* name) const {
    if (!json_.is_object()) return nullptr;
    const auto found = json_.find(name);
    return found == json_.end() ? nullptr : &*found;
  }
  void Fail() { ok_ = false; }

 private:
  Hash HashOfText(const std::string& text) {
    auto bytes = checkpoint::Base64Decode(text);
    if (!bytes.ok()) return Fail(), Hash{};
    auto hash = crypto::HashFrom(*bytes);
    if (!hash.ok()) return Fail(), Hash{};
    return *hash;
  }

  const Json& json_;
  bool ok_;
};

absl::StatusOr<Json> Parse(std::string_view line) {
  if (!IsFlat(line)) return absl::InvalidArgumentError("excerpt: nests deeper than any excerpt");
  Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded() || !json.is_object()) return absl::InvalidArgumentError("excerpt: is no JSON object");
  return json;
}

absl::Status NotItsForm() { return absl::InvalidArgumentError("excerpt: is not in the form that a node writes"); }

std::vector<Earlier> EarlierOf(const Json* json, bool& ok) {
  std::vector<Earlier> list;
  ok = json != nullptr && json->is_array() && json->size() <= kMostEarlier;
  if (!ok) return list;
  for (const Json& one : *json) {
    Object object(one);
    Earlier& earlier = list.emplace_back();
    earlier.size = object.Number("size");
    earlier.root = object.OneHash("root");
    earlier.proof = object.ManyHashes("proof", 2 * kMostProofHashes);
    ok = ok && object.ok();
  }
  return list;
}

}  // namespace

std::string PrintHead(const Head& head) {
  Json earlier = Json::array();
  for (const Earlier& one : head.earlier) {
    earlier.push_back({{"size", one.size}, {"root", Base64(one.root)}, {"proof", Hashes(one.proof)}});
  }
  return OneLine({{"excerpt", kFormat},
                  {"key", head.key},
                  {"checkpoint", head.note},
                  {"scope", {{"first", head.scope.first}, {"end", head.scope.end}, {"record", head.scope.record}}},
                  {"stride", head.stride},
                  {"marks", Hashes(head.marks)},
                  {"state", Base64(head.state)},
                  {"seal",
                   {{"index", head.seal_index},
                    {"entry", checkpoint::Base64Encode(head.seal)},
                    {"proof", Hashes(head.seal_proof)}}},
                  {"earlier", std::move(earlier)}});
}

std::string PrintLine(const Line& line) {
  Json shown = Json::parse(line.shown, nullptr, /*allow_exceptions=*/false);
  Json json = {{"index", line.index}, {"leaf", Base64(line.leaf)}, {"proof", Hashes(line.proof)}};
  if (!line.entry.empty()) json["entry"] = checkpoint::Base64Encode(line.entry);
  if (!line.entry.empty() && shown.is_object()) json["shown"] = std::move(shown);
  return OneLine(json);
}

absl::StatusOr<Head> ParseHead(std::string_view line) {
  auto json = Parse(line);
  if (!json.ok()) return json.status();
  Object object(*json);
  if (object.Text("excerpt") != kFormat) {
    return absl::InvalidArgumentError(
        "excerpt: this is no excerpt that this program knows; `tidegate audit export` writes one");
  }
  Head head;
  head.key = object.Text("key");
  head.note = object.Text("checkpoint");
  head.stride = object.Number("stride");
  head.marks = object.ManyHashes("marks", kMostMarks);
  head.state = object.OneHash("state");
  bool earlier_ok = false;
  head.earlier = EarlierOf(object.Find("earlier"), earlier_ok);
  const Json none;
  const Json* scope_json = object.Find("scope");
  const Json* seal_json = object.Find("seal");
  Object scope(scope_json == nullptr ? none : *scope_json);
  head.scope.first = scope.Number("first");
  head.scope.end = scope.Number("end");
  head.scope.record = scope.Text("record");
  Object seal(seal_json == nullptr ? none : *seal_json);
  head.seal_index = seal.Number("index");
  head.seal = seal.Bytes("entry");
  head.seal_proof = seal.ManyHashes("proof", kMostProofHashes);
  if (!object.ok() || !scope.ok() || !seal.ok() || !earlier_ok || head.stride == 0) return NotItsForm();
  const std::string same = PrintHead(head);
  if (std::string_view(same).substr(0, same.size() - 1) != line) return NotItsForm();
  return head;
}

absl::StatusOr<Line> ParseLine(std::string_view bytes) {
  auto json = Parse(bytes);
  if (!json.ok()) return json.status();
  Object object(*json);
  Line line;
  line.index = object.Number("index");
  line.leaf = object.OneHash("leaf");
  line.proof = object.ManyHashes("proof", kMostProofHashes);
  const Json* shown = object.Find("shown");
  if (object.Find("entry") != nullptr) {
    line.entry = object.Bytes("entry");
    if (line.entry.empty() || shown == nullptr || !shown->is_object()) object.Fail();
    if (object.ok()) line.shown = text::JsonTree(*shown);
  } else if (shown != nullptr) {
    object.Fail();
  }
  if (!object.ok()) return NotItsForm();
  const std::string same = PrintLine(line);
  if (std::string_view(same).substr(0, same.size() - 1) != bytes) return NotItsForm();
  return line;
}

}  // namespace tidegate::excerpt
