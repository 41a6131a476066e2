// What libsndfile does not know, M4A, AAC, WebM and such, through the program ffmpeg.
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "client/audio_source.h"
#include "client/layout.h"

extern char** environ;

namespace ds {
namespace {

// The recording comes by its descriptor: its name, which may look like an option, an address or a
// list of files, is not told, and nothing else is opened.
constexpr int kRecording = 3;
constexpr const char* kCommand[] = {
    "ffmpeg",         "-nostdin", "-v",    "error", "-protocol_whitelist", "file,pipe", "-i",
    "file:/dev/fd/3", "-map",     "0:a:0", "-c:a",  "pcm_s16le",           "-f",        "wav",
    "pipe:1",         nullptr};

// The program while it runs; what it says goes into a file of its own.
class Ffmpeg {
 public:
  Ffmpeg(const Input& recording, Fd output)
      : log_(Fd::Temporary()), recording_(Fd::Duplicate(recording.fd())) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    // In an order that overwrites none that is still needed.
    posix_spawn_file_actions_adddup2(&actions, log_.get(), STDERR_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output.get(), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, recording_.get(), kRecording);
    error_ = posix_spawnp(&process_, kCommand[0], &actions, nullptr,
                          const_cast<char* const*>(kCommand), environ);
    posix_spawn_file_actions_destroy(&actions);
  }
  ~Ffmpeg() {
    if (process_ > 0) kill(process_, SIGKILL);
    Wait();
  }
  Ffmpeg(const Ffmpeg&) = delete;
  Ffmpeg& operator=(const Ffmpeg&) = delete;

  bool is_missing() const { return error_ == ENOENT; }
  int error() const { return error_; }

  // Waits for its end; gives the last line of what it said, empty if all went well.
  std::string Complaint() {
    Wait();
    lseek(log_.get(), 0, SEEK_SET);
    const Input log(std::move(log_));
    std::string text(static_cast<size_t>(log.size()), '\0');
    text.resize(log.ReadAt(0, text.data(), text.size()));
    while (!text.empty() && text.back() == '\n') text.pop_back();
    const size_t line = text.rfind('\n');
    return line == std::string::npos ? text : text.substr(line + 1);
  }

 private:
  void Wait() {
    while (process_ > 0 && waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
    }
    process_ = -1;
  }

  Fd log_;
  const Fd recording_;
  pid_t process_ = -1;
  int error_ = 0;
};

class FfmpegSource : public AudioSource {
 public:
  FfmpegSource(std::unique_ptr<Ffmpeg> program, std::unique_ptr<AudioSource> wav,
               const Layout& layout)
      : program_(std::move(program)), wav_(std::move(wav)), is_cut_(layout.cut) {
    if (layout.parts.size() > 1) Note(kFirstOnly);
    rate_ = wav_->rate();
    channels_ = wav_->channels();
    for (const std::string& note : wav_->notes()) {
      if (note != kUnsized) Note(note);  // it comes from a pipe
    }
  }

  size_t Read(float* mono, size_t count) override {
    const size_t got = program_ ? wav_->Read(mono, count) : 0;
    if (got == 0 && program_) {
      if (!program_->Complaint().empty()) Note(kDamaged);
      if (is_cut_) Note(kShort);
      program_ = nullptr;
    }
    return got;
  }

 private:
  std::unique_ptr<Ffmpeg> program_;
  const std::unique_ptr<AudioSource> wav_;
  const bool is_cut_;  // which ffmpeg does not tell
};

}  // namespace

std::unique_ptr<AudioSource> OpenFfmpeg(const std::string& path, SharedInput input, Reader reader,
                                        std::string* why_not) {
  const Layout layout = FindParts(*input, reader);
  auto [from, to] = Fd::Pipe();
  auto program = std::make_unique<Ffmpeg>(*input, std::move(to));
  if (program->error() != 0) {
    *why_not = program->is_missing()
                   ? "that needs the program ffmpeg: apt install ffmpeg"
                   : std::string("ffmpeg cannot be started: ") + std::strerror(program->error());
    return nullptr;
  }
  auto output = std::make_shared<Input>(std::move(from));
  if (output->Peek(12).size() < 12) {
    *why_not = program->Complaint();
    return nullptr;
  }
  std::string unused;
  auto wav = OpenWav(path, std::move(output), &unused);
  if (!wav) return nullptr;
  return std::make_unique<FfmpegSource>(std::move(program), std::move(wav), layout);
}

}  // namespace ds
