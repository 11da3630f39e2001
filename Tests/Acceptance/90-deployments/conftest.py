"""Each deployment is a folder of files that neither server has a say in."""

import shutil
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture
def deployed(directory, start):
    """Copies a deployment into the folder where its server is started, and starts it there."""

    def starter(name, *arguments, **options):
        shutil.copytree(HERE / name, directory, dirs_exist_ok=True)
        return start(*arguments, bind=False, **options)

    return starter
