"""The doors of sign-in. Of allauth's, only those that a contest needs.

No self sign-up, no change of address and no reset by mail: an account and its password come from an admin or from the
company's directory, so nobody can take a colleague's address and no link that opens an account is ever written anywhere.
"""

from allauth.account import views
from allauth.urls import build_provider_urlpatterns
from django.urls import include, path

urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("signup/", views.signup, name="account_signup"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("3rdparty/", include("allauth.socialaccount.urls")),
    *build_provider_urlpatterns(),
]
