"""The templates for Slurm and Kubernetes, as far as they can be tried without either."""
import os
import re
import shlex
import stat
import sys

import pytest

from tests.helpers.places import ROOT
from util.cluster.members import Cluster, ClusterSettings, Task
from util.cluster.token import TOKEN

SBATCH = os.path.join(ROOT, 'bin', 'job-template.sbatch')
# What srun would do on one machine: start each task with the variables that tell it apart
SRUN = '''#!/usr/bin/env bash
set -u
echo "token of ${#DEEPSPEECH_CLUSTER_TOKEN} letters"
while [ "${1#--}" != "$1" ]; do shift; done
export SLURM_STEP_NUM_TASKS=3 SLURM_STEP_NODELIST=localhost SLURM_STEP_TASKS_PER_NODE=3
for task in 0 1 2; do
    SLURM_PROCID=$task SLURM_LOCALID=$task "$@" &
    processes[$task]=$!
done
status=0
for process in "${processes[@]}"; do wait "$process" || status=$?; done
exit $status
'''


@pytest.mark.cluster
@pytest.mark.parametrize('servers', [0, 1])
def test_sbatch_template_trains(start, tmp_path, corpus, servers):
    """With a stand-in for srun; the data are those of the flags behind the template's."""
    home = tmp_path / 'home'
    (home / 'DeepSpeech' / '.venv' / 'bin').mkdir(parents=True)
    (home / 'DeepSpeech' / '.venv' / 'bin' / 'activate').touch()
    (home / 'DeepSpeech' / 'DeepSpeech.py').symlink_to(os.path.join(ROOT, 'DeepSpeech.py'))
    srun = tmp_path / 'bin' / 'srun'
    srun.parent.mkdir()
    srun.write_text(SRUN)
    srun.chmod(srun.stat().st_mode | stat.S_IXUSR)
    path = f'{srun.parent}:{os.path.dirname(sys.executable)}:{os.environ["PATH"]}'
    run = start('', '--epoch', 2, '--slurm_ps', servers, command=['bash', SBATCH], HOME=home,
                PATH=path)
    assert run.end() == 0, run.text
    state = run.checkpoint().state
    assert (state['epoch'], state['step']) == (2, 2 * (12 if servers else 4))
    assert 'token of 32 letters' in run.text
    assert f'parameter servers: {servers or "none"}, workers: {3 - servers}' in run.text
    assert not run.processes()


def test_kubernetes_manifest_starts_the_cluster_it_describes():
    import yaml

    import DeepSpeech
    with open(os.path.join(ROOT, 'doc', 'guide', 'kubernetes.yaml'), encoding='utf-8') as file:
        text = file.read()
    service, job, policy = yaml.safe_load_all(text)
    pods = job['spec']['template']['spec']
    container = pods['containers'][0]
    assert container['command'] == ['sh', '-c']
    line = container['args'][0].replace('$JOB_COMPLETION_INDEX', '1')
    command = shlex.split(line)
    assert command[:4] == ['exec', 'python', '-u', 'DeepSpeech.py']
    cluster = Cluster.of(DeepSpeech.flag.parse(command[3:]).record(ClusterSettings))
    assert cluster.mine == Task('worker', 1)
    name, domain = job['metadata']['name'], service['metadata']['name']
    assert pods['subdomain'] == domain
    assert cluster.workers == tuple(f'{name}-{i}.{domain}:3000'
                                    for i in range(job['spec']['completions']))
    assert job['spec']['parallelism'] == job['spec']['completions']
    variable, = container['env']
    assert variable['name'] == TOKEN
    secret = variable['valueFrom']['secretKeyRef']
    assert f'kubectl create secret generic {secret["name"]} --from-literal={secret["key"]}=' in text
    ports = {port['containerPort'] for port in container['ports']}
    assert ports == {int(address.rsplit(':', 1)[1])
                     for address in (cluster.coordinator, *cluster.workers)}
    selected = {'job-name': name}
    assert service['spec']['selector'] == policy['spec']['podSelector']['matchLabels'] == selected
    mounts = {mount['mountPath'] for mount in container['volumeMounts']}
    for path in re.findall(r'/(?:data|checkpoints)\b', line):
        assert path in mounts
    assert {mount['name'] for mount in container['volumeMounts']} == {
        volume['name'] for volume in pods['volumes']}
