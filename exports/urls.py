"""The pages of releases, runs, models, their judging and lineages."""

from django.urls import path

from exports.views import chat, figures, judging, lineage, models, pushes, releases, runs, signatures

app_name = "exports"

urlpatterns = [
    path("lineage/", lineage.lineage_page, name="lineage"),
    path("releases/", releases.release_list, name="releases"),
    path("releases/<str:version>/", releases.release_page, name="release"),
    path("releases/<str:version>/cancel/", releases.release_cancel, name="release-cancel"),
    path("releases/<str:version>/publish/", releases.release_publish, name="release-publish"),
    path("releases/<str:version>/sign/", signatures.release_sign, name="release-sign"),
    path("releases/<str:version>/push/", pushes.release_push, name="release-push"),
    path("releases/<str:version>/push/<uuid:public_id>/", pushes.release_send, name="release-send"),
    path("releases/<str:version>/download/", releases.release_download, name="release-download"),
    path("releases/<str:version>/shapes/<str:name>.jsonl", releases.release_format, name="release-format"),
    path("releases/<str:version>/pictures/<str:name>.svg", figures.release_picture, name="release-picture"),
    path("releases/<str:version>/files/<path:path>", releases.release_file, name="release-file"),
    path("runs/", runs.run_list, name="runs"),
    path("runs/new/", runs.run_new, name="run-new"),
    path("runs/<uuid:public_id>/", runs.run_page, name="run"),
    path("runs/<uuid:public_id>/metrics/", runs.run_metrics, name="run-metrics"),
    path("runs/<uuid:public_id>/cancel/", runs.run_cancel, name="run-cancel"),
    path("runs/<uuid:public_id>/resume/", runs.run_resume, name="run-resume"),
    path("runs/<uuid:public_id>/model/", models.model_page, name="model"),
    path("runs/<uuid:public_id>/model/README.md", models.model_card_file, name="model-card"),
    path("runs/<uuid:public_id>/model/samples/", models.model_samples, name="model-samples"),
    path("runs/<uuid:public_id>/model/compare/", judging.comparison_start, name="model-compare"),
    path("runs/<uuid:public_id>/model/push/", pushes.model_push, name="model-push"),
    path("runs/<uuid:public_id>/model/push/<uuid:push_id>/", pushes.model_send, name="model-send"),
    path("runs/<uuid:public_id>/chat/", chat.chat_page, name="chat"),
    path("runs/<uuid:public_id>/chat/<uuid:question_id>/", chat.chat_answer, name="chat-answer"),
    path("judging/", judging.comparison_list, name="judging"),
    path("judging/<uuid:public_id>/", judging.comparison, name="comparison"),
    path("judging/<uuid:public_id>/close/", judging.comparison_close, name="comparison-close"),
]
