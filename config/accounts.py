"""The doors of sign-in. Of allauth's, only those that a contest needs.

No self sign-up, no change of address and no reset by mail: an account and its password come from an admin or from the
company's directory, so nobody can take a colleague's address and no link that opens an account is ever written anywhere.
"""

from allauth.account import views
from allauth.socialaccount.views import login_cancelled
from django.urls import path
from django.views.generic import RedirectView

from config import single_sign_on

urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("signup/", views.signup, name="account_signup"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", views.password_change, name="account_change_password"),
    # Where allauth sends who has no password to change: they come in through the directory, and get no other way in here.
    path("password/set/", RedirectView.as_view(pattern_name="crowd:contest"), name="account_set_password"),
    path("oidc/<slug:provider_id>/login/", single_sign_on.login, name="openid_connect_login"),
    path("oidc/<slug:provider_id>/login/callback/", single_sign_on.callback, name="openid_connect_callback"),
    path("oidc/cancelled/", login_cancelled, name="socialaccount_login_cancelled"),
    # Where allauth would ask for what the directory did not say: it is not asked of people here.
    path("oidc/again/", RedirectView.as_view(pattern_name="account_login"), name="socialaccount_signup"),
]
