#include "node/command/waiting.h"

#include <cstdio>
#include <string_view>

namespace tidegate::command {
namespace {

constexpr std::string_view kFollows = "/Alerts";

class Sign final : public grpc::experimental::Interceptor {
 public:
  explicit Sign(bool shown) : shown_(shown) {}
  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    using grpc::experimental::InterceptionHookPoints;
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_MESSAGE) ||
        methods->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_STATUS)) {
      waiting_.reset();
    } else if (shown_ && methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_INITIAL_METADATA)) {
      waiting_ = std::make_unique<Waiting>();
    }
    methods->Proceed();
  }

 private:
  const bool shown_;
  std::unique_ptr<Waiting> waiting_;
};

class SignFactory final : public grpc::experimental::ClientInterceptorFactoryInterface {
 public:
  grpc::experimental::Interceptor* CreateClientInterceptor(grpc::experimental::ClientRpcInfo* info) override {
    const std::string_view method = info->method();
    const bool follows = method.size() >= kFollows.size() && method.substr(method.size() - kFollows.size()) == kFollows;
    return new Sign(!follows);  // gRPC takes it
  }
};

}  // namespace

Waiting::Waiting(int descriptor, absl::Duration after) {
  if (isatty(descriptor) != 1) return;
  thread_ = std::thread([this, descriptor, after] {
    if (over_.WaitForNotificationWithTimeout(after)) return;
    const absl::Time since = absl::Now() - after;
    do {
      dprintf(descriptor, "\rworking, %lld s\033[K", static_cast<long long>(absl::ToInt64Seconds(absl::Now() - since)));
    } while (!over_.WaitForNotificationWithTimeout(absl::Seconds(1)));
    dprintf(descriptor, "\r\033[K");
  });
}

Waiting::~Waiting() {
  over_.Notify();
  if (thread_.joinable()) thread_.join();
}

std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface> ShowWaiting() {
  return std::make_unique<SignFactory>();
}

}  // namespace tidegate::command
