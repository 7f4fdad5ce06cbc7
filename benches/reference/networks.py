"""PyTorch and JAX on the workloads of `make bench`, one thread, CPU time: best and median of several."""

import sys
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(1)
torch.manual_seed(0)


def report(name, work, units, seconds=4.0):
    work()
    times, begin = [], time.time()
    while len(times) < 3 or (time.time() - begin < seconds and len(times) < 60):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    print(f"{name}: best {units / min(times):.4g}, median {units / np.median(times):.4g} per second", flush=True)


def perceptron():
    return nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 10))


class Block(nn.Module):
    def __init__(self, before, after, stride):
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv2d(before, after, 3, stride, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU(),
            nn.Conv2d(after, after, 3, 1, 1, bias=False), nn.BatchNorm2d(after),
        )
        same = stride == 1 and before == after
        self.short = nn.Identity() if same else nn.Sequential(nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after))

    def forward(self, x):
        return F.relu(self.main(x) + self.short(x))


def residual():
    first = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
    stages = [Block(16, 16, 1), Block(16, 32, 2), Block(32, 64, 2)]
    return nn.Sequential(*first, *stages, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


CENTRES = torch.randn(10, 784)


def blobs(n):
    label = torch.randint(0, 10, (n,))
    return CENTRES[label] * 0.1 + torch.randn(n, 784), label


def images(n):
    return torch.randn(n, 3, 32, 32), torch.randint(0, 10, (n,))


def training(net, x, label, steps):
    rule = torch.optim.SGD(net.parameters(), lr=0.1)

    def work():
        for _ in range(steps):
            rule.zero_grad(set_to_none=True)
            F.cross_entropy(net(x), label).backward()
            rule.step()

    return work


def products(net, x, label):
    """The parameters, and products with the Hessian whose graph is kept."""
    own = list(net.parameters())
    gradient = torch.autograd.grad(F.cross_entropy(net(x), label), own, create_graph=True)
    return own, lambda v: torch.autograd.grad(gradient, own, v, retain_graph=True)


def trained():
    net, (x, label) = perceptron(), blobs(1000)
    training(net, x, label, 300)()
    own, product = products(net, x, label)
    sizes = [p.numel() for p in own]

    def flat(v):
        return torch.cat([part.reshape(-1) for part in product([a.view_as(p) for a, p in zip(v.split(sizes), own)])])

    return own, product, flat, sum(sizes)


def T1a():
    x, label = blobs(128)
    report("T1a, PyTorch, samples", training(perceptron(), x, label, 20), 20 * 128)
    own_net = perceptron()
    own = list(own_net.parameters())

    def by_hand():
        for _ in range(20):
            gradient = torch.autograd.grad(F.cross_entropy(own_net(x), label), own)
            torch._foreach_add_([p.data for p in own], gradient, alpha=-0.1)

    report("T1a, PyTorch, updates by hand, samples", by_hand, 20 * 128)


def T1j():
    import jax
    import jax.numpy as jnp

    def loss(layers, x, label):
        for k, (w, b) in enumerate(layers):
            x = x @ w + b
            x = jax.nn.relu(x) if k < 2 else x
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(x), label[:, None], 1))

    step = jax.jit(lambda p, x, label: jax.tree.map(lambda a, g: a - 0.1 * g, p, jax.grad(loss)(p, x, label)))
    draw = np.random.default_rng(0).normal
    layers = [(jnp.array(draw(size=s) * 0.05, dtype=jnp.float32), jnp.zeros(s[1])) for s in [(784, 256), (256, 256), (256, 10)]]
    x, label = (jnp.array(a.numpy()) for a in blobs(128))

    def work():
        p = layers
        for _ in range(20):
            p = step(p, x, label)
        jax.block_until_ready(p)

    report("T1a, JAX, samples", work, 20 * 128)


def T1b():
    x, label = images(128)
    report("T1b, PyTorch, channels first, samples", training(residual(), x, label, 1), 128)
    last = torch.channels_last
    report("T1b, PyTorch, channels last, samples", training(residual().to(memory_format=last), x.to(memory_format=last), label, 1), 128)


def L1a():
    own, product, _, _ = trained()
    v = [torch.randn_like(p) for p in own]
    report("L1a, products", lambda: product(v), 1)


def L1b():
    own, product = products(residual(), *images(128))
    v = [torch.randn_like(p) for p in own]
    report("L1b, products", lambda: product(v), 1)


def L2a():
    from scipy.sparse.linalg import LinearOperator, eigsh

    _, _, flat, n = trained()
    apply = lambda v: flat(torch.from_numpy(np.ascontiguousarray(v.ravel(), dtype=np.float32))).numpy()
    matrix = LinearOperator((n, n), matvec=apply, dtype=np.float32)
    report("L2a, ten eigenpairs", lambda: eigsh(matrix, k=10, which="LA", tol=1e-3), 1)


def L2b():
    own, product, _, _ = trained()

    def work():
        z = [torch.randint_like(p, 0, 2) * 2 - 1 for p in own]
        sum((a * b).sum() for a, b in zip(z, product(z))).item()

    report("L2b, probes", work, 1)


def L2c():
    _, _, flat, n = trained()

    def work():
        basis = torch.zeros(101, n)
        basis[0] = F.normalize(torch.randn(n), dim=0)
        for j in range(100):
            w = flat(basis[j])
            for _ in range(2):
                w -= basis[: j + 1].T @ (basis[: j + 1] @ w)
            basis[j + 1] = w / w.norm()

    report("L2c, Lanczos steps", work, 100)


def L3():
    net, (x, label) = perceptron(), blobs(10_000)
    own = list(net.parameters())
    origin = [p.detach().clone() for p in own]
    a, b = ([torch.randn_like(p) for p in own] for _ in range(2))

    def work():
        with torch.no_grad():
            for p, o, u, v in zip(own, origin, a, b):
                p.copy_(o + 0.1 * u + 0.2 * v)
            F.cross_entropy(net(x), label).item()

    report("L3, points", work, 1)


VISIBLE, HIDDEN, CHAINS = 784, 500, 100


def machine():
    """Weights and biases of a restricted Boltzmann machine, and states of its visible units."""
    weights, visible, hidden = 0.05 * torch.randn(VISIBLE, HIDDEN), torch.zeros(VISIBLE), torch.zeros(HIDDEN)
    return weights, visible, hidden, (torch.rand(CHAINS, VISIBLE) < 0.2).float()


def drawn(field):
    """The probabilities of units in a field, and states drawn from them."""
    p = torch.sigmoid(field)
    return p, (torch.rand_like(p) < p).float()


def R1():
    w, b, c, data = machine()

    def step():
        first, h = drawn(torch.addmm(c, data, w))
        _, v = drawn(torch.addmm(b, h, w.T))
        second = torch.sigmoid(torch.addmm(c, v, w))
        w.addmm_(data.T, first, alpha=1e-4 / CHAINS)
        w.addmm_(v.T, second, alpha=-1e-4 / CHAINS)
        b.add_((data - v).mean(0), alpha=1e-4)
        c.add_((first - second).mean(0), alpha=1e-4)

    report("R1, CD-1 of 100 examples, steps", step, 1)


def R2():
    w, b, c, data = machine()
    mean = data.mean(0).clamp(1e-3, 1 - 1e-3)
    base = torch.log(mean / (1 - mean))
    betas = np.linspace(0, 1, 1001)

    def work():
        v = (torch.rand(CHAINS, VISIBLE) < mean).float()
        total = torch.zeros(CHAINS)
        for before, beta in zip(betas[:-1], betas[1:]):
            fields = torch.addmm(c, v, w)
            total += (F.softplus(beta * fields) - F.softplus(before * fields)).sum(1) + (beta - before) * (v @ (b - base))
            _, h = drawn(beta * fields)
            _, v = drawn(beta * torch.addmm(b, h, w.T) + (1 - beta) * base)
        return total

    report("R2, annealed importance sampling, 1000 temperatures, 100 chains, runs", work, 1, seconds=12.0)


def R3():
    w, b, c, data = machine()
    chains = [data]

    def sweep():
        _, h = drawn(torch.addmm(c, chains[0], w))
        _, chains[0] = drawn(torch.addmm(b, h, w.T))

    report("R3, block Gibbs, 100 chains, sweeps", sweep, 1)


ALL = [T1a, T1j, T1b, L1a, L1b, L2a, L2b, L2c, L3, R1, R2, R3]
for workload in ALL:
    if len(sys.argv) == 1 or workload.__name__ in sys.argv[1:]:
        workload()
