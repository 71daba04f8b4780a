"""An attribute that was swapped is what it was before: one's own, the inherited one, a classmethod, a name."""

import pytest

from sparkeras.spark.swapping import swapped


class Base:
    def speak(self):
        return "base"

    @classmethod
    def make(cls):
        return cls()


class Child(Base):
    pass


def test_an_inherited_method_is_inherited_again():
    with swapped(Child, "speak", lambda self: "swapped"):
        assert (Child().speak(), Base().speak()) == ("swapped", "base")
    assert "speak" not in vars(Child)
    assert Child().speak() == "base"


def test_an_own_classmethod_comes_back_as_it_was_after_an_error_too():
    before = vars(Base)["make"]
    with pytest.raises(ZeroDivisionError), swapped(Base, "make", classmethod(lambda cls: 1 / 0)):
        Base.make()
    assert vars(Base)["make"] is before
    assert isinstance(Child.make(), Child)


def test_a_function_gets_its_name_back():
    def named():
        pass

    with swapped(named, "__name__", "other"):
        assert named.__name__ == "other"
    assert named.__name__ == "named"


def test_swaps_of_one_name_end_in_any_number():
    with swapped(Child, "speak", lambda self: "outer"):
        with swapped(Child, "speak", lambda self: "inner"):
            assert Child().speak() == "inner"
        assert Child().speak() == "outer"
    assert Child().speak() == "base"
