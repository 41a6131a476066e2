// Arrays in and bytes out by the buffer protocol: no numpy headers, any exporter will do.

// A C-contiguous buffer of floats or doubles with two dimensions.
%typemap(in) dsd_matrix (Py_buffer view, int held = 0) {
  if (PyObject_GetBuffer($input, &view, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT) < 0) SWIG_fail;
  held = 1;
  const char code = view.format ? view.format[view.format[0] == '<' || view.format[0] == '='] : 'B';
  if (view.ndim != 2 || (code != 'f' && code != 'd')) {
    PyErr_Format(PyExc_TypeError, "probabilities have %d dimensions of type '%s': expected a "
                 "float32 or float64 array [frames, classes]", view.ndim,
                 view.format ? view.format : "B");
    SWIG_fail;
  }
  $1.data = view.buf;
  $1.rows = (size_t)view.shape[0];
  $1.columns = (size_t)view.shape[1];
  $1.is_double = code == 'd';
}
%typemap(freearg) dsd_matrix { if (held$argnum) PyBuffer_Release(&view$argnum); }

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
