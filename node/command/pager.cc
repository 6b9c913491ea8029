#include "node/command/pager.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <string>

#include "node/command/print.h"

namespace tidegate::command {
namespace {

// Stays for what fits on the screen, passes our colours through, leaves the screen as it is.
constexpr char kLess[] = "FRX";

std::string PagerProgram() {
  const char* said = std::getenv("PAGER");
  const std::string program = said == nullptr ? "less" : said;
  return program == "cat" ? "" : program;
}

// The shell splits the words of PAGER, as other programs have it do. It prints no error if the pager does not exist.
pid_t StartReading(const std::string& program, int from) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, from, STDIN_FILENO);
  const std::string command = "exec " + program;
  std::string shell = "sh", flag = "-c", words = command;
  std::array<char*, 4> arguments = {shell.data(), flag.data(), words.data(), nullptr};
  pid_t process = 0;
  const int failed = posix_spawn(&process, "/bin/sh", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  return failed == 0 ? process : 0;
}

bool IsProgram(const std::string& program) {
  const std::string name = program.substr(0, program.find(' '));
  if (name.find('/') != std::string::npos) return access(name.c_str(), X_OK) == 0;
  const char* path = std::getenv("PATH");
  std::string folders = path == nullptr ? "/usr/bin:/bin" : path;
  folders += ':';
  for (size_t at = 0, end = 0; (end = folders.find(':', at)) != std::string::npos; at = end + 1) {
    if (access((folders.substr(at, end - at) + "/" + name).c_str(), X_OK) == 0) return true;
  }
  return false;
}

}  // namespace

void Pager::Start() {
  const std::string program = PagerProgram();
  if (started() || isatty(STDOUT_FILENO) != 1 || program.empty() || !IsProgram(program)) return;
  // A pipe has no width. Code that asks for the width later finds it here.
  setenv("COLUMNS", std::to_string(OutputWidth()).c_str(), 1);
  setenv("LESS", kLess, 0);
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return;
  std::cout.flush();
  process_ = StartReading(program, ends[0]);
  close(ends[0]);
  if (started()) {
    dup2(ends[1], STDOUT_FILENO);
    signal(SIGPIPE, SIG_IGN);  // they have read enough
    signal(SIGINT, SIG_IGN);   // it is for the pager, which shares the terminal with us
  }
  close(ends[1]);
}

Pager::~Pager() {
  if (!started()) return;
  std::cout.flush();
  close(STDOUT_FILENO);
  while (waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace tidegate::command
