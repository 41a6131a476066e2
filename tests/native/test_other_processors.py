"""Kernels of other processors: AArch64 under QEMU, newer x86 and WebAssembly emulated by SIMDe.

Each test builds native_client/test/kernels_test.cc, which compares every set of kernels that it can
run with the plain ones, bit by bit. That takes the cross compiler, QEMU and SIMDe
(Debian: g++-aarch64-linux-gnu, qemu-user, libsimde-dev). The last runs the whole library on an old
x86 processor, under QEMU too.
"""

import pathlib
import platform
import subprocess

import pytest

from tests.helpers.golden import clip
from tests.helpers.need import need, need_program, only_where, unsanitized

pytestmark = pytest.mark.long
NATIVE = pathlib.Path(__file__).resolve().parents[2] / 'native_client'
KERNELS = NATIVE / 'kernels'
FLAGS = ['-std=c++17', '-O2', '-ffp-contract=off', f'-I{NATIVE}']

# In place of the compiler's <immintrin.h>: the same functions in portable C.
EMULATION = '''
#pragma once
#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/avx2.h>
#include <simde/x86/avx512.h>
#define _mm256_dpbusd_avx_epi32 simde_mm256_dpbusd_epi32
// Not in SIMDe 0.7.4:
static inline simde__m512 _mm512_cvtepi32_ps(simde__m512i a) {
  int32_t in[16];
  float out[16];
  __builtin_memcpy(in, &a, sizeof in);
  for (int i = 0; i < 16; ++i) out[i] = (float)in[i];
  return simde_mm512_loadu_ps(out);
}
static inline simde__m512i _mm512_cvtepu16_epi32(simde__m256i a) {
  uint16_t in[16];
  int32_t out[16];
  __builtin_memcpy(in, &a, sizeof in);
  for (int i = 0; i < 16; ++i) out[i] = in[i];
  return simde_mm512_loadu_si512(out);
}
static inline simde__m512i _mm512_srai_epi32(simde__m512i a, int bits) {
  int32_t in[16];
  __builtin_memcpy(in, &a, sizeof in);
  for (int i = 0; i < 16; ++i) in[i] >>= bits;
  return simde_mm512_loadu_si512(in);
}
// The tile registers of AMX, all 16 rows of 64 bytes.
struct Tile { uint8_t bytes[16][64]; };
static Tile tiles[8];
static inline void _tile_loadconfig(const void*) {}
static inline void _tile_release() {}
static inline void _tile_zero(int t) { tiles[t] = Tile(); }
static inline void _tile_loadd(int t, const void* from, int stride) {
  const char* row = (const char*)from;
  for (int r = 0; r < 16; ++r) __builtin_memcpy(tiles[t].bytes[r], row + r * stride, 64);
}
static inline void _tile_stored(int t, void* to, int stride) {
  for (int r = 0; r < 16; ++r) __builtin_memcpy((char*)to + r * stride, tiles[t].bytes[r], 64);
}
static inline void _tile_dpbsud(int sums, int a, int b) {  // bytes of a signed, of b unsigned
  for (int row = 0; row < 16; ++row) {
    int32_t sum[16];
    __builtin_memcpy(sum, tiles[sums].bytes[row], 64);
    for (int k = 0; k < 64; ++k) {
      for (int n = 0; n < 16; ++n) {
        sum[n] += (int8_t)tiles[a].bytes[row][k] * tiles[b].bytes[k / 4][n * 4 + k % 4];
      }
    }
    __builtin_memcpy(tiles[sums].bytes[row], sum, 64);
  }
}
'''


def run(*command) -> str:
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def compile_all(compiler, folder, sources) -> list[pathlib.Path]:
    """Compiles [(source, flags)]; returns the objects."""
    objects = []
    for source, flags in sources:
        objects.append(folder / f'{source.stem}.o')
        run(compiler, *FLAGS, *flags, '-c', source, '-o', objects[-1])
    return objects


# The test itself, what it packs with, and what it compares with.
COMMON = [(NATIVE / 'base' / 'interrupt.cc', []), (KERNELS / 'packing.cc', []),
          (KERNELS / 'plain.cc', []), (NATIVE / 'test' / 'kernels_test.cc', [])]


@pytest.fixture(scope='module')
def common_objects(tmp_path_factory):
    """Compile COMMON once for this processor."""
    return compile_all(need_program('g++'), tmp_path_factory.mktemp('common'), COMMON)


def test_aarch64_kernels_under_qemu(tmp_path):
    compiler, qemu = need_program('aarch64-linux-gnu-g++'), need_program('qemu-aarch64')
    sources = [*COMMON, (KERNELS / 'kernels.cc', []), (KERNELS / 'neon.cc', []), (
        KERNELS / 'neon_dot.cc', ['-march=armv8.2-a+dotprod'])]
    objects = compile_all(compiler, tmp_path, sources)
    run(compiler, '-static', *objects, '-o', tmp_path / 'kernels_test')
    assert run(qemu, tmp_path / 'kernels_test').split() == ['plain', 'neon', 'neon_dot']
    # A processor of ARMv8.0, without the dot product, takes those that were compared just now.
    assert run(qemu, '-cpu', 'cortex-a53', tmp_path / 'kernels_test', '--list').split() == [
        'plain', 'neon']


WASM_EMULATION = '''
#pragma once
#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/wasm/simd128.h>
'''


@pytest.mark.parametrize('name, macros', [
    ('simd128', ['__wasm_simd128__']),
    ('avxvnni', ['__AVX2__', '__AVXVNNI__']),
    ('avx512vnni', ['__AVX512VNNI__', '__AVX512BW__', '__AVX512DQ__']),
    ('amx', ['__AVX512VNNI__', '__AMX_INT8__']),
])
def test_emulated_kernels(common_objects, tmp_path, name, macros):
    """The code for other machines, each intrinsic function replaced by a loop in C."""
    compiler = need_program('g++')
    need(pathlib.Path('/usr/include/simde/x86/avx512.h').exists(), 'SIMDe')
    shim = tmp_path / 'shim'
    shim.mkdir()
    (shim / 'immintrin.h').write_text(EMULATION)
    (shim / 'wasm_simd128.h').write_text(WASM_EMULATION)
    table = {'avxvnni': 'kAvxVnniKernels', 'avx512vnni': 'kAvx512VnniKernels',
             'amx': 'kAmxKernels', 'simd128': 'kWasmKernels'}[name]
    source, header = (('wasm', 'wasm_simd128') if name == 'simd128' else (name, 'immintrin'))
    unit = tmp_path / 'emulated.cc'
    # SIMDe first: it would take the macros for instructions of the compiler.
    unit.write_text(f'#include <{header}.h>\n'
                    + ''.join(f'#define {macro} 1\n' for macro in macros)
                    + (KERNELS / f'{source}.cc').read_text())
    main = tmp_path / 'available.cc'
    main.write_text(
        '#include "kernels/kernels.h"\n'
        'namespace ds { std::vector<const Kernels*> AvailableKernels() '
        f'{{ return {{kPlainKernels, {table}}}; }} }}\n')
    objects = compile_all(compiler, tmp_path, [(unit, [f'-I{shim}', '-w']), (main, [])])
    run(compiler, *common_objects, *objects, '-o', tmp_path / 'kernels_test')
    assert run(tmp_path / 'kernels_test').split() == ['plain', name]


@unsanitized
def test_a_processor_without_avx(build, golden):
    """Library, features and decoder too: nothing outside of the kernels may use newer instructions.

    QEMU's own processor has SSE3 and no AVX, and ends a program that uses what it has not.
    """
    only_where(platform.machine() == 'x86_64', 'an x86-64 processor')
    old = [need_program('qemu-x86_64'), '-cpu', 'qemu64']
    for kind in ('forward', 'bidirectional_layer_norm'):
        model = golden / f'{kind}.pb'
        assert 'isa sse' in run(*old, build / 'engine_probe', 'info', model).splitlines()
        for arguments in (['fp32=1', 'beam=16'], ['beam=16', 'chunk=4000', 'hot=a:2']):
            command = [build / 'api_probe', model, *arguments]
            emulated, own = (subprocess.run([*before, *command], input=clip().tobytes(),
                                            capture_output=True, timeout=300)
                             for before in (old, []))
            assert emulated.returncode == 0, emulated.stderr
            assert emulated.stdout == own.stdout and len(own.stdout) > 100
