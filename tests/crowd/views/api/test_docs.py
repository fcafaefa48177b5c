import pytest


@pytest.mark.journey
class TestTheDocumentation:
    def test_works_under_the_content_security_policy(self, transactional_db, live_server, page):
        complaints = []
        page.on(
            "console", lambda message: complaints.append(message.text) if message.type == "error" else None
        )
        page.goto(f"{live_server.url}/api/v1/docs/")
        page.get_by_text("Submit a pair").click()
        page.get_by_text("Idempotency-Key").first.wait_for()
        assert complaints == []
