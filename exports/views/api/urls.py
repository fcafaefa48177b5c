"""The API's addresses for releases and runs."""

from django.urls import path

from exports.views.api import releases, runs

urlpatterns = [
    path("releases/", releases.releases, name="releases"),
    path("releases/<str:version>/", releases.release, name="release"),
    path("releases/<str:version>/files/<path:path>", releases.release_file, name="release-file"),
    path("runs/", runs.start, name="runs"),
    path("runs/<uuid:public_id>/", runs.run, name="run"),
    path("runs/<uuid:public_id>/cancel/", runs.cancel, name="cancel-run"),
]
