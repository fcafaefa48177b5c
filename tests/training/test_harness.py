import importlib.util
import json

import pytest

from training.config import ConfigError
from training.harness import find, mean_accuracy, report

needs_harness = pytest.mark.skipif(not importlib.util.find_spec("lm_eval"), reason="lm-eval is not installed")

TASK = """
task: boats
dataset_path: json
dataset_kwargs: {data_files: {test: FILE}}
test_split: test
output_type: multiple_choice
doc_to_text: "{{question}}"
doc_to_choice: "{{choices}}"
doc_to_target: 0
metric_list: [{metric: acc}, {metric: acc_norm}]
"""


@pytest.fixture
def tasks(tmp_path):
    """A folder with a task of two questions."""
    rows = [{"question": "The boat was", "choices": [" green", " a whale"]}] * 2
    (tmp_path / "boats.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (tmp_path / "boats.yaml").write_text(
        TASK.replace("FILE", str(tmp_path / "boats.jsonl")), encoding="utf-8"
    )
    return tmp_path


@needs_harness
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # The harness warns of much.
class TestATaskOfOnesOwn:
    def test_is_measured_without_a_network(self, tuned, tasks):
        found = report(tuned, ["boats"], manager=find(["boats"], task_folder=tasks))
        assert found["tasks"]["boats"]["acc,none"] in {0.0, 1.0}
        assert set(found) == {"tasks", "geometric_mean"}

    def test_that_is_not_there_is_refused(self, tasks):
        with pytest.raises(ConfigError, match="lm-eval has no 'ships'"):
            find(["ships"], task_folder=tasks)


@pytest.mark.skipif(bool(importlib.util.find_spec("lm_eval")), reason="lm-eval is installed")
def test_without_the_harness_it_says_what_to_install():
    with pytest.raises(ConfigError, match=r"pip install -r requirements-evaluation\.txt"):
        find(["boolq"], task_folder=None)


class TestTheGeometricMean:
    def test_is_over_the_length_normalised_accuracies_where_there_are_such(self):
        results = {
            "a": {"acc,none": 0.1, "acc_norm,none": 0.4},
            "b": {"acc,none": 0.9},
            "c": {"bleu,none": 3},
        }
        assert mean_accuracy(results) == pytest.approx(0.6)

    @pytest.mark.parametrize("results", [{}, {"a": {"bleu,none": 3}}, {"a": {"acc,none": 0.0}}])
    def test_is_nothing_where_there_is_none(self, results):
        assert mean_accuracy(results) is None
