// deepspeech.h for Python: codes become exceptions, metadata plain tuples, audio comes in by the
// buffer protocol. __init__.py gives these their public names.
%module impl
%include "python/buffers.i"
%include "python/computing.i"
%{
#include "client/client_c.h"
#include "deepspeech.h"

static PyObject* Text(const char* text) {  // bytes output may hold broken UTF-8
  return PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "replace");
}

// RuntimeError in the shape of 0.9.3: CreateModel failed with 'MESSAGE' (0xCODE). The message is
// followed by what this failure was about.
static void RaiseCode(const char* function, int code) {
  PyObject* detail = Text(DS_LastError());  // first: it lives until the next call only
  char* message = DS_ErrorCodeToErrorMessage(code);
  char hex[16];
  PyOS_snprintf(hex, sizeof hex, "0x%X", (unsigned)code);
  if (strncmp(function, "DS_", 3) == 0) function += 3;
  PyErr_Format(PyExc_RuntimeError, "%s failed with '%s%s%U' (%s)", function, message,
               PyUnicode_GetLength(detail) ? " " : "", detail, hex);
  DS_FreeString(message);
  Py_DECREF(detail);
}

// [(name, text, value, start, end)]
static PyObject* FromSlots(const Metadata* metadata, unsigned transcript) {
  unsigned count = 0;
  const SlotMetadata* slot = DS_GetSlots(metadata, transcript, &count);
  PyObject* list = PyList_New(0);
  for (unsigned i = 0; list && i < count; ++i, ++slot) {
    PyObject* item = Py_BuildValue("(NNNff)", Text(slot->name), Text(slot->text),
                                   Text(slot->value), slot->start_time, slot->end_time);
    if (!item || PyList_Append(list, item) < 0) Py_CLEAR(list);
    Py_XDECREF(item);
  }
  return list;
}

// (probability, fit, share)
static PyObject* FromConfidence(const Confidence* trust) {
  return Py_BuildValue("(fff)", trust->probability, trust->fit, trust->share);
}

// ([(confidence, [(text, timestep, start_time)], [((word, start, end, confidence), trust)],
//    trust, calibrated, intent, slots)])
static PyObject* FromMetadata(const Metadata* metadata) {
  PyObject* transcripts = PyList_New(0);
  for (unsigned i = 0; transcripts && i < metadata->num_transcripts; ++i) {
    const CandidateTranscript* t = &metadata->transcripts[i];
    PyObject* tokens = PyList_New(0);
    PyObject* words = PyList_New(0);
    int failed = !tokens || !words;
    for (unsigned k = 0; !failed && k < t->num_tokens; ++k) {
      PyObject* token = Py_BuildValue("(NIf)", Text(t->tokens[k].text), t->tokens[k].timestep,
                                      t->tokens[k].start_time);
      failed = !token || PyList_Append(tokens, token) < 0;
      Py_XDECREF(token);
    }
    unsigned count = 0;
    const WordMetadata* word = DS_GetWords(metadata, i, &count);
    const Confidences* trust = DS_GetConfidences(metadata, i);
    for (unsigned k = 0; !failed && k < count; ++k, ++word) {
      PyObject* item = Py_BuildValue("((Nfff)N)", Text(word->text), word->start_time,
                                     word->end_time, word->confidence,
                                     FromConfidence(&trust->words[k]));
      failed = !item || PyList_Append(words, item) < 0;
      Py_XDECREF(item);
    }
    PyObject* slots = failed ? NULL : FromSlots(metadata, i);
    PyObject* item = slots ? Py_BuildValue(
        "(dOONNsN)", t->confidence, tokens, words, FromConfidence(&trust->text),
        PyBool_FromLong(trust->calibrated), DS_GetIntent(metadata, i), slots) : NULL;
    if (!item || PyList_Append(transcripts, item) < 0) Py_CLEAR(transcripts);
    Py_XDECREF(item);
    Py_XDECREF(tokens);
    Py_XDECREF(words);
  }
  return transcripts;
}

// [(text, start, end, confidence, found, first, count)]
static PyObject* FromParts(const AlignedPart* part, unsigned count) {
  PyObject* list = PyList_New(0);
  for (unsigned i = 0; list && i < count; ++i, ++part) {
    PyObject* item = Py_BuildValue("(NfffNII)", Text(part->text), part->start_time, part->end_time,
                                   part->confidence, PyBool_FromLong(part->found), part->first,
                                   part->count);
    if (!item || PyList_Append(list, item) < 0) Py_CLEAR(list);
    Py_XDECREF(item);
  }
  return list;
}

// Raw samples, whatever their elements are called. (An array of uint8 may hold samples of 8 bits.)
static int IsBytes(PyObject* object) {
  if (PyBytes_Check(object) || PyByteArray_Check(object) ||
      PyObject_TypeCheck(object, &PyMemoryView_Type)) {
    return 1;
  }
  PyObject* name = PyObject_GetAttrString((PyObject*)Py_TYPE(object), "__name__");
  const int is_mmap = name && PyUnicode_CompareWithASCIIString(name, "mmap") == 0;
  Py_XDECREF(name);
  return is_mmap;
}

static int GetSamples(PyObject* object, Py_buffer* view, void** copy, short** samples);

// Samples that have to be taken one by one: a list.
static int GetEachSample(PyObject* object, Py_buffer* view, void** copy, short** samples) {
  PyObject* module = PyImport_ImportModule("array");
  PyObject* array = module ? PyObject_CallMethod(module, "array", "sO", "h", object) : NULL;
  const int result = array ? GetSamples(array, view, copy, samples) : -1;
  Py_XDECREF(array);  // the view holds it
  Py_XDECREF(module);
  return result;
}

// Samples out of any buffer of int16 with one dimension, or of bytes: where they are, or in *copy.
static int GetSamples(PyObject* object, Py_buffer* view, void** copy, short** samples) {
  if (!PyObject_CheckBuffer(object)) {
    if (PySequence_Check(object) && !PyUnicode_Check(object)) {
      return GetEachSample(object, view, copy, samples);
    }
    PyObject* name = PyObject_GetAttrString((PyObject*)Py_TYPE(object), "__name__");
    PyErr_Format(PyExc_TypeError, "audio is of type '%U': expected an int16 array or bytes", name);
    Py_XDECREF(name);
    return -1;
  }
  if (PyObject_GetBuffer(object, view, PyBUF_FULL_RO) < 0) return -1;
  int swapped;
  const char code = ElementOf(view, &swapped);
  const int bytes = code == 'c' || ((code == 'B' || code == 'b') && IsBytes(object));
  if (view->ndim != 1) {
    PyErr_Format(PyExc_TypeError, "audio has %d dimensions: expected one (mono samples)",
                 view->ndim);
  } else if (!(code == 'h' && view->itemsize == 2) && !(bytes && view->itemsize == 1)) {
    PyErr_Format(PyExc_TypeError, "audio has elements of type '%s': expected 16-bit integers (for "
                 "floats in -1..1: (audio * 32767).astype('int16'))",
                 view->format ? view->format : "B");
  } else if (view->len % 2) {
    PyErr_Format(PyExc_ValueError, "audio has %zd bytes: expected 2 per sample", view->len);
  } else if ((size_t)view->len / 2 > 0xFFFFFFFFu) {
    PyErr_SetString(PyExc_ValueError, "audio is too long for one call: feed it to a stream");
  } else {
    *samples = (short*)Plain(view, swapped, copy);
    if (!PyErr_Occurred()) return 0;
  }
  PyBuffer_Release(view);
  return -1;
}

// Says why a recording cannot be read, unless a signal's handler has raised.
static PyObject* FailedAudio(char* message) {
  if (!PyErr_Occurred()) {
    PyErr_SetString(PyExc_ValueError, message ? message : "out of memory");
  }
  dsc_free(message);
  return NULL;
}
%}

// Audio: (int16 array or bytes).
%typemap(in) (const short* aBuffer, unsigned int aBufferSize)
    (Py_buffer view, int held = 0, void* copy = NULL) {
  if (GetSamples($input, &view, &copy, &$1) < 0) SWIG_fail;
  held = 1;
  $2 = (unsigned int)(view.len / 2);
}
%typemap(freearg) (const short* aBuffer, unsigned int aBufferSize) {
  free(copy$argnum);
  if (held$argnum) PyBuffer_Release(&view$argnum);
}

// Windows of features come back as (bytes, rows, columns) and go in as a float32 matrix.
%typemap(in, numinputs=0) (float** aWindows, unsigned int* aNumSteps, unsigned int* aWidth)
    (float* windows = NULL, unsigned int rows = 0, unsigned int columns = 0) {
  $1 = &windows;
  $2 = &rows;
  $3 = &columns;
}
%typemap(argout) (float** aWindows, unsigned int* aNumSteps, unsigned int* aWidth) {
  Py_XDECREF($result);
  $result = Py_BuildValue(
      "(NII)", PyBytes_FromStringAndSize((const char*)windows$argnum,
                                         (Py_ssize_t)(sizeof(float) * rows$argnum *
                                                      columns$argnum)),
      rows$argnum, columns$argnum);
}
%typemap(freearg) (float** aWindows, unsigned int* aNumSteps, unsigned int* aWidth) {
  DS_FreeFeatures(windows$argnum);
}
%typemap(in) (const float* aWindows, unsigned int aNumSteps, unsigned int aWidth)
    (Py_buffer view, int held = 0, void* copy = NULL) {
  if (PyObject_GetBuffer($input, &view, PyBUF_FULL_RO) < 0) SWIG_fail;
  held = 1;
  int swapped;
  if (ElementOf(&view, &swapped) != 'f' || view.ndim != 2 || !view.shape) {
    PyErr_Format(PyExc_ValueError, "features have %d dimensions of type '%s': expected a float32 "
                 "array [steps, features]", view.ndim, view.format ? view.format : "B");
    SWIG_fail;
  }
  if ((size_t)view.shape[0] > 0xFFFFFFFFu || (size_t)view.shape[1] > 0xFFFFFFFFu) {
    PyErr_Format(PyExc_ValueError, "features [%zd, %zd] are too many for one call", view.shape[0],
                 view.shape[1]);
    SWIG_fail;
  }
  $1 = (float*)Plain(&view, swapped, &copy);
  if (PyErr_Occurred()) SWIG_fail;
  $2 = (unsigned int)view.shape[0];
  $3 = (unsigned int)view.shape[1];
}
%typemap(freearg) (const float* aWindows, unsigned int aNumSteps, unsigned int aWidth) {
  free(copy$argnum);
  if (held$argnum) PyBuffer_Release(&view$argnum);
}
%typemap(in, numinputs=0) char** aText (char* text = NULL) { $1 = &text; }
%typemap(argout) char** aText {
  Py_XDECREF($result);
  $result = Text(text$argnum);
}
%typemap(freearg) char** aText { DS_FreeString(text$argnum); }

// An alignment comes back as (lines, words, letters, duration).
%typemap(in, numinputs=0) Alignment** retval (Alignment* found = NULL) { $1 = &found; }
%typemap(argout) Alignment** retval {
  Py_XDECREF($result);
  $result = Py_BuildValue(
      "(NNNf)", FromParts(found$argnum->lines, found$argnum->num_lines),
      FromParts(found$argnum->words, found$argnum->num_words),
      FromParts(found$argnum->letters, found$argnum->num_letters), found$argnum->duration);
}
%typemap(freearg) Alignment** retval { DS_FreeAlignment(found$argnum); }

// Segments come back as [(first sample, one past the last)].
%typemap(in, numinputs=0) (const SpeechSegment** aSegments, unsigned int* aNumSegments)
    (const SpeechSegment* segments = NULL, unsigned int count = 0) {
  $1 = &segments;
  $2 = &count;
}
%typemap(argout) (const SpeechSegment** aSegments, unsigned int* aNumSegments) {
  Py_XDECREF($result);
  $result = PyList_New(0);
  for (unsigned i = 0; $result && i < count$argnum; ++i) {
    PyObject* item = Py_BuildValue("(KK)", segments$argnum[i].start, segments$argnum[i].end);
    if (!item || PyList_Append($result, item) < 0) Py_CLEAR($result);
    Py_XDECREF(item);
  }
}

// Heard keywords come back as [(phrase, start, end, score)].
%typemap(in, numinputs=0) (const HeardKeyword** aHeard, unsigned int* aNumHeard)
    (const HeardKeyword* heard = NULL, unsigned int count = 0) {
  $1 = &heard;
  $2 = &count;
}
%typemap(argout) (const HeardKeyword** aHeard, unsigned int* aNumHeard) {
  Py_XDECREF($result);
  $result = PyList_New(0);
  for (unsigned i = 0; $result && i < count$argnum; ++i) {
    const HeardKeyword* one = &heard$argnum[i];
    PyObject* item = Py_BuildValue("(Nddf)", Text(one->phrase), one->start_time, one->end_time,
                                   one->score);
    if (!item || PyList_Append($result, item) < 0) Py_CLEAR($result);
    Py_XDECREF(item);
  }
}

// Bytes: a model or scorer in memory, the command's arguments.
%define BYTES(pointer, size, integer)
%typemap(in) (pointer, size) (Py_buffer view, int held = 0) {
  if (PyObject_GetBuffer($input, &view, PyBUF_SIMPLE) < 0) SWIG_fail;
  held = 1;
  if ((size_t)view.len > (integer)-1) {
    PyErr_Format(PyExc_ValueError, "%zd bytes are too many for one call", view.len);
    SWIG_fail;
  }
  $1 = (char*)view.buf;
  $2 = (integer)view.len;
}
%typemap(freearg) (pointer, size) { if (held$argnum) PyBuffer_Release(&view$argnum); }
%enddef
BYTES(const char* aModelBuffer, unsigned int aBufferSize, unsigned int)
BYTES(const char* aScorerBuffer, unsigned int aBufferSize, unsigned int)
BYTES(const char* arguments, size_t size, size_t)

// File names: str, bytes or os.PathLike.
%define PATH(pointer)
%typemap(in) pointer (PyObject* encoded = NULL) {
  if (!PyUnicode_FSConverter($input, &encoded)) SWIG_fail;
  $1 = PyBytes_AsString(encoded);
}
%typemap(freearg) pointer { Py_XDECREF(encoded$argnum); }
%enddef
PATH(const char* aModelPath)
PATH(const char* aScorerPath)
PATH(const char* aPackedPath)
PATH(const char* aGrammar)
PATH(const char* aKeywords)
PATH(const char* path)

%include "python/handles.i"
HANDLE(ModelState, DS_FreeModel)
HANDLE(StreamingState, DS_FreeStream)
HANDLE(AlignStream, DS_FreeAlignStream)
HANDLE(Segmenter, DS_FreeSegmenter)
HANDLE(AudioPieces, dsc_close_audio)

// What ends a stream takes it from its handle when all the other arguments have proved good.
%typemap(check) StreamingState* aSctx, AlignStream* aStream {
  if (strncmp("$symname", "DS_Finish", 9) == 0) Py_DECREF(forget(swig_obj[0]));
}

// A code that is not OK raises.
%define CODE(function)
%typemap(out) int function {
  if ($1 != DS_ERR_OK) {
    RaiseCode("$symname", $1);
    SWIG_fail;
  }
  $result = SWIG_Py_Void();
}
%enddef
CODE(DS_CreateModel)
CODE(DS_CreateModelFromBuffer)
CODE(DS_PackModel)
CODE(DS_PackModelWithBits)
CODE(CreateModel)
CODE(DS_EnableExternalScorer)
CODE(DS_EnableExternalScorerFromBuffer)
CODE(DS_EnableGrammar)
CODE(DS_DisableGrammar)
CODE(DS_EnableStreamGrammar)
CODE(DS_DisableStreamGrammar)
CODE(DS_PackGrammar)
CODE(DS_EnableKeywords)
CODE(DS_TakeKeywords)
CODE(DS_EndKeywords)
CODE(DS_AddHotWord)
CODE(DS_EraseHotWord)
CODE(DS_ClearHotWords)
CODE(DS_SetOovCost)
CODE(DS_SetRejection)
CODE(DS_AddStreamHotWord)
CODE(DS_EraseStreamHotWord)
CODE(DS_ClearStreamHotWords)
CODE(DS_CreateStream)
CODE(DS_ComputeFeatures)
CODE(DS_AudioToInputVector)
CODE(DS_InferFeatures)
CODE(DS_AlignText)
CODE(DS_CreateAlignStream)
CODE(DS_FeedAlignStream)
CODE(DS_FinishAlignStream)
CODE(CreateSegmenter)
CODE(DS_FeedSegmenter)
CODE(DS_FinishSegmenter)
CODE(SetEndpointRules)

%typemap(out) void DS_FeedAudioContent {
  if (*DS_LastError()) {
    RaiseCode("$symname", DS_ERR_FAIL_RUN_SESS);
    SWIG_fail;
  }
  $result = SWIG_Py_Void();
}

// Results.
%typemap(out) char* {
  if (!$1) {
    RaiseCode("$symname", DS_ERR_FAIL_RUN_SESS);
    SWIG_fail;
  }
  $result = Text($1);
}
%typemap(newfree) char* "DS_FreeString($1);"
%newobject DS_SpeechToText;
%newobject DS_IntermediateDecode;
%newobject DS_IntermediateDecodeFlushBuffers;
%newobject DS_FinishStream;
%newobject DS_Version;
%newobject DS_ErrorCodeToErrorMessage;
%typemap(out) Metadata* {
  if (!$1) {
    RaiseCode("$symname", DS_ERR_FAIL_RUN_SESS);
    SWIG_fail;
  }
  $result = FromMetadata($1);
}
// (bytes of doubles, steps, symbols)
%typemap(out) Metadata* DS_SpeechToTextWithEmissions {
  if (!$1) {
    RaiseCode("$symname", DS_ERR_FAIL_RUN_SESS);
    SWIG_fail;
  }
  const AcousticModelEmissions* e = $1->emissions;
  const int steps = e ? e->num_timesteps : 0, symbols = e ? e->num_symbols : 0;
  $result = Py_BuildValue(
      "(Nii)", PyBytes_FromStringAndSize(e ? (const char*)e->emissions : NULL,
                                         (Py_ssize_t)sizeof(double) * steps * symbols),
      steps, symbols);
}
%typemap(newfree) Metadata* "DS_FreeMetadata($1);"
%newobject DS_SpeechToTextWithMetadata;
%newobject DS_SpeechToTextWithEmissions;
%newobject DS_IntermediateDecodeWithMetadata;
%newobject DS_IntermediateDecodeWithMetadataFlushBuffers;
%newobject DS_FinishStreamWithMetadata;

COMPUTES(DS_CreateModel, DS_SetInterrupt, )
COMPUTES(DS_CreateModelFromBuffer, DS_SetInterrupt, )
COMPUTES(CreateModel, DS_SetInterrupt, )
COMPUTES(DS_PackModel, DS_SetInterrupt, )
COMPUTES(DS_PackModelWithBits, DS_SetInterrupt, )
COMPUTES(DS_EnableExternalScorer, DS_SetInterrupt, )
COMPUTES(DS_EnableExternalScorerFromBuffer, DS_SetInterrupt, )
COMPUTES(DS_EnableGrammar, DS_SetInterrupt, )
COMPUTES(DS_EnableStreamGrammar, DS_SetInterrupt, )
COMPUTES(DS_PackGrammar, DS_SetInterrupt, )
COMPUTES(DS_EndKeywords, DS_SetInterrupt, )
COMPUTES(DS_SpeechToText, DS_SetInterrupt, )
COMPUTES(DS_SpeechToTextWithMetadata, DS_SetInterrupt, )
COMPUTES(DS_SpeechToTextWithEmissions, DS_SetInterrupt, )
COMPUTES(DS_AlignText, DS_SetInterrupt, )
COMPUTES(DS_FeedAlignStream, DS_SetInterrupt, )
COMPUTES(DS_FinishAlignStream, DS_SetInterrupt, )
COMPUTES(DS_FeedAudioContent, DS_SetInterrupt, )
COMPUTES(DS_IntermediateDecode, DS_SetInterrupt, )
COMPUTES(DS_IntermediateDecodeWithMetadata, DS_SetInterrupt, )
COMPUTES(DS_IntermediateDecodeFlushBuffers, DS_SetInterrupt, )
COMPUTES(DS_IntermediateDecodeWithMetadataFlushBuffers, DS_SetInterrupt, )
COMPUTES(DS_FinishStream, DS_SetInterrupt, )
COMPUTES(DS_FinishStreamWithMetadata, DS_SetInterrupt, )
COMPUTES(DS_ComputeFeatures, DS_SetInterrupt, )
COMPUTES(DS_AudioToInputVector, DS_SetInterrupt, )
COMPUTES(DS_InferFeatures, DS_SetInterrupt, )

// A segmenter takes a ten-thousandth of the time of its samples: the lock is its turn.
%feature("nothreadallow") DS_FeedSegmenter;
%feature("nothreadallow") DS_FinishSegmenter;

%ignore DS_SetInterrupt;
%ignore TokenMetadata;
%ignore CandidateTranscript;
%ignore Metadata;
%ignore WordMetadata;
%ignore DS_GetWords;
%ignore SlotMetadata;
%ignore DS_GetSlots;
%ignore DS_GetIntent;
%ignore Confidence;
%ignore Confidences;
%ignore DS_GetConfidences;
%ignore AcousticModelEmissions;
%ignore AlignedPart;
%ignore Alignment;
%ignore DS_FreeAlignStream;
%ignore DS_FreeAlignment;
%ignore EndpointRules;
%ignore DS_SetEndpointRules;
%ignore HeardKeyword;
%ignore SegmentOptions;
%ignore SpeechSegment;
%ignore DS_CreateSegmenter;
%ignore DS_FreeSegmenter;
%ignore DS_ENDPOINT_RULES;
%ignore DS_SEGMENT_OPTIONS;
%ignore ModelOptions;
%ignore DS_CreateModelWithOptions;
%ignore ModelInfo;
%ignore DS_GetModelInfo;
%ignore DS_FreeFeatures;
%ignore DS_FreeModel;
%ignore DS_FreeStream;
%ignore DS_FreeString;
%ignore DS_FreeMetadata;
#define __attribute__(x)
%include "deepspeech.h"

%inline %{
int CreateModel(const char* aModelPath, int fp32, int threads, ModelState** retval) {
  ModelOptions options = {sizeof options, fp32, threads};
  return DS_CreateModelWithOptions(aModelPath, &options, retval);
}

int CreateSegmenter(unsigned int aSampleRate, unsigned int pause_ms, unsigned int padding_ms,
                    unsigned int shortest_ms, unsigned int longest_ms, float threshold,
                    Segmenter** retval) {
  SegmentOptions options = {sizeof options, pause_ms, padding_ms, shortest_ms, longest_ms,
                            threshold};
  return DS_CreateSegmenter(aSampleRate, &options, retval);
}

int SetEndpointRules(StreamingState* stream, float silence_before, float silence_after,
                     float longest) {
  EndpointRules rules = {sizeof rules, silence_before, silence_after, longest};
  return DS_SetEndpointRules(stream, &rules);
}
%}

// What touches Python objects keeps the lock.
%feature("nothreadallow") forget;
%feature("nothreadallow") model_info;
%feature("nothreadallow") find_models;
%feature("nothreadallow") open_audio;
%feature("nothreadallow") next_samples;
%inline %{
// Makes a handle of a stream that has been freed, or must never be, an empty one.
PyObject* forget(PyObject* stream) {
  if (!PyCapsule_IsValid(stream, "AlignStream") && !FromHandle(stream, "StreamingState")) {
    return NULL;
  }
  PyCapsule_SetDestructor(stream, NULL);
  PyCapsule_SetName(stream, NULL);
  Py_RETURN_NONE;
}

PyObject* model_info(const ModelState* model) {
  ModelInfo info = {sizeof info};
  const int code = DS_GetModelInfo(model, &info);
  if (code != DS_ERR_OK) {
    RaiseCode("GetModelInfo", code);
    return NULL;
  }
  PyObject* labels = PyList_New(0);
  for (unsigned i = 0; labels && i < info.num_labels; ++i) {
    PyObject* label = Text(info.labels[i]);
    if (!label || PyList_Append(labels, label) < 0) Py_CLEAR(labels);
    Py_XDECREF(label);
  }
  return labels ? Py_BuildValue(
      "{s:s,s:s,s:s,s:N,s:N,s:I,s:I,s:I,s:N,s:N,s:f,s:s,s:s,s:I}", "language", info.language,
      "version", info.version, "feature_type", info.feature_type, "labels", labels,
      "bytes_output", PyBool_FromLong(info.bytes_output), "n_hidden", info.n_hidden, "n_input",
      info.n_input, "n_context", info.n_context, "bidirectional",
      PyBool_FromLong(info.bidirectional), "layer_norm", PyBool_FromLong(info.layer_norm),
      "step_seconds", info.step_seconds, "precision", info.precision, "instruction_set",
      info.instruction_set, "threads", info.threads) : NULL;
}

PyObject* find_models(const char* name) {
  size_t size = 0;
  char* message = NULL;
  char* fields = dsc_find_models(name, &size, &message);
  PyObject* bytes = NULL;
  if (fields) {
    bytes = PyBytes_FromStringAndSize(fields, (Py_ssize_t)size);
  } else {
    PyErr_SetString(PyExc_RuntimeError, message ? message : "out of memory");
  }
  dsc_free(fields);
  dsc_free(message);
  return bytes;
}

PyObject* open_audio(const char* path, int sample_rate) {
  char* message = NULL;
  Computing computing;
  BeginComputing(&computing, dsc_set_interrupt);
  AudioPieces* audio = dsc_open_audio(path, sample_rate, &message);
  EndComputing(&computing, dsc_set_interrupt);
  if (PyErr_Occurred()) dsc_close_audio(audio);
  if (!audio || PyErr_Occurred()) return FailedAudio(message);
  return New_AudioPieces(audio);
}

// The next samples as bytes.
PyObject* next_samples(AudioPieces* audio, size_t count) {
  short* samples = (short*)malloc(count * sizeof(short) + 1);
  if (!samples) return PyErr_NoMemory();
  char* message = NULL;
  Computing computing;
  BeginComputing(&computing, dsc_set_interrupt);
  const long got = dsc_next_samples(audio, samples, count, &message);
  EndComputing(&computing, dsc_set_interrupt);
  PyObject* bytes = got < 0 || PyErr_Occurred() ? FailedAudio(message) :
      PyBytes_FromStringAndSize((const char*)samples, (Py_ssize_t)((size_t)got * sizeof(short)));
  free(samples);
  return bytes;
}
%}
int dsc_run_command(const char* arguments, size_t size);
int dsc_run_convert(const char* arguments, size_t size);
void dsc_set_sndfile(const char* path);
double dsc_audio_seconds(const AudioPieces* audio);
