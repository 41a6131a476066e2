"""Build the wheel `deepspeech`: the native client and its Python modules, through CMake.

    pip install .          needs a C++17 compiler; SWIG, CMake and ninja come with the build

Packages `deepspeech`, `deepspeech_server`, `ds_ctcdecoder` and `stt`, sources in
native_client/python. On Python 3.11 and later the modules use the stable interface: one wheel
(cp311-abi3) serves all of these.
"""

import contextlib
import os
import shlex
import shutil
import subprocess
import sys

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

ROOT = os.path.dirname(os.path.abspath(__file__))
PYTHON = os.path.join('native_client', 'python')
STABLE_ABI = sys.version_info >= (3, 11)
PACKAGES = [name for name in ('deepspeech', 'deepspeech_server', 'ds_ctcdecoder', 'stt')
            if os.path.isdir(os.path.join(ROOT, PYTHON, name))]


def read(name: str) -> str:
    """Return the text of a file in the root folder."""
    with open(os.path.join(ROOT, name), encoding='utf-8') as f:
        return f.read().strip()


class CMakeBuild(build_ext):
    """Builds everything below native_client and installs its components for the wheel."""

    def run(self) -> None:
        """Build every component and install it where the wheel is made from."""
        build = os.path.abspath(os.path.join(self.build_temp, 'cmake'))
        with contextlib.suppress(FileNotFoundError):  # another pip's temporary cmake made it
            os.remove(os.path.join(build, 'CMakeCache.txt'))
        os.makedirs(build, exist_ok=True)
        into = os.path.abspath(PYTHON if self.inplace else self.build_lib)
        generator = ['-G', 'Ninja'] if shutil.which('ninja') else []
        jobs = os.environ.get('CMAKE_BUILD_PARALLEL_LEVEL') or str(os.cpu_count() or 1)
        cmake = shutil.which('cmake') or 'cmake'
        self.cmake([cmake, '-S', os.path.join(ROOT, 'native_client'), '-B', build, *generator,
                    '-DCMAKE_BUILD_TYPE=Release', '-DDS_PYTHON=ON',
                    f'-DPython_EXECUTABLE={sys.executable}',
                    *shlex.split(os.environ.get('CMAKE_ARGS', ''))])
        self.cmake([cmake, '--build', build, '-j', jobs])
        for component in ('wheel', *(f'python_{name}' for name in PACKAGES)):
            self.cmake([cmake, '--install', build, '--component', component, '--prefix', into])

    def cmake(self, command: list[str]) -> None:
        """Run a command; if it fails, its own messages are the explanation."""
        if subprocess.call(command) != 0:
            sys.exit(f'deepspeech was not built: {" ".join(command[:3])} failed, see above')

    def get_outputs(self) -> list[str]:
        """Return no files: CMake decides what is installed."""
        return []

    def get_source_files(self) -> list[str]:
        """Return no files: CMake knows the sources."""
        return []


entry_points = {}
if os.path.exists(os.path.join(ROOT, PYTHON, 'deepspeech', 'client.py')):
    entry_points = {'console_scripts': ['deepspeech = deepspeech.client:main',
                                        'stt = stt.client:main',
                                        'deepspeech-convert = deepspeech.client:convert',
                                        'deepspeech-listen = deepspeech.listen:main',
                                        'deepspeech-server = deepspeech_server.main:main']}

setup(
    name='deepspeech',
    version=read('VERSION'),
    description='Offline speech recognition: DeepSpeech models on a native engine',
    license='MPL-2.0',
    python_requires='>=3.10',
    package_dir={'': PYTHON},
    packages=PACKAGES,
    package_data={name: ['*.pyi', 'py.typed', '*.html'] for name in PACKAGES},
    ext_modules=[Extension('deepspeech._deepspeech', [], py_limited_api=STABLE_ABI)],
    cmdclass={'build_ext': CMakeBuild},
    options={'bdist_wheel': {'py_limited_api': 'cp311'}} if STABLE_ABI else {},
    extras_require={'audio': ['soundfile>=0.13,<0.15'],
                    'listen': ['numpy>=1.24', 'sounddevice>=0.4.6,<1', 'soxr>=0.5,<2'],
                    'server': ['aiohttp>=3.10,<4', 'numpy>=1.24', 'soxr>=0.5,<2']},
    entry_points=entry_points,
    zip_safe=False,
)
