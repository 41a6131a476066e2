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
struct SegmenterFreer {
  void operator()(Segmenter* segmenter) const { DS_FreeSegmenter(segmenter); }
};
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
  const Confidences* trust = DS_GetConfidences(&metadata, index);
  candidate.calibrated = trust->calibrated != 0;
  candidate.probability = static_cast<double>(trust->text.probability);
  for (unsigned i = 0; i < count; ++i) {
    candidate.words.push_back({words[i].text, words[i].start_time, words[i].end_time,
                               words[i].confidence, TakeLetters(transcript, &letter),
                               static_cast<double>(trust->words[i].probability)});
  }
  const char* intent = DS_GetIntent(&metadata, index);
  candidate.intent = intent == nullptr ? "" : intent;
  const SlotMetadata* slots = DS_GetSlots(&metadata, index, &count);
  for (unsigned i = 0; i < count; ++i) {
    candidate.slots.push_back(
        {slots[i].name, slots[i].text, slots[i].value, slots[i].start_time, slots[i].end_time});
  }
  return candidate;
}

void AddCandidates(const Metadata& metadata, Transcript* transcript) {
  for (unsigned i = 0; i < metadata.num_transcripts; ++i) {
    transcript->candidates.push_back(ToCandidate(metadata, i));
  }
  if (transcript->candidates.empty()) transcript->candidates.emplace_back();
}

// Shows the text of a stream whenever it has changed.
class Growth {
 public:
  explicit Growth(const Progress& progress) : progress_(progress) {}

  // To be called when the stream was fed up to `seconds`. Adds the time that it takes to `took`.
  void Look(const std::string& path, const StreamingState* stream, double seconds, double* took) {
    if (!progress_.changed || seconds < next_look_) return;
    double look = 0;
    std::unique_ptr<char, StringFreer> partial;
    {
      Stopwatch watch(&look);
      partial.reset(DS_IntermediateDecode(stream));
    }
    if (!partial) Failed(path);
    *took += look;
    // Live: five times a second, or a bidirectional network would run all the time.
    if (progress_.live) next_look_ = seconds + std::max(0.2, 4 * look);
    if (text_ == partial.get()) return;
    text_ = partial.get();
    progress_.changed(text_);
  }
  void Forget() { text_.clear(); }

 private:
  const Progress& progress_;
  double next_look_ = 0;  // seconds of audio
  std::string text_;
};

// Moves all times of a transcript from its own beginning to `start`.
void Shift(double start, Transcript* transcript) {
  transcript->start = start;
  for (Candidate& candidate : transcript->candidates) {
    for (TimedWord& word : candidate.timed_words) word.start += start;
    for (SpokenWord& word : candidate.words) {
      word.start += start;
      word.end += start;
      for (SpokenLetter& letter : word.letters) letter.start += start;
    }
    for (NamedSlot& slot : candidate.slots) {
      slot.start += start;
      slot.end += start;
    }
  }
}

// The last samples of a recording, by their places in it.
class Recent {
 public:
  explicit Recent(size_t most) : most_(most) {}
  void Add(const int16_t* samples, size_t count) {
    samples_.insert(samples_.end(), samples, samples + count);
    if (samples_.size() < 2 * most_) return;
    const size_t gone = samples_.size() - most_;
    samples_.erase(samples_.begin(), samples_.begin() + static_cast<std::ptrdiff_t>(gone));
    first_ += gone;
  }
  const int16_t* At(uint64_t place) const { return samples_.data() + (place - first_); }
  uint64_t end() const { return first_ + samples_.size(); }

 private:
  const size_t most_;
  uint64_t first_ = 0;
  std::vector<int16_t> samples_;
};

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
  if (!options.scorer.empty() && !options.grammar.empty() &&
      DS_EnableGrammar(model_.get(), options.grammar.c_str()) == DS_ERR_OK) {
    throw UsageError(kNoUseForScorer);  // slots of free speech cannot be enabled without one
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
  if (!options.grammar.empty()) {
    const bool listed = options.grammar.find('\n') != std::string::npos;
    const std::string from = listed ? "--commands" : "file " + options.grammar;
    LoadSaying("grammar", from, say,
               [&] { Check("", DS_EnableGrammar(model_.get(), options.grammar.c_str())); });
  }
  if (!options.keywords.empty()) {
    LoadSaying("keywords", "file " + options.keywords, say,
               [&] { NewListener("", options.keywords); });
  }
  if (options.oov_cost && options.scorer.empty()) {
    say("--oov_cost has no effect without --scorer");
  } else if (options.oov_cost) {
    Check("--oov_cost", DS_SetOovCost(model_.get(), *options.oov_cost));
  }
  Check("--reject", DS_SetRejection(model_.get(), options.reject, options.reject_words));
  for (const auto& [word, boost] : options.hot_words) {
    Check("--hot_words '" + word + "'", DS_AddHotWord(model_.get(), word.c_str(), boost));
    if (*DS_LastError() != '\0') say(DS_LastError());
  }
}

StreamPointer Recogniser::NewStream(const std::string& path) const {
  StreamingState* stream = nullptr;
  Check(path, DS_CreateStream(model_.get(), &stream));
  return StreamPointer(stream);
}

StreamPointer Recogniser::NewListener(const std::string& path, const std::string& keywords) const {
  StreamPointer stream = NewStream(path);
  Check(path, DS_EnableKeywords(stream.get(), keywords.c_str()));
  return stream;
}

double Recogniser::Listen(const std::string& path, AudioReader* audio, const std::string& keywords,
                          const Progress& progress, double* took,
                          const std::function<void(const HeardKeyword& heard)>& give) const {
  const int rate = sample_rate();
  *took = 0;
  const StreamPointer stream = NewListener(path, keywords);
  std::vector<int16_t> samples(progress.live ? rate / 20 : rate);
  const auto take = [&](int (*function)(StreamingState*, const HeardKeyword**, unsigned*)) {
    const HeardKeyword* heard = nullptr;
    unsigned count = 0;
    {
      Stopwatch watch(took);
      Check(path, function(stream.get(), &heard, &count));
    }
    for (unsigned i = 0; i < count; ++i) give(heard[i]);
  };
  size_t fed = 0;
  for (size_t got; (got = audio->Read(samples.data(), samples.size())) > 0;) {
    {
      Stopwatch watch(took);
      DS_FeedAudioContent(stream.get(), samples.data(), static_cast<unsigned>(got));
    }
    if (*DS_LastError() != '\0') Failed(path);
    fed += got;
    take(DS_TakeKeywords);
    if (progress.fed) progress.fed(static_cast<double>(fed) / rate);
  }
  if (fed > 0) take(DS_EndKeywords);
  return static_cast<double>(fed) / rate;
}

AlignmentPointer Recogniser::Align(const std::string& path, AudioReader* audio,
                                   const NamedText& text, const Progress& progress,
                                   double* took) const {
  const int rate = sample_rate();
  *took = 0;
  AlignStream* raw = nullptr;
  Check(text.name, DS_CreateAlignStream(model_.get(), text.text.c_str(), &raw));
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

double Recogniser::RunSegments(const std::string& path, AudioReader* audio,
                               const SegmentOptions& how, unsigned candidates,
                               const Progress& progress, double* took,
                               const std::function<void(const Transcript& utterance)>& give) const {
  const int rate = sample_rate();
  const auto samples_of = [rate](unsigned ms) { return static_cast<size_t>(rate) * ms / 1000; };
  *took = 0;
  Segmenter* raw = nullptr;
  Check(path, DS_CreateSegmenter(static_cast<unsigned>(rate), &how, &raw));
  const std::unique_ptr<Segmenter, SegmenterFreer> segmenter(raw);
  std::vector<int16_t> piece(progress.live ? rate / 20 : rate);
  // An utterance may have begun `longest` before it is known to have ended.
  Recent recent(piece.size() + samples_of(how.longest_ms + how.pause_ms + how.padding_ms + 1000));
  // What is being said is run as it comes too where somebody looks, to be run as a whole later.
  Growth growth(progress);
  StreamPointer live;
  const auto listen = [&](const int16_t* samples, size_t size, bool anew) {
    if (!progress.changed) return;
    if (anew || !live) {
      live = NewStream(path);
      growth.Forget();
    }
    DS_FeedAudioContent(live.get(), samples, static_cast<unsigned>(size));
    if (*DS_LastError() != '\0') Failed(path);
    growth.Look(path, live.get(), static_cast<double>(recent.end()) / rate, took);
  };
  const SpeechSegment* segments = nullptr;
  unsigned count = 0;
  const auto run = [&] {
    for (unsigned i = 0; i < count; ++i) {
      const uint64_t start = segments[i].start, end = segments[i].end;
      Transcript utterance;
      utterance.path = path;
      utterance.seconds = static_cast<double>(end - start) / rate;
      {
        Stopwatch watch(took);
        const std::unique_ptr<Metadata, MetadataFreer> metadata(DS_SpeechToTextWithMetadata(
            model_.get(), recent.At(start), static_cast<unsigned>(end - start), candidates));
        if (!metadata) Failed(path);
        AddCandidates(*metadata, &utterance);
      }
      listen(recent.At(end), static_cast<size_t>(recent.end() - end), true);
      if (utterance.best().text.empty()) continue;
      Shift(static_cast<double>(start) / rate, &utterance);
      give(utterance);
    }
  };
  for (size_t got; (got = audio->Read(piece.data(), piece.size())) > 0;) {
    recent.Add(piece.data(), got);
    {
      Stopwatch watch(took);
      Check(path, DS_FeedSegmenter(segmenter.get(), piece.data(), static_cast<unsigned>(got),
                                   &segments, &count));
    }
    listen(piece.data(), got, false);
    run();
    if (progress.fed) progress.fed(static_cast<double>(recent.end()) / rate);
  }
  Check(path, DS_FinishSegmenter(segmenter.get(), &segments, &count));
  run();
  return static_cast<double>(recent.end()) / rate;
}

Transcript Recogniser::Run(const std::string& path, AudioReader* audio, unsigned candidates,
                           const Progress& progress, double* took) const {
  const int rate = sample_rate();
  *took = 0;
  StreamPointer stream = NewStream(path);
  std::vector<int16_t> samples(progress.piece ? progress.piece : progress.live ? rate / 20 : rate);
  Transcript transcript;
  transcript.path = path;
  size_t fed = 0;
  Growth growth(progress);
  for (size_t got; (got = audio->Read(samples.data(), samples.size())) > 0;) {
    {
      Stopwatch watch(took);
      DS_FeedAudioContent(stream.get(), samples.data(), static_cast<unsigned>(got));
    }
    if (*DS_LastError() != '\0') Failed(path);
    fed += got;
    const double seconds = static_cast<double>(fed) / rate;
    if (progress.fed) progress.fed(seconds);
    growth.Look(path, stream.get(), seconds, took);
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
  AddCandidates(*metadata, &transcript);
  return transcript;
}

}  // namespace ds
