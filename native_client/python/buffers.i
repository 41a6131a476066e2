// Arrays in and bytes out by the buffer protocol: no numpy headers, any exporter will do.
//
// Of a Py_buffer `format` may be NULL (bytes), and so may `shape` and `strides` (contiguous), even
// where they were asked for: ctypes gives no strides.
%{
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// The letter of a buffer's elements; 0 for structures and the like. `swapped`: they have the other
// byte order (the processors that this is built for have the little one).
static char ElementOf(const Py_buffer* view, int* swapped) {
  const char* format = view->format ? view->format : "B";
  *swapped = *format == '>' || *format == '!';
  if (*swapped || *format == '<' || *format == '=' || *format == '@') ++format;
  return format[0] && !format[1] ? format[0] : 0;
}

// The buffer's elements in C's order and this processor's, aligned: in place, or in *copy, to be
// freed. NULL without memory.
static void* Plain(const Py_buffer* view, int swapped, void** copy) {
  const size_t size = view->itemsize > 0 ? (size_t)view->itemsize : 1;
  if (!view->len) return view->buf;
  if (!swapped && PyBuffer_IsContiguous(view, 'C') && (uintptr_t)view->buf % size == 0) {
    return view->buf;
  }
  char* bytes = (char*)malloc((size_t)view->len);
  if (!bytes) PyErr_NoMemory();
  if (!bytes || PyBuffer_ToContiguous(bytes, (Py_buffer*)view, view->len, 'C') < 0) {
    free(bytes);
    return NULL;
  }
  for (size_t at = 0; swapped && at + size <= (size_t)view->len; at += size) {
    for (size_t i = 0; i < size / 2; ++i) {
      const char byte = bytes[at + i];
      bytes[at + i] = bytes[at + size - 1 - i];
      bytes[at + size - 1 - i] = byte;
    }
  }
  return *copy = bytes;
}
%}

// A buffer of floats or doubles with two dimensions.
%typemap(in) dsd_matrix (Py_buffer view, int held = 0, void* copy = NULL) {
  if (PyObject_GetBuffer($input, &view, PyBUF_FULL_RO) < 0) SWIG_fail;
  held = 1;
  int swapped;
  const char code = ElementOf(&view, &swapped);
  if (view.ndim != 2 || !view.shape || (code != 'f' && code != 'd')) {
    PyErr_Format(PyExc_TypeError, "probabilities have %d dimensions of type '%s': expected a "
                 "float32 or float64 array [frames, classes]", view.ndim,
                 view.format ? view.format : "B");
    SWIG_fail;
  }
  $1.data = Plain(&view, swapped, &copy);
  if (PyErr_Occurred()) SWIG_fail;
  $1.rows = (size_t)view.shape[0];
  $1.columns = (size_t)view.shape[1];
  $1.is_double = code == 'd';
}
%typemap(freearg) dsd_matrix {
  free(copy$argnum);
  if (held$argnum) PyBuffer_Release(&view$argnum);
}

// Plain bytes.
%typemap(in) dsd_bytes (Py_buffer view, int held = 0) {
  if (PyObject_GetBuffer($input, &view, PyBUF_SIMPLE) < 0) SWIG_fail;
  held = 1;
  $1.data = view.buf;
  $1.size = (size_t)view.len;
}
%typemap(freearg) dsd_bytes { if (held$argnum) PyBuffer_Release(&view$argnum); }
%typemap(out) dsd_bytes {
  $result = PyBytes_FromStringAndSize((const char*)$1.data, (Py_ssize_t)$1.size);
}
