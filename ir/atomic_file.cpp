#include "ir/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "ir/error.h"

namespace nc {
namespace {

[[noreturn]] void fail(const std::string& path, const std::string& what) {
  throw Error(path + ": " + what + ": " + std::strerror(errno));
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    // Standard input and output are the process's own.
    if (number_ > STDERR_FILENO) ::close(number_);
  }
  int get() const { return number_; }

 private:
  int number_;
};

void write_all(const Descriptor& file, Bytes bytes, const std::string& path) {
  while (!bytes.empty()) {
    ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(path, "cannot write");
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
}

// Calls create(name) with names next to `path` until one was free, and sets
// the name. An earlier process of this number may have been killed and left its
// file.
template <class Create>
int create_beside(const std::string& path, std::string& name,
                  const Create& create) {
  constexpr int kAttempts = 100;
  for (int attempt = 0;; ++attempt) {
    name = path + ".tmp" + std::to_string(::getpid()) + "-" +
           std::to_string(attempt);
    int result = create(name.c_str());
    if (result >= 0 || errno != EEXIST || attempt == kAttempts) return result;
  }
}

// Where the file system can, a file without a name, of which nothing is left
// when we are killed; `name` stays empty.
int open_for_writing(const std::string& path, std::string& name) {
  constexpr mode_t kMode = 0666;
  size_t slash = path.find_last_of('/');
  std::string folder =
      slash == std::string::npos ? "." : path.substr(0, slash + 1);
  int file = ::open(folder.c_str(), O_WRONLY | O_TMPFILE | O_CLOEXEC, kMode);
  if (file >= 0) return file;
  return create_beside(path, name, [&](const char* free_name) {
    return ::open(free_name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kMode);
  });
}

// A temporary file that is gone unless it was moved to its place.
class Temporary {
 public:
  explicit Temporary(const std::string& path)
      : file_(open_for_writing(path, name_)) {
    if (file_.get() < 0) fail(path, "cannot write");
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  ~Temporary() {
    if (!moved_ && !name_.empty()) ::unlink(name_.c_str());
  }

  void write(Bytes bytes, const std::string& path) {
    write_all(file_, bytes, path);
    if (::fsync(file_.get()) != 0) fail(path, "cannot write");
  }

  void move_to(const std::string& path) {
    if (name_.empty() && give_name(path) != 0) fail(path, "cannot write");
    if (::rename(name_.c_str(), path.c_str()) != 0) fail(path, "cannot write");
    moved_ = true;
  }

 private:
  // rename() takes no file without a name, link() replaces none.
  int give_name(const std::string& path) {
    std::string self = "/proc/self/fd/" + std::to_string(file_.get());
    return create_beside(path, name_, [&](const char* free_name) {
      return ::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, free_name,
                      AT_SYMLINK_FOLLOW);
    });
  }

  std::string name_;
  Descriptor file_;
  bool moved_ = false;
};

bool is_special(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode);
}

// Renaming would put a file in the place of a symbolic link.
std::string resolved(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0 || !S_ISLNK(status.st_mode)) {
    return path;
  }
  std::unique_ptr<char, void (*)(void*)> target(
      ::realpath(path.c_str(), nullptr), std::free);
  return target ? target.get() : path;
}

std::vector<std::byte> read_all(const Descriptor& file, size_t limit,
                                const std::string& path) {
  std::vector<std::byte> bytes;
  size_t used = 0;
  while (true) {
    if (used == bytes.size()) bytes.resize(std::max<size_t>(1 << 16, 2 * used));
    ssize_t count =
        ::read(file.get(), bytes.data() + used, bytes.size() - used);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail(path, "cannot read");
    if (count == 0) break;
    used += static_cast<size_t>(count);
    if (used > limit) {
      throw Error(path + ": more than " + std::to_string(limit) + " bytes");
    }
  }
  bytes.resize(used);
  return bytes;
}

}  // namespace

void write_atomically(const std::string& path, Bytes bytes) {
  if (path == "-") {
    write_all(Descriptor(STDOUT_FILENO), bytes, "standard output");
  } else if (is_special(path)) {
    Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (file.get() < 0) fail(path, "cannot write");
    write_all(file, bytes, path);
  } else {
    std::string target = resolved(path);
    Temporary temporary(target);
    temporary.write(bytes, path);
    temporary.move_to(target);
  }
}

std::vector<std::byte> read_whole(const std::string& path, size_t limit) {
  if (path == "-") {
    return read_all(Descriptor(STDIN_FILENO), limit, "standard input");
  }
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) fail(path, "cannot read");
  return read_all(file, limit, path);
}

}  // namespace nc
