// Two threads write one integer without a lock. Under the thread sanitizer this program must end in a report.
#include <cstdio>
#include <thread>

namespace {
int g_contested = 0;

void Contest() {
  for (int i = 0; i < 1000; ++i) ++g_contested;
}
}  // namespace

int main() {
  std::thread first(Contest);
  std::thread second(Contest);
  first.join();
  second.join();
  std::printf("%d\n", g_contested);
  return 0;
}
