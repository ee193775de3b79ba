"""nbgrader's configuration of a course that hands out the notebooks; copy it beside the course's folder source/.

`nbgrader generate_assignment` puts a stub into every answer cell. With this one the notebooks that it releases are
those of notebooks/, and still run from top to bottom before anything is answered.
"""

c = get_config()  # noqa: F821 - nbgrader defines it
c.ClearSolutions.code_stub = {"python": "number = None  # replace None by your number"}
c.ClearSolutions.text_stub = "YOUR ANSWER HERE"
# `nbgrader autograde` runs the whole notebook again; nbgrader's own limit is 30 seconds for a cell.
c.ExecutePreprocessor.timeout = 3600
# A line on stderr takes all points from an autograded cell: check-1 and check-2, which write none. Elsewhere it does no
# harm, so training may warn.
