"""Checks for the exercises: ``check.<exercise>(your_function)``.

A check tries many cases and answers with one line: passed, or the smallest
case that fails, with a hint where the mistake is a known one.
"""

from .lesson01 import *  # noqa: F403
from .lesson02 import *  # noqa: F403
from .lesson03 import *  # noqa: F403
from .lesson04 import *  # noqa: F403
from .lesson05 import *  # noqa: F403
from .lesson06 import *  # noqa: F403
from .lesson07 import *  # noqa: F403
from .lesson08 import *  # noqa: F403
