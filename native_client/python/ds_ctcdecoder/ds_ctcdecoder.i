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

%apply size_t* OUTPUT { size_t* spelt };
%nodefaultctor;
%nodefaultdtor;
%delobject dsd_alphabet_free;
%delobject dsd_scorer_free;
%delobject dsd_options_free;
%delobject dsd_decoder_free;
%delobject dsd_results_free;

%define OWNED(type)
typedef struct {} type;
%extend type {
  ~type() { type##_free($self); }
}
%enddef
OWNED(dsd_alphabet)
OWNED(dsd_scorer)
OWNED(dsd_options)
OWNED(dsd_decoder)
OWNED(dsd_results)
%newobject dsd_alphabet_load;
%newobject dsd_alphabet_bytes_output;
%newobject dsd_alphabet_deserialize;
%newobject dsd_scorer_open;
%newobject dsd_options_new;
%newobject dsd_decoder_new;
%newobject dsd_decoder_decode;

%ignore dsd_error_message;
%ignore dsd_clear_error;
%ignore dsd_matrix;
%ignore dsd_bytes;
%include "decoder/decoder_c.h"
