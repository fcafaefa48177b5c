"""Category: what kind of task a pair is. A category is data; a contest switches it on and gives it a target."""

from typing import ClassVar

from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from crowd.domain.categories import CategoryRule, ContextRule
from crowd.domain.points import DEFAULT_POINTS
from crowd.models.contest import Contest


class CategoryQuerySet(models.QuerySet["Category"]):
    """The categories' vocabulary."""

    def named(self, key: str) -> "Category | None":
        """The category of this key."""
        # By hand, as in `queries.entry`: every submission asks it.
        columns = [field.attname for field in self.model._meta.concrete_fields]  # noqa: SLF001 -- Django's documented interface
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(columns)} FROM crowd_category WHERE key = %s", [key])  # noqa: S608 -- names of ours
            row = cursor.fetchone()
        return None if row is None else self.model.from_db(self.db, columns, row)


class Category(models.Model):
    """One task category, with what it asks of the writer."""

    key = models.SlugField(
        max_length=60, unique=True, help_text=_("The value in the released data, such as closed_qa.")
    )
    name = models.CharField(max_length=80)
    asks = models.CharField(max_length=300, help_text=_("One sentence: what the contributor does."))
    tips = models.TextField(blank=True)
    example_instruction = models.TextField(blank=True)
    example_context = models.TextField(blank=True)
    example_response = models.TextField(blank=True)
    context_rule = models.CharField(
        max_length=10,
        choices=[(rule.value, rule.value) for rule in ContextRule],
        default=ContextRule.FORBIDDEN,
    )
    position = models.PositiveSmallIntegerField(default=100)

    objects = CategoryQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["position", "key"]
        verbose_name_plural = _("categories")

    def __str__(self) -> str:
        return self.name

    @property
    def needs_passage(self) -> bool:
        return self.context_rule == ContextRule.REQUIRED

    @property
    def takes_passage(self) -> bool:
        return self.context_rule != ContextRule.FORBIDDEN

    @property
    def rule(self) -> CategoryRule:
        """The contract of this category, as the checks want it."""
        return CategoryRule(key=self.key, context=ContextRule(self.context_rule))


class ContestCategory(models.Model):
    """A category within a contest: whether it is on, how many pairs are wanted, what one earns."""

    contest = models.ForeignKey(Contest, on_delete=models.CASCADE, related_name="categories")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="contests")
    is_on = models.BooleanField(default=True)
    target = models.PositiveIntegerField(default=1_000)
    points = models.PositiveIntegerField(default=DEFAULT_POINTS)

    class Meta:
        ordering: ClassVar = ["category__position", "category__key"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["contest", "category"], name="category_once_per_contest")
        ]

    def __str__(self) -> str:
        return f"{self.category} in {self.contest}"
