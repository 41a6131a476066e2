// Fetches and starts the engine: the build with SIMD where that runs, else the plain one.
'use strict';

// (module (func (result v128) i32.const 0 i8x16.splat i8x16.popcnt))
const SIMD = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0,
  10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11]);
const WASM = 'stt_wasm.wasm', PLAIN = 'stt_wasm_plain.wasm';
const IN_NODE = typeof process === 'object' && Boolean(process.versions && process.versions.node);

// The bytes of what an address or path names; `onProgress(loaded, total)` hears of them.
async function bytesOf(url, onProgress) {
  if (IN_NODE && !/^(https?|data|blob):/.test(url)) {
    const path = url.startsWith('file:') ? new URL(url) : url;
    return require('fs').promises.readFile(path).catch((error) => {
      throw new Error(`'${url}' cannot be read: ${error.message}`);
    });
  }
  const response = await fetch(url).catch((error) => {
    throw new Error(`'${url}' cannot be fetched: ${error.message}; is the server running, and ` +
                    'does it allow other origins?');
  });
  if (!response.ok) {
    throw new Error(`'${url}' cannot be fetched: the server says ${response.status} ` +
                    response.statusText);
  }
  if (!onProgress) return new Uint8Array(await response.arrayBuffer());
  return readBody(response, onProgress);
}

// The body of a response, into one buffer where its length is known.
async function readBody(response, onProgress) {
  const coded = response.headers.get('Content-Encoding');
  const total = coded ? 0 : Number(response.headers.get('Content-Length')) || 0;
  let bytes = new Uint8Array(total || 1 << 20), loaded = 0;
  for (const reader = response.body.getReader(); ;) {
    const {done, value} = await reader.read();
    if (done) return loaded === bytes.length ? bytes : bytes.slice(0, loaded);
    if (loaded + value.length > bytes.length) {
      const more = new Uint8Array(Math.max(2 * bytes.length, loaded + value.length));
      more.set(bytes.subarray(0, loaded));
      bytes = more;
    }
    bytes.set(value, loaded);
    loaded += value.length;
    onProgress(loaded, total);
  }
}

// Returns the started module. Options: `base` (address of the folder of the .wasm files),
// `locateFile(name, base)`, `wasmBinary` (bytes of one), `simd` (false: the plain build).
async function loadEngine(options) {
  const simd = options.simd !== false && WebAssembly.validate(SIMD);
  const name = simd ? WASM : PLAIN;
  let bytes = options.wasmBinary;
  if (!bytes) {
    const base = options.base || '';
    bytes = await bytesOf(options.locateFile ? options.locateFile(name, base) : base + name);
  }
  const compiled = await WebAssembly.compile(bytes).catch((error) => {
    throw new Error(`${name} cannot be compiled: ${error.message}; is it whole?`);
  });
  return new Promise((resolve, reject) => {
    DeepSpeechEngine({
      instantiateWasm(imports, started) {
        WebAssembly.instantiate(compiled, imports).then(started, reject);
        return {};
      },
      onAbort(reason) {
        reject(new Error(`the engine cannot be started: ${reason}`));
      },
    }).then(resolve, reject);
  });
}
