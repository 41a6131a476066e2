/* Prints the milliseconds that each of 21 calls of DS_SpeechToText takes: what bench_node.py
   compares with calls from Node.

     stt_times MODEL RAW */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "deepspeech.h"

enum { kCalls = 21, kMostSamples = 1 << 22 };

static double Now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

int main(int argc, char** argv) {
  static short samples[kMostSamples];
  ModelState* model = NULL;
  FILE* file = argc == 3 ? fopen(argv[2], "rb") : NULL;
  if (!file || DS_CreateModel(argv[1], &model) != DS_ERR_OK) return 1;
  const unsigned count = (unsigned)fread(samples, sizeof *samples, kMostSamples, file);
  for (int i = 0; i < kCalls; ++i) {
    const double start = Now();
    char* text = DS_SpeechToText(model, samples, count);
    printf("%.4f\n", Now() - start);
    DS_FreeString(text);
  }
  DS_FreeModel(model);
  return fclose(file);
}
