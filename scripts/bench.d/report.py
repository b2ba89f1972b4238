"""Stored rows to markdown tables."""
import json


def rows_in(folder):
    return [json.loads(path.read_text())
            for path in sorted(folder.glob("*.json"))]


def milliseconds(seconds):
    return f"{1e3 * seconds:.3f}" if seconds < 1 else f"{1e3 * seconds:.0f}"


def table(header, lines):
    text = ["| " + " | ".join(header) + " |",
            "|" + "---|" * len(header)]
    return "\n".join(text + ["| " + " | ".join(line) + " |" for line in lines])


def agreement(row):
    if "images_compared" not in row:
        return "reference"
    return f"{row['images_that_differ']} of {row['images_compared']} differ"


def line_of(row):
    if "error" in row:
        return [row["contender"], "-", "-", "-", "-", "-", row["error"]]
    seconds = row["seconds_per_image"]
    spread = (row["slowest"] - row["fastest"]) / seconds
    return [
        row["contender"] + (f" ({row['form']})" if row.get("form") else ""),
        milliseconds(seconds), f"{100 * spread:.0f} %",
        f"{seconds / row['ncc_cpu_seconds_per_image']:.2f}",
        f"{row['first_result_seconds']:.2f}",
        f"{row['max_rss'] / 2 ** 20:.0f}", agreement(row)]


def groups_of(rows):
    groups = {}
    for row in rows:
        key = (row["network"], row["steps"], row["schedule"], row["batch"])
        groups.setdefault(key, []).append(row)
    return groups


def order(row):
    return ("error" in row, row.get("seconds_per_image", 0))


def group_section(key, rows):
    network, steps, schedule, batch = key
    title = f"### {network}, T = {steps}, {schedule}, batch {batch}"
    header = ["contender", "ms per image", "spread", "times ncc-cpu",
              "first result, s", "max RSS, MB", "outputs"]
    return title + "\n\n" + table(header, map(line_of, sorted(rows, key=order)))


def overall_share(row):
    """Of a large convolution: all products of the layers over all their
    seconds."""
    layers = row["layers"]
    seconds = sum(layer["seconds"] for layer in layers)
    work = sum(layer["gops_per_second"] * layer["seconds"] for layer in layers)
    return work / seconds / row["roofline_gops_per_second"] if seconds else 0


def layer_section(row):
    """Of one row of ncc-cpu: how often each layer spikes, and its rates."""
    title = (f"### Layers of {row['network']}, T = {row['steps']}, "
             f"{row['schedule']}, batch {row['batch']}")
    spiking = table(
        ["layer", "neurons", "density"],
        [[layer["name"], str(layer["neurons"]),
          f"{100 * (1 - layer['sparsity']):.1f} %"]
         for layer in row["spiking_layers"]])
    rates = table(
        ["current of", "inputs that spike", "path", "GOP/s per thread",
         "of the roofline"],
        [[layer["name"],
          "-" if layer["density"] is None else f"{100 * layer['density']:.1f} %",
          layer["path"], f"{layer['gops_per_second']:.0f}",
          f"{100 * layer['share_of_roofline']:.0f} %"]
         for layer in row["layers"]])
    roofline = ("The roofline of a layer is a dense convolution of bytes of the "
                "same shape by itself. A large one: "
                f"{row['roofline_gops_per_second']:.0f} GOP/s per thread; all "
                f"layers together {100 * overall_share(row):.0f} % of it.")
    return "\n\n".join([title, spiking, rates, roofline])


def growth_section(points):
    lines = [[row["grows"], row["network"], str(row["steps"]),
              f"{row['threshold_factor']:g}", f"{100 * row['density']:.1f} %",
              milliseconds(row["seconds_per_image"]),
              milliseconds(row["seconds_per_image"] / row["steps"]),
              f"{100 * overall_share(row):.0f} %"]
             for row in sorted(points, key=lambda row: (
                 row["grows"], row["steps"], row["dense_operations"],
                 row["threshold_factor"]))]
    return "### Growth (ncc-cpu, causal, batch 64)\n\n" + table(
        ["grows", "network", "T", "thresholds", "density", "ms per image",
         "ms per image and step", "of a large convolution"], lines)


def markdown(machine, rows, points):
    """The whole report. `machine`: lines that say what it ran on."""
    parts = ["## Benchmark", "\n".join(f"* {line}" for line in machine)]
    for key, group in sorted(groups_of(rows).items()):
        parts.append(group_section(key, group))
    for row in rows:
        if row["contender"] == "ncc-cpu" and row["batch"] > 1 and row.get(
                "layers"):
            parts.append(layer_section(row))
    if points:
        parts.append(growth_section(points))
    return "\n\n".join(parts) + "\n"
