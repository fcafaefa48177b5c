"""The pages of the contest, of writing and of review."""

from django.urls import path

from crowd.views import (
    check,
    contest,
    draft,
    grant,
    passage,
    review,
    rights,
    status,
    styleguide,
    submission,
)

app_name = "crowd"

urlpatterns = [
    path("", contest.contest, name="contest"),
    path("mine/", submission.mine, name="mine"),
    path("grant/", grant.grant, name="grant"),
    path("write/<slug:key>/", draft.write, name="write"),
    path("drafts/<uuid:public_id>/", draft.edit, name="draft"),
    path("drafts/<uuid:public_id>/autosave/", draft.autosave, name="autosave"),
    path("hints/", draft.hints, name="hints"),
    path("drafts/<uuid:public_id>/pick/", draft.pick, name="pick"),
    path("drafts/<uuid:public_id>/passage/", passage.passage, name="passage"),
    path("drafts/<uuid:public_id>/passage/take/", passage.take, name="take-passage"),
    path("drafts/<uuid:public_id>/send/", draft.send, name="send"),
    path("drafts/<uuid:public_id>/discard/", draft.discard, name="discard"),
    path("submissions/<uuid:public_id>/", submission.submission, name="submission"),
    path("submissions/<uuid:public_id>/progress/", submission.progress, name="progress"),
    path("submissions/<uuid:public_id>/withdraw/", submission.withdraw, name="withdraw"),
    path("submissions/<uuid:public_id>/revoke/", submission.revoke, name="revoke"),
    path("submissions/<uuid:public_id>/revise/", submission.revise, name="revise"),
    path("my-data/", rights.my_data, name="my-data"),
    path("my-data/download/", rights.download, name="my-data-download"),
    path("my-data/withdraw/", rights.withdraw_all, name="withdraw-all"),
    path("my-data/withdraw/<uuid:public_id>/", rights.withdraw_one, name="withdraw-one"),
    path("my-data/leave/", rights.leave, name="leave"),
    path("review/", review.queue, name="review"),
    path("review/next/", review.next_one, name="review-next"),
    path("review/<uuid:claim_id>/", review.claimed, name="claim"),
    path("review/<uuid:claim_id>/let-go/", review.let_go, name="let-go"),
    path("checks/", check.overview, name="checks"),
    path("checks/approved/", check.approved, name="checked-approved"),
    path("checks/<uuid:public_id>/", check.recheck, name="recheck"),
    path("checks/<uuid:public_id>/cancel/", check.cancel, name="recheck-cancel"),
    path("status/", status.status, name="status"),
    path("status/jobs/<int:job_id>/try-again/", status.try_again, name="try-again"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
]
