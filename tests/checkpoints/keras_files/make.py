"""Makes the files of this folder, and `expected.json`: what real Keras and plain float64 arithmetic make of them.

    KERAS_BACKEND=torch python tests/checkpoints/keras_files/make.py

Needs keras 3, h5py and torch, none of which the tests need. What Keras 1 and 2 wrote is written with h5py, after
their own `save` functions. The equations below are Keras's, on Keras's arrays: they know nothing of this program.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "torch")
import h5py
import keras
import numpy as np
from keras import layers as kl

HERE = Path(__file__).parent
V, E, H, STEPS = 5, 3, 4, 9
TEXT = [0, 3, 1, 4, 2, 2, 0, 4, 1]
EXPECTED: dict[str, object] = {}

SQUASHES = {
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "hard_sigmoid": lambda z: np.clip(0.2 * z + 0.5, 0, 1),
    "hard_sigmoid_6": lambda z: np.clip(z / 6 + 0.5, 0, 1),
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0),
    "linear": lambda z: z,
}


def lstm(x, kernel, recurrent, bias, gates="sigmoid", act="tanh"):
    g, a, units = SQUASHES[gates], SQUASHES[act], recurrent.shape[0]
    h = c = np.zeros(units)
    steps = []
    for row in x:
        i, f, n, o = np.split(row @ kernel + h @ recurrent + bias, 4)
        i, f, n, o = g(i), g(f), a(n), g(o)
        c = f * c + i * n
        h = o * a(c)
        steps.append({"f": f, "i": i, "c_tilde": n, "o": o, "c": c, "h": h})
    return steps


def gru(x, kernel, recurrent, bias, after=True, gates="sigmoid", act="tanh"):
    g, a, units = SQUASHES[gates], SQUASHES[act], recurrent.shape[0]
    b_in, b_rec = bias if after else (bias, np.zeros(3 * units))
    h = np.zeros(units)
    steps = []
    for row in x:
        xz, xr, xh = np.split(row @ kernel + b_in, 3)
        hz, hr, hh = np.split(h @ recurrent + b_rec, 3)
        z, r = g(xz + hz), g(xr + hr)
        n = a(xh + r * hh) if after else a(xh + (r * h) @ recurrent[:, 2 * units :])
        h = z * h + (1 - z) * n
        steps.append({"r": r, "z": z, "n": n, "h": h})
    return steps


def simple(x, kernel, recurrent, bias):
    h = np.zeros(recurrent.shape[0])
    steps = []
    for row in x:
        pre = row @ kernel + h @ recurrent + bias
        h = np.tanh(pre)
        steps.append({"a": pre, "h": h})
    return steps


def softmax(z):
    e = np.exp(z - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def expect(name, layers, head=(), x=None):
    """Runs `layers` [(function, arrays, options)] and the Dense arrays of `head`; keeps every number of every step."""
    x = np.asarray(x, np.float64)
    kept = []
    for function, arrays, options in layers:
        steps = function(x, *(np.asarray(a, np.float64) for a in arrays), **options)
        kept.append([{k: [float(f"{n:.9g}") for n in v] for k, v in step.items()} for step in steps])
        x = np.array([step["h"] for step in steps])
    for kernel, bias, act in head:
        x = SQUASHES[act](x @ np.asarray(kernel, np.float64) + np.asarray(bias, np.float64))
    logits = [[float(f"{n:.9g}") for n in row] for row in x] if head else None
    EXPECTED[name] = {"layers": kept, "logits": logits}
    return x


def model(*layers, shape=(None,)):
    made = keras.Sequential([keras.Input(shape), *layers])
    return drawn(made)


def drawn(made):
    for at, weight in enumerate(made.weights):
        weight.assign(np.random.default_rng(at).normal(0, 0.7, weight.shape).astype("float32"))
    return made


def save(made, name, *endings):
    for ending in endings:
        path = HERE / f"{name}{ending}"
        path.unlink(missing_ok=True)
        made.save_weights(path) if ending == ".weights.h5" else made.save(path)


def arrays(layer):
    return [np.asarray(w.numpy() if hasattr(w, "numpy") else w) for w in layer.get_weights()]


def agrees(made, mine, x, probabilities=True):
    """Keras's own output at the last step is what the equations give."""
    theirs = np.asarray(made.predict(np.asarray([x]), verbose=0))[0]
    theirs = theirs[-1] if theirs.ndim == 2 else theirs
    mine = softmax(mine[-1]) if probabilities else mine[-1]
    assert np.abs(theirs - mine).max() < 1e-6, np.abs(theirs - mine).max()


def keras_3():
    two = model(
        kl.Embedding(V, E), kl.LSTM(H, return_sequences=True), kl.Dropout(0.3), kl.LSTM(3),
        kl.Dense(V, activation="softmax"),
    )  # fmt: skip
    save(two, "two_lstm", ".keras", ".h5", ".weights.h5")
    table, one, other, dense = (arrays(two.layers[at]) for at in (0, 1, 3, 4))
    x = table[0][TEXT]
    out = expect("two_lstm", [(lstm, one, {}), (lstm, other, {})], [(*dense, "linear")], x)
    agrees(two, out, TEXT)

    after = model(kl.Embedding(V, E), kl.GRU(H), kl.Dense(V))
    save(after, "gru_after", ".keras", ".weights.h5")
    table, one, dense = map(arrays, after.layers)
    agrees(after, expect("gru_after", [(gru, one, {})], [(*dense, "linear")], table[0][TEXT]), TEXT, False)

    before = model(kl.Embedding(V, E), kl.GRU(H, reset_after=False), kl.Dense(V))
    save(before, "gru_before", ".keras")
    table, one, dense = map(arrays, before.layers)
    out = expect("gru_before", [(gru, one, {"after": False})], [(*dense, "linear")], table[0][TEXT])
    agrees(before, out, TEXT, False)

    plain = model(kl.Embedding(V, E), kl.SimpleRNN(H), kl.Dense(V, activation="softmax"))
    save(plain, "simple_rnn", ".h5")
    table, one, dense = map(arrays, plain.layers)
    agrees(plain, expect("simple_rnn", [(simple, one, {})], [(*dense, "linear")], table[0][TEXT]), TEXT)

    hot = model(
        kl.LSTM(H, return_sequences=True), kl.TimeDistributed(kl.Dense(V, activation="softmax")), shape=(None, V)
    )
    save(hot, "one_hot", ".keras", ".h5")
    one, dense = map(arrays, hot.layers)
    out = expect("one_hot", [(lstm, one, {})], [(*dense, "linear")], np.eye(V)[TEXT])
    agrees(hot, out, np.eye(V)[TEXT])

    nested = keras.Sequential([keras.Input((None,)), kl.Embedding(V, E), kl.LSTM(H, return_sequences=True)], name="enc")
    entry = keras.Input((None,))
    top = kl.Dense(V, activation="softmax")(kl.LSTM(3)(kl.Dropout(0.1)(nested(entry))))
    functional = drawn(keras.Model(entry, top))
    save(functional, "nested", ".keras", ".h5")
    table, one = map(arrays, nested.layers)
    other, dense = map(arrays, functional.layers[-2:])
    out = expect("nested", [(lstm, one, {}), (lstm, other, {})], [(*dense, "linear")], table[0][TEXT])
    agrees(functional, out, TEXT)

    cells = model(
        kl.Embedding(V, E), kl.RNN([kl.LSTMCell(H), kl.LSTMCell(3)], return_sequences=True),
        kl.Dense(V, use_bias=False, activation="softmax"),
    )  # fmt: skip
    save(cells, "stacked_cells", ".keras", ".weights.h5")
    table, both, dense = map(arrays, cells.layers)
    out = expect("stacked_cells", [(lstm, both[:3], {}), (lstm, both[3:], {})], [(*dense, 0, "linear")], table[0][TEXT])
    agrees(cells, out, TEXT)

    hard = model(kl.Embedding(V, E), kl.LSTM(H, recurrent_activation="hard_sigmoid"), kl.Dense(V, activation="softmax"))
    save(hard, "hard_sigmoid_3", ".keras")
    table, one, dense = map(arrays, hard.layers)
    out = expect("hard_sigmoid_3", [(lstm, one, {"gates": "hard_sigmoid_6"})], [(*dense, "linear")], table[0][TEXT])
    agrees(hard, out, TEXT)

    deep = model(
        kl.Embedding(V, E), kl.LSTM(H), kl.Dense(6, activation="relu"), kl.Dropout(0.2),
        kl.Dense(V, activation="softmax"),
    )  # fmt: skip
    save(deep, "two_dense", ".keras")
    table, one, middle, dense = (arrays(layer) for layer in deep.layers if layer.get_weights())
    head = [(*middle, "relu"), (*dense, "linear")]
    agrees(deep, expect("two_dense", [(lstm, one, {})], head, table[0][TEXT]), TEXT)

    numbers = model(kl.LSTM(H, activation="relu"), kl.Dense(3, activation="relu"), kl.Dense(1), shape=(7, 2))
    save(numbers, "numbers", ".keras", ".weights.h5")
    one, middle, dense = map(arrays, numbers.layers)
    x = np.random.default_rng(3).normal(0, 1, (STEPS, 2))
    out = expect("numbers", [(lstm, one, {"act": "relu"})], [(*middle, "relu"), (*dense, "linear")], x)

    save(model(kl.LSTM(3), kl.Dense(1), shape=(7, 1)), "price", ".weights.h5")

    unbiased = model(kl.Embedding(V, E), kl.GRU(H, use_bias=False), kl.Dense(V))
    save(unbiased, "gru_no_bias", ".keras", ".weights.h5")
    table, one, dense = map(arrays, unbiased.layers)
    none = [*one, np.zeros((2, 3 * H))]
    agrees(unbiased, expect("gru_no_bias", [(gru, none, {})], [(*dense, "linear")], table[0][TEXT]), TEXT, False)

    keras.config.set_floatx("bfloat16")
    half = model(kl.Embedding(V, E), kl.LSTM(H), kl.Dense(V))
    save(half, "bfloat16", ".keras")
    wide = [[np.asarray(w.value.detach().float()) for w in layer.weights] for layer in half.layers]
    keras.config.set_floatx("float32")
    expect("bfloat16", [(lstm, wide[1], {})], [(*wide[2], "linear")], wide[0][0][TEXT])


def normed(made):
    """Averages that a BatchNormalization may have: no variance is negative."""
    for layer in made.layers:
        if isinstance(layer, kl.BatchNormalization):
            values = arrays(layer)
            layer.set_weights([*values[:-1], np.abs(values[-1]) + 0.1])
    return made


def batch_norm(x, layer):
    values = {
        weight.name: np.asarray(array, np.float64) for weight, array in zip(layer.weights, arrays(layer), strict=True)
    }
    made = (x - values["moving_mean"]) / np.sqrt(values["moving_variance"] + layer.epsilon)
    return made * values.get("gamma", 1) + values.get("beta", 0)


def heads():
    """Classifiers: one of two, any of three, one of three behind BatchNormalization."""
    one_of_two = model(kl.Embedding(V, E), kl.LSTM(H), kl.Dropout(0.2), kl.Dense(1, activation="sigmoid"))
    save(one_of_two, "sentiment", ".keras")
    table, one, dense = (arrays(layer) for layer in one_of_two.layers if layer.get_weights())
    z = expect("sentiment", [(lstm, one, {})], [(*dense, "linear")], table[0][TEXT])
    agrees(one_of_two, 1 / (1 + np.exp(-z)), TEXT, False)
    EXPECTED["sentiment"]["logits"] = [[0.0, *row] for row in EXPECTED["sentiment"]["logits"]]

    tags = model(kl.Embedding(V, E), kl.GRU(H), kl.Dense(3, activation="sigmoid"))
    save(tags, "tags", ".keras")
    table, one, dense = map(arrays, tags.layers)
    z = expect("tags", [(gru, one, {})], [(*dense, "linear")], table[0][TEXT])
    agrees(tags, 1 / (1 + np.exp(-z)), TEXT, False)

    motion = normed(model(
        kl.LSTM(H), kl.BatchNormalization(epsilon=0.01), kl.Dense(6, activation="relu"),
        kl.BatchNormalization(scale=False), kl.Dense(3, activation="softmax"), shape=(STEPS, 2),
    ))  # fmt: skip
    save(motion, "normed", ".keras", ".h5")
    x = np.random.default_rng(3).normal(0, 1, (STEPS, 2))
    one, middle, dense = (arrays(motion.layers[at]) for at in (0, 2, 4))
    expect("normed", [(lstm, one, {})], (), x)
    h = np.array([step["h"] for step in lstm(x, *(np.asarray(a, np.float64) for a in one))])
    h = np.maximum(batch_norm(h, motion.layers[1]) @ middle[0] + middle[1], 0)
    z = batch_norm(h, motion.layers[3]) @ dense[0] + dense[1]
    agrees(motion, z, x)
    EXPECTED["normed"]["logits"] = [[float(f"{n:.9g}") for n in row] for row in z]


def parts():
    """Files of several networks: an encoder with its decoder, both directions of one."""
    source, target = keras.Input((None,), name="source"), keras.Input((None,), name="target")
    _, h, c = kl.LSTM(H, return_state=True, name="enc_lstm")(kl.Embedding(V, E, name="enc_emb")(source))
    read = kl.LSTM(H, return_sequences=True, return_state=True, name="dec_lstm")
    said, _, _ = read(kl.Embedding(V, E, name="dec_emb")(target), initial_state=[h, c])
    both = drawn(keras.Model([source, target], kl.Dense(V, activation="softmax", name="dec_out")(said)))
    save(both, "seq2seq", ".keras", ".h5", ".weights.h5")
    for part in ("enc", "dec"):
        table, one = (arrays(both.get_layer(f"{part}_{which}")) for which in ("emb", "lstm"))
        head = [(*arrays(both.get_layer("dec_out")), "linear")] if part == "dec" else []
        expect(f"seq2seq {part}oder", [(lstm, one, {})], head, table[0][TEXT])

    two_ways = model(
        kl.Embedding(V, E), kl.Bidirectional(kl.LSTM(H, return_sequences=True)), kl.Bidirectional(kl.LSTM(3)),
        kl.Dense(V, activation="softmax"),
    )  # fmt: skip
    save(two_ways, "both_ways", ".keras", ".h5", ".weights.h5")
    table, one = arrays(two_ways.layers[0]), arrays(two_ways.layers[1])
    expect("both_ways forward", [(lstm, one[:3], {})], (), table[0][TEXT])

    # textgenrnn's shape: attention over the embedding and both layers, then the output
    table, wide = draw(V, E, seed=21), E + 2 * H
    stack = [[draw(D, 4 * H, seed=22 + D), draw(H, 4 * H, seed=32 + D), draw(4 * H, seed=42 + D)] for D in (E, H)]
    held = {
        f"rnn_{at}": [
            (f"rnn_{at}/{part}:0", a) for part, a in zip(("kernel", "recurrent_kernel", "bias"), layer, strict=True)
        ]
        for at, layer in enumerate(stack, 1)
    }
    legacy("attention.weights.hdf5", "2.3.1", {
        "embedding": [("embedding/embeddings:0", table)], **held,
        "attention": [("attention/attention_W:0", draw(wide, 1, seed=51))],
        "output": [("output/kernel:0", draw(wide, V, seed=52)), ("output/bias:0", draw(V, seed=53))],
    })  # fmt: skip
    expect("attention rnn_1", [(lstm, layer, {}) for layer in stack], (), table[TEXT])


def legacy(path, version, weights, config=None, **options):
    """`weights`: layer → [(name, array)], as `save_weights` of Keras 1 and 2 lays them out."""
    with h5py.File(HERE / path, "w", libver="earliest") as file:
        root = file
        if config is not None:
            file.attrs["model_config"] = json.dumps(config).encode()
            root = file.create_group("model_weights")
        if version:
            file.attrs["keras_version"] = root.attrs["keras_version"] = version.encode()
            root.attrs["backend"] = b"tensorflow"
        root.attrs["layer_names"] = [name.encode() for name in weights]
        for layer, named in weights.items():
            group = root.create_group(layer)
            group.attrs["weight_names"] = [name.encode() for name, _ in named] if named else np.zeros(0)
            for name, array in named:
                group.create_dataset(name, data=np.asarray(array, "float32"), **options if array.ndim == 2 else {})


def draw(*shape, seed):
    return np.random.default_rng(seed).normal(0, 0.7, shape).astype("float32")


def keras_1_and_2():
    table, dense = draw(V, E, seed=1), [draw(H, V, seed=2), draw(V, seed=3)]
    x = table[TEXT]
    head = [(*dense, "linear")]
    kernel, recurrent, bias = draw(E, 4 * H, seed=4), draw(H, 4 * H, seed=5), draw(4 * H, seed=6)
    ends = {"embedding_1": [("embedding_1/embeddings:0", table)]}
    top = {"dense_1": [("dense_1/kernel:0", dense[0]), ("dense_1/bias:0", dense[1])]}

    def described(cell, **settings):
        """The list that Keras 1 and early Keras 2 keep for a Sequential model."""
        return {
            "class_name": "Sequential",
            "config": [
                {"class_name": "Embedding", "config": {"name": "embedding_1", "mask_zero": False}},
                {"class_name": cell, "config": {"name": "rnn_1", "activation": "tanh", **settings}},
                {"class_name": "Dropout", "config": {"name": "dropout_1", "rate": 0.2}},
                {"class_name": "Dense", "config": {"name": "dense_1", "activation": "softmax"}},
            ],
        }

    both = [("rnn_1/kernel:0", kernel), ("rnn_1/recurrent_kernel:0", recurrent), ("rnn_1/bias:0", bias)]
    layers = {**ends, "rnn_1": both, "dropout_1": [], **top}
    config = described("LSTM", recurrent_activation="hard_sigmoid", implementation=1, go_backwards=False)
    legacy("keras_2_hard.h5", "2.1.6", layers, config)
    expect("keras_2_hard", [(lstm, (kernel, recurrent, bias), {"gates": "hard_sigmoid"})], head, x)
    legacy("tf_2.weights.hdf5", "2.4.0-tf", layers)
    expect("tf_2", [(lstm, (kernel, recurrent, bias), {})], head, x)
    legacy("gzip.h5", "2.3.1", layers, described("LSTM", recurrent_activation="sigmoid"), compression="gzip",
           shuffle=True, fletcher32=True, chunks=(2, 3))  # fmt: skip
    expect("gzip", [(lstm, (kernel, recurrent, bias), {})], head, x)

    # Keras 1: W, U, b of i, c, f, o; its default gates are hard_sigmoid
    w, u, b = (np.split(a, 4, axis=-1) for a in (kernel, recurrent, bias))
    old = [(f"rnn_1_{n}_{g}", part[at]) for g, at in (("i", 0), ("c", 2), ("f", 1), ("o", 3))
           for n, part in (("W", w), ("U", u), ("b", b))]  # fmt: skip
    layers = {"embedding_1": [("embedding_1_W", table)], "rnn_1": old, "dropout_1": [],
              "dense_1": [("dense_1_W", dense[0]), ("dense_1_b", dense[1])]}  # fmt: skip
    legacy("keras_1.h5", "1.2.2", layers, described("LSTM", inner_activation="hard_sigmoid", output_dim=H))
    EXPECTED["keras_1"] = EXPECTED["keras_2_hard"]
    legacy("keras_1_sigmoid.h5", "1.2.2", layers, described("LSTM", inner_activation="sigmoid", output_dim=H))
    expect("keras_1_sigmoid", [(lstm, (kernel, recurrent, bias), {})], head, x)

    # cuDNN: the inverse of what Keras does when it loads such weights into an LSTM
    inverse = np.concatenate([to_cudnn(g) for g in w], -1), np.concatenate([g.T for g in u], -1)
    doubled = np.concatenate([bias * 0.25, bias * 0.75])
    both = [("rnn_1/kernel:0", inverse[0]), ("rnn_1/recurrent_kernel:0", inverse[1]), ("rnn_1/bias:0", doubled)]
    legacy("cudnn_lstm.weights.hdf5", "2.1.5", {**ends, "rnn_1": both, **top})
    expect("cudnn_lstm", [(lstm, (kernel, recurrent, bias), {})], head, x)

    kernel, recurrent, bias = draw(E, 3 * H, seed=7), draw(H, 3 * H, seed=8), draw(2, 3 * H, seed=9)
    w, u = np.split(kernel, 3, -1), np.split(recurrent, 3, -1)
    both = [("rnn_1/kernel:0", np.concatenate([to_cudnn(g) for g in w], -1)),
            ("rnn_1/recurrent_kernel:0", np.concatenate([g.T for g in u], -1)),
            ("rnn_1/bias:0", bias.reshape(-1))]  # fmt: skip
    config = described("CuDNNGRU")
    legacy("cudnn_gru.h5", "2.2.4", {**ends, "rnn_1": both, "dropout_1": [], **top}, config)
    expect("cudnn_gru", [(gru, (kernel, recurrent, bias), {})], head, x)


def to_cudnn(kernel):
    """A gate's matrix as cuDNN keeps it: Keras turns it back as below."""
    made = kernel.T.reshape(kernel.shape)
    assert np.array_equal(made.T.reshape(made.shape, order="F"), kernel)
    return made


def hostile():
    """What an HDF5 file may try."""
    shape = (E, 4 * H)
    with h5py.File(HERE / "external_link.h5", "w", libver="latest") as file:
        file["layers"] = h5py.ExternalLink("/etc/passwd", "/x")
    with h5py.File(HERE / "soft_link.h5", "w", libver="earliest") as file:
        file.create_group("layers/lstm")
        file["layers/again"] = h5py.SoftLink("/layers")
    with h5py.File(HERE / "cyclic.h5", "w", libver="earliest") as file:
        group = file.create_group("layers/lstm")
        group["up"] = file["layers"]
    with h5py.File(HERE / "external_storage.h5", "w", libver="earliest") as file:
        file.create_dataset("layers/lstm/cell/vars/0", shape, "float32", external=[("/etc/passwd", 0, 192)])
    with h5py.File(HERE / "virtual.h5", "w", libver="latest") as file:
        layout = h5py.VirtualLayout(shape, "float32")
        layout[:] = h5py.VirtualSource("/etc/passwd", "x", shape)
        file.create_virtual_dataset("layers/lstm/cell/vars/0", layout)
    with h5py.File(HERE / "huge_shape.h5", "w", libver="earliest") as file:
        vars_ = file.create_group("layers/lstm/cell/vars")
        vars_.create_dataset("0", (1 << 20, 1 << 22), "float32", chunks=(1024, 1024), compression="gzip")
    with h5py.File(HERE / "bomb.h5", "w", libver="earliest") as file:
        vars_ = file.create_group("layers/lstm/cell/vars")
        vars_.create_dataset("0", data=np.zeros((4096, 4096), "float32"), chunks=(4096, 4096), compression=9)


if __name__ == "__main__":
    keras_3()
    heads()
    parts()
    keras_1_and_2()
    hostile()
    (HERE / "expected.json").write_text(json.dumps(EXPECTED, separators=(",", ":")) + "\n")
