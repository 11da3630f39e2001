"""`access_log_filter`: which requests leave no line in the access log."""

import pytest

from support.client import request_bytes

pytestmark = pytest.mark.only("swiftcorn")


def logged(server, directory, *targets):
    for target in targets:
        with server.connect() as link:
            link.send(request_bytes("GET", target)).finish_sending().read_to_end()
    server.stop()
    return (directory / "access.log").read_text().splitlines()


def test_the_first_rule_that_is_about_a_request_decides(start, directory):
    server = start(
        "--access-logfile=access.log", "--access-logformat=%(U)s %(s)s",
        "--access-log-filter=path=/status sample=1",
        "--access-log-filter=path=/len status=2xx",
        "--access-log-filter=status=304",
        "--access-log-filter", "status=204 sample=0",
        "wire:app",
    )
    server.wait_until_serving()
    lines = logged(
        server, directory,
        "/length", "/%6Cength?x", "/pieces", "/not_modified", "/no_content", "/status?304+Same",
        "/status?299+Fine",
    )
    assert lines == ["/pieces 200", "/status 304", "/status 299"]


def test_a_config_file_has_a_list(start, directory):
    (directory / "gunicorn.conf.py").write_text(
        "accesslog = 'access.log'\naccess_log_format = '%(U)s'\n"
        "access_log_filter = ['path=/len', 'path=/pie']\n"
    )
    server = start("wire:app")
    server.wait_until_serving()
    lines = logged(server, directory, "/length", "/pieces", "/listed")
    assert lines == ["/listed"]


@pytest.mark.parametrize("rule", ["/health", "path=health", "status=20x", "sample=2"])
def test_what_is_no_rule_is_refused(command, rule):
    done = command("--access-log-filter", rule, "hello:app")
    assert done.status != 0
    assert f"Invalid access_log_filter: '{rule}'" in done.err
    assert "access_log_filter (command line, --access-log-filter) takes path=" in done.err
