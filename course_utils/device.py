"""Which device to use, and what this computer is."""

import os
import platform
import re
from datetime import date
from importlib import metadata
from pathlib import Path

import torch

from .arguments import validated


@validated()
def try_gpu(i=0):
    """Return GPU number i if there is one, else the CPU.

    Lesson 05; d2l 6.7 "GPUs".

    Parameters
    ----------
    i : int
        Number of the GPU, from 0.

    Returns
    -------
    torch.device
    """
    if torch.cuda.device_count() >= i + 1:
        return torch.device(f"cuda:{i}")
    return torch.device("cpu")


def computes_bfloat16(device):
    """Tell whether a device has instructions that multiply in bfloat16.

    Without them bfloat16 is slower than float32: with the AVX2 instructions
    of most laptops, a step of lesson 07's network took ten times as long.
    ``ATEN_CPU_CAPABILITY=avx2`` and ``ONEDNN_MAX_CPU_ISA=AVX2``, set before
    Python starts, hide the instructions of an x86 processor that has them.
    """
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device.type != "cpu":
        return False  # nobody has measured it
    if platform.machine() not in ("x86_64", "AMD64"):  # but Arm
        found = getattr(torch.cpu, "get_capabilities", None)  # not in 2.6
        return bool(found and found().get("bf16"))
    shown = torch.backends.cpu.get_cpu_capability() == "AVX512"
    asked = ("_is_amx_tile_supported", "_is_avx512_bf16_supported")
    return shown and any(getattr(torch.cpu, a, bool)() for a in asked)


def device_name(device):
    """Name a device for a reader: "CPU, 2 cores (Intel(R) Xeon(R))"."""
    device = torch.device(device)
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    info = Path("/proc/cpuinfo")
    text = info.read_text() if info.exists() else ""
    found = re.search(r"^model name\s*: (.+)", text, re.MULTILINE)
    model = found[1] if found else platform.processor() or platform.machine()
    if device.type != "cpu":
        return f"{device.type.upper()} ({model})"
    cores, threads = os.cpu_count(), torch.get_num_threads()
    used = "" if threads == cores else f", {threads} used"
    return f"CPU, {cores} cores{used} ({model})"


@validated()
def environment(device=None):
    """Return date, device and versions of a measurement, as a dict."""
    return {
        "date": date.today().isoformat(),
        "device": device_name(try_gpu() if device is None else device),
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "torchvision": metadata.version("torchvision"),
            "numpy": metadata.version("numpy"),
        },
    }
