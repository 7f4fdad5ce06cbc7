"""OpenJij's single-spin updates of a Sherrington-Kirkpatrick model: attempts a second at two temperatures."""

import time

import numpy as np
import openjij.cxxjij as core

N, SWEEPS = 1000, 3000
couplings = np.triu(np.random.default_rng(1).normal(size=(N, N)) / np.sqrt(N), 1)
graph = core.graph.Dense(N)
for i in range(N):
    for j in range(i + 1, N):
        graph[i, j] = -couplings[i, j]


def steps(beta, sweeps):
    at = core.utility.ClassicalUpdaterParameter()
    at.beta = beta
    schedule = core.utility.ClassicalSchedule()
    schedule.one_mc_step, schedule.updater_parameter = sweeps, at
    return [schedule]


for temperature in (1.0, 0.5):
    best = 0.0
    for repetition in range(5):
        system = core.system.make_classical_ising(graph.gen_spin(1), graph)
        core.algorithm.Algorithm_SingleSpinFlip_run(system, 2, steps(1 / temperature, 200))
        start = time.process_time()
        core.algorithm.Algorithm_SingleSpinFlip_run(system, 3, steps(1 / temperature, SWEEPS))
        best = max(best, SWEEPS * N / (time.process_time() - start))
    print(f"T = {temperature}: {best * 1e-6:.1f} million attempts a second")
