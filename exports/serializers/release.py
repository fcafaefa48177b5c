"""Releases, as the API shows them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from exports.domain.manifest import NAME, File
from exports.domain.release import Profile, State
from exports.domain.signature import NAME as SIGNATURE
from exports.domain.tombstone import Since
from exports.models import Release, Signature
from exports.services import signing


class ReleaseLineSerializer(serializers.Serializer[Release]):
    """One line of the list."""

    version = serializers.CharField()
    state = serializers.ChoiceField(choices=[(state.value, state.name) for state in State])
    profile = serializers.ChoiceField(choices=[profile.value for profile in Profile])
    licence = serializers.CharField(
        help_text="An SPDX id, or `other` where each record stands under its own."
    )
    records = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    published_at = serializers.DateTimeField(allow_null=True)

    def get_records(self, release: Release) -> int:
        return int(release.counts.get("records", 0))


class ReleaseFileSerializer(serializers.Serializer[File]):
    """One file of a release's folder."""

    path = serializers.CharField()
    sha256 = serializers.CharField()
    bytes = serializers.IntegerField()
    url = serializers.SerializerMethodField()

    def get_url(self, file: File) -> str:
        where = {"version": self.context["version"], "path": file.path}
        return reverse("api:release-file", kwargs=where, request=self.context["request"])


class ProblemOfRecordSerializer(serializers.Serializer[dict[str, Any]]):
    """Why a record kept the cut from succeeding; without an id where it was not a record's fault."""

    id = serializers.CharField()
    rule = serializers.CharField()
    reason = serializers.CharField()
    source = serializers.CharField(  # type: ignore[assignment]  # DRF takes declared fields off the class
        default="", help_text="The dataset it came with, or `contributed`."
    )
    research = serializers.BooleanField(
        default=False, help_text="Whether the profile `research` would take it all the same."
    )


class SinceSerializer(serializers.Serializer[Since]):
    """How many of a release's records stand no longer as they were released."""

    withdrawn = serializers.IntegerField()
    corrected = serializers.IntegerField()


class SignatureSerializer(serializers.Serializer[Signature]):
    """Which key has signed a release; whose it is, only its holder can tell."""

    fingerprint = serializers.CharField()
    created_at = serializers.DateTimeField()
    url = serializers.SerializerMethodField()

    def get_url(self, signature: Signature) -> str:
        where = {"version": signature.release.version, "path": SIGNATURE}
        return reverse("api:release-file", kwargs=where, request=self.context["request"])


class ReleaseSerializer(ReleaseLineSerializer):
    """One release: its manifest, and for admins why a cut was refused."""

    parent = serializers.SerializerMethodField()  # type: ignore[assignment]  # DRF takes declared fields off the class
    exporter = serializers.SerializerMethodField()
    counts = serializers.DictField()
    manifest_sha256 = serializers.CharField()
    manifest_url = serializers.SerializerMethodField()
    signature = serializers.SerializerMethodField(help_text="Null: nobody has signed it.")
    files = serializers.SerializerMethodField()
    problems = ProblemOfRecordSerializer(many=True)
    since = serializers.SerializerMethodField()
    newer = serializers.SerializerMethodField(
        help_text="The newest release of its profile, where this is not it."
    )

    @extend_schema_field(SinceSerializer)
    def get_since(self, release: Release) -> dict[str, int]:
        return dict(SinceSerializer(self.context["since"]).data)

    def get_newer(self, release: Release) -> str | None:
        newer = self.context["newer"]
        return str(newer.version) if newer else None

    def get_parent(self, release: Release) -> str | None:
        return release.parent.version if release.parent else None

    def get_exporter(self, release: Release) -> str:
        manifest = self.context["manifest"]
        return str(manifest.exporter) if manifest else ""

    def get_manifest_url(self, release: Release) -> str:
        where = {"version": release.version, "path": NAME}
        return reverse("api:release-file", kwargs=where, request=self.context["request"])

    @extend_schema_field(SignatureSerializer(allow_null=True))
    def get_signature(self, release: Release) -> dict[str, Any] | None:
        signed = signing.current(release)
        return dict(SignatureSerializer(signed, context=self.context).data) if signed else None

    @extend_schema_field(ReleaseFileSerializer(many=True))
    def get_files(self, release: Release) -> list[dict[str, Any]]:
        manifest = self.context["manifest"]
        context = {**self.context, "version": release.version}
        files = manifest.files if manifest else ()
        return [dict(ReleaseFileSerializer(file, context=context).data) for file in files]
