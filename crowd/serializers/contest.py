"""The contest, its leaderboard and the licence grant, as the API shows them."""

from typing import Any

from rest_framework import serializers

from crowd.models import Contest
from crowd.queries import PERIODS, Standing
from crowd.serializers.strict import CategoryField, OneOfField, StrictSerializer, TextField


class GrantSerializer(serializers.Serializer[Any]):
    """The wording that is asked for, and whether this person accepted it."""

    version = serializers.CharField()
    text = serializers.CharField()
    accepted = serializers.BooleanField()


class AcceptSerializer(StrictSerializer):
    """Which wording is accepted."""

    version = TextField(max_length=20)


class CategoryProgressSerializer(serializers.Serializer[Any]):
    """A category of the contest and how far it is."""

    key = serializers.CharField()
    name = serializers.CharField()
    asks = serializers.CharField()
    needs_passage = serializers.BooleanField()
    approved = serializers.IntegerField()
    in_progress = serializers.IntegerField()
    target = serializers.IntegerField()
    points = serializers.IntegerField(help_text="What one approved pair earns.")


class ContestSerializer(serializers.Serializer[Any]):
    """The contest that people see."""

    name = serializers.CharField()
    state = serializers.ChoiceField(choices=Contest.State.choices)
    description = serializers.CharField()
    rules = serializers.CharField()
    time_zone = serializers.CharField(help_text="The IANA zone that decides its days, weeks and deadline.")
    starts_at = serializers.DateTimeField(allow_null=True)
    ends_at = serializers.DateTimeField(allow_null=True)
    categories = CategoryProgressSerializer(many=True)


class LeaderboardQuery(StrictSerializer):
    """What a leaderboard is asked for."""

    period = OneOfField(choices=PERIODS, default="all")
    category = CategoryField(required=False)


class StandingSerializer(serializers.Serializer[Any]):
    """A line of the leaderboard; equal points share a rank."""

    rank = serializers.IntegerField()
    name = serializers.CharField(source="person.get_short_name")
    points = serializers.IntegerField()
    approved = serializers.IntegerField()
    you = serializers.SerializerMethodField(help_text="Whether this line is your own.")

    def get_you(self, standing: Standing) -> bool:
        return bool(standing.person == self.context["person"])


class LeaderboardSerializer(serializers.Serializer[Any]):
    """Everybody with points in the period, the highest first."""

    period = serializers.ChoiceField(choices=PERIODS)
    category = serializers.CharField(allow_null=True)
    since = serializers.DateTimeField(
        allow_null=True, help_text="When the day or week began, in the contest's zone."
    )
    standings = StandingSerializer(many=True)
