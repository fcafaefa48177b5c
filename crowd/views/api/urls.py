"""The API's addresses for writing and review."""

urlpatterns: list = []
