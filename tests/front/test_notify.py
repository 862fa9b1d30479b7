"""`mdorch notify`, and what approves what it names."""

from __future__ import annotations

import json

import pytest

from mdorch.desk.answers import NotifyAnswer
from tests.front.stage import ROWS, Mdorch, Stage
from tests.world.hook import hook


def test_test_sends_one_once_the_address_is_approved(stage: Stage, mdorch: Mdorch) -> None:
    with hook(200, 404) as there:
        stage.write(ROWS, f'[notify]\nwebhook = "{there.address}"\n')
        refused = mdorch("notify", "--test")
        assert (refused.code, there.got) == (3, [])
        assert "mdorch trust" in refused.err
        shown = mdorch("trust", "--yes").out
        assert there.address.removesuffix("/secret-path") in shown
        assert "secret-path" not in shown
        assert "none was sent yet" in mdorch("health").out
        said = mdorch("notify", "--test")
        assert (said.code, there.got[0]["news"][0]["kind"]) == (0, "test")
        assert "webhook  took it" in said.out
        assert json.loads(mdorch("notify", "--json").out)["last"]["failed"] == {}
        again = mdorch("notify", "--test", "--json")
        answer = json.loads(again.out)
        assert (again.code, answer["ways"]) == (3, ["webhook"])
        assert "404" in answer["last"]["failed"]["webhook"]
        NotifyAnswer.model_validate_json(again.out, strict=True)
        assert "answers 404" in mdorch("notify").out
        check = json.loads(mdorch("health", "--json").out)["checks"]["notices"]
        assert (check["level"], check["command"]) == ("warning", "mdorch notify --test")


def test_an_address_in_a_variable(stage: Stage, mdorch: Mdorch, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.write(ROWS, '[notify]\nwebhook_env = "HOOK"\n')
    mdorch("trust", "--yes")
    assert "$HOOK is not set" in mdorch("notify", "--test").out
    with hook() as there:
        monkeypatch.setenv("HOOK", there.address)
        assert mdorch("notify", "--test").code == 0
        assert len(there.got) == 1


def test_nobody_is_told_unless_somebody_asks_for_it(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(ROWS)
    assert mdorch("notify").out.startswith("Nobody is told.")
    answer = json.loads(mdorch("notify", "--json").out)
    assert (answer["ways"], answer["last"]) == ([], None)
    assert mdorch("notify", "--test").code == 3


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            'webhook = "file:///etc/passwd"',
            'mdorch.toml:2:1: notify.webhook: "file:///etc/passwd" is no http or https address',
        ),
        ('webhook = "https://"', 'notify.webhook: "https://" is no http'),
        ('webhook = "http://a/"\nwebhook_env = "B"', "has both webhook and webhook_env"),
        ('webhook_env = "$B"', "is no name of an environment variable"),
        ('command = "tell me"', "is one string; a list of arguments is needed"),
        ('on = ["faild"]', "mdorch.toml:2"),
        ('every = "0s"', "is not a duration above 0"),
        ("destop = true", "desktop"),
    ],
)
def test_a_bad_section_is_one_line(stage: Stage, mdorch: Mdorch, line: str, told: str) -> None:
    stage.write(ROWS, f"[notify]\n{line}\n")
    said = mdorch("notify")
    assert said.code == 2
    assert told in said.err
