# Settings of the course's nbgrader folder. The tests of a submission run in
# a kernel of their own, and its functions in processes of their own: see
# grading/submitted.py.
import os
import sys
from pathlib import Path

# What the code for one exercise may take.
SECONDS = 60
MEMORY = 2048  # MiB, beside what its imports take
# What a function that fails its check gets: None, "cases" for the share of
# those that are right, or shares by hint, with "any" for all other hints.
CREDIT = None

HERE = str(Path(__file__).resolve().parent)
sys.path.insert(0, HERE)
from nbgrader import preprocessors as nbgrader  # noqa: E402

from grading import preprocessors as course  # noqa: E402
from grading.credit import as_setting  # noqa: E402
from grading.handed_in import put_right  # noqa: E402

# nbgrader calls a program of the environment that it is installed in.
BIN = str(Path(sys.executable).parent)
os.environ["PATH"] = os.pathsep.join([BIN, os.environ.get("PATH", "")])
# For the kernels: the folder of this file, but never that of a submission.
found = os.environ.get("PYTHONPATH")
os.environ["PYTHONPATH"] = os.pathsep.join([HERE, found] if found else [HERE])
os.environ["PYTHONSAFEPATH"] = "1"
# A warning on stderr would cost the points of a test.
os.environ["PYTHONWARNINGS"] = "ignore"
os.environ["MPLBACKEND"] = "Agg"
os.environ["GRADING"] = HERE
os.environ["GRADING_SECONDS"] = str(SECONDS)
os.environ["GRADING_MEMORY"] = str(MEMORY)
os.environ["GRADING_CREDIT"] = as_setting(CREDIT)
# Small and drawn data, should a function ask for a data set.
os.environ["COURSE_FAST"] = "1"
os.environ["TQDM_DISABLE"] = "1"

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "convolutional-networks"
c.CourseDirectory.root = HERE
c.CourseDirectory.student_id = "*"  # not the instructor, whom a hub names

# As nbgrader has it, but with the outputs of the lesson's cells.
c.GenerateAssignment.preprocessors = [
    nbgrader.LockCells,
    course.ClearAnswers,
    nbgrader.CheckCellMetadata,
    nbgrader.ComputeChecksums,
    nbgrader.SaveCells,
    nbgrader.ClearHiddenTests,
    nbgrader.ComputeChecksums,
    nbgrader.CheckCellMetadata,
    course.MarkCells,
]
c.Autograde.pre_convert_hook = put_right
c.Autograde.sanitize_preprocessors = [
    course.RestoreCells,
    nbgrader.OverwriteKernelspec,
    nbgrader.CheckCellMetadata,
]
c.Execute.timeout = 6 * SECONDS  # a test may try a few ways, in turn
c.Execute.startup_timeout = 2 * SECONDS  # kernels start late on a busy hub
