'use strict';
// Runs when npm installs the package: builds the addon where none that came with it loads. This
// takes a C++17 compiler ($CXX, c++, g++ or clang++), and nothing else: src/sources.json lists what
// each library is made of, as CMake had it when the package was made.

const { spawn, spawnSync } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');
const { load } = require('./lib/binding');

const SOURCE = path.join(__dirname, 'src');
const BUILD = path.join(__dirname, 'build');

/** Why there is no addon, in a line. */
class Problem extends Error {}

function compiler() {
  const names = [process.env.CXX, 'c++', 'g++', 'clang++'].filter(Boolean);
  const found = names.find((name) => spawnSync(name, ['--version']).status === 0);
  if (!found) {
    throw new Problem(`no C++ compiler was found (${names.join(', ')}): install g++, or set CXX`);
  }
  return found;
}

/** Runs the compiler; rejects with its first message. */
function compile(program, args) {
  return new Promise((resolve, reject) => {
    const running = spawn(program, args, { cwd: SOURCE, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    running.stderr.on('data', (text) => { said += text; });
    running.on('error', reject);
    running.on('close', (status) => {
      const reason = said.split('\n').find((line) => /error/i.test(line)) || said.split('\n')[0];
      if (status === 0) resolve();
      else reject(new Problem(`${program} failed: ${reason}`));
    });
  });
}

/** Runs jobs, as many at a time as there are processors. */
async function together(jobs) {
  const waiting = [...jobs];
  const worker = async () => {
    while (waiting.length) await waiting.shift()();
  };
  await Promise.all(os.cpus().map(worker));
}

/** Those flags of a file that the compiler takes: another one's may not know an instruction set. */
function taken(program, flags) {
  const probe = ['-x', 'c++', '-fsyntax-only', ...flags, os.devNull];
  return spawnSync(program, probe, { cwd: SOURCE }).status === 0;
}

async function build() {
  const program = compiler();
  const listed = JSON.parse(fs.readFileSync(path.join(SOURCE, 'sources.json')));
  const { files, libraries } = listed[process.arch] || listed.other;
  console.log(`deepspeech: building for ${process.platform}-${process.arch} with ${program}`);
  const objects = path.join(BUILD, 'objects');
  fs.rmSync(BUILD, { recursive: true, force: true });
  fs.mkdirSync(objects, { recursive: true });
  const objectOf = (file) => path.join(objects, `${file.replace(/[^\w]/g, '_')}.o`);
  const known = new Map();
  await together(files.map(({ file, flags, extra }) => () => {
    const key = extra.join(' ');
    if (!known.has(key)) known.set(key, taken(program, extra));
    const all = known.get(key) ? [...flags, ...extra] : flags;
    return compile(program, [...all, '-c', file, '-o', objectOf(file)]);
  }));
  for (const { name, files: parts, flags } of libraries) {  // each may need those before it
    await compile(program, ['-shared', '-o', path.join(BUILD, name), ...parts.map(objectOf),
                            `-L${BUILD}`, ...flags]);
  }
  fs.rmSync(objects, { recursive: true });
}

async function main() {
  if (!(load() instanceof Error)) return;
  await build();
  const addon = load();
  if (addon instanceof Error) throw new Problem(addon.message);
}

main().catch((error) => {
  console.error(`deepspeech: error: ${error instanceof Problem ? error.message : error.stack}`);
  process.exitCode = 1;
});
