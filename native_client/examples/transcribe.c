/* Transcribes 16-bit mono samples from standard input by the C API, in one go and as a stream.
 *
 *   cc transcribe.c $(pkg-config --cflags --libs deepspeech) -o transcribe
 *   sox speech.wav -t raw -r 16000 -b 16 -e signed -c 1 - | ./transcribe output_graph.pbmm
 */
#include <stdio.h>
#include <stdlib.h>

#include "deepspeech.h"

static int fail(int code) {
  char* message = DS_ErrorCodeToErrorMessage(code);
  fprintf(stderr, "%s %s (0x%X)\n", message, DS_LastError(), (unsigned)code);
  DS_FreeString(message);
  return 1;
}

int main(int argc, char** argv) {
  if (argc != 2) {
    fprintf(stderr, "Usage: %s MODEL < SAMPLES\n", argv[0]);
    return 2;
  }
  ModelState* model;
  int code = DS_CreateModel(argv[1], &model);
  if (code != DS_ERR_OK) return fail(code);

  /* Samples as they come; a microphone would do as well. */
  StreamingState* stream;
  code = DS_CreateStream(model, &stream);
  if (code != DS_ERR_OK) return fail(code);
  short* all = NULL;
  short piece[1600];
  size_t size = 0, got;
  while ((got = fread(piece, sizeof *piece, 1600, stdin)) > 0) {
    DS_FeedAudioContent(stream, piece, (unsigned)got);
    if (*DS_LastError() != '\0') return fail(DS_ERR_FAIL_RUN_SESS);
    all = realloc(all, (size + got) * sizeof *all);
    if (all == NULL) return 1;
    for (size_t i = 0; i < got; ++i) all[size++] = piece[i];
  }
  char* text = DS_FinishStream(stream); /* frees the stream */
  if (text == NULL) return fail(DS_ERR_FAIL_RUN_SESS);
  printf("%s\n", text);
  DS_FreeString(text);

  /* The same at once, with the words' times. */
  Metadata* result = DS_SpeechToTextWithMetadata(model, all, (unsigned)size, 1);
  if (result == NULL) return fail(DS_ERR_FAIL_RUN_SESS);
  unsigned count;
  const WordMetadata* words = DS_GetWords(result, 0, &count);
  for (unsigned i = 0; i < count; ++i) {
    printf("%.2f %.2f %s\n", words[i].start_time, words[i].end_time, words[i].text);
  }
  DS_FreeMetadata(result);
  free(all);
  DS_FreeModel(model);
  return 0;
}
