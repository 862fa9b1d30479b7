"""What all sections of `mdorch.toml` have in common, and the section that says whom to tell."""

from __future__ import annotations

from typing import Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from mdorch.config.values import Argv, Duration, Span, Url, Variable

Occasion = Literal["question", "review", "blocked", "failed", "lost", "conflict", "budget", "held", "done"]


class Section(BaseModel):
    """A table of the file: unknown keys are errors, and nothing is converted silently."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Notify(Section):
    """Whom to tell, and how, that something needs a person. Nobody, unless a way is named."""

    desktop: bool = Field(
        default=False, examples=[True], description="By notify-send, where this machine has it."
    )
    command: Argv | None = Field(
        default=None,
        examples=[["./tell-me"]],
        description="A program that gets each notice as JSON on standard input.",
    )
    webhook: Url | None = Field(
        default=None,
        examples=["https://example.org/hook"],
        description="An address that each notice is posted to as JSON.",
    )
    webhook_env: Variable | None = Field(
        default=None,
        examples=["MDORCH_WEBHOOK"],
        description="The environment variable that holds such an address: most are secrets.",
    )
    on: list[Occasion] = Field(
        default=list(get_args(Occasion)), examples=[["failed", "done"]], description="What is told."
    )
    gather: Duration = Field(
        default=10.0,
        examples=["10s"],
        description="What happens within this time goes into one notice; what is over by then, into none.",
    )
    every: Span = Field(
        default=60.0,
        examples=["1m"],
        description="The least time between two notices; it grows with each one that the last hour had.",
    )

    @model_validator(mode="after")
    def _one_address(self) -> Self:
        if self.webhook is not None and self.webhook_env is not None:
            raise ValueError("has both webhook and webhook_env; keep one")
        return self
