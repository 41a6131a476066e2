#!/usr/bin/env bash
# Trains on a cluster of processes on this machine:
#
#   bin/run-cluster.sh [--help] [--script script] [--port_base port] [p:w:g] <arg>*
#
# p parameter servers, w workers, g GPUs per worker (default 1:2:0); see --help.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
PYTHONPATH=$root${PYTHONPATH:+:$PYTHONPATH} exec python -u -m util.cluster.launcher "$@"
