// Objects of the library are capsules, which free them. SWIG's own objects share one table between
// all interpreters of a process, and free it with the wrong one.
%{
// The object in a capsule; NULL and TypeError if it holds none, or another kind.
static void* FromHandle(PyObject* handle, const char* type) {
  if (PyCapsule_IsValid(handle, type)) return PyCapsule_GetPointer(handle, type);
  PyErr_Format(PyExc_TypeError, "this is no %s, or one that has ended", type);
  return NULL;
}
%}

%define HANDLE(type, free)
%{
static void Free_##type(PyObject* handle) {
  type* object = (type*)PyCapsule_GetPointer(handle, #type);
  Py_BEGIN_ALLOW_THREADS
  free(object);
  Py_END_ALLOW_THREADS
}
static PyObject* New_##type(type* object) {
  PyObject* handle = PyCapsule_New(object, #type, Free_##type);
  if (!handle) free(object);
  return handle;
}
%}
%typemap(in) type*, const type* {
  $1 = (type*)FromHandle($input, #type);
  if (!$1) SWIG_fail;
}
%typemap(out) type* {
  if (!$1) SWIG_fail;
  $result = New_##type($1);
}
%typemap(in, numinputs=0) type** retval (type* made = NULL) { $1 = &made; }
%typemap(argout) type** retval {
  Py_XDECREF($result);
  $result = New_##type(made$argnum);
}
%enddef
