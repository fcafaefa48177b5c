"""The pages of releases, runs and models."""

app_name = "exports"

urlpatterns: list = []
