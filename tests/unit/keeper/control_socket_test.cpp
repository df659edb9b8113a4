#include "orchestrator/keeper/control_socket.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <string>

#include "nodes/base/error.hpp"

using namespace segue;
using namespace segue::keeper;

namespace {

std::string own_name() { return "unit-test-" + std::to_string(::getpid()); }

bool is_up(const std::string& name) {
  const auto names = labs_up();
  return std::count(names.begin(), names.end(), name) == 1;
}

pid_t pid_of(const Fd& process) {
  std::ifstream about("/proc/self/fdinfo/" + std::to_string(process.get()));
  for (std::string word; about >> word;) {
    pid_t pid = 0;
    if (word == "Pid:" && about >> pid) return pid;
  }
  return 0;
}

}  // namespace

TEST_CASE("a lab is found by its name for as long as its socket is open, and no longer") {
  const std::string name = own_name();
  CHECK_FALSE(is_up(name));
  Fd listener = listen_as(name);
  CHECK(is_up(name));
  REQUIRE(accept_owner(listener.get()));  // of whoever looked: labs are asked whose they are
  const Fd client = connect_to(name);
  const Fd server = accept_owner(listener.get());
  REQUIRE(server);
  CHECK(is_up(name));  // once, although the connection carries the name too
  send_message(client.get(), "hello");
  const auto incoming = receive_message(server.get());
  REQUIRE(incoming);
  CHECK(incoming->text == "hello");
  CHECK_FALSE(incoming->descriptor);
  listener.reset();
  CHECK_THROWS_AS(connect_to(name), InputError);
}

TEST_CASE("a descriptor goes along with a message") {
  const Fd listener = listen_as(own_name());
  const Fd client = connect_to(own_name());
  const Fd server = accept_owner(listener.get());
  const Fd file(check(::memfd_create("test", MFD_CLOEXEC), "make a file"));
  REQUIRE(::write(file.get(), "inside", 6) == 6);
  send_message(server.get(), "take this", file.get());
  const auto incoming = receive_message(client.get());
  REQUIRE(incoming);
  REQUIRE(incoming->descriptor);
  std::array<char, 6> bytes{};
  CHECK(::pread(incoming->descriptor.get(), bytes.data(), bytes.size(), 0) == 6);
  CHECK(std::string(bytes.data(), bytes.size()) == "inside");
  CHECK((::fcntl(incoming->descriptor.get(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("messages of any length arrive whole, and the sender does not wait for their reader") {
  const Fd listener = listen_as(own_name());
  const Fd client = connect_to(own_name());
  const Fd server = accept_owner(listener.get());
  for (const std::size_t length : {0U, 1U, 64U * 1024, 64U * 1024 + 1, 3U << 20}) {
    CAPTURE(length);
    std::string text(length, '?');
    for (std::size_t i = 0; i < length; ++i) text[i] = static_cast<char>(i % 251);
    send_message(server.get(), text);
    const auto incoming = receive_message(client.get());
    REQUIRE(incoming);
    CHECK(incoming->text == text);
    CHECK_FALSE(incoming->descriptor);
    send_message(server.get(), text, STDERR_FILENO);
    const auto accompanied = receive_message(client.get());
    REQUIRE(accompanied);
    CHECK(accompanied->text == text);
    CHECK(accompanied->descriptor);
  }
}

TEST_CASE("the end of the other side is no message") {
  const Fd listener = listen_as(own_name());
  Fd client = connect_to(own_name());
  const Fd server = accept_owner(listener.get());
  client.reset();
  CHECK_FALSE(receive_message(server.get()));
}

TEST_CASE("a name that is taken, too long or nobody's is the user's to mend") {
  const std::string name = own_name();
  const Fd listener = listen_as(name);
  CHECK_THROWS_WITH_AS(
      listen_as(name),
      ("a lab named \"" + name + "\" is up already: `segue down " + name + "`, or another --name").c_str(), InputError);
  CHECK_THROWS_AS(listen_as(std::string(200, 'x')), InputError);
  CHECK_THROWS_AS(connect_to("nobody-" + name), InputError);
}

TEST_CASE("a name by which nobody could reach a lab is refused before there is one") {
  const auto said = [](const std::string& name) -> std::string {
    try {
      check_lab_name(name);
    } catch (const InputError& error) {
      CHECK_THROWS_WITH_AS(listen_as(name), error.what(), InputError);
      return error.what();
    }
    return {};
  };
  CHECK(said("-dash") == "lab name \"-dash\": commands would take it for an option; give it another with --name");
  CHECK(said("two\nlines") ==
        "lab name \"two?lines\": it has characters that cannot be printed; give it another with --name");
  CHECK(said("") == "lab name \"\": it is empty; give it another with --name");
  for (const char* bad :
       {"\x7f", "bad\xff", "cut\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc2\x85", "\x80"}) {
    CHECK(said(bad).find("cannot be printed") != std::string::npos);
  }
  for (const char* good : {"a", "my lab", "Größe", "実験", "\xf0\x9f\x93\xb6", "a-b.c_d"}) CHECK(said(good).empty());
  CHECK_FALSE(said(std::string(200, 'x')).empty());
}

TEST_CASE("who listens is found from the other end, accepted or not, until it has gone") {
  Fd listener = listen_as(own_name());
  const Fd client = connect_to(own_name());
  const Fd process = listener_behind(client.get());
  REQUIRE(process);
  CHECK(pid_of(process) == ::getpid());
  listener.reset();
  CHECK_FALSE(listener_behind(client.get()));
}
