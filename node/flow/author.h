// author: what operators put in. One sentence: intake -> record -> store, the log leaf in the same transaction.
#ifndef TIDEGATE_NODE_FLOW_AUTHOR_H_
#define TIDEGATE_NODE_FLOW_AUTHOR_H_

#include <functional>
#include <string>
#include <vector>

#include "node/exchange/exchange.h"
#include "node/flow/import.h"
#include "node/flow/receive.h"
#include "node/flow/share.h"

namespace tidegate::flow {

class Authoring final : public api::Actions {
 public:
  // `node_directory` is where rejects are never written. `reader` is the program that reads foreign files in a process
  // of its own; empty: they are read in this one, which must then hold no keys that matter.
  Authoring(const Rooms& rooms, Continuity& continuity, const Receiving& receive, std::string node_directory,
            std::string reader = {});

  // The lines to partners, once they are open, and how partners are dialled. Call before operators are served.
  void Connect(exchange::FollowerOptions lines, const exchange::Server& server, exchange::Followers& followers);

  absl::Status Import(const v1::ImportRequest& request,
                      const std::function<bool(const v1::ImportProgress&)>& progress) override;
  absl::StatusOr<v1::AuthoredReply> Add(const v1::AddRecordRequest& request) override;
  absl::StatusOr<v1::AuthoredReply> Amend(const v1::AmendRecordRequest& request) override;
  absl::StatusOr<v1::AuthoredReply> Link(const v1::LinkRecordsRequest& request) override;
  absl::StatusOr<v1::AuthoredReply> Sight(const v1::SightRecordRequest& request) override;
  absl::StatusOr<v1::RecallRecordReply> Recall(const v1::RecallRecordRequest& request) override;
  absl::Status Introduce(const std::string& organisation) override;
  std::string Address() const override;
  std::vector<v1::PartnerStatus> Lines() const override;

 private:
  absl::StatusOr<v1::AuthoredReply> AuthorOne(record::Draft draft, const v1::Asker& asker, std::string_view source);

  const Rooms& rooms_;
  Continuity& continuity_;
  const Receiving& receive_;
  const std::string node_directory_;
  const std::string reader_;
  ImportGuard imports_;
  exchange::FollowerOptions lines_;
  const exchange::Server* server_ = nullptr;
  exchange::Followers* followers_ = nullptr;
};

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_AUTHOR_H_
