"""What an independent evaluator of the sample found, and what the organisers said to it."""

from __future__ import annotations

from consult.demo.people import Cast
from consult.demo.sample_files import Timeline
from consult.evaluation.services import Written, answer_evaluation, publish_evaluation, save_evaluation


def add_evaluation(cast: Cast, timeline: Timeline) -> None:
    """Put the evaluation and its answer on the timeline."""
    entry = cast.sample.read("evaluation")

    def publish() -> None:
        here, evaluator = cast.consultation, cast.actor(entry["by"])
        draft = save_evaluation(Written(entry["texts"], signed=True, version=0), consultation=here, actor=evaluator)
        publish_evaluation(draft.version, consultation=here, actor=evaluator)

    def answer() -> None:
        answer_evaluation(1, entry["answer"]["texts"], consultation=cast.consultation, actor=cast.actor("organiser"))

    timeline.at(cast.sample.moment(entry["day"]), publish)
    timeline.at(cast.sample.moment(entry["answer"]["day"]), answer)
