"""Every name of the contract against d2l 1.0.3, where d2l has it."""

import copy
import inspect
import operator
import re

import numpy as np
import pytest
import torch
from examples import make_batches, same_weights, small_net
from hypothesis import given
from hypothesis import strategies as st

import course_utils as cu  # before d2l, which imports torchvision
from course_utils import progress

d2l = pytest.importorskip("d2l.torch", reason="d2l 1.0.3 is not installed")
plt = pytest.importorskip("matplotlib.pyplot")

CONTRACT = (
    "try_gpu corr2d corr2d_multi_in corr2d_multi_in_out pool2d Accumulator "
    "Timer Animator accuracy evaluate_accuracy evaluate_accuracy_gpu "
    "train_ch5 train_ch6 load_data_fashion_mnist load_data_cifar10 "
    "show_images nin_block Residual"
).split()
# d2l's book defines these in its chapters, but its module lacks them.
BOOK_ONLY = {
    "corr2d_multi_in": "(X, K)",
    "corr2d_multi_in_out": "(X, K)",
    "pool2d": "(X, pool_size, mode='max')",
    "evaluate_accuracy": "(net, data_iter, device=None)",
    "train_ch5": (
        "(net, train_iter, test_iter, criterion, num_epochs, batch_size, "
        "device, lr=None)"
    ),
    "load_data_cifar10": "(batch_size, resize=None)",
    "nin_block": "(in_channels, out_channels, kernel_size, strides, padding)",
}
METHODS = (
    "Accumulator.add Accumulator.reset Timer.start Timer.stop Timer.avg "
    "Timer.sum Timer.cumsum Animator.add Residual.forward"
).split()


def positional(function):
    """Return the signature without what is keyword-only."""
    signature = inspect.signature(function)
    by_name = inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD
    kept = [p for p in signature.parameters.values() if p.kind not in by_name]
    return str(signature.replace(parameters=kept))


@pytest.mark.parametrize("name", [*CONTRACT, *METHODS])
def test_signature(name):
    assert name.partition(".")[0] in cu.__all__
    get = operator.attrgetter(name)
    if name in BOOK_ONLY:
        assert not hasattr(d2l, name)
        assert positional(get(cu)) == BOOK_ONLY[name]
    else:
        assert positional(get(cu)) == positional(get(d2l))


@pytest.mark.parametrize("i", [0, 1, 7])
def test_try_gpu(i):
    assert cu.try_gpu(i) == d2l.try_gpu(i)


@given(
    h=st.integers(1, 6),
    w=st.integers(1, 6),
    k_h=st.integers(1, 3),
    k_w=st.integers(1, 3),
)
def test_corr2d(h, w, k_h, k_w):
    X, K = torch.randn(h + k_h - 1, w + k_w - 1), torch.randn(k_h, k_w)
    assert torch.equal(cu.corr2d(X, K), d2l.corr2d(X, K))


@given(n=st.integers(1, 20), classes=st.integers(2, 5))
def test_accuracy(n, classes):
    y_hat, y = torch.randn(n, classes), torch.randint(classes, (n,))
    assert cu.accuracy(y_hat, y) == d2l.accuracy(y_hat, y)
    guess = y_hat.argmax(dim=1)
    assert cu.accuracy(guess, y) == d2l.accuracy(guess, y)


def test_accumulator():
    ours, theirs = cu.Accumulator(2), d2l.Accumulator(2)
    for sums in (ours, theirs):
        sums.add(1, torch.tensor(2.5))
        sums.add(0.5, True)
    assert ours.data == theirs.data
    assert (ours[0], ours[-1]) == (theirs[0], theirs[-1])
    ours.reset(), theirs.reset()
    assert ours.data == theirs.data


def test_timer():
    ours, theirs = cu.Timer(), d2l.Timer()
    ours.times = theirs.times = [0.5, 0.25, 2.0]
    assert ours.avg() == theirs.avg()
    assert ours.sum() == theirs.sum()
    assert ours.cumsum() == theirs.cumsum()
    assert ours.stop() == ours.times[-1]


@pytest.fixture
def quiet(monkeypatch):
    """Make d2l's drawing harmless: no SVG backend, nothing displayed."""
    monkeypatch.setattr(d2l, "use_svg_display", lambda: None)
    monkeypatch.setattr(d2l.display, "display", lambda *a, **k: None)
    monkeypatch.setattr(d2l.display, "clear_output", lambda *a, **k: None)
    yield
    plt.close("all")


def test_animator(quiet, monkeypatch):
    options = dict(xlabel="epoch", ylabel="value", xlim=[0, 3], ylim=[0, 1])
    options |= dict(legend=["a", "b"], fmts=("-", "m--"))
    ours, theirs = cu.Animator(**options), d2l.Animator(**options)
    for animator in (ours, theirs):
        animator.add(1, (0.5, None))
        animator.add(1.5, (0.25, 0.75))
        animator.add([2, 3], [None, 0.5])
        animator.add(3, (0.125, 1))
    assert (ours.X, ours.Y) == (theirs.X, theirs.Y)
    ax, their_ax = ours.axes[0], theirs.axes[0]
    for name in ("xlabel", "ylabel", "xlim", "ylim", "xscale"):
        get = operator.methodcaller(f"get_{name}")
        assert get(ax) == get(their_ax)
    for a, b in zip(ax.lines, their_ax.lines, strict=True):
        np.testing.assert_array_equal(a.get_xydata(), b.get_xydata())
        assert a.get_linestyle() == b.get_linestyle()
    for axes in (ax, their_ax):
        texts = axes.get_legend().get_texts()
        assert [text.get_text() for text in texts] == ["a", "b"]


def test_show_images(quiet):
    imgs, titles = torch.rand(6, 5, 4), list("abcdef")
    ours = cu.show_images(imgs, 2, 3, titles=titles, scale=2)
    theirs = d2l.show_images(imgs, 2, 3, titles=titles, scale=2)
    assert ours.shape == theirs.shape
    assert tuple(ours[0].figure.get_size_inches()) == tuple(
        theirs[0].figure.get_size_inches()
    )
    for a, b in zip(ours, theirs):
        np.testing.assert_array_equal(
            a.images[0].get_array(), b.images[0].get_array()
        )
        assert a.get_title() == b.get_title()


@pytest.mark.parametrize(
    "use_1x1conv, strides", [(False, 1), (True, 1), (True, 2)]
)
def test_residual(use_1x1conv, strides):
    ours = cu.Residual(3, use_1x1conv, strides)
    theirs = d2l.Residual(3, use_1x1conv, strides)
    X = torch.randn(4, 3, 6, 6)
    ours(X), theirs(X)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    ours.load_state_dict(theirs.state_dict())
    assert torch.equal(ours(X), theirs(X))
    assert torch.equal(ours.eval()(X), theirs.eval()(X))


def test_evaluate_accuracy_gpu():
    net, batches = small_net(), make_batches()
    expected = d2l.evaluate_accuracy_gpu(net, batches)
    assert cu.evaluate_accuracy_gpu(net, batches) == expected
    assert cu.evaluate_accuracy(net, batches) == expected


@pytest.fixture
def animators(quiet, monkeypatch):
    """Keep the points of each Animator that is made, and draw nothing."""
    made = []
    for module in (d2l, progress):

        class Kept(module.Animator):
            def __init__(self, *args, **kwargs):
                super().__init__(*args, **kwargs)
                made.append(self)

            def draw(self):
                pass

        monkeypatch.setattr(module, "Animator", Kept)
    return made


def without_speed(text):
    return re.sub(r"[\d.]+ examples/sec", "examples/sec", text)


@pytest.mark.parametrize("num_batches", [5, 7, 12])
def test_train_ch6(num_batches, animators, capsys):
    """Same weights and batches in, same losses and weights out."""
    train_iter = make_batches(num_batches) + make_batches(1, 3, seed=1)
    test_iter = make_batches(2, seed=2)
    theirs = small_net()
    ours = copy.deepcopy(theirs)
    arguments = (train_iter, test_iter, 3, 0.1, torch.device("cpu"))

    torch.manual_seed(1)
    d2l.train_ch6(theirs, *arguments)
    printed = capsys.readouterr().out
    torch.manual_seed(1)
    history = cu.train_ch6(ours, *arguments)

    assert same_weights(ours, theirs)
    assert without_speed(capsys.readouterr().out) == without_speed(printed)
    (drawn,) = animators
    ends = [i for i, x in enumerate(drawn.X[0]) if x == int(x)]
    loss, train_acc = ([line[i] for i in ends] for line in drawn.Y[:2])
    np.testing.assert_allclose(history.loss, loss, rtol=1e-5)
    assert history.train_acc == train_acc
    assert history.test_acc == drawn.Y[2]


def test_train_ch6_draws_the_same_curves(animators, monkeypatch):
    """In a notebook, our live curves have d2l's points."""
    theirs = small_net()
    ours = copy.deepcopy(theirs)
    arguments = (make_batches(11), make_batches(2), 2, 0.1, "cpu")
    monkeypatch.setattr(progress, "in_notebook", lambda: True)
    monkeypatch.setattr("time.perf_counter", lambda: 0.0)  # draw them all
    for train, net in ((d2l.train_ch6, theirs), (cu.train_ch6, ours)):
        torch.manual_seed(1)
        train(net, *arguments)
    expected, got = animators
    for name in ("X", "Y"):
        for line, points in zip(getattr(expected, name), getattr(got, name)):
            np.testing.assert_allclose(points, line, rtol=1e-5)


@pytest.mark.parametrize("split", [0, 1], ids=["train", "test"])
@pytest.mark.parametrize("resize", [None, 14, (56, 40), 96])
@pytest.mark.parametrize("name", ["fashion_mnist", "cifar10"])
def test_loaders(name, resize, split, data_folder):
    """Batches equal those of d2l's pipeline: PIL, Resize, ToTensor.

    d2l itself cannot run here, as its data set is a download. Without
    resize the pixels are equal. With it they may be one gray level of 255
    apart: PIL rounds after each of its two passes, torch once at the end.
    """
    from PIL import Image
    from torchvision import transforms

    steps = [transforms.Resize(resize)] if resize else []
    pipeline = transforms.Compose([*steps, transforms.ToTensor()])
    load = getattr(cu, f"load_data_{name}")
    data_iter = load(16, resize, device="cpu")[split]
    data_iter.shuffle = False
    X, y = (torch.cat(parts) for parts in zip(*data_iter))
    key = ("train", "test")[split]
    with np.load(data_folder / f"{name}.npz") as file:
        images, labels = file[f"x_{key}"], file[f"y_{key}"]
    expected = torch.stack([pipeline(Image.fromarray(i)) for i in images])
    tolerance = 1.01 / 255 if resize else 0
    torch.testing.assert_close(X, expected, rtol=0, atol=tolerance)
    torch.testing.assert_close(X * 255, (X * 255).round())
    assert y.tolist() == labels.tolist()
