"""The scenarios by name: every function `make_…` of the modules here."""

from scenarios import basics, borders, closing, names, network, opening, recording, transfer

MODULES = (basics, opening, closing, transfer, names, network, borders, recording)

SCENARIOS = {
    name.removeprefix("make_").replace("_", "-"): function
    for module in MODULES
    for name, function in vars(module).items()
    if name.startswith("make_")
}
