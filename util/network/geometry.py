"""The shape of a network: what a checkpoint and an export must agree on."""
import dataclasses
from dataclasses import dataclass

LAYER_NORM_EPSILON = 1e-12  # added to the variance; the native client has the same


@dataclass(frozen=True)
class Geometry:
    """Sizes and kind of the network of Deep Speech (arXiv 1412.5567).

    Attributes:
        n_hidden: width H of every layer.
        n_labels: labels of the alphabet, without the blank (which is last).
        bidirectional: True for the network of June 2017 (layer 3 is H -> 2H, one LSTM each way),
            False for the network of 0.9.3 (layer 3 is H -> H, one forward LSTM), which can stream.
        layer_norm: layer normalisation after layers 1, 2, 3 and 5.
        relu_clip: upper clip of the rectified layers.
        n_input: features (MFCCs) a frame.
        n_context: frames of context on either side.
    """

    n_hidden: int
    n_labels: int
    bidirectional: bool = True
    layer_norm: bool = False
    relu_clip: float = 20.0
    n_input: int = 26
    n_context: int = 9

    @property
    def n_window(self) -> int:
        """Inputs of layer 1: the features of a frame and of its context, 494 by default."""
        return self.n_input * (2 * self.n_context + 1)

    @property
    def n_classes(self) -> int:
        """Outputs of layer 6: the labels and the blank."""
        return self.n_labels + 1

    @property
    def n_layer_3(self) -> int:
        """Outputs of layer 3, inputs of each LSTM."""
        return 2 * self.n_hidden if self.bidirectional else self.n_hidden

    @property
    def n_recurrent(self) -> int:
        """Outputs of layer 4: both directions side by side."""
        return 2 * self.n_hidden if self.bidirectional else self.n_hidden

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Return name -> shape of every weight, in the order of the layers."""
        h = self.n_hidden
        dense = {'layer_1': (self.n_window, h), 'layer_2': (h, h), 'layer_3': (h, self.n_layer_3)}
        lstms = ('lstm_fw', 'lstm_bw') if self.bidirectional else ('lstm_fw',)
        late = {'layer_5': (self.n_recurrent, h), 'layer_6': (h, self.n_classes)}
        result: dict[str, tuple[int, ...]] = {}

        def add_dense(name: str, shape: tuple[int, int]) -> None:
            result[name + '/weights'] = shape
            result[name + '/bias'] = shape[1:]
            if self.layer_norm and name != 'layer_6':
                result[name + '/layer_norm/gamma'] = shape[1:]
                result[name + '/layer_norm/beta'] = shape[1:]

        for name, shape in dense.items():
            add_dense(name, shape)
        for name in lstms:
            result[name + '/kernel'] = (self.n_layer_3, 4 * h)
            result[name + '/recurrent_kernel'] = (h, 4 * h)
            result[name + '/bias'] = (4 * h,)
        for name, shape in late.items():
            add_dense(name, shape)
        return result

    @property
    def n_parameters(self) -> int:
        """Trainable numbers of the whole network."""
        total = 0
        for shape in self.shapes().values():
            count = 1
            for size in shape:
                count *= size
            total += count
        return total

    def as_dict(self) -> dict:
        """Return a plain dictionary, for JSON."""
        return dataclasses.asdict(self)
