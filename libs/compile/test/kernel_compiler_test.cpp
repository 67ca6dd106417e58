#include <dotcompute/compile/kernel_compiler.hpp>

#include <unistd.h>
#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <dotcompute/base/error.hpp>
#include <dotcompute/kernel/registry.hpp>

#include "compile_fixture.hpp"

namespace dotcompute {
namespace {

using namespace std::chrono_literals;
using test::error_of;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const CompileRequest good = {"fixture.cpp", std::nullopt, {std::string("-DANSWER=") + TEST_UNIT}};
const CompileRequest echo = {"echo.cpp", "the text", {}};

class KernelCompilerTest : public test::CompileTest {
 protected:
  CompilationError error_from(const std::string& behaviour, std::chrono::milliseconds timeout = 60s) {
    KernelCompiler compiler({server(behaviour), timeout});
    return error_of([&] { return compiler.compile(good); });
  }

  /// What a server says of a request; all of these are rejections.
  static std::string told(KernelCompiler& compiler, const CompileRequest& request = echo) {
    return error_of([&] { return compiler.compile(request); }).context().cause;
  }
  static std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }
};

TEST_F(KernelCompilerTest, ASourceBecomesKernels) {
  KernelCompiler compiler({server("answers"), 60s});
  {
    const LoadedKernels kernels = compiler.compile(good);
    ASSERT_EQ(kernels.definitions().size(), 1u);
    EXPECT_EQ(kernels.definitions()[0].name(), "fixture::accumulate");
    EXPECT_EQ(kernels.diagnostics(), "fixture.cpp:1:1: warning: made by hand\n");
    EXPECT_TRUE(KernelRegistry::instance().find("fixture::accumulate"));
  }
  EXPECT_FALSE(KernelRegistry::instance().find("fixture::accumulate"));
}

TEST_F(KernelCompilerTest, NothingStartsBeforeTheFirstSource) {
  const std::size_t before = descriptor_count();
  KernelCompiler compiler({directory() / "none", 60s});
  EXPECT_EQ(descriptor_count(), before);
  EXPECT_TRUE(std::filesystem::is_empty(temporary()));
}

TEST_F(KernelCompilerTest, KernelcIsToldTheHost) {
  KernelCompiler compiler({server("answers"), 60s});
  CompileRequest request = echo;
  request.options = {"-DX=1", "-Irelative"};
  const std::string request_seen = told(compiler, request);
  EXPECT_THAT(request_seen, AllOf(HasSubstr("file echo.cpp\ntext the text\nemit shared\n"), HasSubstr("\ngcc /")));
  EXPECT_THAT(request_seen, ::testing::ContainsRegex("\nhost (GNU|Clang)-[0-9]+\\.[0-9.]+\n"));
  EXPECT_THAT(request_seen, HasSubstr("\noption -DX=1\noption -Irelative\noption -std=c++20\noption -I"));
  EXPECT_THAT(request_seen, HasSubstr("\ndirectory " + std::filesystem::current_path().string() + "\n"));
  EXPECT_THAT(request_seen, HasSubstr("\ntmp " + temporary().string() + "/dotcompute-"));
}

TEST_F(KernelCompilerTest, OptionsReplaceWhatIsTold) {
  KernelCompiler compiler({server("answers"), 60s});
  const std::string request_seen =
      told(compiler, {"a.cpp", std::nullopt, {"--host=Clang-17.0.6", "-std=c++23", "--gcc-install-dir=/opt/gcc"}});
  EXPECT_THAT(request_seen, HasSubstr("\ntext (none)\nemit shared\nhost Clang-17.0.6\ngcc /opt/gcc\n"));
  EXPECT_THAT(request_seen, HasSubstr("\noption -std=c++23\n"));
  EXPECT_THAT(request_seen, AllOf(Not(HasSubstr("option --")), Not(HasSubstr("c++20"))));
}

TEST_F(KernelCompilerTest, OneProcessServesAllSources) {
  KernelCompiler compiler({server("answers"), 60s});
  const std::string first = first_line(told(compiler));
  EXPECT_THAT(first, HasSubstr("pid "));
  EXPECT_EQ(first_line(told(compiler)), first);
  EXPECT_FALSE(compiler.compile(good).definitions().empty());
  EXPECT_EQ(first_line(told(compiler)), first);
}

TEST_F(KernelCompilerTest, ThreadsTakeTurns) {
  KernelCompiler compiler({server("answers"), 60s});
  const std::string first = first_line(told(compiler));
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      const std::string name = "thread-" + std::to_string(i) + ".cpp";
      for (int round = 0; round < 20; ++round) {
        const std::string request_seen = told(compiler, {name, std::string(100'000, 'x'), {}});
        EXPECT_THAT(request_seen, HasSubstr("file " + name));
        EXPECT_EQ(first_line(request_seen), first);
        EXPECT_EQ(compiler.compile(good).definitions().size(), 1u);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(KernelCompilerTest, ALargeSourceArrives) {
  KernelCompiler compiler({server("answers"), 60s});
  std::string text(std::size_t{8} << 20, ' ');
  text += "the end";
  EXPECT_THAT(told(compiler, {"large.cpp", text, {}}), HasSubstr("the end\nemit"));
}

TEST_F(KernelCompilerTest, ARejectedSourceCarriesTheDiagnostics) {
  KernelCompiler compiler({server("answers"), 60s});
  const std::string diagnostics = "bad.cpp:3:10: error: unknown type name 'flaot'\n    3 | flaot x;\n      | ^\n";
  const CompilationError error =
      error_of([&] { return compiler.compile({"bad.cpp", std::nullopt, {"-DREJECT=" + diagnostics}}); });
  EXPECT_STREQ(error.what(), "'bad.cpp' does not compile: unknown type name 'flaot' (bad.cpp:3:10)");
  EXPECT_EQ(error.context().cause, diagnostics);
  EXPECT_EQ(error.context().source, "bad.cpp:3:10");
  EXPECT_EQ(error.remedy(), Remedy::fix_input);
  EXPECT_FALSE(compiler.compile(good).definitions().empty()) << "the next source is compiled";
}

TEST_F(KernelCompilerTest, AFailureOfKernelcIsReported) {
  KernelCompiler compiler({server("answers"), 60s});
  const CompilationError error = error_of([&] { return compiler.compile({"x.cpp", std::nullopt, {"-DFAIL"}}); });
  EXPECT_STREQ(error.what(), "'x.cpp' could not be compiled: kernelc failed: no memory is left");
  EXPECT_EQ(error.remedy(), Remedy::report_bug);
}

TEST_F(KernelCompilerTest, AnotherVersionIsRefused) {
  const CompilationError error = error_from("other-version");
  EXPECT_EQ(error.remedy(), Remedy::fix_input);
  EXPECT_THAT(error.what(), AllOf(HasSubstr(server("other-version")), HasSubstr("is of version 9.8.7 (protocol 1)"),
                                  HasSubstr("this library is of version " DOTCOMPUTE_VERSION " (protocol 1)"),
                                  HasSubstr("install the kernelc of version " DOTCOMPUTE_VERSION)));
}

TEST_F(KernelCompilerTest, AnotherProtocolIsRefused) {
  EXPECT_THAT(error_from("other-protocol").what(),
              HasSubstr("is of version " DOTCOMPUTE_VERSION
                        " (protocol 77), and this library is of version " DOTCOMPUTE_VERSION " (protocol 1)"));
}

TEST_F(KernelCompilerTest, AMissingKernelcIsNamed) {
  KernelCompiler compiler({directory() / "none", 60s});
  const CompilationError error = error_of([&] { return compiler.compile(good); });
  EXPECT_EQ(error.remedy(), Remedy::fix_input);
  EXPECT_THAT(error.what(), AllOf(HasSubstr((directory() / "none").string()), HasSubstr("does not exist"),
                                  HasSubstr("DOTCOMPUTE_KERNELC")));
}

TEST_F(KernelCompilerTest, AFileThatIsNoProgramCannotBeStarted) {
  KernelCompiler compiler({write("notes", "neither a program nor a script\n", true), 60s});
  EXPECT_THAT(error_of([&] { return compiler.compile(good); }).what(),
              AllOf(HasSubstr("notes' cannot be started: "), HasSubstr("Exec format error")));
}

TEST_F(KernelCompilerTest, AScriptThatTalksIsRefused) {
  KernelCompiler compiler({write("script", "#!/bin/sh\necho this is not the kernel compiler\nread line\n", true), 60s});
  const CompilationError error = error_of([&] { return compiler.compile(good); });
  EXPECT_EQ(error.remedy(), Remedy::fix_input);
  EXPECT_THAT(error.what(), HasSubstr("script' does not speak kernelc's protocol before it was ready: a message starts "
                                      "with 'dckernel', not 'this is '; install the kernelc of version "));
}

TEST_F(KernelCompilerTest, OneThatEndsAtOnceIsReportedWithItsWords) {
  const CompilationError error = error_from("exits-at-once");
  EXPECT_EQ(error.remedy(), Remedy::retry);
  EXPECT_THAT(error.what(),
              HasSubstr("ended with exit status 7 before it was ready; it said: kernelc: error while loading "
                        "shared libraries: libsomething.so"));
  EXPECT_EQ(error.context().cause, "kernelc: error while loading shared libraries: libsomething.so\n");
  EXPECT_THAT(error_from("dies-at-once").what(), HasSubstr("was killed by signal 9 (Killed) before it was ready"));
}

TEST_F(KernelCompilerTest, OneThatIsKilledIsReportedAndReplaced) {
  KernelCompiler compiler({server("dies-at-request"), 60s});
  for (int i = 0; i < 2; ++i) {
    const CompilationError error = error_of([&] { return compiler.compile(good); });
    EXPECT_EQ(error.remedy(), Remedy::retry);
    EXPECT_THAT(error.what(),
                AllOf(HasSubstr(server("dies-at-request")),
                      HasSubstr("was killed by signal 9 (Killed) while it compiled 'fixture.cpp'; it said: "
                                "the last words; the next source starts it anew")));
    EXPECT_EQ(error.context().cause, "a stack trace\nthe last words\n");
  }
}

TEST_F(KernelCompilerTest, TheWayItEndedIsNamed) {
  EXPECT_THAT(error_from("exits-at-request").what(),
              HasSubstr("ended with exit status 7 while it compiled 'fixture.cpp'"));
  EXPECT_THAT(error_from("half-at-request").what(),
              HasSubstr("ended with exit status 0 while it compiled 'fixture.cpp'"));
}

TEST_F(KernelCompilerTest, OneThatClosesAndGoesOnIsEnded) {
  EXPECT_THAT(
      error_from("closes-at-request").what(),
      HasSubstr("closed the connection and went on running, so that it was ended while it compiled 'fixture.cpp'"));
}

TEST_F(KernelCompilerTest, GarbageIsRefused) {
  EXPECT_THAT(error_from("garbage-at-once").what(),
              HasSubstr("does not speak kernelc's protocol before it was ready: a message starts with 'dckernel', not "
                        "'HTTP/1.1'"));
  EXPECT_THAT(error_from("garbage-at-request").what(),
              HasSubstr("does not speak kernelc's protocol while it compiled 'fixture.cpp': a message starts with"));
  EXPECT_THAT(error_from("hello-at-request").what(), HasSubstr("it answered a request with something else"));
  EXPECT_THAT(error_from("no-hello").what(), HasSubstr("its first message is no hello"));
}

TEST_F(KernelCompilerTest, OneThatHangsIsEndedAtItsTime) {
  const CompilationError error = error_from("hangs-at-request", 2s);
  EXPECT_EQ(error.remedy(), Remedy::retry);
  EXPECT_THAT(error.what(),
              HasSubstr("gave no answer within 2000 ms while it compiled 'fixture.cpp' and was ended; allow it "
                        "more time (CompilerOptions::timeout) or give it less to do"));
  EXPECT_THAT(error_from("hangs-at-once", 100ms).what(), HasSubstr("gave no answer within 100 ms before it was ready"));
}

TEST_F(KernelCompilerTest, AnyTimeIsAllowed) {
  for (const auto timeout : {0ms, -1ms, std::chrono::milliseconds::max()}) {
    KernelCompiler compiler({server("answers"), timeout});
    EXPECT_FALSE(compiler.compile(good).definitions().empty());
  }
}

TEST_F(KernelCompilerTest, OneThatDiedWhileIdleIsReplacedSilently) {
  for (const char* behaviour : {"dies-when-idle", "talks-when-idle"}) {
    KernelCompiler compiler({server(behaviour), 60s});
    const std::string first = first_line(told(compiler));
    const pid_t child = static_cast<pid_t>(std::stol(first.substr(4)));
    // Waits until it is dead or has talked, without taking its status.
    siginfo_t info{};
    if (std::string_view(behaviour) == "dies-when-idle") {
      ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
    } else {
      std::this_thread::sleep_for(200ms);
    }
    const std::string second = first_line(told(compiler));
    EXPECT_THAT(second, HasSubstr("pid "));
    EXPECT_NE(second, first);
  }
}

TEST_F(KernelCompilerTest, OneKilledFromOutsideWhileIdleIsReplacedSilently) {
  KernelCompiler compiler({server("answers"), 60s});
  const pid_t child = static_cast<pid_t>(std::stol(first_line(told(compiler)).substr(4)));
  ASSERT_EQ(::kill(child, SIGKILL), 0);
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
  EXPECT_FALSE(compiler.compile(good).definitions().empty());
}

TEST_F(KernelCompilerTest, AChildIsEndedEvenWhileItHangs) {
  std::string line;
  {
    KernelCompiler compiler({server("answers"), 60s});
    line = first_line(told(compiler));
  }
  const pid_t child = static_cast<pid_t>(std::stol(line.substr(4)));
  EXPECT_EQ(::kill(child, 0), -1) << "the server still runs";
}

/// Replaces what the program does with a signal, while it lives.
class ScopedAction {
 public:
  ScopedAction(int signal, void (*handler)(int)) : signal_(signal) {
    struct sigaction action{};
    action.sa_handler = handler;
    ::sigaction(signal, &action, &before_);
  }
  ScopedAction(const ScopedAction&) = delete;
  ScopedAction& operator=(const ScopedAction&) = delete;
  ~ScopedAction() { ::sigaction(signal_, &before_, nullptr); }

 private:
  int signal_;
  struct sigaction before_{};
};

TEST_F(KernelCompilerTest, AProgramThatIgnoresItsChildrenIsServed) {
  const ScopedAction ignore(SIGCHLD, SIG_IGN);
  {
    KernelCompiler compiler({server("answers"), 60s});
    EXPECT_FALSE(compiler.compile(good).definitions().empty());
  }
  const CompilationError error = error_from("dies-at-request");
  EXPECT_EQ(error.remedy(), Remedy::retry);
  EXPECT_THAT(error.what(), HasSubstr("ended (the program's own handling of SIGCHLD took its exit status) while it "
                                      "compiled 'fixture.cpp'"));
  EXPECT_THAT(error_from("hangs-at-request", 1s).what(), HasSubstr("gave no answer within 1000 ms"));
}

TEST_F(KernelCompilerTest, AProgramThatReapsItsChildrenItselfIsServed) {
  const ScopedAction reap(SIGCHLD, [](int) {
    const int error = errno;
    while (::waitpid(-1, nullptr, WNOHANG) > 0) continue;
    errno = error;
  });
  {
    KernelCompiler compiler({server("answers"), 60s});
    EXPECT_FALSE(compiler.compile(good).definitions().empty());
  }
  EXPECT_THAT(error_from("dies-at-request").what(), HasSubstr("while it compiled 'fixture.cpp'"));
  EXPECT_THAT(error_from("hangs-at-request", 1s).what(), HasSubstr("gave no answer within 1000 ms"));
}

TEST_F(KernelCompilerTest, ABlockedOrIgnoredSignalIsNotInherited) {
  const ScopedAction ignore(SIGTERM, SIG_IGN);
  KernelCompiler compiler({server("answers"), 60s});
  const pid_t child = static_cast<pid_t>(std::stol(first_line(told(compiler)).substr(4)));
  ASSERT_EQ(::kill(child, SIGTERM), 0);
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
  EXPECT_EQ(info.si_status, SIGTERM);
}

#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 34)
TEST_F(KernelCompilerTest, TheProgramsDescriptorsAreNotInherited) {
  const int inheritable = ::dup(STDOUT_FILENO);
  KernelCompiler compiler({server("answers"), 60s});
  EXPECT_THAT(told(compiler), HasSubstr("\ndescriptors 3\n"));
  ::close(inheritable);
}
#endif

TEST_F(KernelCompilerTest, AForkedProgramStartsItsOwn) {
  KernelCompiler compiler({server("answers"), 60s});
  const std::string own = first_line(told(compiler));
  const pid_t copy = ::fork();
  if (copy == 0) {
    const bool is_other = first_line(told(compiler)) != own;
    compiler.~KernelCompiler();
    ::_exit(is_other ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(copy, &status, 0), copy);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(first_line(told(compiler)), own) << "the copy ended this program's server";
}

TEST_F(KernelCompilerTest, AProgramWithoutStandardDescriptorsIsServed) {
  const pid_t copy = ::fork();
  if (copy == 0) {
    ::close(0);
    ::close(1);
    ::close(2);
    int status = 0;
    {
      KernelCompiler compiler({server("answers"), 60s});
      const std::string first = first_line(told(compiler));
      // What the program prints in the belief that these are its own must not reach the server.
      for (const int fd : {0, 1, 2}) status += ::write(fd, "noise", 5) == -1 ? 0 : 1;
      status += first_line(told(compiler)) == first ? 0 : 1;
    }
    ::_exit(status);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(copy, &status, 0), copy);
  EXPECT_EQ(status, 0);
}

TEST_F(KernelCompilerTest, ManyCompilersLeaveNothingBehind) {
  for (int i = 0; i < 20; ++i) {
    KernelCompiler compiler({server(i % 2 == 0 ? "answers" : "dies-at-request"), 60s});
    try {
      (void)compiler.compile(good);
    } catch (const CompilationError&) {
      EXPECT_EQ(i % 2, 1);
    }
  }
}

}  // namespace
}  // namespace dotcompute
