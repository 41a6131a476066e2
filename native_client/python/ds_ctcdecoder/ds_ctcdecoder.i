// The C interface of the decoder as Python classes; __init__.py gives them their public names.
%module swigwrapper
%{
#include "decoder/decoder_c.h"
#include "deepspeech.h"
%}
%include <stdint.i>

// The codes of deepspeech.h as constants.
%rename("$ignore", %$not %$isenumitem, %$not %$isenum) "";
#define __attribute__(x)
%include "deepspeech.h"
%rename("%s", %$not %$isenumitem, %$not %$isenum) "";

%include <typemaps.i>
%include "python/buffers.i"

// A failed call raises ValueError with its line, and the code for those that have one.
%exception {
  dsd_clear_error();
  $action
  if (dsd_error_code() != DSD_OK) {
    if (dsd_error_code() == DSD_INVALID_ARGUMENT) {
      PyErr_SetString(PyExc_ValueError, dsd_error_message());
    } else {
      PyErr_Format(PyExc_ValueError, "%s (error code 0x%x)", dsd_error_message(),
                   dsd_error_code());
    }
    SWIG_fail;
  }
}

// 0.9.3's words for those that open something.
%define OPENS(function, what)
%exception function {
  dsd_clear_error();
  $action
  if (dsd_error_code() != DSD_OK) {
    PyErr_Format(PyExc_ValueError, what " initialization failed with error code 0x%x: %s",
                 dsd_error_code(), dsd_error_message());
    SWIG_fail;
  }
}
%enddef
OPENS(dsd_alphabet_load, "Alphabet")
OPENS(dsd_scorer_open, "Scorer")
%exception dsd_error_code { $action }
%exception dsd_set_interrupt { $action }

%include "python/computing.i"
%{
static void SetInterrupt(int (*stop)(void*), void* user) {
  if (stop) dsd_clear_error();
  dsd_set_interrupt(stop, user);
}
%}
%define COMPUTES_OR_RAISES(function)
COMPUTES(function, SetInterrupt,
  if (dsd_error_code() != DSD_OK) {
    PyErr_SetString(PyExc_ValueError, dsd_error_message());
    SWIG_fail;
  }
)
%enddef
COMPUTES_OR_RAISES(dsd_decoder_step)
COMPUTES_OR_RAISES(dsd_grammar_new)
COMPUTES_OR_RAISES(dsd_spotter_step)

%apply size_t* OUTPUT { size_t* spelt };
%include "python/handles.i"
HANDLE(dsd_alphabet, dsd_alphabet_free)
HANDLE(dsd_scorer, dsd_scorer_free)
HANDLE(dsd_grammar, dsd_grammar_free)
HANDLE(dsd_options, dsd_options_free)
HANDLE(dsd_decoder, dsd_decoder_free)
HANDLE(dsd_results, dsd_results_free)
HANDLE(dsd_spotter, dsd_spotter_free)
%typemap(in) const dsd_scorer* scorer_or_null {
  $1 = $input == Py_None ? NULL : (dsd_scorer*)FromHandle($input, "dsd_scorer");
  if (PyErr_Occurred()) SWIG_fail;
}
%ignore dsd_alphabet_free;
%ignore dsd_scorer_free;
%ignore dsd_grammar_free;
%ignore dsd_options_free;
%ignore dsd_decoder_free;
%ignore dsd_results_free;
%ignore dsd_spotter_free;

%ignore dsd_error_message;
%ignore dsd_clear_error;
%ignore dsd_set_interrupt;
%ignore dsd_matrix;
%ignore dsd_bytes;
%include "decoder/decoder_c.h"
