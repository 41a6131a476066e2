/* Uses the C API as a C99 program would; the tests in Python read what it prints.

   api_probe MODEL [fp32=1] [scorer=FILE] [beam=N] [chunk=SAMPLES] [results=N] [hot=WORD:BOOST] <
   PCM

   Lines: "text ...", "stream ...", "partial ..." (after each chunk), "flush ...",
   "candidate CONFIDENCE TEXT|TIMESTEP,TIMESTEP...", "word TEXT START END CONFIDENCE". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "deepspeech.h"

static int fail(const char* call, int code) {
  char* message = DS_ErrorCodeToErrorMessage(code);
  fprintf(stderr, "%s: 0x%04x %s %s\n", call, code, message, DS_LastError());
  DS_FreeString(message);
  return 1;
}

static void show(const char* label, char* text) {
  printf("%s %s\n", label, text == NULL ? "(null)" : text);
  DS_FreeString(text);
}

static void show_metadata(Metadata* metadata) {
  unsigned int i, j, n;
  if (metadata == NULL) return;
  for (i = 0; i < metadata->num_transcripts; ++i) {
    const CandidateTranscript* c = &metadata->transcripts[i];
    printf("candidate %.6f ", c->confidence);
    for (j = 0; j < c->num_tokens; ++j) printf("%s", c->tokens[j].text);
    printf("|");
    for (j = 0; j < c->num_tokens; ++j) printf("%s%u", j > 0 ? "," : "", c->tokens[j].timestep);
    printf("\n");
  }
  {
    const WordMetadata* words = DS_GetWords(metadata, 0, &n);
    for (i = 0; i < n; ++i) {
      printf("word %s %.3f %.3f %.3f\n", words[i].text, words[i].start_time, words[i].end_time,
             words[i].confidence);
    }
  }
  DS_FreeMetadata(metadata);
}

int main(int argc, char** argv) {
  ModelState* model = NULL;
  StreamingState* stream = NULL;
  short* samples = NULL;
  size_t count = 0, room = 0, got;
  unsigned int chunk = 0, results = 1, at;
  int i, code;
  ModelOptions options;
  if (argc < 2) return 2;
  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  options.fp32 = argc > 2 && strcmp(argv[2], "fp32=1") == 0;
  code = DS_CreateModelWithOptions(argv[1], &options, &model);
  if (code != DS_ERR_OK) return fail("DS_CreateModelWithOptions", code);
  for (i = 2 + options.fp32; i < argc; ++i) {
    char* value = strchr(argv[i], '=');
    if (value == NULL) return 2;
    *value++ = '\0';
    code = DS_ERR_OK;
    if (strcmp(argv[i], "scorer") == 0) code = DS_EnableExternalScorer(model, value);
    if (strcmp(argv[i], "beam") == 0) code = DS_SetModelBeamWidth(model, (unsigned)atoi(value));
    if (strcmp(argv[i], "chunk") == 0) chunk = (unsigned)atoi(value);
    if (strcmp(argv[i], "results") == 0) results = (unsigned)atoi(value);
    if (strcmp(argv[i], "hot") == 0) {
      char* boost = strchr(value, ':');
      *boost++ = '\0';
      code = DS_AddHotWord(model, value, (float)atof(boost));
    }
    if (code != DS_ERR_OK) return fail(argv[i], code);
  }
  do {
    if (count == room) {
      room = room == 0 ? 65536 : 2 * room;
      samples = (short*)realloc(samples, room * sizeof *samples);
      if (samples == NULL) return 3;
    }
    got = fread(samples + count, sizeof *samples, room - count, stdin);
    count += got;
  } while (got > 0);

  show("text", DS_SpeechToText(model, samples, (unsigned)count));
  show_metadata(DS_SpeechToTextWithMetadata(model, samples, (unsigned)count, results));
  if (chunk > 0) {
    code = DS_CreateStream(model, &stream);
    if (code != DS_ERR_OK) return fail("DS_CreateStream", code);
    for (at = 0; at < count; at += chunk) {
      DS_FeedAudioContent(stream, samples + at,
                          (unsigned)(count - at < chunk ? count - at : chunk));
      show("partial", DS_IntermediateDecode(stream));
      if (at / chunk % 4 == 3) show("flush", DS_IntermediateDecodeFlushBuffers(stream));
    }
    show("stream", DS_FinishStream(stream));
  }
  free(samples);
  DS_FreeModel(model);
  return 0;
}
