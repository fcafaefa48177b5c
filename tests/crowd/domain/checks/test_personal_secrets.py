"""Keys, tokens and passwords. Values are put together here, so that no scanner takes this file for a leak."""

import base64
import json

import pytest

from tests.support.pairs import findings, quoted

ALNUM = "a8Kd02mQx7Lr5ZtV9bNc3WyE1hJf6GpS4uTq"  # 36 characters that no issuer gave out
HEX = "9f86d081884c7d659a2feaa0c55ad015"
B32 = "J5Q7Z2MKLP3R4TUV"


def segment(value: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


KEYS = {
    "an AWS access key": "AKIA" + B32,
    "a GitHub token": "ghp_" + ALNUM,
    "a GitLab token": "glpat-" + ALNUM[:20],
    "a Slack token": "xoxb-" + "123456789012-" + ALNUM[:24],
    "a Slack webhook": "hooks.slack.com/" + "services/T012AB/B345CD/" + ALNUM[:24],
    "a Stripe key": "sk_" + "live_" + ALNUM[:24],
    "a Google API key": "AIza" + ALNUM[:35],
    "a Google client secret": "GOCSPX-" + ALNUM[:28],
    "a Hugging Face token": "hf_" + ALNUM[:34],
    "an OpenAI or Anthropic key": "sk-" + "proj-" + ALNUM,
    "an npm token": "npm_" + ALNUM,
    "a PyPI token": "pypi-" + ALNUM * 2,
    "a SendGrid key": "SG." + ALNUM[:22] + "." + ALNUM + ALNUM[:7],
    "a Databricks token": "dapi" + HEX,
    "a DigitalOcean token": "dop_" + "v1_" + HEX * 2,
    "a Shopify token": "shpat_" + HEX,
    "a Telegram bot token": "123456789:" + "AA" + ALNUM[:33],
    "a Mailchimp key": HEX + "-us12",
    "a Twilio key": "SK" + HEX,
    "a JSON web token": f"{segment({'alg': 'HS256', 'typ': 'JWT'})}.{segment({'sub': 'jane', 'n': '1'})}.{ALNUM}",
}


def secrets(text: str) -> list[str]:
    return quoted("pii.secret", text)


class TestFormats:
    @pytest.mark.parametrize(("kind", "key"), KEYS.items())
    def test_key_is_found_by_its_issuers_format_and_not_shown(self, kind, key):
        text = f"Then I ran it with {key}, and it worked."
        (finding,) = findings(response=text, only="pii.secret")
        assert (text[finding.start : finding.end], finding.severity) == (key, "warning")
        assert finding.message.startswith(f"This looks like {kind}: {key[:2]}…{key[-2:]}. Remove it")

    def test_private_key_is_found_from_its_first_line_to_its_last(self):
        block = f"-----BEGIN RSA {'PRIVATE'} KEY-----\n{ALNUM}\n{ALNUM}\n-----END RSA {'PRIVATE'} KEY-----"
        assert secrets(f"Here:\n{block}\nDone.") == [block]

    def test_key_from_an_issuers_documentation_is_worth_a_look(self):
        found = findings(response="Use AKIA" + "IOSFODNN7EXAMPLE.", only="pii.secret")
        assert [finding.severity for finding in found] == ["info"]

    @pytest.mark.parametrize(
        "text",
        [
            "sk-" + "x" * 32,
            "ghp_" + "X" * 36,
            "hf_" + "." * 30,
            "AKIA" + "A" * 16,
            "sk-learn-contrib",
            "task-management-and-planning-tools",
            "A commit: " + HEX + ALNUM[:8].lower(),
            "eyJhbGciOi.not.ours",
            "-----BEGIN PUBLIC KEY-----",
        ],
    )
    def test_stand_ins_and_look_alikes_are_left_alone(self, text):
        assert secrets(f"Use {text} there.") == []


class TestAssignments:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("password = 'hunter2!'", "hunter2!"),
            ("Password: SandyBeachesPlz!", "SandyBeachesPlz!"),
            ("my password is Tr0ub4dor.", "Tr0ub4dor"),
            ('{"api_key": "q8Zr11vTnn"}', "q8Zr11vTnn"),
            ("export SECRET_KEY=k3v9-2mm1x", "k3v9-2mm1x"),
            ("postgres://admin:s3cr3tpw@db.host.io/x", "s3cr3tpw"),
            ("Authorization: Bearer " + ALNUM, ALNUM),
        ],
    )
    def test_value_is_found(self, text, value):
        assert secrets(f"Run this: {text}") == [value]

    @pytest.mark.parametrize(
        "text",
        [
            "api_key = YOUR_API_KEY",
            "password: <your password>",
            'password = "changeme"',
            'token = "${TOKEN}"',
            'secret = os.environ["SECRET"]',
            "password = get_password()",
            "The password is more important than its length.",
            "Shared Passwords: Diminishing Security",
            "I'll let you in on a secret: all of us know.",
            "token: string",
            "A passenger is not given a seat.",
            "postgres://user:password@localhost/x",
        ],
    )
    def test_stand_ins_and_sentences_are_left_alone(self, text):
        assert secrets(text) == []
