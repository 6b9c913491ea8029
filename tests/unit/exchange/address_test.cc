// Which addresses are dialled, and what gRPC is told to dial.
#include "node/exchange/address.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <cstring>

namespace tidegate::exchange {
namespace {

constexpr Reach kNone{};
constexpr Reach kAll{.loopback = true, .link_local = true, .private_networks = true};

AddressKind Kind(const std::string& text) {
  AddressBytes bytes{};
  EXPECT_EQ(inet_pton(AF_INET6, text.c_str(), bytes.data()), 1) << text;
  return KindOf(bytes);
}
AddressKind KindOfIpv4(const std::string& text) { return Kind("::ffff:" + text); }

TEST(Addresses, AreOfTheirKind) {
  for (const std::string text : {"127.0.0.1", "127.255.255.255", "0.0.0.0", "0.1.2.3"}) {
    EXPECT_EQ(KindOfIpv4(text), AddressKind::kLoopback) << text;
  }
  for (const std::string text :
       {"10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "198.19.0.1"}) {
    EXPECT_EQ(KindOfIpv4(text), AddressKind::kPrivate) << text;
  }
  for (const std::string text : {"172.15.255.255", "172.32.0.0", "11.0.0.0", "192.169.0.0", "100.128.0.0", "8.8.8.8"}) {
    EXPECT_EQ(KindOfIpv4(text), AddressKind::kPublic) << text;
  }
  EXPECT_EQ(KindOfIpv4("169.254.169.254"), AddressKind::kLinkLocal);
  for (const std::string text : {"224.0.0.1", "255.255.255.255", "240.0.0.1"}) {
    EXPECT_EQ(KindOfIpv4(text), AddressKind::kNever) << text;
  }
  EXPECT_EQ(Kind("::1"), AddressKind::kLoopback);
  EXPECT_EQ(Kind("::"), AddressKind::kLoopback);
  EXPECT_EQ(Kind("fe80::1"), AddressKind::kLinkLocal);
  EXPECT_EQ(Kind("fd00::1"), AddressKind::kPrivate);
  EXPECT_EQ(Kind("fec0::1"), AddressKind::kPrivate);
  EXPECT_EQ(Kind("ff02::1"), AddressKind::kNever);
  EXPECT_EQ(Kind("2a00:1450::1"), AddressKind::kPublic);
}

TEST(Addresses, ThatCarryAnIpv4AddressAreOfItsKind) {
  EXPECT_EQ(Kind("::127.0.0.1"), AddressKind::kLoopback) << "IPv4-compatible";
  EXPECT_EQ(Kind("64:ff9b::7f00:1"), AddressKind::kLoopback) << "NAT64";
  EXPECT_EQ(Kind("64:ff9b::808:808"), AddressKind::kPublic);
  EXPECT_EQ(Kind("2002:7f00:1::1"), AddressKind::kLoopback) << "6to4";
  EXPECT_EQ(Kind("2002:a9fe:a9fe::1"), AddressKind::kLinkLocal);
}

// The first of them as text; what refused it where there is none.
std::string First(std::string_view address, const Reach& reach) {
  const auto targets = DialTargets(address, reach);
  return targets.ok() ? TextOf(targets->front()) : std::string(targets.status().message());
}

TEST(DialTargets, AreAddressesThatWeResolved) {
  EXPECT_EQ(First("8.8.4.4:443", kNone), "[::ffff:8.8.4.4]:443");
  EXPECT_EQ(First("[2a00:1450::1]:443", kNone), "[2a00:1450::1]:443");
  EXPECT_EQ(First("127.0.0.1:7443", kAll), "[::ffff:127.0.0.1]:7443");
  EXPECT_EQ(First("[::1]:7443", kAll), "[::1]:7443");
  EXPECT_TRUE(DialTargets("localhost:7443", kAll).ok());
}

TEST(DialTargets, OfThisMachineOrNetworkNeedTheAdministratorsWord) {
  for (const std::string address :
       {"127.0.0.1:1", "localhost:1", "0.0.0.0:1", "[::1]:1", "[::ffff:127.0.0.1]:1", "2130706433:1", "127.1:1",
        "0x7f000001:1", "169.254.169.254:80", "10.1.2.3:1", "[fd00::1]:1", "[fe80::1]:1", "[::]:1"}) {
    const auto target = DialTargets(address, kNone);
    EXPECT_TRUE(absl::IsFailedPrecondition(target.status())) << address << ": " << target.status();
    EXPECT_TRUE(DialTargets(address, kAll).ok()) << address;
  }
  EXPECT_FALSE(DialTargets("127.0.0.1:1", {.loopback = false, .link_local = true, .private_networks = true}).ok());
  EXPECT_FALSE(DialTargets("169.254.1.1:1", {.loopback = true, .link_local = false, .private_networks = true}).ok());
  EXPECT_FALSE(DialTargets("10.0.0.1:1", {.loopback = true, .link_local = true, .private_networks = false}).ok());
  EXPECT_FALSE(DialTargets("224.0.0.1:1", kAll).ok());
}

TEST(Addresses, SayWhatANodeThereHasToAllow) {
  EXPECT_TRUE(ReachOf("127.0.0.1:7443").loopback);
  EXPECT_TRUE(ReachOf("localhost:7443").loopback);
  EXPECT_TRUE(ReachOf("[::1]:7443").loopback);
  EXPECT_TRUE(ReachOf("10.0.0.7:7443").private_networks);
  EXPECT_TRUE(ReachOf("[fe80::1]:7443").link_local);
  for (const std::string address : {"0.0.0.0:7443", "[::]:7443", "8.8.8.8:7443", "node.example:7443", "nonsense", ""}) {
    const Reach reach = ReachOf(address);
    EXPECT_FALSE(reach.loopback || reach.link_local || reach.private_networks) << address;
  }
}

TEST(Addresses, KnowThoseThatMeanEveryAddressOfAMachine) {
  for (const std::string address : {"0.0.0.0:7443", "[::]:7443", "0:7443", "[::ffff:0.0.0.0]:7443", "[0:0::0]:1"}) {
    EXPECT_TRUE(IsEveryAddress(address)) << address;
  }
  for (const std::string address :
       {"127.0.0.1:7443", "0.0.0.1:7443", "[::1]:7443", "localhost:7443", "node.example:1", "nonsense", ""}) {
    EXPECT_FALSE(IsEveryAddress(address)) << address;
  }
}

TEST(DialTargets, AreNamesAndNeverSchemes) {
  // As host names these are names like others; there are none such.
  for (const std::string address : {"unix:8080", "unix-abstract:77", "xds:443", "google-c2p:443"}) {
    EXPECT_FALSE(DialTargets(address, kAll).ok()) << address;
  }
  for (const std::string address : {"unix:///run/x:1", "dns:///a:1", "[fe80::1%eth0]:1", "a,b:1", "a:0", "a", ":1"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(DialTargets(address, kAll).status())) << address;
  }
}

const auto kGoOn = [] { return false; };

TEST(ConnectTo, SaysWhyThereIsNoConnection) {
  const auto nobody = ConnectTo(*DialTargets("127.0.0.1:1", kAll), 5000, kGoOn);
  EXPECT_EQ(nobody.status().message(), "nobody listens at their address");
  const auto cancelled = ConnectTo(*DialTargets("127.0.0.1:1", kAll), 5000, [] { return true; });
  EXPECT_TRUE(absl::IsCancelled(cancelled.status()) || absl::IsUnavailable(cancelled.status()));
}

}  // namespace
}  // namespace tidegate::exchange
