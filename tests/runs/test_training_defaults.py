"""Where nothing is named, the number of rows decides the model of a table, its epochs and its batches."""

import pytest

from sparkeras.runs import models, training_data


@pytest.mark.parametrize(
    ("rows", "model", "epochs", "batch_size"),
    [
        (275, "tabm", 20, 32),
        (9_999, "tabm", 20, 32),
        (10_000, "tabular", 40, 128),
        (16_512, "tabular", 36, 128),
        (60_000, "tabular", 10, 256),
        (263_149, "tabular", 2, 256),
        (5_000_000, "tabular", 2, 256),
    ],
)
def test_the_rows_of_a_table_decide(rows, model, epochs, batch_size):
    assert models.default("flights", rows) == model
    settings = training_data.defaults(rows, model, is_table=True)
    assert settings == {"epochs": epochs, "batch_size": batch_size, "handle_invalid": "skip"}


def test_other_data_trains_as_before():
    assert models.default("digits", 1_000) == models.default("music", 847) == "mlp"
    assert training_data.defaults(1_437, "mlp", is_table=False) == {"epochs": 40, "batch_size": 32}
    assert training_data.defaults(60_000, "mlp", is_table=False) == {}
