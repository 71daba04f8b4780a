"""``sparkeras serve``: real requests to a real process, in the shape of TensorFlow Serving's REST interface."""

import base64
import concurrent.futures
import contextlib
import io
import json
import re
import signal
import time

import keras
import numpy as np
import pytest
from PIL import Image

from sparkeras.serving import model
from sparkeras.serving.http import server
from tests.cli.test_commands import sparkeras
from tests.lab import made_runs
from tests.lab.conftest import Server
from tests.lab.hostile import send


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    made_runs.write_run(folder / "line", made_runs.fixed_line(1, 10))
    made_runs.write_run(folder / "both", made_runs.two_inputs())
    made_runs.write_run(folder / "image", made_runs.image_mean())
    texts = keras.Sequential([keras.Input((4,), dtype="int32"), keras.layers.Embedding(5, 1), keras.layers.Flatten()])
    texts.set_weights([np.arange(5, dtype=np.float32)[:, None]])
    made_runs.write_run(folder / "texts", texts, vocabulary=["good", "bad", "film"])
    made_runs.write_run(folder / "any", made_runs.images_of_any_size())
    running = Server(folder, "serve", *(folder / name for name in ("line", "both", "image", "texts", "any")))
    yield running
    running.stop()


def ask(served, name, body, expected=200, what=":predict"):
    answer = send(served.address, "POST", f"/v1/models/{name}{what}", body=json.dumps(body).encode())
    assert answer.status == expected, answer.body
    return answer.error if expected != 200 else json.loads(answer.body)


def get(served, path):
    return json.loads(send(served.address, path=path).body)


def test_rows_are_answered_by_rows_and_columns_by_columns(served):
    assert ask(served, "line", {"instances": [[1, 2], [3, 0.5]]}) == {"predictions": [[21.0], [8.0]]}
    assert ask(served, "line", {"instances": [{"x": [1, 2]}]}) == {"predictions": [[21.0]]}
    assert ask(served, "line", {"inputs": [[1, 2]]}) == {"outputs": [[21.0]]}
    assert ask(served, "line", {"inputs": {"x": [[1, 2]]}, "signature_name": "serving_default"}) == {
        "outputs": [[21.0]]
    }


def test_several_inputs_and_outputs_go_by_their_names(served):
    rows = [{"a": [1, 2], "b": [3]}, {"a": [4, 5], "b": [6]}]
    said = ask(served, "both", {"instances": rows})["predictions"]
    assert said == [{"sum": [4, 5], "product": [3, 6]}, {"sum": [10, 11], "product": [24, 30]}]
    columns = {"a": [[1, 2], [4, 5]], "b": [3, 6]}
    assert ask(served, "both", {"inputs": columns})["outputs"] == {
        "sum": [[4, 5], [10, 11]],
        "product": [[3, 6], [24, 30]],
    }


def test_images_and_texts_are_taken_as_they_are(served):
    png = io.BytesIO()
    Image.new("RGB", (9, 7), (10, 20, 30)).save(png, "PNG")
    sent = {"b64": base64.b64encode(png.getvalue()).decode()}
    assert ask(served, "image", {"instances": [sent, sent]}) == {"predictions": [[10, 20, 30]] * 2}
    assert ask(served, "texts", {"instances": ["Good film!", "what a bad film it was"]}) == {
        "predictions": [[2, 4, 0, 0], [1, 1, 3, 4]]
    }


def test_more_rows_than_one_pass_takes(served):
    rows = np.arange(400).reshape(200, 2)
    said = ask(served, "line", {"instances": rows.tolist()})["predictions"]
    assert np.ravel(said).tolist() == (rows @ [1, 10]).tolist()


def test_status_metadata_versions_and_the_list(served):
    assert get(served, "/v1/models") == {"models": ["any", "both", "image", "line", "texts"]}
    status = get(served, "/v1/models/line")["model_version_status"]
    assert status == [{"version": "1", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}]
    assert get(served, "/v1/models/line/versions/1") == {"model_version_status": status}
    described = get(served, "/v1/models/both/metadata")["metadata"]["signature_def"]["signature_def"]["serving_default"]
    assert described["method_name"] == "tensorflow/serving/predict"
    assert described["inputs"]["b"]["dtype"] == "DT_INT32"
    assert [dim["size"] for dim in described["inputs"]["a"]["tensor_shape"]["dim"]] == ["-1", "2"]
    assert set(described["outputs"]) == {"sum", "product"}
    assert ask(served, "line", {"instances": [[1, 2]]}, what="/versions/1:predict") == {"predictions": [[21.0]]}
    assert "Version 2 is not open; 1 is" in ask(served, "line", {"instances": [[1, 2]]}, 404, "/versions/2:predict")


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        ("line", {}, "Give either 'instances'"),
        ("line", {"instances": [[1, 2]], "inputs": [[1, 2]]}, "Give either 'instances'"),
        ("line", {"instances": [[1, 2]], "extra": 1}, "Unknown key 'extra'"),
        ("line", {"instances": [[1, 2]], "signature_name": "other"}, "The only signature is 'serving_default'"),
        ("line", {"instances": {"x": [1, 2]}}, "must be a list of rows; got an object"),
        ("line", {"instances": []}, "1 to 4,096 instances; this one 0"),
        ("line", {"instances": [[1, 2]] * 4097}, "1 to 4,096 instances; this one 4,097"),
        (
            "line",
            {"instances": [[1, 2], [3]]},
            "Instance 1 is one number, the first is 2 numbers. All must have one shape.",
        ),
        ("line", {"instances": [[1, 2, 3]]}, "takes 2 numbers per instance; got 3 numbers"),
        ("line", {"instances": [[1, None]]}, "Instance 0 must hold numbers; it takes 2 numbers. Null is none."),
        ("line", {"instances": [["1", "2"]]}, "Instance 0 must hold numbers"),
        ("line", {"instances": [[1, [2]]]}, "Instance 0 is a list of lists of different lengths"),
        ("line", {"instances": [[1, 1e300]]}, "a number too large for float32"),
        ("line", {"instances": [[[[[]]]]]}, "Instance 0 must hold numbers; it takes 2 numbers"),
        ("line", {"instances": [{"y": [1, 2]}]}, "must be an object with the inputs 'x', and no others"),
        ("line", {"instances": [{"b64": "AAAA"}]}, "takes 2 numbers, which is not an image"),
        ("line", {"inputs": "all"}, "'inputs' must be an object with a list for each of 'x'"),
        ("both", {"instances": [[1, 2]]}, "must be an object with the inputs 'a', 'b'"),
        ("both", {"instances": [{"a": [1, 2]}]}, "must be an object with the inputs 'a', 'b', and no others"),
        ("both", {"inputs": {"a": [[1, 2]], "b": [1, 2]}}, "different numbers of rows: [1, 2]"),
        ("both", {"inputs": {"a": [[1, 2]], "b": 1}}, "The input 'b' must be a list of rows"),
        ("both", {"inputs": {"a": [[1, 2]], "b": [1.5]}}, "The input 'b' takes whole numbers"),
        ("both", {"inputs": {"a": [[1, 2]], "b": [1e20]}}, "whole numbers from -2,147,483,648 to 2,147,483,647"),
        ("any", {"instances": [[]]}, "Instance 0 must hold numbers"),
        ("any", {"instances": [[[[1.0]]]]}, "The model cannot take rows of this size"),
        ("image", {"instances": [{"b64": "é"}]}, "Instance 0 is not base64"),
        ("image", {"instances": [{"b64": "!"}]}, "Instance 0 is not base64"),
        ("image", {"instances": [{"b64": 7}]}, "must be {'b64': ...}"),
        ("image", {"instances": [{"b64": "AAAA"}]}, "not an image that can be read"),
        ("texts", {"instances": ["good", 1]}, "Instance 0 must hold numbers"),
    ],
)
def test_a_wrong_request_is_told_what_is_wrong(name, body, words, served):
    assert words in ask(served, name, body, 400)


def test_images_of_any_size_are_taken(served):
    for side in (9, 20):
        assert ask(served, "any", {"instances": np.ones((2, side, side, 1)).tolist()})["predictions"] == [[9.0], [9.0]]


def test_programs_for_rows_of_any_size_are_let_go(tmp_path, monkeypatch):
    network = keras.Sequential([keras.Input((None, 1)), keras.layers.GlobalAveragePooling1D()])
    made_runs.write_run(tmp_path / "mean", network)
    served_model, forgotten = model.ServedModel(tmp_path / "mean"), []
    make = served_model.model.make_predict_function
    monkeypatch.setattr(
        served_model.model, "make_predict_function", lambda force=False: forgotten.append(force) or make(force)
    )
    monkeypatch.setattr(model, "MOST_PROGRAMS", 3)
    for length in (1, 2, 3, 1, 2, 3, 4, 5, 1):
        (said,) = served_model.predict([np.arange(length, dtype=np.float32).reshape(1, length, 1)])
        assert said.tolist() == [[(length - 1) / 2]]
        assert len(served_model.compiled) <= 3
    assert forgotten.count(True) == 1


def test_long_texts_where_numbers_belong_cost_nothing(served):
    began = time.monotonic()
    body = {"instances": [["x" * 100_000] + [""] * 10_000]}
    assert "Instance 0 must hold numbers" in ask(served, "line", body, 400)
    assert time.monotonic() - began < 2  # NumPy would make 4 GB of it


def test_the_images_of_a_request_are_limited_together(served):
    content = io.BytesIO()
    Image.new("L", (5000, 5000)).save(content, "PNG")
    image = {"b64": base64.b64encode(content.getvalue()).decode()}
    assert "50,000,000 pixels together" in ask(served, "image", {"instances": [image] * 3}, 413)


@pytest.mark.parametrize("size", [6_000, 20_000])
def test_a_decompression_bomb_is_refused_by_its_head(size, served):
    bomb = io.BytesIO()
    Image.new("1", (size, size)).save(bomb, "PNG")
    assert len(bomb.getvalue()) < 200_000
    sent = {"b64": base64.b64encode(bomb.getvalue()).decode()}
    assert re.search(
        r"has too many pixels.*; 25,000,000 are the most", ask(served, "image", {"instances": [sent]}, 413)
    )


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'{"instances": [[NaN, 1]]}', b"[" * 100_000, b"\xff\xfe", b'"a"'])
def test_what_is_no_json_object_is_refused(body, served):
    answer = send(served.address, "POST", "/v1/models/line:predict", body=body)
    assert answer.status == 400
    assert "body" in answer.error


def test_unknown_models_and_what_serving_has_not(served):
    assert "There is no model 'other'; there are 'any', 'both', 'image', 'line', 'texts'." in ask(
        served, "other", {}, 404
    )
    assert send(served.address, path="/v1/models/..%2f..").status == 404
    assert ask(served, "line", {}, 405, ":classify") == "This address does not take this kind of request."
    assert "There is no model 'line:predict'" in send(served.address, path="/v1/models/line:predict").error


def test_many_clients_at_once_get_their_own_answers_in_few_passes(served):
    def one(number):
        return ask(served, "line", {"instances": [[number, 0]]})["predictions"][0][0]

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        assert list(pool.map(one, range(400))) == list(range(400))
    text = send(served.address, path="/metrics").body.decode()
    facts = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert float(facts['sparkeras_requests_total{model="line",status="200"}']) >= 400
    assert float(facts['sparkeras_batch_rows_count{model="line"}']) < float(facts['sparkeras_rows_total{model="line"}'])


def test_a_changed_file_is_taken_up_and_a_broken_one_is_not(served):
    folder = served.folder / "line"
    made_runs.replace_model(folder, made_runs.fixed_line(2, 20))
    until(lambda: ask(served, "line", {"instances": [[1, 2]]})["predictions"] == [[42.0]])
    assert get(served, "/v1/models/line")["model_version_status"][0]["version"] == "2"
    (folder / "new.keras").write_bytes(b"broken")
    (folder / "new.keras").rename(folder / "model.keras")
    until(lambda: get(served, "/v1/models/line")["model_version_status"][0]["status"]["error_message"])
    said = get(served, "/v1/models/line")["model_version_status"][0]
    assert (said["version"], said["status"]["error_code"]) == ("2", "INVALID_ARGUMENT")
    assert "not a complete .keras file" in said["status"]["error_message"]
    assert ask(served, "line", {"instances": [[1, 2]]})["predictions"] == [[42.0]]
    made_runs.replace_model(folder, made_runs.fixed_line(1, 10))
    until(lambda: get(served, "/v1/models/line")["model_version_status"][0]["version"] == "3")
    assert get(served, "/v1/models/line")["model_version_status"][0]["status"]["error_code"] == "OK"


def until(happened, seconds=20):
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_ctrl_c_counts_where_a_callback_dropped_it():
    def opened():
        with server.ended_by_ctrl_c():
            with contextlib.suppress(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
            happened.append("the next model")

    happened = []
    with pytest.raises(KeyboardInterrupt):
        opened()
    assert happened == ["the next model"]


def test_what_cannot_be_served_is_one_line_before_anything_listens(tmp_path, capsys):
    code = keras.Sequential([keras.Input((2,)), keras.layers.Lambda(lambda x: 2 * x)])
    made_runs.write_run(tmp_path / "code", code)
    made_runs.write_run(tmp_path / "other" / "code", made_runs.fixed_line(1))
    for arguments, words in (
        ([tmp_path / "code"], "Lambda"),
        ([tmp_path / "nothing"], "There is no run at"),
        ([tmp_path], "is not a run: it has no summary.json"),
        ([tmp_path / "code", tmp_path / "other" / "code"], "Two runs have folders of the same name"),
    ):
        assert sparkeras("serve", *arguments, "--port", 0) != 0
        said = capsys.readouterr()
        assert said.err.count("\n") == 1
        assert words in said.err
        assert said.out == ""
