"""Reading `mdorch.toml`: what it means, how it complains, what is kept."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mdorch.board.policy import AgentRule, PagePolicy
from mdorch.config import detect
from mdorch.config.errors import USAGE, Trouble
from mdorch.config.load import find, load, page_named_in
from mdorch.config.settings import AgentSpec, Settings
from mdorch.frozen import replace
from mdorch.world.agents import Launch
from mdorch.world.agents.registry import NAMES, adapter

FULL = """\
page = "docs/BOARD.md"
policy = ["RULES.md"]
[run]
max_parallel = 3
timeout = "1h30m"
attempts = 4
settle = "250ms"
silence = "3m"
[limits]
Discovery = 2
"Phase 1" = 0
[budget]
launches_per_task = 7
launches_per_hour = 8
usd_per_run = 1
usd_per_day = 2.5
[upkeep]
completions = 7
archive = false
archive_after = "2h"
[gates]
review = ["*"]
[agents.default]
command = ["true", "-x"]
[agents."test-automator"]
cli = "codex"
timeout = 90
[agents.slow]
timeout = "2h"
strict = true
"""


@pytest.fixture
def toml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "mdorch.toml"


def read(path: Path, text: str) -> Settings:
    path.write_text(text, "utf-8")
    return load(path)


def complaint(path: Path, text: str) -> Trouble:
    with pytest.raises(Trouble) as caught:
        read(path, text)
    assert caught.value.exit_code == USAGE
    assert "\n" not in caught.value.message
    return caught.value


def spec(name: str, cli: str, timeout: float, budget: float = 5.0) -> AgentSpec:
    """A built-in adapter of which nothing else is said."""
    made = adapter(cli)
    command = tuple(made.argv(Launch(cli, budget=budget)))
    return AgentSpec(
        *(name, command, cli, timeout, True),
        resumes=made.resumes,
        priced=made.priced,
        mcp=made.takes_servers,
        stop_hook=made.takes_hooks,
    )


def test_nothing_is_the_defaults() -> None:
    assert load(None) == Settings()


def test_an_empty_file_says_nothing_but_where_it_is(toml: Path) -> None:
    assert read(toml, "") == Settings(source=toml)


def test_everything_that_can_be_said(toml: Path) -> None:
    settings = read(toml, FULL)
    assert settings == Settings(
        page="docs/BOARD.md",
        policy_files=("RULES.md",),
        policy_named=True,
        agents={
            "default": AgentSpec("default", ("true", "-x"), "", 5400.0, strict=False),
            "test-automator": spec("test-automator", "codex", 90.0),
            "slow": AgentSpec("slow", ("true", "-x"), "", 7200.0, strict=True),
        },
        max_parallel=3,
        timeout=5400.0,
        attempts=4,
        settle=0.25,
        silence=180.0,
        limits={"discovery": 2, "phase 1": 0},
        launches_per_task=7,
        launches_per_hour=8,
        usd_per_run=1.0,
        usd_per_day=2.5,
        review=("*",),
        completions=7,
        archive=False,
        archive_after=7200.0,
        source=toml,
    )
    assert settings.agent("nobody") == settings.agents["default"]
    assert settings.policy_paths(Path("/elsewhere/CLAUDE.md")) == (toml.parent / "RULES.md",)
    assert Settings().policy_paths(Path("/p/CLAUDE.md")) == (Path("/p/ORCHESTRATION_CONTROLLER.md"),)


def test_an_agent_that_says_only_some_things_takes_the_rest_from_the_default_one(toml: Path) -> None:
    text = """
    [agents]
    default = {cli = "claude", timeout = "7m"}
    same = {strict = false}
    own = {command = ["x"]}
    """
    agents = read(toml, text).agents
    assert agents["same"] == replace(spec("same", "claude", 420.0), strict=False)
    assert agents["own"] == AgentSpec("own", ("x",), "", 1800.0, strict=False)


def test_what_is_given_to_a_program_is_said_for_each_agent(toml: Path) -> None:
    text = """
    [agents]
    default = {cli = "claude", repository_mcp = true, stop_hook = false}
    bare = {mcp = false, repository_mcp = false}
    gem = {cli = "gemini", mcp = true}
    """
    agents = read(toml, text).agents
    said = {
        n: (a.mcp, a.repository_mcp, a.stop_hook, "--strict-mcp-config" in a.command)
        for n, a in agents.items()
    }
    assert said == {
        "default": (True, True, False, False),
        "bare": (False, False, False, True),
        "gem": (False, False, False, False),
    }
    complaint(toml, '[agents.default]\ncommand = ["claude"]\nstop_hook = true\n')


def test_the_plan_gets_the_rules_without_the_commands(toml: Path) -> None:
    page = PagePolicy(limits={"discovery": 9})
    policy = read(toml, FULL).policy(page)
    assert policy.page is page
    rule = policy.agents["test-automator"]
    assert rule == AgentRule("test-automator", 90.0, strict=True, program="codex", resumes=True)
    assert (policy.fix_tasks, policy.auto_fix) == (True, False)
    assert (policy.max_parallel, policy.attempts, policy.settle) == (3, 4, 0.25)
    assert (policy.launches_per_task, policy.launches_per_hour, policy.review) == (7, 8, ("*",))
    assert policy.limits == {"discovery": 2, "phase 1": 0}


@pytest.mark.parametrize(
    ("text", "place", "said", "hint"),
    [
        (
            "[run]\nmax_paralel = 3",
            "2:1",
            'unknown key "max_paralel" in [run]',
            'did you mean "max_parallel"?',
        ),
        ("\n  max_parallel = 3", "2:3", 'unknown key "max_parallel"', '"max_parallel" belongs in [run]'),
        ("timeuot = 1", "1:1", 'unknown key "timeuot"', 'did you mean "timeout" in [run]?'),
        ("[runn]\na = 1", "1:1", 'unknown key "runn"', 'did you mean "run"?'),
        ("zzz = 1", "1:1", 'unknown key "zzz"', "there is page, policy, run"),
        ('[agents."a b"]\ncommand = ["x"]\nstrickt = true', "3:1", 'in [agents."a b"]', '"strict"?'),
        ('[run]\ntimeout = "30x"', "2:1", 'run.timeout: "30x" is not a duration', 'timeout = "30m"'),
        ("[run]\ntimeout = 0", "2:1", "is not a duration above 0", 'timeout = "30m"'),
        ("[run]\nsettle = inf", "2:1", "is not a duration between 0 and a year", 'settle = "5s"'),
        ("[run]\nattempts = 2.0", "2:1", "run.attempts: 2.0 is not a whole number", "attempts = 2"),
        ("[run]\nattempts = true", "2:1", "is not a whole number", "attempts = 2"),
        ("[run]\nattempts = 0", "2:1", "run.attempts: 0 is below 1", "attempts = 2"),
        ("[budget]\nusd_per_day = nan", "2:1", "is not a number", "25.0"),
        ('run = "x"', "1:1", 'run: "x" is not a table', ""),
        ('agents.x = "claude"', "1:8", "is not a table", "[agents.x] command ="),
        ('[agents.x]\ncommand = "claude -p"', "2:1", "never a shell string", 'command = ["claude", "-p"]'),
        ("[agents.x]\ncommand = []", "2:1", "[] is empty", 'command = ["claude", "-p"]'),
        ('[agents.x]\ncommand = [""]', "2:1", "no program", "command ="),
        ('[agents.x]\ncommand = ["a\\u0000b"]', "2:1", "NUL", "command ="),
        ('[agents.x]\ncommand = ["a", 3]', "2:17", "command[1]: 3 is not text", "command ="),
        ('[agents.x]\ncommand = [\n  "a",\n  3,\n]', "4:3", "command[1]: 3 is not text", "command ="),
        ('[agents.x]\ncli = "codx"', "2:1", "is no built-in adapter", 'did you mean "codex"?'),
        ("[agents.x]\ncli = 7", "2:1", "is no built-in adapter", ""),
        ('[agents.x]\ncli = "codex"\ncommand = ["a"]', "1:1", "both command and cli", "command ="),
        ("[agents.x]\ntimeout = 5", "1:1", "neither command nor cli", "[agents.x] command ="),
        ('[agents." "]\ncli = "codex"', "1:1", "is not a name", ""),
        ("[limits]\na = 1\nA = 2", "1:1", "names one group twice", "discovery = 5"),
        ("[limits]\na = -1", "2:1", "is below 0", "a = 5"),
        ('[gates]\nreview = ["a", 3]', "2:16", "gates.review[1]: 3", "validation"),
        ('page = ""', "1:1", 'page: "" is empty', 'page = "CLAUDE.md"'),
        ("x = [", "1:6", "not TOML: invalid value", "in: x = ["),
        ("a = 1\na = 2", "2:6", "not TOML: cannot overwrite a value", "in: a = 2"),
        ("[run]\nfoo = 1\nattempts = 0", "2:1", 'unknown key "foo" in [run] (and 1 more)', ""),
    ],
)
def test_a_bad_file_is_one_clear_line(toml: Path, text: str, place: str, said: str, hint: str) -> None:
    trouble = complaint(toml, text)
    assert trouble.message.startswith(f"mdorch.toml:{place}: ")
    assert said in trouble.message
    assert hint in trouble.hint


def test_a_complaint_never_carries_control_characters(toml: Path) -> None:
    trouble = complaint(toml, '[agents.x]\ncli = "\\u001b[2J\\u009b\\u007f\\u0007"')
    assert trouble.message.isprintable()
    assert trouble.hint.isprintable()


def test_nested_too_deeply(toml: Path) -> None:
    assert "nested too deeply" in complaint(toml, "x = " + "[" * 20_000).message


def test_a_number_that_python_will_not_read(toml: Path) -> None:
    assert "not TOML" in complaint(toml, "[run]\nattempts = " + "9" * 5000).message


def test_not_utf8_names_the_line(toml: Path) -> None:
    toml.write_bytes(b'page = "a"\nx = "\xff"\n')
    with pytest.raises(Trouble, match=r"mdorch.toml:2:6: not UTF-8"):
        load(toml)


def test_a_byte_order_mark_and_windows_line_ends_are_fine(toml: Path) -> None:
    toml.write_bytes(b"\xef\xbb\xbf[run]\r\nattempts = 3\r\n")
    assert load(toml).attempts == 3
    toml.write_bytes(b"\xef\xbb\xbf[run]\r\nattemps = 3\r\n")
    with pytest.raises(Trouble, match=r"mdorch.toml:2:1:"):
        load(toml)


def test_a_directory_instead_of_a_file(toml: Path) -> None:
    toml.mkdir()
    with pytest.raises(Trouble, match="cannot be read"):
        load(toml)


def test_our_table_in_a_pyproject(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "pyproject.toml"
    path.write_text('[project]\nname = "x"\n[tool.mdorch.run]\nattempts = 3\n')
    assert find(tmp_path) == path
    assert load(path).attempts == 3
    path.write_text('[project]\nname = "x"\n[tool.mdorch]\npages = "x"\n')
    with pytest.raises(Trouble, match=r'pyproject.toml:4:1: unknown key "pages"'):
        load(path)
    path.write_text("tool.mdorch = 3\n")
    with pytest.raises(Trouble, match=r"tool.mdorch is not a table"):
        load(path)


def test_which_file_is_found(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    assert find(inner) is None
    (tmp_path / "pyproject.toml").write_text("[tool.mdorch]\n")
    assert find(inner) == tmp_path / "pyproject.toml"
    (tmp_path / "mdorch.toml").write_text("")
    assert find(inner) == tmp_path / "mdorch.toml"
    (tmp_path / "a" / "pyproject.toml").write_text('[project]\ndependencies = ["mdorch"]\n')
    assert find(inner / "CLAUDE.md") == tmp_path / "mdorch.toml"
    (tmp_path / "a" / "pyproject.toml").write_text("[tool.mdorch]\nbroken")
    assert find(inner) == tmp_path / "a" / "pyproject.toml"
    assert find(inner, tmp_path / "mdorch.toml") == tmp_path / "mdorch.toml"
    with pytest.raises(Trouble, match="no such configuration file"):
        find(inner, tmp_path / "nowhere.toml")


def test_above_the_repository_nothing_is_looked_for(tmp_path: Path) -> None:
    (tmp_path / "mdorch.toml").write_text("")
    repository = tmp_path / "r"
    (repository / ".git").mkdir(parents=True)
    assert find(repository) == tmp_path / "mdorch.toml", "an empty .git is no repository"
    (repository / ".git" / "HEAD").write_text("")
    assert find(repository) is None


@pytest.mark.parametrize("clis", [(), ("claude",), NAMES])
def test_what_init_writes_is_valid_and_says_the_defaults(toml: Path, clis: tuple[str, ...]) -> None:
    settings = read(toml, detect.template(clis, page="docs/CLAUDE.md"))
    assert settings.page == page_named_in(toml) == "docs/CLAUDE.md"
    assert settings.agents == ({"default": settings.agents["default"]} if clis else {})
    if clis:
        assert settings.agents["default"] == spec("default", clis[0], 1800.0, budget=5.0)
    values = {"source": None, "page": "", "policy_named": False, "agents": {}, "limits": {}}
    plain = {name: getattr(settings, name) for name in Settings.__dataclass_fields__}
    assert Settings(**{**plain, **values}) == Settings()


@pytest.mark.parametrize("clis", [("claude", "codex"), ()])
def test_what_init_leaves_in_comments_is_valid_too(toml: Path, clis: tuple[str, ...]) -> None:
    lines = detect.template(clis).split("\n")
    at = next(i for i, line in enumerate(lines) if line.startswith("# [agents"))
    opened = [line.removeprefix("# ") if i >= at else line for i, line in enumerate(lines)]
    assert ("some-agent" if clis else "default") in read(toml, "\n".join(opened)).agents


def test_the_clis_on_the_path_are_found(tmp_path: Path) -> None:
    for name in ("qwen", "claude", "cat"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "codex").write_text("not executable")
    assert detect.found(str(tmp_path)) == ("claude", "qwen")


def test_every_value_counts_for_the_digest_and_comments_do_not(toml: Path) -> None:
    base = read(toml, FULL)
    assert read(toml, "# words\n" + FULL.replace("90", '"1m30s"')).digest == base.digest
    for old, new in [
        ("-x", "-y"),
        ("= 7\n", "= 70\n"),
        ('"*"', ""),
        ("max_parallel = 3", ""),
        ("codex", "gemini"),
    ]:
        assert read(toml, FULL.replace(old, new)).digest != base.digest, (old, new)
    other = toml.with_name("other.toml")
    assert read(other, FULL).digest != base.digest


class TestCache:
    """Kept values are used for exactly the content they came from, and only if they are whole."""

    @pytest.fixture
    def home(self, tmp_path: Path) -> Path:
        folder = tmp_path / ".mdorch"
        folder.mkdir()
        return folder

    def test_the_second_time_nothing_is_validated(self, toml: Path, home: Path) -> None:
        toml.write_text(FULL)
        first = load(toml, home)
        script = (
            "import sys; from pathlib import Path; from mdorch.config.load import load;"
            f"s = load(Path({str(toml)!r}), Path({str(home)!r}));"
            "print('pydantic' in sys.modules, 'tomllib' in sys.modules, s.digest)"
        )
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
        )
        assert done.stdout.split() == ["False", "False", first.digest]
        assert load(toml, home) == first
        assert [p.name for p in home.iterdir()] == ["config.json"]

    def test_a_changed_file_is_read_anew(self, toml: Path, home: Path) -> None:
        toml.write_text(FULL)
        load(toml, home)
        toml.write_text(FULL.replace("attempts = 4", "attempts = 5"))
        assert load(toml, home).attempts == 5

    def test_the_same_content_elsewhere_has_another_source(self, toml: Path, home: Path) -> None:
        toml.write_text(FULL)
        load(toml, home)
        other = toml.with_name("other.toml")
        other.write_text(FULL)
        assert load(other, home).source == other

    def test_torn_or_wrong_is_made_anew(self, toml: Path, home: Path) -> None:
        toml.write_text(FULL)
        first = load(toml, home)
        kept = home / "config.json"
        whole = kept.read_text()
        forged = json.loads(whole)
        forged["settings"]["attempts"] = 9
        bad = [whole[:n] for n in range(0, len(whole), 97)]
        bad += [
            "[]",
            "null",
            "\x00",
            "[" * 5000,
            '{"key": 1}',
            json.dumps(forged),
            whole.replace("true", "tru3", 1),
        ]
        for text in bad:
            kept.write_text(text)
            assert load(toml, home) == first, text
            assert kept.read_text() == whole

    def test_a_sum_that_fits_does_not_make_nonsense_settings(self, toml: Path, home: Path) -> None:
        from mdorch.config import cache

        toml.write_text(FULL)
        first = load(toml, home)
        record = json.loads((home / "config.json").read_text())
        for damage in ({"agents": 3}, {"agents": {"x": {}}}, {"review": 3}, {"more": 1}):
            values = {**record["settings"], **damage}
            (home / "config.json").write_text(
                json.dumps({**record, "settings": values, "sum": cache._sum(values)})
            )
            assert load(toml, home) == first

    def test_nowhere_to_keep_it_is_no_trouble(self, toml: Path) -> None:
        toml.write_text(FULL)
        assert load(toml, toml.parent / "absent").attempts == 4
        assert not (toml.parent / "absent").exists()
        (toml.parent / "taken").mkdir()
        (toml.parent / "taken" / "config.json").mkdir()
        assert load(toml, toml.parent / "taken").attempts == 4
        assert [p.name for p in (toml.parent / "taken").iterdir()] == ["config.json"]


ROOT = Path(__file__).resolve().parents[2]
