// The statement: what an author signs about one revision of a record.
#include "absl/strings/escaping.h"
#include "crypto/bytes.h"
#include "crypto/merkle/merkle.h"
#include "node/record/opening.h"
#include "node/record/value/refusal.h"
#include "node/record/view.h"

namespace tidegate::record {
namespace {

constexpr std::string_view kStatementLabel = crypto::Label("TDGstm1");
constexpr uint8_t kSuite = 1;

absl::Status Wrong(std::string_view what) { return Refuse({"opening: the statement ", what}); }

// Checks the fields that each act requires or forbids.
absl::Status CheckAct(const Statement& s) {
  const bool first = s.act == Act::kPut;
  if (first && (s.revision != 0 || s.prev_leaf != Hash{})) return Wrong("is a put with a revision before it");
  if (!first && (s.revision == 0 || s.prev_leaf == Hash{})) return Wrong("follows no revision");
  if (s.act == Act::kRecall) {
    if (s.n != 0 || s.fields_root != merkle::EmptyRoot()) return Wrong("is a recall with fields");
  } else if (s.n == 0 || s.n > kMaxSlots) {
    return Wrong("has no fields or too many");
  }
  return absl::OkStatus();
}

}  // namespace

std::string_view ActName(Act act) {
  switch (act) {
    case Act::kPut:
      return "put";
    case Act::kAmend:
      return "amend";
    case Act::kRecall:
      return "recall";
  }
  return "unknown";
}

std::string EncodeStatement(const Statement& s) {
  crypto::ByteWriter out(192 + s.handling.size());
  out.Raw(kStatementLabel).U8(kSuite).U32(s.kind).U16(s.schema_version).Raw(s.record_id).U32(s.revision);
  out.Raw(s.prev_leaf).Raw(s.author_fpr).U64(s.created_ms).U8(static_cast<uint8_t>(s.act)).Lp16(s.handling);
  return out.U16(s.n).Raw(s.fields_root).Take();
}

absl::StatusOr<Statement> ParseStatement(std::string_view bytes) {
  if (bytes.size() > kMaxStatementBytes) return Wrong("is over-long");
  crypto::ByteReader in(bytes);
  if (in.Raw(kStatementLabel.size()) != kStatementLabel) return Wrong("is none");
  if (in.U8() != kSuite) return Wrong("is of a suite that this node does not know");
  Statement s;
  s.kind = in.U32();
  s.schema_version = in.U16();
  s.record_id = in.Array<16>();
  s.revision = in.U32();
  s.prev_leaf = in.Array<32>();
  s.author_fpr = in.Array<32>();
  s.created_ms = in.U64();
  const uint8_t act = in.U8();
  s.handling = in.Lp16();
  s.n = in.U16();
  s.fields_root = in.Array<32>();
  if (!in.ok() || in.remaining() != 0) return Wrong("is cut short or has bytes after its end");
  if (act > static_cast<uint8_t>(Act::kRecall)) return Wrong("has an unknown act");
  s.act = static_cast<Act>(act);
  if (s.handling.size() > kMaxHandlingBytes) return Wrong("has an over-long handling");
  if (absl::Status checked = CheckAct(s); !checked.ok()) return checked;
  return s;
}

Hash LogLeaf(std::string_view statement) { return merkle::LeafHash(statement); }

std::string FormatRecordId(const RecordId& id) {
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(id.data()), id.size()));
}

absl::StatusOr<RecordId> ParseRecordId(std::string_view hex) {
  RecordId id{};
  if (hex.size() != 2 * id.size()) return Refuse({"a record's id has 32 hex digits"});
  for (size_t i = 0; i < hex.size(); ++i) {
    const char c = hex[i];
    const int digit = c >= '0' && c <= '9'
                          ? c - '0'
                          : (c >= 'a' && c <= 'f' ? c - 'a' + 10 : (c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1));
    if (digit < 0) return Refuse({"a record's id has 32 hex digits"});
    id[i / 2] = static_cast<uint8_t>(id[i / 2] << 4 | digit);
  }
  return id;
}

}  // namespace tidegate::record
