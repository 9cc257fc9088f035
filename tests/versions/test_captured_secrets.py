"""What looks like a secret is found; what only mentions one is not."""

from __future__ import annotations

import pytest

from holdtrue.foundation import is_secret_file
from holdtrue.versions.secrets import find_secret

# Written in two halves, so that this file is no false alarm itself.
TOKEN = "q7Jf9Lx2Vb4" + "Zt8Kd3Wm6Rp1"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("-----BEGIN RSA " + "PRIVATE KEY-----", "a private key"),
        ("-----BEGIN " + "PRIVATE KEY-----", "a private key"),
        ("x = 'ghp_" + "a1B2" * 9 + "'", "a GitHub token"),
        ("glpat-" + "x1y2" * 6, "a GitLab token"),
        ("xoxb-" + "1234567890-abc", "a Slack token"),
        ("sk_live_" + "a1B2" * 6, "a Stripe key"),
        ("AIza" + "a1B2c" * 7, "a Google API key"),
        ("hf_" + "a1B2" * 9, "a Hugging Face token"),
        ("sk-proj-" + "a1B2" * 10, "an API key"),
        ("eyJhbGciOiJIUzI1" + ".eyJzdWIiOiIxMjM0" + "." + "SflKxwRJSMeKKF", "a signed token"),
        ("postgres" + "://me:h4rdToGuess@db/x", "an address with a password"),
        (f"db_password = '{TOKEN}'", "a password or token written out"),
        (f'{{"apiKey": "{TOKEN}"}}', "a password or token written out"),
        (f'token: str = "{TOKEN}"', "a password or token written out"),
    ],
)
def test_secrets_are_found(text: str, kind: str) -> None:
    assert find_secret(f"first\n{text}\n".encode()) == (2, kind)


@pytest.mark.parametrize(
    "text",
    [
        "token = os.environ['TOKEN']",
        "password = getpass()",
        "secret = 'a-word-made-of-words'",
        "api_key = '${API_KEY_FROM_VAULT_2}'",
        "postgres://user:password@localhost/x",
        "postgres://me:${PASSWORD}@db",
        "https://example.org/path?x=1",
        "-----BEGIN CERTIFICATE-----",
        f"sha256 = '{'0a1b' * 16}'",
        "tokens_per_row = 1234567890123456",
    ],
)
def test_what_is_none_is_left_alone(text: str) -> None:
    assert find_secret(text.encode()) is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("app.ini", "aws_secret_access_key = " + TOKEN),
        ("app.cfg", "password=hunter2" + "hunter3"),
        ("db.yaml", "  password: h4rdTo" + "Guess"),
        ("db.yml", "- api_key: " + TOKEN + "  # of the shop"),
        ("x.toml", "token = " + TOKEN),
        (".yarnrc", "//registry.example.org/:_authToken=" + TOKEN),
        ("app.properties", "spring.datasource.password=h4rdTo" + "Guess"),
    ],
)
def test_in_settings_a_secret_needs_no_quotes(name: str, text: str) -> None:
    assert find_secret(f"first\n{text}\nlast: 1\n".encode(), name) == (2, "a password or token written out")
    assert find_secret(f"first\n{text}\nlast: 1\n".encode(), "model.py") is None


@pytest.mark.parametrize(
    "text",
    [
        "password: ${DB_PASSWORD1}",
        "token: changeme",
        "max_tokens: 100000000",
        "secret_name: projects/house-prices",
        "a: 1",
    ],
)
def test_settings_that_hold_none_are_left_alone(text: str) -> None:
    assert find_secret(text.encode(), "app.yaml") is None


def test_bytes_that_are_no_text_are_not_judged() -> None:
    assert find_secret(b"\0\1" + b"AKIA" + b"ABCDEFGHIJKLMNOP") is None


def test_one_excused_line_does_not_excuse_another() -> None:
    line = "postgres" + "://me:h4rdToGuess@db/x"
    text = f"a = '{line}'  # holdtrue: not-a-secret\nb = '{line}'\n"
    assert find_secret(text.encode()) == (2, "an address with a password")


@pytest.mark.parametrize(
    ("path", "never"),
    [
        (".env", True),
        (".env.production", True),
        ("a/.ssh/config", True),
        ("a/b.key", True),
        (".npmrc", True),
        ("keys/credentials.json", True),
        (".streamlit/secrets.toml", True),
        ("credentials.py", False),
        ("environment.py", False),
        ("keys.py", False),
        ("id_rsa.pub", False),
        (".envoy/model.py", False),
        ("env/model.py", False),
    ],
)
def test_files_that_are_secrets_by_name(path: str, never: bool) -> None:
    assert is_secret_file(path) is never
