#include "decoder/decoder_c.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "base/alphabet.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "base/thread_text.h"
#include "decoder/ctc_decoder.h"
#include "decoder/evidence.h"
#include "decoder/letters.h"
#include "decoder/spoken_slots.h"
#include "decoder/words.h"
#include "grammar/grammar.h"
#include "keywords/keyword_list.h"
#include "keywords/spotter.h"
#include "scorer/scorer.h"

struct dsd_alphabet {
  explicit dsd_alphabet(ds::Alphabet from) : alphabet(std::move(from)), speller(alphabet) {}
  dsd_alphabet(const dsd_alphabet&) = delete;
  dsd_alphabet& operator=(const dsd_alphabet&) = delete;

  const ds::Alphabet alphabet;
  const ds::Speller speller;
  std::string text;  // what dsd_bytes points to
  std::vector<int> labels;
};
struct dsd_scorer {
  std::shared_ptr<const ds::Scorer> scorer;
};
struct dsd_grammar {
  std::shared_ptr<const ds::Grammar> grammar;
};
struct dsd_options {
  ds::DecoderOptions options;
};
struct dsd_decoder {
  ds::Decoder decoder;
};
struct dsd_results {
  std::vector<ds::Output> outputs;
  std::vector<std::string> texts;
  std::vector<std::vector<ds::Word>> words;
  std::vector<std::vector<ds::SpokenSlot>> slots;
  std::vector<std::vector<double>> evidence;  // of the text and of its words: fit, share
};

struct dsd_spotter {
  const std::vector<ds::Keyword> keywords;
  ds::Spotter spotter;
  std::vector<double> hits;  // of the last call

  void Take(const std::vector<ds::KeywordHit>& found) {
    hits.clear();
    for (const ds::KeywordHit& hit : found) {
      hits.insert(hits.end(), {static_cast<double>(hit.keyword), static_cast<double>(hit.start),
                               static_cast<double>(hit.end), std::exp(double{hit.score})});
    }
  }
};

namespace {

thread_local int error_code = DSD_OK;
ds::ThreadText error_message;

void Fail(int code, const char* message) noexcept {
  error_code = code;
  error_message.Set(message);
}

// Runs `body`; where it throws, leaves the error and returns `failed`.
template <class Body, class Result>
Result Guard(Result failed, Body body) noexcept {
  try {
    return body();
  } catch (const ds::Error& e) {
    Fail(e.code_or(DSD_INVALID_ARGUMENT), e.what());
  } catch (const std::bad_alloc&) {
    Fail(DSD_INVALID_ARGUMENT, "out of memory: use a smaller beam width");
  } catch (const std::exception& e) {
    Fail(DSD_INVALID_ARGUMENT, e.what());
  }
  return failed;
}

// The same for what makes an object, which is handed out.
template <class Made, class Body>
Made* Make(Body body) noexcept {
  return Guard(static_cast<Made*>(nullptr),
               [&]() -> Made* { return std::unique_ptr<Made>(body()).release(); });
}

std::string AsString(dsd_bytes bytes) {
  return std::string(static_cast<const char*>(bytes.data), bytes.size);
}
template <class T>
dsd_bytes AsBytes(const std::vector<T>& values) {
  return {values.data(), values.size() * sizeof(T)};
}
dsd_bytes AsBytes(const std::string& text) { return {text.data(), text.size()}; }

std::vector<std::string> Lines(dsd_bytes text) {
  std::vector<std::string> lines;
  std::istringstream in(AsString(text));
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

}  // namespace

const char* dsd_version(void) { return DS_VERSION; }

int dsd_error_code(void) { return error_code; }
const char* dsd_error_message(void) { return error_message.Get(); }
void dsd_set_interrupt(int (*stop)(void*), void* user) { ds::SetInterrupt(stop, user); }
void dsd_clear_error(void) { error_code = DSD_OK; }

dsd_alphabet* dsd_alphabet_load(const char* path) {
  return Make<dsd_alphabet>(
      [&] { return std::make_unique<dsd_alphabet>(ds::Alphabet::Load(path)); });
}

dsd_alphabet* dsd_alphabet_bytes_output(void) {
  return Make<dsd_alphabet>([] { return std::make_unique<dsd_alphabet>(ds::Alphabet::Bytes()); });
}

dsd_alphabet* dsd_alphabet_deserialize(dsd_bytes data) {
  return Make<dsd_alphabet>(
      [&] { return std::make_unique<dsd_alphabet>(ds::Alphabet::Deserialize(AsString(data))); });
}

void dsd_alphabet_free(dsd_alphabet* alphabet) { delete alphabet; }
int dsd_alphabet_size(const dsd_alphabet* a) { return a->alphabet.size(); }
int dsd_alphabet_space(const dsd_alphabet* a) { return a->alphabet.space(); }
int dsd_alphabet_is_bytes(const dsd_alphabet* a) { return a->alphabet.bytes_output; }

dsd_bytes dsd_alphabet_serialize(dsd_alphabet* a) {
  return Guard(dsd_bytes{}, [&] {
    a->text = a->alphabet.Serialize();
    return AsBytes(a->text);
  });
}

dsd_bytes dsd_alphabet_encode(dsd_alphabet* a, dsd_bytes text, size_t* spelt) {
  *spelt = 0;
  return Guard(dsd_bytes{}, [&] {
    *spelt = a->speller.Spell(AsString(text), &a->labels);
    return AsBytes(a->labels);
  });
}

dsd_bytes dsd_alphabet_decode(dsd_alphabet* a, dsd_bytes labels) {
  return Guard(dsd_bytes{}, [&] {
    std::vector<int> ids(labels.size / sizeof(int));
    if (!ids.empty()) std::memcpy(ids.data(), labels.data, ids.size() * sizeof(int));
    for (int id : ids) {
      if (id >= 0 && id < a->alphabet.size()) continue;
      throw ds::Error("label " + std::to_string(id) + " is not in the alphabet, which has " +
                      std::to_string(a->alphabet.size()) + " labels");
    }
    a->text = a->alphabet.Decode(ids);
    return AsBytes(a->text);
  });
}

dsd_scorer* dsd_scorer_open(const char* path, const dsd_alphabet* alphabet) {
  return Make<dsd_scorer>([&] {
    return std::make_unique<dsd_scorer>(
        dsd_scorer{std::make_shared<const ds::Scorer>(path, alphabet->alphabet)});
  });
}

void dsd_scorer_free(dsd_scorer* scorer) { delete scorer; }
int dsd_scorer_set_weights(dsd_scorer* s, double alpha, double beta) {
  return Guard(-1, [&] {
    auto scorer = std::make_shared<ds::Scorer>(*s->scorer);  // decoders at work keep theirs
    scorer->SetWeights(alpha, beta);
    s->scorer = std::move(scorer);
    return 0;
  });
}
double dsd_scorer_alpha(const dsd_scorer* s) { return s->scorer->alpha(); }
double dsd_scorer_beta(const dsd_scorer* s) { return s->scorer->beta(); }
int dsd_scorer_order(const dsd_scorer* s) { return s->scorer->order(); }
int dsd_scorer_is_bytes(const dsd_scorer* s) { return s->scorer->bytes_output(); }
size_t dsd_scorer_words_left_out(const dsd_scorer* s) { return s->scorer->words_left_out(); }

double dsd_scorer_log_prob(const dsd_scorer* s, dsd_bytes words, int begins, int ends) {
  return Guard(ds::Scorer::kUnknownWord,
               [&] { return s->scorer->LogProb(Lines(words), begins != 0, ends != 0); });
}

dsd_grammar* dsd_grammar_new(const char* text_or_path, const dsd_alphabet* alphabet) {
  return Make<dsd_grammar>([&] {
    return std::make_unique<dsd_grammar>(
        dsd_grammar{std::make_shared<const ds::Grammar>(text_or_path, alphabet->alphabet)});
  });
}
void dsd_grammar_free(dsd_grammar* grammar) { delete grammar; }
int dsd_grammar_save(const dsd_grammar* grammar, const char* path) {
  return Guard(-1, [&] {
    grammar->grammar->Save(path);
    return 0;
  });
}
size_t dsd_grammar_states(const dsd_grammar* grammar) {
  return grammar->grammar->search().num_nodes;
}

dsd_options* dsd_options_new(size_t beam_width, double cutoff_prob, size_t cutoff_top_n) {
  return Make<dsd_options>([&] {
    return std::make_unique<dsd_options>(
        dsd_options{{beam_width, cutoff_prob, cutoff_top_n, {}, {}, nullptr}});
  });
}
void dsd_options_free(dsd_options* options) { delete options; }
int dsd_options_add_hot_word(dsd_options* options, const char* text, float boost) {
  return Guard(-1, [&] {
    options->options.hot_words[text] = boost;
    return 0;
  });
}

void dsd_options_set_oov_cost(dsd_options* options, double cost) {
  options->options.oov_cost = cost;
}
int dsd_options_set_grammar(dsd_options* options, const dsd_grammar* grammar) {
  return Guard(-1, [&] {
    options->options.grammar = grammar->grammar;
    return 0;
  });
}

dsd_decoder* dsd_decoder_new(const dsd_alphabet* alphabet, const dsd_options* options,
                             const dsd_scorer* scorer) {
  return Make<dsd_decoder>([&] {
    return std::make_unique<dsd_decoder>(dsd_decoder{
        ds::Decoder(alphabet->alphabet, options->options, scorer ? scorer->scorer : nullptr)});
  });
}

void dsd_decoder_free(dsd_decoder* decoder) { delete decoder; }

int dsd_decoder_step(dsd_decoder* decoder, dsd_matrix probs) {
  return Guard(-1, [&] {
    if (probs.is_double) {
      decoder->decoder.Step(static_cast<const double*>(probs.data), probs.rows, probs.columns);
    } else {
      decoder->decoder.Step(static_cast<const float*>(probs.data), probs.rows, probs.columns);
    }
    return 0;
  });
}

dsd_results* dsd_decoder_decode(const dsd_decoder* decoder, size_t count) {
  return Make<dsd_results>([&] {
    const ds::Alphabet& alphabet = decoder->decoder.alphabet();
    ds::Found found = decoder->decoder.Find(count, true);
    const std::vector<ds::Weighed> all = ds::Weigh(found, alphabet);
    auto results =
        std::make_unique<dsd_results>(dsd_results{std::move(found.outputs), {}, {}, {}, {}});
    for (const ds::Output& output : results->outputs) {
      results->texts.push_back(ds::ReadableText(output, alphabet));
      results->words.push_back(ds::Words(output, alphabet));
      results->slots.push_back(ds::SpokenSlots(output, ds::Letters(output, alphabet)));
    }
    for (const ds::Weighed& weighed : all) {
      std::vector<double>& figures = results->evidence.emplace_back();
      const auto add = [&](const ds::Evidence& evidence) {
        figures.insert(figures.end(), {evidence.fit, evidence.share});
      };
      add(weighed.evidence);
      for (const ds::Evidence& word : weighed.words) add(word);
    }
    return results;
  });
}

size_t dsd_decoder_frames(const dsd_decoder* d) { return d->decoder.frames(); }
int dsd_decoder_reset(dsd_decoder* d) {
  return Guard(-1, [&] {
    d->decoder.Reset();
    return 0;
  });
}

void dsd_results_free(dsd_results* results) { delete results; }
size_t dsd_results_count(const dsd_results* r) { return r->outputs.size(); }
double dsd_results_confidence(const dsd_results* r, size_t i) { return r->outputs[i].confidence; }
dsd_bytes dsd_results_tokens(const dsd_results* r, size_t i) {
  return AsBytes(r->outputs[i].tokens);
}
dsd_bytes dsd_results_timesteps(const dsd_results* r, size_t i) {
  return AsBytes(r->outputs[i].timesteps);
}
dsd_bytes dsd_results_text(const dsd_results* r, size_t i) { return AsBytes(r->texts[i]); }
size_t dsd_results_num_words(const dsd_results* r, size_t i) { return r->words[i].size(); }
dsd_bytes dsd_results_word(const dsd_results* r, size_t i, size_t word) {
  return AsBytes(r->words[i][word].text);
}
uint32_t dsd_results_word_start(const dsd_results* r, size_t i, size_t word) {
  return r->words[i][word].start;
}
uint32_t dsd_results_word_end(const dsd_results* r, size_t i, size_t word) {
  return r->words[i][word].end;
}
double dsd_results_word_confidence(const dsd_results* r, size_t i, size_t word) {
  return r->words[i][word].confidence;
}
dsd_bytes dsd_results_intent(const dsd_results* r, size_t i) {
  return AsBytes(r->outputs[i].reading.intent);
}
size_t dsd_results_num_slots(const dsd_results* r, size_t i) { return r->slots[i].size(); }
dsd_bytes dsd_results_slot_name(const dsd_results* r, size_t i, size_t slot) {
  return AsBytes(r->slots[i][slot].name);
}
dsd_bytes dsd_results_slot_value(const dsd_results* r, size_t i, size_t slot) {
  return AsBytes(r->slots[i][slot].value);
}
dsd_bytes dsd_results_slot_text(const dsd_results* r, size_t i, size_t slot) {
  return AsBytes(r->slots[i][slot].text);
}
uint32_t dsd_results_slot_start(const dsd_results* r, size_t i, size_t slot) {
  return r->slots[i][slot].start;
}
uint32_t dsd_results_slot_end(const dsd_results* r, size_t i, size_t slot) {
  return r->slots[i][slot].end;
}
dsd_bytes dsd_results_evidence(const dsd_results* r, size_t i) { return AsBytes(r->evidence[i]); }

dsd_spotter* dsd_spotter_new(const char* text_or_path, const dsd_alphabet* alphabet) {
  return Make<dsd_spotter>([&] {
    std::vector<ds::Keyword> keywords = ds::ReadKeywords(text_or_path, alphabet->alphabet);
    ds::Spotter spotter(keywords, alphabet->alphabet);
    return std::make_unique<dsd_spotter>(dsd_spotter{std::move(keywords), std::move(spotter), {}});
  });
}
void dsd_spotter_free(dsd_spotter* spotter) { delete spotter; }
size_t dsd_spotter_size(const dsd_spotter* s) { return s->keywords.size(); }
dsd_bytes dsd_spotter_name(const dsd_spotter* s, size_t i) { return AsBytes(s->keywords[i].name); }
double dsd_spotter_threshold(const dsd_spotter* s, size_t i) { return s->keywords[i].threshold; }

int dsd_spotter_step(dsd_spotter* s, dsd_matrix probs) {
  return Guard(-1, [&] {
    s->hits.clear();
    std::vector<float> floats;
    auto* data = static_cast<const float*>(probs.data);
    if (probs.is_double) {
      auto* doubles = static_cast<const double*>(probs.data);
      for (size_t i = 0; i < probs.rows * probs.columns; ++i) {
        floats.push_back(static_cast<float>(doubles[i]));
      }
      data = floats.data();
    }
    std::vector<ds::KeywordHit> found;
    s->spotter.Step(data, probs.rows, probs.columns, &found);
    s->Take(found);
    return 0;
  });
}

int dsd_spotter_finish(dsd_spotter* s) {
  return Guard(-1, [&] {
    s->hits.clear();
    std::vector<ds::KeywordHit> found;
    s->spotter.Finish(&found);
    s->Take(found);
    return 0;
  });
}
dsd_bytes dsd_spotter_hits(const dsd_spotter* s) { return AsBytes(s->hits); }
