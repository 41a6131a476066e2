#include "client/recogniser.h"

#include <algorithm>
#include <chrono>
#include <cstring>

namespace ds {
namespace {

using Clock = std::chrono::steady_clock;

double Seconds(Clock::duration time) { return std::chrono::duration<double>(time).count(); }

// Adds the time of its life to a sum.
class Stopwatch {
 public:
  explicit Stopwatch(double* sum) : sum_(sum) {}
  ~Stopwatch() { *sum_ += Seconds(Clock::now() - start_); }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  double* sum_;
  Clock::time_point start_ = Clock::now();
};

struct MetadataFreer {
  void operator()(Metadata* metadata) const { DS_FreeMetadata(metadata); }
};
struct StringFreer {
  void operator()(char* text) const { DS_FreeString(text); }
};
struct StreamFreer {
  void operator()(StreamingState* stream) const { DS_FreeStream(stream); }
};
using Stream = std::unique_ptr<StreamingState, StreamFreer>;
struct AlignStreamFreer {
  void operator()(AlignStream* stream) const { DS_FreeAlignStream(stream); }
};

std::string ErrorMessage(int code) {
  const std::unique_ptr<char, StringFreer> text(DS_ErrorCodeToErrorMessage(code));
  return text ? text.get() : "";
}

void Check(const std::string& what, int code) {
  if (code != DS_ERR_OK) throw CallError(what, code);
}

// Of calls that give no code, but a result or nothing.
[[noreturn]] void Failed(const std::string& path) { throw CallError(path, DS_ERR_FAIL_RUN_SESS); }

// Loads something and says so, in the words of 0.9.3.
void LoadSaying(const std::string& thing, const std::string& from,
                const std::function<void(const std::string&)>& say,
                const std::function<void()>& load) {
  say("Loading " + thing + " from " + from);
  double took = 0;
  {
    Stopwatch watch(&took);
    load();
  }
  char line[80];
  std::snprintf(line, sizeof line, "Loaded %s in %.4fs.", thing.c_str(), took);
  say(line);
}

bool IsSpace(const TokenMetadata& token) { return std::strcmp(token.text, " ") == 0; }

std::vector<TimedWord> CutWords(const CandidateTranscript& transcript) {
  std::vector<TimedWord> words;
  TimedWord word = {};
  for (unsigned i = 0; i < transcript.num_tokens; ++i) {
    const TokenMetadata& token = transcript.tokens[i];
    const bool space = IsSpace(token);
    if (!space) {
      if (word.text.empty()) word.start = token.start_time;
      word.text += token.text;
    }
    if (space || i + 1 == transcript.num_tokens) {  // empty too, as there
      word.duration = std::max(0.0, token.start_time - word.start);
      words.push_back(word);
      word = {};
    }
  }
  return words;
}

// The letters from token *at on to the next space, where *at is afterwards.
std::vector<SpokenLetter> TakeLetters(const CandidateTranscript& transcript, unsigned* at) {
  std::vector<SpokenLetter> letters;
  while (*at < transcript.num_tokens && IsSpace(transcript.tokens[*at])) ++*at;
  for (; *at < transcript.num_tokens && !IsSpace(transcript.tokens[*at]); ++*at) {
    letters.push_back({transcript.tokens[*at].text, transcript.tokens[*at].start_time});
  }
  return letters;
}

Candidate ToCandidate(const Metadata& metadata, unsigned index) {
  const CandidateTranscript& transcript = metadata.transcripts[index];
  Candidate candidate;
  candidate.confidence = transcript.confidence;
  for (unsigned i = 0; i < transcript.num_tokens; ++i) candidate.text += transcript.tokens[i].text;
  candidate.timed_words = CutWords(transcript);
  unsigned count = 0, letter = 0;
  const WordMetadata* words = DS_GetWords(&metadata, index, &count);
  for (unsigned i = 0; i < count; ++i) {
    candidate.words.push_back({words[i].text, words[i].start_time, words[i].end_time,
                               words[i].confidence, TakeLetters(transcript, &letter)});
  }
  return candidate;
}

}  // namespace

CallError::CallError(const std::string& what, int code)
    : Error(code, [&] {
        char hex[16];
        std::snprintf(hex, sizeof hex, " (0x%X)", static_cast<unsigned>(code));
        const std::string detail = DS_LastError();  // lives until the next call only
        std::string text = what.empty() ? "" : what + ": ";
        text += ErrorMessage(code);
        if (!detail.empty()) text += " " + detail;
        return text + hex;
      }()) {}

Recogniser::Recogniser(const Options& options, const std::function<void(const std::string&)>& say) {
  LoadSaying("model", "file " + options.model, say, [&] {
    ModelState* model = nullptr;
    const ModelOptions how = {sizeof how, options.fp32, 0};
    Check("", DS_CreateModelWithOptions(options.model.c_str(), &how, &model));
    model_.reset(model);
  });
  if (options.beam_width) {
    Check("--beam_width", DS_SetModelBeamWidth(model_.get(), options.beam_width));
  }
  if (!options.scorer.empty()) {
    LoadSaying("scorer", "files " + options.scorer, say,
               [&] { Check("", DS_EnableExternalScorer(model_.get(), options.scorer.c_str())); });
    if (options.lm_alpha && options.lm_beta) {
      Check("--lm_alpha", DS_SetScorerAlphaBeta(model_.get(), *options.lm_alpha, *options.lm_beta));
    }
  } else if (options.lm_alpha) {
    say("--lm_alpha and --lm_beta have no effect without --scorer");
  }
  for (const auto& [word, boost] : options.hot_words) {
    Check("--hot_words '" + word + "'", DS_AddHotWord(model_.get(), word.c_str(), boost));
    if (*DS_LastError() != '\0') say(DS_LastError());
  }
}

AlignmentPointer Recogniser::Align(const std::string& path, AudioReader* audio,
                                   const std::string& text, const Progress& progress,
                                   double* took) const {
  const int rate = sample_rate();
  *took = 0;
  AlignStream* raw = nullptr;
  Check(path, DS_CreateAlignStream(model_.get(), text.c_str(), &raw));
  std::unique_ptr<AlignStream, AlignStreamFreer> stream(raw);
  std::vector<int16_t> samples(static_cast<size_t>(rate));
  size_t fed = 0;
  for (size_t got; (got = audio->Read(samples.data(), samples.size())) > 0;) {
    {
      Stopwatch watch(took);
      Check(path, DS_FeedAlignStream(stream.get(), samples.data(), static_cast<unsigned>(got)));
    }
    fed += got;
    if (progress.fed) progress.fed(static_cast<double>(fed) / rate);
  }
  if (fed == 0) throw AudioError(path, "contains no samples");
  Alignment* found = nullptr;
  Stopwatch watch(took);
  Check(path, DS_FinishAlignStream(stream.release(), &found));
  return AlignmentPointer(found);
}

Transcript Recogniser::Run(const std::string& path, AudioReader* audio, unsigned candidates,
                           const Progress& progress, double* took) const {
  const int rate = sample_rate();
  *took = 0;
  StreamingState* raw = nullptr;
  Check(path, DS_CreateStream(model_.get(), &raw));
  Stream stream(raw);

  std::vector<int16_t> samples(progress.piece ? progress.piece : progress.live ? rate / 20 : rate);
  Transcript transcript;
  transcript.path = path;
  size_t fed = 0;
  double next_look = 0;  // seconds of audio
  std::string text;
  for (size_t got; (got = audio->Read(samples.data(), samples.size())) > 0;) {
    {
      Stopwatch watch(took);
      DS_FeedAudioContent(stream.get(), samples.data(), static_cast<unsigned>(got));
    }
    if (*DS_LastError() != '\0') Failed(path);
    fed += got;
    const double seconds = static_cast<double>(fed) / rate;
    if (progress.fed) progress.fed(seconds);
    if (!progress.changed || seconds < next_look) continue;
    double look = 0;
    std::unique_ptr<char, StringFreer> partial;
    {
      Stopwatch watch(&look);
      partial.reset(DS_IntermediateDecode(stream.get()));
    }
    if (!partial) Failed(path);
    *took += look;
    // Live: five times a second, or a bidirectional network would run all the time.
    if (progress.live) next_look = seconds + std::max(0.2, 4 * look);
    if (text != partial.get()) {
      text = partial.get();
      progress.changed(text);
    }
  }
  transcript.seconds = static_cast<double>(fed) / rate;
  if (fed == 0) {  // a network says something about nothing
    transcript.candidates.emplace_back();
    return transcript;
  }
  std::unique_ptr<Metadata, MetadataFreer> metadata;
  {
    Stopwatch watch(took);
    metadata.reset(DS_FinishStreamWithMetadata(stream.release(), candidates));
  }
  if (!metadata) Failed(path);
  for (unsigned i = 0; i < metadata->num_transcripts; ++i) {
    transcript.candidates.push_back(ToCandidate(*metadata, i));
  }
  if (transcript.candidates.empty()) transcript.candidates.emplace_back();
  return transcript;
}

}  // namespace ds
