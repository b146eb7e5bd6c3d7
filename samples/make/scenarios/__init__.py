"""The scenarios by name: every function `make_…` of the modules here."""

from scenarios import (
    basics, borders, closing, crafted, leases, names, network, opening, recording, tls, tls_trouble, transfer, trouble,
    web, web_access, web_live,
)

MODULES = (
    basics, opening, closing, transfer, names, leases, web, web_access, web_live, tls, tls_trouble, network, borders,
    trouble, recording, crafted,
)

SCENARIOS = {
    name.removeprefix("make_").replace("_", "-"): function
    for module in MODULES
    for name, function in vars(module).items()
    if name.startswith("make_")
}
