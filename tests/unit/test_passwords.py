"""An account that does not exist costs a login the same work as one that does."""

from argon2 import extract_parameters

from dms.identity import passwords


def test_nobody_is_compared_with_the_parameters_of_everybody() -> None:
    assert extract_parameters(passwords._NOBODY) == extract_parameters(passwords.hash_password("a long password"))
