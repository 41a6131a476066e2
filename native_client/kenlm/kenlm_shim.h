// KenLM behind a C interface: the only way into libdskenlm.so.
//
// KenLM is LGPL and throws C++ exceptions. It stays in a shared library of its own; no C++ type
// crosses this header, and every failure is a code with a one-line message.
//
// Threads: a model is read-only once it is open; any number of threads may score with it.
#ifndef DS_KENLM_KENLM_SHIM_H_
#define DS_KENLM_KENLM_SHIM_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DSKENLM_API __attribute__((visibility("default")))

enum {
  DSKENLM_OK = 0,
  DSKENLM_CANNOT_OPEN = 1,  // not a regular file
  DSKENLM_NOT_A_MODEL = 2,  // neither a KenLM binary nor an ARPA file
  DSKENLM_TRUNCATED = 3,    // ends before the data that its header announces
  DSKENLM_UNSUPPORTED =
      4,  // another version, byte order or model type; order above DSKENLM_MAX_ORDER
  DSKENLM_NO_STRINGS = 5,  // the binary was built without its vocabulary (build_binary -v)
  DSKENLM_NO_MEMORY = 6
};

#define DSKENLM_MAX_ORDER 6

// The context of a hypothesis: at most order-1 words. Entries that do not matter are zero, so two
// equal contexts are equal bytes: hash and compare states as plain memory.
typedef struct {
  uint32_t words[DSKENLM_MAX_ORDER - 1];  // latest first
  float backoff[DSKENLM_MAX_ORDER - 1];
  uint32_t length;
} dskenlm_state;

typedef struct dskenlm_model dskenlm_model;

// Opens a KenLM binary of any type, an ARPA file, or a .scorer (which begins with a KenLM binary).
// Binaries are mapped, not read. `fd` is the file, open for reading, and may be closed afterwards;
// `name` stands for it in messages. `message` receives one line when the result is not DSKENLM_OK.
// Free with dskenlm_free.
DSKENLM_API int dskenlm_open(int fd, const char* name, dskenlm_model** model, char* message,
                             size_t message_size);
// The same from bytes in memory; they are copied and may go afterwards.
DSKENLM_API int dskenlm_open_memory(const void* data, size_t size, dskenlm_model** model,
                                    char* message, size_t message_size);
DSKENLM_API void dskenlm_free(dskenlm_model* model);

DSKENLM_API uint32_t dskenlm_order(const dskenlm_model* model);
// Number of words, <unk> included; word ids are 0 (<unk>) to dskenlm_vocab_size() - 1.
DSKENLM_API uint32_t dskenlm_vocab_size(const dskenlm_model* model);
// Bytes from the start of the file to the end of the n-gram data (vocabulary strings or a scorer's
// lexicon follow there); 0 for an ARPA file.
DSKENLM_API uint64_t dskenlm_end_of_data(const dskenlm_model* model);

// Id of a word given as `size` bytes of UTF-8; 0 if the model does not know it.
DSKENLM_API uint32_t dskenlm_index(const dskenlm_model* model, const char* word, size_t size);
DSKENLM_API uint32_t dskenlm_end_sentence(const dskenlm_model* model);  // id of </s>

DSKENLM_API void dskenlm_begin_state(const dskenlm_model* model,
                                     dskenlm_state* state);  // after <s>
DSKENLM_API void dskenlm_null_state(const dskenlm_model* model,
                                    dskenlm_state* state);  // no context
// log10 p(word | in); writes the context that follows to `out`, which must not be `in`.
DSKENLM_API float dskenlm_score(const dskenlm_model* model, const dskenlm_state* in, uint32_t word,
                                dskenlm_state* out);

// Calls `visit` for every word of the model in the order of their ids, <unk>, <s> and </s>
// included. DSKENLM_NO_STRINGS where the file does not carry them.
typedef void (*dskenlm_visit)(void* user, uint32_t id, const char* word, size_t size);
DSKENLM_API int dskenlm_words(const dskenlm_model* model, dskenlm_visit visit, void* user,
                              char* message, size_t message_size);

#ifdef __cplusplus
}
#endif
#endif  // DS_KENLM_KENLM_SHIM_H_
