"""Settings as the Params of estimators and models of Spark ML, with a getter and a setter each.

Runs on: driver.
"""

import functools
from collections.abc import Callable
from typing import Any

from pyspark.ml.param import Param, Params, shared

from sparkeras.engine.params import Settings, settings
from sparkeras.engine.params.keras_names import advice
from sparkeras.engine.params.table import INVALID, LABEL, TRAINING, VALIDATION, Setting
from sparkeras.errors import InvalidParamError


def declare(*groups: tuple[Setting, ...]) -> type[Any]:
    """Return a mix-in class of Spark Params for groups of settings.

    It inherits Spark's own kinds too (``HasLabelCol``, ``HasWeightCol``, ...), by which ``OneVsRest`` and others know
    the abilities of a stage; names, descriptions, defaults and limits are ours.
    """
    body: dict[str, Any] = {}
    for setting in (setting for group in groups for setting in group):
        name = setting.param
        checked = functools.partial(setting.convert, name)
        body[name] = Param(Params._dummy(), name, setting.doc, typeConverter=checked)
        ending = name[0].upper() + name[1:]
        body[f"get{ending}"], body[f"set{ending}"] = _getter(setting), _setter(setting)
    body["_groups"] = groups
    kinds = (f"Has{s.param[0].upper()}{s.param[1:]}" for group in groups for s in group)
    return type("DeclaredParams", (_CheckedParams, *(getattr(shared, k) for k in kinds if hasattr(shared, k))), body)


def from_params(stage: Any) -> Settings:
    """Return the settings of an estimator as ``params.settings`` does.

    Raises
    ------
    InvalidParamError
        If both spellings of features or of validation are set.
    """
    values = {
        s.argument: stage.getOrDefault(s.param) for s in (*TRAINING, *INVALID, *LABEL) if stage.isDefined(s.param)
    }
    fraction, column = (stage.isSet(s.param) and stage.getOrDefault(s.param) for s in VALIDATION)
    if fraction and column:
        raise InvalidParamError("Set 'validationFraction' or 'validationIndicatorCol', not both.")
    return settings(**values, features=features_of(stage), validation=fraction or column or None)


def features_of(stage: Any) -> Any:
    """Return the columns in ``featuresCol`` or ``featuresCols`` of a stage.

    Raises
    ------
    InvalidParamError
        If both are set.
    """
    if not stage.isSet("featuresCols"):
        return stage.getOrDefault("featuresCol")
    if stage.isSet("featuresCol"):
        raise InvalidParamError("Set 'featuresCol' or 'featuresCols', not both.")
    return stage.getOrDefault("featuresCols")


class _CheckedParams(Params):
    """Params whose wrong values raise our errors; Spark would wrap them in a ValueError of its own."""

    def __init__(self, **values: Any) -> None:
        Params.__init__(self)  # not those of Spark's own kinds, which would set defaults of theirs
        # A stage declares Params in several classes: those that it shares with others, and its own.
        groups = [group for kind in type(self).__mro__ for group in vars(kind).get("_groups", ())]
        self._setDefault(**{s.param: s.default for group in groups for s in group if s.default is not None})
        self.setParams(**values)

    def setParams(self, **values: Any) -> "_CheckedParams":
        """Set several Params by name.

        Raises
        ------
        InvalidParamError
            For a name that is not a Param of this stage, or a value out of its limits.
        """
        for name, value in values.items():
            if not self.hasParam(name):
                known = ", ".join(sorted(param.name for param in self.params))
                help_ = advice(name, [param.name for param in self.params], spark=True)
                raise InvalidParamError(
                    f"{type(self).__name__} has no Param {name!r}; it has: {known}. {help_}".rstrip()
                )
            self.set(self.getParam(name), value)
        return self

    def set(self, param: "Param[Any]", value: Any) -> None:
        if value is None and not self.hasDefault(param):  # as ``fit`` takes None for a setting without a default
            self.clear(param)
        else:
            super().set(param, param.typeConverter(value))


def _getter(setting: Setting) -> Callable[[Any], Any]:
    def get(self: Any) -> Any:
        return self.getOrDefault(setting.param)

    get.__doc__ = f"Return {setting.param}: {setting.doc}."
    return get


def _setter(setting: Setting) -> Callable[[Any, Any], Any]:
    def set_(self: Any, value: Any) -> Any:
        self.set(self.getParam(setting.param), value)
        return self

    set_.__doc__ = f"Set {setting.param}: {setting.doc}."
    return set_
