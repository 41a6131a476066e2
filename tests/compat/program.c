/* A program as users of 0.9.3 have it, compiled and linked against its own library:
 *
 *   program MODEL SCORER < PCM
 *
 * prints what the API says, a line each. Declarations are those of 0.9.3's header. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct ModelState ModelState;
typedef struct StreamingState StreamingState;
typedef struct {
  const char* const text;
  const unsigned int timestep;
  const float start_time;
} Token;
typedef struct {
  const Token* const tokens;
  const unsigned int num_tokens;
  const double confidence;
} Candidate;
typedef struct {
  const Candidate* const transcripts;
  const unsigned int num_transcripts;
} Metadata;

int DS_CreateModel(const char*, ModelState**);
unsigned int DS_GetModelBeamWidth(const ModelState*);
int DS_SetModelBeamWidth(ModelState*, unsigned int);
int DS_GetModelSampleRate(const ModelState*);
void DS_FreeModel(ModelState*);
int DS_EnableExternalScorer(ModelState*, const char*);
int DS_DisableExternalScorer(ModelState*);
int DS_SetScorerAlphaBeta(ModelState*, float, float);
int DS_AddHotWord(ModelState*, const char*, float);
int DS_EraseHotWord(ModelState*, const char*);
int DS_ClearHotWords(ModelState*);
char* DS_SpeechToText(ModelState*, const short*, unsigned int);
Metadata* DS_SpeechToTextWithMetadata(ModelState*, const short*, unsigned int, unsigned int);
int DS_CreateStream(ModelState*, StreamingState**);
void DS_FreeStream(StreamingState*);
void DS_FeedAudioContent(StreamingState*, const short*, unsigned int);
char* DS_IntermediateDecode(const StreamingState*);
Metadata* DS_IntermediateDecodeWithMetadata(const StreamingState*, unsigned int);
char* DS_FinishStream(StreamingState*);
Metadata* DS_FinishStreamWithMetadata(StreamingState*, unsigned int);
void DS_FreeMetadata(Metadata*);
void DS_FreeString(char*);
char* DS_Version(void);
char* DS_ErrorCodeToErrorMessage(int);

static void Say(const char* what, char* text) {
  printf("%s: %s\n", what, text);
  DS_FreeString(text);
}

static void SayAll(const char* what, Metadata* metadata) {
  for (unsigned i = 0; i < metadata->num_transcripts; ++i) {
    printf("%s %u: ", what, i);
    for (unsigned k = 0; k < metadata->transcripts[i].num_tokens; ++k) {
      const Token* token = &metadata->transcripts[i].tokens[k];
      printf("%s[%u %.2f]", token->text, token->timestep, token->start_time);
    }
    printf(" %.1f\n", metadata->transcripts[i].confidence);
  }
  DS_FreeMetadata(metadata);
}

int main(int argc, char** argv) {
  static short samples[1 << 20];
  if (argc != 3) return 2;
  const unsigned count = (unsigned)fread(samples, 2, sizeof samples / 2, stdin);
  ModelState* model;
  StreamingState* stream;
  printf("missing: %x\n", (unsigned)DS_CreateModel("/nowhere.pbmm", &model));
  printf("empty: %x\n", (unsigned)DS_CreateModel("", &model));
  if (DS_CreateModel(argv[1], &model)) return 1;
  fprintf(stderr, "version %s\n", DS_Version());
  printf("beam %u rate %d\n", DS_GetModelBeamWidth(model), DS_GetModelSampleRate(model));
  printf("set %d\n", DS_SetModelBeamWidth(model, 100));
  printf("no scorer: %x %x\n", (unsigned)DS_SetScorerAlphaBeta(model, 1, 1),
         (unsigned)DS_DisableExternalScorer(model));
  Say("text", DS_SpeechToText(model, samples, count));
  SayAll("candidate", DS_SpeechToTextWithMetadata(model, samples, count, 3));
  printf("stream %d\n", DS_CreateStream(model, &stream));
  for (unsigned at = 0; at < count; at += 4321) {
    DS_FeedAudioContent(stream, samples + at, count - at < 4321 ? count - at : 4321);
  }
  Say("so far", DS_IntermediateDecode(stream));
  SayAll("so far", DS_IntermediateDecodeWithMetadata(stream, 1));
  Say("end", DS_FinishStream(stream));
  printf("scorer %d\n", DS_EnableExternalScorer(model, argv[2]));
  printf("weights %d\n", DS_SetScorerAlphaBeta(model, 0.75f, 1.85f));
  printf("words %d %d\n", DS_AddHotWord(model, "friend", 7.5f),
         DS_AddHotWord(model, "enemy", -3.0f));
  printf("erase %d\n", DS_EraseHotWord(model, "enemy"));
  DS_CreateStream(model, &stream);
  DS_FeedAudioContent(stream, samples, count);
  SayAll("scored", DS_FinishStreamWithMetadata(stream, 1));
  printf("clear %d\n", DS_ClearHotWords(model));
  printf("off %d\n", DS_DisableExternalScorer(model));
  DS_CreateStream(model, &stream);
  DS_FreeStream(stream);
  DS_FreeModel(model);
  return 0;
}
