#include "node/flow/persons.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "text/text.h"

namespace tidegate::flow {
namespace {

constexpr std::string_view kPerson = "person";
constexpr std::string_view kOwnName = "name";

// In a record of kind person this is its name. In all other kinds of the catalogue each text of class personal names
// persons: holder, drivers, officers, persons_named.
bool HoldsNames(const record::Kind& kind, const record::Slot& slot) {
  if (kind.name == kPerson) return slot.name == kOwnName;
  return slot.type == record::Type::kText && slot.field_class == record::FieldClass::kPersonal;
}

std::vector<uint16_t> SlotsOfNames(const record::Kind& kind) {
  std::vector<uint16_t> numbers;
  for (const record::Slot& slot : kind.slots) {
    if (HoldsNames(kind, slot)) numbers.push_back(slot.number);
  }
  return numbers;
}

// One spelling for a name, without regard to case and spaces.
std::string Spelt(std::string_view name) { return text::LowerCase(text::Visible(name)); }

class Counting {
 public:
  Counting(const store::Reader& reader, const std::shared_ptr<const policy::Engine>& engine,
           const policy::Party& before, const policy::Party& after, int64_t now_ms)
      : reader_(reader),
        candidates_(engine),
        partner_(after.organisation),
        before_(engine->Intern(before)),
        after_(engine->Intern(after)),
        now_ms_(now_ms) {}

  absl::Status Look(const store::StoredRecord& record) {
    if (record.erased || record.superseded || record.event == store::Event::kRecall) {
      return absl::OkStatus();
    }
    auto statement = record::ParseStatement(record.view.statement);
    if (!statement.ok()) return statement.status();
    const record::Kind* kind = record::Catalogue::FindKind(statement->kind, statement->schema_version);
    if (kind == nullptr) return absl::OkStatus();
    const bool person = kind->name == kPerson;
    const std::vector<uint16_t> naming = SlotsOfNames(*kind);
    const bool names =
        std::any_of(record.view.opened.begin(), record.view.opened.end(), [&naming](const record::Opened& opened) {
          return std::find(naming.begin(), naming.end(), opened.slot) != naming.end();
        });
    if (!person && !names) return absl::OkStatus();
    auto now = RungsFor(record, before_), then = RungsFor(record, after_);
    if (!now.ok()) return now.status();
    if (!then.ok()) return then.status();
    bool gains = false, named = false;
    for (const record::Opened& opened : record.view.opened) {
      if (!Gained(opened.slot, *now, *then)) continue;
      gains = true;
      if (!HoldsNames(*kind, kind->slots[opened.slot])) continue;
      auto added = AddNames(kind->slots[opened.slot], opened.value);
      if (!added.ok()) return added.status();
      named |= *added;
    }
    if (person && gains && !named) ++nameless_;
    return absl::OkStatus();
  }

  uint64_t persons() const { return names_.size() + nameless_; }

 private:
  absl::StatusOr<policy::Rungs> RungsFor(const store::StoredRecord& record, const policy::PartyHandle& party) {
    auto ruling = candidates_.Disclose(reader_, record, party, partner_, now_ms_);
    if (!ruling.ok()) return ruling.status();
    return ruling->allowed() ? (*ruling)->rungs() : policy::Rungs();
  }

  static bool Goes(uint16_t slot, const policy::Rungs& rungs) {
    return slot < rungs.size() && rungs[slot] != policy::kWithheld;
  }
  static bool Gained(uint16_t slot, const policy::Rungs& now, const policy::Rungs& then) {
    return Goes(slot, then) && !Goes(slot, now);
  }

  // Whether there is a name: one that is unknown is none.
  absl::StatusOr<bool> AddNames(const record::Slot& slot, std::string_view bytes) {
    auto value = record::DecodeValue(slot, bytes);
    if (!value.ok()) return value.status();
    bool any = false;
    for (const record::Scalar& item : value->items) {
      const auto* text = std::get_if<record::Text>(&item);
      if (text == nullptr) continue;
      names_.insert(Spelt(text->text));
      any = true;
    }
    return any;
  }

  const store::Reader& reader_;
  decision::Candidates candidates_;
  const std::string partner_;
  const policy::PartyHandle before_, after_;
  const int64_t now_ms_;
  std::set<std::string> names_;
  uint64_t nameless_ = 0;
};

}  // namespace

absl::StatusOr<PersonsNamed> CountPersons(const store::Reader& reader,
                                          const std::shared_ptr<const policy::Engine>& engine,
                                          const policy::Party& before, const policy::Party& after, int64_t now_ms,
                                          uint64_t most) {
  Counting counting(reader, engine, before, after, now_ms);
  PersonsNamed counted;
  const uint64_t last = reader.LastSeq();
  const uint64_t first = last > most ? last - most + 1 : 1;
  counted.all = first == 1;
  absl::Status status = reader.ScanOwn(first, last, [&](const store::SealedArrival& sealed) -> absl::StatusOr<bool> {
    auto arrival = sealed.Open();
    // A row that cannot be read goes to nobody.
    if (!arrival.ok() || !arrival->record) return true;
    if (auto looked = counting.Look(*arrival->record); !looked.ok()) return looked;
    return true;
  });
  if (!status.ok()) return status;
  counted.persons = counting.persons();
  return counted;
}

}  // namespace tidegate::flow
