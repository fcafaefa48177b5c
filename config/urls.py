"""Every door of the site: pages, the API, sign-in, the admin site and the two health questions."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from config.health import healthz, readyz
from crowd.views.api.nothing import nothing_here

# Django's own sign-in form there counts no wrong passwords; the site's does.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

api = [
    path("", include("crowd.views.api.urls")),
    path("", include("exports.views.api.urls")),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api:schema"), name="docs"),
    re_path("", nothing_here),
]

urlpatterns = [
    path("", include("crowd.urls")),
    path("", include("exports.urls")),
    path("api/v1/", include((api, "api"))),
    path("accounts/", include("config.accounts")),
    path("admin/", admin.site.urls),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
]

handler500 = "config.errors.failed"
