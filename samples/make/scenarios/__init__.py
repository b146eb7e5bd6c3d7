"""The scenarios by name, in the order in which README.md lists them."""

from scenarios import basics

MODULES = (basics,)

SCENARIOS = {
    name.removeprefix("make_").replace("_", "-"): function
    for module in MODULES
    for name, function in vars(module).items()
    if name.startswith("make_")
}
