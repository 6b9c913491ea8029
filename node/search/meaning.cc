#include "node/search/meaning.h"

#include <algorithm>
#include <utility>

#include "node/search/fields.h"
#include "node/search/say.h"
#include "node/search/syntax.h"
#include "text/text.h"

namespace tidegate::search {
namespace {

constexpr char kListed[] = "`tidegate find --help-query` lists the fields, and what is text is quoted";

class Understanding {
 public:
  Understanding(std::string_view query, const Asked& asked) : query_(query), asked_(asked) {}

  absl::StatusOr<Meaning> Of(const Syntax& syntax) const {
    if (syntax.is == Syntax::Is::kCondition) return OfOne(syntax.written);
    Meaning meaning;
    meaning.is = syntax.is == Syntax::Is::kAll   ? Meaning::Is::kAll
                 : syntax.is == Syntax::Is::kAny ? Meaning::Is::kAny
                                                 : Meaning::Is::kNot;
    for (const Syntax& part : syntax.of) {
      auto one = Of(part);
      if (!one.ok()) return one;
      meaning.of.push_back(*std::move(one));
    }
    return meaning;
  }

 private:
  absl::StatusOr<Meaning> OfOne(const Written& written) const {
    const std::string_view name = written.field.empty() ? std::string_view("text") : std::string_view(written.field);
    auto condition = Read(name, written);
    if (!condition.ok()) return condition.status();
    return Meaning::That(*std::move(condition));
  }

  absl::StatusOr<Condition> Read(std::string_view name, const Written& written) const {
    const auto of_value = [&](absl::StatusOr<Condition> read) -> absl::StatusOr<Condition> {
      if (read.ok()) return read;
      const size_t end = written.at + written.length;
      return Fault(query_, written.value_at, end - written.value_at, MessageOf(read.status()));
    };
    for (const FieldEntry& field : Fields()) {
      if (field.name == name) return of_value(field.read(written.value, asked_));
    }
    if (name.find('.') != std::string_view::npos) {
      auto read = ReadInField(name, written.value, asked_);
      return read.ok() ? read : Fault(query_, written.at, written.length, MessageOf(read.status()));
    }
    if (record::ParseScheme(name).ok()) {
      auto identified = IdentifiedBy(name, written.value, asked_.home);
      if (identified.ok()) return *std::move(identified);
      const std::string why = MessageOf(identified.status());
      const size_t room = why.find(": ");
      return of_value(Expected({std::string_view(why).substr(room == std::string::npos ? 0 : room + 2)}));
    }
    return Fault(query_, written.at, name.size(),
                 Say({"there is no field `", name, "`; ", kListed, text::DidYouMean(NearestField(name))}));
  }

  static std::string NearestField(std::string_view name) {
    text::Nearest nearest(name);
    for (const FieldEntry& field : Fields()) nearest.Offer(field.name, field.name);
    const std::vector<std::string_view> schemes = Schemes();
    for (const std::string_view scheme : schemes) nearest.Offer(scheme, scheme);
    return std::string(nearest.best());
  }

  const std::string_view query_;
  const Asked& asked_;
};

}  // namespace

absl::StatusOr<Meaning> MeaningOf(std::string_view query, const Asked& asked) {
  auto syntax = ParseSyntax(query);
  if (!syntax.ok()) return syntax.status();
  return Understanding(query, asked).Of(*syntax);
}

}  // namespace tidegate::search
