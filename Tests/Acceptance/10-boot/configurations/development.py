import os
import sys

debug = os.environ.get("DEBUG") == "1"
environment_name = "development" if debug else "production"
reload_engine = "poll"
timeout = 0 if debug else 30
sys.path.insert(0, os.path.dirname(__file__))
app_dir = os.path.dirname(__file__)
if environment_name == "development":
    capture_output = True
