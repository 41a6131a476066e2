#include "client/options.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <functional>

namespace ds {

const char kHelp[] =
    R"(Usage: deepspeech --model MODEL --audio AUDIO [option]...
       deepspeech MODEL AUDIO... [option]...

Transcribes speech. AUDIO is a file, a folder or - for standard input: 16-bit mono samples at the
model's rate, or a WAV file. Its text so far appears on standard error.
Transcripts go to standard output, everything else to standard error.

  -m, --model FILE|NAME        the exported network: .pbmm, .pb or .tflite, or one of --list_models,
                               with the scorer or the grammar that belongs to it
  -a, --audio FILE|FOLDER|-    what to transcribe; may be repeated
  -l, --scorer FILE            language model: a .scorer, KenLM binary or ARPA file
  -b, --beam_width N           hypotheses kept (default: the model's)
  -c, --lm_alpha A             weight of the language model (default: the scorer's)
  -d, --lm_beta B              bonus for each word (default: the scorer's)
  --fp32                       run the weights of a .pb unquantised: slower, closest to 0.9.3
  -w, --hot_words W:B,...      words or phrases to boost by B (below 0: make less likely)
  --oov_cost C                 with --scorer, write words too that it does not know, at C nats each
  --reject P                   print [unk] for what is right with a probability below P, 0 to 1
  --reject_words P             the same for each word
  --grammar FILE               write only what a grammar allows: JSGF, a list in JSON or a phrase a
                               line; JSON gets intent and slots; with --scorer: JSGF rules that say
                               what its words such as [name] stand for
  --commands PHRASE,...        the same for these phrases; [unk] lets other speech through as such
  --keywords FILE              do not transcribe but print the phrases of FILE, one a line, where they
                               are said, as soon as they are: start, end, score and phrase

  -j, --json                   print JSON; with several files, one object per line
  --json_style cpp|python|full as the C++ or Python command of 0.9.3, or with all fields
  --candidate_transcripts N    number of transcripts in JSON (default 3)
  --srt, --vtt                 print subtitles
  --csv                        print words with start, end and confidence
  --lines                      print a folder's recordings as several files are printed, a line
                               each with their path, instead of in the form of 0.9.3
  --output_dir FOLDER          write one file per AUDIO there instead
  -e, --extended               print the transcript assembled from its letters
  -t                           print the CPU time in seconds: cpu_time_overall=1.23456

  --align TEXT                 do not transcribe but find where the one AUDIO has the lines and words
                               of the file TEXT, one line for each sentence or so
  --align_format F             json (default), ctm, textgrid, srt, vtt or audacity
  --align_by line|word         what has a time in these (ctm: word, others: line; json and textgrid
                               have both)

  --segment                    cut where the speaker pauses, and print each utterance as a recording
                               of its own, as soon as it has ended
  --segment_pause MS           silence that ends an utterance (default 500)
  --segment_longest MS         cut a longer one where it is quietest (default 20000)

  -s, --stream N               feed N samples at a time, a multiple of 160, and print the text
                               whenever it changes (on standard error if another format is printed)
  --extended_stream N          the same, assembled from letters
  --jobs N                     transcribe N files at a time
  --list_models                print the models that are known by a name
  -v, --version; -h, --help

Long options may be cut short as long as they stay unique.
Exit status: 0 success, 1 something failed, 2 wrong usage, 130 ended by Ctrl-C.
)";

namespace {

unsigned ToCount(const std::string& name, const std::string& text, long least = 1) {
  char* end = nullptr;
  const long value = std::strtol(text.c_str(), &end, 10);
  if (text.empty() || *end || value < least || value > 1000000000) {
    throw UsageError(name + " is '" + text + "': expected a whole number from " +
                     std::to_string(least) + " to 1000000000");
  }
  return static_cast<unsigned>(value);
}

// 0: all at once.
unsigned ToPiece(const std::string& name, const std::string& text) {
  const unsigned samples = ToCount(name, text, 0);
  if (samples % 160 == 0) return samples;
  throw UsageError(name + " is '" + text + "': expected a multiple of 160, for example " +
                   std::to_string(samples / 160 * 160 + 160));
}

float ToNumber(const std::string& name, const std::string& text) {
  char* end = nullptr;
  const float value = std::strtof(text.c_str(), &end);
  if (text.empty() || *end || !std::isfinite(value)) {
    throw UsageError(name + " is '" + text + "': expected a number");
  }
  return value;
}

float ToShare(const std::string& name, const std::string& text) {
  const float share = ToNumber(name, text);
  if (share >= 0 && share <= 1) return share;
  throw UsageError(name + " is '" + text + "': expected a probability from 0 to 1");
}

// "friend:7.5,new york:2" in pairs.
std::vector<std::pair<std::string, float>> ToHotWords(const std::string& text) {
  std::vector<std::pair<std::string, float>> words;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(',', at), text.size());
    const std::string item = text.substr(at, end - at);
    const size_t colon = item.rfind(':');
    if (colon == std::string::npos || colon == 0) {
      throw UsageError("--hot_words has '" + item +
                       "': expected WORD:BOOST, for example friend:7.5");
    }
    words.emplace_back(item.substr(0, colon), ToNumber("--hot_words", item.substr(colon + 1)));
    at = end + 1;
  }
  return words;
}

// "turn on,turn off" as a grammar, a phrase a line.
std::string ToPhrases(const std::string& text) {
  std::string lines = text + "\n";
  std::replace(lines.begin(), lines.end(), ',', '\n');
  if (lines.find_first_not_of(" \t\n") == std::string::npos) {
    throw UsageError("--commands is '" + text + "': expected PHRASE,..., for example yes,no");
  }
  return lines;
}

void SetGrammar(Options* o, const std::string& grammar) {
  if (!o->grammar.empty()) throw UsageError("more than one grammar: expected one");
  if (grammar.empty()) throw UsageError("--grammar is '': expected a file");
  o->grammar = grammar;
}

std::string ToPath(const std::string& name, const std::string& text) {
  if (text.empty()) throw UsageError(name + " is '': expected a file");
  return text;
}

JsonStyle ToStyle(const std::string& text) {
  if (text == "cpp") return JsonStyle::kCpp;
  if (text == "python") return JsonStyle::kPython;
  if (text == "full") return JsonStyle::kFull;
  throw UsageError("--json_style is '" + text + "': expected cpp, python or full");
}

AlignFormat ToAlignFormat(const std::string& text) {
  static const std::vector<std::pair<const char*, AlignFormat>> names = {
      {"json", AlignFormat::kJson},         {"ctm", AlignFormat::kCtm},
      {"textgrid", AlignFormat::kTextGrid}, {"srt", AlignFormat::kSrt},
      {"vtt", AlignFormat::kVtt},           {"audacity", AlignFormat::kAudacity}};
  for (const auto& [name, format] : names) {
    if (text == name) return format;
  }
  throw UsageError("--align_format is '" + text +
                   "': expected json, ctm, textgrid, srt, vtt or audacity");
}

AlignUnit ToAlignUnit(const std::string& text) {
  if (text == "line") return AlignUnit::kLine;
  if (text == "word") return AlignUnit::kWord;
  throw UsageError("--align_by is '" + text + "': expected line or word");
}

// How to cut at pauses, which is what the options that say how ask for too.
SegmentOptions* Segments(Options* o) {
  if (!o->segment) o->segment = DS_SEGMENT_OPTIONS;
  return &*o->segment;
}

void SetFormat(Options* o, Format format) {
  if (o->format != Format::kText && o->format != format) {
    throw UsageError("more than one of --json, --srt, --vtt and --csv: expected one");
  }
  o->format = format;
}

struct Option {
  const char* name;
  char letter;  // its short form, 0 for none
  bool old;     // 0.9.3 has it
  bool takes_value;
  std::function<void(Options*, const std::string&)> apply;
};

const std::vector<Option>& Table() {
  using S = std::string;
  constexpr bool kOld = true, kOurs = false, kValue = true, kNone = false;
  static const std::vector<Option> table = {
      {"--model", 'm', kOld, kValue, [](Options* o, const S& v) { o->model = v; }},
      {"--audio", 'a', kOld, kValue, [](Options* o, const S& v) { o->audio.push_back(v); }},
      {"--scorer", 'l', kOld, kValue, [](Options* o, const S& v) { o->scorer = v; }},
      {"--beam_width", 'b', kOld, kValue,
       [](Options* o, const S& v) { o->beam_width = ToCount("--beam_width", v); }},
      {"--lm_alpha", 'c', kOld, kValue,
       [](Options* o, const S& v) { o->lm_alpha = ToNumber("--lm_alpha", v); }},
      {"--lm_beta", 'd', kOld, kValue,
       [](Options* o, const S& v) { o->lm_beta = ToNumber("--lm_beta", v); }},
      {"--hot_words", 'w', kOld, kValue,
       [](Options* o, const S& v) { o->hot_words = ToHotWords(v); }},
      {"--oov_cost", 0, kOurs, kValue,
       [](Options* o, const S& v) { o->oov_cost = ToNumber("--oov_cost", v); }},
      {"--reject", 0, kOurs, kValue,
       [](Options* o, const S& v) { o->reject = ToShare("--reject", v); }},
      {"--reject_words", 0, kOurs, kValue,
       [](Options* o, const S& v) { o->reject_words = ToShare("--reject_words", v); }},
      {"--grammar", 0, kOurs, kValue, [](Options* o, const S& v) { SetGrammar(o, v); }},
      {"--commands", 0, kOurs, kValue, [](Options* o, const S& v) { SetGrammar(o, ToPhrases(v)); }},
      {"--keywords", 0, kOurs, kValue,
       [](Options* o, const S& v) { o->keywords = ToPath("--keywords", v); }},
      {"--fp32", 0, kOurs, kNone, [](Options* o, const S&) { o->fp32 = true; }},
      {"--json", 'j', kOld, kNone, [](Options* o, const S&) { SetFormat(o, Format::kJson); }},
      {"--json_style", 0, kOurs, kValue,
       [](Options* o, const S& v) { o->json_style = ToStyle(v); }},
      {"--candidate_transcripts", 0, kOld, kValue,
       [](Options* o, const S& v) { o->candidates = ToCount("--candidate_transcripts", v); }},
      {"--srt", 0, kOurs, kNone, [](Options* o, const S&) { SetFormat(o, Format::kSrt); }},
      {"--vtt", 0, kOurs, kNone, [](Options* o, const S&) { SetFormat(o, Format::kVtt); }},
      {"--csv", 0, kOurs, kNone, [](Options* o, const S&) { SetFormat(o, Format::kCsv); }},
      {"--lines", 0, kOurs, kNone, [](Options* o, const S&) { o->lines = true; }},
      {"--output_dir", 0, kOurs, kValue, [](Options* o, const S& v) { o->output_dir = v; }},
      {"--align", 0, kOurs, kValue, [](Options* o, const S& v) { o->align = v; }},
      {"--align_format", 0, kOurs, kValue,
       [](Options* o, const S& v) { o->align_format = ToAlignFormat(v); }},
      {"--align_by", 0, kOurs, kValue,
       [](Options* o, const S& v) { o->align_by = ToAlignUnit(v); }},
      {"--segment", 0, kOurs, kNone, [](Options* o, const S&) { Segments(o); }},
      {"--segment_pause", 0, kOurs, kValue,
       [](Options* o, const S& v) { Segments(o)->pause_ms = ToCount("--segment_pause", v); }},
      {"--segment_longest", 0, kOurs, kValue,
       [](Options* o, const S& v) { Segments(o)->longest_ms = ToCount("--segment_longest", v); }},
      // Our transcripts are the letters' text.
      {"--extended", 'e', kOld, kNone, [](Options*, const S&) {}},
      {"--t", 't', kOld, kNone, [](Options* o, const S&) { o->times = true; }},
      {"--stream", 's', kOld, kValue,
       [](Options* o, const S& v) { o->stream = ToPiece("--stream", v); }},
      {"--extended_stream", 0, kOld, kValue,
       [](Options* o, const S& v) { o->stream = ToPiece("--extended_stream", v); }},
      {"--jobs", 0, kOurs, kValue, [](Options* o, const S& v) { o->jobs = ToCount("--jobs", v); }},
      {"--list_models", 0, kOurs, kNone, [](Options* o, const S&) { o->list_models = true; }},
      {"--version", 'v', kOld, kNone, [](Options* o, const S&) { o->version = true; }},
      {"--help", 'h', kOld, kNone, [](Options* o, const S&) { o->help = true; }},
  };
  return table;
}

size_t EditDistance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0]++;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t next = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
      diagonal = row[j];
      row[j] = next;
    }
  }
  return row.back();
}

[[noreturn]] void RefuseOption(const std::string& name) {
  const Option* nearest = nullptr;
  size_t least = 4;
  for (const Option& option : Table()) {
    const size_t distance = EditDistance(name, option.name);
    if (distance < least && 2 * distance <= name.size()) {  // --foo is not --fp32
      least = distance;
      nearest = &option;
    }
  }
  throw UsageError("no option " + name +
                   (nearest ? ": did you mean " + std::string(nearest->name) + "?" : ""));
}

// The option of a long name, or of a beginning that only it has; one of 0.9.3 may have it in common
// with ours, which are younger than scripts that cut it short.
const Option& FindLong(const std::string& name) {
  std::vector<const Option*> found, old;
  std::string names;
  for (const Option& option : Table()) {
    if (name == option.name) return option;
    if (name.size() < 3 || std::string(option.name).rfind(name, 0) != 0) continue;
    found.push_back(&option);
    if (option.old) old.push_back(&option);
    names += (names.empty() ? "" : ", ") + std::string(option.name);
  }
  if (found.size() == 1) return *found.front();
  if (old.size() == 1) return *old.front();
  if (found.empty()) RefuseOption(name);
  throw UsageError(name + " may stand for " + names + ": write more of it");
}

const Option* FindShort(char letter) {
  const auto& table = Table();
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const Option& o) { return o.letter == letter; });
  return letter == 0 || found == table.end() ? nullptr : &*found;
}

// The words of a command line, one after the other, and the options among them.
class Arguments {
 public:
  Arguments(const std::vector<std::string>& list, Options* options)
      : list_(list), options_(options) {}

  // Applies the options; returns the other words.
  std::vector<std::string> Apply() {
    std::vector<std::string> words;
    for (; next_ < list_.size() && list_[next_] != "--";) {
      const std::string& argument = list_[next_++];
      if (argument.size() < 2 || argument[0] != '-') {
        words.push_back(argument);
      } else if (argument[1] == '-') {
        Long(argument);
      } else {
        Short(argument);
      }
    }
    if (next_ < list_.size()) {  // what follows -- are words
      words.insert(words.end(), list_.begin() + static_cast<std::ptrdiff_t>(next_) + 1,
                   list_.end());
    }
    return words;
  }
  bool model_given() const { return model_given_; }

 private:
  // --name, --name VALUE, --name=VALUE
  void Long(const std::string& argument) {
    const size_t equals = argument.find('=');
    const Option& option = FindLong(argument.substr(0, equals));
    if (equals != std::string::npos) {
      if (!option.takes_value) throw UsageError(std::string(option.name) + " takes no value");
      Apply(option, argument.substr(equals + 1));
    } else {
      Apply(option, option.takes_value ? Value(option.name) : "");
    }
  }
  // -b 500, -b500, and -tj for -t -j
  void Short(const std::string& argument) {
    for (size_t i = 1; i < argument.size(); ++i) {
      const Option* option = FindShort(argument[i]);
      if (option == nullptr) RefuseOption(argument);
      if (!option->takes_value) {
        Apply(*option, "");
        continue;
      }
      const std::string rest = argument.substr(i + 1);
      return Apply(*option, rest.empty() ? Value(argument) : rest);
    }
  }
  std::string Value(const std::string& name) {
    if (next_ == list_.size()) throw UsageError(name + " needs a value");
    return list_[next_++];
  }
  void Apply(const Option& option, const std::string& value) {
    option.apply(options_, value);
    model_given_ = model_given_ || option.letter == 'm';
  }

  const std::vector<std::string>& list_;
  Options* const options_;
  size_t next_ = 0;
  bool model_given_ = false;
};

void CheckAlignment(const Options& o) {
  if (o.align.empty()) {
    if (o.align_format) throw UsageError("--align_format needs --align TEXT");
    if (o.align_by) throw UsageError("--align_by needs --align TEXT");
    return;
  }
  if (o.audio.size() > 1) {
    throw UsageError("--align takes one recording, not " + std::to_string(o.audio.size()));
  }
  if (o.format != Format::kText) {
    throw UsageError(
        "--align prints what --align_format says: leave out --json, --srt, --vtt and "
        "--csv");
  }
  if (o.stream) throw UsageError("--align gives nothing before its end: leave out --stream");
}

void CheckGrammar(const Options& o) {
  if (o.grammar.empty()) return;
  if (!o.align.empty()) throw UsageError("--align knows what is said: leave out --grammar");
  const bool listed = o.grammar.find('\n') != std::string::npos;  // of --commands
  if (!o.scorer.empty() && listed) throw UsageError(kNoUseForScorer);
}

void CheckKeywords(const Options& o) {
  if (o.keywords.empty()) return;
  if (!o.align.empty()) throw UsageError("--align knows what is said: leave out --keywords");
  if (!o.grammar.empty()) {
    throw UsageError("--keywords lets anything else be said: leave out the grammar");
  }
  if (!o.scorer.empty()) {
    throw UsageError("keywords have no use for a scorer: leave out --scorer or --keywords");
  }
  if (o.segment) throw UsageError("--keywords needs no pauses: leave out --segment");
  if (o.stream) throw UsageError("--keywords prints what it hears at once: leave out --stream");
  if (o.format != Format::kText && o.format != Format::kJson) {
    throw UsageError("--keywords prints lines or --json: leave out --srt, --vtt and --csv");
  }
}

void CheckSegments(const Options& o) {
  if (!o.segment) return;
  if (!o.align.empty())
    throw UsageError("--align looks at the whole recording: leave out --segment");
  if (o.stream) {
    throw UsageError("--segment prints an utterance when it has ended: leave out --stream");
  }
  Segmenter* segmenter = nullptr;
  if (DS_CreateSegmenter(16000, &*o.segment, &segmenter) != DS_ERR_OK) {
    throw UsageError(std::string("--segment: ") + DS_LastError());
  }
  DS_FreeSegmenter(segmenter);
}

}  // namespace

Options ParseOptions(const std::vector<std::string>& arguments, JsonStyle style) {
  Options options;
  options.json_style = style;
  Arguments given(arguments, &options);
  std::vector<std::string> words = given.Apply();
  if (options.help || options.version || options.list_models) return options;

  if (!given.model_given()) {  // the form of 2017: MODEL AUDIO
    if (words.empty()) throw UsageError("Missing model information: expected --model FILE");
    options.model = words.front();
    words.erase(words.begin());
  }
  options.audio.insert(options.audio.end(), words.begin(), words.end());
  if (options.audio.empty()) throw UsageError("nothing to transcribe: expected --audio FILE");
  if (options.oov_cost && !(*options.oov_cost >= 0 && *options.oov_cost <= 1e6f)) {
    throw UsageError("--oov_cost is " + std::to_string(*options.oov_cost) +
                     ": expected a number from 0 to 1e6");
  }
  if (options.lm_alpha.has_value() != options.lm_beta.has_value()) {
    throw UsageError("--lm_alpha and --lm_beta need each other: expected both");
  }
  if (std::count(options.audio.begin(), options.audio.end(), "-") > 1) {
    throw UsageError("standard input (-) can be read only once");
  }
  CheckAlignment(options);
  CheckGrammar(options);
  CheckKeywords(options);
  CheckSegments(options);
  return options;
}

}  // namespace ds
