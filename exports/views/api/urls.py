"""The API's addresses for releases and runs."""

urlpatterns: list = []
