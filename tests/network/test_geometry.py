"""Sizes of the network."""
from util.network.geometry import Geometry


def test_parameters_of_the_published_networks():
    assert Geometry(n_hidden=2048, n_labels=28).n_parameters == 122_732_573


def test_forward_network_has_one_lstm_and_a_narrow_layer_3():
    shapes = Geometry(n_hidden=64, n_labels=28, bidirectional=False).shapes()
    assert shapes['layer_3/weights'] == (64, 64)
    assert shapes['lstm_fw/kernel'] == (64, 256)
    assert shapes['layer_5/weights'] == (64, 64)
    assert not any(name.startswith('lstm_bw') for name in shapes)


def test_layer_norm_stands_behind_all_layers_but_the_last():
    shapes = Geometry(n_hidden=8, n_labels=3, layer_norm=True).shapes()
    normed = [name.split('/')[0] for name in shapes if name.endswith('gamma')]
    assert normed == ['layer_1', 'layer_2', 'layer_3', 'layer_5']
    assert shapes['layer_3/layer_norm/beta'] == (16,)
