import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exports.domain.signature import BadKey, BadSignature, read, read_keys, tidy
from tests.support.signatures import Key, SecurityKey

MESSAGE = b'{"version": "1.0.0"}\n'
KEYS = {"a file": Key(), "a security key": SecurityKey()}

needs_ssh_keygen = pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="there is no ssh-keygen here")


@pytest.fixture(params=KEYS)
def key(request):
    return KEYS[request.param]


class TestASignature:
    def test_of_the_message_holds_and_names_its_key(self, key):
        signature = read(key.sign(MESSAGE))
        signature.verify(MESSAGE)
        assert {signature.key} == read_keys(key.line.encode())

    @pytest.mark.parametrize("hash_name", [b"sha256", b"sha512"])
    def test_may_use_either_hash(self, key, hash_name):
        read(key.sign(MESSAGE, hash_name=hash_name)).verify(MESSAGE)

    def test_of_another_message_does_not_hold(self, key):
        with pytest.raises(BadSignature, match="did not sign this manifest"):
            read(key.sign(MESSAGE)).verify(MESSAGE + b" ")

    def test_for_something_else_than_a_release_is_none(self, key):
        with pytest.raises(BadSignature, match="it was given for 'git', not for 'flock-release'"):
            read(key.sign(MESSAGE, namespace="git"))

    def test_by_a_security_key_that_nobody_touched_does_not_hold(self):
        with pytest.raises(BadSignature, match="nobody touched"):
            read(SecurityKey(flags=0).sign(MESSAGE)).verify(MESSAGE)

    @given(st.data())
    def test_with_any_byte_changed_does_not_hold(self, data):
        text = bytearray(KEYS[data.draw(st.sampled_from(list(KEYS)))].sign(MESSAGE))
        text[data.draw(st.integers(0, len(text) - 1))] ^= data.draw(st.integers(1, 255))
        with pytest.raises(BadSignature):
            read(bytes(text)).verify(MESSAGE)

    @given(st.binary(max_size=300))
    def test_of_anything_else_is_refused_in_words(self, text):
        with pytest.raises(BadSignature):
            read(text)

    def test_that_a_form_has_changed_is_tidied(self, key):
        text = key.sign(MESSAGE)
        assert tidy(b"  " + text.replace(b"\n", b"\r\n") + b"\r\n") == text


class TestKeys:
    def test_are_read_from_public_keys_and_from_allowed_signers(self):
        keys = [Key(1), Key(2)]
        text = f"# ours\n{keys[0].line}\nada@flock.example {keys[1].line}"
        assert read_keys(text.encode()) == {key.blob for key in keys}

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("", "holds no key"),
            ("-----BEGIN OPENSSH PRIVATE KEY-----", "holds a private key"),
            ("ssh-rsa AAAAB3NzaC1yc2E= ada", "is no Ed25519 key"),
            ("ssh-ed25519 AAAA ada", "is no Ed25519 key"),
            ("ssh-ed25519 ? ada", "is no Ed25519 key"),
        ],
    )
    def test_of_another_kind_are_refused_in_words(self, text, reason):
        with pytest.raises(BadKey, match=reason):
            read_keys(text.encode())


@needs_ssh_keygen
class TestOpenSSH:
    def test_makes_signatures_that_are_read_here(self, tmp_path):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "key"], check=True)
        (tmp_path / "manifest.json").write_bytes(MESSAGE)
        command = ["ssh-keygen", "-Y", "sign", "-n", "flock-release", "-f", tmp_path / "key"]
        subprocess.run([*command, tmp_path / "manifest.json"], check=True, capture_output=True)
        signature = read((tmp_path / "manifest.json.sig").read_bytes())
        signature.verify(MESSAGE)
        assert {signature.key} == read_keys((tmp_path / "key.pub").read_bytes())
        listed = subprocess.run(
            ["ssh-keygen", "-l", "-f", tmp_path / "key.pub"], check=True, capture_output=True
        )
        assert signature.fingerprint in listed.stdout.decode()

    def test_accepts_what_is_accepted_here(self, key, tmp_path):
        (tmp_path / "signers").write_text(f"ada {key.line}")
        (tmp_path / "sig").write_bytes(key.sign(MESSAGE))
        options = ["-f", tmp_path / "signers", "-I", "ada", "-n", "flock-release", "-s", tmp_path / "sig"]
        done = subprocess.run(
            ["ssh-keygen", "-Y", "verify", *options], input=MESSAGE, capture_output=True, check=False
        )
        assert (done.returncode, done.stdout[:4]) == (0, b"Good")
