#include "node/intake/frames.h"

#include <algorithm>
#include <utility>

#include "crypto/bytes.h"
#include "node/intake/text.h"
#include "node/record/encoding.h"

namespace tidegate::intake {
namespace {

using crypto::ByteReader;
using crypto::ByteWriter;

constexpr std::string_view kAssignmentLabel = crypto::Label("TGRDA02");
enum FrameKind : std::uint8_t {
  kItemFrame = 1,
  kRejectFrame = 2,
  kBatchEndFrame = 3,
  kReadEndFrame = 4,
  kTableFrame = 5,
  kProposalFrame = 6
};
enum ItemFlag : std::uint8_t {
  kRevokedItem = 1,
  kWellFormedItem = 2,
  kMayDangleItem = 4,
  kHasPartsItem = 8,
  kAllItemFlags = 15
};
constexpr std::size_t kShortText = 0xffff;
constexpr std::size_t kMostWarnings = 1024;
constexpr std::size_t kMostReferences = 4096;
constexpr std::size_t kMostOthers = 255;
constexpr std::size_t kMostFurther = 256;
constexpr std::size_t kMostColumns = 65'535;
constexpr std::size_t kMostTexts = 1024;  // of one list in a proposal
constexpr std::size_t kMostSettings = 1024;
constexpr std::size_t kMostSetBytes = std::size_t{4} << 20;

absl::Status NotAFrame() {
  return absl::InternalError(
      "intake: the process that reads the file sent something that no file can hold; the import stopped there");
}

std::string Framed(ByteWriter* body) {
  ByteWriter out(kFrameHead + body->size());
  return out.Lp32(body->view()).Take();
}

// Cuts what is only for people to read.
std::string_view Short(std::string_view text) { return text.substr(0, kShortText); }

bool FitsShort(std::initializer_list<std::string_view> texts) {
  return std::all_of(texts.begin(), texts.end(), [](std::string_view text) { return text.size() <= kShortText; });
}

absl::Status WriteDraft(const record::Draft& draft, ByteWriter* out) {
  absl::StatusOr<std::string> handling = record::EncodeHandling(draft.handling);
  if (!handling.ok()) return handling.status();
  out->Lp8(draft.kind->name).Lp16(*handling).U16(static_cast<std::uint16_t>(draft.fields.size()));
  for (const auto& [number, field] : draft.fields) {
    absl::StatusOr<std::string> attributes = record::EncodeAttributes(field.attributes);
    if (!attributes.ok()) return attributes.status();
    const record::Slot& slot = draft.kind->slots[number];
    out->U16(number).Lp16(*attributes).U32(static_cast<std::uint32_t>(record::EncodedSize(slot, field.value)));
    record::AppendValue(slot, field.value, *out);
  }
  return absl::OkStatus();
}

absl::Status ReadDraft(ByteReader* in, record::Draft* draft) {
  draft->kind = record::Catalogue::FindKind(in->Lp8());
  if (draft->kind == nullptr) return NotAFrame();
  absl::StatusOr<record::Handling> handling = record::DecodeHandling(in->Lp16());
  if (!handling.ok()) return NotAFrame();
  draft->handling = *std::move(handling);
  const std::size_t count = in->U16();
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint16_t number = in->U16();
    absl::StatusOr<record::FieldAttributes> attributes = record::DecodeAttributes(in->Lp16());
    const std::string_view bytes = in->Lp32();
    const bool ascending = draft->fields.empty() || draft->fields.rbegin()->first < number;
    if (!in->ok() || !ascending || number >= draft->kind->slots.size() || !attributes.ok()) return NotAFrame();
    absl::StatusOr<record::Value> value = record::DecodeValue(draft->kind->slots[number], bytes);
    if (!value.ok()) return NotAFrame();
    draft->fields.emplace_hint(draft->fields.end(), number, record::Field{*std::move(value), *std::move(attributes)});
  }
  return absl::OkStatus();
}

void WriteReferences(const std::vector<Reference>& references, ByteWriter* out) {
  out->U16(static_cast<std::uint16_t>(references.size()));
  for (const Reference& reference : references) {
    out->U16(reference.slot).Lp16(reference.source_key).U8(static_cast<std::uint8_t>(reference.others.size()));
    for (const std::string& other : reference.others) out->Lp16(other);
  }
}

absl::Status ReadReferences(ByteReader* in, Item* item) {
  const std::size_t count = in->U16();
  for (std::size_t i = 0; i < count && in->ok(); ++i) {
    Reference& reference = item->references.emplace_back();
    reference.slot = in->U16();
    reference.source_key = in->Lp16();
    const std::size_t others = in->U8();
    for (std::size_t j = 0; j < others && in->ok(); ++j) reference.others.emplace_back(in->Lp16());
    const auto& slots = item->draft.kind->slots;
    if (reference.slot >= slots.size() || slots[reference.slot].type != record::Type::kReference) return NotAFrame();
  }
  return absl::OkStatus();
}

absl::StatusOr<Frame> ReadItem(ByteReader* in) {
  Item item;
  const std::uint8_t flags = in->U8();
  item.revoked = (flags & kRevokedItem) != 0;
  item.well_formed = (flags & kWellFormedItem) != 0;
  item.may_dangle = (flags & kMayDangleItem) != 0;
  item.has_parts = (flags & kHasPartsItem) != 0;
  item.source_key = in->Lp16();
  item.former_key = in->Lp16();
  item.identity = in->Lp16();
  item.position = in->U64();
  item.object = in->Lp16();
  absl::StatusOr<record::LocalFacts> local = record::DecodeLocalFacts(in->Lp32());
  if (!in->ok() || !local.ok() || item.source_key.empty() || (flags & ~kAllItemFlags) != 0) {
    return NotAFrame();
  }
  if (!item.revoked) {
    if (absl::Status draft = ReadDraft(in, &item.draft); !draft.ok()) return draft;
    if (absl::Status references = ReadReferences(in, &item); !references.ok()) return references;
  }
  if (item.may_dangle && (item.revoked || item.draft.kind->FindSlot("note") == nullptr)) return NotAFrame();
  if (!record::ValidateLocalFacts(*local).ok()) return NotAFrame();  // release 0.1.0 did not look
  item.draft.local = *std::move(local);
  item.original = in->Lp32();
  if (!in->Finish("frame").ok() || item.draft.local.source_reference != item.source_key) return NotAFrame();
  return Frame(std::move(item));
}

// Only what stands for a whole table stands for many.
bool CountsWell(const Reject& reject) { return reject.items == 1 || (reject.items > 1 && reject.original.empty()); }

absl::StatusOr<Frame> ReadReject(ByteReader* in) {
  Reject reject;
  const std::uint8_t well_formed = in->U8();
  reject.well_formed = well_formed == 1;
  reject.file = in->Lp16();
  reject.position = in->U64();
  reject.object = in->Lp16();
  reject.field = in->Lp16();
  reject.reason = in->Lp16();
  reject.value = in->Lp16();
  const std::size_t further = in->U16();
  if (further > kMostFurther) return NotAFrame();
  for (std::size_t i = 0; i < further && in->ok(); ++i) {
    Fault& fault = reject.further.emplace_back();
    fault.field = in->Lp16();
    fault.reason = in->Lp16();
    fault.value = in->Lp16();
  }
  reject.items = in->U64();
  reject.original = in->Lp32();
  if (!in->Finish("frame").ok() || well_formed > 1 || reject.reason.empty() || !CountsWell(reject)) return NotAFrame();
  return Frame(std::move(reject));
}

absl::StatusOr<Frame> ReadTableHead(ByteReader* in) {
  TableHead head;
  head.read_as = in->Lp16();
  const std::size_t columns = in->U16();
  for (std::size_t i = 0; i < columns && in->ok(); ++i) head.columns.emplace_back(in->Lp16());
  if (!in->Finish("frame").ok()) return NotAFrame();
  return Frame(std::move(head));
}

void ReadTexts(ByteReader* in, std::vector<std::string>* texts) {
  const std::size_t count = in->U16();
  for (std::size_t i = 0; i < count && in->ok(); ++i) texts->emplace_back(in->Lp16());
}

absl::StatusOr<Frame> ReadProposal(ByteReader* in) {
  Proposal proposal;
  proposal.mapping = in->Lp32();
  proposal.read_as = in->Lp16();
  const std::size_t columns = in->U16();
  for (std::size_t i = 0; i < columns && in->ok(); ++i) {
    Proposal::Column& column = proposal.columns.emplace_back();
    column.name = in->Lp16();
    column.target = in->Lp16();
    ReadTexts(in, &column.doubts);
  }
  ReadTexts(in, &proposal.unserved);
  if (!in->Finish("frame").ok()) return NotAFrame();
  return Frame(std::move(proposal));
}

absl::StatusOr<Frame> ReadReadEnd(ByteReader* in) {
  ReadEnd end;
  const std::uint8_t code = in->U8();
  const std::string message(in->Lp16());
  // No other error is one of a file.
  const bool known = code == static_cast<std::uint8_t>(absl::StatusCode::kOk) ||
                     code == static_cast<std::uint8_t>(absl::StatusCode::kInvalidArgument) ||
                     code == static_cast<std::uint8_t>(absl::StatusCode::kNotFound) ||
                     code == static_cast<std::uint8_t>(absl::StatusCode::kResourceExhausted);
  end.status = absl::Status(known ? static_cast<absl::StatusCode>(code) : absl::StatusCode::kInternal, message);
  Summary& summary = end.summary;
  const std::uint8_t format = in->U8();
  if (format > static_cast<std::uint8_t>(Format::kReport)) return NotAFrame();
  summary.format = static_cast<Format>(format);
  for (std::uint64_t* count :
       {&summary.items, &summary.rejected, &summary.skipped, &summary.older, &summary.warnings_left_out}) {
    *count = in->U64();
  }
  const std::size_t warnings = in->U16();
  if (warnings > kMostWarnings) return NotAFrame();
  for (std::size_t i = 0; i < warnings && in->ok(); ++i) summary.warnings.emplace_back(in->Lp16());
  if (!in->Finish("frame").ok()) return NotAFrame();
  return Frame(std::move(end));
}

}  // namespace

absl::StatusOr<std::string> EncodeAssignment(const Assignment& assignment) {
  if (!FitsShort({assignment.name, assignment.system, assignment.mapping_name, assignment.home}) ||
      assignment.mapping.size() > kMostFrameBytes) {
    return Refused({"intake: the file's name or its mapping is too long"});
  }
  std::size_t set = 0;
  for (const Setting& setting : assignment.settings) set += setting.field.size() + setting.value.size();
  if (assignment.settings.size() > kMostSettings || set > kMostSetBytes) {
    return Refused({"intake: more fields, or longer ones, are set than an import takes"});
  }
  ByteWriter out(256 + assignment.mapping.size());
  out.Raw(kAssignmentLabel).U8(static_cast<std::uint8_t>(assignment.format)).Lp16(assignment.name);
  out.Lp16(assignment.system).Lp32(assignment.mapping).Lp16(assignment.mapping_name).U64(assignment.batch_items);
  out.Lp16(assignment.home).U16(static_cast<std::uint16_t>(assignment.settings.size()));
  for (const Setting& setting : assignment.settings) {
    if (!FitsShort({setting.field})) return Refused({"intake: the name of a field that is set is too long"});
    out.Lp16(setting.field).Lp32(setting.value);
  }
  const SuggestRequest& suggest = assignment.suggest;
  if (!FitsShort({suggest.kind, suggest.source, suggest.sheet, suggest.home})) {
    return Refused({"intake: the name of a kind, source, sheet or country is too long"});
  }
  out.Lp16(suggest.kind).Lp16(suggest.source).Lp16(suggest.sheet).Lp16(suggest.home);
  return Framed(&out);
}

absl::StatusOr<Assignment> DecodeAssignment(std::string_view bytes) {
  ByteReader in(bytes);
  Assignment assignment;
  if (in.Raw(kAssignmentLabel.size()) != kAssignmentLabel) in.Fail();
  const std::uint8_t format = in.U8();
  if (format > static_cast<std::uint8_t>(Format::kReport)) in.Fail();
  assignment.format = static_cast<Format>(format);
  assignment.name = in.Lp16();
  assignment.system = in.Lp16();
  assignment.mapping = in.Lp32();
  assignment.mapping_name = in.Lp16();
  assignment.batch_items = in.U64();
  assignment.home = in.Lp16();
  const std::size_t settings = in.U16();
  if (settings > kMostSettings) in.Fail();
  for (std::size_t i = 0; i < settings && in.ok(); ++i) {
    std::string field(in.Lp16());
    assignment.settings.push_back({std::move(field), std::string(in.Lp32())});
  }
  assignment.suggest.kind = in.Lp16();
  assignment.suggest.source = in.Lp16();
  assignment.suggest.sheet = in.Lp16();
  assignment.suggest.home = in.Lp16();
  if (absl::Status whole = in.Finish("assignment"); !whole.ok()) return whole;
  return assignment;
}

absl::StatusOr<std::string> EncodeItem(const Item& item) {
  if (!FitsShort({item.source_key, item.former_key, item.object})) {
    return Refused({"its identity or its id is too long"});
  }
  if (item.source_key.empty() || item.draft.local.source_reference != item.source_key) {
    return Refused({"it does not say which item of its source it is"});
  }
  const bool named = std::all_of(item.references.begin(), item.references.end(), [](const Reference& one) {
    return FitsShort({one.source_key}) && one.others.size() <= kMostOthers &&
           std::all_of(one.others.begin(), one.others.end(), [](const std::string& key) { return FitsShort({key}); });
  });
  if (!named || item.references.size() > kMostReferences) return Refused({"it refers to too many things"});
  absl::StatusOr<std::string> local = record::EncodeLocalFacts(item.draft.local);
  if (!local.ok()) return local.status();
  ByteWriter out(512 + item.original.size() * 2);
  out.U8(kItemFrame);
  out.U8(static_cast<std::uint8_t>((item.revoked ? kRevokedItem : 0) | (item.well_formed ? kWellFormedItem : 0) |
                                   (item.may_dangle ? kMayDangleItem : 0) | (item.has_parts ? kHasPartsItem : 0)));
  out.Lp16(item.source_key).Lp16(item.former_key).Lp16(Short(item.identity)).U64(item.position).Lp16(item.object);
  out.Lp32(*local);
  if (!item.revoked) {
    if (absl::Status draft = WriteDraft(item.draft, &out); !draft.ok()) return draft;
    WriteReferences(item.references, &out);
  }
  out.Lp32(item.original);
  if (out.size() > kMostFrameBytes) return Refused({"it is longer than 32 MiB"});
  return Framed(&out);
}

absl::StatusOr<std::string> EncodeReject(const Reject& reject) {
  if (!CountsWell(reject)) return Refused({"a reject with the bytes of an item stands for that item alone"});
  ByteWriter out(256 + reject.original.size());
  out.U8(kRejectFrame).U8(reject.well_formed ? 1 : 0).Lp16(Short(reject.file)).U64(reject.position);
  out.Lp16(Short(reject.object)).Lp16(Short(reject.field));
  out.Lp16(reject.reason.empty() ? "refused" : Short(reject.reason)).Lp16(Short(reject.value));
  const std::size_t further = std::min(reject.further.size(), kMostFurther);
  out.U16(static_cast<std::uint16_t>(further));
  for (std::size_t i = 0; i < further; ++i) {
    const Fault& fault = reject.further[i];
    out.Lp16(Short(fault.field)).Lp16(Short(fault.reason)).Lp16(Short(fault.value));
  }
  out.U64(reject.items).Lp32(reject.original);
  if (out.size() > kMostFrameBytes) return Refused({"the rejected item is longer than 32 MiB"});
  return Framed(&out);
}

absl::StatusOr<std::string> EncodeTableHead(const TableHead& head) {
  const bool fits =
      std::all_of(head.columns.begin(), head.columns.end(), [](const std::string& name) { return FitsShort({name}); });
  if (!fits || head.columns.size() > kMostColumns) {
    return Refused({"intake: the header has too many columns or too long names"});
  }
  ByteWriter out;
  out.U8(kTableFrame).Lp16(Short(head.read_as)).U16(static_cast<std::uint16_t>(head.columns.size()));
  for (const std::string& name : head.columns) out.Lp16(name);
  if (out.size() > kMostFrameBytes) return Refused({"intake: the header is longer than 32 MiB"});
  return Framed(&out);
}

absl::StatusOr<std::string> EncodeProposal(const Proposal& proposal) {
  ByteWriter out;
  const auto put = [&out](const std::vector<std::string>& texts) {
    const std::size_t count = std::min(texts.size(), kMostTexts);
    out.U16(static_cast<std::uint16_t>(count));
    for (std::size_t i = 0; i < count; ++i) out.Lp16(Short(texts[i]));
  };
  out.U8(kProposalFrame).Lp32(proposal.mapping).Lp16(Short(proposal.read_as));
  const std::size_t columns = std::min(proposal.columns.size(), kMostColumns);
  out.U16(static_cast<std::uint16_t>(columns));
  for (std::size_t i = 0; i < columns; ++i) {
    const Proposal::Column& column = proposal.columns[i];
    out.Lp16(Short(column.name)).Lp16(Short(column.target));
    put(column.doubts);
  }
  put(proposal.unserved);
  if (out.size() > kMostFrameBytes) return Refused({"intake: the proposed mapping is longer than 32 MiB"});
  return Framed(&out);
}

std::string EncodeBatchEnd() {
  ByteWriter out;
  out.U8(kBatchEndFrame);
  return Framed(&out);
}

std::string EncodeReadEnd(const absl::Status& status, const Summary& summary) {
  ByteWriter out;
  out.U8(kReadEndFrame).U8(static_cast<std::uint8_t>(status.code())).Lp16(Short(MessageOf(status)));
  out.U8(static_cast<std::uint8_t>(summary.format)).U64(summary.items).U64(summary.rejected).U64(summary.skipped);
  out.U64(summary.older).U64(summary.warnings_left_out);
  const std::size_t warnings = std::min(summary.warnings.size(), kMostWarnings);
  out.U16(static_cast<std::uint16_t>(warnings));
  for (std::size_t i = 0; i < warnings; ++i) out.Lp16(Short(summary.warnings[i]));
  return Framed(&out);
}

absl::StatusOr<Frame> DecodeFrame(std::string_view bytes) {
  ByteReader in(bytes);
  switch (in.U8()) {
    case kItemFrame:
      return ReadItem(&in);
    case kRejectFrame:
      return ReadReject(&in);
    case kBatchEndFrame:
      if (!in.Finish("frame").ok()) return NotAFrame();
      return Frame(BatchEnd{});
    case kReadEndFrame:
      return ReadReadEnd(&in);
    case kTableFrame:
      return ReadTableHead(&in);
    case kProposalFrame:
      return ReadProposal(&in);
    default:
      return NotAFrame();
  }
}

}  // namespace tidegate::intake
