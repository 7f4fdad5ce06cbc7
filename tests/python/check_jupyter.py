#!/usr/bin/env python3
"""Talks to the kernel of Ann as notebooks do, with the real jupyter_client.

    check_jupyter.py ANN FOLDER

Installs the kernel's description below FOLDER, starts it by its name, and runs cells. Needs `pip install jupyter_client`.
Exit status 1 with the reason at the first thing that is not as it should be.
"""

import base64
import os
import queue
import signal
import subprocess
import sys
import time

from jupyter_client import KernelManager
from jupyter_client.kernelspec import KernelSpecManager

ann, folder = sys.argv[1], sys.argv[2]
subprocess.run([ann, "jupyter", "install", "--prefix", folder], check=True, stdout=subprocess.DEVNULL)
specs = KernelSpecManager(kernel_dirs=[os.path.join(folder, "share", "jupyter", "kernels")])
assert "ann" in specs.find_kernel_specs()
assert specs.get_kernel_spec("ann").interrupt_mode == "message"

manager = KernelManager(kernel_name="ann", kernel_spec_manager=specs)
manager.start_kernel(cwd=folder)
client = manager.client()
client.start_channels()
LIMIT = 60


def ready():
    """Waits until replies and published messages both arrive: what is published before a socket has joined is lost."""
    client.wait_for_ready(timeout=LIMIT)
    for _ in range(LIMIT):
        client.kernel_info()
        try:
            client.get_iopub_msg(timeout=1)
            return
        except queue.Empty:
            pass
    raise TimeoutError("nothing is published")


def finish(request):
    """The reply to a request, and the published messages that it gave, in order."""
    published = []
    while True:
        message = client.get_iopub_msg(timeout=LIMIT)
        if message["parent_header"].get("msg_id") != request:
            continue
        if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            break
        published.append(message)
    while True:
        reply = client.get_shell_msg(timeout=LIMIT)
        if reply["parent_header"].get("msg_id") == request:
            return reply["content"], published


def run(code):
    return finish(client.execute(code))


def of(published, kind):
    return [m["content"] for m in published if m["msg_type"] == kind]


def text(published, stream="stdout"):
    return "".join(c["text"] for c in of(published, "stream") if c["name"] == stream)


try:
    ready()
    info, _ = finish(client.kernel_info())
    assert info["language_info"]["file_extension"] == ".ann", info
    assert client.is_alive()  # the heartbeat

    # Values, and state from cell to cell.
    reply, out = run("use std.lattice\nuse std.spin\nlet a = 2")
    assert reply["status"] == "ok" and reply["execution_count"] == 1, reply
    assert of(out, "execute_input")[0]["execution_count"] == 1
    reply, out = run("a + 40")
    assert of(out, "execute_result")[0]["data"]["text/plain"] == "42", out
    assert reply["execution_count"] == 2
    _, out = run('show a * 2\nexpect a == 2')
    assert "a * 2 = 4" in text(out) and "holds" in text(out), out

    # Tables.
    cell = "sample scan over T in [1, 2, 4] {\n    model: ising(square(4))\n    temperature: T\n    method: exact\n    observe { e = energy, m2 = mean(s)^2 }\n}"
    reply, out = run(cell)
    assert reply["status"] == "ok", reply
    data = of(out, "display_data")[0]["data"]
    assert "m2" in data["text/plain"] and "<th" in data["text/html"] and data["text/html"].count("<tr>") == 4, data
    reply, out = run("sample noisy { model: ising(square(4)), temperature: 2.3, warmup: 100, sweeps: 400, observe { e = energy } }")
    assert "(" in of(out, "display_data")[0]["data"]["text/html"], out  # with its error

    # Figures.
    _, out = run("plot curve {\n    x: T\n    y: scan.e\n}")
    data = of(out, "display_data")[0]["data"]
    assert data["image/svg+xml"].startswith("<svg") or "<svg" in data["image/svg+xml"][:200], data
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG\r\n")

    # Errors leave the state as it was, and what waits behind them is not run.
    reply, out = run("let b = a + nonsense")
    error = of(out, "error")[0]
    assert reply["status"] == "error" and reply["ename"] == error["ename"] and error["ename"].startswith("E"), reply
    assert "nonsense" in error["evalue"] and "cell " in "\n".join(error["traceback"]), error
    slow = "sample slow { model: ising(square(32)), temperature: 2.3, warmup: 100, sweeps: 40_000, observe { e = energy } }"
    wrong, waiting = client.execute(slow + "\nexpect a == 3"), client.execute("let b = 5")
    assert finish(wrong)[0]["ename"] == "ClaimFails"
    assert finish(waiting)[0]["status"] == "aborted"
    assert run("b")[0]["status"] == "error"
    assert of(run("a")[1], "execute_result")[0]["data"]["text/plain"] == "2"
    assert run("expect a == 3")[0]["status"] == "error"
    # Warnings are no errors.
    reply, out = run("sample cold { model: ising(square(4)), temperature: 2, warmup: 0, sweeps: 100, observe { e = energy } }")
    assert reply["status"] == "ok" and "W" in text(out, "stderr"), out

    # Completion and explanation.
    reply, _ = finish(client.complete("show β + linsp", 14))
    assert reply["matches"] == ["linspace"] and (reply["cursor_start"], reply["cursor_end"]) == (9, 14), reply
    assert "m2" in finish(client.complete("scan.", 5))[0]["matches"]
    assert "warmup: " in finish(client.complete("sample q {\n    war", 18))[0]["matches"]
    reply, _ = finish(client.inspect("linspace(", 9))
    assert reply["found"] and "linspace(" in reply["data"]["text/plain"], reply
    assert finish(client.inspect("scan", 2))[0]["found"]
    assert not finish(client.inspect("   ", 1))[0]["found"]
    assert "linspace" in text(run("linspace?")[1])
    assert run(":nonsense")[0]["status"] == "error"

    # Whether a cell is whole.
    assert finish(client.is_complete("let x = 1"))[0]["status"] == "complete"
    reply = finish(client.is_complete("sample a {"))[0]
    assert reply["status"] == "incomplete" and reply["indent"] == "    ", reply
    assert finish(client.is_complete("let y = )"))[0]["status"] == "invalid"
    history = finish(client.history(hist_access_type="tail", n=1))[0]["history"]
    assert history[0][2] == ":nonsense", history

    # Interruption, by a message and by a signal: what was computed stays, and so does the state.
    long = "sample long over T in [1, 1.5, 2] {\n    model: ising(square(8))\n    temperature: T\n    warmup: 0\n    sweeps: if T < 1.2 then 50 else 2_000_000_000\n    observe { e = energy }\n}"
    for interrupt in [manager.interrupt_kernel, lambda: os.kill(manager.provisioner.pid, signal.SIGINT)]:
        request = client.execute(long)
        while True:
            message = client.get_iopub_msg(timeout=LIMIT)
            if message["msg_type"] == "execute_input" and message["parent_header"]["msg_id"] == request:
                break
        time.sleep(0.4)
        interrupt()
        reply, out = finish(request)
        assert reply["status"] == "error" and reply["ename"] == "Interrupted", reply
        assert manager.is_alive()
        assert of(run("a")[1], "execute_result")[0]["data"]["text/plain"] == "2"

    # A restart forgets; the end is an end.
    manager.restart_kernel()
    ready()
    assert run("a")[0]["status"] == "error"
    begun = time.monotonic()
    manager.shutdown_kernel()
    assert not manager.is_alive() and time.monotonic() - begun < 4, "the kernel had to be killed"
finally:
    client.stop_channels()
    if manager.is_alive():
        manager.shutdown_kernel(now=True)
