"""Which sites may show our pages in a frame: none, and public forms where the setting says so."""

import pytest
from pydantic import ValidationError

from api.middleware import policy_in_frames
from engine.runtime.settings import Settings


def test_no_site_frames_a_page() -> None:
    assert "frame-ancestors 'none'" in policy_in_frames("")


def test_sites_of_the_setting_frame_public_forms() -> None:
    sites = Settings(embed_on="https://www.example.com https://*.example.org:8443").embed_on
    assert policy_in_frames(sites).endswith(
        "frame-ancestors 'self' https://www.example.com https://*.example.org:8443"
    )


@pytest.mark.parametrize("sites", ["example.com", "https://a.example; script-src *", "*", "https:"])
def test_anything_but_sites_is_refused(sites: str) -> None:
    with pytest.raises(ValidationError):
        Settings(embed_on=sites)
