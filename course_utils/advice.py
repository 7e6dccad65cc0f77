"""What to do when something stops a training run, said in its error."""

import contextlib
import traceback

import torch

# How the allocators of torch put it, on GPUs and on CPUs.
OUT_OF_MEMORY = (
    "out of memory",
    "can't allocate memory",
    "not enough memory",
)


def is_out_of_memory(error):
    """Tell whether an error is of torch's allocators."""
    text = str(error).lower()
    return any(phrase in text for phrase in OUT_OF_MEMORY)


def _smaller_batch(trainer):
    """Say on what a step ran out of memory, and what to try."""
    where, size = f"out of memory on {trainer.device}", trainer.batch_size
    if not size:
        return f"{where} while a batch was made: try a smaller batch size."
    if size < 2:
        return f"{where} with a single image: try smaller images or nets."
    return f"{where} with batches of {size}: try a batch size of {size // 2}."


def _going_on(checkpoint, starts_anew):
    """Say how to go on with a run that was stopped."""
    if checkpoint is None:
        option = " with init=None" if starts_anew else ""
        return (
            "The net keeps what it has learned; the same call"
            f"{option} goes on with it."
        )
    if not checkpoint.epochs:
        return "No epoch is saved yet, so the same call starts anew."
    return (
        f"{checkpoint.path} is at epoch {checkpoint.epochs}; the same call "
        "goes on from there."
    )


@contextlib.contextmanager
def advice(trainer, history, num_epochs, checkpoint=None, starts_anew=False):
    """Add to what stops a training run how to go on.

    Parameters
    ----------
    trainer : Trainer
    history : History
        Grows during the run.
    num_epochs : int
    checkpoint : Checkpoint, optional
    starts_anew : bool
        Whether a second call would initialize the net.

    Raises
    ------
    FloatingPointError
        If the loss is no longer finite.
    KeyboardInterrupt
        If the run is interrupted. Its text is the last line that a notebook
        shows, and the cells below do not run.
    torch.OutOfMemoryError
        Also on the CPU, where torch raises a mere RuntimeError.
    """
    try:
        yield
    except FloatingPointError as error:
        advised = f"{error}. Training stopped; try a smaller lr."
        if checkpoint and checkpoint.epochs:
            advised += f" The last good epoch is in {checkpoint.path}."
        raise FloatingPointError(advised) from None
    except KeyboardInterrupt:
        epoch = min(len(history) + 1, num_epochs)
        raise KeyboardInterrupt(
            f"stopped in epoch {epoch} of {num_epochs}. "
            f"{_going_on(checkpoint, starts_anew)}"
        ) from None
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        # The frames of the step would keep its activations.
        traceback.clear_frames(error.__traceback__)
        advised = (
            f"{_smaller_batch(trainer)} {_going_on(checkpoint, starts_anew)}"
        )
        if checkpoint and checkpoint.epochs:
            advised += " For another batch size, give another path."
        raise torch.OutOfMemoryError(advised) from None
