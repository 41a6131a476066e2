// Speech to text: runs models exported by DeepSpeech. C99 and C++.
//
//   ModelState* model;
//   int code = DS_CreateModel("output_graph.pbmm", &model);
//   if (code != DS_ERR_OK) { ... DS_ErrorCodeToErrorMessage(code), DS_LastError() ... }
//   char* text = DS_SpeechToText(model, samples, n_samples);  // 16-bit mono PCM
//   DS_FreeString(text);
//   DS_FreeModel(model);
//
// Threads: one model may serve any number of threads at once, as long as no thread changes it
// (beam width, scorer, hot words) while another decodes; a change takes effect for streams created
// afterwards. A stream belongs to one thread at a time. Streams end before their model is freed.
#ifndef DEEPSPEECH_H_
#define DEEPSPEECH_H_

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(_WIN32)
#define DEEPSPEECH_EXPORT __declspec(dllexport)
#else
#define DEEPSPEECH_EXPORT __attribute__((visibility("default")))
#endif

typedef struct ModelState ModelState;
typedef struct StreamingState StreamingState;

/* One token (a letter, usually) of a transcript. */
typedef struct TokenMetadata {
  const char* const text;
  /* Position in steps of the network (usually 20 ms). */
  const unsigned int timestep;
  /* Position in seconds. */
  const float start_time;
} TokenMetadata;

/* A transcript with its tokens. */
typedef struct CandidateTranscript {
  const TokenMetadata* const tokens;
  const unsigned int num_tokens;
  /* Log probability of the transcript, roughly: only for comparing candidates of one utterance. */
  const double confidence;
} CandidateTranscript;

/* Candidate transcripts, best first. */
typedef struct Metadata {
  const CandidateTranscript* const transcripts;
  const unsigned int num_transcripts;
} Metadata;

/* Every error: name, code, message. */
/* clang-format off */
#define DS_FOR_EACH_ERROR(X)                                                                       \
  X(DS_ERR_OK,                      0x0000, "No error.")                                           \
  X(DS_ERR_NO_MODEL,                0x1000, "Missing model information.")                          \
  X(DS_ERR_INVALID_ALPHABET,        0x2000, "Invalid alphabet embedded in model. (Data corruption?)") \
  X(DS_ERR_INVALID_SHAPE,           0x2001, "Invalid model shape.")                                \
  X(DS_ERR_INVALID_SCORER,          0x2002, "Invalid scorer file.")                                \
  X(DS_ERR_MODEL_INCOMPATIBLE,      0x2003, "Incompatible model.")                                 \
  X(DS_ERR_SCORER_NOT_ENABLED,      0x2004, "External scorer is not enabled.")                     \
  X(DS_ERR_SCORER_UNREADABLE,       0x2005, "Could not read scorer file.")                         \
  X(DS_ERR_SCORER_INVALID_LM,       0x2006, "Could not recognize language model header in scorer.") \
  X(DS_ERR_SCORER_NO_TRIE,          0x2007, "Reached end of scorer file before loading vocabulary trie.") \
  X(DS_ERR_SCORER_INVALID_TRIE,     0x2008, "Invalid magic in trie header.")                       \
  X(DS_ERR_SCORER_VERSION_MISMATCH, 0x2009, "Scorer file version does not match expected version.") \
  X(DS_ERR_FAIL_INIT_MMAP,          0x3000, "Failed to initialize memory mapped model.")           \
  X(DS_ERR_FAIL_INIT_SESS,          0x3001, "Failed to initialize the session.")                   \
  X(DS_ERR_FAIL_INTERPRETER,        0x3002, "Interpreter failed.")                                 \
  X(DS_ERR_FAIL_RUN_SESS,           0x3003, "Failed to run the session.")                          \
  X(DS_ERR_FAIL_CREATE_STREAM,      0x3004, "Error creating the stream.")                          \
  X(DS_ERR_FAIL_READ_PROTOBUF,      0x3005, "Error reading the proto buffer model file.")          \
  X(DS_ERR_FAIL_CREATE_SESS,        0x3006, "Failed to create session.")                           \
  X(DS_ERR_FAIL_CREATE_MODEL,       0x3007, "Could not allocate model state.")                     \
  X(DS_ERR_FAIL_INSERT_HOTWORD,     0x3008, "Could not insert hot-word.")                          \
  X(DS_ERR_FAIL_CLEAR_HOTWORD,      0x3009, "Could not clear hot-words.")                          \
  X(DS_ERR_FAIL_ERASE_HOTWORD,      0x3010, "Could not erase hot-word.")
/* clang-format on */

enum DeepSpeech_Error_Codes {
#define DS_DEFINE_ERROR(name, code, message) name = code,
  DS_FOR_EACH_ERROR(DS_DEFINE_ERROR)
#undef DS_DEFINE_ERROR
};

#ifdef __cplusplus
}
#endif

#endif /* DEEPSPEECH_H_ */
