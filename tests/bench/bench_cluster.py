#!/usr/bin/env python3
"""Time the steps of clusters of one-thread processes, and count the bytes they send.

    tests/bench/bench_cluster.py                                      # all cases, n_hidden 256
    tests/bench/bench_cluster.py --n_hidden 1024 --steps 10 --skip 2 --cases 1 1+1 0:2
    tests/bench/bench_cluster.py --cases 0:2 1:2 --rates 1gbit 100mbit

A case is p:w, or `1`, a single process, or `1+1`, two single processes beside each other that know
nothing of one another: what two workers cost each other by sharing a machine. The cases take turns,
`--rounds` times; the table gives medians, and of the seconds also the smallest and the largest.

Every process of a cluster has a network namespace, and so a machine's address, of its own; `tc`
limits its line in both directions (needs root and iproute2). Utterances have 3 s (150 time steps).
A step's time is that of the steps behind the first `--skip`, divided by their number: with
parameter servers batches are under way side by side. Bytes are those of all processes together,
counted at their interfaces. CPU time is that of all processes of the training.
"""
import argparse
import contextlib
import os
import pathlib
import re
import signal
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))


def measure(args, case, rate, folder):
    """Train once.

    Returns:
        (seconds per step, seconds of processor time per step, bytes sent per step).
    """
    from tests.helpers.network import Network
    cluster = ':' in case
    ps, workers = map(int, case.split(':')) if cluster else (0, len(case.split('+')))
    flags = ['--train_files', str(folder / 'train.csv'), '--alphabet_config_path',
             str(folder / 'alphabet.txt'), '--n_hidden', str(args.n_hidden), '--train_batch_size',
             str(args.batch), '--notest', '--max_to_keep', '0', '--noearly_stop', '--epoch', '1',
             '--limit_train', str(args.steps * args.batch * (workers if cluster and not ps else 1)),
             '--intra_op_parallelism_threads', '1', '--inter_op_parallelism_threads', '1',
             '--noshow_progressbar']
    program = [sys.executable, '-u', str(ROOT / 'tests' / 'cluster' / 'steps_child.py'), *flags]
    tasks = [('worker', i) for i in range(workers)] + [('ps', i) for i in range(ps)]
    with contextlib.ExitStack() as at_the_end:
        network = at_the_end.enter_context(Network(len(tasks), rate))
        if cluster:
            hosts = {task: f'{network.address(i)}:3000' for i, task in enumerate(tasks)}
            program += ['--worker_hosts', ','.join(hosts[t] for t in tasks if t[0] == 'worker'),
                        '--ps_hosts', ','.join(hosts[t] for t in tasks if t[0] == 'ps')]
        processes = []
        for i, (job, index) in enumerate(tasks):
            more = ['--job_name', job, '--task_index', str(index)] if cluster else []
            processes.append(subprocess.Popen(
                [*network.on(i), *program, *more], text=True,
                stdout=subprocess.PIPE if i == 0 else subprocess.DEVNULL,
                stderr=subprocess.STDOUT if i == 0 else subprocess.DEVNULL))
            at_the_end.callback(processes[-1].kill)
        moments, busy, sent, said = [], [], [], []
        for line in processes[0].stdout:
            said.append(line)
            step = re.search(r'STEP .* (\S+)$', line)
            if step:
                moments.append(float(step[1]))
                busy.append(sum(map(cpu_secs, processes)))
                sent.append(sum(network.sent(i) for i in range(len(tasks))))
        statuses = [process.wait(60) for process in processes]
        if any(statuses):
            raise SystemExit(''.join(said))
    n = len(moments) - 1 - args.skip
    return [(values[-1] - values[args.skip]) / n for values in (moments, busy, sent)]


def cpu_secs(process):
    """Processor time of a process and of those it has started."""
    total, waiting = 0.0, [process.pid]
    while waiting:
        pid = waiting.pop()
        with contextlib.suppress(OSError):
            stat = pathlib.Path(f'/proc/{pid}/stat').read_text().rsplit(') ', 1)[1].split()
            total += (int(stat[11]) + int(stat[12])) / os.sysconf('SC_CLK_TCK')
            children = pathlib.Path(f'/proc/{pid}/task/{pid}/children').read_text()
            waiting += map(int, children.split())
    return total


def main():
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--n_hidden', type=int, default=256)
    parser.add_argument('--batch', type=int, default=8)
    parser.add_argument('--steps', type=int, default=16)
    parser.add_argument('--skip', type=int, default=3, help='steps at the start, not counted')
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--cases', nargs='*', default=['1', '1+1', '0:1', '0:2', '1:1', '1:2'])
    parser.add_argument('--rates', nargs='*', default=[''], help='of the lines, such as 100mbit')
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the networks are taken down
    from tests.helpers.tones import make_corpus
    runs = [(case, rate) for case in args.cases for rate in (args.rates if ':' in case else [''])]
    found = {run: [] for run in runs}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        make_corpus(folder, 'train', args.steps * args.batch * 2, 1, letters=(25, 26))
        for done in range(args.rounds):
            for run in runs:
                found[run].append(measure(args, *run, folder))
                print(f'round {done + 1}, {run}: {found[run][-1]}', file=sys.stderr, flush=True)
    print('| n_hidden | cluster p:w | line | s per step (range) | CPU s per step | '
          'MB sent per step |\n|---|---|---|---|---|---|')
    for (case, rate), rows in found.items():
        seconds, busy, sent = zip(*rows)
        print(f'| {args.n_hidden} | {case} | {rate or "not limited"} | '
              f'{statistics.median(seconds):.3f} ({min(seconds):.3f} to {max(seconds):.3f}) | '
              f'{statistics.median(busy):.3f} | {statistics.median(sent) / 1e6:.2f} |')


if __name__ == '__main__':
    main()
