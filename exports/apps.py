"""The exports app: approved submissions become a release, a release becomes a model."""

from django.apps import AppConfig


class ExportsConfig(AppConfig):
    """Registers who does the jobs of this app, and its part in a person's rights."""

    name = "exports"
    verbose_name = "Exports"

    def ready(self) -> None:
        # Handlers read models, which exist only once every app is loaded.
        from crowd.services import jobs, rights_parts
        from exports import queries
        from exports.services import (
            answers,
            chat,
            finetune,
            judging,
            push_job,
            pushes,
            release_job,
            rights,
            run_queue,
            samples,
        )

        jobs.register(
            queries.CUT_JOB,
            release_job.handle,
            lease=release_job.LEASE,
            limit=release_job.LIMIT,
            on_quarantine=release_job.give_up,
        )
        jobs.register(
            pushes.JOB,
            push_job.handle,
            lease=push_job.LEASE,
            limit=push_job.LIMIT,
            on_quarantine=push_job.give_up,
        )
        # These watch over their own child and end it in time.
        jobs.register(
            run_queue.RUN_JOB,
            finetune.handle,
            lease=run_queue.LEASE,
            limit=None,
            on_quarantine=finetune.on_quarantine,
        )
        jobs.register(
            chat.ANSWER_JOB, chat.handle, lease=chat.LEASE, limit=None, on_quarantine=chat.on_quarantine
        )
        jobs.register(samples.SAMPLES_JOB, samples.handle, lease=answers.LEASE, limit=None)
        jobs.register(
            judging.COMPARISON_JOB,
            judging.handle,
            lease=answers.LEASE,
            limit=None,
            on_quarantine=judging.on_quarantine,
        )
        rights_parts.register(self.name, rights.PART)
