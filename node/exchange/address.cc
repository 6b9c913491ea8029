#include "node/exchange/address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "node/partner/partner.h"

namespace tidegate::exchange {
namespace {

constexpr size_t kMostAddresses = 16;

struct Prefix {
  AddressBytes bytes;
  int bits;
};

bool Within(const AddressBytes& address, const Prefix& prefix) {
  for (int bit = 0; bit < prefix.bits; ++bit) {
    const uint8_t mask = static_cast<uint8_t>(0x80 >> (bit % 8));
    const size_t at = static_cast<size_t>(bit) / 8;
    if ((address[at] & mask) != (prefix.bytes[at] & mask)) return false;
  }
  return true;
}

struct Block {
  uint32_t network;
  int bits;
  AddressKind kind;
};
// IANA's special-purpose IPv4 addresses that are not to be met in the Internet.
constexpr Block kBlocks[] = {
    {0x00000000, 8, AddressKind::kLoopback},    // 0.0.0.0/8: this host
    {0x7f000000, 8, AddressKind::kLoopback},    // 127.0.0.0/8
    {0xa9fe0000, 16, AddressKind::kLinkLocal},  // 169.254.0.0/16
    {0x0a000000, 8, AddressKind::kPrivate},     // 10.0.0.0/8
    {0xac100000, 12, AddressKind::kPrivate},    // 172.16.0.0/12
    {0xc0a80000, 16, AddressKind::kPrivate},    // 192.168.0.0/16
    {0x64400000, 10, AddressKind::kPrivate},    // 100.64.0.0/10: shared by a provider's customers
    {0xc0000000, 24, AddressKind::kPrivate},    // 192.0.0.0/24
    {0xc6120000, 15, AddressKind::kPrivate},    // 198.18.0.0/15: benchmarks
    {0xe0000000, 3, AddressKind::kNever},       // 224.0.0.0/3: multicast, reserved, broadcast
};

AddressKind KindOfIpv4(uint32_t address) {
  for (const Block& block : kBlocks) {
    if ((address >> (32 - block.bits)) == (block.network >> (32 - block.bits))) return block.kind;
  }
  return AddressKind::kPublic;
}

uint32_t Ipv4At(const AddressBytes& address, size_t at) {
  return uint32_t{address[at]} << 24 | uint32_t{address[at + 1]} << 16 | uint32_t{address[at + 2]} << 8 |
         address[at + 3];
}

constexpr Prefix kMapped{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96};
constexpr Prefix kCompatible{{}, 96};
constexpr Prefix kNat64{{0, 0x64, 0xff, 0x9b}, 96};
constexpr Prefix kLocalNat64{{0, 0x64, 0xff, 0x9b, 0, 1}, 48};
constexpr Prefix k6to4{{0x20, 0x02}, 16};
constexpr Prefix kTeredo{{0x20, 0x01, 0, 0}, 32};
constexpr Prefix kLinkLocal{{0xfe, 0x80}, 10};
constexpr Prefix kSiteLocal{{0xfe, 0xc0}, 10};
constexpr Prefix kUniqueLocal{{0xfc}, 7};
constexpr Prefix kMulticast{{0xff}, 8};
constexpr AddressBytes kAny{};
constexpr AddressBytes kLoopback{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

bool Allowed(AddressKind kind, const Reach& reach) {
  switch (kind) {
    case AddressKind::kPublic:
      return true;
    case AddressKind::kLoopback:
      return reach.loopback;
    case AddressKind::kLinkLocal:
      return reach.link_local;
    case AddressKind::kPrivate:
      return reach.private_networks;
    case AddressKind::kNever:
      return false;
  }
  return false;
}

std::string_view WordFor(AddressKind kind) {
  switch (kind) {
    case AddressKind::kLoopback:
      return "loopback";
    case AddressKind::kLinkLocal:
      return "link-local";
    case AddressKind::kPrivate:
      return "private";
    case AddressKind::kPublic:
    case AddressKind::kNever:
      break;
  }
  return "";
}

absl::Status NotAllowed(std::string_view address, AddressKind kind) {
  const std::string word(WordFor(kind));
  if (word.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("exchange: `", std::string(address), "` is no address of one node; it is not dialled"));
  }
  return absl::FailedPreconditionError(absl::StrCat("exchange: `", std::string(address), "` is a ", word,
                                                    " address and is not dialled; if that is "
                                                    "meant, write `[exchange]` and `allow = [\"",
                                                    word, "\"]` into tidegate.toml and start the node again"));
}

std::string HostOf(std::string_view address) {
  const std::string_view host = address.substr(0, address.rfind(':'));
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  return std::string(bracketed ? host.substr(1, host.size() - 2) : host);
}

std::optional<AddressBytes> BytesOf(const sockaddr& address) {
  AddressBytes bytes{};
  if (address.sa_family == AF_INET) {
    sockaddr_in in;
    std::memcpy(&in, &address, sizeof in);
    bytes[10] = bytes[11] = 0xff;
    std::memcpy(bytes.data() + 12, &in.sin_addr, 4);
    return bytes;
  }
  if (address.sa_family != AF_INET6) return std::nullopt;
  sockaddr_in6 in;
  std::memcpy(&in, &address, sizeof in);
  std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
  return bytes;
}

// `flags`: AI_NUMERICHOST asks no name server.
absl::StatusOr<std::vector<AddressBytes>> Resolve(const std::string& host, std::string_view address, int flags = 0) {
  addrinfo hints{};
  hints.ai_flags = flags;
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failed = getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (failed != 0) {
    return absl::UnavailableError(
        absl::StrCat("exchange: `", std::string(address), "` cannot be resolved: ", gai_strerror(failed)));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
  std::vector<AddressBytes> all;
  for (const addrinfo* at = found; at != nullptr && all.size() < kMostAddresses; at = at->ai_next) {
    const std::optional<AddressBytes> bytes = BytesOf(*at->ai_addr);
    if (bytes.has_value() && std::find(all.begin(), all.end(), *bytes) == all.end()) all.push_back(*bytes);
  }
  return all;
}

}  // namespace

AddressKind KindOf(const AddressBytes& address) {
  if (address == kAny || address == kLoopback) return AddressKind::kLoopback;
  if (Within(address, kMapped) || Within(address, kCompatible) || Within(address, kNat64)) {
    return KindOfIpv4(Ipv4At(address, 12));
  }
  if (Within(address, k6to4)) return KindOfIpv4(Ipv4At(address, 2));
  if (Within(address, kLinkLocal)) return AddressKind::kLinkLocal;
  for (const Prefix& prefix : {kUniqueLocal, kSiteLocal, kLocalNat64, kTeredo}) {
    if (Within(address, prefix)) return AddressKind::kPrivate;
  }
  return Within(address, kMulticast) ? AddressKind::kNever : AddressKind::kPublic;
}

Reach ReachOf(std::string_view address) {
  const std::string host = HostOf(address);
  if (host == "localhost") return {.loopback = true, .link_local = false, .private_networks = false};
  AddressBytes bytes{};
  if (inet_pton(AF_INET6, absl::StrCat("::ffff:", host).c_str(), bytes.data()) != 1 &&
      inet_pton(AF_INET6, host.c_str(), bytes.data()) != 1) {
    return {};
  }
  if (bytes == kAny || Ipv4At(bytes, 12) == 0) return {};
  const AddressKind kind = KindOf(bytes);
  return {.loopback = kind == AddressKind::kLoopback,
          .link_local = kind == AddressKind::kLinkLocal,
          .private_networks = kind == AddressKind::kPrivate};
}

bool IsEveryAddress(std::string_view address) {
  const absl::StatusOr<std::vector<AddressBytes>> numbers = Resolve(HostOf(address), address, AI_NUMERICHOST);
  constexpr AddressBytes kAnyIpv4{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return numbers.ok() && !numbers->empty() && (numbers->front() == kAny || numbers->front() == kAnyIpv4);
}

std::string TextOf(const Target& target) {
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(AF_INET6, target.address.data(), text, sizeof text);
  return absl::StrCat("[", text, "]:", target.port);
}

absl::StatusOr<std::vector<Target>> DialTargets(std::string_view address, const Reach& reach) {
  if (absl::Status fine = partner::CheckAddress(address); !fine.ok()) return fine;
  uint32_t number = 0;
  if (!absl::SimpleAtoi(std::string(address.substr(address.rfind(':') + 1)), &number) || number > UINT16_MAX) {
    return absl::InvalidArgumentError("exchange: an address without a port");
  }
  const auto port = static_cast<uint16_t>(number);
  absl::StatusOr<std::vector<AddressBytes>> found = Resolve(HostOf(address), address);
  if (!found.ok()) return found.status();
  std::vector<Target> targets;
  AddressKind refused = AddressKind::kNever;
  for (const AddressBytes& bytes : *found) {
    const AddressKind kind = KindOf(bytes);
    if (Allowed(kind, reach)) {
      targets.push_back({bytes, port});
    } else {
      refused = kind;
    }
  }
  if (targets.empty()) return NotAllowed(address, refused);
  return targets;
}

namespace {

constexpr int kSliceMs = 50;  // how soon whoever waits for a connection notices that it is cancelled

int BeginConnecting(const Target& target) {
  const bool four = Within(target.address, kMapped);  // a machine may have no IPv6
  const int file = socket(four ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (file < 0) return -1;
  int begun = -1;
  if (four) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(target.port);
    std::memcpy(&to.sin_addr, target.address.data() + 12, 4);
    begun = connect(file, reinterpret_cast<const sockaddr*>(&to), sizeof to);
  } else {
    sockaddr_in6 to{};
    to.sin6_family = AF_INET6;
    to.sin6_port = htons(target.port);
    std::memcpy(&to.sin6_addr, target.address.data(), target.address.size());
    begun = connect(file, reinterpret_cast<const sockaddr*>(&to), sizeof to);
  }
  if (begun == 0 || errno == EINPROGRESS) return file;
  const int error = errno;
  close(file);
  errno = error;
  return -1;
}

std::string_view WhyNot(int error) {
  switch (error) {
    case ECONNREFUSED:
      return "nobody listens at their address";
    case ETIMEDOUT:
      return "no answer in time";
    case EHOSTUNREACH:
    case EHOSTDOWN:
      return "no route leads to their address";
    case ENETUNREACH:
    case ENETDOWN:
      return "no network";
    default:
      return "no connection";
  }
}

}  // namespace

absl::StatusOr<int> ConnectTo(const std::vector<Target>& targets, uint64_t patience_ms,
                              const std::function<bool()>& cancelled) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(patience_ms);
  int error = ETIMEDOUT;
  for (size_t i = 0; i < targets.size(); ++i) {
    // Each has its part of the time that is left: one that is silent does not keep the next from being tried.
    const auto now = std::chrono::steady_clock::now();
    const auto until = now + (deadline - now) / static_cast<int>(targets.size() - i);
    const int file = BeginConnecting(targets[i]);
    if (file < 0) {
      error = errno;
      continue;
    }
    pollfd wait{file, POLLOUT, 0};
    while (std::chrono::steady_clock::now() < until && !cancelled() && poll(&wait, 1, kSliceMs) == 0) {
    }
    socklen_t length = sizeof error;
    if (wait.revents == 0) {
      error = ETIMEDOUT;
    } else if (getsockopt(file, SOL_SOCKET, SO_ERROR, &error, &length) == 0 && error == 0) {
      const int on = 1;
      setsockopt(file, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      return file;
    }
    close(file);
    if (cancelled()) return absl::CancelledError("exchange: dialling was cancelled");
  }
  return absl::UnavailableError(std::string(WhyNot(error)));
}

}  // namespace tidegate::exchange
