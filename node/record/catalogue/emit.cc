#include "node/record/catalogue/emit.h"

#include <algorithm>
#include <sstream>
#include <string_view>
#include <vector>

#include "node/record/catalogue/check.h"

namespace tidegate::catalogue {
namespace {

// A C++ string literal. Bytes outside printable ASCII are octal escapes, which end after three digits.
std::string Literal(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte >= 0x20 && byte < 0x7f) {
      out += c;
    } else {
      out += '\\';
      out += static_cast<char>('0' + (byte >> 6));
      out += static_cast<char>('0' + ((byte >> 3) & 7));
      out += static_cast<char>('0' + (byte & 7));
    }
  }
  return out + '"';
}

// `PERSONAL` -> `kPersonal`, `SUBJECT_CATEGORY` -> `kSubjectCategory`.
std::string Constant(std::string_view name) {
  std::string out = "k";
  bool upper = true;
  for (const char c : name) {
    if (c == '_') {
      upper = true;
      continue;
    }
    out += upper || c < 'A' || c > 'Z' ? c : static_cast<char>(c - 'A' + 'a');
    upper = false;
  }
  return out;
}

// `control-method` -> `control_method`, a part of an identifier.
std::string Identifier(std::string_view name) {
  std::string out(name);
  std::replace(out.begin(), out.end(), '-', '_');
  return out;
}

// The number of the slot that heads a listing; Check has proved that it exists.
int TitleSlot(const Kind& kind) {
  const auto& slots = kind.slot();
  const auto at =
      std::find_if(slots.begin(), slots.end(), [&](const Slot& s) { return s.name() == kind.title_slot(); });
  return static_cast<int>(at - slots.begin());
}

class Emitter {
 public:
  explicit Emitter(const Source& source) {
    for (const auto& file : source.kinds) kinds_.push_back(&file.message);
    for (const auto& file : source.codes) {
      for (const CodeList& list : file.message.list()) lists_.push_back(&list);
    }
    for (const auto& file : source.reservations) {
      for (const ReservedKind& kind : file.message.kind()) reserved_.push_back(&kind);
    }
    std::sort(kinds_.begin(), kinds_.end(), [](auto* a, auto* b) { return a->number() < b->number(); });
    std::sort(lists_.begin(), lists_.end(), [](auto* a, auto* b) { return a->name() < b->name(); });
    std::sort(reserved_.begin(), reserved_.end(), [](auto* a, auto* b) { return a->number() < b->number(); });
  }

  std::string Run() {
    out_ << "// Written by catalogue_compiler from node/record/catalogue; edit the files there.\n"
            "#include \"node/record/value/catalogue.h\"\n\n"
            "namespace tidegate::value {\nnamespace {\n\n";
    EmitRungs();
    for (const CodeList* list : lists_) EmitCodes(*list);
    EmitLists();
    for (const Kind* kind : kinds_) EmitSlots(*kind);
    EmitKinds();
    EmitReserved();
    out_ << "}  // namespace\n\n"
            "constinit const CatalogueData kCatalogueData = {\n"
            "    .kinds = kKinds,\n    .code_lists = kLists,\n    .reserved = kReserved,\n};\n\n"
            "}  // namespace tidegate::value\n";
    return out_.str();
  }

 private:
  void EmitRungs() {
    out_ << "// The precisions of each ladder, finest first; RungNames gives the same and a test compares them.\n";
    const auto ladder = [this](std::string_view name, std::string_view rungs) {
      out_ << "constexpr std::string_view kRungs" << name.substr(1) << "[] = {" << rungs << "};\n";
    };
    ladder("kNone", R"("whole")");
    ladder("kPlace", R"("place.exact", "place.locality", "place.region", "place.country")");
    ladder("kTime", R"("time.minute", "time.day", "time.month", "time.year")");
    ladder("kAge", R"("age.years", "age.band", "age.adult")");
    ladder("kAmount", R"("amount.exact", "amount.band", "amount.currency")");
    ladder("kIdentifier", R"("identifier.whole", "identifier.masked")");
    ladder("kCode", R"("code.exact", "code.parent")");
    ladder("kNarrative", R"("narrative.full", "narrative.sanitised", "narrative.heading")");
    out_ << "\n";
  }

  // Writes the strings as an array of their own and returns its name, or an empty span for none.
  std::string EmitStrings(const google::protobuf::RepeatedPtrField<std::string>& strings, const std::string& name) {
    if (strings.empty()) return "{}";
    out_ << "constexpr std::string_view " << name << "[] = {";
    for (const std::string& text : strings) out_ << Literal(text) << ", ";
    out_ << "};\n";
    return name;
  }

  void EmitCodes(const CodeList& list) {
    std::vector<const Code*> codes;
    for (const Code& code : list.code()) codes.push_back(&code);
    std::sort(codes.begin(), codes.end(), [](auto* a, auto* b) { return a->id() < b->id(); });
    const std::string name = Identifier(list.name());
    std::vector<std::string> rows;
    for (size_t i = 0; i < codes.size(); ++i) {
      const std::string place = name + "_" + std::to_string(i);
      const std::string aliases = EmitStrings(codes[i]->alias(), "kAliases_" + place);
      const std::string maps = EmitStrings(codes[i]->maps(), "kMaps_" + place);
      std::string row = "    {";
      for (const std::string& part :
           {Literal(codes[i]->id()), Literal(codes[i]->name()), Literal(codes[i]->parent()), aliases}) {
        row.append(part).append(", ");
      }
      rows.push_back(row.append(maps).append("},\n"));
    }
    out_ << "constexpr Code kCodes_" << name << "[] = {\n";
    for (const std::string& row : rows) out_ << row;
    out_ << "};\n\n";
  }

  void EmitLists() {
    out_ << "constexpr CodeList kLists[] = {\n";
    for (const CodeList* list : lists_) {
      out_ << "    {" << Literal(list->name()) << ", kCodes_" << Identifier(list->name()) << ", "
           << Literal(list->title()) << ", " << Literal(list->source()) << "},\n";
    }
    out_ << "};\n\n";
  }

  void EmitSlots(const Kind& kind) {
    out_ << "constexpr Slot kSlots_" << kind.name() << "[] = {\n";
    for (const Slot& slot : kind.slot()) {
      const std::string ladder = Constant(Ladder::Value_Name(slot.ladder()));
      out_ << "    {.number = " << slot.number() << ",\n     .name = " << Literal(slot.name())
           << ",\n     .type = Type::" << Constant(ValueType::Value_Name(slot.type()))
           << ",\n     .field_class = FieldClass::" << Constant(FieldClass::Value_Name(slot.class_()))
           << ",\n     .ladder = Ladder::" << ladder << ",\n     .rungs = kRungs" << ladder.substr(1)
           << ",\n     .code_list = " << Literal(slot.codes()) << ",\n     .unit = " << Literal(slot.unit())
           << ",\n     .label_fact = LabelFact::" << Constant(LabelFact::Value_Name(slot.fact()))
           << ",\n     .repeated = " << (slot.repeated() ? "true" : "false")
           << ",\n     .searchable = " << (slot.searchable() ? "true" : "false")
           << ",\n     .max_bytes = " << MaxBytes(slot) << ",\n     .help = " << Literal(slot.help()) << "},\n";
    }
    out_ << "};\n\n";
  }

  // Every version a kind ever had: records of an old version still verify, with the slots that it had.
  void EmitKinds() {
    out_ << "constexpr Kind kKinds[] = {\n";
    for (const Kind* kind : kinds_) {
      for (uint32_t version = 1; version <= kind->version(); ++version) {
        const auto slots = std::count_if(kind->slot().begin(), kind->slot().end(),
                                         [version](const Slot& slot) { return slot.since() <= version; });
        out_ << "    {.number = " << kind->number() << ",\n     .schema_version = " << version
             << ",\n     .name = " << Literal(kind->name()) << ",\n     .stix_type = " << Literal(kind->stix())
             << ",\n     .help = " << Literal(kind->help()) << ",\n     .slots = std::span<const Slot>(kSlots_"
             << kind->name() << ").first(" << slots << "),\n     .title_slot = " << TitleSlot(*kind) << "},\n";
      }
    }
    out_ << "};\n\n";
  }

  void EmitReserved() {
    if (reserved_.empty()) {
      out_ << "constexpr std::span<const ReservedKind> kReserved;\n\n";
      return;
    }
    out_ << "constexpr ReservedKind kReserved[] = {\n";
    for (const ReservedKind* kind : reserved_) {
      out_ << "    {" << kind->number() << ", " << Literal(kind->name()) << "},\n";
    }
    out_ << "};\n\n";
  }

  std::vector<const Kind*> kinds_;
  std::vector<const CodeList*> lists_;
  std::vector<const ReservedKind*> reserved_;
  std::ostringstream out_;
};

}  // namespace

std::string Emit(const Source& source) { return Emitter(source).Run(); }

}  // namespace tidegate::catalogue
