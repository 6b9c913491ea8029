// Circles: named groups of partners, which policies speak of.
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "node/partner/directory.h"
#include "text/text.h"
#include "threads/threads.h"

namespace tidegate::partner {
namespace {

absl::Status UnknownCircle(const Book& book, std::string_view circle) {
  std::vector<std::string> names;
  for (const auto& [name, members] : book.circles) names.push_back(name);
  return absl::NotFoundError(
      absl::StrCat("partner: there is no circle `", std::string(circle), "`", text::DidYouMean(circle, names)));
}

absl::Status KnownCircle(const std::string& circle) {
  return absl::AlreadyExistsError(absl::StrCat("partner: there is a circle `", circle, "` already"));
}

}  // namespace

// `organisations` is null if the circle is removed. `touched` are the partners whose circles change.
absl::Status Directory::State::PutCircle(const std::string& name, const std::vector<std::string>* organisations,
                                         const std::vector<std::string>& touched, const Change& change,
                                         const AlsoWrite& also) {
  auto next = std::make_shared<Book>(*book());
  if (organisations != nullptr) {
    next->circles[name] = *organisations;
  } else {
    next->circles.erase(name);
  }
  for (const std::string& organisation : touched) {
    if (absl::Status indexed = Index(*next, organisation, *identity_); !indexed.ok()) return indexed;
  }
  return Commit(std::move(next), change, [&](store::WriteTransaction& transaction) {
    absl::Status put = organisations == nullptr ? transaction.DeleteNamed(store::Named::kCircle, kCircleScope, name)
                                                : transaction.PutNamed(store::Named::kCircle, kCircleScope, name,
                                                                       EncodeNameList(*organisations));
    return put.ok() && also ? also(transaction) : put;
  });
}

absl::StatusOr<Circle> Directory::State::CreateCircle(std::string_view name, const Deed& deed) {
  if (absl::Status fine = CheckName("circle's name", name); !fine.ok()) return fine;
  const std::string circle(name);
  {
    threads::MutexLock lock(write_mutex_);
    const std::shared_ptr<const Book> now = book();
    if (now->circles.contains(circle)) return KnownCircle(circle);
    if (now->circles.size() >= kMaxCircles) return absl::ResourceExhaustedError("partner: too many circles");
    const std::vector<std::string> none;
    absl::Status put = PutCircle(circle, &none, {}, {deed, "", absl::StrCat("circle ", circle, " made")});
    if (!put.ok()) return put;
  }
  Tell();
  return Circle{circle, {}};
}

absl::StatusOr<Circle> Directory::State::AlterCircle(std::string_view name, const AlterMembers& alter,
                                                     const AlsoWrite& also) {
  Circle circle;
  {
    threads::MutexLock lock(write_mutex_);
    const std::shared_ptr<const Book> now = book();
    const auto known = now->circles.find(name);
    if (known == now->circles.end()) return UnknownCircle(*now, name);
    circle = {known->first, known->second};
    const absl::StatusOr<std::optional<Change>> change = alter(*now, circle);
    if (!change.ok()) return change.status();
    if (!change->has_value()) return circle;
    absl::Status put = PutCircle(circle.name, &circle.organisations, {(*change)->organisation}, **change, also);
    if (!put.ok()) return put;
  }
  Tell();
  return circle;
}

absl::StatusOr<Circle> Directory::State::AddToCircle(std::string_view circle, std::string_view organisation,
                                                     const Deed& deed, const AlsoWrite& also) {
  const auto add = [&](const Book& now, Circle& to) -> absl::StatusOr<std::optional<Change>> {
    if (!now.partners.contains(organisation)) return UnknownPartner(now, organisation);
    const auto place = std::lower_bound(to.organisations.begin(), to.organisations.end(), organisation);
    if (place != to.organisations.end() && *place == organisation) return std::nullopt;
    to.organisations.insert(place, std::string(organisation));
    return Change{deed, std::string(organisation), absl::StrCat("put into circle ", to.name)};
  };
  return AlterCircle(circle, add, also);
}

absl::StatusOr<Circle> Directory::State::DropFromCircle(std::string_view circle, std::string_view organisation,
                                                        const Deed& deed, const AlsoWrite& also) {
  const auto drop = [&](const Book&, Circle& from) -> absl::StatusOr<std::optional<Change>> {
    if (std::erase(from.organisations, organisation) == 0) {
      return absl::NotFoundError(
          absl::StrCat("partner: `", std::string(organisation), "` is not in the circle `", from.name, "`"));
    }
    return Change{deed, std::string(organisation), absl::StrCat("taken out of circle ", from.name), true};
  };
  return AlterCircle(circle, drop, also);
}

absl::Status Directory::State::RemoveCircle(std::string_view circle, const Deed& deed) {
  {
    threads::MutexLock lock(write_mutex_);
    const std::shared_ptr<const Book> now = book();
    const auto known = now->circles.find(circle);
    if (known == now->circles.end()) return UnknownCircle(*now, circle);
    const Change change{deed, "", absl::StrCat("circle ", known->first, " removed"), true};
    absl::Status put = PutCircle(known->first, nullptr, known->second, change);
    if (!put.ok()) return put;
  }
  Tell();
  return absl::OkStatus();
}

absl::StatusOr<Circle> Directory::State::RenameCircle(std::string_view circle, std::string_view name,
                                                      const Deed& deed) {
  if (absl::Status fine = CheckName("circle's name", name); !fine.ok()) return fine;
  Circle renamed{std::string(name), {}};
  {
    threads::MutexLock lock(write_mutex_);
    const std::shared_ptr<const Book> now = book();
    const auto known = now->circles.find(circle);
    if (known == now->circles.end()) return UnknownCircle(*now, circle);
    if (now->circles.contains(renamed.name)) return KnownCircle(renamed.name);
    renamed.organisations = known->second;
    auto next = std::make_shared<Book>(*now);
    next->circles.erase(known->first);
    next->circles[renamed.name] = renamed.organisations;
    for (const std::string& member : renamed.organisations) {
      if (absl::Status indexed = Index(*next, member, *identity_); !indexed.ok()) return indexed;
    }
    const Change change{deed, "", absl::StrCat("circle ", known->first, " renamed to ", renamed.name)};
    absl::Status put = Commit(std::move(next), change, [&](store::WriteTransaction& transaction) -> absl::Status {
      absl::Status gone = transaction.DeleteNamed(store::Named::kCircle, kCircleScope, known->first);
      if (!gone.ok()) return gone;
      return transaction.PutNamed(store::Named::kCircle, kCircleScope, renamed.name,
                                  EncodeNameList(renamed.organisations));
    });
    if (!put.ok()) return put;
  }
  Tell();
  return renamed;
}

}  // namespace tidegate::partner
