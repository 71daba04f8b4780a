"""Every page for everyone: axe-core finds nothing, on a phone and a wide screen, in light and dark."""

import pytest

from tests.lab.conftest import until
from tests.lab.test_draw import desk  # noqa: F401 - trains the first run, where nobody has yet

# Page: when it is ready to be looked at.
PAGES = {
    "/": "draw.ready",
    "/playground#data=spiral&layers=8,8,8": "playground.training",
    "/runs#run=first-digits": "document.querySelectorAll('#chosen .matrix button').length > 0",
    "/course": "document.querySelectorAll('.lessons li').length > 10",
    "/course#lesson=5": "document.querySelector('.lesson pre.exercise')",
    "/course#quiz=01_neuron": "document.querySelector('fieldset')",
    "/api": "document.querySelectorAll('details').length > 5",
}
SCREENS = {"a dark phone": (360, 740, "dark"), "a wide screen": (1600, 900, "light")}


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_for_everyone(path, screen, desk):  # noqa: F811
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    width, height, scheme = SCREENS[screen]
    desk.set_viewport_size({"width": width, "height": height})
    desk.emulate_media(color_scheme=scheme)
    desk.goto(path)
    until(desk, PAGES[path], 60)
    assert desk.evaluate("document.documentElement.scrollWidth") <= width
    found = axe.Axe().run(desk, options={"resultTypes": ["violations"]}).response["violations"]
    told = [f"{each['id']}: {each['help']}: {each['nodes'][0]['html'][:200]}" for each in found]
    assert not told, "\n".join(told)


@pytest.mark.parametrize("path", ["/", "/runs", "/course", "/api"])
def test_the_keyboard_reaches_every_control(path, desk):  # noqa: F811
    desk.goto(path)
    until(desk, PAGES.get(path, "document.querySelectorAll('a, button').length > 5"), 60)
    wanted = desk.evaluate(
        """() => [...document.querySelectorAll("a[href], button, select, input, summary")]
            .filter((each) => each.checkVisibility() && !each.disabled && each.type !== "radio").length"""
    )
    reached = set()
    for _ in range(wanted + 5):
        desk.keyboard.press("Tab")
        reached.add(desk.evaluate("[...document.querySelectorAll('*')].indexOf(document.activeElement)"))
    reached.discard(0)
    assert len(reached) >= wanted
