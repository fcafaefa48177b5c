"""The contest and its leaderboard over the API."""

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from crowd import queries
from crowd.models import Contest
from crowd.serializers.contest import ContestSerializer, LeaderboardQuery, LeaderboardSerializer
from crowd.views.api.schema import answers


@extend_schema(
    operation_id="read_contest",
    summary="The contest with its categories",
    responses=answers({200: ContestSerializer}, 404),
)
@api_view(["GET", "HEAD"])
def contest(request: Request) -> Response:
    """The open contest, or else the newest that has begun, with what each category asks and how far it is."""
    shown = _shown()
    fields = ("name", "state", "description", "rules", "time_zone", "starts_at", "ends_at")
    body = {field: getattr(shown, field) for field in fields} | {"categories": queries.progress(shown)}
    return Response(ContestSerializer(body).data)


@extend_schema(
    operation_id="read_leaderboard",
    summary="The leaderboard",
    parameters=[LeaderboardQuery],
    responses=answers({200: LeaderboardSerializer}, 400, 404),
)
@api_view(["GET", "HEAD"])
def leaderboard(request: Request) -> Response:
    """Everybody with points in the period; days and weeks are the contest's own."""
    asked = LeaderboardQuery(data=request.query_params.dict())
    asked.is_valid(raise_exception=True)
    shown, now = _shown(), timezone.now()
    period, category = asked.validated_data["period"], asked.validated_data.get("category")
    key = category.key if category else None
    standings = queries.leaderboard(shown, now=now, period=period, category=key)
    since = queries.period_start(shown, now=now, period=period)
    body = {"period": period, "category": key, "since": since, "standings": standings}
    return Response(LeaderboardSerializer(body, context={"person": request.user}).data)


def _shown() -> Contest:
    shown = queries.contest_to_show()
    if shown is None:
        raise Http404
    return shown
