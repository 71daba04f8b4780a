"""What Spark's own errors say, in one line and without Java's class names.

Runs on: driver.
"""

import re

_CLASS = re.compile(r"^(?:[a-z][\w$]*\.)+[A-Z][\w$]*(?:: |$)")
_CODE = re.compile(r"^\[[A-Z_.]+\] | ?SQLSTATE: \w+\.?")
_CAUSE = "Caused by: "
_LED_TO = ("During handling of the above exception", "The above exception was the direct cause")


def python_cause(text):
    """Return the last line of the first Python traceback in ``text``, e.g. ``"ValueError: ..."``; None without one.

    Of errors that led to each other it is the last, which is the one that was raised.
    """
    found = None
    for block in text.split("Traceback (most recent call last):\n")[1:]:
        lines = block.splitlines()
        said = next((i for i, line in enumerate(lines) if line.strip() and not line.startswith((" ", "\t"))), None)
        if said is None:
            break
        found = lines[said].strip()
        if not any(line.startswith(_LED_TO) for line in lines[said + 1 : said + 4]):
            break
    return found[:300].rstrip(".") if found else None


def reason(error):
    """Return the line that says what happened: the deepest cause where Spark names one, else its first words.

    Parameters
    ----------
    error : Exception
        Of pyspark or py4j, classic or Connect.
    """
    java = getattr(error, "java_exception", None)
    text = str(error) if java is None else f"{error}\n{java.toString()}"
    lines = [line.strip().removeprefix(": ") for line in text.splitlines() if line.strip()]
    causes = [line.removeprefix(_CAUSE) for line in lines if line.startswith(_CAUSE)]
    lines = [line for line in lines if not line.startswith(("An error occurred while calling", "at "))]
    said = [_CODE.sub("", _CLASS.sub("", line)).strip() for line in (*reversed(causes), *lines)]
    return next((line for line in said if line), type(error).__name__)[:300].rstrip(".")
