/* The command and its audio reader in C: what the packages of Python and Node need besides
 * deepspeech.h. */
#ifndef DS_CLIENT_CLIENT_C_H_
#define DS_CLIENT_CLIENT_C_H_

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Runs the command `deepspeech` with arguments separated by NUL bytes and 0.9.3's Python JSON.
 * Returns the exit status. */
int dsc_run_command(const char* arguments, size_t size);

/* The same for the command `deepspeech-convert`. */
int dsc_run_convert(const char* arguments, size_t size);

/* A libsndfile to try before the system's. */
void dsc_set_sndfile(const char* path);

/* DS_SetInterrupt for what reads recordings here. */
void dsc_set_interrupt(int (*stop)(void* user), void* user);

/* What `name` names, or with NULL all models that have a name: of each its name, path, scorer,
 * grammar and title, '' for what it lacks, each followed by a NUL byte. A path names itself. NULL
 * if nothing is called that, with the reason in `message` (free both with dsc_free). */
char* dsc_find_models(const char* name, size_t* size, char** message);

/* Reads a recording as 16-bit mono samples at `sample_rate` Hz; NULL if that fails. `size` receives
 * the bytes; `message` the reason, or NULL without memory for it (free both with dsc_free). */
short* dsc_read_audio(const char* path, int sample_rate, size_t* size, char** message);

/* The same piece by piece. dsc_open_audio returns NULL if it fails; dsc_next_samples gives at most
 * `count` samples, 0 at the end, -1 if it fails, with the reason in `message` (free it with
 * dsc_free). dsc_audio_seconds is the length that the file announces, -1 where it does not. */
typedef struct AudioPieces AudioPieces;
AudioPieces* dsc_open_audio(const char* path, int sample_rate, char** message);
long dsc_next_samples(AudioPieces* audio, short* samples, size_t count, char** message);
double dsc_audio_seconds(const AudioPieces* audio);
void dsc_close_audio(AudioPieces* audio);
void dsc_free(void* memory);

#ifdef __cplusplus
}
#endif
#endif /* DS_CLIENT_CLIENT_C_H_ */
