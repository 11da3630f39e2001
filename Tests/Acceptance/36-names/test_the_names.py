"""The names of Gunicorn's modules: there, of the same kind, and doing the same."""

import json
import subprocess

import pytest

from support.server import GUNICORN, SWIFTCORN, clean_environment, interpreter_of

# What people's code imports.
MODULES = [
    "gunicorn",
    "gunicorn.app.base",
    "gunicorn.app.pasterapp",
    "gunicorn.app.wsgiapp",
    "gunicorn.arbiter",
    "gunicorn.config",
    "gunicorn.debug",
    "gunicorn.errors",
    "gunicorn.http.errors",
    "gunicorn.pidfile",
    "gunicorn.sock",
    "gunicorn.systemd",
    "gunicorn.util",
    "gunicorn.workers",
    "gunicorn.workers.base",
    "gunicorn.workers.sync",
    "gunicorn.workers.workertmp",
]

# Values that modules of Gunicorn only import from each other.
IMPORTED = {"SERVER_SOFTWARE", "reloader_engines"}

NAMES = """
import importlib, inspect, json, sys
found = {}
for name in json.loads(sys.argv[1]):
    module = importlib.import_module(name)
    own = {}
    for key, value in vars(module).items():
        if key.startswith("_") or inspect.ismodule(value):
            continue
        home = getattr(value, "__module__", name)
        if home != name and not home.startswith(("swiftcorn.", "gunicorn._")):
            continue
        if inspect.isclass(value):
            own[key] = ["class", sorted(
                one for one in dir(value)
                if not one.startswith("_") and inspect.isfunction(getattr(value, one)))]
        elif inspect.isfunction(value):
            own[key] = ["function", list(inspect.signature(value).parameters)]
        else:
            own[key] = ["value", []]
    found[name] = own
print(json.dumps(found))
"""

# Methods of the master's loop, which is the core's here; a subclass that has them is told so.
LOOP = {
    "handle_dirty_arbiter_exit", "kill_dirty_arbiter", "manage_dirty_arbiter",
    "maybe_promote_master",
    "reap_dirty_arbiter", "reexec", "spawn_dirty_arbiter", "spawn_worker", "spawn_workers",
    "wait_for_signals", "signal_chld", "init_signals", "manage_workers", "murder_workers",
    "reap_workers", "start", "stop", "handle_chld", "handle_cld", "handle_hup", "handle_int",
    "handle_quit", "handle_term", "handle_ttin", "handle_ttou", "handle_usr1", "handle_usr2",
    "handle_winch", "accept", "handle", "handle_request", "is_parent_alive", "run_for_multiple",
    "run_for_one", "wait", "fmt_desc",
}  # fmt: skip


def run_in(kind, directory, script, *arguments):
    finished = subprocess.run(
        [interpreter_of(kind), "-c", script, *arguments],
        cwd=directory,
        env=clean_environment(directory),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


@pytest.mark.both
def test_the_names_are_there(directory):
    found = {
        kind: json.loads(run_in(kind, directory, NAMES, json.dumps(MODULES)))
        for kind in (GUNICORN, SWIFTCORN)
    }
    missing = []
    for module, names in found[GUNICORN].items():
        ours = found[SWIFTCORN][module]
        for name, (what, inside) in names.items():
            if name in IMPORTED:
                continue
            if name not in ours:
                missing.append(f"{module}.{name}")
            elif what == "class":
                absent = set(inside) - set(ours[name][1]) - LOOP
                missing += [f"{module}.{name}.{one}" for one in sorted(absent)]
            elif what == "function" and ours[name][0] == "function":
                if inside != ours[name][1]:
                    missing.append(f"{module}.{name}{tuple(inside)}")
    assert not missing, "\n".join(missing)


TABLE = """
import json
import gunicorn.config as config
rows = {}
for kind in config.KNOWN_SETTINGS:
    value = kind().get()
    shown = value.__qualname__ if callable(value) else repr(value)
    rows[kind.name] = [kind.__name__, kind.section, list(kind.cli or ()), kind.meta, kind.action,
                       kind.validator.__name__, shown, kind.nargs, repr(kind.const)]
print(json.dumps(rows))
"""


@pytest.mark.both
def test_every_setting_is_the_same_class(directory):
    ours, theirs = (json.loads(run_in(kind, directory, TABLE)) for kind in (SWIFTCORN, GUNICORN))
    assert {name: ours.get(name) for name in theirs} == theirs


VALUES = """
import json
from gunicorn import config, errors, util
from gunicorn.http import errors as http
from gunicorn.workers.sync import SyncWorker

def tried(call, *arguments):
    try:
        return repr(call(*arguments))
    except Exception as error:
        return f"{type(error).__name__}: {str(error).splitlines()[0]}"

found = []
for text in ("unix:/a", "unix://a", "127.0.0.1", "[::1]:80", "[::1]", "fd://3", "fd://x", "Host:9",
             "", "tcp://x:1", ":99", "a:b"):
    found.append(tried(util.parse_address, text))
for given in ("sync", "gthread", "nowhere.Nobody", "unknown", SyncWorker):
    found.append(tried(lambda: util.load_class(given).__name__))
for text in ("Connection", "Keep-Alive ", "X-Any"):
    found.append(util.is_hoppish(text))
for text in ("//a?b", "/a?b#c", "http://h/p"):
    found.append(tuple(util.split_request_uri(text)))
found += [util.http_date(0), util.to_bytestring("\\xe9"), util.bytes_to_str(b"x"),
          util.unquote_to_wsgi_str("%C3%A9"), util.get_arity(lambda a, b=1, *c, d: 0),
          util.is_ipv6("::1"), util.is_ipv6("1.2.3.4"), util.is_glob_pattern("a*"),
          tried(util.to_bytestring, 3), tried(util.import_app, "nowhere:app")]

class Socket:
    def gettimeout(self): return 1
    def setblocking(self, flag): pass
    def settimeout(self, value): pass
    def sendall(self, data): found.append(data)

util.write_error(Socket(), 400, "Bad Request", "<wrong> & so")
util.write_chunk(Socket(), b"abc")

SETTINGS = {
    "workers": ["3", 3, -1, "x", True, "0x4"], "preload_app": [True, "FALSE", 1, "maybe"],
    "bind": ["a", ["a", " b "], [1], None, ""], "user": ["root", "0", 7, None, "nobody-here"],
    "group": ["root", 0, "nobody-here"], "chdir": ["/", "/nowhere"], "umask": ["0x12", "22"],
    "forwarded_allow_ips": ["*", "10.0.0.0/8, ::1", "x"], "raw_env": [["A=1"], "B=2"],
    "statsd_host": ["localhost", "h:1", "unix:8125", "unix:///s", "h:p", None],
    "proxy_protocol": [True, "V1", None, 3, "v3"], "http_protocols": ["h2,h1", "h1,h1", "h3", None],
    "header_map": ["Drop", "x", None, 3], "asgi_loop": ["AUTO", "x"], "http_parser": ["fast", 1],
    "http2_cleartext": [True, "upgrade", "x"], "http2_max_frame_size": [1, 16384],
    "secure_scheme_headers": [{"A": "b"}, "x"], "reload_engine": ["poll", "x"],
    "when_ready": [lambda server: 0, lambda: 0, "os.path.join", "none", 5],
    "post_request": [lambda a, b: 0, lambda a: 0], "worker_class": ["sync", SyncWorker, 5],
    "cert_reqs": [1, "2"], "accesslog": [" - ", 3], "reload_extra_files": [["*.x"], "nowhere"],
}
for name, values in SETTINGS.items():
    for value in values:
        cfg = config.Config()
        outcome = tried(cfg.set, name, value)
        kept = cfg.settings[name].get()
        found.append([name, outcome, kept.__name__ if callable(kept) else repr(kept)])

cfg = config.Config("usage", prog="prog")
for name, value in {"bind": ["h:1", "unix:/s"], "raw_env": ["A=1", "B=2=3"], "threads": 4,
                    "proc_name": "n", "keyfile": "k", "raw_paste_global_conf": ["a=b"]}.items():
    cfg.set(name, value)
found += [cfg.address, cfg.env, cfg.worker_class_str, cfg.worker_class.__name__, cfg.proc_name,
          cfg.is_ssl, sorted(cfg.ssl_options), cfg.paste_global_conf, cfg.sendfile, cfg.reuse_port,
          cfg.uid, cfg.prog, cfg.usage, tried(lambda: cfg.nothing), tried(cfg.set, "nothing", 1),
          tried(setattr, cfg, "workers", 1), tried(lambda: config.Config().env)]
line = cfg.parser().parse_args(
    ["-w", "3", "--preload", "-b", "a", "-b", "b", "--no-sendfile", "--proxy-protocol", "x:y"])
found += [line.workers, line.preload_app, line.bind, line.sendfile, line.proxy_protocol, line.args,
          line.threads, line.reload]
found += [str(http.LimitRequestLine(9, 5)), str(http.InvalidHeader("h")), str(http.NoMoreData()),
          str(http.UnsupportedTransferCoding("x")),
          str(errors.HaltServer("r", 3)), issubclass(errors.HaltServer, Exception),
          http.InvalidChunkSize("x").code, http.ForbiddenProxyRequest("h").code]
# The first of Gunicorn's; one of ours comes before it.
found += [line.split(" = ")[1] for line in str(config.Config()).splitlines()
          if line.startswith("access_log_format ")]
print(json.dumps(found, default=repr, indent=0))
"""


@pytest.mark.both
def test_they_do_the_same(directory):
    ours, theirs = (
        run_in(kind, directory, VALUES).splitlines() for kind in (SWIFTCORN, GUNICORN)
    )
    assert ours == theirs


@pytest.mark.only(SWIFTCORN)
def test_ours_come_first_where_a_gunicorn_is_installed(kind, directory, start):
    """Swiftcorn only: another package of that name is in front on the path, as it may be."""
    foreign = directory / "foreign" / "gunicorn"
    foreign.mkdir(parents=True)
    (foreign / "__init__.py").write_text("raise ImportError('the other one')\n")
    (directory / "shown.py").write_text(
        "import gunicorn\n"
        "from gunicorn.app.base import BaseApplication\n"
        "def app(environ, start_response):\n"
        "    start_response('200 OK', [])\n"
        "    return [gunicorn.__version__.encode(), b' ', BaseApplication.__doc__[:12].encode()]\n"
    )
    path = f"{directory / 'foreign'}:{directory}"
    server = start("shown:app", environment={"PYTHONPATH": path})
    server.wait_until_serving()
    assert server.ask().text == "27.0.1 Settings and"
    server.stop()
