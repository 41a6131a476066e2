"""A fast LSTM with a hand-written gradient, for utterances of different lengths.

The cell (gates i, f, c, o; no peepholes; the forget bias is inside `bias`):

    z_t = x_t W + h_{t-1} R + b                      z = [z_i, z_f, z_g, z_o]
    i, f, o = sigmoid(z_i), sigmoid(z_f), sigmoid(z_o);   g = tanh(z_g)
    c_t = f * c_{t-1} + i * g
    h_t = o * tanh(c_t)

Where the speed comes from:

- What does not depend on h_{t-1} is one large product outside the loop over time: x W + b before
  it; the gradients of x, W, R and b after it.
- Both directions advance in one loop, the reverse one from the last step down, so that each
  operation works on 2B rows and each thread has a product of its own.
- R is cut into blocks of 64 columns, each contiguous, before the loop. A row-major [H, 4H] matrix
  would be copied block by block in every step, which costs as much as the product itself.
- Padding costs no arithmetic: past the end of an utterance z becomes a large negative number,
  so that i = f = o = 0 exactly. Then c and h are exactly zero there (which is also how the reverse
  direction starts at each utterance's own end), and so is every derivative.

Nothing here depends on T or B being known when a `tf.function` is traced; I and H must be. So one
trace with a signature of [None, None, I] serves every batch.

On a GPU the same weights feed cuDNN's LSTM instead.
"""

import tensorflow as tf

# sigmoid(CLOSED) == 0 exactly in float32, whatever h R would have added.
CLOSED = -1e4

# Columns in a block of R: 32 to 64 measured best (float32 and bfloat16, H = 256 to 2048).
WIDEST_BLOCK, NARROWEST_BLOCK = 64, 16


def lstm(x, kernel, recurrent, bias, lengths, reverse=False, compute_dtype=tf.float32,
         initial_state=None, return_state=False):
    """Run one LSTM layer in one direction.

    Args:
      x: float [T, B, I], time major.
      kernel: float32 [I, 4H], input weights, gate columns i, f, c, o.
      recurrent: float32 [H, 4H], recurrent weights, same columns.
      bias: float32 [4H], forget bias included.
      lengths: int32 [B], steps of each utterance; the rest is padding.
      reverse: run from each utterance's last step to its first.
      compute_dtype: type of the matrix products; the cell state is kept in float32.
      initial_state: (c, h), float32 [B, H] each; zeros by default; forward only.
      return_state: also return the state after each utterance's last step; forward only.

    Returns:
      float32 [T, B, H], zero past an utterance's length; with `return_state` the pair of it and
      (c, h), float32 [B, H] each.
    """
    if reverse and (initial_state is not None or return_state):
        raise ValueError('only the forward direction has a state to carry')
    lengths = tf.convert_to_tensor(lengths, tf.int32)
    if _on_gpu():
        outputs, state = _cudnn(x, kernel, recurrent, bias, lengths, reverse, initial_state)
        return (outputs, state) if return_state else outputs
    found = _run([x], [(kernel, recurrent, bias)], [reverse], lengths, compute_dtype,
                 initial_state, return_state)
    if not return_state:
        return found[0]
    outputs, cells = found
    c0, h0 = initial_state or (tf.zeros_like(cells[0]), tf.zeros_like(outputs[0]))
    empty = lengths[:, tf.newaxis] == 0
    last = tf.stack([tf.maximum(lengths - 1, 0), tf.range(tf.size(lengths))], axis=1)
    return outputs, (tf.where(empty, c0, tf.gather_nd(cells, last)),
                     tf.where(empty, h0, tf.gather_nd(outputs, last)))


def bilstm(x_fw, x_bw, fw_weights, bw_weights, lengths, compute_dtype=tf.float32):
    """Run a bidirectional LSTM layer.

    Args:
      x_fw: float [T, B, I], input of the forward direction.
      x_bw: float [T, B, I], input of the reverse direction (differs only by dropout).
      fw_weights: (kernel, recurrent, bias) of the forward direction, see `lstm`.
      bw_weights: the same of the reverse direction.
      lengths: int32 [B].
      compute_dtype: type of the matrix products.

    Returns:
      float32 [T, B, 2H], forward outputs first.
    """
    lengths = tf.convert_to_tensor(lengths, tf.int32)
    if _on_gpu():
        both = [_cudnn(x_fw, *fw_weights, lengths, False)[0],
                _cudnn(x_bw, *bw_weights, lengths, True)[0]]
    else:
        both = _run([x_fw, x_bw], [fw_weights, bw_weights], [False, True], lengths, compute_dtype)
    return tf.concat(both, axis=2)


def _run(xs, weights, reverses, lengths, dtype, state=None, return_cells=False):
    """Run D directions: their outputs [T, B, H] and, if asked, the cells of the only one."""
    directions, hidden = len(xs), weights[0][1].shape[0]
    real = tf.transpose(tf.sequence_mask(lengths, tf.shape(xs[0])[0]))  # [T, B]
    clock = _Clock(tf.shape(real)[0], tf.shape(real)[1], hidden, reverses)
    dtype = tf.as_dtype(dtype)

    @tf.custom_gradient
    def call(*arguments):
        xs, kernels, recurrents, biases = (arguments[k * directions:(k + 1) * directions]
                                           for k in range(4))
        c0, h0 = arguments[4 * directions:] or [tf.zeros([directions * clock.batch, hidden])] * 2
        flat = [tf.cast(tf.reshape(x, [-1, x.shape[2]]), dtype) for x in xs]
        kernels = [tf.cast(w, dtype) for w in kernels]
        inputs = [tf.reshape(tf.nn.bias_add(tf.matmul(x, w), tf.cast(b, dtype)),
                             [clock.steps, clock.batch, 4 * hidden])
                  for x, w, b in zip(flat, kernels, biases)]
        recurrents = [tf.cast(r, dtype) for r in recurrents]
        outputs, saved = _forward(inputs, _blocks(recurrents), real, c0, h0, clock)

        def gradient(*upstream):
            transposed = _blocks([tf.transpose(r) for r in recurrents])
            dzs, dc0, dh0 = _backward(upstream[:directions], upstream[directions:], saved,
                                      transposed, recurrents[0], c0, clock)
            flat_dz = [tf.reshape(dz, [-1, 4 * hidden]) for dz in dzs]
            dxs = [tf.cast(tf.reshape(tf.matmul(dz, w, transpose_b=True), tf.shape(x)), x.dtype)
                   for dz, w, x in zip(flat_dz, kernels, arguments)]
            dkernels = [tf.cast(tf.matmul(x, dz, transpose_a=True), tf.float32)
                        for x, dz in zip(flat, flat_dz)]
            drecurrents = [_recurrent_gradient(h, dz, h0 if state else None, reverse)
                           for h, dz, reverse in zip(outputs, dzs, reverses)]
            dbiases = [tf.cast(tf.raw_ops.BiasAddGrad(out_backprop=dz), tf.float32)
                       for dz in flat_dz]
            return (*dxs, *dkernels, *drecurrents, *dbiases, *((dc0, dh0) if state else ()))

        return (*outputs, *([saved['c'].stack()] if return_cells else [])), gradient

    columns = zip(*([tf.convert_to_tensor(w) for w in ws] for ws in weights))
    return call(*(tf.convert_to_tensor(x) for x in xs), *(w for column in columns for w in column),
                *(state or ()))


class _Clock:
    """Which time step each direction is at after n steps of the loop, and the sizes around it."""

    def __init__(self, steps, batch, hidden, reverses):
        self.steps, self.batch, self.hidden, self.reverses = steps, batch, hidden, reverses

    def times(self, n):
        """Time step of each direction at the n-th step of the forward loop."""
        return [self.steps - 1 - n if reverse else n for reverse in self.reverses]

    def read(self, sequences, n):
        """Rows of all directions, [D*B, ...], from one [T, B, ...] each."""
        rows = [sequence[t] for sequence, t in zip(sequences, self.times(n))]
        return rows[0] if len(rows) == 1 else tf.concat(rows, axis=0)

    def write(self, arrays, n, rows):
        """Rows of all directions, [D*B, ...], into one TensorArray each."""
        parts = [rows[k * self.batch:(k + 1) * self.batch] for k in range(len(arrays))]
        return [array.write(t, part) for array, t, part in zip(arrays, self.times(n), parts)]

    def array(self, width, dtype=tf.float32):
        return tf.TensorArray(dtype, self.steps, element_shape=[None, width],
                              clear_after_read=False)

    def product(self, rows, blocks):
        """rows [D*B, K] times blocks [D, N / w, K, w]: float32 [D*B, N]."""
        directions, count, inner, width = blocks.shape
        rows = tf.reshape(tf.cast(rows, blocks.dtype), [directions, 1, self.batch, inner])
        product = tf.transpose(tf.matmul(rows, blocks), [0, 2, 1, 3])
        return tf.cast(tf.reshape(product, [directions * self.batch, count * width]), tf.float32)


def _blocks(matrices):
    """D matrices [K, N] as column blocks [D, N / w, K, w], each block contiguous."""
    rows, columns = matrices[0].shape
    hidden = min(rows, columns)
    width = max((w for w in range(NARROWEST_BLOCK, WIDEST_BLOCK + 1) if hidden % w == 0),
                default=hidden)
    return tf.stack([tf.transpose(tf.reshape(m, [rows, columns // width, width]), [1, 0, 2])
                     for m in matrices])


def _forward(inputs, blocks, real, c, h, clock):
    """Run the recurrence over inputs x W + b, D of [T, B, 4H]: outputs, D of [T, B, H].

    Also returns what the gradient needs, TensorArrays of [D*B, H] in the order of the loop.
    """
    names = 'i', 'f', 'g', 'o', 'c', 'tanh_c', 'c_before'
    closed = tf.fill([tf.shape(c)[0], 4 * clock.hidden], CLOSED)

    def body(n, c, h, saved, outputs):
        z = clock.product(h, blocks) + tf.cast(clock.read(inputs, n), tf.float32)
        here = clock.read([real] * len(inputs), n)
        z = tf.raw_ops.Select(condition=here, x=z, y=closed)
        zi, zf, zg, zo = tf.split(z, 4, axis=1)
        i, f, g, o = tf.sigmoid(zi), tf.sigmoid(zf), tf.tanh(zg), tf.sigmoid(zo)
        c_before, c = c, f * c + i * g
        tanh_c = tf.tanh(c)
        h = o * tanh_c
        saved = [array.write(n, value)
                 for array, value in zip(saved, (i, f, g, o, c, tanh_c, c_before))]
        return n + 1, c, h, saved, clock.write(outputs, n, h)

    _, _, _, saved, outputs = tf.while_loop(
        lambda n, *_: n < clock.steps, body,
        [0, c, h, [clock.array(clock.hidden) for _ in names],
         [clock.array(clock.hidden) for _ in inputs]])
    return [array.stack() for array in outputs], dict(zip(names, saved))


def _backward(dhs, dcs, saved, transposed, recurrent, c0, clock):
    """Run the recurrence of the gradient from upstream dh (and dc of a single direction).

    Returns:
      dz, D of [T, B, 4H] in the type of the products; dc0 and dh0 [D*B, H].
    """
    rows = tf.shape(c0)[0]
    dtype = recurrent.dtype
    # LSTMBlockCellGrad wants the weights of a cell for their shapes alone.
    shapes = dict(x=tf.zeros([rows, 0]), w=tf.cast(recurrent, tf.float32),
                  b=tf.zeros([4 * clock.hidden]), h_prev=tf.zeros_like(c0),
                  **{name: tf.zeros([clock.hidden]) for name in ('wci', 'wcf', 'wco')})

    def body(m, dc, dh, dzs):
        n = clock.steps - 1 - m
        dh += clock.read(dhs, n)
        if dcs:
            dc += clock.read(dcs, n)
        at = {name: array.read(n) for name, array in saved.items()}
        dc, dz, *_ = tf.raw_ops.LSTMBlockCellGrad(
            cs_prev=at['c_before'], i=at['i'], f=at['f'], ci=at['g'], o=at['o'], cs=at['c'],
            co=at['tanh_c'], cs_grad=dc, h_grad=dh, use_peephole=False, **shapes)
        # That kernel's gate order is i, c, f, o.
        dz = tf.gather(tf.reshape(tf.cast(dz, dtype), [rows, 4, clock.hidden]), [0, 2, 1, 3],
                       axis=1)
        dz = tf.reshape(dz, [rows, 4 * clock.hidden])
        return m + 1, dc, clock.product(dz, transposed), clock.write(dzs, n, dz)

    _, dc0, dh0, dzs = tf.while_loop(
        lambda m, *_: m < clock.steps, body,
        [0, tf.zeros_like(c0), tf.zeros_like(c0),
         [clock.array(4 * clock.hidden, dtype) for _ in dhs]])
    return [array.stack() for array in dzs], dc0, dh0


def _recurrent_gradient(h, dz, h0, reverse):
    """The gradient of R: the sum over steps of h_{t-1} (transposed) times dz_t."""
    h_before, dz_after = (h[1:], dz[:-1]) if reverse else (h[:-1], dz[1:])
    flat_h, flat_dz = (tf.reshape(v, [-1, v.shape[2]]) for v in (h_before, dz_after))
    total = tf.matmul(tf.cast(flat_h, dz.dtype), flat_dz, transpose_a=True)
    if h0 is not None:
        total += tf.matmul(tf.cast(h0, dz.dtype), dz[0], transpose_a=True)
    return tf.cast(total, tf.float32)


def _on_gpu():
    """Whether TensorFlow may place the LSTM on a GPU."""
    return bool(tf.config.list_logical_devices('GPU'))


def _cudnn(x, kernel, recurrent, bias, lengths, reverse, state=None):
    """One direction by cuDNN, in float32: outputs [T, B, H] and the last (c, h), [B, H] each.

    cuDNN keeps each gate's matrix transposed and flattened, input before recurrent, all biases
    after them; it has a second bias, which is zero here.
    """
    parts = [*tf.split(kernel, 4, axis=1), *tf.split(recurrent, 4, axis=1)]
    params = tf.concat([*(tf.reshape(tf.transpose(part), [-1]) for part in parts),
                        bias, tf.zeros_like(bias)], axis=0)
    x = tf.cast(x, tf.float32)
    if reverse:
        x = tf.reverse_sequence(x, lengths, seq_axis=0, batch_axis=1)
    zeros = tf.zeros([tf.shape(x)[1], recurrent.shape[0]])
    c0, h0 = state or (zeros, zeros)
    y, h, c, _, _ = tf.raw_ops.CudnnRNNV3(
        input=x, input_h=h0[tf.newaxis], input_c=c0[tf.newaxis], params=params,
        sequence_lengths=tf.maximum(lengths, 1), rnn_mode='lstm', direction='unidirectional',
        time_major=True, is_training=True)
    real = tf.transpose(tf.sequence_mask(lengths, tf.shape(x)[0]))[:, :, tf.newaxis]
    y = tf.where(real, y, 0.0)
    if reverse:
        y = tf.reverse_sequence(y, lengths, seq_axis=0, batch_axis=1)
    empty = lengths[:, tf.newaxis] == 0
    return y, (tf.where(empty, c0, c[0]), tf.where(empty, h0, h[0]))
