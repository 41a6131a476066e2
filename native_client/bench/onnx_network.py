"""The network of the exports in ONNX Runtime, its weights dynamically quantised to int8.

    python native_client/bench/onnx_network.py '{"n_hidden": 2048, "bidirectional": false, ...}'

runs it once in a fresh process and prints its numbers as JSON; bench_network.py starts it so.
"""

import json
import os
import statistics
import sys
import time
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from side_by_side import Result, peak_rss_mb


def write_model(plain: str, small: str, h: int, ways: int) -> None:
    """Write the network with `ways` directions of `h` cells and random weights."""
    rng = np.random.default_rng(1)
    weights, nodes = [], []

    def constant(name: str, *shape: int) -> str:
        array = rng.normal(0, 1 / np.sqrt(shape[0]), shape).astype(np.float32)
        weights.append(numpy_helper.from_array(array, name))
        return name

    def dense(x: str, name: str, rows: int, cols: int, clip: bool = True) -> str:
        nodes.append(helper.make_node('MatMul', [x, constant(name + 'w', rows, cols)], [name]))
        nodes.append(helper.make_node('Add', [name, constant(name + 'b', cols)], [name + '+']))
        if not clip:
            return name + '+'
        nodes.append(helper.make_node('Clip', [name + '+', 'low', 'high'], [name + '!']))
        return name + '!'

    for name, value in (('low', 0.0), ('high', 20.0)):
        weights.append(numpy_helper.from_array(np.float32(value), name))
    y = dense('x', 'l1', 494, h)
    y = dense(dense(y, 'l2', h, h), 'l3', h, ways * h)
    constant_names = []
    for name, rows, cols in (('W', 4 * h, ways * h), ('R', 4 * h, h)):
        array = rng.normal(0, 1 / np.sqrt(cols), (ways, rows, cols)).astype(np.float32)
        weights.append(numpy_helper.from_array(array, name))
        constant_names.append(name)
    inputs = [y, *constant_names, '', '', *(['h', 'c'] if ways == 1 else [])]
    nodes.append(helper.make_node('LSTM', inputs, ['Y', 'h_out', 'c_out'], hidden_size=h,
                                  direction='forward' if ways == 1 else 'bidirectional'))
    nodes.append(helper.make_node('Transpose', ['Y'], ['Yt'], perm=[0, 2, 1, 3]))
    weights.append(numpy_helper.from_array(np.array([0, 0, ways * h], np.int64), 'shape'))
    nodes.append(helper.make_node('Reshape', ['Yt', 'shape'], ['Yr']))
    y = dense(dense('Yr', 'l5', ways * h, h), 'l6', h, 29, clip=False)
    nodes.append(helper.make_node('Softmax', [y], ['probs'], axis=-1))
    tensor = helper.make_tensor_value_info
    state = [1, 1, h]
    inputs = [tensor('x', TensorProto.FLOAT, ['T', 1, 494])]
    outputs = [tensor('probs', TensorProto.FLOAT, ['T', 1, 29])]
    if ways == 1:
        inputs += [tensor(n, TensorProto.FLOAT, state) for n in ('h', 'c')]
        outputs += [tensor(n, TensorProto.FLOAT, state) for n in ('h_out', 'c_out')]
    graph = helper.make_graph(nodes, 'deepspeech', inputs, outputs, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 17)])
    model.ir_version = 8
    onnx.save(model, plain)
    quantize_dynamic(plain, small, weight_type=QuantType.QInt8)
    os.remove(plain)


def run(job: dict[str, Any]) -> Result:
    """Run the network on random features; make its model if it is not there."""
    h, ways = job['n_hidden'], 2 if job['bidirectional'] else 1
    plain = os.path.join(job['folder'], f'{h}-{ways}.onnx')
    small = os.path.join(job['folder'], f'{h}-{ways}.int8.onnx')
    if not os.path.exists(small):
        write_model(plain, small, h, ways)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = job['threads']
    options.inter_op_num_threads = 1
    start = time.perf_counter()
    session = onnxruntime.InferenceSession(small, options, providers=['CPUExecutionProvider'])
    open_ms = 1e3 * (time.perf_counter() - start)
    frames = int(job['seconds'] * 50)
    x = np.random.default_rng(2).normal(0, 2, (frames, 1, 494)).astype(np.float32)
    batch = frames if ways == 2 else job['batch']
    times = []
    for _ in range(job['runs'] + 1):
        state = {'h': np.zeros((1, 1, h), np.float32), 'c': np.zeros((1, 1, h), np.float32)}
        start = time.perf_counter()
        for t in range(0, frames, batch):
            if ways == 2:
                session.run(None, {'x': x})
            else:
                _, state['h'], state['c'] = session.run(None, {'x': x[t:t + batch], **state})
        times.append(time.perf_counter() - start)
    return {'seconds': statistics.median(times[1:]), 'open_ms': open_ms,
            'peak_rss_mb': peak_rss_mb()}


if __name__ == '__main__':
    print(json.dumps(run(json.loads(sys.argv[1]))))
