"""The pages of the contest, of writing and of review."""

app_name = "crowd"

urlpatterns: list = []
