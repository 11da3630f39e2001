"""What is odd about Gunicorn's limits, and is kept because files and clients may rely on it."""


def test_fields_that_are_dropped_do_not_count(start):
    server = start("--limit-request-fields", "3", "hello:app")
    dropped = [(f"a_{number}", "b") for number in range(20)]
    assert server.ask(fields=dropped).status == 200
    kept = [(f"a-{number}", "b") for number in range(20)]
    assert server.ask(fields=kept).status == 431
    server.stop()


def test_the_size_of_fields_that_are_dropped_is_bounded(start):
    server = start("--limit-request-fields", "3", "--limit-request-field_size", "100", "hello:app")
    dropped = [(f"a_{number}", "b" * 50) for number in range(2000)]
    assert server.ask(fields=dropped).status == 431
    server.stop()


def test_no_size_is_the_largest_size(start):
    server = start("--limit-request-field_size", "0", "hello:app")
    assert server.ask(fields=[("X", "b" * 8000)]).status == 200
    assert server.ask(fields=[("X", "b" * 9000)]).status == 431
    server.stop()


def test_the_flag_is_spelt_with_an_underscore(command, refusal):
    finished = command("--limit-request-field-size", "10", "hello:app")
    assert finished.err == refusal + "unrecognized arguments: --limit-request-field-size\n"
    assert finished.status == 2
