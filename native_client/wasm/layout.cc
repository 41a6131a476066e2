// Where the members of deepspeech.h's structs lie for WebAssembly: src/model.js reads them there.
#include <cstddef>

#include "deepspeech.h"

#define DS_LIES_AT(type, member, offset) \
  static_assert(offsetof(type, member) == (offset), "src/model.js expects it elsewhere")

DS_LIES_AT(Metadata, transcripts, 0);
DS_LIES_AT(Metadata, num_transcripts, 4);

DS_LIES_AT(CandidateTranscript, tokens, 0);
DS_LIES_AT(CandidateTranscript, num_tokens, 4);
DS_LIES_AT(CandidateTranscript, confidence, 8);
static_assert(sizeof(CandidateTranscript) == 16, "src/model.js expects 16 bytes");

DS_LIES_AT(TokenMetadata, text, 0);
DS_LIES_AT(TokenMetadata, timestep, 4);
DS_LIES_AT(TokenMetadata, start_time, 8);
static_assert(sizeof(TokenMetadata) == 12, "src/model.js expects 12 bytes");

DS_LIES_AT(WordMetadata, text, 0);
DS_LIES_AT(WordMetadata, start_time, 4);
DS_LIES_AT(WordMetadata, end_time, 8);
DS_LIES_AT(WordMetadata, confidence, 12);
static_assert(sizeof(WordMetadata) == 16, "src/model.js expects 16 bytes");

DS_LIES_AT(SlotMetadata, name, 0);
DS_LIES_AT(SlotMetadata, text, 4);
DS_LIES_AT(SlotMetadata, value, 8);
DS_LIES_AT(SlotMetadata, start_time, 12);
DS_LIES_AT(SlotMetadata, end_time, 16);
static_assert(sizeof(SlotMetadata) == 20, "src/model.js expects 20 bytes");

DS_LIES_AT(Confidences, calibrated, 0);
DS_LIES_AT(Confidences, text, 4);
DS_LIES_AT(Confidences, words, 16);
DS_LIES_AT(Confidence, probability, 0);
static_assert(sizeof(Confidence) == 12, "src/model.js expects 12 bytes");

DS_LIES_AT(EndpointRules, silence_before, 4);
DS_LIES_AT(EndpointRules, silence_after, 8);
DS_LIES_AT(EndpointRules, longest, 12);
static_assert(sizeof(EndpointRules) == 16, "src/model.js expects 16 bytes");
