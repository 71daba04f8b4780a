"""Run inside a lesson's kernel: what an untouched answer and each known mistake are told, before the solution runs."""

from sparkeras.course import checking, views


def try_all(id, source, namespace):
    """Judge the untouched cell and each mistake in a copy of the namespace; AssertionError for a wrong verdict."""
    found, said = checking.find(id), {}
    for name, answer in [("untouched", views.OPEN), *((each.name, each.answer) for each in found.mistakes)]:
        own = dict(namespace)
        exec(compile(views.with_answer(source, answer), f"<{id} {name}>", "exec"), own)
        said[name] = checking.judge(id, own)
    wrong = [name for name, result in said.items() if result.ok]
    assert not wrong, f"{id}: taken for right: {wrong}"
    untouched = said.pop("untouched")
    assert untouched.hint in found.hints, f"{id}: an untouched answer is told {untouched}"
    for each in found.mistakes:
        result = said[each.name]
        words = f"{result.message} {result.hint}"
        assert each.says in words, f"{id}, {each.name}: expected {each.says!r} in {words!r}"
        assert result.hint, f"{id}, {each.name}: no hint"
        others = [name for name, other in said.items() if each.says in f"{other.message} {other.hint}"]
        assert others == [each.name], f"{id}: {each.says!r} is said to {others}"
