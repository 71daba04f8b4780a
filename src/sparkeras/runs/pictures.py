"""Pictures of a finished run, each kind from its folder, its model, or its data as well.

Runs on: driver.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sparkeras import plots
from sparkeras.engine.history import TrainingHistory
from sparkeras.errors import DataError, RunFolderError
from sparkeras.files.atomic import moved
from sparkeras.plots.images import MOST_IMAGES
from sparkeras.runs.report.figures import headline
from sparkeras.runs.report.rows import class_text
from sparkeras.runs.report.writing import are_places
from sparkeras.runs.run_folder import Run
from sparkeras.runs.saved_model import open_model

if TYPE_CHECKING:
    import keras

    from sparkeras.datasets import Dataset

# Pictures that a report has drawn already: file, task that they are of, and the kind for the other task
IN_FOLDER = {
    "confusion": ("confusion.png", "classification", "scatter"),
    "mistakes": ("mistakes.png", None, None),
    "scatter": ("scatter.png", "regression", "confusion"),
    "residuals": ("residuals.png", "regression", "classes"),
}
# Those of a run on a table with learned columns, and what they need
OF_TABLE = {
    "importance": "a table with columns of any kind",
    "calibration": "a table whose label is classes",
    "lift": "a table whose label is two classes",
}


class Drawing:
    """The drawing of one picture.

    Parameters
    ----------
    runs : list of Run
        One; several for ``history``.
    row, image, layer
        Of the kind ``features``: number of a test row, or path of an image file; name of a layer or None.
    master, backend : str or None
    """

    def __init__(
        self,
        runs: Sequence[Run],
        row: int = 0,
        image: Path | None = None,
        layer: str | None = None,
        master: str | None = None,
        backend: str | None = None,
    ) -> None:
        self.runs, self.run, self.facts = runs, runs[0], runs[0].summary["data"]
        self.row, self.image, self.layer, self.master, self.backend = row, image, layer, master, backend

    def draw(self, kind: str, path: Path) -> str | None:
        """Write the picture; return a remark on it, or None where the kind says enough."""
        if kind in IN_FOLDER:
            self._copy(kind, path)
            return None
        if kind in OF_TABLE:
            self._copy_of_table(kind, path)
            return None
        return getattr(self, f"_{kind}")(path)

    @cached_property
    def model(self) -> keras.Model:
        """The run's model."""
        return open_model(self.run, self.backend)

    @cached_property
    def data(self) -> Dataset:
        """The data set of the run, split as it was then."""
        from sparkeras.runs import held_out

        return held_out.again(self.run, self.master)

    def _copy(self, kind: str, path: Path) -> None:
        name, task, other = IN_FOLDER[kind]
        if task and self.facts.get("task") != task:
            raise DataError(
                f"'{self.run.path}' is a {self.facts.get('task')}, and {kind} is of a {task}. Take {other}."
            )
        picture = self.run.path / name
        if not picture.is_file():
            raise RunFolderError(f"The run '{self.run.path}' has no {name}: train it again.")
        moved(path, lambda whole: shutil.copyfile(picture, whole))

    def _copy_of_table(self, kind: str, path: Path) -> None:
        picture = self.run.path / f"{kind}.png"
        if not picture.is_file():
            raise DataError(f"'{self.run.path}' has no {kind}: it is drawn of {OF_TABLE[kind]}, after its training.")
        moved(path, lambda whole: shutil.copyfile(picture, whole))

    def _map(self, path: Path) -> None:
        if not are_places(self.facts):
            raise DataError(
                f"'{self.run.path}' predicts no places: a map needs the labels latitude and longitude, as of music."
            )
        moved(path, lambda whole: shutil.copyfile(self.run.path / "mistakes.png", whole))

    def _history(self, path: Path) -> None:
        histories = [TrainingHistory.read_csv(run.history_path).numbers_by_name() for run in self.runs]
        if len(histories) == 1:
            plots.draw_history(path, histories[0], self.run.summary["figures"].get("test"))
            return
        if len({run.summary["data"]["task"] for run in self.runs}) > 1:
            raise DataError("These runs are of regressions and of classes, whose losses share no axis. Take one kind.")
        names = [run.path.name for run in self.runs]
        if len(set(names)) < len(names):  # runs of one name in several folders
            names = [str(run.path) for run in self.runs]
        plots.draw_histories(path, dict(zip(names, histories, strict=True)))

    def _classes(self, path: Path) -> None:
        if self.facts.get("task") != "classification":
            raise DataError(f"'{self.run.path}' is a regression, and classes is of a classification. Take residuals.")
        metrics = self.run.metrics
        main = headline(self.run.summary["figures"].get("test", {}), metrics)
        names, recalls = ([line[key] for line in metrics] for key in ("class", "recall"))
        plots.draw_classes(path, names, recalls, main.value, main.baseline)

    def _filters(self, path: Path) -> None:
        model = self.model
        from sparkeras.plots import insides

        name, kernel = insides.first_filters(model)
        plots.draw_filters(path, kernel, name)

    def _features(self, path: Path) -> None:
        model = self.model
        from sparkeras.plots import insides

        insides.layer_of_maps(model, self.layer)  # raises before Spark starts, if it cannot be drawn
        image = self._image_of(self.image) if self.image else self._image_of_row()
        name, maps = insides.feature_maps(model, image, self.layer)
        plots.draw_feature_maps(path, image, maps, name)

    def _diagram(self, path: Path) -> str:
        model = self.model
        from sparkeras.plots import insides

        return f"the model's layers, drawn by {insides.write_diagram(model, path)}"

    def _images(self, path: Path) -> None:
        shape = tuple(self.facts["input_shape"])
        if len(shape) not in (2, 3):
            raise DataError(f"The rows of '{self.run.path}' are not images: their shape is {shape}.")
        model = self.model
        from sparkeras.runs import pictured_rows

        # A GAN or an autoencoder has a task of its own and predicts no labels
        same_task = self.facts.get("num_classes") == self.data.num_classes
        invalid = self.run.summary["settings"].get("handle_invalid") or "error"
        images, label, prediction = pictured_rows.first(model if same_task else None, self.data, MOST_IMAGES, invalid)
        predictions = None if prediction is None else self._texts(prediction)
        plots.draw_images(
            path, images, self._texts(label), predictions, title=f"{self.facts['name']}: {len(images)} test rows"
        )

    def _texts(self, values: np.ndarray) -> list[str]:
        """Return labels as people read them: class names, or numbers."""
        if self.data.task == "regression":
            return [", ".join(f"{number:.3g}" for number in np.ravel(value)) for value in values]
        return [class_text(value, self.data.schema.classes if self.data.schema else ()) for value in values]

    def _boundary(self, path: Path) -> None:
        if list(self.facts["input_shape"]) != [2] or self.facts["task"] != "classification":
            raise DataError(f"A decision boundary needs classes and rows of two numbers; '{self.run.path}' has others.")
        model = self.model
        from sparkeras.runs import pictured_rows, table_columns

        spec = table_columns.of_run(self.run)
        if spec:
            points, label = pictured_rows.points_of_table(self.data, spec)
        else:
            points, label = pictured_rows.points(self.data)
        schema = self.data.schema
        named = {"names": schema.classes, "features": schema.features} if schema else {}
        more: dict[str, Any] = {argument: names for argument, names in named.items() if names}
        plots.draw_boundary(path, lambda rows: pictured_rows.probability(model, rows, spec), points, label, **more)

    def _image_of(self, file: Path) -> np.ndarray:
        from sparkeras.files import image_files

        shape = self.model.inputs[0].shape[1:]
        image = image_files.opened(file.read_bytes()) if file.is_file() else None
        if image is None:
            raise DataError(f"'{file}' is not an image that can be read: give a JPEG or PNG file.")
        return image_files.fitted(image, shape)

    def _image_of_row(self) -> np.ndarray:
        from sparkeras.runs import pictured_rows

        return pictured_rows.one(self.data, self.row)
