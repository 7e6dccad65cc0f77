"""What grading needs beside nbgrader; `make assignments` copies it.

The tests of a course run in one process and the code of a student in
another: see submitted.py. No lesson imports anything of this.
"""
