"""Every unit of the five teaching projects has its lesson."""

from sparkeras.course import lesson, units


def test_no_unit_is_missing():
    there = {each.number for each in lesson.lessons()}
    projects = units.read()
    assert len(projects) == 4  # the course of Team ARMS and its slides are one
    for project in projects:
        for each in project["units"]:
            assert each["lessons"], each
            assert set(each["lessons"]) <= there, each


def test_every_lesson_is_named_or_says_more_than_others():
    named = {number for project in units.read() for each in project["units"] for number in each["lessons"]}
    assert {each.number for each in lesson.lessons()} - named == set()
