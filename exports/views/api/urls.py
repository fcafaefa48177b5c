"""The API's addresses for releases, runs, models and lineages."""

from django.urls import path

from exports.views.api import lineage, models, releases, runs

urlpatterns = [
    path("lineage/", lineage.lineage, name="lineage"),
    path("lineage/prov/", lineage.provenance, name="lineage-prov"),
    path("models/", models.models, name="models"),
    path("models/<uuid:public_id>/", models.model, name="model"),
    path("releases/", releases.releases, name="releases"),
    path("releases/<str:version>/", releases.release, name="release"),
    path("releases/<str:version>/files/<path:path>", releases.release_file, name="release-file"),
    path("runs/", runs.start, name="runs"),
    path("runs/<uuid:public_id>/", runs.run, name="run"),
    path("runs/<uuid:public_id>/cancel/", runs.cancel, name="cancel-run"),
    path("runs/<uuid:public_id>/resume/", runs.resume, name="resume-run"),
]
