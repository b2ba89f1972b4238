#include "tools/support/folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <span>

#include "ir/atomic_file.h"
#include "ir/error.h"

namespace nc {
namespace {

namespace fs = std::filesystem;

// A new folder beside `target`, gone at the end unless it was moved away.
class Beside {
 public:
  explicit Beside(const fs::path& target) {
    std::string pattern = target.string() + ".tmp-XXXXXX";
    if (!mkdtemp(pattern.data())) {
      throw Error(target.string() + ": cannot write: " + std::strerror(errno));
    }
    path_ = pattern;
    fs::permissions(path_, fs::perms(0777 & ~mask()));
  }
  ~Beside() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Beside(const Beside&) = delete;
  Beside& operator=(const Beside&) = delete;

  const fs::path& path() const { return path_; }

 private:
  static mode_t mask() {
    mode_t now = ::umask(0);
    ::umask(now);
    return now;
  }

  fs::path path_;
};

// While one lives, SIGINT and SIGTERM wait: what was begun is put away first.
class HeldSignals {
 public:
  HeldSignals() {
    sigset_t held;
    sigemptyset(&held);
    sigaddset(&held, SIGINT);
    sigaddset(&held, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &held, &before_);
  }
  ~HeldSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

  static bool any_waits() {
    sigset_t waiting;
    sigpending(&waiting);
    return sigismember(&waiting, SIGINT) == 1 ||
           sigismember(&waiting, SIGTERM) == 1;
  }

 private:
  sigset_t before_;
};

// Where the folder lies, links followed and without a slash at its end.
fs::path resolved(const std::string& path) {
  std::error_code error;
  fs::path target = fs::weakly_canonical(path, error);
  if (error) throw Error(path + ": " + error.message());
  return target.has_filename() ? target : target.parent_path();
}

void write_files(const fs::path& folder,
                 const std::vector<ProjectFile>& files) {
  for (const ProjectFile& each : files) {
    if (HeldSignals::any_waits()) throw Error("interrupted");
    fs::path path = folder / each.name;
    fs::create_directories(path.parent_path());
    write_atomically(path, std::as_bytes(std::span(each.content)));
    if (!each.is_program) continue;
    auto all =
        fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec;
    fs::permissions(path, all, fs::perm_options::add);
  }
}

// Exchanges the two where the file system can, so that there is always one at
// `target`; what was there is left at `folder`.
void take_place(const fs::path& folder, const fs::path& target) {
  if (::rename(folder.c_str(), target.c_str()) == 0) return;
  if (::renameat2(AT_FDCWD, folder.c_str(), AT_FDCWD, target.c_str(),
                  RENAME_EXCHANGE) == 0) {
    return;
  }
  fs::path old = folder.string() + ".old";
  fs::rename(target, old);
  fs::rename(folder, target);
  fs::rename(old, folder);
}

}  // namespace

void require_writable_folder(const std::string& path, const std::string& marker,
                             bool replace, const std::string& option) {
  if (path.empty() || path == "-") {
    throw Error("-o: expected the name of a folder, found '" + path + "'");
  }
  try {
    fs::path target = resolved(path);
    if (!fs::exists(target)) return;
    if (!fs::is_directory(target)) throw Error(path + ": is no folder");
    if (fs::is_empty(target)) return;
    if (!fs::exists(target / marker)) {
      throw Error(path +
                  ": is not a folder that nc-hls has written (it holds no " +
                  marker + ")");
    }
  } catch (const fs::filesystem_error& error) {
    throw Error(path + ": " + error.code().message());
  }
  if (!replace) throw Error(path + ": exists; " + option + " replaces it");
}

void write_folder(const std::string& path,
                  const std::vector<ProjectFile>& files,
                  const std::string& marker, bool replace) {
  try {
    require_writable_folder(path, marker, replace);
    fs::path target = resolved(path);
    HeldSignals held;
    Beside folder(target);
    write_files(folder.path(), files);
    take_place(folder.path(), target);
  } catch (const fs::filesystem_error& error) {
    throw Error(path + ": cannot write: " + error.code().message());
  }
}

}  // namespace nc
