"""The environment in which tests start programs."""
import os

OF_THE_USER = ("ROPEWALK_", "XDG_", "CMAKE_", "PKG_CONFIG")
OF_THE_MACHINE = ("CI", "GITHUB_ACTIONS", "GITHUB_WORKSPACE", "NO_COLOR", "CLICOLOR_FORCE")


def environment(home, **more):
    """Nothing of the user's own settings, nor of the machine that runs the tests. `home`: the folder of the program's
    configuration, state and cache."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OF_THE_USER) and name not in OF_THE_MACHINE}
    return kept | {"HOME": str(home)} | more
