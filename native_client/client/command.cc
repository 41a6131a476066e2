#include "client/command.h"

#include <dirent.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <new>
#include <set>
#include <system_error>
#include <thread>

#include "base/error.h"
#include "base/file.h"
#include "base/utf8.h"
#include "base/whole_file.h"
#include "client/alignment.h"
#include "client/heard.h"
#include "client/named_model.h"
#include "client/recogniser.h"

namespace ds {
namespace {

namespace fs = std::filesystem;

volatile sig_atomic_t interrupted = 0;

// While it lives, the first Ctrl-C ends the reading of standard input; the second ends the program.
class InterruptGuard {
 public:
  InterruptGuard() {
    struct sigaction action = {};
    action.sa_handler = [](int) { interrupted = 1; };
    action.sa_flags = static_cast<int>(SA_RESETHAND);  // and no SA_RESTART: fread returns
    sigaction(SIGINT, &action, &old_);
  }
  ~InterruptGuard() { sigaction(SIGINT, &old_, nullptr); }
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

 private:
  struct sigaction old_;
};

// While it lives, what other libraries print on standard error is lost: libmpg123 comments on bits
// that are wrong. What the system or a sanitizer says of a crash is not: it goes by number.
class QuietLibraries {
 public:
  QuietLibraries() {
#ifdef __GLIBC__  // elsewhere the name is a constant
    if (nowhere_) stderr = nowhere_.get();
#endif
  }
  ~QuietLibraries() {
#ifdef __GLIBC__
    stderr = talk_;
#endif
  }
  QuietLibraries(const QuietLibraries&) = delete;
  QuietLibraries& operator=(const QuietLibraries&) = delete;

 private:
  std::FILE* const talk_ = stderr;
  const OutputFile nowhere_ = OpenNowhere();
};

// Standard error, shared by the jobs: whole lines, and on a terminal one that is rewritten.
class Talk {
 public:
  void Line(const std::string& text) { Line("", text.c_str()); }
  void Line(const char* before, const char* text) {  // where there may be no memory
    std::lock_guard<std::mutex> lock(mutex_);
    std::fprintf(stream_, "%s%s%s\n", terminal_ ? "\r\033[K" : "", before, text);
  }
  // The end of a long text is what is new.
  void Rewrite(const std::string& text) {
    if (!terminal_) return Line(text);
    constexpr size_t kColumns = 78;
    size_t from = text.size() > kColumns ? text.size() - kColumns : 0;
    while (from < text.size() && (text[from] & 0xC0) == 0x80) ++from;  // not within a letter
    std::lock_guard<std::mutex> lock(mutex_);
    std::fprintf(stream_, "\r\033[K%s", text.c_str() + from);
  }
  void Clear() {
    if (terminal_) std::fputs("\r\033[K", stream_);
  }
  bool terminal() const { return terminal_; }

 private:
  std::mutex mutex_;
  std::FILE* const stream_ = stderr;
  const bool terminal_ = isatty(STDERR_FILENO);
};

// Writes to standard output; 0, or the errno of the failure.
int Print(const std::string& text) {
  errno = 0;
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  return std::fflush(stdout) == 0 && written ? 0 : errno;
}

const char* Reason(const std::exception& error) {
  return dynamic_cast<const std::bad_alloc*>(&error) ? "not enough memory" : error.what();
}

Error NotPrinted(int error) {
  return Error(std::string("standard output: ") + std::strerror(error));
}

bool IsAudioName(const fs::path& path) {
  static const std::set<std::string> suffixes = {
      ".wav", ".wave", ".w64", ".rf64", ".bw64", ".flac", ".ogg", ".oga",  ".opus",
      ".spx", ".mp3",  ".mp2", ".aif",  ".aiff", ".aifc", ".au",  ".snd",  ".caf",
      ".sph", ".nist", ".voc", ".m4a",  ".m4b",  ".mp4",  ".aac", ".webm", ".mka",
      ".mkv", ".mov",  ".wma", ".amr",  ".3gp",  ".wv",   ".ape"};
  std::string suffix = path.extension().string();
  std::transform(suffix.begin(), suffix.end(), suffix.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return suffixes.count(suffix) > 0;
}

// Folders become the recordings in them, by name. A link that leads nowhere is for the reader to
// complain about; a pipe would be waited for. `say` gets a line for what is passed over.
std::vector<std::string> ExpandFolders(const std::vector<std::string>& paths,
                                       const std::function<void(const std::string&)>& say) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (path == "-" || !fs::is_directory(path, error)) {
      files.push_back(path);
      continue;
    }
    std::vector<std::string> found, others;
    // Not by std::filesystem, which ends the program where memory is lacking.
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir(path.c_str()), closedir);
    if (!folder) throw Error(path + ": " + std::strerror(errno));
    while (const dirent* entry = readdir(folder.get())) {
      const std::string file = (fs::path(path) / entry->d_name).string();
      struct stat status;
      if (stat(file.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) continue;
      if (IsAudioName(file)) {
        found.push_back(file);
      } else if (*entry->d_name != '.') {
        others.push_back(file);
      }
    }
    if (found.empty()) {
      throw Error(path +
                  ": no recording in this folder: expected .wav, .flac, .ogg, "
                  ".opus, .mp3, .m4a or the like");
    }
    if (!others.empty()) {
      say(path + ": passed over " + std::to_string(others.size()) +
          (others.size() == 1 ? " file" : " files") +
          ", whose names are not those of recordings, such as " +
          fs::path(*std::min_element(others.begin(), others.end())).filename().string());
    }
    std::sort(found.begin(), found.end());
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

// Whether standard output has the form in which the command of 0.9.3 printed a folder.
bool PrintsAsFolder(const Options& options) {
  std::error_code error;
  return options.keywords.empty() && options.audio.size() == 1 &&
         fs::is_directory(options.audio.front(), error) && options.json_style == JsonStyle::kCpp &&
         !options.lines && options.output_dir.empty() &&
         (options.format == Format::kText || options.format == Format::kJson);
}

// The text that --align names.
std::string ReadText(const std::string& path) {
  if (path.empty()) return "";
  std::string text;
  try {
    text = ReadAll(path);
  } catch (const Error& e) {
    throw Error(path + ": " + e.what());
  }
  if (text.find('\0') != std::string::npos) {
    throw Error(path +
                ": holds a NUL byte: expected text in UTF-8 (from UTF-16: iconv -f UTF-16 -t "
                "UTF-8)");
  }
  if (const size_t at = FindBroken(text); at != std::string::npos) {
    throw Error(path + ":" + std::to_string(1 + std::count(text.begin(), text.begin() + at, '\n')) +
                ": holds a byte that is no UTF-8 (from Latin-1: iconv -f LATIN1 -t UTF-8)");
  }
  return text;
}

double ProcessorSeconds(bool of_thread) {
  timespec time;
  clock_gettime(of_thread ? CLOCK_THREAD_CPUTIME_ID : CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// One run of the command.
class Command {
 public:
  explicit Command(const Options& options)
      : options_(options),
        paths_(ExpandFolders(options.audio, [this](const std::string& line) { talk_.Line(line); })),
        text_(ReadText(options.align)),
        several_(paths_.size() > 1),
        as_folder_(PrintsAsFolder(options)) {
    if (several_ && !options.align.empty()) {
      throw UsageError("--align takes one recording, not a folder of " +
                       std::to_string(paths_.size()));
    }
    CheckOutputs();
  }

  int Run() {
    recogniser_ = std::make_unique<Recogniser>(
        options_, [this](const std::string& line) { talk_.Line(line); });
    if (options_.output_dir.empty()) Output(Heading(options_.format));
    if (as_folder_) Output("Running on directory " + options_.audio.front() + '\n');
    outputs_.resize(paths_.size());
    RunJobs();
    if (unwritable_) throw NotPrinted(unwritable_);
    return interrupted ? 130 : failed_ ? 1 : 0;
  }

 private:
  void CheckOutputs() {
    const bool subtitles = options_.format == Format::kSrt || options_.format == Format::kVtt;
    if (options_.output_dir.empty()) {
      if (several_ && subtitles) {
        throw UsageError("subtitles of several recordings need --output_dir FOLDER");
      }
      return;
    }
    MakeOutputFolder();
    std::set<std::string> names;
    for (const std::string& path : paths_) {
      if (!names.insert(OutputPath(path)).second) {
        throw UsageError("two recordings would be written to " + OutputPath(path));
      }
    }
  }

  void MakeOutputFolder() const {
    const std::string& folder = options_.output_dir;
    std::error_code error;
    fs::create_directories(folder, error);
    if (!error && access(folder.c_str(), W_OK | X_OK) == 0) return;
    const int number = error ? error.value() : errno;
    const char* reason = number == EEXIST ? std::strerror(ENOTDIR) : std::strerror(number);
    throw Error("--output_dir '" + folder + "': " + reason +
                ": expected a folder that can be written, or a name for a new one");
  }

  // What precedes a recording's text in the form of 0.9.3.
  std::string FolderLine(const std::string& path) const {
    return as_folder_ ? "> " + path + '\n' : "";
  }

  std::string OutputPath(const std::string& path) const {
    const std::string stem = path == "-" ? "stdin" : fs::path(path).stem().string();
    const char* suffix = options_.align.empty() ? Suffix(options_.format) : Suffix(align_format());
    return (fs::path(options_.output_dir) / (stem + suffix)).string();
  }

  // As many at a time as --jobs says, and as the machine can make use of.
  void RunJobs() {
    const unsigned most = 4 * std::max(4u, std::thread::hardware_concurrency());
    if (options_.jobs > most && paths_.size() > most) {
      talk_.Line("--jobs " + std::to_string(options_.jobs) +
                 " is more than this machine can use: " + std::to_string(most) + " at a time");
    }
    const size_t jobs = std::min<size_t>({options_.jobs, paths_.size(), most});
    std::vector<std::thread> threads;
    threads.reserve(jobs);
    try {
      for (size_t i = 1; i < jobs; ++i) threads.emplace_back([this] { Work(); });
    } catch (const std::exception&) {
      // The system gives no more threads: those that are there do the work.
    }
    Work();
    for (std::thread& thread : threads) thread.join();
  }

  // Takes recordings until there are no more. Nothing that it does itself needs memory: an
  // exception would end the program.
  void Work() noexcept {
    for (;;) {
      size_t index;
      {
        std::lock_guard<std::mutex> lock(mutex_);
        if (next_ == paths_.size() || interrupted || unwritable_) return;
        index = next_++;
      }
      std::string output;
      bool ok = false;
      try {
        output = !options_.align.empty()      ? Align(paths_[index])
                 : !options_.keywords.empty() ? Listen(index)
                 : options_.segment           ? TranscribeSegments(index)
                                              : Transcribe(index);
        ok = true;
      } catch (const std::exception& e) {
        talk_.Line("deepspeech: ", Reason(e));
      }
      std::lock_guard<std::mutex> lock(mutex_);
      failed_ = failed_ || !ok;
      outputs_[index].first = true;
      outputs_[index].second = std::move(output);
      // In the order of the command line, whoever is ready first.
      for (; printed_ < outputs_.size() && outputs_[printed_].first; ++printed_) {
        Output(outputs_[printed_].second);
        outputs_[printed_].second.clear();
      }
    }
  }

  std::string Transcribe(size_t index) {
    const std::string& path = paths_[index];
    const bool from_stdin = path == "-";
    std::unique_ptr<InterruptGuard> guard;
    if (from_stdin) guard = std::make_unique<InterruptGuard>();

    AudioReader audio(path, recogniser_->sample_rate());
    if (ShowsGrowth()) Output(FolderLine(path));
    const unsigned candidates = options_.format == Format::kJson ? options_.candidates : 1;
    const double processor = ProcessorSeconds(options_.jobs > 1);
    double took = 0;
    const Transcript transcript =
        recogniser_->Run(path, &audio, candidates, MakeProgress(audio, from_stdin), &took);
    const double used = ProcessorSeconds(options_.jobs > 1) - processor;
    Report(index, audio, took, transcript.seconds);
    std::string output = ShowsGrowth() ? "" : FolderLine(path);
    output += Write(transcript, options_, Named());
    return Deliver(path, std::move(output), used);
  }

  bool Named() const { return several_ && !as_folder_ && options_.output_dir.empty(); }

  // Says what was noticed about a recording, and how long it took.
  void Report(size_t index, const AudioReader& audio, double took, double seconds) {
    const std::string& path = paths_[index];
    talk_.Clear();
    for (const std::string& note : audio.notes()) talk_.Line(path + " " + note);
    if (seconds == 0) throw AudioError(path, "contains no samples");
    std::string counted;
    if (several_) {
      counted = "[" + std::to_string(index + 1) + "/" + std::to_string(paths_.size()) + "] " +
                path + ": ";
    }
    talk_.Line(counted + Speed(took, seconds));
  }

  // Writes a recording's output to its file, or returns it, with the processor's seconds if wanted.
  std::string Deliver(const std::string& path, std::string output, double used) const {
    if (!options_.output_dir.empty()) {
      WriteFile(path, Heading(options_.format) + output);
      output.clear();
    }
    if (options_.times) {
      char line[80];
      std::snprintf(line, sizeof line, "cpu_time_overall=%.05f\n", used);
      output += line;
    }
    return output;
  }

  // An utterance after the other, each as soon as it has ended where that keeps the order;
  // subtitles and tables have them all.
  std::string TranscribeSegments(size_t index) {
    const std::string& path = paths_[index];
    const bool from_stdin = path == "-";
    std::unique_ptr<InterruptGuard> guard;
    if (from_stdin) guard = std::make_unique<InterruptGuard>();

    AudioReader audio(path, recogniser_->sample_rate());
    const bool each = options_.format == Format::kText || options_.format == Format::kJson;
    const bool at_once = each && !several_ && options_.output_dir.empty();
    std::string output = FolderLine(path);
    if (at_once) {
      Output(output);
      output.clear();
    }
    Transcript all;
    all.path = path;
    const double processor = ProcessorSeconds(options_.jobs > 1);
    double took = 0;
    all.seconds = recogniser_->RunSegments(
        path, &audio, *options_.segment, options_.format == Format::kJson ? options_.candidates : 1,
        MakeProgress(audio, from_stdin), &took, [&](const Transcript& utterance) {
          if (!each) return Append(utterance, &all);
          const std::string text = Write(utterance, options_, Named());
          if (!at_once) {
            output += text;
            return;
          }
          talk_.Clear();
          Output(text);
        });
    const double used = ProcessorSeconds(options_.jobs > 1) - processor;
    Report(index, audio, took, all.seconds);
    if (all.candidates.empty()) all.candidates.emplace_back();
    if (!each) output += Write(all, options_, Named());
    return Deliver(path, std::move(output), used);
  }

  // The keywords of a recording, each as soon as it was heard where that keeps the order.
  std::string Listen(size_t index) {
    const std::string& path = paths_[index];
    const bool from_stdin = path == "-";
    std::unique_ptr<InterruptGuard> guard;
    if (from_stdin) guard = std::make_unique<InterruptGuard>();

    AudioReader audio(path, recogniser_->sample_rate());
    const bool at_once = !several_ && options_.output_dir.empty();
    const bool named = several_ && options_.output_dir.empty();
    std::string output;
    const double processor = ProcessorSeconds(options_.jobs > 1);
    double took = 0;
    Progress progress = MakeProgress(audio, from_stdin);
    const double seconds = recogniser_->Listen(
        path, &audio, options_.keywords, progress, &took, [&](const HeardKeyword& heard) {
          const std::string line = Write(heard, named ? path : "", options_.format);
          if (!at_once) {
            output += line;
            return;
          }
          talk_.Clear();
          Output(line);
        });
    const double used = ProcessorSeconds(options_.jobs > 1) - processor;
    Report(index, audio, took, seconds);
    return Deliver(path, std::move(output), used);
  }

  std::string Align(const std::string& path) {
    AudioReader audio(path, recogniser_->sample_rate());
    double took = 0;
    const AlignmentPointer found = recogniser_->Align(path, &audio, {options_.align, text_},
                                                      MakeProgress(audio, false), &took);
    talk_.Clear();
    for (const std::string& note : audio.notes()) talk_.Line(path + " " + note);
    talk_.Line(Speed(took, found->duration));
    talk_.Line(path + ": " + Summary(*found));
    const AlignUnit unit = options_.align_by.value_or(UsualUnit(align_format()));
    const std::string output = Write(*found, path, align_format(), unit);
    if (options_.output_dir.empty()) return output;
    WriteFile(path, output);
    return "";
  }

  AlignFormat align_format() const { return options_.align_format.value_or(AlignFormat::kJson); }

  static std::string Speed(double took, double seconds) {
    char line[160];
    std::snprintf(line, sizeof line, "Inference took %.3fs for %.3fs audio file.", took, seconds);
    return line;
  }

  void WriteFile(const std::string& path, const std::string& output) const {
    WholeFile file(OutputPath(path));
    file.Write(output);
    file.Commit(false);
  }

  // As 0.9.3's --stream: on standard output, where scripts look for it.
  bool ShowsGrowth() const { return options_.stream && options_.format == Format::kText; }

  Progress MakeProgress(const AudioReader& audio, bool from_stdin) {
    Progress progress;
    progress.live = from_stdin;
    progress.piece = options_.stream;
    if (ShowsGrowth()) {
      progress.changed = [this](const std::string& text) { Output(text + '\n'); };
    } else if (options_.stream || from_stdin) {
      progress.changed = [this](const std::string& text) { talk_.Rewrite(text); };
    } else if (options_.jobs == 1 && audio.announced_seconds() > 20) {
      const double all = audio.announced_seconds();
      const std::time_t start = std::time(nullptr);
      const double every = talk_.terminal() ? 0 : 30;
      progress.fed = [this, all, start, every, last = 0.0](double seconds) mutable {
        const double spent = std::difftime(std::time(nullptr), start);
        if (spent < 2 || seconds > all) return;  // several recordings may follow
        if (spent < last + every) return;
        last = spent;
        char line[80];
        std::snprintf(line, sizeof line, "%3.0f %% of %.0fs, %.0fs to go", 100 * seconds / all, all,
                      spent * (all / seconds - 1));
        talk_.Rewrite(line);
      };
    }
    return progress;
  }

  void Output(const std::string& text) {
    if (const int error = Print(text)) unwritable_ = error;
  }

  Talk talk_;
  const QuietLibraries quiet_;  // when the one who talks has the stream
  const Options options_;
  const std::vector<std::string> paths_;
  const std::string text_;  // to be aligned
  const bool several_;
  const bool as_folder_;
  std::unique_ptr<Recogniser> recogniser_;
  std::mutex mutex_;
  size_t next_ = 0, printed_ = 0;
  std::vector<std::pair<bool, std::string>> outputs_;  // ready?, text
  bool failed_ = false;
  std::atomic<int> unwritable_{0};  // errno of standard output
};

// A name stands for a model and for what belongs to it, unless something else is said to be heard.
Options WithNamedModel(Options options) {
  const std::optional<NamedModel> named = FindModel(options.model);
  if (!named) return options;
  options.model = named->path;
  if (options.scorer.empty() && options.grammar.empty() && options.keywords.empty() &&
      options.align.empty()) {
    options.scorer = named->scorer;
    if (options.scorer.empty()) options.grammar = named->grammar;
  }
  return options;
}

int PrintModels() {
  const std::vector<NamedModel> models = ListModels();
  size_t width = 0;
  for (const NamedModel& model : models) width = std::max(width, model.name.size());
  std::string text;
  for (const NamedModel& model : models) {
    text += model.name;
    if (!model.title.empty()) {
      text += std::string(width - model.name.size() + 2, ' ') + model.title;
    }
    text += '\n';
  }
  if (models.empty()) {
    std::fprintf(stderr, "deepspeech: no models in %s\n", ModelFolders().front().c_str());
  }
  const int error = Print(text);
  if (error) throw NotPrinted(error);
  return 0;
}

}  // namespace

int RunCommand(const std::vector<std::string>& arguments, JsonStyle style) {
  try {
    HoldStandardStreams();
    Options options = ParseOptions(arguments, style);
    if (options.help || options.version) {
      const std::unique_ptr<char, decltype(&DS_FreeString)> version(DS_Version(), DS_FreeString);
      if (!version) throw std::bad_alloc();
      // Python's print put a second space between the two.
      const std::string name = style == JsonStyle::kPython ? "DeepSpeech  " : "DeepSpeech ";
      const int error = Print(options.help ? kHelp : name + version.get() + "\n");
      if (error) throw NotPrinted(error);
      return 0;
    }
    if (options.list_models) return PrintModels();
    return Command(WithNamedModel(std::move(options))).Run();
  } catch (const UsageError& e) {
    std::fprintf(stderr, "deepspeech: %s\nTry 'deepspeech --help'.\n", e.what());
    return 2;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "deepspeech: %s\n", Reason(e));
    return 1;
  }
}

}  // namespace ds
