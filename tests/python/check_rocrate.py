"""Reads an archive with the package of RO-Crate itself, and checks every checksum that it promises."""

import hashlib
import sys
import zipfile
from urllib.parse import unquote

from rocrate.rocrate import ROCrate

crate = ROCrate(sys.argv[1])
conforms = crate.metadata["conformsTo"]
assert getattr(conforms, "id", conforms) == "https://w3id.org/ro/crate/1.1", conforms
root = crate.root_dataset
assert root["name"] and root["description"] and root["datePublished"]
assert root["mainEntity"].id.endswith("glass.ann"), root["mainEntity"].id

# Every file is described, and what is described is there.
archive = zipfile.ZipFile(sys.argv[1])
assert archive.testzip() is None
described = {unquote(e.id): e for e in crate.get_entities() if "File" in (e.type if isinstance(e.type, list) else [e.type])}
assert set(described) | {"ro-crate-metadata.json"} == set(archive.namelist()), archive.namelist()
assert {e.id for e in root["hasPart"]} == {e.id for e in described.values()}
for path, entity in described.items():
    content = archive.read(path)
    assert hashlib.sha256(content).hexdigest() == entity["sha256"], path
    assert str(len(content)) == entity["contentSize"], path

run = crate.dereference("#run")
assert run.type == "CreateAction" and run["instrument"]["softwareVersion"], run
inputs = {e.id for e in run["object"]}
assert "experiment/data/ring.txt" in inputs and "experiment/level1/parts/common.ann" in inputs, inputs
values = {e["name"]: e["value"] for e in run["object"] if e.type == "PropertyValue"}
assert values["seed"] == 11 and values["h"] == "0.2", values
assert [e.id for e in (run["result"] if isinstance(run["result"], list) else [run["result"]])] == ["results/glass.h5"]


print("good")
