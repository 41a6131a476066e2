// Speech to text: runs models exported by DeepSpeech. C99 and C++.
//
//   ModelState* model;
//   int code = DS_CreateModel("output_graph.pbmm", &model);
//   if (code != DS_ERR_OK) { ... DS_ErrorCodeToErrorMessage(code), DS_LastError() ... }
//   char* text = DS_SpeechToText(model, samples, n_samples);  // 16-bit mono PCM
//   DS_FreeString(text);
//   DS_FreeModel(model);
//
// Threads: any number of threads may use a model at once, and change its beam width, scorer,
// grammar or hot words at any time; a stream keeps the settings it was created with. Use a stream
// from one thread at a time, and end it before its model is freed. Models and streams serve in a
// child of a fork too, but for a stream that another thread was using at that moment.
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

/* What tells of success, or has to be freed. Define DEEPSPEECH_CHECKED as an attribute, such as
   __attribute__((warn_unused_result)), to be warned where you ignore it. */
#ifndef DEEPSPEECH_CHECKED
#define DEEPSPEECH_CHECKED
#endif
#define DEEPSPEECH_RESULT DEEPSPEECH_EXPORT DEEPSPEECH_CHECKED

typedef struct ModelState ModelState;
typedef struct StreamingState StreamingState;
typedef struct AlignStream AlignStream;
typedef struct Segmenter Segmenter;

/* One token (a letter, usually) of a transcript. */
typedef struct TokenMetadata {
  const char* const text;
  /* Position in network steps (usually 20 ms each). */
  const unsigned int timestep;
  /* Position in seconds. */
  const float start_time;
} TokenMetadata;

/* A transcript with its tokens. */
typedef struct CandidateTranscript {
  const TokenMetadata* const tokens;
  const unsigned int num_tokens;
  /* Approximate log probability; comparable only between candidates of the same utterance. */
  const double confidence;
} CandidateTranscript;

/* What the network said: double [num_timesteps, num_symbols], the probabilities of each step after
   softmax, which sum up to 1; that of symbol j in step i is emissions[i * num_symbols + j]. Symbols
   are the labels of the alphabet in their order and, last, the blank, whose text is "". Step i
   begins at i * ModelInfo.step_seconds; its window is longer than a step. */
typedef struct AcousticModelEmissions {
  int num_symbols;
  const char** symbols;
  int num_timesteps;
  const double* emissions;
} AcousticModelEmissions;

/* Candidate transcripts, best first. */
typedef struct Metadata {
  const CandidateTranscript* const transcripts;
  const unsigned int num_transcripts;
  /* Of DS_SpeechToTextWithEmissions, else NULL. */
  const AcousticModelEmissions* const emissions;
} Metadata;

/* Every error: name, code, message. */
/* clang-format off */
#define DS_FOR_EACH_ERROR(X)                                                                      \
  X(DS_ERR_OK,                      0x0000, "No error.")                                          \
  X(DS_ERR_NO_MODEL,                0x1000, "Missing model information.")                         \
  X(DS_ERR_INVALID_ALPHABET,        0x2000, "The alphabet inside the model is damaged or does not fit it.") \
  X(DS_ERR_INVALID_SHAPE,           0x2001, "A matrix of the model has the wrong shape.")         \
  X(DS_ERR_INVALID_SCORER,          0x2002, "The scorer cannot be used.")                         \
  X(DS_ERR_MODEL_INCOMPATIBLE,      0x2003, "This client cannot run this model.")                 \
  X(DS_ERR_SCORER_NOT_ENABLED,      0x2004, "No external scorer is enabled.")                     \
  X(DS_ERR_SCORER_UNREADABLE,       0x2005, "The scorer file cannot be read.")                    \
  X(DS_ERR_SCORER_INVALID_LM,       0x2006, "The scorer file has no readable language model.")    \
  X(DS_ERR_SCORER_NO_TRIE,          0x2007, "The scorer file ends before its vocabulary.")        \
  X(DS_ERR_SCORER_INVALID_TRIE,     0x2008, "The vocabulary of the scorer file is damaged.")      \
  X(DS_ERR_SCORER_VERSION_MISMATCH, 0x2009, "The scorer file does not have version 6.")           \
  X(DS_ERR_INVALID_GRAMMAR,         0x200A, "The grammar cannot be used.")                        \
  X(DS_ERR_INVALID_KEYWORDS,        0x200B, "The keywords cannot be used.")                       \
  X(DS_ERR_FAIL_INIT_MMAP,          0x3000, "The model file cannot be read or mapped.")           \
  X(DS_ERR_FAIL_INIT_SESS,          0x3001, "The model cannot be prepared.")                      \
  X(DS_ERR_FAIL_INTERPRETER,        0x3002, "The model cannot be interpreted.")                   \
  X(DS_ERR_FAIL_RUN_SESS,           0x3003, "Running the model failed.")                          \
  X(DS_ERR_FAIL_CREATE_STREAM,      0x3004, "The stream cannot be created.")                      \
  X(DS_ERR_FAIL_READ_PROTOBUF,      0x3005, "The model file is not a readable graph.")            \
  X(DS_ERR_FAIL_CREATE_SESS,        0x3006, "The model cannot be set up.")                        \
  X(DS_ERR_FAIL_CREATE_MODEL,       0x3007, "The model cannot be created.")                       \
  X(DS_ERR_FAIL_INSERT_HOTWORD,     0x3008, "The hot word cannot be added.")                      \
  X(DS_ERR_FAIL_CLEAR_HOTWORD,      0x3009, "The hot words cannot be removed.")                   \
  X(DS_ERR_FAIL_ERASE_HOTWORD,      0x3010, "There is no such hot word to remove.")
/* clang-format on */

enum DeepSpeech_Error_Codes {
#define DS_DEFINE_ERROR(name, code, message) name = code,
  DS_FOR_EACH_ERROR(DS_DEFINE_ERROR)
#undef DS_DEFINE_ERROR
};

/* ---- models ---------------------------------------------------------------------------------- */

/* Opens an exported model. A .pbmm is mapped and ready at once; a .pb is quantised to int8 first.
   Returns DS_ERR_OK and the model, to be freed with DS_FreeModel, or an error code and NULL. */
DEEPSPEECH_RESULT int DS_CreateModel(const char* aModelPath, ModelState** retval);

/* The same from memory; the bytes are copied. */
DEEPSPEECH_RESULT int DS_CreateModelFromBuffer(const char* aModelBuffer, unsigned int aBufferSize,
                                               ModelState** retval);

/* How to run a model. Zero it and set `size` to sizeof(ModelOptions) before the other members. */
typedef struct ModelOptions {
  unsigned int size;
  int fp32;    /* 1: run a .pb with unquantised weights: slower, four times the memory */
  int threads; /* per utterance; 0: one, or two where n_hidden is above 1024 */
} ModelOptions;

DEEPSPEECH_RESULT int DS_CreateModelWithOptions(const char* aModelPath,
                                                const ModelOptions* aOptions, ModelState** retval);

/* Converts a model of any format (.pb, .pbmm, .tflite) to a packed .pbmm, which opens at once. */
DEEPSPEECH_RESULT int DS_PackModel(const char* aModelPath, const char* aPackedPath);

/* The same with recurrent weights of 8 bits or 4 bits. 4 bits are faster, as most of the run time
   goes into these weights, and slightly less accurate. */
DEEPSPEECH_RESULT int DS_PackModelWithBits(const char* aModelPath, const char* aPackedPath,
                                           unsigned int aRecurrentBits);

DEEPSPEECH_EXPORT void DS_FreeModel(ModelState* ctx);

DEEPSPEECH_EXPORT unsigned int DS_GetModelBeamWidth(const ModelState* aCtx);
DEEPSPEECH_RESULT int DS_SetModelBeamWidth(ModelState* aCtx, unsigned int aBeamWidth);
/* The sample rate that audio must have, in Hz. */
DEEPSPEECH_EXPORT int DS_GetModelSampleRate(const ModelState* aCtx);

/* Facts about a model. Set `size` to sizeof(ModelInfo) before the call; the strings are valid as
   long as the model is. */
typedef struct ModelInfo {
  unsigned int size;
  const char* language;      /* as set by the exporter; may be empty */
  const char* version;       /* of the exporting program; may be empty */
  const char* feature_type;  /* "2017" or "0.9.3" */
  const char* const* labels; /* the alphabet in UTF-8, without the blank */
  unsigned int num_labels;
  int bytes_output; /* 1: the labels are the bytes 1..255 */
  int sample_rate;  /* in Hz */
  unsigned int n_hidden, n_input, n_context;
  int bidirectional; /* 1: a stream gives results only at its end */
  int layer_norm;
  float step_seconds;          /* duration of a time step */
  const char* precision;       /* "int8" or "fp32" */
  const char* instruction_set; /* in use */
  unsigned int threads;
} ModelInfo;

DEEPSPEECH_RESULT int DS_GetModelInfo(const ModelState* aCtx, ModelInfo* aInfo);

/* ---- language model and hot words ------------------------------------------------------------ */

/* Uses a language model: a .scorer package, a KenLM binary or an ARPA file. */
DEEPSPEECH_RESULT int DS_EnableExternalScorer(ModelState* aCtx, const char* aScorerPath);
DEEPSPEECH_RESULT int DS_EnableExternalScorerFromBuffer(ModelState* aCtx, const char* aScorerBuffer,
                                                        unsigned int aBufferSize);
DEEPSPEECH_RESULT int DS_DisableExternalScorer(ModelState* aCtx);
/* Weight of the language model (alpha), and bonus for each word (beta). */
DEEPSPEECH_RESULT int DS_SetScorerAlphaBeta(ModelState* aCtx, float aAlpha, float aBeta);

/* With a scorer of words: lets words be written that it does not know, each at a cost in nats, 0 or
   more. INFINITY, as at first: none are. */
DEEPSPEECH_RESULT int DS_SetOovCost(ModelState* aCtx, float aCost);

/* Makes a word or phrase more likely (boost above 0) or less likely. One that the alphabet cannot
   spell is accepted but has no effect; DS_LastError() says so. */
DEEPSPEECH_RESULT int DS_AddHotWord(ModelState* aCtx, const char* word, float boost);
DEEPSPEECH_RESULT int DS_EraseHotWord(ModelState* aCtx, const char* word);
DEEPSPEECH_RESULT int DS_ClearHotWords(ModelState* aCtx);
/* The same for one stream that was not fed yet, which begins with those of its model. */
DEEPSPEECH_RESULT int DS_AddStreamHotWord(StreamingState* aSctx, const char* word, float boost);
DEEPSPEECH_RESULT int DS_EraseStreamHotWord(StreamingState* aSctx, const char* word);
DEEPSPEECH_RESULT int DS_ClearStreamHotWords(StreamingState* aSctx);

/* ---- grammars -------------------------------------------------------------------------------- */

/* Has a model write nothing but what a grammar allows, or nothing at all where nothing of it is
   said. A grammar is a text or the path of a file, in UTF-8: JSGF, a list in JSON as Vosk has it,
   or a phrase a line; or the path of a packed file. A text is what has more than one line, or
   begins with #JSGF or [". A scorer has no say meanwhile. DS_LastError() tells a mistake's line and
   column. doc/use/grammars.md has all that can be written.

   JSGF without a public rule lets anything be said, as a scorer has it that is enabled already: its
   rules say what that scorer's words such as [name] stand for, each in a slot of its name. */
DEEPSPEECH_RESULT int DS_EnableGrammar(ModelState* aCtx, const char* aGrammar);
DEEPSPEECH_RESULT int DS_DisableGrammar(ModelState* aCtx);
/* The same for a stream that was not fed yet, whatever its model has. */
DEEPSPEECH_RESULT int DS_EnableStreamGrammar(StreamingState* aSctx, const char* aGrammar);
DEEPSPEECH_RESULT int DS_DisableStreamGrammar(StreamingState* aSctx);
/* Makes a grammar ready for a model's alphabet, and writes it to a file that opens at once. */
DEEPSPEECH_RESULT int DS_PackGrammar(const ModelState* aCtx, const char* aGrammar,
                                     const char* aPackedPath);

/* ---- interruption ---------------------------------------------------------------------------- */

/* Has this thread's calls that compute, or open or pack a model, ask aStop(aUser) every 50 ms; if
   it returns other than 0 they end, and fail with their code or NULL. A stream whose feeding was
   ended can only be freed. NULL: nobody is asked any more. */
DEEPSPEECH_EXPORT void DS_SetInterrupt(int (*aStop)(void* aUser), void* aUser);

/* ---- whole utterances ------------------------------------------------------------------------ */

/* The transcript of 16-bit mono samples at the model's rate; free it with DS_FreeString. NULL on
   error. */
DEEPSPEECH_RESULT char* DS_SpeechToText(ModelState* aCtx, const short* aBuffer,
                                        unsigned int aBufferSize);
/* Up to aNumResults transcripts with their tokens; free with DS_FreeMetadata. NULL on error. */
DEEPSPEECH_RESULT Metadata* DS_SpeechToTextWithMetadata(ModelState* aCtx, const short* aBuffer,
                                                        unsigned int aBufferSize,
                                                        unsigned int aNumResults);

/* The same with what the network said; with aNumResults 0 nothing else, which is faster. */
DEEPSPEECH_RESULT Metadata* DS_SpeechToTextWithEmissions(ModelState* aCtx, const short* aBuffer,
                                                         unsigned int aBufferSize,
                                                         unsigned int aNumResults);

/* ---- streams --------------------------------------------------------------------------------- */

/* DS_FinishStream, DS_FinishStreamWithMetadata and DS_FreeStream end a stream and free it. */
DEEPSPEECH_RESULT int DS_CreateStream(ModelState* aCtx, StreamingState** retval);
DEEPSPEECH_EXPORT void DS_FeedAudioContent(StreamingState* aSctx, const short* aBuffer,
                                           unsigned int aBufferSize);

/* The transcript so far. A forward model has run all but the last 0.2 to 0.5 seconds, so this is
   cheap; a bidirectional one has to run everything that is not settled yet. */
DEEPSPEECH_RESULT char* DS_IntermediateDecode(const StreamingState* aSctx);
DEEPSPEECH_RESULT Metadata* DS_IntermediateDecodeWithMetadata(const StreamingState* aSctx,
                                                              unsigned int aNumResults);
/* The same for all audio so far: first runs what still waits for a full batch or for context. */
DEEPSPEECH_RESULT char* DS_IntermediateDecodeFlushBuffers(StreamingState* aSctx);
DEEPSPEECH_RESULT Metadata* DS_IntermediateDecodeWithMetadataFlushBuffers(StreamingState* aSctx,
                                                                          unsigned int aNumResults);

DEEPSPEECH_RESULT char* DS_FinishStream(StreamingState* aSctx);
DEEPSPEECH_RESULT Metadata* DS_FinishStreamWithMetadata(StreamingState* aSctx,
                                                        unsigned int aNumResults);
DEEPSPEECH_EXPORT void DS_FreeStream(StreamingState* aSctx);

/* When an utterance has ended. Begin with the usual ones:

     EndpointRules rules = DS_ENDPOINT_RULES; */
typedef struct EndpointRules {
  unsigned int size;
  float silence_before; /* seconds of silence, nothing said so far */
  float silence_after;  /* seconds of silence after something was said */
  float longest;        /* seconds of an utterance */
} EndpointRules;
#define DS_ENDPOINT_RULES {sizeof(EndpointRules), 2.4f, 1.2f, 20.0f}

/* The rule that has ended an utterance. */
#define DS_ENDPOINT_NONE 0
#define DS_ENDPOINT_NOTHING_SAID 1
#define DS_ENDPOINT_SAID 2
#define DS_ENDPOINT_TOO_LONG 3

/* Has a stream that was not fed yet go by other rules; it goes by the usual ones otherwise. */
DEEPSPEECH_RESULT int DS_SetEndpointRules(StreamingState* aSctx, const EndpointRules* aRules);

/* The rule by which what was fed so far is an utterance that has ended, or DS_ENDPOINT_NONE. Finish
   the stream then, and go on with another one. Ask from the beginning on, whenever samples were
   fed: a stream listens from the first time on, or since its rules were set. A forward network is
   asked what it reads; for a bidirectional one, which runs later, speech is what stands out from
   the noise. */
DEEPSPEECH_RESULT int DS_StreamEndpoint(StreamingState* aSctx);

/* ---- keywords -------------------------------------------------------------------------------- */

/* A phrase that was heard. */
typedef struct HeardKeyword {
  const char* phrase;          /* as its list has it, or the name that it gives it */
  double start_time, end_time; /* in seconds from the first sample of the stream */
  float score;                 /* 0 to 1: the probability of its letters, their geometric mean */
} HeardKeyword;

/* Has a stream that was not fed yet listen for phrases and do nothing else, without end and in
   constant memory; what it is finished with is empty. aKeywords is a text of lines, with one line
   feed at least, or the path of a file: a phrase a line, with #THRESHOLD and @NAME where it has
   them. DS_LastError() tells a mistake's line and column. See doc/use/keywords.md. */
DEEPSPEECH_RESULT int DS_EnableKeywords(StreamingState* aSctx, const char* aKeywords);
/* What was heard since the last call, valid until the stream's next one. A bidirectional network
   hears at the end, and every 20 to 39 seconds before. */
DEEPSPEECH_RESULT int DS_TakeKeywords(StreamingState* aSctx, const HeardKeyword** aHeard,
                                      unsigned int* aNumHeard);
/* The same at the end of the audio. The stream cannot be fed any more, and is still to be freed. */
DEEPSPEECH_RESULT int DS_EndKeywords(StreamingState* aSctx, const HeardKeyword** aHeard,
                                     unsigned int* aNumHeard);

/* ---- speech and pauses ----------------------------------------------------------------------- */

/* How to cut a recording into utterances. Begin with the usual way:

     SegmentOptions options = DS_SEGMENT_OPTIONS; */
typedef struct SegmentOptions {
  unsigned int size;
  unsigned int pause_ms;    /* silence that ends a segment */
  unsigned int padding_ms;  /* kept before and after the speech, but no more than a pause, or than
                               a quarter of the longest segment */
  unsigned int shortest_ms; /* speech that a segment has at least */
  unsigned int longest_ms;  /* a longer one is cut where it is quietest */
  float threshold;          /* nats that speech stands out from the noise by */
} SegmentOptions;
#define DS_SEGMENT_OPTIONS {sizeof(SegmentOptions), 500, 200, 100, 20000, 0.9f}

/* Where somebody speaks, in samples from the first one fed; the end is one past the last. */
typedef struct SpeechSegment {
  unsigned long long start, end;
} SpeechSegment;

/* Finds speech in 16-bit mono samples as they come. No model is needed; aOptions may be NULL. */
DEEPSPEECH_RESULT int DS_CreateSegmenter(unsigned int aSampleRate, const SegmentOptions* aOptions,
                                         Segmenter** retval);
/* aSegments receives the segments that ended with these samples, until the segmenter's next call.
 */
DEEPSPEECH_RESULT int DS_FeedSegmenter(Segmenter* aSegmenter, const short* aBuffer,
                                       unsigned int aBufferSize, const SpeechSegment** aSegments,
                                       unsigned int* aNumSegments);
/* The same for the segment that ends with the recording, if there is one. */
DEEPSPEECH_RESULT int DS_FinishSegmenter(Segmenter* aSegmenter, const SpeechSegment** aSegments,
                                         unsigned int* aNumSegments);
DEEPSPEECH_EXPORT void DS_FreeSegmenter(Segmenter* aSegmenter);

/* ---- results --------------------------------------------------------------------------------- */

/* A word of a transcript; confidence from 0 to 1. */
typedef struct WordMetadata {
  const char* text;
  float start_time, end_time; /* in seconds */
  float confidence;
} WordMetadata;

/* The words of transcript number aTranscript; *aNumWords receives their count. They are freed with
   the metadata. */
DEEPSPEECH_EXPORT const WordMetadata* DS_GetWords(const Metadata* aMetadata,
                                                  unsigned int aTranscript,
                                                  unsigned int* aNumWords);

/* What a grammar names in a transcript. */
typedef struct SlotMetadata {
  const char* name;
  const char* text;           /* what was said */
  const char* value;          /* what it means: the same unless the grammar tells */
  float start_time, end_time; /* in seconds */
} SlotMetadata;

/* The slots of transcript number aTranscript, and what it is about: the grammar's rule, or what its
   tag says; NULL if there is no grammar, or it does not tell. They are freed with the metadata. */
DEEPSPEECH_EXPORT const SlotMetadata* DS_GetSlots(const Metadata* aMetadata,
                                                  unsigned int aTranscript,
                                                  unsigned int* aNumSlots);
DEEPSPEECH_EXPORT const char* DS_GetIntent(const Metadata* aMetadata, unsigned int aTranscript);
/* How far a text or word can be trusted. */
typedef struct Confidence {
  float probability; /* that it is right, 0 to 1 */
  float fit;   /* how near it comes to what the network says where nothing constrains it, 0 to 1 */
  float share; /* its part of the probability of all texts that the search has kept, 0 to 1 */
} Confidence;

/* Of a transcript and its words. */
typedef struct Confidences {
  int calibrated; /* 1: by the curves that bin/calibrate.py has put into the model; 0: it has none
                     for this search, and a probability is merely fit * share */
  Confidence text;
  const Confidence* words; /* of those of DS_GetWords */
  unsigned int num_words;
} Confidences;

/* The confidences of transcript number aTranscript; they are freed with the metadata. */
DEEPSPEECH_EXPORT const Confidences* DS_GetConfidences(const Metadata* aMetadata,
                                                       unsigned int aTranscript);

/* Has results become "[unk]" whose probability is below aTexts, and words of theirs below aWords;
   0, as at first, rejects nothing. Where the best text is rejected there is no other one. What is
   said so far, and nothing said, are not judged. */
DEEPSPEECH_RESULT int DS_SetRejection(ModelState* aCtx, float aTexts, float aWords);

DEEPSPEECH_EXPORT void DS_FreeMetadata(Metadata* m);
DEEPSPEECH_EXPORT void DS_FreeString(char* str);

/* ---- alignment ------------------------------------------------------------------------------- */

/* A line, word or letter of a text, and where it is spoken. */
typedef struct AlignedPart {
  const char* text;           /* as it was given, with its punctuation */
  float start_time, end_time; /* in seconds */
  float confidence;           /* 0 to 1: the geometric mean of its labels' probabilities */
  int found;                  /* 0: not spoken, as it seems; it has no time of its own */
  unsigned int first, count;  /* of a line its words, of a word its letters */
} AlignedPart;

/* A text in its order. Letters are those that the alphabet can spell. */
typedef struct Alignment {
  const AlignedPart* lines;
  unsigned int num_lines;
  const AlignedPart* words;
  unsigned int num_words;
  const AlignedPart* letters;
  unsigned int num_letters;
  float duration; /* of the recording, in seconds */
} Alignment;

/* Finds where a recording has the lines, words and letters of a text in UTF-8. Lines that are not
   spoken are told by `found`, and speech that is not in the text is passed over. Capitals, accents
   and punctuation need not be in the alphabet. Free the result with DS_FreeAlignment. */
DEEPSPEECH_RESULT int DS_AlignText(ModelState* aCtx, const short* aBuffer, unsigned int aBufferSize,
                                   const char* aText, Alignment** retval);

/* The same for samples as they come, hours of them in constant memory but for 11 MB an hour.
   DS_FinishAlignStream and DS_FreeAlignStream end a stream and free it. */
DEEPSPEECH_RESULT int DS_CreateAlignStream(ModelState* aCtx, const char* aText,
                                           AlignStream** retval);
DEEPSPEECH_RESULT int DS_FeedAlignStream(AlignStream* aStream, const short* aBuffer,
                                         unsigned int aBufferSize);
DEEPSPEECH_RESULT int DS_FinishAlignStream(AlignStream* aStream, Alignment** retval);
DEEPSPEECH_EXPORT void DS_FreeAlignStream(AlignStream* aStream);
DEEPSPEECH_EXPORT void DS_FreeAlignment(Alignment* aAlignment);

/* ---- features -------------------------------------------------------------------------------- */

/* The network's input for a recording. *aWindows is float [*aNumSteps, *aWidth]: each row has the
   features of one step and its context, oldest frame first. Free it with DS_FreeFeatures. */
DEEPSPEECH_RESULT int DS_ComputeFeatures(const ModelState* aCtx, const short* aBuffer,
                                         unsigned int aBufferSize, float** aWindows,
                                         unsigned int* aNumSteps, unsigned int* aWidth);
/* The same with the features of 2017; needs no model. */
DEEPSPEECH_RESULT int DS_AudioToInputVector(const short* aBuffer, unsigned int aBufferSize,
                                            int aSampleRate, int aNCep, int aNContext,
                                            float** aWindows, unsigned int* aNumSteps,
                                            unsigned int* aWidth);
DEEPSPEECH_EXPORT void DS_FreeFeatures(float* aWindows);
/* The transcript of such windows; free *aText with DS_FreeString. */
DEEPSPEECH_RESULT int DS_InferFeatures(ModelState* aCtx, const float* aWindows,
                                       unsigned int aNumSteps, unsigned int aWidth, char** aText);

/* ---- about ----------------------------------------------------------------------------------- */

/* Version of this library; free with DS_FreeString. */
DEEPSPEECH_RESULT char* DS_Version(void);
/* What a code means; free with DS_FreeString. */
DEEPSPEECH_RESULT char* DS_ErrorCodeToErrorMessage(int aErrorCode);
/* What went wrong in the last call on this thread, with names and values; "" if nothing did. Valid
   until the thread's next call. Functions that free something, and the two above, keep it. */
DEEPSPEECH_EXPORT const char* DS_LastError(void);

#ifdef __cplusplus
}
#endif

#endif /* DEEPSPEECH_H_ */
