"""The pages of releases: the list, where an admin cuts one; one release; its files. Published ones are everybody's."""

import json
from io import BytesIO
from typing import Any, BinaryIO

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crowd.domain.licences import NAMES, URLS
from crowd.permissions import require_admin
from crowd.services import workers
from crowd.services.errors import Conflict
from exports import queries
from exports.domain import quality_table
from exports.domain.card import choices_in_words, shares
from exports.domain.manifest import CARD, DATA, NAME, Manifest
from exports.domain.pictures import WIDTH, pictures
from exports.domain.quality import PATH
from exports.domain.refusal import fault, ways_out
from exports.domain.release import Choice, IllegalMove, State, is_version, suggest_version
from exports.domain.signature import NAME as SIGNATURE
from exports.forms.release import CutForm
from exports.forms.signature import SignatureForm
from exports.models import Release
from exports.permissions import as_person, release_for
from exports.services import release as releases
from exports.services import release_folder, release_formats, signing, tombstones
from exports.services.release_zip import zipped
from exports.views import pushes
from exports.views.requests import PageRequest

PAGE_SIZE = 25
PROBLEMS_PER_PAGE = 20


@require_http_methods(["GET", "HEAD", "POST"])
def release_list(request: PageRequest) -> HttpResponse:
    """What may be seen, the newest first; an admin also cuts here."""
    if request.method == "POST":
        return _cut(request)
    return _list(request, None)


@login_required
def _cut(request: PageRequest) -> HttpResponse:
    require_admin(request.user)
    form = CutForm(request.POST)
    if form.is_valid():
        try:
            release = releases.cut(
                form.cleaned_data["version"], form.choice, person=request.user, now=timezone.now()
            )
        except Conflict as conflict:
            form.add_error(
                None if isinstance(conflict, releases.NothingToRelease) else "version", str(conflict)
            )
        else:
            return redirect("exports:release", release.version)
    return _list(request, form, status=400)


def _list(request: HttpRequest, form: CutForm | None, *, status: int = 200) -> HttpResponse:
    person = as_person(request.user)
    if form is None and person is not None and person.is_admin:
        form = CutForm(initial=_beforehand(request))
    page = Paginator(queries.releases_for(person), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "exports/release/list.html", {"page": page, "form": form}, status=status)


def _beforehand(request: HttpRequest) -> dict[str, Any]:
    """What the form for a cut holds at first: the next version, or with `?like=` what a refused cut was asked for.

    `?profile=`, `?licence=` and `?without_sources=` then say what shall be otherwise.
    """
    like = request.GET.get("like", "")
    failed = Release.objects.filter(version=like, state=State.FAILED)
    earlier = failed.first() if is_version(like) else None
    if earlier is None:
        taken = Release.objects.ready().values_list("version", flat=True)
        return {"version": suggest_version(taken)}
    choice = Choice.from_options(earlier.options)
    return {
        "version": earlier.version,
        "profile": request.GET.get("profile", choice.profile),
        "licence": request.GET.get("licence", choice.licence),
        "categories": list(choice.categories),
        "without_sources": [*choice.without_sources, *request.GET.getlist("without_sources")],
    }


@require_safe
def release_page(request: PageRequest, version: str) -> HttpResponse:
    """One release; while it is being cut, the page asks again for the part that changes."""
    release = release_for(request.user, version)
    if not request.htmx:
        return render(request, "exports/release/page.html", _shown(request, release))
    response = render(request, "exports/release/_progress.html", _progress(release))
    if release.state != State.CUTTING:
        response["HX-Refresh"] = "true"
    return response


@require_POST
@login_required
def release_cancel(request: PageRequest, version: str) -> HttpResponse:
    """Stop its being cut; what was written of it goes."""
    require_admin(request.user)
    release = release_for(request.user, version)
    try:
        releases.cancel(release, person=request.user, now=timezone.now())
    except (Conflict, IllegalMove) as reason:
        messages.warning(request, str(reason))
    return redirect("exports:release", version)


@require_POST
@login_required
def release_publish(request: PageRequest, version: str) -> HttpResponse:
    """Make it everybody's."""
    require_admin(request.user)
    release = release_for(request.user, version)
    try:
        releases.publish(release, person=request.user, now=timezone.now())
    except (Conflict, IllegalMove) as reason:
        messages.warning(request, str(reason))
    else:
        messages.success(request, _("Release %(version)s is published.") % {"version": version})
    return redirect("exports:release", version)


@require_safe
def release_file(request: HttpRequest, version: str, path: str) -> FileResponse:
    """One file of the folder, as it is. Only what the manifest lists can be asked for."""
    return file_of(release_for(request.user, version), path)


@require_safe
def release_download(request: HttpRequest, version: str) -> HttpResponseBase:
    """The whole folder as one zip."""
    release = release_for(request.user, version)
    name = f"flock-{release.version}"
    paths = _listed(release)
    signed = signing.current(release)
    beside = {SIGNATURE: signed.content} if signed else {}
    content = zipped(release_folder.place(release.version), paths, name=name, beside=beside)
    headers = {"Content-Disposition": f'attachment; filename="{name}.zip"'}
    return StreamingHttpResponse(content, content_type="application/zip", headers=headers)


@require_safe
def release_format(request: HttpRequest, version: str, name: str) -> HttpResponseBase:
    """The records in another format: all, or with `?category=` one category's."""
    release = release_for(request.user, version)
    category = request.GET.get("category", "")
    if name not in release_formats.NAMES or DATA not in _listed(release):
        raise Http404
    if category and category not in release.counts["categories"]:
        raise Http404
    what = "-".join(filter(None, ("flock", release.version, name, category)))
    headers = {"Content-Disposition": f'attachment; filename="{what}.jsonl"'}
    content = release_formats.blocks(release, name, category=category)
    return StreamingHttpResponse(content, content_type="application/octet-stream", headers=headers)


def file_of(release: Release, path: str) -> FileResponse:
    """The answer that carries a listed file, or the signature; anything else is a 404."""
    if path == SIGNATURE:
        return _signature_of(release)
    if path not in _listed(release):
        raise Http404
    try:
        return _attached((release_folder.place(release.version) / path).open("rb"), path)
    except OSError:
        raise Http404 from None


def _signature_of(release: Release) -> FileResponse:
    signed = signing.current(release)
    if signed is None:
        raise Http404
    return _attached(BytesIO(signed.content), SIGNATURE)


def _attached(stream: BinaryIO, path: str) -> FileResponse:
    """Never shown by the browser as a page of this site: a text in it may be anybody's."""
    return FileResponse(
        stream, as_attachment=True, filename=path.rpartition("/")[2], content_type="application/octet-stream"
    )


def _listed(release: Release) -> list[str]:
    if release.state != State.READY:
        raise Http404
    try:
        manifest = release_folder.manifest_of(release)
    except release_folder.BrokenRelease:
        raise Http404 from None
    return [file.path for file in manifest.files] + [NAME]


def _shown(request: HttpRequest, release: Release) -> dict[str, Any]:
    problems = Paginator(release.problems, PROBLEMS_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        **_progress(release),
        "licence_name": NAMES.get(release.licence, release.licence),
        "licence_url": URLS.get(release.licence, ""),
        "choices": choices_in_words(Choice.from_options(release.options)),
        "problems": problems,
        "fault": fault(release.problems),
        "ways_out": ways_out(release.problems),
        # The form can leave out a source, not ask for certain ones alone, as the command can.
        "may_cut_again": _is_admin(request) and not release.options.get("sources"),
        "records_refused": len({problem["id"] for problem in release.problems if problem["id"]}),
        "signature": signing.current(release),
        "sign_form": SignatureForm() if _is_admin(request) else None,
        "push": pushes.shown(release, typed=request.GET.get("repo_id")) if _is_admin(request) else None,
    }
    if release.state != State.READY:
        return context
    return context | _contents(release) | _since(request, release)


def _is_admin(request: HttpRequest) -> bool:
    person = as_person(request.user)
    return person is not None and person.is_admin


def _contents(release: Release) -> dict[str, Any]:
    try:
        manifest = release_folder.manifest_of(release)
        card = (release_folder.place(release.version) / CARD).read_text(encoding="utf-8")
        quality = _quality(release, manifest)
    except (release_folder.BrokenRelease, OSError, ValueError) as damage:
        return {"damage": str(damage)}
    return {
        "categories": shares(release.counts["categories"]),
        "sources": shares(release.counts["sources"]),
        "quality": quality,
        "formats": release_formats.NAMES,
        "manifest": manifest,
        "card": card,
    }


def _quality(release: Release, manifest: Manifest) -> dict[str, Any] | None:
    """The figures as they were cut; a release of an early version has none. Raises OSError, and ValueError: no JSON."""
    if PATH not in {file.path for file in manifest.files}:
        return None
    told = json.loads((release_folder.place(release.version) / PATH).read_bytes())
    return {
        "rows": list(quality_table.rows(told)),
        "lengths": list(quality_table.lengths(told)),
        "pictures": list(pictures(release.counts["categories"], told)),
        "width": WIDTH,
    }


def _since(request: HttpRequest, release: Release) -> dict[str, Any]:
    """What became of it: which of its records stand no longer, and the release to take instead."""
    person = as_person(request.user)
    is_shown = release.parent_id and queries.releases_for(person).filter(pk=release.parent_id).exists()
    return {
        "mark": tombstones.in_words(tombstones.mark_of(release)),
        "newer": queries.newer_than(release, person),
        "parent_is_shown": is_shown,
    }


def _progress(release: Release) -> dict[str, Any]:
    if release.state != State.CUTTING:
        return {"release": release}
    return {
        "release": release,
        "job": queries.cut_job(release),
        "worker_is_missing": not workers.is_heard(now=timezone.now()),
    }
