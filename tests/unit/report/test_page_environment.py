from __future__ import annotations

from markupsafe import Markup

from calobench.report.environment import page_environment


def test_what_is_put_into_a_page_is_text_that_can_be_seen() -> None:
    template = page_environment().from_string("{{ name }}|{{ ready }}|{{ number }}")
    page = template.render(name="<b>\x00\u202e\x1b", ready=Markup("<i>\n"), number=1.5)
    assert page == "&lt;b&gt;\\x00\\u202e\\x1b|<i>\n|1.5"
