/* The decoder in C: what the Python module ds_ctcdecoder is bound to.
 *
 * A function that fails returns NULL (or -1) and leaves a code and one line for dsd_error_code()
 * and dsd_error_message(), which are per thread; dsd_clear_error() forgets them. Text is UTF-8
 * unless an alphabet says otherwise. An object made by *_new, *_open, *_load, *_bytes_output,
 * *_deserialize or
 * *_decode is freed by the *_free of its type.
 *
 * Threads: alphabets, scorers and results may be read by many; a decoder belongs to one at a time.
 */
#ifndef DS_DECODER_DECODER_C_H_
#define DS_DECODER_DECODER_C_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A failure has a code of deepspeech.h, or this one. */
enum { DSD_OK = 0, DSD_INVALID_ARGUMENT = 1 };

typedef struct dsd_alphabet dsd_alphabet;
typedef struct dsd_scorer dsd_scorer;
typedef struct dsd_grammar dsd_grammar;
typedef struct dsd_options dsd_options;
typedef struct dsd_decoder dsd_decoder;
typedef struct dsd_results dsd_results;
typedef struct dsd_spotter dsd_spotter;

/* Bytes that belong to the object that handed them out, valid until its next call. */
typedef struct {
  const void* data;
  size_t size;
} dsd_bytes;

/* Rows of 32- or 64-bit floats, one after the other. */
typedef struct {
  const void* data;
  size_t rows;
  size_t columns;
  int is_double;
} dsd_matrix;

const char* dsd_version(void); /* of this project */

int dsd_error_code(void);
const char* dsd_error_message(void);
void dsd_clear_error(void);

/* Has this thread's calls that compute ask stop(user) every 50 ms; they fail if it is not 0. */
void dsd_set_interrupt(int (*stop)(void* user), void* user);

dsd_alphabet* dsd_alphabet_load(const char* path);
dsd_alphabet* dsd_alphabet_bytes_output(void);
dsd_alphabet* dsd_alphabet_deserialize(dsd_bytes data);
void dsd_alphabet_free(dsd_alphabet* alphabet);
int dsd_alphabet_size(const dsd_alphabet* alphabet);  /* without blank */
int dsd_alphabet_space(const dsd_alphabet* alphabet); /* its label, -1 if there is none */
int dsd_alphabet_is_bytes(const dsd_alphabet* alphabet);
dsd_bytes dsd_alphabet_serialize(dsd_alphabet* alphabet);
/* Labels as int32. Bytes of `text` before the first character that no label covers: `*spelt`. */
dsd_bytes dsd_alphabet_encode(dsd_alphabet* alphabet, dsd_bytes text, size_t* spelt);
dsd_bytes dsd_alphabet_decode(dsd_alphabet* alphabet, dsd_bytes labels);

/* A .scorer file, a KenLM binary or an ARPA file. */
dsd_scorer* dsd_scorer_open(const char* path, const dsd_alphabet* alphabet);
void dsd_scorer_free(dsd_scorer* scorer);
int dsd_scorer_set_weights(dsd_scorer* scorer, double alpha, double beta); /* 0, or -1 */
double dsd_scorer_alpha(const dsd_scorer* scorer);
double dsd_scorer_beta(const dsd_scorer* scorer);
int dsd_scorer_order(const dsd_scorer* scorer);
int dsd_scorer_is_bytes(const dsd_scorer* scorer);
size_t dsd_scorer_words_left_out(const dsd_scorer* scorer);
/* Natural logarithm of the probability of the last of the words, which are separated by line feeds,
   after the others; -1000 if one is unknown. `begins`: a sentence begins with the first, `ends`:
   the end of a sentence follows the last, and is what is scored. */
double dsd_scorer_log_prob(const dsd_scorer* scorer, dsd_bytes words, int begins, int ends);

/* From a text or a file: JSGF, a list in JSON, a phrase a line; or a packed file. */
dsd_grammar* dsd_grammar_new(const char* text_or_path, const dsd_alphabet* alphabet);
void dsd_grammar_free(dsd_grammar* grammar);
int dsd_grammar_save(const dsd_grammar* grammar, const char* path); /* packed; 0, or -1 */
size_t dsd_grammar_states(const dsd_grammar* grammar);

dsd_options* dsd_options_new(size_t beam_width, double cutoff_prob, size_t cutoff_top_n);
void dsd_options_free(dsd_options* options);
int dsd_options_add_hot_word(dsd_options* options, const char* text, float boost); /* 0, or -1 */
/* Lets words be written that the scorer does not know, each at a cost in nats. */
void dsd_options_set_oov_cost(dsd_options* options, double cost);

/* Only texts of the grammar, where a scorer is not asked; or the slots of a scorer's words. 0, or
   -1. */
int dsd_options_set_grammar(dsd_options* options, const dsd_grammar* grammar);

/* The decoder keeps what it needs of its arguments. */
dsd_decoder* dsd_decoder_new(const dsd_alphabet* alphabet, const dsd_options* options,
                             const dsd_scorer* scorer_or_null);
void dsd_decoder_free(dsd_decoder* decoder);
int dsd_decoder_step(dsd_decoder* decoder, dsd_matrix probs); /* 0, or -1 */
dsd_results* dsd_decoder_decode(const dsd_decoder* decoder, size_t count);
size_t dsd_decoder_frames(const dsd_decoder* decoder);
int dsd_decoder_reset(dsd_decoder* decoder); /* 0, or -1 */

void dsd_results_free(dsd_results* results);
size_t dsd_results_count(const dsd_results* results);
double dsd_results_confidence(const dsd_results* results, size_t i);
dsd_bytes dsd_results_tokens(const dsd_results* results, size_t i);    /* int32 labels */
dsd_bytes dsd_results_timesteps(const dsd_results* results, size_t i); /* uint32 frames */
dsd_bytes dsd_results_text(const dsd_results* results, size_t i);
/* Words between spaces: text, first frame, one past the last frame, confidence in [0, 1]. */
size_t dsd_results_num_words(const dsd_results* results, size_t i);
dsd_bytes dsd_results_word(const dsd_results* results, size_t i, size_t word);
uint32_t dsd_results_word_start(const dsd_results* results, size_t i, size_t word);
uint32_t dsd_results_word_end(const dsd_results* results, size_t i, size_t word);
double dsd_results_word_confidence(const dsd_results* results, size_t i, size_t word);
/* What a grammar makes of it: an intent ("": none), and slots with name, value, what was said,
   first frame and one past the last. */
dsd_bytes dsd_results_intent(const dsd_results* results, size_t i);
size_t dsd_results_num_slots(const dsd_results* results, size_t i);
dsd_bytes dsd_results_slot_name(const dsd_results* results, size_t i, size_t slot);
dsd_bytes dsd_results_slot_value(const dsd_results* results, size_t i, size_t slot);
dsd_bytes dsd_results_slot_text(const dsd_results* results, size_t i, size_t slot);
uint32_t dsd_results_slot_start(const dsd_results* results, size_t i, size_t slot);
uint32_t dsd_results_slot_end(const dsd_results* results, size_t i, size_t slot);
/* What speaks for a transcript, and then for each of its words: two doubles from 0 to 1, its
   fit and its share (decoder/evidence.h). */
dsd_bytes dsd_results_evidence(const dsd_results* results, size_t i);

/* Listens for phrases (keywords/spotter.h), from a text or a file of lines. */
dsd_spotter* dsd_spotter_new(const char* text_or_path, const dsd_alphabet* alphabet);
void dsd_spotter_free(dsd_spotter* spotter);
size_t dsd_spotter_size(const dsd_spotter* spotter); /* phrases */
dsd_bytes dsd_spotter_name(const dsd_spotter* spotter, size_t i);
double dsd_spotter_threshold(const dsd_spotter* spotter, size_t i);
int dsd_spotter_step(dsd_spotter* spotter, dsd_matrix probs); /* 0, or -1 */
int dsd_spotter_finish(dsd_spotter* spotter);                 /* 0, or -1 */
/* Hits of the last step or finish, four doubles each: number of the phrase, first frame, one past
   the last, score from 0 to 1. */
dsd_bytes dsd_spotter_hits(const dsd_spotter* spotter);

#ifdef __cplusplus
}
#endif
#endif /* DS_DECODER_DECODER_C_H_ */
