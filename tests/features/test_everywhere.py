"""One spec, everywhere the same: each way of a row to a model makes the same numbers of it, bit by bit."""

import dataclasses
import json

import keras
import numpy as np
import pytest

import sparkeras
from sparkeras import KerasModel, features
from sparkeras.runs import Run
from sparkeras.serving import app
from tests.engine.test_streaming import scored_of
from tests.features.test_learning import table
from tests.lab import made_runs
from tests.lab.conftest import answering
from tests.lab.hostile import send

ROWS = 16


@pytest.fixture(scope="module")
def df(spark):
    """All rows; those of ``some`` have their number in a column."""
    numbered = table().append_column("n", [list(range(len(table())))])
    return spark.createDataFrame(numbered).repartition(3).cache()


@pytest.fixture(scope="module")
def spec(df):
    return features.learn(df.drop("n"), label="label")


def some():
    return table().slice(0, ROWS)


def in_a_row(inputs):
    """Return all inputs of a model side by side, as floats."""
    return keras.layers.Concatenate()([keras.ops.cast(inputs[name], "float32") for name in sorted(inputs)])


def expected(spec):
    arrays = spec.encode(some())
    return np.concatenate([arrays[name].astype(np.float32) for name in sorted(arrays)], axis=1)


@pytest.fixture(scope="module")
def mirror(spec):
    """A model that answers with what it gets."""
    inputs = features.inputs(spec)
    return keras.Model(inputs, in_a_row(inputs))


def picked(labels, outputs):
    """Return a loss whose gradient by the weights of unit n is minus the row n."""
    units = keras.ops.one_hot(keras.ops.reshape(labels, (-1,)), ROWS, dtype="float32")
    return -keras.ops.sum(units * outputs, axis=-1)


def trained(spec, df):
    """Return the rows as training has seen them: after one step they are the weights."""
    inputs = features.inputs(spec)
    units = keras.layers.Dense(ROWS, use_bias=False, kernel_initializer="zeros")
    model = keras.Model(inputs, units(in_a_row(inputs)))
    model.compile(keras.optimizers.SGD(float(ROWS)), picked)
    settings = {"features": spec, "label": "n", "epochs": 1, "batch_size": ROWS, "num_workers": 2, "verbose": 0}
    sparkeras.fit(model, df.where(f"n < {ROWS}"), **settings)
    return units.kernel.numpy().T


def rows_of(scored):
    """Return the predictions in the order of ``n``."""
    return np.array([row["prediction"] for row in sorted(scored, key=lambda row: row["n"])], np.float32)


def requested(folder):
    """Return the answers to a request with the rows as JSON has them."""
    rows = [{name: row[name] for name in row if name not in LEFT_OUT} for row in some().to_pylist()]
    body = json.dumps({"instances": rows}, default=str).encode()
    with answering(app.assemble(app.build_serving(lambda: {folder.name: folder}), [])) as address:
        answer = send(address, "POST", f"/v1/models/{folder.name}:predict", body=body)
    assert answer.status == 200, answer.body
    return np.array(json.loads(answer.body)["predictions"], np.float32)


LEFT_OUT = ("row", "key", "same", "empty", "label")


def test_each_way_of_a_row_makes_the_same_numbers(spark, df, spec, mirror, tmp_path):
    reference, frame = expected(spec), df.where(f"n < {ROWS}")
    stage = KerasModel(mirror, features=spec)
    stage.save(str(tmp_path / "stage"))
    run = made_runs.write_run(tmp_path / "run", mirror, task="regression")
    (run / "features.json").write_text(spec.to_json())
    pandas = some().to_pandas()
    frame.write.parquet(str(tmp_path / "arriving"))
    stream = spark.readStream.schema(frame.schema).parquet(str(tmp_path / "arriving"))
    with pytest.warns(UserWarning, match="pandas frame became a Spark DataFrame"):
        of_pandas = sparkeras.predict(mirror, pandas.assign(n=range(ROWS)), features=spec)
    ways = {
        "training by two workers": trained(dataclasses.replace(spec, label=None), df),
        "a table": rows_of(stage.transform(frame).collect()),
        "a saved stage": rows_of(KerasModel.load(str(tmp_path / "stage")).transform(frame).collect()),
        "a stream": rows_of(scored_of(stage.transform(stream), "of_columns", tmp_path)),
        "a pandas frame on Spark": rows_of(of_pandas.collect()),
        "a pandas frame": np.stack(Run.open(run).predict(pandas)["prediction"]),
        "requests": requested(run),
        "single rows": np.concatenate(
            [mirror.predict(spec.encode(some().slice(n, 1)), verbose=0) for n in range(ROWS)]
        ),
    }
    for way, rows in ways.items():
        np.testing.assert_array_equal(rows, reference, err_msg=way)
