"""The crowd app: people write pairs, machines check them, people review them."""

from django.apps import AppConfig


class CrowdConfig(AppConfig):
    """Registers who does the jobs of this app, and its part in a person's rights."""

    name = "crowd"
    verbose_name = "Crowd"

    def ready(self) -> None:
        # Handlers read models, which exist only once every app is loaded.
        from crowd.services import checks, jobs, rebuilds, recheck, rights_files, rights_parts, wiki

        jobs.register(checks.JOB, checks.handle, lease=checks.LEASE, limit=checks.LIMIT)
        jobs.register(rebuilds.JOB, rebuilds.handle, lease=rebuilds.LEASE, limit=rebuilds.LIMIT)
        jobs.register(
            recheck.JOB,
            recheck.handle,
            lease=recheck.LEASE,
            limit=recheck.LIMIT,
            on_quarantine=recheck.give_up,
        )
        jobs.register(wiki.JOB, wiki.handle, lease=wiki.LEASE, limit=wiki.LIMIT)
        rights_parts.register(self.name, rights_files.PART)
