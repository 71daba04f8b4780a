"""A spark-submit taken apart, and Spark's sizes, for the checks of lesson 19.

Runs on: driver.
"""

import re
from dataclasses import dataclass, field

_TAKES_VALUE = {"-c", "--master", "--deploy-mode", "--name", "--conf", "--total-executor-cores", "--executor-cores"}
_TAKES_VALUE |= {"--executor-memory", "--driver-memory", "--num-executors", "--archives", "--packages", "--py-files"}


@dataclass
class Submitted:
    """A spark-submit taken apart; ``problem`` and ``hint`` say what is wrong with it."""

    options: dict = field(default_factory=dict)
    settings: dict = field(default_factory=dict)
    arguments: list = field(default_factory=list)
    problem: str = ""
    hint: str = ""


def read(words):
    """Return the Submitted of a command's words."""
    found = Submitted()
    if not words or words[0].rsplit("/", 1)[-1] != "spark-submit":
        return Submitted(problem="The command does not start with spark-submit.", hint="That is its first word.")
    place = 1
    while place < len(words) and words[place].startswith("-"):
        option, _, value = words[place].partition("=")
        if option not in _TAKES_VALUE:
            return Submitted(problem=f"spark-submit's option {option} is not asked for here.", hint="See --help of it.")
        if not value:
            place += 1
            value = words[place] if place < len(words) else ""
        if option in ("-c", "--conf"):
            name, _, value = value.partition("=")
            found.settings[name] = value
        else:
            found.options[option] = value
        place += 1
    if place >= len(words) or words[place].removeprefix("./") != "train.py":
        return Submitted(problem="The program train.py is missing.", hint="It comes after all options.")
    found.arguments = words[place + 1 :]
    if any(word.startswith("--") for word in found.arguments):
        return Submitted(problem="There are options after the program.", hint="Options there go to train.py itself.")
    return found


def gigabytes(size):
    """Return a size of Spark's, "5g" or "5120m", in GB; None if it is none. Without unit it counts MB."""
    match = re.fullmatch(r"(\d+)([mg]?)b?", str(size).lower())
    if not match:
        return None
    return float(match[1]) * (1 if match[2] == "g" else 1 / 1024)
