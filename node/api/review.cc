#include "node/api/review.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "node/api/deciding.h"

namespace tidegate::api {
namespace {

void AddPartners(const partner::Directory& directory, v1::StatusReply& reply) {
  for (const partner::PartnerPtr& partner : directory.List()) {
    if (!partner->to_review) continue;
    v1::ReviewItem* item = reply.add_review();
    item->set_kind("partner");
    item->set_about(partner->organisation);
    item->set_what(absl::StrCat("calls itself ", partner->keys.sector, ", ", partner->keys.country,
                                "; that decided until now, and counts as unset until you say what it is"));
    item->set_to_do(
        absl::StrCat("tidegate partner confirm ", partner->organisation, " --fingerprint F --sector S --country C"));
  }
}

void Describe(const flow::Leftover& leftover, v1::ReviewItem& item) {
  const std::string id = record::FormatRecordId(leftover.id);
  item.set_about(id);
  switch (leftover.kind) {
    case flow::LeftoverKind::kTwin: {
      item.set_kind("twin");
      item.set_what(
          absl::StrCat("is an id under which several authors wrote records: ", absl::StrJoin(leftover.authors, ", "),
                       "; what was said about one of them may have been meant for the other"));
      std::string looks;
      for (const std::string& author : leftover.authors) {
        absl::StrAppend(&looks, "tidegate show ", id, " --origin ", author, " --reason R; ");
      }
      item.set_to_do(absl::StrCat(looks, "then tidegate review --settle ", id));
      return;
    }
    case flow::LeftoverKind::kLoose: {
      item.set_kind("loose");
      const std::string author = leftover.own ? "ours" : absl::StrJoin(leftover.authors, ", ");
      item.set_what(absl::StrCat("is a link or sighting of ", author, " whose `", leftover.looser,
                                 "` is looser than that of the record it is about",
                                 leftover.limit.empty() ? "" : absl::StrCat(", which is ", leftover.limit)));
      if (leftover.own) {
        item.set_to_do(absl::StrCat("tidegate amend ", id, " --set ", leftover.looser, "=",
                                    leftover.limit.empty() ? "AS-STRICT" : leftover.limit, "; or tidegate recall ", id,
                                    " --reason R"));
      } else {
        item.set_to_do(
            absl::StrCat("ask ", author, " to amend or recall it; if it stays, tidegate review --settle ", id));
      }
      return;
    }
    case flow::LeftoverKind::kNamesOthers:
      item.set_kind("names-others");
      item.set_what("names circles or organisations in its signed handling, so it goes to nobody until it is amended");
      item.set_to_do(
          absl::StrCat("tidegate amend ", id, " --set tlp=", leftover.limit, " (any amendment keeps the names here)"));
      return;
    case flow::LeftoverKind::kTag:
      item.set_kind("tag");
      item.set_what(absl::StrCat("has a tag that means the code `", leftover.limit,
                                 "` but is spelt differently: no policy reads it as that code, so the record may be "
                                 "shared as if it had no such tag"));
      item.set_to_do(absl::StrCat("tidegate show ", id, " --reason R; then tidegate amend ", id,
                                  " --set \"tag=", leftover.limit, "; OTHER TAGS\"; or tidegate review --settle ", id));
      return;
  }
}

}  // namespace

void FillReview(const partner::Directory& directory, const flow::Leftovers& leftovers, const MayKnow& may_know,
                v1::StatusReply& reply) {
  AddPartners(directory, reply);
  auto list = leftovers.Open();
  if (!list.ok()) {
    v1::ReviewItem* item = reply.add_review();
    item->set_about("the list of records to review");
    item->set_what(absl::StrCat("cannot be read: ", std::string(list.status().message())));
    item->set_to_do("tidegate verify");
    return;
  }
  reply.set_review_more(list->more);
  reply.set_review_looking(list->looking);
  for (const flow::Leftover& leftover : list->open) {
    if (may_know(leftover.id)) Describe(leftover, *reply.add_review());
  }
}

absl::StatusOr<v1::SettleReviewReply> SettleReview(const partner::Directory& directory, flow::Leftovers& leftovers,
                                                   const policy::Principal& who, uint64_t now_ms,
                                                   const MayKnow& may_know, const v1::SettleReviewRequest& request) {
  auto act = ActOf(who, request.asker(), now_ms);
  if (!act.ok()) return act.status();
  if (act->deed().reason.empty()) {
    return absl::InvalidArgumentError(
        "api: say with --reason why the record stays as it is; the register keeps the reason");
  }
  auto id = record::ParseRecordId(request.record());
  if (!id.ok()) return id.status();
  if (auto settled = leftovers.Settle(*id, *act); !settled.ok()) return settled;
  v1::StatusReply left;
  FillReview(directory, leftovers, may_know, left);
  v1::SettleReviewReply reply;
  reply.set_left(static_cast<uint32_t>(left.review_size()));
  return reply;
}

}  // namespace tidegate::api
