"""The drawings: data in, a matplotlib figure out. What is drawn and what to see stands in `catalogue`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ..verdicts import CLAIMS, look
from .style import BLUE, CYCLE, DASHES, GREEN, INK, LINE, ORANGE, PURPLE, SKY, SOFT, VERMILION, note, panels

Data = Mapping[str, Any]


def norm_growth(data: Data) -> Figure:
    """The two panels of memo Fig. 7, and the quotient by the logarithm over a thousand decades."""
    figure, (product, layer, ratio) = panels(3, height=2.75)
    for curve, colour, dash in zip(data["curves"], CYCLE, DASHES, strict=True):
        label = f"$K = {curve['layers']}$" if curve["layers"] else r"$K \to \infty$"
        product.plot(data["short"], curve["product"], color=colour, linestyle=dash)
        layer.plot(data["short"], curve["layer"], color=colour, linestyle=dash, label=label)
        ratio.plot(data["long"], curve["ratio"], color=colour, linestyle=dash)
    printed = data["printed"]
    product.plot(data["short"], printed["product"], color=SOFT, linewidth=0.9, linestyle=(0, (1, 1)))
    product.annotate(
        f"$K = {printed['layers']}$ with\n$K^2$ as printed",
        (1.6, printed["product"][42]),
        color=SOFT,
        xytext=(-6, 2),
        textcoords="offset points",
        fontsize=7,
        ha="right",
        va="bottom",
    )
    for flow, colour in zip(data["flows"], CYCLE, strict=False):
        early = [i for i, t in enumerate(flow["log10_s"]) if t <= data["short"][-1]]
        marks = {"linestyle": "none", "marker": "o", "markersize": 3.2, "color": colour, "markerfacecolor": "white"}
        product.plot(_of(flow["log10_s"], early), _of(flow["product"], early), **marks)
        layer.plot(_of(flow["log10_s"], early), _of(flow["layer"], early), **marks)
        late = [i for i, t in enumerate(flow["log10_s"]) if t >= 1 and t % 1 in (0, t % 1 if t > 4 else 0)]
        ratio.plot(_of(flow["log10_s"], late), _of(flow["ratio"], late), **marks)
    product.set(title="Product of the norms", xlabel=r"$\log_{10}(K\,t)$", ylabel=r"$\rho_1\cdots\rho_K$")
    layer.set(title="Norm of each layer", xlabel=r"$\log_{10}(K\,t)$", ylabel=r"$\rho_k$")
    ratio.set(
        title="Product over the logarithm",
        xscale="log",
        xlabel=r"$\log_{10}(K\,t)$, logarithmic axis",
        ylabel=r"$\rho_1\cdots\rho_K\,/\,\ln(K\,t)$",
    )
    ratio.axhline(1, color=LINE, linewidth=0.8, zorder=0)
    layer.legend(loc="upper left", labelspacing=0.3)
    return figure


def _of(values: Sequence[Any], index: Sequence[int]) -> list[Any]:
    return [values[i] for i in index]


def losses(data: Data) -> Figure:
    """Raw losses; normalised ones with their line; one network alone under the same divisors."""
    figure, (raw, own, alone) = panels(3, height=2.75)
    for group, scale, colour in zip(data["groups"], data["scales"], CYCLE, strict=False):
        marks = {"linestyle": "none", "marker": "o", "markersize": 3.2, "color": colour, "markerfacecolor": "white"}
        raw.plot(group["raw_train"], group["raw_test"], label=f"start × {scale:g}", **marks)
        own.plot(group["train"], group["test"], **marks)
    own.plot(
        data["random"]["train"],
        data["random"]["test"],
        "s",
        color=INK,
        markersize=3,
        linestyle="none",
        label="random labels",
    )
    alone.plot(
        data["one"]["train"],
        data["one"]["test"],
        "o",
        color=CYCLE[1],
        markersize=3.2,
        markerfacecolor="white",
        linestyle="none",
    )
    for axes, line in ((own, data["line"]), (alone, data["one"]["line"])):
        low, high = min(min(g["train"]) for g in data["groups"]), data["chance"]
        reach = np.array([low - (high - low) / 10, high])
        axes.plot(reach, reach, color=LINE, linewidth=0.8, zorder=0)
        axes.plot(reach, line[0] * reach + line[1], color=SOFT, linewidth=0.9, linestyle=DASHES[1], zorder=0)
        axes.plot([high], [high], "+", color=SOFT)
        axes.annotate(
            r"$\log 10$",
            (high, high),
            xytext=(0, -9),
            textcoords="offset points",
            fontsize=7,
            color=SOFT,
            ha="center",
            va="top",
        )
        note(axes, f"slope {line[0]:.2f}", (0.95, 0.06), ha="right")
        axes.set(xlabel="training loss", xlim=(reach[0], high + (high - low) / 15))
        axes.ticklabel_format(useOffset=False)
        axes.locator_params(axis="x", nbins=4)
    alone.sharey(own)
    raw.set(title="As they are", xlabel="training loss", ylabel="test loss")
    own.set_title("Normalised, 24 networks")
    alone.set_title("One network, 24 divisors")
    raw.legend(loc="best", labelspacing=0.3)
    own.legend(loc="upper left")
    return figure


def margin(data: Data) -> Figure:
    """The margin of a ReLU network on digits with its support vectors; and a margin that falls."""
    figure, (digits, falls) = panels(2, height=2.9, width_ratios=(1.75, 1))
    _digits(digits, data["digits"])
    small = data["falls"]
    falls.axhline(small["largest"], color=LINE, linewidth=0.8, zorder=0)
    falls.plot(small["log10_t"], small["margin"], color=BLUE)
    falls.plot(small["log10_t"], small["smoothed"], color=GREEN, linestyle=DASHES[1])
    falls.annotate(
        "largest margin",
        (small["log10_t"][0], small["largest"]),
        xytext=(2, 2),
        color=SOFT,
        textcoords="offset points",
        fontsize=7,
        va="bottom",
    )
    falls.set(
        title="It can fall: one linear layer",
        xlabel=r"$\log_{10}\,t$",
        ylim=(0.0, 1.25 * small["largest"]),
        xlim=(small["log10_t"][0], small["log10_t"][-1]),
    )
    return figure


def _digits(axes: Axes, data: Data) -> None:
    times, values = np.array(data["log10_t"]), np.array(data["margin"])
    axes.set_xscale("log")
    axes.plot(times, values, color=BLUE, label=r"margin  $\min_n\,y_n f(V;x_n)$")
    axes.plot(times, data["smoothed"], color=GREEN, linestyle=DASHES[1], label="smoothed margin")
    axes.axhline(0, color=LINE, linewidth=0.8, zorder=0)
    changes = [i for i in range(1, len(times)) if data["support"][i] != data["support"][i - 1]]
    axes.plot(
        times[changes],
        values[changes],
        "o",
        color=VERMILION,
        markersize=4,
        markerfacecolor="white",
        linestyle="none",
        label="new support vector",
    )
    _name_changes(axes, data, changes)
    axes.set(
        title=f"Digits, odd against even: {data['examples']} images",
        xlabel=r"$\log_{10}\,t$, logarithmic axis",
        ylabel="margin",
        xlim=(times[0], times[-1]),
        ylim=(min(-0.2, 1.15 * values.min()), None),
    )
    separated = next((t for t, v in zip(times, values, strict=True) if v > 0), None)
    if separated is not None:
        axes.axvline(separated, color=SOFT, linewidth=0.8, linestyle=(0, (1, 1.5)))
        axes.annotate(
            "all classified\nfrom here on",
            (separated, axes.get_ylim()[0]),
            xytext=(-3, 4),
            color=SOFT,
            textcoords="offset points",
            fontsize=7,
            ha="right",
        )
    axes.legend(loc="upper left")


def _name_changes(axes: Axes, data: Data, changes: Sequence[int]) -> None:
    """The number of the new support vector at each change; above the curve, below where two come close."""
    last = -9.0
    for i in changes:
        place = float(np.log10(data["log10_t"][i]))
        above = place - last > 0.25
        axes.annotate(
            str(data["support"][i] + 1),
            (data["log10_t"][i], data["margin"][i]),
            color=VERMILION,
            xytext=(-5, 5) if above else (4, -10),
            textcoords="offset points",
            fontsize=6.5,
            ha="center",
        )
        last = place if above else last


def spectra(data: Data) -> Figure:
    """Eigenvalues along the flow of the exponential loss, and at minima under weight decay."""
    figure, (along, decay) = panels(2, height=2.9)
    _signed(along, np.array(data["flow"]["log10_t"]), np.array(data["flow"]["eigenvalues"]))
    along.set(
        title="Exponential loss, along the flow",
        xscale="log",
        xlabel=r"$\log_{10}\,t$, logarithmic axis",
        ylabel=r"eigenvalue of the Hessian, over $L$",
    )
    at = data["decay"]
    lambdas, values = np.array(at["decay"]), np.array(at["eigenvalues"])
    for column in values.T:
        decay.plot(lambdas, np.where(column > 0, column, np.nan), color=BLUE, linewidth=1.2)
    floor = values[values > 0].min() / 10
    zeros = (values == 0).sum(axis=1)
    decay.plot(lambdas[zeros > 0], np.full((zeros > 0).sum(), floor), "s", color=VERMILION, markersize=2.5)
    decay.plot(lambdas, 2 * lambdas, color=SOFT, linewidth=0.9, linestyle=(0, (1, 1.2)))
    decay.axvline(at["collapse"], color=LINE, linewidth=0.8, zorder=0)
    decay.set(
        title="Square loss, at the minimum under decay",
        xscale="log",
        yscale="log",
        xlabel=r"weight decay $\lambda$",
        ylabel="eigenvalue of the Hessian",
        ylim=(floor / 2, None),
    )
    handles = [
        Line2D([], [], color=BLUE),
        Line2D([], [], color=SOFT, linewidth=0.9, linestyle=(0, (1, 1.2))),
        Line2D([], [], color=VERMILION, marker="s", linestyle="none", markersize=3),
    ]
    decay.legend(
        handles, ["positive", r"$2\lambda$", "zero, whatever the decay"], loc="lower right", bbox_to_anchor=(1, 0.07)
    )
    return figure


def _signed(axes: Axes, x: np.ndarray, values: np.ndarray) -> None:
    """Eigenvalues coloured by sign, on an axis linear around 0; those that are 0 as squares."""
    for column in values.T:
        for keep, colour in ((column > 0, BLUE), (column < 0, PURPLE)):
            axes.plot(x, np.where(keep, column, np.nan), color=colour, linewidth=1.2)
    zero = (values == 0).any(axis=1)
    axes.plot(x[zero], np.zeros(zero.sum()), "s", color=VERMILION, markersize=2.5)
    axes.set_yscale("symlog", linthresh=1.0)
    handles = [
        Line2D([], [], color=BLUE),
        Line2D([], [], color=VERMILION, marker="s", linestyle="none", markersize=3),
        Line2D([], [], color=PURPLE),
    ]
    axes.legend(handles, ["positive", "zero", "negative"], loc="upper left")


def valleys(data: Data) -> Figure:
    """Four losses over two weights: contours, descent, minima."""
    figure, axes = panels(4, height=2.3, sharex=True, sharey=True)
    axis = np.array(data["axis"])
    for place, panel in zip(axes, data["panels"], strict=True):
        surface = np.log10(np.maximum(np.array(panel["surface"]), 1e-4))
        filled = place.contourf(axis, axis, surface, levels=np.linspace(-2.0, 1.6, 13), cmap="cividis_r", extend="both")
        filled.set_edgecolor("face")
        for line in panel["lines"]:
            place.plot(*line, color="white", linewidth=2.4)
            place.plot(*line, color=INK, linewidth=1.0)
            place.plot(line[0][0], line[1][0], "o", color=INK, markeredgecolor="white", markersize=4)
        _mark_minima(place, panel, axis)
        name = "Square loss" if panel["loss"] == "square" else "Exponential loss"
        place.set_title(
            f"{name}\n" + (rf"with decay, $\lambda = {panel['decay']:g}$" if panel["decay"] else "alone"), fontsize=8
        )
        place.set(
            xlabel=r"$w_1$",
            aspect="equal",
            xlim=axis[[0, -1]],
            ylim=axis[[0, -1]],
            xticks=(-2, 0, 2),
            yticks=(-2, 0, 2),
        )
    axes[0].set_ylabel(r"$w_2$")
    bar = figure.colorbar(filled, ax=axes, shrink=0.8, aspect=18, pad=0.01, ticks=(-2, -1, 0, 1))
    bar.set_label(r"$\log_{10}L$")
    bar.outline.set_visible(False)
    return figure


def _mark_minima(axes: Axes, panel: Data, axis: np.ndarray) -> None:
    """Isolated minima as stars; the curve of minima of the square loss as a line."""
    for w1, w2 in panel["minima"]:
        axes.plot(w1, w2, "*", color=ORANGE, markersize=9, markeredgecolor=INK, markeredgewidth=0.5, zorder=5)
    if panel["loss"] == "square" and not panel["decay"]:
        for sign in (1, -1):
            w1 = sign * np.geomspace(1 / axis[-1], axis[-1], 60)
            axes.plot(w1, 1 / w1, color=ORANGE, linewidth=1.6, zorder=4)


FORCED = {  # what forces a zero: label, colour
    "rotation": ("rotation between layers", VERMILION),
    "rescaling": ("rescaling of a unit", ORANGE),
    "dead-unit": ("weights of a dead unit", "#7f4f24"),
    "unseen-input": ("inputs that no example has", SKY),
    "general-linear": ("mixing of units that act alike", PURPLE),
    "local-linear": ("mixing of units that act alike", PURPLE),
    "exchange": ("exchange between aligned units", "#00693e"),
    "unseen-activation": ("activations that no example has", GREEN),
    "rest": ("no symmetry: fewer examples than weights", "#9aa1ab"),
}
_POINTS = {
    "linear-interpolating": "Linear, zero loss",
    "relu-interpolating": "ReLU, zero loss",
    "relu-idle": "ReLU, idle units",
    "linear-decay": "Linear, weight decay",
}


def kernels(data: Sequence[Data]) -> Figure:
    """The eigenvalues of four Hessians in order; each zero with what forces it."""
    figure, axes = panels(4, height=2.75, sharey=True)
    used: dict[str, str] = {}
    for place, point in zip(axes, data, strict=True):
        values = point["nonzero"]
        place.vlines(range(len(values)), 0.1, values, color=BLUE, linewidth=2.2)
        place.plot(range(len(values)), values, "o", color=BLUE, markersize=3.5)
        at = len(values)
        for family, count in point["zeros"].items():
            place.plot(
                range(at, at + count), [0.1] * count, "s", color=FORCED[family][1], markersize=4.5, clip_on=False
            )
            at, used[FORCED[family][0]] = at + count, FORCED[family][1]
        sizes = "-".join(map(str, point["widths"]))
        place.set_title(f"{_POINTS[point['name']]}\n", fontsize=7.5)
        note(
            place,
            f"{sizes}, N = {point['examples']}: {point['weights'] - len(values)} of {point['weights']} zero",
            (0.0, 1.03),
        )
        place.set(
            yscale="log", ylim=(0.1, 600), xlim=(-0.8, point["weights"] - 0.2), xticks=[], xlabel="eigenvalues in order"
        )
    axes[0].set_yticks([0.1, 1, 10, 100], ["0", "1", "10", "100"])
    axes[0].set_ylabel("eigenvalue")
    figure.legend(
        [Patch(color=c) for c in used.values()],
        list(used),
        loc="outside lower center",
        ncols=3,
        title="what forces a zero",
        title_fontsize=7.5,
        handlelength=0.9,
    )
    return figure


def overview(data: Data) -> Figure:
    """Claims by verdict for each part of each paper, as stacked bars."""
    rows = [row for paper in data["papers"] for row in paper["rows"]]
    height = 0.75 + 0.185 * (len(rows) + 1.2 * len(data["papers"]))
    figure, axes = panels(1, height=height)
    at, ticks = 0.0, []
    least = max((sum(row["counts"].values()) for row in rows), default=0) / 60  # claims that have room for their number
    for paper in data["papers"]:
        axes.text(0, at, paper["name"], fontweight="bold", fontsize=8.5, va="center")
        for row in paper["rows"]:
            at += 1.0
            ticks.append((at, row["name"]))
            _bar(axes, at, row["counts"], least)
        at += 1.4
    axes.set_yticks([t for t, _ in ticks], [name for _, name in ticks], fontsize=7.5)
    axes.set(ylim=(at - 0.6, -0.7), xlabel="claims")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    found = [v for v in CLAIMS if any(row["counts"].get(v) for row in rows)]
    figure.legend(
        [Patch(color=look(v).light) for v in found],
        found,
        loc="outside upper right",
        ncols=len(found),
        handlelength=0.9,
        columnspacing=1.2,
    )
    return figure


def _bar(axes: Axes, at: float, counts: Mapping[str, int], least: float) -> None:
    left = 0
    for verdict in CLAIMS:
        count = counts.get(verdict, 0)
        if count:
            axes.barh(at, count, left=left, height=0.78, color=look(verdict).light, edgecolor="white", linewidth=0.6)
            if count > least:
                axes.text(left + count / 2, at + 0.03, str(count), color="white", fontsize=6, ha="center", va="center")
            left += count
