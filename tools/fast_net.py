"""A net and a recipe after airbench: how far minutes go on CIFAR-10."""

import torch
from torch import nn
from torch.nn import functional as F

import course_utils as cu


def whitening(images):
    """Make a layer of 24 kernels whose outputs on images do not correlate."""
    patches = F.unfold(images, 2)  # n, 12, 31 * 31
    products = patches @ patches.mT / patches.shape[2]  # n, 12, 12
    values, vectors = torch.linalg.eigh(products.mean(0))
    kernels = (vectors / (values + 5e-4).sqrt()).T.reshape(12, 3, 2, 2)
    layer = nn.Conv2d(3, 24, 2)
    with torch.no_grad():
        layer.weight.copy_(torch.cat((kernels, -kernels)))
    layer.weight.requires_grad = False
    nn.init.zeros_(layer.bias)
    return layer


def fast_block(c_i, c_o):
    """Two convolutions that begin by handing their input on."""
    layers = [
        nn.Conv2d(c_i, c_o, 3, padding=1, bias=False),
        nn.MaxPool2d(2),
        nn.BatchNorm2d(c_o, momentum=0.4),
        nn.GELU(),
        nn.Conv2d(c_o, c_o, 3, padding=1, bias=False),
        nn.BatchNorm2d(c_o, momentum=0.4),
        nn.GELU(),
    ]
    for layer in layers:
        if isinstance(layer, nn.Conv2d):
            nn.init.dirac_(layer.weight[: layer.in_channels])
        if isinstance(layer, nn.BatchNorm2d):
            layer.weight.requires_grad = False  # the shift is enough
    return nn.Sequential(*layers)


class FastNet(nn.Module):
    """Six convolutions behind a whitening layer."""

    def __init__(self, images):
        super().__init__()
        self.net = nn.Sequential(
            whitening(images),  # 24 x 31 x 31
            nn.GELU(),
            fast_block(24, 64),  # 64 x 15 x 15
            fast_block(64, 256),  # 256 x 7 x 7
            fast_block(256, 256),  # 256 x 3 x 3
            nn.MaxPool2d(3),
            nn.Flatten(),
            nn.Linear(256, 10, bias=False),
        )

    def forward(self, X):
        y_hat = self.net(X)
        if not self.training:
            y_hat = y_hat + self.net(X.flip(3))  # the mirror image
        return y_hat / 9  # small scores at the start


def train(seed, num_epochs=11):
    """Train on CIFAR-10; return the net and its history."""
    lr, batch_size = 0.4, 256
    normalize = ((0.491, 0.482, 0.447), (0.247, 0.243, 0.262))
    train_iter, test_iter = cu.load_data_cifar10(
        batch_size, flip=True, crop=2, normalize=normalize, seed=seed
    )
    whole = {"shuffle": False, "flip": False, "crop": 0, "batch_size": 5000}
    first, _ = next(iter(train_iter.subset(slice(5000), **whole)))
    torch.manual_seed(seed)
    net = FastNet(first.cpu())

    def sgd(parameters, lr):
        parameters = [p for p in parameters if p.requires_grad]
        biases = [p for p in parameters if p.ndim == 1]
        weights = [p for p in parameters if p.ndim > 1]
        return torch.optim.SGD(
            [
                {"params": biases, "lr": 64 * lr, "weight_decay": 2e-5},
                {"params": weights, "lr": lr, "weight_decay": 1.3e-3},
            ],
            momentum=0.85,
            nesterov=True,
        )

    def schedule(optimizer):
        return torch.optim.lr_scheduler.OneCycleLR(
            optimizer,
            [64 * lr, lr],
            total_steps=num_epochs * len(train_iter),
            pct_start=0.23,
            anneal_strategy="linear",
            div_factor=5,
            final_div_factor=3,
            cycle_momentum=False,
        )

    history = cu.train_ch6(
        net,
        train_iter,
        test_iter,
        num_epochs,
        lr,
        cu.try_gpu(),
        loss=nn.CrossEntropyLoss(label_smoothing=0.2),
        optimizer=sgd,
        scheduler=schedule,
        init=None,
        amp=True,
        channels_last=True,
        plot=False,
    )
    return net, history
