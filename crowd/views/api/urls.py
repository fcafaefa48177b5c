"""The API's addresses for the contest, writing and review."""

from django.urls import path

from crowd.views.api import contest, grant, review, rights, submission

urlpatterns = [
    path("grant/", grant.grant, name="grant"),
    path("contest/", contest.contest, name="contest"),
    path("contest/leaderboard/", contest.leaderboard, name="leaderboard"),
    path("submissions/", submission.submissions, name="submissions"),
    path("submissions/<uuid:public_id>/", submission.submission, name="submission"),
    path("submissions/<uuid:public_id>/withdraw/", submission.withdraw, name="withdraw"),
    path("similar/", submission.similar, name="similar"),
    path("me/data/", rights.data, name="my-data"),
    path("me/records/", rights.records, name="my-records"),
    path("me/withdraw/", rights.withdraw, name="withdraw-all"),
    path("me/leave/", rights.leave, name="leave"),
    path("reviews/claim/", review.claim, name="claim"),
    path("reviews/<uuid:claim_id>/decide/", review.decide, name="decide"),
]
