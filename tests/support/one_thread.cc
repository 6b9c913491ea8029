// Stands before pthread_create of the C library in a test program that says ONE_THREAD (cmake/TidegateTargets.cmake).
// The thread sanitizer does not run it, so it starts no thread.
#include <pthread.h>

#include <cstdio>
#include <cstdlib>

extern "C" int pthread_create(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*) noexcept {
  std::fputs("this test starts a thread: take ONE_THREAD out of its CMakeLists.txt\n", stderr);
  std::abort();
}
