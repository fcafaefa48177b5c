import pytest

from exports.services import run_files
from exports.services.run_files import RunFolder
from tests.support.runs import make_run


@pytest.fixture
def folder(release, adam):
    folder = RunFolder(make_run(release, adam))
    folder.path.mkdir(parents=True)
    return folder


def report(folder, *lines):
    (folder.path / "metrics.jsonl").write_text("".join(f"{line}\n" for line in lines))


def step(number, loss="1.0"):
    return f'{{"event": "step", "step": {number}, "loss": {loss}, "learning_rate": 0.1}}'


class TestPoints:
    def test_are_thinned_but_keep_the_last(self, folder):
        report(folder, *map(step, range(1, 101)))
        points = folder.points(most=10)
        assert [point[0] for point in points] == [1, 11, 21, 31, 41, 51, 61, 71, 81, 100]

    def test_leave_out_what_is_no_number_or_half_a_line(self, folder):
        report(folder, step(1), step(2, "NaN"), '{"event": "evaluation", "loss": 3}', "[]", '{"event": "st')
        assert folder.points(most=10) == [(1, 1.0, 0.1)]

    def test_are_none_before_the_first(self, folder):
        assert folder.points(most=10) == []


class TestPointsOfLongMetrics:
    """Read at as many places as there are points, whatever lies between."""

    @pytest.fixture
    def folder(self, folder, monkeypatch):
        monkeypatch.setattr(run_files, "METRICS_WHOLE_BYTES", 0)
        return folder

    def test_are_evenly_apart_from_the_first_to_the_last(self, folder):
        report(folder, *(step(f"{number:04}".lstrip("0")) for number in range(1_000, 3_001)))
        points = folder.points(most=11)
        assert [point[0] for point in points] == [1000, *range(1201, 2900, 200), 3000]

    def test_are_in_order_and_no_more_than_asked_for_wherever_other_events_lie(self, folder):
        evaluation = f'{{"event": "evaluation", "loss": 3, "categories": "{"x" * 900}"}}'
        report(folder, *(line for number in range(1, 301) for line in (step(number), evaluation)))
        steps = [point[0] for point in folder.points(most=60)]
        assert (steps[0], steps[-1], len(steps)) == (1, 300, 60)
        assert steps == sorted(set(steps))

    def test_are_all_of_them_where_there_are_fewer(self, folder):
        report(folder, *map(step, range(1, 6)))
        assert [point[0] for point in folder.points(most=60)] == [1, 2, 3, 4, 5]

    def test_do_not_need_the_whole(self, folder, monkeypatch):
        monkeypatch.setattr(RunFolder, "events", lambda _folder: pytest.fail("the whole was read"))
        report(folder, *map(step, range(1, 2_001)))
        assert len(folder.points(most=50)) == 50


class TestTheLastEvent:
    def test_is_found_near_the_end(self, folder):
        report(folder, step(1), '{"event": "evaluation", "loss": 3}', step(2), '{"event": "st')
        assert (folder.last("step")["step"], folder.last("evaluation")["loss"]) == (2, 3)

    def test_is_nothing_before_the_first(self, folder):
        assert folder.last("step") == {}

    def test_is_not_looked_for_in_the_whole_of_a_long_file(self, folder):
        report(folder, '{"event": "evaluation", "loss": 3}', *map(step, range(1, 5_001)))
        assert (folder.last("step")["step"], folder.last("evaluation")) == (5_000, {})


class TestTheCheckpoint:
    @pytest.fixture
    def kept(self, folder):
        (folder.path / "checkpoints/step-00000050").mkdir(parents=True)
        return folder

    def test_is_the_one_that_a_resumed_run_goes_on_from(self, kept):
        report(kept, '{"event": "checkpoint", "step": 50}', step(51))
        assert kept.checkpoint_step() == 50

    def test_that_was_gone_on_from_already_still_stands(self, kept):
        report(kept, step(50), '{"event": "resumed", "step": 50}', step(51))
        assert kept.checkpoint_step() == 50

    def test_that_is_being_written_is_none(self, folder):
        (folder.path / "checkpoints/.new-step-00000050").mkdir(parents=True)
        assert folder.checkpoint_step() is None

    def test_that_somebody_removed_is_none(self, folder):
        report(folder, '{"event": "checkpoint", "step": 50}')
        assert folder.checkpoint_step() is None


class TestStatus:
    @pytest.mark.parametrize("text", ["", "{", "[]", "\ud800"])
    def test_is_empty_where_it_cannot_be_read(self, folder, text):
        (folder.path / "status.json").write_text(text, errors="surrogatepass")
        assert folder.status() == {}


class TestLogTail:
    def test_is_the_end_whatever_bytes_there_are(self, folder):
        folder.log.write_bytes(b"one\ntwo\n\xff three\n")
        assert folder.log_tail(2) == "two\n\ufffd three"

    def test_is_nothing_before_there_is_one(self, folder):
        assert folder.log_tail(2) == ""
