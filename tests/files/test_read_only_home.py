"""In a home that cannot be written, matplotlib gets a folder of its own and says nothing."""

import os
import subprocess
import sys

CODE = """
import os, sys
from sparkeras.files.read_only_home import prepare_matplotlib
prepare_matplotlib()
import matplotlib.figure
print(os.environ.get("MPLCONFIGDIR"), os.environ.get("XDG_CACHE_HOME"))
"""


def matplotlib_in(home, **more):
    environment = {**os.environ, "HOME": str(home)}
    for name in ("MPLCONFIGDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        environment.pop(name, None)
    ended = subprocess.run(
        [sys.executable, "-c", CODE], env=environment | more, capture_output=True, text=True, check=True
    )
    assert ended.stderr == ""
    return ended.stdout.split()


def test_a_home_that_cannot_be_written_is_no_matter(tmp_path):
    (tmp_path / "no folder").touch()  # root could write into a folder without write permission
    folder, cache = matplotlib_in(tmp_path / "no folder")
    assert "sparkeras-fonts-" in folder
    assert cache == "None"
    assert not os.path.exists(folder)


def test_other_homes_and_the_users_choice_stay(tmp_path):
    assert matplotlib_in(tmp_path) == ["None", "None"]
    (tmp_path / "no folder").touch()
    assert matplotlib_in(tmp_path / "no folder", MPLCONFIGDIR=str(tmp_path))[0] == str(tmp_path)
