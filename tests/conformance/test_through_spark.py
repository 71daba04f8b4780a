"""Some cases through Spark itself, from a DataFrame to the caller's model: what the engine alone does not show."""

import pytest

import sparkeras
from sparkeras.engine import backends
from tests.conformance import comparing, runner
from tests.conformance.catalogue import ALL, CASES

BACKEND = backends.choose()
pytestmark = [pytest.mark.conformance]
NAMES = (
    "losses: Huber, delta 0.5",
    "losses: Dice",
    "metrics: F1Score",
    "metrics: RootMeanSquaredError",
    "models: sequence, forecast",
    "models: sequence, masked tags",
    "models: image, segmentation",
    "models: image, one-hot segmentation",
    "models: several outputs, a dict",
    "models: LoRA",
    "callbacks: CSVLogger",
    "optimizers: own, a schedule without get_config",
)
_TYPES = {"f": "float", "i": "int"}


def _frame(spark, case):
    columns = case.inputs() | case.labels()
    if case.weight:
        columns["weight"] = case.weights()
    kinds = {name: _kind(array) for name, array in columns.items()}
    rows = zip(*(array.tolist() for array in columns.values()), strict=True)
    return spark.createDataFrame(list(rows), ", ".join(f"{name} {kind}" for name, kind in kinds.items()))


def _kind(array):
    kind = _TYPES[array.dtype.kind]
    for _ in array.shape[1:]:
        kind = f"array<{kind}>"
    return kind


def _through_spark(case, spark, workers):
    model = runner.fresh(case)
    inputs, labels = list(case.inputs()), list(case.labels())
    history = sparkeras.fit(
        model,
        _frame(spark, case),
        features={name: name for name in inputs} if len(inputs) > 1 else inputs[0],
        label={name: name for name in labels} if len(labels) > 1 else (labels or [None])[0],
        batch_size=len(case.inputs()[inputs[0]]),
        epochs=runner.EPOCHS,
        num_workers=workers,
        weight="weight" if case.weight else None,
        class_weight=case.class_weight,
        callbacks=case.callbacks() if case.callbacks else None,
        verbose=0,
    )
    return {"history": runner.plain_values(history.history), "variables": runner.variables_of(model)}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("workers", [1] if BACKEND == "tensorflow" else [1, 2])
@pytest.mark.parametrize("name", [name for name in NAMES if name in CASES])  # plain Keras does not train all on torch
def test_spark_trains_what_plain_keras_trains(name, workers, spark, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # callbacks write there
    case = CASES[name]
    plain = runner.plain(case)
    found = runner.attempt(_through_spark, case, spark, workers)
    outcome, words = comparing.outcome(case, plain, [found], 1), case.expected(BACKEND, workers)
    assert comparing.as_expected(outcome, words), f"{outcome}; expected: {words or 'exact'}"


def test_names_are_cases():
    assert set(NAMES) <= set(ALL)
