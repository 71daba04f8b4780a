"""Spark's own error messages in one line, without Java's class names.

Runs on: driver.
"""

import re

_CLASS = re.compile(r"^(?:[a-z][\w$]*\.)+[A-Z][\w$]*(?:: |$)")
_CODE = re.compile(r"^\[[A-Z_.]+\] | ?SQLSTATE: \w+\.?")
_CAUSE = "Caused by: "
_LED_TO = ("During handling of the above exception", "The above exception was the direct cause")


def python_cause(text: str) -> str | None:
    """Return the last line of the first Python traceback in ``text``, e.g. ``"ValueError: ..."``; None without one.

    In a chain of errors it is the last one, which was raised.
    """
    message = None
    for block in text.split("Traceback (most recent call last):\n")[1:]:
        lines = block.splitlines()
        end = next((i for i, line in enumerate(lines) if line.strip() and not line.startswith((" ", "\t"))), None)
        if end is None:
            break
        message = lines[end].strip()
        if not any(line.startswith(_LED_TO) for line in lines[end + 1 : end + 4]):
            break
    return message[:300].rstrip(".") if message else None


def is_missing_path(error: Exception) -> bool:
    """Tell whether Spark found no file at a path; the error's class differs between classic Spark and Connect."""
    return "PATH_NOT_FOUND" in str(error)


def reason(error: Exception | str) -> str:
    """Return the line with the cause: the deepest one where Spark names causes, else the first.

    Parameters
    ----------
    error : Exception or str
        Of pyspark or py4j, classic or Connect; or its text.
    """
    java = getattr(error, "java_exception", None)
    text = str(error) if java is None else f"{error}\n{java.toString()}"
    lines = [line.strip().removeprefix(": ") for line in text.splitlines() if line.strip()]
    causes = [line.removeprefix(_CAUSE) for line in lines if line.startswith(_CAUSE)]
    lines = [line for line in lines if not line.startswith(("An error occurred while calling", "at "))]
    messages = [_CODE.sub("", _CLASS.sub("", line)).strip() for line in (*reversed(causes), *lines)]
    return next((message for message in messages if message), type(error).__name__)[:300].rstrip(".")
