#!/usr/bin/env python3
"""Checks that a result file of Ann reads with the usual tools: xarray (h5netcdf) and h5py.

    check_xarray.py FILE TASK [--axes L,T] [--quantity m,e] [--dims train:width,epoch] [--allow-missing]

The task's group must open as a data set with the named axes as coordinates and without anonymous
dimensions; each quantity must run over the axes, be finite, and have errors beside it. `--dims` names all
dimensions of an array (`weights/h1` is in a group below), each with coordinates unless a `-` follows. Needs
`pip install xarray h5netcdf h5py`. Exit status 1 with a line a problem.
"""

import argparse
import sys

import h5py
import numpy as np
import xarray as xr


def names(text):
    return [name for name in text.split(",") if name]


def check_quantity(ds, name, axes, allow_missing, problem):
    if name not in ds:
        return problem(f"no quantity `{name}`; there are {', '.join(map(str, ds.data_vars))}")
    array = ds[name]
    if axes and list(array.dims[: len(axes)]) != axes:
        problem(f"`{name}` runs over {array.dims}, not over {axes} first")
    values = array.values
    finite = np.isfinite(values)
    if not (finite.any() if allow_missing else finite.all()):
        problem(f"`{name}` has {np.count_nonzero(~finite)} values of {values.size} that are not finite")
    if not array.attrs.get("expression"):
        problem(f"`{name}` has no attribute `expression`")
    error = f"{name}_error"
    if error in ds:
        if ds[error].dims != array.dims:
            problem(f"`{error}` runs over {ds[error].dims}, `{name}` over {array.dims}")
        errors = ds[error].values[finite]
        if not (np.isfinite(errors) & (errors >= 0)).all():
            problem(f"`{error}` has values that are no errors")
    # The point of labels: a value is found by its coordinates.
    for axis in axes:
        if axis in array.coords:
            array.sel({axis: array.coords[axis].values[0]})


def check_dims(arguments, problem):
    """The dimensions of arrays, by name, with the coordinates that select in them."""
    for path, wanted in arguments.dims:
        folder, name = path.rsplit("/", 1) if "/" in path else (None, path)
        group = "/".join(part for part in [arguments.task, folder] if part)
        with xr.open_dataset(arguments.file, group=arguments.task, engine="h5netcdf") as task:
            with xr.open_dataset(arguments.file, group=group, engine="h5netcdf") as ds:
                if name not in ds:
                    problem(f"no `{path}`; there are {', '.join(map(str, ds.data_vars))}")
                    continue
                array = ds[name]
                if list(array.dims) != [dim.removesuffix("-") for dim in wanted]:
                    problem(f"`{path}` runs over {array.dims}, not over {wanted}")
                    continue
                for dim in (dim for dim in wanted if not dim.endswith("-")):
                    if dim not in task.coords:
                        problem(f"`{dim}` of `{path}` has no coordinates; there are {list(task.coords)}")
                        continue
                    last = task.coords[dim].values[-1]
                    chosen = array.assign_coords({dim: task.coords[dim]}).sel({dim: last})
                    np.testing.assert_array_equal(chosen.values, array.isel({dim: -1}).values)


def check_xarray(arguments, problem):
    for group in [arguments.task, None]:
        with xr.open_dataset(arguments.file, group=group, engine="h5netcdf") as ds:
            anonymous = [dim for dim in ds.sizes if str(dim).startswith("phony_dim")]
            if anonymous:
                problem(f"group `{group or '/'}` has dimensions without names: {anonymous}")
            if group is None:
                continue
            for axis in arguments.axes:
                if axis not in ds.coords or axis not in ds.sizes:
                    problem(f"no axis `{axis}` with coordinates; there are {list(ds.coords)}")
                elif len(np.unique(ds[axis].values)) != ds.sizes[axis]:
                    problem(f"axis `{axis}` repeats coordinates")
            for name in arguments.quantity:
                check_quantity(ds, name, arguments.axes, arguments.allow_missing, problem)
            ds.load()
    with xr.open_datatree(arguments.file, engine="h5netcdf") as tree:
        for node in tree.subtree:
            if any(str(dim).startswith("phony_dim") for dim in node.sizes):
                problem(f"group `{node.path}` has dimensions without names")


def check_h5py(arguments, problem):
    with h5py.File(arguments.file) as file:
        for attribute in ["ann_version", "format", "created", "seed", "host", "status"]:
            if attribute not in file.attrs:
                problem(f"no attribute `{attribute}` at the root")
        for group in ["sources", "params", "derived", "expects"]:
            if group not in file:
                problem(f"no group `{group}`")
        if "plan" not in file:
            problem("no plan")
        for attribute in ["kind", "kernel", "wall_seconds", "plan_hash"]:
            if attribute not in file[arguments.task].attrs:
                problem(f"no attribute `{attribute}` at `{arguments.task}`")
        for i, axis in enumerate(arguments.axes):
            for name in arguments.quantity:
                dataset = file[arguments.task].get(name)
                if dataset is not None and axis != dataset.dims[i][0].name.rsplit("/", 1)[-1]:
                    problem(f"dimension {i} of `{name}` has not the scale `{axis}`")

        def visit(_, thing):
            dict(thing.attrs)
            if isinstance(thing, h5py.Dataset) and b"not a netCDF variable" not in bytes(thing.attrs.get("NAME", b"")):
                thing[()]

        file.visititems(visit)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("file")
    parser.add_argument("task")
    parser.add_argument("--axes", type=names, default=[], help="the axes expected, in order")
    parser.add_argument("--quantity", type=names, default=[], help="quantities expected")
    parser.add_argument(
        "--dims",
        action="append",
        default=[],
        type=lambda text: (text.split(":")[0], names(text.split(":")[1])),
        help="an array and its dimensions: NAME:A,B-",
    )
    parser.add_argument("--allow-missing", action="store_true", help="a partial result: some values may be missing")
    arguments = parser.parse_args()
    problems = []
    check_xarray(arguments, problems.append)
    check_dims(arguments, problems.append)
    check_h5py(arguments, problems.append)
    for problem in problems:
        print(f"{arguments.file}: {problem}", file=sys.stderr)
    if problems:
        sys.exit(1)
    print(f"{arguments.file}: {arguments.task} reads with xarray {xr.__version__} and h5py {h5py.__version__}")


if __name__ == "__main__":
    main()
